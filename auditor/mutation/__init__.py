"""Change each rule page a little, and see whether its own examples notice."""

from auditor.mutation.changes import Mutant, mutants_of
from auditor.mutation.trial import Mutation, Trial, mutate

__all__ = ["Mutant", "Mutation", "Trial", "mutants_of", "mutate"]

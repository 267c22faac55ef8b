"""What a party that wrote its own files would do to them, as operators on cases."""

from benchmarks.adversary.cases import Case, applications, roster
from benchmarks.adversary.operators import OPERATORS, Operator

__all__ = ["OPERATORS", "Case", "Operator", "applications", "roster"]

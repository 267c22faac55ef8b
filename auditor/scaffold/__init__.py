"""Begin a rule page on facts that exist: the page, its examples, its place."""

from auditor.scaffold.draft import RuleDraft
from auditor.scaffold.write import NewRule, new_rule

__all__ = ["NewRule", "RuleDraft", "new_rule"]

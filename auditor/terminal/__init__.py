"""What a person sees in the terminal; every text comes from the message table."""

from auditor.terminal.argument import show_argument
from auditor.terminal.checks import show_drawn, show_rows, show_verified
from auditor.terminal.comparison import show_comparison
from auditor.terminal.impact import show_impact
from auditor.terminal.inspection import show_inspection
from auditor.terminal.mutation import show_mutations
from auditor.terminal.reconciliation import show_reconciliation
from auditor.terminal.rules import (
    show_differences,
    show_examples,
    show_hints,
    show_rule,
    show_rules,
)
from auditor.terminal.run import show_run
from auditor.terminal.scaffold import show_new_rule
from auditor.terminal.tables import table
from auditor.terminal.whatif import show_whatif
from auditor.terminal.words import progress_in, say

__all__ = [
    "progress_in",
    "say",
    "show_argument",
    "show_comparison",
    "show_differences",
    "show_drawn",
    "show_examples",
    "show_hints",
    "show_impact",
    "show_inspection",
    "show_mutations",
    "show_new_rule",
    "show_reconciliation",
    "show_rows",
    "show_rule",
    "show_rules",
    "show_run",
    "show_verified",
    "show_whatif",
    "table",
]

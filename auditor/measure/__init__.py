"""Turn typed tables into facts: one row a case, each fact bounded by what the rows allow."""

from auditor.measure.excuse import whole_windows
from auditor.measure.facts import facts_out, measure
from auditor.measure.projects import measure_projects
from auditor.measure.trace import longest_round, witnesses

__all__ = [
    "facts_out",
    "longest_round",
    "measure",
    "measure_projects",
    "whole_windows",
    "witnesses",
]

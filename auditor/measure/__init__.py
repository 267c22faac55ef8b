"""Turn typed tables into facts: a row a case, bounded by what its rows allow."""

from auditor.measure.excuse import whole_windows
from auditor.measure.facts import measure, measure_numbered
from auditor.measure.numbers import case_ids, numbered, rows_of
from auditor.measure.out import facts_out
from auditor.measure.projects import measure_projects
from auditor.measure.trace import longest_round, witnesses

__all__ = [
    "case_ids",
    "facts_out",
    "longest_round",
    "measure",
    "measure_numbered",
    "measure_projects",
    "numbered",
    "rows_of",
    "whole_windows",
    "witnesses",
]

"""Turn facts into verdicts: one column per rule, one row per case."""

from auditor.judge.evaluate import KEYS, judge
from auditor.judge.examples import Outcome, answers, run_examples
from auditor.judge.findings import (
    NOTED,
    NOTES,
    binding,
    gaps,
    located,
    numbered_findings,
)
from auditor.judge.needs import needed
from auditor.judge.projects import judge_projects, project_findings
from auditor.judge.signs import WORST, columns_of, doubtful
from auditor.judge.words import FIXED_REASONS, reasons

__all__ = [
    "FIXED_REASONS",
    "KEYS",
    "NOTED",
    "NOTES",
    "WORST",
    "Outcome",
    "answers",
    "binding",
    "columns_of",
    "doubtful",
    "gaps",
    "judge",
    "judge_projects",
    "located",
    "needed",
    "numbered_findings",
    "project_findings",
    "reasons",
    "run_examples",
]

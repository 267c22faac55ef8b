"""The full argument for one case, judged again by the same code, to check by hand."""

from auditor.explain.again import clock_of, explain
from auditor.explain.argument import Argument, Ruling, Seen, Span, Witness
from auditor.explain.scribe import Scribe

__all__ = [
    "Argument",
    "Ruling",
    "Scribe",
    "Seen",
    "Span",
    "Witness",
    "clock_of",
    "explain",
]

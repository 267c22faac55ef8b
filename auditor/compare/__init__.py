"""Two finished runs: rewritten stamps, vanished cases, changed verdicts."""

from auditor.compare.result import CONDITIONS, OUTPUTS, Comparison, write_comparison
from auditor.compare.together import compare

__all__ = ["CONDITIONS", "OUTPUTS", "Comparison", "compare", "write_comparison"]

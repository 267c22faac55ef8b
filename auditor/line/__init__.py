"""What the line does between the stages: engine, pieces, books, identity, closing."""

from auditor.line.closing import close
from auditor.line.local import Engine, Local, Progress, partitions_of
from auditor.line.names import CHARGE, DOCUMENT, STEP, unknown_names
from auditor.line.parts import judge_parts, keeper

__all__ = [
    "CHARGE", "DOCUMENT", "STEP", "Engine", "Local", "Progress", "close", "judge_parts",
    "keeper", "partitions_of", "unknown_names",
]  # fmt: skip

"""What the line does between the stages: pieces, books, identity, the closing."""

from auditor.line.closing import close
from auditor.line.parts import judge_parts, keeper, partitions_of

__all__ = ["close", "judge_parts", "keeper", "partitions_of"]

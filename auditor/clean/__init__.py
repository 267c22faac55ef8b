"""Turn raw text tables into typed ones; what cannot be read is a reject, never lost."""

from auditor.clean.apart import Apart, Kit
from auditor.clean.load import load_mapping
from auditor.clean.mapping import Mapping, read_plan
from auditor.clean.rows import is_per_case
from auditor.clean.run import clean
from auditor.clean.shipped import find_mapping

__all__ = [
    "Apart", "Kit", "Mapping", "clean", "find_mapping", "is_per_case", "load_mapping",
    "read_plan",
]  # fmt: skip

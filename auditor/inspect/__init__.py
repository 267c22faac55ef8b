"""What is in a dump that does not look like ours, and a mapping drafted from it."""

from auditor.inspect.draft import draft, write_mapping
from auditor.inspect.gather import inspect
from auditor.inspect.nouns import Inspection

__all__ = ["Inspection", "draft", "inspect", "write_mapping"]

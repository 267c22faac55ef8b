"""Turn untrusted files into all-text tables; every record is handed on or rejected."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.frames import FileRule, RawFile, RawTables, ReadPlan
    from auditor.read.collect import parse_all, read
    from auditor.read.sources import Source
    from auditor.read.take import Outcome, Taken, Taker

__all__ = [
    "FileRule", "Outcome", "RawFile", "RawTables", "ReadPlan", "Source", "Taken",
    "Taker", "parse_all", "read",
]  # fmt: skip
_HERE = {
    "collect": ("parse_all", "read"),
    "sources": ("Source",),
    "take": ("Outcome", "Taken", "Taker"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    # The parsing process lives in this package and must start without polars.
    for module, names in _HERE.items():
        if name in names:
            return getattr(import_module(f"auditor.read.{module}"), name)
    if name in __all__:
        import auditor.frames

        return getattr(auditor.frames, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

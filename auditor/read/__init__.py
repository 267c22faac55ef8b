"""Turn untrusted files into all-text tables; every record is handed on or rejected."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.frames import FileRule, RawFile, RawTables, ReadPlan
    from auditor.read.collect import read

__all__ = ["FileRule", "RawFile", "RawTables", "ReadPlan", "read"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    # The parsing process lives in this package and must start without polars.
    if name == "read":
        from auditor.read.collect import read

        return read
    if name in __all__:
        import auditor.frames

        return getattr(auditor.frames, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

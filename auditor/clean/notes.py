"""What is noticed about the columns of files: unread ones, and ones that are absent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.clean.view import View


def column_notes(views: Sequence["View"]) -> list[dict[str, object]]:
    """Return a note for each column that no table reads, or that a mapping misses."""
    return _unused(views) + _absent(views)


def _unused(views: Sequence["View"]) -> list[dict[str, object]]:
    """List the columns of each file that none of the tables it fills reads."""
    told = []
    for view in views:
        header = view.raw.header
        mine = [one for one in views if one.file == view.file]
        used = {head for one in mine for head in _read_headers(one)}
        told += [
            _note(view, header[at], "ignored_columns")
            for at in view.ignored
            if header[at] not in used
        ]
    return told


def _read_headers(view: "View") -> set[str]:
    """Return the headers that a view reads."""
    stamps = view.rule.milestones.values()
    milestones = {head for step in stamps for head in step.values()}
    return milestones | {view.raw.header[at] for at in view.columns.values()}


def _absent(views: Sequence["View"]) -> list[dict[str, object]]:
    """List the headers that a mapping names and its file lacks."""
    return [
        _note(view, head, "missing_source_column")
        for view in views
        for head in [
            *view.rule.rename.values(),
            *(h for step in view.rule.milestones.values() for h in step.values()),
        ]
        if head not in view.raw.header
    ]


def _note(view: "View", column: str, note: str) -> dict[str, object]:
    where = {"source": view.raw.source, "table": view.table.name}
    return where | {"column": column, "note": note, "count": view.raw.read}

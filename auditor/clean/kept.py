"""Which columns may keep the type of their file: those that no text need stand for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from auditor.frames.staged import is_stamp, staged_kinds

if TYPE_CHECKING:
    from auditor.clean.view import View

Kinds = dict[str, tuple[int, pl.DataType | None]]


def typed_places(views: Sequence["View"]) -> list[frozenset[int]]:
    """Return, for each file, the places of the columns that keep their type.

    All files of a table that have the column must have it as the same type: rows are
    compared by what their cells say, and values cannot be compared with text.
    """
    told = [_typed(view) for view in views]
    kinds: dict[tuple[str, str], set[pl.DataType | None]] = {}
    for view, found in zip(views, told, strict=True):
        for seed, (_, kind) in found.items():
            kinds.setdefault((view.table.name, seed), set()).add(kind)
    return [
        frozenset(
            at
            for seed, (at, kind) in found.items()
            if kind is not None and len(kinds[view.table.name, seed]) == 1
        )
        for view, found in zip(views, told, strict=True)
    ]


def _typed(view: "View") -> Kinds:
    """Return place and kind of each column; no kind where its text is wanted."""
    kinds = staged_kinds(view.raw.staged, view.raw.header)
    rule, declared = view.rule, view.table.columns
    touched = {
        *rule.values,
        *rule.halfwidth,
        *rule.lookup,
        *rule.units,
        *rule.thousands,
    }
    wordy = {
        at
        for name, at in view.columns.items()
        if name in touched
        or name not in declared
        or not _means(declared[name].type, kinds[at])
    }
    seeds = dict(view.columns)
    seeds |= {f"\0{view.raw.header[at]}": at for at in view.ignored}
    if rule.milestones:
        wordy = {*seeds.values()}
    return {
        seed: (at, kinds[at] if at not in wordy and kinds[at] != pl.String else None)
        for seed, at in seeds.items()
    }


def _means(declared: str, kind: pl.DataType) -> bool:
    """Say whether values of a type mean in a column what their text would."""
    match declared:
        case "date":
            return is_stamp(kind)
        case "bool":
            return kind == pl.Boolean
        case "number":
            return kind == pl.Float64 or kind.is_integer()
        case "integer":
            return kind.is_integer()
        case _:
            return False

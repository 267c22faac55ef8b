"""The head of a form: where the captions stand, and which number heads which column."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from auditor.errors import AuditError
from auditor.read.places import name_of
from auditor.reconcile.grid import Grid
from auditor.reconcile.marks import spellings

_LEAST = 8  # indicator numbers that make a row the head of a form
_ABOVE = 6  # rows over the numbers that may hold captions
LEFT = ("number", "code", "province", "city", "county")
RIGHT = ("done", "undone", "percent")


@dataclass(frozen=True, slots=True)
class Header:
    """Rows and columns of the head as printed; nothing is moved yet.

    ``columns`` maps a caption to its column, ``labels`` an indicator's number to the
    column in which it stands. The block of the indicators is ``first``..``last``.
    """

    top: int
    row: int
    columns: Mapping[str, int]
    labels: Mapping[int, int]
    first: int
    last: int


def find_header(file: str, grid: Grid, numbers: frozenset[int]) -> Header | None:
    """Return the head of the form on a sheet; None if the sheet is no such form.

    Raises:
        AuditError: AUD513, two columns bear the same caption or number.
    """
    for row in sorted(grid.rows):
        labels = _labels(grid, row, numbers)
        if labels is None:
            continue
        found = _captions(file, grid, row, labels)
        if "county" not in found:
            continue
        left = max(column for key, column in found.items() if key in LEFT)
        right = [column for key, column in found.items() if key in RIGHT]
        last = min(right) - 1 if right else max(labels.values())
        return Header(_top(grid, row), row, found, labels, left + 1, last)
    return None


def disordered(grid: Grid, numbers: frozenset[int]) -> int | None:
    """Return the row of a head whose numbers do not rise; None if there is none."""
    words = spellings().captions["county"]
    for row in sorted(grid.rows):
        found = _numbered(grid, row, numbers)
        reach = (1, found[0][1] - 1) if found else (1, 1)
        if len(found) >= _LEAST and _hits(grid, row, words, reach):
            return row
    return None


def _labels(grid: Grid, row: int, numbers: frozenset[int]) -> dict[int, int] | None:
    """Return number to column if the row holds rising indicator numbers."""
    found = _numbered(grid, row, numbers)
    rising = all(a[0] < b[0] for a, b in pairwise(found))
    return dict(found) if len(found) >= _LEAST and rising else None


def _numbered(grid: Grid, row: int, numbers: frozenset[int]) -> list[tuple[int, int]]:
    """Return the indicator numbers in a row with their columns."""
    said = [
        (spellings().rows["label"].fullmatch(grid.own(row, column)), column)
        for column in grid.rows[row]
    ]
    found = [(int(one[1]), column) for one, column in said if one]
    return [(number, column) for number, column in found if number in numbers]


def _captions(
    file: str, grid: Grid, row: int, labels: Mapping[int, int]
) -> dict[str, int]:
    """Return the columns of the captions left and right of the numbers."""
    begin, end = min(labels.values()), max(labels.values())
    found: dict[str, int] = {}
    for key, words in spellings().captions.items():
        # A head that slipped may have pushed its last captions over the numbers.
        reach = (1, begin - 1) if key in LEFT else (end - 2, grid.last_column)
        hits = _hits(grid, row, words, reach)
        if len(hits) > 1:
            cells = ", ".join(name_of(*hit) for hit in hits)
            caption = grid.label(*hits[0])
            where = {"sheet": grid.name, "row": row, "cells": cells}
            raise AuditError("AUD513", file=file, caption=caption, **where)
        if hits:
            found[key] = hits[0][1]
    return found


def _hits(
    grid: Grid, row: int, words: frozenset[str], reach: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the cells in or over the row of the numbers that bear one of the words."""
    return [
        (at, column)
        for at in range(max(1, row - _ABOVE), row + 1)
        for column in grid.filled(at, *reach)
        if grid.own(at, column) in words
    ]


def _top(grid: Grid, row: int) -> int:
    """Return the first row of the head: the topmost one with a caption of its own."""
    words = frozenset[str]().union(*spellings().captions.values())
    for at in range(max(1, row - _ABOVE), row):
        if any(grid.own(at, column) in words for column in grid.rows.get(at, [])):
            return at
    return row

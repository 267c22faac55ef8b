"""What surrounds the cells of a form: title, period, columns that do not count."""

import re
from collections.abc import Iterator, Mapping, Sequence

from auditor.pack import Indicator
from auditor.read.places import name_of
from auditor.reconcile.align import Columns
from auditor.reconcile.grid import Grid
from auditor.reconcile.header import LEFT, RIGHT, Header
from auditor.reconcile.marks import spellings
from auditor.reconcile.nouns import Lint


def title_province(grid: Grid, header: Header) -> str:
    """Return the province named in the lines above the form, empty if there is none."""
    for text in _above(grid, header):
        if found := spellings().rows["title_province"].match(text):
            return found[1].strip("“”\"'")
    return ""


def period_of(grid: Grid, header: Header) -> tuple[int, int, int, int] | None:
    """Return year and month of the first and of the last month above the form."""
    for text in _above(grid, header):
        if found := spellings().rows["period"].search(text):
            first, month, last, until = map(int, found.groups())
            return first, month, last, until
    return None


def _above(grid: Grid, header: Header) -> Iterator[str]:
    for row in range(1, header.top):
        for column in grid.rows.get(row, ()):
            yield grid.own(row, column)


def lint_columns(
    grid: Grid, header: Header, columns: Columns, indicators: Sequence[Indicator]
) -> Iterator[Lint]:
    """Say which columns were moved, are missing, or belong to nothing."""
    at = f"{header.row}"
    if columns.moved:
        moved = {"columns": _moved(header, columns.indicators)}
        yield Lint("header_moved", "check", at, moved)
    if columns.moved_shares:
        yield Lint("shares_moved", "check", at)
    missing = [o.number for o in indicators if o.number not in columns.indicators]
    if missing:
        numbers = ", ".join(map(str, missing))
        yield Lint("column_missing", "check", at, {"numbers": numbers})
    absent = [key for key in RIGHT if key not in columns.shares]
    if absent:
        yield Lint("shares_missing", "check", at, {"captions": ", ".join(absent)})
    yield from _extra(grid, header, columns)


def _moved(header: Header, mapping: Mapping[int, int]) -> str:
    moved = [n for n, column in mapping.items() if header.labels.get(n) != column]
    return ", ".join(map(str, moved))


def _extra(grid: Grid, header: Header, columns: Columns) -> Iterator[Lint]:
    known = {*columns.indicators.values(), *columns.shares.values()}
    known |= {column for key, column in header.columns.items() if key in LEFT}
    used = {
        column
        for row, filled in grid.rows.items()
        for column in filled
        if row > header.row and (row, column) not in grid.boxes
    }
    for column in sorted(used - known):
        letter = re.sub(r"[0-9]", "", name_of(1, column))
        text = grid.label(header.row, column)
        yield Lint("column_ignored", "note", letter, {"text": text})


def lint_unseen(grid: Grid) -> Iterator[Lint]:
    """Name what a reader of the printed sheet would not see."""
    for key in ("formula", "hidden"):
        places = [name_of(*at) for at, cell in grid.cells.items() if cell[key]]
        if places:
            yield Lint(key, "note", places[0], {"n": len(places)})
    if grid.state != "visible":
        yield Lint("sheet_hidden", "check", "", {"sheet": grid.name})

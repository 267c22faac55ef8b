"""Where the table of a sheet begins: titles above, a header of one or more rows."""

from dataclasses import dataclass, field

from auditor.read.job import Job, Refused
from auditor.read.merged import Box
from auditor.read.names import clean_name
from auditor.read.stage import ROW
from auditor.read.styles import is_date_format

LOOK = 20  # filled rows among which the header must be
_DEEP = 4  # rows that a header may have
_JOINT = "/"  # between the names of a header of several rows
Cell = tuple[str, str, str, bool]  # value, kind, format, is a formula


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row: its number and its filled cells by column, both from 1."""

    number: int
    cells: dict[int, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """The columns with their names, and the rows that are titles or header."""

    columns: tuple[int, ...]
    names: tuple[str, ...]
    titles: tuple[Row, ...]
    rows: int  # filled rows of the header
    bottom: int  # number of its last row


def find_head(
    top: list[Row], merges: list[Box], last_used: dict[int, int], job: Job
) -> Head:
    """Decide where the table of a sheet begins and what its columns are called.

    The header is the first row of two or more texts that fills more than half as many
    cells as the fullest of the first rows; what stands above are titles. A range that
    is merged downwards, or a row of names under a range that is merged sideways, makes
    a header of several rows: its names are joined by ``/`` from top to bottom. If
    nothing looks like a header, the first row is taken for it, so that none is lost.

    Args:
        top: the first filled rows.
        merges: all merged ranges of the sheet.
        last_used: the last row in which each column holds anything.
        job: the caps, and the row of the header if a mapping declares it.

    Raises:
        Refused: no_header_row, formula, too_many_columns, duplicate_header or
            reserved_header.
    """
    place = _place(top, job.header_row)
    first = top[place].number
    # A title that is merged down into the header's row would be part of each name.
    within = [box for box in merges if box[0] >= first]
    bottom = _bottom(top[place:], within)
    rows = [row for row in top[place:] if row.number <= bottom]
    texts = _texts(rows, within, bottom)
    used = {column for column, row in last_used.items() if row > bottom}
    columns = tuple(sorted(used | set(texts)))
    if len(columns) > job.limits.columns:
        raise Refused("too_many_columns", str(len(columns)))
    names = tuple(texts.get(column) or f"#{column}" for column in columns)
    if ROW in names:
        raise Refused("reserved_header", ROW, column=ROW)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused("duplicate_header", twice, row=first, column=twice)
    return Head(columns, names, tuple(top[:place]), len(rows), bottom)


def _place(top: list[Row], declared: int | None) -> int:
    if declared is not None:
        for at, row in enumerate(top):
            if row.number == declared:
                return at
        raise Refused("no_header_row", str(declared), row=declared)
    fullest = max(len(row.cells) for row in top)
    for at, row in enumerate(top):
        if len(row.cells) > 1 and len(row.cells) * 2 > fullest:
            return 0 if _is_data(row) else at
    return 0


def _is_data(row: Row) -> bool:
    """Whether a row holds figures or dates, as a header does not."""
    return any(cell[1] in {"number", "date", "bool"} for cell in row.cells.values())


def _bottom(rows: list[Row], merges: list[Box]) -> int:
    """Return the last row of the header that begins in the first of these rows."""
    first = rows[0].number
    here = [box for box in merges if box[0] == first]
    bottom = max((box[2] for box in here), default=first)
    wide = {at for box in here if box[3] > box[1] for at in range(box[1], box[3] + 1)}
    if bottom == first and wide and len(rows) > 1:
        below = rows[1]
        named = wide.intersection(below.cells)
        if below.number == first + 1 and len(named) > 1 and not _is_data(below):
            bottom = below.number if set(below.cells) <= wide else first
    return bottom if bottom < first + _DEEP else first


def _texts(rows: list[Row], merges: list[Box], bottom: int) -> dict[int, str]:
    """Return the name of each named column; merged ranges name all their columns."""
    names: dict[int, list[str]] = {}
    for row in rows:
        texts = {column: _name(row, cell) for column, cell in row.cells.items()}
        if row.number < bottom:
            for box in merges:
                if box[0] == row.number and box[1] in texts:
                    spread = range(box[1], box[3] + 1)
                    texts |= dict.fromkeys(spread, texts[box[1]])
        for column, text in texts.items():
            if text and text not in names.setdefault(column, []):
                names[column].append(text)
    return {column: _JOINT.join(parts) for column, parts in names.items() if parts}


def _name(row: Row, cell: Cell) -> str:
    """Return what a cell of the header says; a computed or dated one says nothing.

    Raises:
        Refused: formula or no_header_row.
    """
    value, kind, form, is_formula = cell
    if is_formula:
        raise Refused("formula", value, row=row.number)
    if kind == "number" and is_date_format(form):
        raise Refused("no_header_row", value, row=row.number)
    return clean_name(value)

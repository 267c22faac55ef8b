"""A workbook as one staged table of cells: raw text, kind, number format, place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditor.read.book import TRUE, Book, Sheet, open_book, refuse_many
from auditor.read.job import Answer, Job, Refused, Staged
from auditor.read.names import clean_name
from auditor.read.parts import drop, rich, targets, unescaped, walk
from auditor.read.places import MOST_COLUMNS, MOST_ROWS, box, name_of, place
from auditor.read.rowcount import RowCounter
from auditor.read.sheets import CELLS, MERGES, SHEETS, CellWriter, write_rows
from auditor.read.xml import local
from auditor.read.zipped import TagCounter

TEXT_LIMIT = 32_767  # characters of one cell, by the file format
_STORED = {"v", "is", "f"}  # what makes a cell more than a format
_KINDS = {"n": "number", "b": "bool", "e": "error", "d": "date", "str": "text"}


def read_cells(job: Job) -> Answer:
    """Stage every filled cell of every sheet, in the order of the file.

    Three tables: ``cells`` (see `CELLS`), ``merges`` and ``sheets``. Nothing is
    inferred: a number keeps its text as stored, a formula the value that was stored
    with it. Rows and columns count from 1; empty cells are left out.

    Raises:
        Refused: bad_zip, duplicate_entry, encrypted, too_many_entries,
            unpacked_too_large, doctype, bad_xml, not_a_workbook, cell_order,
            too_many_columns, too_many_cells, field_too_long or count_mismatch;
            ``value`` names the part, or sheet and cell.
    """
    book, every = open_book(job)
    sheets = [sheet for sheet in every if sheet.part]
    path = f"{job.out}.cells.parquet"
    with CellWriter(Path(path)) as writer:
        for sheet in sheets:
            read_sheet(book, sheet, writer)
    merges = [(sheet.number, *merged) for sheet in sheets for merged in sheet.merges]
    rows = [(one.number, one.name, one.state, book.is_1904) for one in sheets]
    tables = (
        ("cells", CELLS, path, writer.rows),
        ("merges", MERGES, write_rows(job, "merges", MERGES, merges), len(merges)),
        ("sheets", SHEETS, write_rows(job, "sheets", SHEETS, rows), len(rows)),
    )
    staged = tuple(
        Staged(name, where, tuple(schema.names), count, count)
        for name, schema, where, count in tables
    )
    return Answer("workbook", staged)


def read_sheet(book: Book, sheet: Sheet, writer: CellWriter) -> None:
    """Read one sheet; rows and cells must rise, and their tags agree with the bytes.

    Raises:
        Refused: what `read_cells` does; the sheet's fields say what was seen.
    """
    refuse_many(book, sheet.part, "c")
    tags, rows = TagCounter("c"), RowCounter()
    with book.package.part(sheet.part) as stream:
        stream.counters += [tags, rows]
        steps = walk(stream, "worksheet", ("row", "c", "col", "mergeCell"))
        for row in _rows(book, sheet, steps):
            writer.add(row)
    sheet.counted = rows.rows
    if (tags.tags, rows.rows) != (sheet.seen, sheet.marked):
        told = f"{tags.tags} / {rows.rows} <> {sheet.seen} / {sheet.marked}"
        raise Refused("count_mismatch", f"{sheet.name}: {told}")
    kinds = {kind for kind, _ in targets(book.package, sheet.part).values()}
    sheet.has_comments = bool(kinds & {"comments", "threadedComment"})


def _rows(
    book: Book, sheet: Sheet, steps: Iterator[tuple[str, str, Any]]
) -> Iterator[tuple[Any, ...]]:
    marked = filled = 0  # cells of the row that hold something, and some text
    for step, name, element in steps:
        if name == "row" and step == "start":
            _next_row(sheet, element)
            marked = filled = 0
        elif step == "start":
            continue
        elif name == "c":
            _next_column(sheet, element)
            marked += any(local(child) in _STORED for child in element)
            if cell := _cell(book, sheet, element):
                filled += 1
                yield cell
        elif name == "row":
            _end_row(sheet, marked, filled)
            drop(element)
        else:
            _aside(book, sheet, name, element)


def _end_row(sheet: Sheet, marked: int, filled: int) -> None:
    sheet.marked += marked > 0
    sheet.blank += marked > 0 and not filled
    sheet.hidden_rows += filled > 0 and sheet.is_hidden_row


def _aside(book: Book, sheet: Sheet, name: str, element: Any) -> None:  # noqa: ANN401
    """Note a hidden column or a merged range."""
    if name == "col":
        if element.get("hidden") in TRUE:
            first, last = (_whole(element.get(end)) for end in ("min", "max"))
            sheet.hidden_columns.update(range(first, min(last, MOST_COLUMNS) + 1))
        return
    said = element.get("ref") or ""
    merged = box(said)
    if merged is None:
        raise Refused("bad_xml", f"{sheet.name}: mergeCell {said}")
    book.count(sheet, sheet.name)
    sheet.merges.append(merged)


def _next_row(sheet: Sheet, element: Any) -> None:  # noqa: ANN401
    said = element.get("r")
    row = sheet.row + 1 if said is None else _whole(said)
    if not sheet.row < row <= MOST_ROWS:
        raise Refused("cell_order", f"{sheet.name}: {said}", row=sheet.row)
    sheet.row, sheet.column = row, 0
    sheet.is_hidden_row = element.get("hidden") in TRUE


def _whole(said: str | None) -> int:
    """Return a number of at most nine digits, 0 for anything else."""
    is_number = said is not None and said.isascii() and said.isdigit()
    return int(said) if is_number and said is not None and len(said) < 10 else 0


def _next_column(sheet: Sheet, element: Any) -> None:  # noqa: ANN401
    sheet.seen += 1
    said = element.get("r")
    there = (sheet.row, sheet.column + 1) if said is None else place(said)
    rises = there is not None and sheet.column < there[1] <= MOST_COLUMNS
    if there is None or there[0] != sheet.row or not rises:
        raise Refused("cell_order", f"{sheet.name}: {said}", row=sheet.row)
    sheet.column = there[1]


def _cell(book: Book, sheet: Sheet, element: Any) -> tuple[Any, ...] | None:  # noqa: ANN401
    """Return a filled cell in the order of `CELLS`; formulas may lack their value."""
    parts = {local(child): child for child in element}
    kind, is_formula = element.get("t") or "n", "f" in parts
    value = _value(book, kind, parts) or ""
    if not value and not is_formula:
        return None
    where = f"{sheet.name}!{name_of(sheet.row, sheet.column)}"
    limits = book.job.limits
    book.count(sheet, where)
    if sheet.column > limits.columns:
        raise Refused("too_many_columns", where, row=sheet.row)
    size = len(value.encode("utf-8", "replace"))
    if len(value) > TEXT_LIMIT or size > limits.field_bytes:
        raise Refused("field_too_long", where, row=sheet.row)
    sheet.last_used[sheet.column] = sheet.row
    style = _whole(element.get("s"))
    form = book.formats[style] if style < len(book.formats) else "General"
    kind = _KINDS.get(kind, "text") if value else "text"
    at = (sheet.number, sheet.row, sheet.column)
    return (*at, value, kind, form, is_formula, sheet.is_hidden())


def _value(book: Book, kind: str, parts: dict[str, Any]) -> str | None:
    """Return the stored text of a cell, None for an empty one."""
    if kind == "inlineStr":
        return rich(parts["is"]) if "is" in parts else None
    if "v" not in parts:
        return None
    text = str(parts["v"].text or "")
    if kind == "s":
        number = _whole(text)
        if (number == 0 and text != "0") or number >= len(book.texts):
            raise Refused("bad_xml", f"sharedStrings: {text[:99]}")
        return book.texts[number]
    return unescaped(text) if kind == "str" else clean_name(text)

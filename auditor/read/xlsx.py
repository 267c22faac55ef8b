"""A workbook as one staged table of cells: raw text, kind, number format, place."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.read.job import Answer, Job, Refused, Staged
from auditor.read.names import clean_name
from auditor.read.parts import drop, elements, rich, targets, unescaped, walk
from auditor.read.places import MOST_COLUMNS, MOST_ROWS, box, name_of, place
from auditor.read.sheets import CELLS, MERGES, SHEETS, CellWriter, write_rows
from auditor.read.styles import read_formats
from auditor.read.xml import local
from auditor.read.zipped import Package

TEXT_LIMIT = 32_767  # characters of one cell, by the file format
_KINDS = {"n": "number", "b": "bool", "e": "error", "d": "date", "str": "text"}
_TRUE = {"1", "true"}
_OFFICE = "officeDocument"


@dataclass(slots=True)
class _Sheet:
    """One sheet while it is read: the row and column that came last."""

    number: int
    name: str
    state: str
    part: str
    row: int = 0
    column: int = 0
    seen: int = 0
    is_hidden_row: bool = False
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)

    def is_hidden(self) -> bool:
        """Whether the current cell stands in a hidden row or column."""
        spans = self.hidden_columns
        return self.is_hidden_row or any(a <= self.column <= b for a, b in spans)


@dataclass(slots=True)
class _Book:
    """What all sheets share."""

    package: Package
    job: Job
    texts: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    is_1904: bool = False
    cells: int = 0

    def count(self, sheet: _Sheet, where: str) -> None:
        """Count one more cell or merged range against the cap."""
        self.cells += 1
        if self.cells > self.job.limits.cells:
            raise Refused("too_many_cells", where, row=sheet.row)


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
    book, sheets = _open(job)
    path = f"{job.out}.cells.parquet"
    with CellWriter(Path(path)) as writer:
        for sheet in sheets:
            _read_sheet(book, sheet, writer)
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


def _open(job: Job) -> tuple[_Book, list[_Sheet]]:
    package = Package(job)
    root = targets(package, "").values()
    main = next((path for kind, path in root if kind == _OFFICE), None)
    if main is None or main not in package:
        raise Refused("not_a_workbook")
    links = targets(package, main)
    book = _Book(package, job)
    sheets: list[_Sheet] = []
    for name, element in elements(package, main, "workbook", ("sheet", "workbookPr")):
        if name == "workbookPr":
            book.is_1904 = element.get("date1904") in _TRUE
            continue
        kind, part = links.get(_relation(element), ("", ""))
        if kind == "worksheet":
            state = element.get("state") or "visible"
            sheets.append(_Sheet(len(sheets), element.get("name") or "", state, part))
    if not sheets:
        raise Refused("not_a_workbook")
    parts = dict(links.values())
    if styles := parts.get("styles"):
        names = ("numFmt", "cellXfs")
        book.formats = read_formats(elements(package, styles, "styleSheet", names))
    if strings := parts.get("sharedStrings"):
        items = elements(package, strings, "sst", ("si",))
        book.texts = [rich(item) for _, item in items]
    return book, sheets


def _relation(element: Any) -> str:  # noqa: ANN401 - lxml has no types
    found = (value for key, value in element.attrib.items() if key.endswith("}id"))
    return str(next(found, ""))


def _read_sheet(book: _Book, sheet: _Sheet, writer: CellWriter) -> None:
    """Read one sheet; rows and cells must rise, and their tags agree with the bytes."""
    with book.package.part(sheet.part) as stream:
        stream.count_tags("c")
        steps = walk(stream, "worksheet", ("row", "c", "col", "mergeCell"))
        for row in _rows(book, sheet, steps):
            writer.add(row)
        if stream.tags != sheet.seen:
            told = f"{sheet.name}: {stream.tags} <> {sheet.seen}"
            raise Refused("count_mismatch", told)


def _rows(
    book: _Book, sheet: _Sheet, steps: Iterator[tuple[str, str, Any]]
) -> Iterator[tuple[Any, ...]]:
    for step, name, element in steps:
        if name == "row" and step == "start":
            _next_row(sheet, element)
        elif step == "start":
            continue
        elif name == "c":
            _next_column(sheet, element)
            if cell := _cell(book, sheet, element):
                yield cell
        elif name == "row":
            drop(element)
        else:
            _aside(book, sheet, name, element)


def _aside(book: _Book, sheet: _Sheet, name: str, element: Any) -> None:  # noqa: ANN401
    """Note a hidden column or a merged range."""
    if name == "col":
        if element.get("hidden") in _TRUE:
            span = int(element.get("min")), int(element.get("max"))
            sheet.hidden_columns.append(span)
        return
    said = element.get("ref") or ""
    merged = box(said)
    if merged is None:
        raise Refused("bad_xml", f"{sheet.name}: mergeCell {said}")
    book.count(sheet, sheet.name)
    sheet.merges.append(merged)


def _next_row(sheet: _Sheet, element: Any) -> None:  # noqa: ANN401
    said = element.get("r")
    row = sheet.row + 1
    if said is not None:
        row = int(said) if said.isascii() and said.isdigit() else 0
    if not sheet.row < row <= MOST_ROWS:
        raise Refused("cell_order", f"{sheet.name}: {said}", row=sheet.row)
    sheet.row, sheet.column = row, 0
    sheet.is_hidden_row = element.get("hidden") in _TRUE


def _next_column(sheet: _Sheet, element: Any) -> None:  # noqa: ANN401
    sheet.seen += 1
    said = element.get("r")
    there = (sheet.row, sheet.column + 1) if said is None else place(said)
    rises = there is not None and sheet.column < there[1] <= MOST_COLUMNS
    if there is None or there[0] != sheet.row or not rises:
        raise Refused("cell_order", f"{sheet.name}: {said}", row=sheet.row)
    sheet.column = there[1]


def _cell(book: _Book, sheet: _Sheet, element: Any) -> tuple[Any, ...] | None:  # noqa: ANN401
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
    style = int(element.get("s") or 0)
    form = book.formats[style] if style < len(book.formats) else "General"
    kind = _KINDS.get(kind, "text") if value else "text"
    at = (sheet.number, sheet.row, sheet.column)
    return (*at, value, kind, form, is_formula, sheet.is_hidden())


def _value(book: _Book, kind: str, parts: dict[str, Any]) -> str | None:
    """Return the stored text of a cell, None for an empty one."""
    if kind == "inlineStr":
        return rich(parts["is"]) if "is" in parts else None
    if "v" not in parts:
        return None
    text = str(parts["v"].text or "")
    if kind == "s":
        if not (text.isascii() and text.isdigit() and int(text) < len(book.texts)):
            raise Refused("bad_xml", f"sharedStrings: {text}")
        return book.texts[int(text)]
    return unescaped(text) if kind == "str" else clean_name(text)

"""Sheets of a workbook as staged tables; each row is handed on, rejected or header."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import pyarrow.parquet as pq

from auditor.read import book
from auditor.read.book import Sheet
from auditor.read.cellvalue import shown
from auditor.read.job import (
    EMPTY,
    Answer,
    Content,
    Job,
    Note,
    Refused,
    SheetJob,
    Staged,
)
from auditor.read.merged import Box, Merges, range_name
from auditor.read.names import lost_cell
from auditor.read.sheethead import LOOK, Head, Row, find_head
from auditor.read.sheets import CellWriter
from auditor.read.sink import RowSink, is_total
from auditor.read.stage import RejectLog, TableWriter, text_batch
from auditor.read.xlsx import read_sheet

_ROWS = 1 << 13  # rows gathered into one batch
_COVERED = 1_000_000  # cells under merged ranges of one sheet


def read_file(job: Job) -> Answer:
    """List the sheets of a workbook, or stage those that the job names.

    A sheet that cannot be read costs only itself.

    Raises:
        Refused: what opening the workbook finds.
    """
    if job.sheets is None:
        sheets = book.open_book(job, texts=False)[1]
        listed = (Content(sheet.number, sheet.name) for sheet in sheets)
        return Answer("xlsx", contents=tuple(listed))
    opened, sheets = book.open_book(job)
    parts = []
    for wanted in job.sheets:
        sheet = sheets[wanted.number]
        try:
            parts.append(_stage(opened, sheet, wanted))
        except Refused as error:
            parts.append(Answer("xlsx", refused=error.to_json()))
    return Answer("xlsx", parts=tuple(parts), unpacked=opened.package.read)


def _stage(opened: book.Book, sheet: Sheet, wanted: SheetJob) -> Answer:
    job = replace(
        opened.job,
        out=f"{opened.job.out}.s{sheet.number}",
        keys=wanted.keys,
        header_row=wanted.header_row,
    )
    cells = Path(f"{job.out}.cells.parquet")
    with CellWriter(cells) as writer:
        read_sheet(opened, sheet, writer)
    if not writer.rows:
        return Answer("xlsx", refused=Refused(EMPTY).to_json())
    answer = _table(job, sheet, cells, is_1904=opened.is_1904)
    cells.unlink()
    return answer


def _table(job: Job, sheet: Sheet, cells: Path, *, is_1904: bool) -> Answer:
    """Write the table of one sheet and prove that no row is missing."""
    rows = _rows(cells)
    top = list(islice(rows, LOOK + (job.header_row or 0)))
    head = find_head(top, sheet.merges, sheet.last_used, job)
    rejects = RejectLog(Path(f"{job.out}.rejects.parquet"), job.limits.rejects)
    target = Path(f"{job.out}.parquet")
    with TableWriter(target, head.names) as writer:
        for title in head.titles:
            text = " ".join(value for value, *_ in title.cells.values())
            rejects.row(title.number, "title_line", text)
        sink = RowSink(writer, rejects, job)
        filler = _Filler(sheet, head, sink, rejects, is_1904=is_1904)
        for row in chain(top, rows):
            if row.number > head.bottom:
                filler.add(row)
        filler.flush()
    path = rejects.close()
    records = sheet.counted - sheet.blank - head.rows
    if records != writer.rows + rejects.rows:
        raise Refused("count_mismatch", f"{records} <> {writer.rows} + {rejects.rows}")
    staged = Staged(None, str(target), head.names, records, writer.rows)
    return Answer("xlsx", (staged,), rejects=path, notes=filler.notes())


def _rows(path: Path) -> Iterator[Row]:
    """Yield the filled rows of a sheet from its staged cells."""
    row = Row(0)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            names = ("row", "column", "value", "kind", "format", "formula")
            columns = [batch.column(name).to_pylist() for name in names]
            for number, column, *cell in zip(*columns, strict=True):
                if number != row.number:
                    if row.cells:
                        yield row
                    row = Row(number)
                row.cells[column] = tuple(cell)
    if row.cells:
        yield row


class _Filler:
    """Turns rows of cells into batches of text; lost cells are logged and marked."""

    def __init__(
        self,
        sheet: Sheet,
        head: Head,
        sink: RowSink,
        rejects: RejectLog,
        *,
        is_1904: bool,
    ) -> None:
        self._is_1904 = is_1904
        self._sheet = sheet
        self._head = head
        self._sink = sink
        self._rejects = rejects
        last = head.columns[-1]
        self._merges = Merges(
            box for box in sheet.merges if box[2] > head.bottom and box[1] <= last
        )
        self._covered = 0
        self._dates = dict.fromkeys(head.names, 0)
        self._held: list[tuple[int, list[str]]] = []

    def add(self, row: Row) -> None:
        """Take one row below the header."""
        boxes = self._merges.at(row.number)
        if self._is_note(row, boxes):
            told = " ".join(value for value, *_ in row.cells.values())
            self._rejects.row(row.number, "note_line", told)
            return
        texts: list[str] = []
        faults: dict[int, tuple[str, str]] = {}
        for place, column in enumerate(self._head.columns):
            cell = row.cells.get(column)
            if cell is None:
                texts.append("")
                continue
            text, reason = self._text(place, cell)
            texts.append(text)
            if reason:
                faults[place] = (reason, text)
        if not is_total(texts):
            self._lose(row, texts, faults | self._under(row, boxes))
        self._held.append((row.number, texts))
        if len(self._held) >= _ROWS:
            self.flush()

    def flush(self) -> None:
        """Hand on the rows that are held."""
        if not self._held:
            return
        self._sink.accept(text_batch(self._held, self._head.names))
        self._held.clear()

    def notes(self) -> tuple[Note, ...]:
        """Return what a person should know of the sheet."""
        sheet = self._sheet
        found = [
            Note("serial_dates", count, name)
            for name, count in self._dates.items()
            if count
        ]
        if self._is_1904 and found:
            found.append(Note("calendar_1904", sum(note.count for note in found)))
        if sheet.state != "visible":
            found.append(Note("hidden_sheet", sheet.counted))
        if sheet.hidden_rows:
            found.append(Note("hidden_rows", sheet.hidden_rows))
        for column, name in zip(self._head.columns, self._head.names, strict=True):
            if column in sheet.hidden_columns:
                found.append(Note("hidden_column", 1, name))
        if sheet.has_comments:
            found.append(Note("comments_not_read", 1))
        return tuple(found)

    def _text(
        self, place: int, cell: tuple[str, str, str, bool]
    ) -> tuple[str, str | None]:
        value, kind, form, is_formula = cell
        if is_formula:
            return value, "formula"
        is_key = place == self._sink.key
        text, reason = shown(value, kind, form, is_1904=self._is_1904, is_key=is_key)
        if kind == "number" and text[:1].isdigit() and "-" in text[1:]:
            self._dates[self._head.names[place]] += 1
        return text, reason

    def _is_note(self, row: Row, boxes: list[Box]) -> bool:
        """A single text merged over more than half of the table: no record."""
        if len(row.cells) != 1 or not boxes:
            return False
        (column,) = row.cells
        width = next(
            (b[3] - b[1] + 1 for b in boxes if b[:2] == (row.number, column)), 1
        )
        return width * 2 > len(self._head.columns)

    def _under(self, row: Row, boxes: list[Box]) -> dict[int, tuple[str, str]]:
        """The cells that a merged range covers: only its first cell says anything."""
        if not boxes:
            return {}
        found = {}
        for place, column in enumerate(self._head.columns):
            for box in boxes:
                if box[1] <= column <= box[3] and box[:2] != (row.number, column):
                    found[place] = ("merged_cell", range_name(box))
        self._covered += len(found)
        if self._covered > _COVERED:
            raise Refused("too_many_cells", self._sheet.name, row=row.number)
        return found

    def _lose(
        self, row: Row, texts: list[str], faults: dict[int, tuple[str, str]]
    ) -> None:
        key = self._sink.key
        case = texts[key] if key is not None and key not in faults else None
        for place, (reason, value) in faults.items():
            name = self._head.names[place]
            self._rejects.cell(row.number, name, value, reason, case_id=case or None)
            texts[place] = lost_cell(row.number, is_key=place == key)

"""Where the header of a delimited text stands, its delimiter and its names."""

import re
from dataclasses import dataclass

from auditor.read.job import Job, Refused
from auditor.read.names import clean_name
from auditor.read.stage import ROW
from auditor.read.strict import Record, RecordReader, split_cells
from auditor.read.text import PlainText

DELIMITERS = (",", "\t", ";", "|")
_LOOK = 20  # records among which the header must be
_GAP = 1000  # blank lines among them
_NUMBER = re.compile(r"[\s\d.,:/+-]+")


@dataclass(frozen=True, slots=True)
class Header:
    """Names and delimiter; ``line`` and ``offset`` are of the first record after it.

    ``titles`` are the records above the header; ``quotes`` counts those up to its end.
    """

    delimiter: str
    names: tuple[str, ...]
    line: int
    offset: int
    quotes: int
    titles: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class _Top:
    """The first records under one delimiter, and where the header is among them."""

    delimiter: str
    records: tuple[Record, ...]
    after: tuple[int, ...]
    widths: tuple[int, ...]
    place: int

    @property
    def rank(self) -> tuple[bool, int, int]:
        """How good a reading of the file this is: rows agree, cells, fewer titles."""
        width = self.widths[self.place]
        return width > 1 and self.is_borne_out, width, -self.place

    @property
    def is_borne_out(self) -> bool:
        """Whether most records below the header are as wide as it is."""
        below = self.widths[self.place + 1 :]
        return below.count(self.widths[self.place]) * 2 > len(below)


def find_header(text: PlainText, job: Job) -> Header:
    """Read the top of a file and decide where its table begins.

    The header is the first record of two or more named cells; records of a single
    named cell above it are titles, if the records below agree. The delimiter is the
    one that splits the header into most cells, again those first with which the
    records below agree. A file in which nothing looks like a header has it in its
    first record.

    Raises:
        Refused: ambiguous_delimiter, duplicate_header, reserved_header,
            too_many_columns, record_too_long, bad_quote (in the header), empty_file,
            no_header_row (none begins in the line that a mapping names).
    """
    delimiters = (job.delimiter,) if job.delimiter else DELIMITERS
    top = _best([_top(text, job, delimiter) for delimiter in delimiters])
    record = top.records[top.place]
    if record.fault:
        raise Refused(record.fault, record.text, row=record.line)
    return Header(
        delimiter=top.delimiter,
        names=_names(split_cells(record.text, top.delimiter), job),
        line=record.line + record.span,
        offset=top.after[top.place],
        quotes=sum(above.text.count('"') for above in top.records[: top.place + 1]),
        titles=top.records[: top.place],
    )


def _best(tops: list[_Top]) -> _Top:
    most = max(top.rank for top in tops)
    best = [top for top in tops if top.rank == most]
    if most[1] > 1 and len(best) > 1:
        told = " ".join(f"{top.delimiter!r}:{top.rank[1]}" for top in tops)
        raise Refused("ambiguous_delimiter", told, row=best[0].records[0].line)
    return best[0]


def _top(text: PlainText, job: Job, delimiter: str) -> _Top:
    records: list[Record] = []
    after: list[int] = []
    blank = 0
    with text.open() as stream:
        for record in RecordReader(stream, delimiter, 1, job.limits.record_bytes):
            if record.text:
                records.append(record)
                after.append(stream.tell())
            else:
                blank += 1
            if len(records) == _LOOK + (job.header_row or 0) or (
                records and blank > _GAP
            ):
                break
    if not records:
        raise Refused("empty_file")
    cells = [_cells(record, delimiter) for record in records]
    widths = tuple(len(row) for row in cells)
    if job.header_row is not None:
        place = _declared(records, job.header_row)
        return _Top(delimiter, tuple(records), tuple(after), widths, place)
    top = _Top(delimiter, tuple(records), tuple(after), widths, _place(cells))
    if top.place and not (widths[top.place + 1 :] and top.is_borne_out):
        # Without rows that agree, a second line is no better than the first.
        return _Top(delimiter, top.records, top.after, widths, 0)
    return top


def _declared(records: list[Record], line: int) -> int:
    """The record that begins in the line that the mapping names."""
    for at, record in enumerate(records):
        if record.line == line:
            return at
    raise Refused("no_header_row", str(line), row=line)


def _place(cells: list[list[str]]) -> int:
    """The first record that is no title, unless it holds figures as data does."""
    place = next((at for at, row in enumerate(cells) if not _is_title(row)), 0)
    is_data = any(_NUMBER.fullmatch(cell.strip()) for cell in cells[place])
    return 0 if is_data else place


def _cells(record: Record, delimiter: str) -> list[str]:
    return [] if record.fault else split_cells(record.text, delimiter)


def _is_title(cells: list[str]) -> bool:
    """At most one named cell, or mostly empty ones."""
    named = sum(bool(cell.strip()) for cell in cells)
    return named < 2 or named * 2 <= len(cells)


def _names(cells: list[str], job: Job) -> tuple[str, ...]:
    """Strip names; a nameless column is called by its place, so that none is lost."""
    if len(cells) > job.limits.columns:
        raise Refused("too_many_columns", str(len(cells)))
    names = tuple(clean_name(cell) or f"#{at}" for at, cell in enumerate(cells, 1))
    if ROW in names:
        raise Refused("reserved_header", ROW, column=ROW)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refused("duplicate_header", twice, column=twice)
    return names

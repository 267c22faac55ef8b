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
_NUMBER = re.compile(r"[\s\d.,:/+-]+")


@dataclass(frozen=True, slots=True)
class Header:
    """Names and delimiter; ``line`` and ``offset`` are of the first record after it.

    ``titles`` are the records above the header, ``blank`` the blank lines among them.
    """

    delimiter: str
    names: tuple[str, ...]
    raw: tuple[str, ...]
    line: int
    offset: int
    quotes: int
    titles: tuple[Record, ...]
    blank: int


@dataclass(frozen=True, slots=True)
class _Top:
    """The first records under one delimiter and the place of the header among them."""

    delimiter: str
    records: tuple[Record, ...]
    blanks: tuple[int, ...]
    after: tuple[int, ...]
    place: int | None

    @property
    def width(self) -> int:
        """Cells of the header; 1 when no record looks like one."""
        if self.place is None:
            return 1
        return len(_cells(self.records[self.place], self.delimiter))


def find_header(text: PlainText, job: Job) -> Header:
    """Read the top of a file and decide where its table begins.

    The header is the first record of two or more named cells; records of a single
    named cell above it are titles. The delimiter is the one that splits the header
    into most cells. A file in which nothing looks like a header has it in its first
    record, as a single column.

    Raises:
        Refused: ambiguous_delimiter, duplicate_header, reserved_header,
            too_many_columns, record_too_long, bad_quote (in the header), empty_file.
    """
    delimiters = (job.delimiter,) if job.delimiter else DELIMITERS
    top = _best([_top(text, job, delimiter) for delimiter in delimiters])
    place = top.place or 0
    record = top.records[place]
    if record.fault:
        raise Refused(record.fault, record.text, row=record.line)
    raw = tuple(split_cells(record.text, top.delimiter))
    return Header(
        delimiter=top.delimiter,
        names=_names(raw, job),
        raw=raw,
        line=record.line + record.span,
        offset=top.after[place],
        quotes=sum(above.text.count('"') for above in top.records[: place + 1]),
        titles=top.records[:place],
        blank=top.blanks[place],
    )


def _best(tops: list[_Top]) -> _Top:
    most = max(top.width for top in tops)
    best = [top for top in tops if top.width == most]
    if most > 1 and len(best) > 1:
        told = " ".join(f"{top.delimiter!r}:{top.width}" for top in tops)
        raise Refused("ambiguous_delimiter", told, row=best[0].records[0].line)
    return best[0]


def _top(text: PlainText, job: Job, delimiter: str) -> _Top:
    records: list[Record] = []
    blanks: list[int] = []
    after: list[int] = []
    blank = 0
    with text.open() as stream:
        for record in RecordReader(stream, delimiter, 1, job.limits.record_bytes):
            if not record.text:
                blank += 1
                continue
            records.append(record)
            blanks.append(blank)
            after.append(stream.tell())
            if len(records) == _LOOK:
                break
    if not records:
        raise Refused("empty_file")
    cells = [_cells(record, delimiter) for record in records]
    first = next((at for at, row in enumerate(cells) if not _is_title(row)), None)
    if first is not None and any(
        _NUMBER.fullmatch(cell.strip()) for cell in cells[first]
    ):
        first = None if first else 0
    return _Top(delimiter, tuple(records), tuple(blanks), tuple(after), first)


def _cells(record: Record, delimiter: str) -> list[str]:
    if record.fault:
        return []
    try:
        return split_cells(record.text, delimiter)
    except ValueError:
        return []


def _is_title(cells: list[str]) -> bool:
    """At most one named cell, or mostly empty ones."""
    named = sum(bool(cell.strip()) for cell in cells)
    return named < 2 or named * 2 <= len(cells)


def _names(raw: tuple[str, ...], job: Job) -> tuple[str, ...]:
    """Strip names; a nameless column is called by its place, so that none is lost."""
    if len(raw) > job.limits.columns:
        raise Refused("too_many_columns", str(len(raw)))
    names = tuple(clean_name(cell) or f"#{place}" for place, cell in enumerate(raw, 1))
    if ROW in names:
        raise Refused("reserved_header", ROW, column=ROW)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refused("duplicate_header", twice, column=twice)
    return names

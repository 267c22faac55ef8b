"""Delimited text as one staged table; each record is a row, a reject or the header."""

import re
from codecs import BOM_UTF8
from pathlib import Path

from auditor.read.aside import line_grammar
from auditor.read.counter import Count, count_records
from auditor.read.fast import read_lines
from auditor.read.header import Header, find_header
from auditor.read.job import Answer, Job, Refused, Staged
from auditor.read.large import read_large
from auditor.read.sink import RowSink
from auditor.read.stage import RejectLog, TableWriter, text_batch
from auditor.read.strict import Record, RecordReader, split_cells
from auditor.read.text import PlainText, plain_text

_ODD_END = re.compile("[\r\x85\u2028\u2029]")  # an end of a line to other programs
_ROWS = 1 << 14  # records the slow reader gathers into one batch


def read_file(job: Job) -> Answer:
    """Decode, find the header, read every record, and prove that none is missing.

    Raises:
        Refused: what the decoding, the header or the final count found.
    """
    if answer := read_large(job):
        return answer
    text = plain_text(job, Path(job.path))
    header = find_header(text, job)
    count = count_records(Path(job.path), text.encoding)
    rejects = RejectLog(Path(f"{job.out}.rejects.parquet"), job.limits.rejects)
    target = Path(f"{job.out}.parquet")
    with TableWriter(target, header.names) as writer:
        sink = RowSink(writer, rejects, job)
        for title in header.titles:
            rejects.row(title.line, title.fault or "title_line", title.text)
        records = count.records - 1
        if not _is_at_end(text, header):
            records = _read_rows(text, header, sink, job, count)
    path = rejects.close()
    if records != writer.rows + rejects.rows:
        raise Refused("count_mismatch", f"{records} <> {writer.rows} + {rejects.rows}")
    staged = Staged(None, str(target), header.names, records, writer.rows)
    return Answer(
        "csv", (staged,), text.encoding, header.delimiter, path, lines=count.lines
    )


def _is_at_end(text: PlainText, header: Header) -> bool:
    return text.path.stat().st_size <= header.offset


def _read_rows(
    text: PlainText, header: Header, sink: RowSink, job: Job, count: Count
) -> int:
    """Read the data the fastest safe way; return the independent count."""
    census = text.census
    odd = census.has_lone_return or census.long_line or census.has_many_blank
    odd = odd or census.has_odd_end
    odd = odd or any(title.fault for title in header.titles) or _has_mark(text, header)
    if not odd and len(header.names) > 1 and header.delimiter.isascii():
        if census.quotes == header.quotes:
            _read_lines(text, header, sink, quoted=False)
            return count.records - 1
        if _is_a_record_a_line(text, header):
            _read_lines(text, header, sink, quoted=True)
            return count.records - 1
    return _read_records(text, header, sink, job, count)


def _read_lines(
    text: PlainText, header: Header, sink: RowSink, *, quoted: bool
) -> None:
    with text.open() as stream:
        stream.seek(header.offset)
        read_lines(stream, text.census.blank, header, sink, quoted=quoted)


def _has_mark(text: PlainText, header: Header) -> bool:
    """Whether the data begins with a byte order mark: the fast reader would eat it."""
    with text.open() as stream:
        stream.seek(header.offset)
        return stream.read(len(BOM_UTF8)) == BOM_UTF8


def _is_a_record_a_line(text: PlainText, header: Header) -> bool:
    """Prove that each line alone follows RFC 4180: then records are lines."""
    lines = line_grammar(header.delimiter)
    with text.open() as stream:
        stream.seek(header.offset)
        held = b""
        while chunk := stream.read(1 << 20):
            held += chunk
            end = held.rfind(b"\n") + 1
            if lines.fullmatch(held, 0, end) is None:
                return False
            held = held[end:]
    return lines.fullmatch(held) is not None


def _read_records(
    text: PlainText, header: Header, sink: RowSink, job: Job, count: Count
) -> int:
    """Read record by record; return how many the lines of the file account for.

    Raises:
        Refused: count_mismatch, when a physical line is in no record.
    """
    held: list[tuple[int, list[str]]] = []
    lines = header.line - 1
    records = len(header.titles)
    faults = sum(title.fault is not None for title in header.titles)
    with text.open() as stream:
        stream.seek(header.offset)
        cap = job.limits.record_bytes
        for record in RecordReader(stream, header.delimiter, header.line, cap):
            lines += record.span
            if not record.text:
                continue
            cells = [] if record.fault else split_cells(record.text, header.delimiter)
            reason = record.fault or _fault(record, cells, header)
            pieces = _pieces(record, reason)
            records += len(pieces)
            faults += reason is not None and reason != "row_width"
            if reason:
                for line, piece in pieces:
                    sink.reject(line, reason, piece, header.delimiter)
                continue
            held.append((record.line, cells))
            if len(held) >= _ROWS:
                sink.accept(text_batch(held, header.names))
                held.clear()
    if held:
        sink.accept(text_batch(held, header.names))
    if lines != count.lines:
        raise Refused("count_mismatch", f"{count.lines} <> {lines}")
    # A stray quote spoils the second count of records, but not that of lines.
    return records if faults else count.records - 1


def _fault(record: Record, cells: list[str], header: Header) -> str | None:
    if len(cells) != len(header.names):
        return "stray_return" if _ODD_END.search(record.text) else "row_width"
    if record.span > 1 and len(cells) > 2 and _holds_rows(record, header):
        return "embedded_rows"
    return None


def _holds_rows(record: Record, header: Header) -> bool:
    """Whether a line inside a quoted cell is half as wide as a row or wider.

    A row may hide there, with the columns left out that its judge could do without.
    """
    inner = record.text.split("\n")[1:-1]
    least = max(2, len(header.names) // 2)
    return any(line.count(header.delimiter) >= least for line in inner)


def _pieces(record: Record, reason: str | None) -> list[tuple[int, str]]:
    """Every row that may hide in a bad record, so that each is logged with its case."""
    if reason == "embedded_rows":
        return list(enumerate(record.text.split("\n"), record.line))
    if reason == "stray_return":
        return [(record.line, piece) for piece in _ODD_END.split(record.text) if piece]
    return [(record.line, record.text)]

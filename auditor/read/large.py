"""The quick way through a large, plain text: decoded, parsed and counted at once.

It succeeds or leaves no trace: whatever is odd about a file is told by the careful way.
"""

from contextlib import ExitStack
from pathlib import Path

from auditor.read.aside import counted, counting, decoding, line_grammar, proving
from auditor.read.census import Census
from auditor.read.counter import Count
from auditor.read.fast import read_lines
from auditor.read.header import Header, find_header
from auditor.read.job import Answer, Job, Refused, Staged
from auditor.read.sink import RowSink
from auditor.read.stage import RejectLog, TableWriter
from auditor.read.text import PlainText, first_guess

LARGE = 32 << 20  # bytes from which more processes pay off
_TOP = 24 << 20  # bytes in which the header must be: 20 of the longest records
_HELD = 1 << 15  # bytes of an argument, less than the system allows
_MARK = b"\xef\xbb\xbf"


class NotPlain(Exception):  # noqa: N818 - a reason to take the other way
    """The text holds a quote, a lone return or another thing that needs care."""


def read_large(job: Job) -> Answer | None:
    """Read a large text whose lines are its records; None, if it is not that.

    Raises:
        Refused: count_mismatch, when the two counts differ.
    """
    path = Path(job.path)
    if path.stat().st_size < LARGE:
        return None
    encoding, start = first_guess(job, path)
    rejects = RejectLog(Path(f"{job.out}.rejects.parquet"), job.limits.rejects)
    try:
        with ExitStack() as stack:
            counter = stack.enter_context(counting(path, encoding))
            feed = _Feed(job, stack, encoding, start)
            header = _header(feed, job, encoding)
            target = Path(f"{job.out}.parquet")
            with TableWriter(target, header.names) as writer:
                sink = RowSink(writer, rejects, job)
                for title in header.titles:
                    rejects.row(title.line, "title_line", title.text)
                feed.begin(header)
                blank = feed.census.blank
                read_lines(feed, blank, header, sink, quoted=feed.is_quoted)
            found = counted(counter)
            if not feed.is_done() or found is None:
                raise NotPlain
    except (NotPlain, Refused):
        _undo(job, rejects)
        return None
    return _answer(job, header, (found, writer.rows, rejects), (encoding, feed.census))


def _answer(
    job: Job,
    header: Header,
    sums: tuple[Count, int, RejectLog],
    text: tuple[str, Census],
) -> Answer:
    count, rows, rejects = sums
    encoding, census = text
    path = rejects.close()
    records = count.records - 1
    if (records, count.lines) != (rows + rejects.rows, census.lines):
        told = f"{records} / {count.lines} <> {rows} + {rejects.rows} / {census.lines}"
        raise Refused("count_mismatch", told)
    staged = Staged(None, f"{job.out}.parquet", header.names, records, rows)
    return Answer("csv", (staged,), encoding, header.delimiter, path, lines=count.lines)


def _undo(job: Job, rejects: RejectLog) -> None:
    rejects.close()
    for name in ("parquet", "rejects.parquet", "top.txt"):
        Path(f"{job.out}.{name}").unlink(missing_ok=True)


def _header(feed: "_Feed", job: Job, encoding: str) -> Header:
    """Find the header in the top of the text, as if it were the whole.

    Raises:
        NotPlain: nothing stands below it, or what does needs care.
        Refused: what `find_header` finds.
    """
    top = Path(f"{job.out}.top.txt")
    feed.top = feed.pull(_TOP)
    top.write_bytes(feed.top)
    header = find_header(PlainText(top, 0, encoding, feed.census), job)
    below = feed.top[header.offset :]
    plain = len(header.names) > 1 and header.delimiter.isascii()
    if not plain or not below or below.startswith(_MARK):
        raise NotPlain
    if header.line > 1_000_000 or any(title.fault for title in header.titles):
        raise NotPlain
    return header


class _Feed:
    """The decoded text as a file: counts what passes, stops at the first odd thing."""

    closed = False

    def __init__(self, job: Job, stack: ExitStack, encoding: str, start: int) -> None:
        self.census = Census(job.limits.record_bytes)
        self.top = b""
        self.is_quoted = False
        self._stack = stack
        self._quotes: int | None = None
        self._asides = [stack.enter_context(decoding(job, encoding, start))]

    def begin(self, header: Header) -> None:
        """Hand out what stands below the header from now on.

        Raises:
            NotPlain: there are quotes, and a line is not a record.
        """
        self.top = self.top[header.offset :]
        self._quotes = header.quotes
        self.is_quoted = self.census.quotes > header.quotes
        if not self.is_quoted:
            return
        cut = self.top.rfind(b"\n") + 1
        lines = line_grammar(header.delimiter)
        # What is held back of the last line goes to the other process as an argument.
        if lines.fullmatch(self.top, 0, cut) is None or len(self.top) - cut > _HELD:
            raise NotPlain
        told = header.delimiter, self.top[cut:], self.census.longest_allowed
        prover = proving(self._asides[0].output, *told)
        self._asides.append(self._stack.enter_context(prover))

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer only at the end."""
        if self.top:
            piece, self.top = self.top[:size], self.top[size:]
            return piece
        return self.pull(size)

    def pull(self, size: int) -> bytes:
        """Take bytes from the stream and count them.

        Raises:
            NotPlain: they hold what the fast parser must not see.
        """
        stream = self._asides[-1].output
        pieces = []
        while size:
            piece = stream.read(min(size, self.census.longest_allowed, 1 << 20))
            if not piece:
                break
            self.census.feed(piece)
            pieces.append(piece)
            size -= len(piece)
            if self._is_odd():
                raise NotPlain
        return b"".join(pieces)

    def is_done(self) -> bool:
        """Say whether the whole text passed and held nothing that needs care."""
        return all(one.is_done() for one in self._asides) and not self._is_odd(end=True)

    def _is_odd(self, *, end: bool = False) -> bool:
        census = self.census
        lone = census.returns - census.pairs
        allowed = 0 if end else census.ends_in_return
        stray = self._quotes not in {None, census.quotes} and not self.is_quoted
        line = census.long_line or census.has_many_blank or census.has_odd_end
        return line or lone > allowed or stray

"""Any delimited file as strict UTF-8 text, or a refusal that names the byte."""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from auditor.read.census import Census
from auditor.read.job import Job, Refused
from auditor.read.oddbytes import (
    CONTROLS,
    FOREIGN,
    PLAIN,
    SHAPE,
    is_utf8,
    refuse_controls,
    refuse_utf8_inside,
)

_BOM = codecs.BOM_UTF8
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_8 = {"utf-8", "utf-8-sig"}
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_Take = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class PlainText:
    """Strictly decoded text as a UTF-8 file; ``start`` skips a byte order mark.

    Line feeds end lines; a file with carriage returns alone was rewritten.
    """

    path: Path
    start: int
    encoding: str
    census: Census

    def open(self) -> BinaryIO:
        """Open the bytes at the first character."""
        handle = self.path.open("rb")
        handle.seek(self.start)
        return handle


@dataclass(frozen=True, slots=True)
class _Failed:
    encoding: str
    offset: int


def plain_text(job: Job, source: Path) -> PlainText:
    """Decode the whole file with the first encoding that holds to the last byte.

    The ladder is: byte order mark (UTF-8 or UTF-16), strict UTF-8, strict GB18030; an
    encoding that the mapping names is the only one tried.

    Raises:
        Refused: utf_32, not_utf8_or_gb18030, mixed_encoding, control_character or
            empty_file, with the offset in the (unpacked) file.
    """
    with source.open("rb") as handle:
        head = handle.read(4)
    if not head:
        raise Refused("empty_file")
    if head.startswith(_UTF_32):
        raise Refused("utf_32", head.hex(" "), byte_offset=0)
    ladder, start = _ladder(job, head)
    if source.stat().st_size == start:
        raise Refused("empty_file")
    failures: list[_Failed] = []
    for encoding in ladder:
        target = Path(f"{job.out}.{encoding}.txt")
        try:
            text = _decode(job, source, target, encoding, start)
        except Refused as error:
            if error.reason == "mixed_encoding" and failures:
                # The switch is where one encoding ends: the later of the two places.
                error.byte_offset = max(error.byte_offset or 0, failures[-1].offset)
            raise
        if isinstance(text, PlainText):
            return _with_line_feeds(job, text)
        failures.append(text)
        target.unlink(missing_ok=True)
    told = "; ".join(
        f"{failure.encoding}: byte {failure.offset}" for failure in failures
    )
    furthest = max(failure.offset for failure in failures)
    raise Refused("not_utf8_or_gb18030", told, byte_offset=furthest)


def first_guess(job: Job, source: Path) -> tuple[str, int]:
    """Return the encoding that the top of a file suggests, and where its text begins.

    Only decoding the whole file proves it.
    """
    with source.open("rb") as handle:
        top = handle.read(1 << 20)
    ladder, start = _ladder(job, top[:4])
    guess = ladder[0] if is_utf8(top, cut=True) else ladder[-1]
    return guess, start


def copy_text(job: Job, handle: BinaryIO, writer: BinaryIO, encoding: str) -> bool:
    """Write a text from where the file stands in UTF-8; False if it is damaged.

    Raises:
        Refused: control_character or mixed_encoding.
    """
    try:
        _pass_on(job, handle, encoding, writer.write)
    except _Undecodable:
        return False
    return True


def _ladder(job: Job, head: bytes) -> tuple[tuple[str, ...], int]:
    """Return the encodings to try, and how many bytes a mark at the start takes."""
    mark = next((bom for bom in (_BOM, *_WIDE) if head.startswith(bom)), b"")
    found = _WIDE.get(mark[:2])
    if job.encoding is None:
        plain = ("utf-8-sig",) if mark else ("utf-8", "gb18030")
        return (found,) if found else plain, len(mark)
    if found and job.encoding in {"utf-16", found}:
        return (found,), len(mark)
    return (job.encoding,), 0 if found else len(mark)


def _chunks(handle: BinaryIO, job: Job) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes, a step at a time."""
    step = min(1 << 20, job.limits.record_bytes)
    offset = handle.tell()
    while chunk := handle.read(step):
        yield offset, chunk
        offset += len(chunk)


def _decode(
    job: Job, source: Path, target: Path, encoding: str, start: int
) -> PlainText | _Failed:
    census = Census(job.limits.record_bytes)
    try:
        with source.open("rb") as handle:
            handle.seek(start)
            if encoding in _UTF_8:
                _pass_on(job, handle, encoding, census.feed)
                return PlainText(source, start, encoding, census)
            with target.open("xb") as writer:
                _pass_on(job, handle, encoding, partial(_feed, writer, census))
            return PlainText(target, 0, encoding, census)
    except _Undecodable as error:
        return _Failed(encoding, error.offset)


class _Undecodable(Exception):  # noqa: N818 - one rung of the ladder
    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__(offset)


class _StrictDecoder:
    """An incremental decoder that knows the offset of the byte it stumbled over."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")

    def decode(self, chunk: bytes, offset: int, *, final: bool = False) -> str:
        pending = self.pending
        try:
            return self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            raise _Undecodable(offset - pending + error.start) from error

    @property
    def pending(self) -> int:
        """Bytes of a character that the last chunk cut."""
        return len(self._decoder.getstate()[0])


def _pass_on(job: Job, handle: BinaryIO, encoding: str, take: _Take) -> None:
    """Hand on a text piece by piece in UTF-8, from where the file stands."""
    if encoding in _UTF_8:
        _check_utf8(job, handle, take)
    elif encoding.startswith("utf-16"):
        _widened(job, handle, encoding, take)
    else:
        _transcode(job, handle, encoding, take)


def _check_utf8(job: Job, handle: BinaryIO, take: _Take) -> None:
    decoder = _StrictDecoder("utf-8")
    for offset, chunk in _chunks(handle, job):
        refuse_controls(job, chunk, offset)
        decoder.decode(chunk, offset)
        take(chunk)
    decoder.decode(b"", handle.tell(), final=True)


def _transcode(job: Job, handle: BinaryIO, encoding: str, take: _Take) -> None:
    decoder = _StrictDecoder(encoding)
    tail = b""
    for offset, chunk in _chunks(handle, job):
        odd = (tail + chunk).translate(None, PLAIN)
        if len(odd.translate(None, CONTROLS)) != len(odd):
            refuse_controls(job, chunk, offset)
        # Without its ASCII a text still holds every run of other bytes.
        if FOREIGN in odd.translate(SHAPE):
            refuse_utf8_inside(tail + chunk, offset - len(tail))
        tail = chunk[-64:]
        take(decoder.decode(chunk, offset).encode())
    take(decoder.decode(b"", handle.tell(), final=True).encode())


def _widened(job: Job, handle: BinaryIO, encoding: str, take: _Take) -> None:
    """Transcode UTF-16, in which a byte alone says nothing."""
    if encoding == "utf-16":  # declared, but no mark says which of the two
        raise _Undecodable(0)
    decoder = _StrictDecoder(encoding)
    for offset, chunk in _chunks(handle, job):
        begin = offset - decoder.pending
        piece = decoder.decode(chunk, offset).encode()
        refuse_controls(job, piece, begin, encoding)
        take(piece)
    decoder.decode(b"", handle.tell(), final=True)


def _feed(writer: BinaryIO, census: Census, piece: bytes) -> None:
    writer.write(piece)
    # Text grows when it becomes UTF-8; the census measures lines a step at a time.
    for at in range(0, len(piece), census.longest_allowed):
        census.feed(piece[at : at + census.longest_allowed])


def _with_line_feeds(job: Job, text: PlainText) -> PlainText:
    """Rewrite a text whose lines end in carriage returns alone.

    Raises:
        Refused: empty_file, when it holds nothing but line ends.
    """
    if text.census.newlines + text.census.returns == text.census.size:
        raise Refused("empty_file")
    if not text.census.is_return_only:
        return text
    target = Path(f"{job.out}.lf.txt")
    census = Census(job.limits.record_bytes)
    with text.open() as reader, target.open("xb") as writer:
        while chunk := reader.read(min(1 << 20, census.longest_allowed)):
            _feed(writer, census, chunk.replace(b"\r", b"\n"))
    return PlainText(target, 0, text.encoding, census)

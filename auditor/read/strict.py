"""The slow reader: splits text into RFC 4180 records and says which are malformed.

Quotes come in pairs, so a record ends at the first line end after an even number of
them. A record against the grammar costs only its first line: the next is read anew.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

QUOTE = b'"'


@dataclass(frozen=True, slots=True)
class Record:
    """One record: first physical line, lines it spans, text without its line end.

    ``fault`` is None or the reason word: bad_quote, record_too_long, stray_return.
    A blank line is a record with an empty text.
    """

    line: int
    span: int
    text: str
    fault: str | None = None


@cache
def _grammar(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a whole record and of one whose quote is still open."""
    bare = rf'[^"\r\n{re.escape(delimiter)}]*+'
    quoted = r'"[^"]*+(?:""[^"]*+)*+"'
    field = rf"(?:{quoted}|{bare})"
    comma = re.escape(delimiter)
    whole = re.compile(rf"{field}(?:{comma}{field})*+")
    open_ = re.compile(rf'(?:{field}{comma})*+"[^"]*+(?:""[^"]*+)*+')
    return whole, open_


def split_cells(text: str, delimiter: str) -> list[str]:
    """Return the cells of a record that follows the grammar."""
    if '"' not in text:
        return text.split(delimiter)
    return next(csv.reader([text], delimiter=delimiter, strict=True))


class RecordReader:
    """Reads records from a binary UTF-8 stream that stands at the start of a line.

    Args:
        stream: seekable; read line by line with a cap, so memory stays bounded.
        delimiter: one ASCII character.
        line: the physical number of the stream's first line.
        cap: the longest record in bytes.
    """

    def __init__(self, stream: BinaryIO, delimiter: str, line: int, cap: int) -> None:
        self._stream = stream
        self._whole, self._open = _grammar(delimiter)
        self._line = line
        self._cap = cap
        csv.field_size_limit(cap + 1)

    def __iter__(self) -> Iterator[Record]:
        while (record := self._next()) is not None:
            self._line += record.span
            yield record

    def _next(self) -> Record | None:
        raw = self._stream.readline(self._cap + 2)
        if not raw:
            return None
        if len(raw.rstrip(b"\n")) > self._cap + 1:  # one more for a carriage return
            return self._too_long(raw)
        text = _bare(raw)
        if raw.count(QUOTE) % 2 == 0:
            return Record(self._line, 1, text, self._fault(text))
        if self._open.fullmatch(text + "\n") is None:
            return Record(self._line, 1, text, "bad_quote")
        return self._join(raw, text)

    def _join(self, raw: bytes, first: str) -> Record:
        """Follow an open quote to its close on a later line, or give up the first."""
        back = self._stream.tell()
        parts = [raw]
        size = len(raw)
        while size <= self._cap and (line := self._stream.readline(self._cap + 2)):
            parts.append(line)
            size += len(line)
            if size <= self._cap and line.count(QUOTE) % 2:
                text = _bare(b"".join(parts))
                if self._whole.fullmatch(text):
                    return Record(self._line, len(parts), text)
                break
        self._stream.seek(back)
        return Record(self._line, 1, first, "bad_quote")

    def _fault(self, text: str) -> str | None:
        if '"' not in text:
            return "stray_return" if "\r" in text else None
        if self._whole.fullmatch(text) is not None:
            return None
        if "\r" in text and self._whole.fullmatch(text.replace("\r", "")):
            return "stray_return"
        return "bad_quote"

    def _too_long(self, raw: bytes) -> Record:
        text = raw[:4096].decode("utf-8", "ignore")
        while raw and not raw.endswith(b"\n"):
            raw = self._stream.readline(self._cap + 2)
        return Record(self._line, 1, text, "record_too_long")


def _bare(raw: bytes) -> str:
    """Decode one record without its line end, LF or CR LF."""
    if raw.endswith(b"\n"):
        raw = raw[: -2 if raw.endswith(b"\r\n") else -1]
    if not raw.strip(b"\r"):
        return ""
    return raw.decode("utf-8")

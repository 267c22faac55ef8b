"""A second, independent count of a delimited file's records, on its bytes as they came.

It shares no code with the readers: it only looks at quotes and line ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STEP = 1 << 20
_FEEDS = re.compile(rb"\n\n+")
_IS_ASCII = bytes([255]) + bytes(255)  # the other byte of a UTF-16 unit: 0 keeps it


@dataclass(frozen=True, slots=True)
class Count:
    """Physical lines, and the blank lines and records outside quotes.

    ``records`` is right if every quote in the file opens or closes a cell.
    """

    lines: int
    blank: int
    records: int


def count_records(path: Path, encoding: str = "") -> Count:
    """Count lines and records of a file; only UTF-16 needs to be named.

    In every other encoding that is read, line ends and quotes are the bytes of ASCII
    and no part of another character: in GB18030 second bytes begin at 0x30, too.
    Records include the header. A carriage return is ignored beside line feeds and
    ends lines in a file that has none.
    """
    wide = {"utf-16-le": 0, "utf-16-be": 1}.get(encoding)
    has_line_feed = any(b"\n" in chunk for chunk in _pieces(path, wide))
    lines = blank = records = 0
    inside = False
    last = before = b"\n"  # of the whole text, and of the text outside quotes
    for piece in _pieces(path, wide):
        chunk = piece if has_line_feed else piece.replace(b"\r", b"\n")
        lines += chunk.count(b"\n")
        last = chunk[-1:]
        parts = (chunk.replace(b"\r", b"") if b"\r" in chunk else chunk).split(b'"')
        # A quote leaves a mark, or line ends around it would look like a blank line.
        outside = b"Q".join(parts[inside::2])
        inside ^= len(parts) % 2 == 0
        outside += b"Q" * inside
        records += outside.count(b"\n")
        blank += _blank(before + outside)
        before = outside[-1:] or before
    return Count(lines + (last != b"\n"), blank, records + (before != b"\n") - blank)


def _pieces(path: Path, wide: int | None) -> Iterator[bytes]:
    """Yield the bytes after a byte order mark; of UTF-16 a byte a unit, 0 for most.

    ``wide`` is the place of the low byte in a unit, None for all other encodings.
    """
    with path.open("rb") as handle:
        mark = handle.read(3)
        at = 0
        if wide is None:
            at = 3 * (mark == b"\xef\xbb\xbf")
        elif mark[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            at = 2
        handle.seek(at)
        for piece in iter(lambda: handle.read(_STEP), b""):
            yield piece if wide is None else _ascii(piece, wide)


def _ascii(piece: bytes, wide: int) -> bytes:
    low, high = piece[wide::2], piece[1 - wide :: 2].translate(_IS_ASCII)
    both = int.from_bytes(low) & int.from_bytes(high[: len(low)])
    return both.to_bytes(len(low))


def _blank(text: bytes) -> int:
    """Count line feeds that directly follow another one."""
    return sum(len(found[0]) - 1 for found in _FEEDS.finditer(text))

"""Bytes that no text holds: control characters, and another encoding in the middle."""

import re

from auditor.read.job import Job, Refused

CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r") + b"\x7f"
_CONTROL = re.compile(b"[" + re.escape(CONTROLS) + b"]")
# UTF-8 of a Chinese character shows as LTT; four in a row are no accident.
SHAPE = bytes(
    76 if 0xE4 <= c <= 0xE9 else 84 if 0x80 <= c <= 0xBF else 120 for c in range(256)
)
PLAIN = bytes(range(32, 127)) + b"\t\n\r"
FOREIGN = b"LTTLTTLTTLTT"
_RUN = re.compile(rb"[\x80-\xff]+")


def refuse_controls(job: Job, chunk: bytes, offset: int, codec: str = "") -> None:
    """Refuse control characters, which no encoding hides, but a declared delimiter.

    Args:
        job: says the delimiter.
        chunk: bytes in which ASCII is ASCII.
        offset: where the chunk begins in the file.
        codec: the encoding of the file if it is another one than the chunk's UTF-8.
    """
    allowed = job.delimiter.encode() if job.delimiter else b""
    controls = CONTROLS.translate(None, allowed)
    if len(chunk.translate(None, controls)) == len(chunk):
        return
    at = next(hit.start() for hit in _CONTROL.finditer(chunk) if hit[0] != allowed)
    shown = f"0x{chunk[at]:02X}"
    if codec:
        offset += len(chunk[:at].decode().encode(codec))
        at = 0
    raise Refused("control_character", shown, byte_offset=offset + at)


def refuse_utf8_inside(chunk: bytes, offset: int) -> None:
    """Find UTF-8 inside a file that decodes as GB18030: it would turn to noise.

    Raises:
        Refused: mixed_encoding, when a whole run of bytes is valid UTF-8 and holds four
            Chinese characters in a row; real GB18030 text does that by no accident.
    """
    shape = chunk.translate(SHAPE)
    at = shape.find(FOREIGN)
    while at >= 0:
        begin = at
        while begin > 0 and chunk[begin - 1] >= 0x80:
            begin -= 1
        run = _RUN.match(chunk, begin)
        end = run.end() if run else at + len(FOREIGN)
        if is_utf8(chunk[begin:end], cut=end == len(chunk)):
            raise Refused("mixed_encoding", byte_offset=offset + begin)
        at = shape.find(FOREIGN, end)


def is_utf8(run: bytes, *, cut: bool) -> bool:
    """Say whether bytes are UTF-8; ``cut``: the last character may lack its end."""
    try:
        run.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character that the end of the chunk cuts is no proof against it.
        return (
            cut and error.end == len(run) and error.reason == "unexpected end of data"
        )
    return True

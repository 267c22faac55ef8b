"""The parts of a zipped office file, read in place under caps; nothing is unpacked."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from auditor.read.job import Job, Refused

_ALWAYS = 16 << 20  # bytes that any small file may unpack to, whatever the ratio
_HEAD = 30  # bytes of a local header before the name
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 1
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_KEPT = 64  # bytes of an unfinished tag that are kept for the next chunk
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class Package:
    """A zip archive whose directory is sound: no duplicates, no bombs, no overlaps."""

    def __init__(self, job: Job) -> None:
        self._cap = job.limits.unpacked_bytes
        try:
            self._zip = zipfile.ZipFile(job.path)
        except (*_BROKEN, OSError, ValueError) as error:
            raise Refused("bad_zip", str(error)) from error
        found = self._zip.infolist()
        if len(found) > job.limits.zip_entries:
            raise Refused("too_many_entries", str(len(found)))
        self._parts = _by_name(found)
        packed = Path(job.path).stat().st_size
        self._cap = min(self._cap, max(_ALWAYS, packed * job.limits.ratio))
        _check_places(found)
        total = sum(info.file_size for info in found)
        if total > self._cap:
            raise Refused("unpacked_too_large", f"{packed} -> {total}")
        self.read = 0

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._parts

    @contextmanager
    def part(self, name: str) -> Iterator["Part"]:
        """Open one part of XML as a stream.

        Raises:
            Refused: bad_zip when it is missing or damaged, unpacked_too_large, doctype.
        """
        info = self._parts.get(name.casefold())
        if info is None:
            raise Refused("bad_zip", name)
        try:
            with self._zip.open(info) as stream:
                yield Part(self, stream, name)
        except _BROKEN as error:
            raise Refused("bad_zip", f"{name}: {error}") from error

    def count(self, size: int) -> None:
        """Add to what was unpacked so far; sizes in the directory may lie."""
        self.read += size
        if self.read > self._cap:
            raise Refused("unpacked_too_large", f">{self._cap}")


class Part:
    """One part as a readable stream that refuses declarations and counts tags."""

    def __init__(self, package: Package, stream: Any, name: str) -> None:  # noqa: ANN401
        self._package = package
        self._stream = stream
        self._tag: re.Pattern[bytes] | None = None
        self._tail = b""
        self._is_fresh = True
        self.name = name
        self.tags = 0

    def count_tags(self, name: str) -> None:
        """Count the start tags of this local name in the bytes, without a parser."""
        prefix = rb"<(?:[A-Za-z_][\w.-]*:)?"
        self._tag = re.compile(prefix + name.encode() + rb"(?=[\s/>])")

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; parsers read to the end, where the count is final."""
        chunk: bytes = self._stream.read(size)
        self._package.count(len(chunk))
        if self._is_fresh and chunk[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            raise Refused("utf_16", self.name)
        self._is_fresh = False
        text = self._tail + chunk
        # A mark that the chunk's end may have cut is looked at with the next one.
        cut = text.rfind(b"<") if chunk else len(text)
        if _DECLARATION.search(text):
            raise Refused("doctype", self.name)
        if self._tag is not None and cut > 0:
            self.tags += sum(1 for _ in self._tag.finditer(text, 0, cut))
        self._tail = text[max(cut, 0) :][:_KEPT]
        return chunk


def _by_name(found: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    parts: dict[str, zipfile.ZipInfo] = {}
    for info in found:
        name = info.filename.casefold()
        if name in parts:
            raise Refused("duplicate_entry", info.filename)
        if info.flag_bits & _ENCRYPTED:
            raise Refused("encrypted", info.filename)
        if info.compress_type not in _METHODS:
            raise Refused("bad_zip", f"{info.filename}: {info.compress_type}")
        parts[name] = info
    return parts


def _check_places(found: list[zipfile.ZipInfo]) -> None:
    """Refuse entries that share bytes, and bytes in front of the first entry."""
    at = 0
    for info in sorted(found, key=lambda one: one.header_offset):
        if info.header_offset < at or (at == 0 and info.header_offset != 0):
            raise Refused("bad_zip", info.filename, byte_offset=info.header_offset)
        at = info.header_offset + _HEAD + len(info.filename) + info.compress_size

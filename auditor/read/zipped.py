"""The parts of a zip file, read in place under caps; its directory must be sound."""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from auditor.read.job import Job, Refused, allowance

_HEAD = 30  # bytes of a local header before the name
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 1
_UTF_8 = 0x800  # the flag of a name in UTF-8
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_KEPT = 64  # bytes of an unfinished tag that are kept for the next chunk
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_END, _END_BYTES = b"PK\x05\x06", 22
_ENTRY = 2_048  # bytes of an entry of the directory, generously
_STEP = 1 << 20


class Counter(Protocol):
    """Whatever counts in the bytes that a parser is given."""

    def feed(self, text: bytes, cut: int) -> None:
        """Count in the first ``cut`` bytes; the rest comes again."""


class Package:
    """A zip archive whose directory is sound: no duplicates, no bombs, no overlaps.

    Raises:
        Refused: bad_zip, too_many_entries, duplicate_entry, encrypted or
            unpacked_too_large.
    """

    def __init__(self, job: Job) -> None:
        path = Path(job.path)
        _check_directory(path, job.limits.zip_entries)
        try:
            self._zip = zipfile.ZipFile(path)
        except (*_BROKEN, OSError, ValueError) as error:
            raise Refused("bad_zip", str(error)) from error
        self.infos = self._zip.infolist()
        if len(self.infos) > job.limits.zip_entries:
            raise Refused("too_many_entries", str(len(self.infos)))
        self._parts = _by_name(self.infos)
        packed = path.stat().st_size
        self._cap = allowance(packed, job.limits, job.budget)
        _check_places(self.infos)
        total = sum(info.file_size for info in self.infos)
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

    def copy(self, number: int, writer: BinaryIO) -> int:
        """Write the bytes of one entry, by its number; return how many they are.

        Raises:
            Refused: bad_zip when it is damaged, unpacked_too_large.
        """
        info = self.infos[number]
        size = 0
        try:
            with self._zip.open(info) as stream:
                while chunk := stream.read(_STEP):
                    size += len(chunk)
                    self.count(len(chunk))
                    writer.write(chunk)
        except _BROKEN as error:
            raise Refused("bad_zip", str(error), byte_offset=size) from error
        return size

    def count(self, size: int) -> None:
        """Add to what was unpacked so far; sizes in the directory may lie."""
        self.read += size
        if self.read > self._cap:
            raise Refused("unpacked_too_large", f">{self._cap}")


class Part:
    """One part as a readable stream that refuses declarations and lets others count."""

    def __init__(self, package: Package, stream: Any, name: str) -> None:  # noqa: ANN401
        self._package = package
        self._stream = stream
        self._tail = b""
        self._is_fresh = True
        self.name = name
        self.counters: list[Counter] = []

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; parsers read to the end, where the count is final."""
        chunk: bytes = self._stream.read(size)
        self._package.count(len(chunk))
        if self._is_fresh and chunk[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            raise Refused("utf_16", self.name)
        self._is_fresh = False
        text = self._tail + chunk
        # A mark that the chunk's end may have cut is looked at with the next one.
        cut = max(text.rfind(b"<") if chunk else len(text), 0)
        if _DECLARATION.search(text):
            raise Refused("doctype", self.name)
        for counter in self.counters:
            counter.feed(text, cut)
        self._tail = text[cut:][:_KEPT]
        return chunk


class TagCounter:
    """Counts the start tags of one local name in the bytes, without a parser."""

    def __init__(self, name: str) -> None:
        prefix = rb"<(?:[A-Za-z_][\w.-]*:)?"
        self._tag = re.compile(prefix + name.encode() + rb"(?=[\s/>])")
        self.tags = 0

    def feed(self, text: bytes, cut: int) -> None:
        """Count in the first ``cut`` bytes."""
        self.tags += sum(1 for _ in self._tag.finditer(text, 0, cut))


def shown_name(info: zipfile.ZipInfo) -> str:
    """Return the name of an entry as it was meant.

    Without the flag of UTF-8 a name has the encoding of the machine that packed it;
    what is no ASCII is taken for GB18030 if it can be.
    """
    name = info.orig_filename
    if not info.flag_bits & _UTF_8 and not name.isascii():
        try:
            return name.encode("cp437").decode("gb18030")
        except UnicodeError:
            return name
    return name


def is_link(info: zipfile.ZipInfo) -> bool:
    """Say whether an entry claims to be a symbolic link."""
    return stat.S_ISLNK(info.external_attr >> 16)


def _check_directory(path: Path, entries: int) -> None:
    """Refuse a directory larger than the allowed entries take, before it is parsed."""
    size = path.stat().st_size
    with path.open("rb") as handle:
        handle.seek(max(0, size - (1 << 16) - _END_BYTES))
        tail = handle.read()
    at = tail.rfind(_END)
    if at < 0 or at + _END_BYTES > len(tail):
        raise Refused("bad_zip", "no directory")
    count, length = struct.unpack_from("<HL", tail, at + 10)
    if count != 0xFFFF and count > entries:
        raise Refused("too_many_entries", str(count))
    if length != 0xFFFF_FFFF and length > entries * _ENTRY:
        raise Refused("too_many_entries", f"{length} B")


def _by_name(found: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    parts: dict[str, zipfile.ZipInfo] = {}
    for info in found:
        name = shown_name(info).casefold()
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

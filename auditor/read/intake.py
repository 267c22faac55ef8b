"""A private copy of an untrusted file: what is hashed is what is parsed."""

import errno
import hashlib
import os
import stat
from pathlib import Path

from auditor.errors import AuditError
from auditor.fsops import CHUNK


class SourceRefused(Exception):  # noqa: N818 - a verdict on an input, not a fault
    """An input is not a plain, steady file; ``reason`` is a word of the reject list."""

    def __init__(self, reason: str, value: str | None = None) -> None:
        self.reason = reason
        self.value = value
        super().__init__(reason, value)


def take_copy(source: Path, target: Path, limit: int) -> tuple[str, int]:
    """Copy an untrusted file while hashing it; what is hashed is what is copied.

    The source is opened once and never followed: a link, a pipe or a device is refused.

    Args:
        source: any path the user or a folder listing named.
        target: where the copy goes; it must not exist.
        limit: the largest size in bytes that is accepted.

    Returns:
        The sha256 in hex and the size in bytes of the copy.

    Raises:
        SourceRefused: refused_link, not_a_file, unreadable, too_large or
            changed_while_reading.
        AuditError: AUD404 when the copy cannot be written.
    """
    fd = _open_source(source)
    with os.fdopen(fd, "rb", buffering=0) as reader:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise SourceRefused("not_a_file")
        if before.st_size > limit:
            raise SourceRefused("too_large", str(before.st_size))
        try:
            digest, size = _copy(reader.fileno(), target, limit)
        except OSError as error:
            raise AuditError(
                "AUD404", file=target, why=error.strerror or error
            ) from error
        after = os.fstat(fd)
    unchanged = (before.st_size, before.st_mtime_ns) == (
        after.st_size,
        after.st_mtime_ns,
    )
    if not unchanged or size != after.st_size:
        raise SourceRefused("changed_while_reading")
    return digest, size


def begins_with(source: Path, marks: tuple[bytes, ...]) -> bool:
    """Say whether a plain file begins with one of these bytes; False if unreadable."""
    try:
        with os.fdopen(_open_source(source), "rb", buffering=0) as reader:
            is_plain = stat.S_ISREG(os.fstat(reader.fileno()).st_mode)
            return is_plain and (reader.read(max(map(len, marks))) or b"").startswith(
                marks
            )
    except (SourceRefused, OSError):
        return False


def _open_source(source: Path) -> int:
    try:
        # O_NONBLOCK: opening a pipe without a writer must not hang.
        return os.open(
            source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise SourceRefused("refused_link") from error
        if error.errno == errno.ENXIO:
            raise SourceRefused("not_a_file") from error
        raise SourceRefused("unreadable", error.strerror) from error


def _copy(fd: int, target: Path, limit: int) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    with target.open("xb") as writer:
        while chunk := os.read(fd, CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > limit:
                raise SourceRefused("too_large", f">{limit}")
            writer.write(chunk)
    return digest.hexdigest(), size

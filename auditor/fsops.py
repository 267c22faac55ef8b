"""Every file is written through here: whole, synced and renamed, or not at all."""

import ctypes
import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from auditor.errors import AuditError

CHUNK = 1 << 22
MANIFEST = "manifest.json"
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_AT_FDCWD = -100
_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder survive a power cut."""
    _sync(folder, os.O_DIRECTORY)


def _sync(path: Path, kind: int) -> None:
    fd = os.open(path, os.O_RDONLY | kind)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling; it takes the name when all went well.

    For writers that want a path; the suffix stays. On any error the temporary file
    is removed and what stood at ``path`` before is untouched.

    Raises:
        AuditError: AUD404 when the file system refuses (full, read-only, quota).
    """
    temporary = path.with_name(f".{path.stem}.tmp-{os.getpid()}{path.suffix}")
    try:
        yield temporary
        _sync(temporary, os.O_NOFOLLOW)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise AuditError("AUD404", file=path, why=error.strerror or error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part."""
    with atomic(path) as temporary, temporary.open("wb") as handle:
        handle.write(data)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with line feeds as they are; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def sha256_file(path: Path) -> tuple[str, int]:
    """Return the hex digest and the size in bytes of a file, read in chunks."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def report_folder(out: Path) -> None:
    """Make a folder for what is told of finished runs; other files there stay.

    Raises:
        AuditError: AUD403 if the folder cannot be made, AUD534 if it is a run.
    """
    if (out / MANIFEST).exists():
        raise AuditError("AUD534", folder=out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AuditError("AUD403", folder=out, why=error.strerror or error) from error


@dataclass(slots=True)
class RunFolder:
    """The one way to make a run folder: fill a locked sibling, rename it at the end.

    ``path`` is the folder to fill, ``work`` a private scratch folder beside it that
    never becomes part of the run. Without `commit` nothing is left behind; a run that
    already stood at ``out`` survives every crash.

    Args:
        out: the run folder to make.
        force: replace a run that is already there (only a run: see AUD405).

    Raises:
        AuditError: on entry AUD401 another run holds the folder, AUD402 it exists,
            AUD403 it cannot be written, AUD405 it is something else than a run.
    """

    out: Path
    force: bool = False
    _lock: int = -1

    @property
    def path(self) -> Path:
        """The temporary folder that `commit` renames to ``out``."""
        return self._sibling(f"partial-{os.getpid()}")

    @property
    def work(self) -> Path:
        """Scratch space on the same file system, removed at the end."""
        return self._sibling(f"work-{os.getpid()}")

    def __enter__(self) -> Self:
        self.out = Path(os.path.abspath(self.out))  # noqa: PTH100 - must not follow a link
        if not self.out.name:
            raise AuditError("AUD402", folder=self.out)
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self._take_lock()
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._recover()
            self._check_target()
            self.path.mkdir()
            self.work.mkdir(mode=0o700)
        except OSError as error:
            self._leave()
            raise self._unwritable(error) from error
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def commit(self, manifest: bytes) -> None:
        """Write ``manifest.json`` last, sync everything, let the folder take its name.

        Raises:
            AuditError: AUD404 when the disk refuses; the old run then still stands.
        """
        try:
            write_bytes(self.path / MANIFEST, manifest)
            for folder, _, names in os.walk(self.path, topdown=False):
                for name in names:
                    _sync(Path(folder, name), os.O_NOFOLLOW)
                sync_folder(Path(folder))
            self._take_name()
            sync_folder(self.out.parent)
        except OSError as error:
            raise AuditError(
                "AUD404", file=self.out, why=error.strerror or error
            ) from error

    def _take_name(self) -> None:
        if not os.path.lexists(self.out):
            self.path.rename(self.out)
        elif not _exchange(self.path, self.out):
            # A crash between the two leaves the old run as `.old`: see `_recover`.
            old = self._sibling("old")
            self.out.rename(old)
            self.path.rename(self.out)
            sync_folder(self.out.parent)
            _remove(old)

    def _sibling(self, suffix: str) -> Path:
        return self.out.with_name(f"{self.out.name}.{suffix}")

    def _unwritable(self, error: OSError) -> AuditError:
        return AuditError("AUD403", folder=self.out, why=error.strerror or error)

    def _take_lock(self) -> None:
        """Hold an flock: the kernel lets go of it when the process dies."""
        path = self._sibling("lock")
        while True:
            fd = os.open(
                path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644
            )
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(fd)
                raise AuditError("AUD401", folder=self.out) from error
            # The holder before us may have removed the name between open and flock.
            if path.exists() and os.path.samestat(os.fstat(fd), path.stat()):
                self._lock = fd
                return
            os.close(fd)

    def _recover(self) -> None:
        """Put back a run that a crash left moved aside, then drop what crashes left."""
        old = self._sibling("old")
        if (old / MANIFEST).is_file() and not os.path.lexists(self.out):
            old.rename(self.out)
        stale = (f"{self.out.name}.partial-", f"{self.out.name}.work-")
        for entry in sorted(self.out.parent.iterdir()):
            if entry == old or entry.name.startswith(stale):
                _remove(entry)

    def _check_target(self) -> None:
        if not os.path.lexists(self.out):
            return
        if not self.force:
            raise AuditError("AUD402", folder=self.out)
        if self.out.is_symlink() or not (self.out / MANIFEST).is_file():
            raise AuditError("AUD405", folder=self.out)

    def _leave(self) -> None:
        _remove(self.path)
        _remove(self.work)
        if self._lock >= 0:
            self._sibling("lock").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where kernel or file system cannot."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    if (
        rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE)
        == 0
    ):
        return True
    number = ctypes.get_errno()
    if number in _NO_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)

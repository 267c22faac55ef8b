"""Files of old office programs: recognised, named, not read."""

import mmap
from pathlib import Path

from auditor.read.job import Answer, Job, Refused

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook\0", "Book\0"))


def read_file(job: Job) -> Answer:
    """Say what the container holds, by the names in its directory.

    Raises:
        Refused: always: encrypted, old_workbook, or unsupported_format.
    """
    with (
        Path(job.path).open("rb") as handle,
        mmap.mmap(handle.fileno(), 0, prot=mmap.PROT_READ) as data,
    ):
        if data.find(_ENCRYPTED) >= 0:
            raise Refused("encrypted")
        if any(data.find(name) >= 0 for name in _BOOKS):
            raise Refused("old_workbook")
    raise Refused("unsupported_format", "OLE")

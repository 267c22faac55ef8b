"""What a zip file is: a workbook, or an archive of files, one level deep."""

import re
from pathlib import Path, PurePosixPath
from zipfile import ZipInfo

from auditor.read.job import Answer, Content, Job, Refused, Staged
from auditor.read.zipped import Package, is_link, shown_name

_OFFICE = ("[Content_Types].xml", "_rels/.rels")
_DRIVE = re.compile(r"[A-Za-z]:")
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"


def read_file(job: Job) -> Answer:
    """List a container, or read the sheets of a workbook that the job names.

    Raises:
        Refused: what `Package` or the reader of workbooks finds; binary_workbook,
            open_document, not_a_workbook or nested_archive.
    """
    package = Package(job)
    _refuse_others(package, job)
    if any(name in package for name in _OFFICE):
        from auditor.read import sheettables

        return sheettables.read_file(job)
    if job.budget is not None:
        raise Refused("nested_archive")
    contents = tuple(
        Content(number, shown_name(info), _trick(info))
        for number, info in enumerate(package.infos)
        if not info.is_dir()
    )
    if not contents:
        raise Refused("empty_file")
    return Answer("zip", contents=contents)


def read_cells(job: Job) -> Answer:
    """Return the cells of a workbook as they stand.

    Raises:
        Refused: what the reader of workbooks finds.
    """
    from auditor.read import xlsx

    return xlsx.read_cells(job)


def extract(job: Job, number: int) -> Answer:
    """Write one entry of an archive beside the results; the answer names its path.

    Raises:
        Refused: what `Package` finds.
    """
    package = Package(job)
    target = Path(f"{job.out}.member")
    with target.open("xb") as writer:
        size = package.copy(number, writer)
    staged = Staged(None, str(target), (), 0, 0)
    return Answer("member", (staged,), unpacked=size)


def _refuse_others(package: Package, job: Job) -> None:
    """Name the office files that are zip files but no ``.xlsx``."""
    names = {info.filename for info in package.infos}
    if "xl/workbook.bin" in names:
        raise Refused("binary_workbook")
    if "mimetype" in names:
        with Path(job.path).open("rb") as handle:
            if _OPEN_DOCUMENT in handle.read(128):  # stored first, not compressed
                raise Refused("open_document")


def _trick(info: ZipInfo) -> str | None:
    """Return why an entry is not read although the archive is sound."""
    name = info.orig_filename
    if is_link(info):
        return "refused_link"
    parts = PurePosixPath(name).parts
    is_odd = "\\" in name or "\0" in name or _DRIVE.match(name) or not parts
    return "unsafe_name" if is_odd or name.startswith("/") or ".." in parts else None

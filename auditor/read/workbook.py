"""A workbook that a person filled, cell by cell, read in the capped process."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from auditor.errors import AuditError, text
from auditor.read.child import Child
from auditor.read.intake import SourceRefused, take_copy
from auditor.read.job import WORK_FOLDER, Job
from auditor.settings import Limits

MOST_BYTES = 64 << 20  # of a workbook that is read whole into memory


@dataclass(frozen=True, slots=True)
class Workbook:
    """The cells, merged ranges and sheets of one file; rows and columns from 1."""

    name: str
    sha256: str
    size: int
    cells: pl.DataFrame
    merges: pl.DataFrame
    sheets: pl.DataFrame


def read_workbook(path: Path, limits: Limits, work: Path) -> Workbook:
    """Return the cells of an untrusted workbook; only the child process parses it.

    Args:
        path: a plain ``.xlsx`` file; links and devices are refused.
        limits: caps on size, memory and time.
        work: an empty scratch folder.

    Raises:
        AuditError: AUD510, the file cannot be read; it says why and where.
    """
    copy = work / "workbook"
    try:
        sha256, size = take_copy(path, copy, MOST_BYTES)
    except SourceRefused as refused:
        raise _refusal(path, refused.reason, refused.value) from refused
    child = Child(work)
    try:
        answer = child.parse(Job(str(copy), str(work / "read"), limits, cells=True))
    finally:
        child.close()
    if answer.refused:
        if answer.refused["reason"] == WORK_FOLDER:
            raise AuditError("AUD404", file=work, why=answer.refused["value"])
        raise _refusal(path, answer.refused["reason"], answer.refused["value"])
    found = {
        str(one.table): pl.read_parquet(one.path, glob=False) for one in answer.tables
    }
    return Workbook(path.name, sha256, size, **found)


def _refusal(path: Path, reason: str, value: str | None) -> AuditError:
    key = f"reject.{reason}"
    where = f" ({value})" if value else ""
    return AuditError(
        "AUD510",
        file=path.name,
        why_zh=text(key, "zh"),
        why_en=text(key, "en"),
        where=where,
    )

"""Files in, raw tables out: copies, hashes and has a child parse every input file."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import polars as pl

from auditor.errors import AuditError
from auditor.frames import (
    FORM_TABLE,
    REJECTS,
    RawFile,
    RawTables,
    ReadPlan,
    empty_rejects,
)
from auditor.read.child import Child
from auditor.read.formats import FORMATS
from auditor.read.intake import SourceRefused, take_copy
from auditor.read.job import WORK_FOLDER, Answer, Job, Staged
from auditor.read.sources import Source, list_sources
from auditor.settings import Limits

_SMALL = 32 << 20  # bytes of input that one worker reads alone
_WORKERS = 4
_KEYS = ("case_id", *(key for kind in FORMATS for key in kind.keys))


@dataclass(frozen=True, slots=True)
class _Taken:
    sha256: str
    size: int
    answer: Answer


def read(
    inputs: Sequence[Path],
    dossier: Path | None,
    plan: ReadPlan,
    limits: Limits,
    work: Path,
) -> RawTables:
    """Stage every input file as text and say what became of each record.

    Args:
        inputs: dump folders (listed by name, not recursive) and single files.
        dossier: the agency's folder, or None.
        plan: which file fills which table.
        limits: caps on size, memory and time of the parsing process.
        work: an empty scratch folder; staged files stay in it as long as they are used.

    Returns:
        The staged files in the order listed, dump first, and all rejects.

    Raises:
        AuditError: AUD101-105 for inputs that are not there or impossible rules,
            AUD109 when the parsing process cannot start, AUD404 when the disk is full.
    """
    sources = list_sources(tuple(inputs), dossier, plan)
    (work / "in").mkdir(parents=True, exist_ok=True)
    (work / "staged").mkdir(exist_ok=True)
    taken = _parse_all(sources, plan, limits, work.absolute())
    files: list[RawFile] = []
    rejects = [empty_rejects()]
    for source, result in zip(sources, taken, strict=True):
        files += _files(source, result)
        rejects += _rejects(source, result)
    return RawTables(tuple(files), pl.concat(rejects))


def _parse_all(
    sources: list[Source], plan: ReadPlan, limits: Limits, work: Path
) -> list[_Taken | SourceRefused]:
    """Parse in as many processes as pay off; results keep the order of sources."""
    size = sum(_size(source) for source in sources)
    count = 1 if size < _SMALL else min(_WORKERS, os.cpu_count() or 1, len(sources))
    idle: SimpleQueue[Child] = SimpleQueue()
    children = [Child(work) for _ in range(count)]
    for child in children:
        idle.put(child)

    def take(numbered: tuple[int, Source]) -> _Taken | SourceRefused:
        child = idle.get()
        try:
            return _take(numbered[0], numbered[1], child, (plan, limits, work))
        finally:
            idle.put(child)

    try:
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(take, enumerate(sources)))
    finally:
        for child in children:
            child.close()


def _size(source: Source) -> int:
    return source.path.lstat().st_size if source.tables else 0


def _take(
    number: int, source: Source, child: Child, context: tuple[ReadPlan, Limits, Path]
) -> _Taken | SourceRefused:
    plan, limits, work = context
    if source.reason:
        return SourceRefused(source.reason)
    copy = work / "in" / str(number)
    try:
        sha256, size = take_copy(source.path, copy, limits.unpacked_bytes)
    except SourceRefused as refused:
        copy.unlink(missing_ok=True)
        return refused
    if source.tables == (FORM_TABLE,):
        return _Taken(
            sha256, size, Answer("toml", (Staged(FORM_TABLE, str(copy), (), 0, 0),))
        )
    keys = tuple(
        dict.fromkeys(
            key for table in source.tables for key in plan.keys.get(table, ())
        )
    )
    job = Job(
        path=str(copy),
        out=str(work / "staged" / str(number)),
        limits=limits,
        encoding=source.encoding,
        delimiter=source.delimiter,
        header_row=source.header_row,
        keys=(*keys, *_KEYS),
    )
    answer = child.parse(job)
    if answer.refused and answer.refused["reason"] == WORK_FOLDER:
        raise AuditError("AUD404", file=work, why=answer.refused["value"])
    copy.unlink()
    _drop_scraps(work / "staged", number, answer)
    return _Taken(sha256, size, answer)


def _drop_scraps(folder: Path, number: int, answer: Answer) -> None:
    """Remove unpacked and transcoded text, and all that a refused file left."""
    kept = {table.path for table in answer.tables} | {answer.rejects}
    for path in folder.iterdir():
        if path.name.startswith(f"{number}.") and str(path) not in kept:
            path.unlink(missing_ok=True)


def _files(source: Source, result: _Taken | SourceRefused) -> list[RawFile]:
    if isinstance(result, SourceRefused) or result.answer.refused:
        return []
    answer = result.answer
    return [
        RawFile(
            source=source.name,
            origin=source.origin,
            table=table,
            staged=Path(staged.path),
            sha256=result.sha256,
            size=result.size,
            format=answer.format,
            encoding=answer.encoding,
            delimiter=answer.delimiter,
            records=staged.records,
            read=staged.read,
            header=staged.header,
        )
        for staged in answer.tables
        for table in ((staged.table,) if staged.table else source.tables)
    ]


def _rejects(source: Source, result: _Taken | SourceRefused) -> list[pl.DataFrame]:
    table = source.tables[0] if source.tables else None
    if isinstance(result, SourceRefused):
        return [
            _file_reject(
                source, {"reason": result.reason, "value": result.value}, table
            )
        ]
    if result.answer.refused:
        return [_file_reject(source, result.answer.refused, table)]
    if result.answer.rejects is None:
        return []
    rows = pl.read_parquet(result.answer.rejects, glob=False, hive_partitioning=False)
    rows = rows.with_columns(source=pl.lit(source.name)).select(*REJECTS)
    is_split = any(staged.table for staged in result.answer.tables)
    return [
        rows.with_columns(table=pl.coalesce("table", pl.lit(name, pl.String)))
        for name in ((None,) if is_split else source.tables)
    ]


def _file_reject(
    source: Source, fields: dict[str, Any], table: str | None
) -> pl.DataFrame:
    row = {"kind": "file", "source": source.name, "table": table, **fields}
    return pl.DataFrame([{name: row.get(name) for name in REJECTS}], schema=REJECTS)

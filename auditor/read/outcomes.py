"""What became of the inputs, as the frames and files that are handed on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from auditor.errors import AuditError
from auditor.frames import FORM_TABLE, NOTES, REJECTS, RawFile
from auditor.read.intake import SourceRefused
from auditor.read.job import EMPTY, Note
from auditor.read.sources import Source
from auditor.read.take import Taken


def files_of(source: Source, result: Taken | SourceRefused) -> list[RawFile]:
    """Return the staged tables of one source, none if it was refused."""
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
            called=source.called,
            lines=answer.lines,
            unpacked=answer.unpacked or None,
        )
        for staged in answer.tables
        for table in ((staged.table,) if staged.table else source.tables)
    ]


def rejects_of(source: Source, result: Taken | SourceRefused) -> list[pl.DataFrame]:
    """Return the rejects of one source, each once for every table that it fills."""
    table = source.tables[0] if source.tables else None
    if isinstance(result, SourceRefused):
        told = {"reason": result.reason, "value": result.value}
        return [_file_reject(source, told, table)]
    refused = result.answer.refused
    if refused:
        is_empty = refused["reason"] == EMPTY
        return [] if is_empty else [_file_reject(source, refused, table)]
    if result.answer.rejects is None:
        return []
    rows = pl.read_parquet(result.answer.rejects, glob=False, hive_partitioning=False)
    rows = rows.with_columns(source=pl.lit(source.name)).select(*REJECTS)
    is_split = any(staged.table for staged in result.answer.tables)
    return [
        rows.with_columns(table=pl.coalesce("table", pl.lit(name, pl.String)))
        for name in ((None,) if is_split else source.tables)
    ]


def notes_of(source: Source, result: Taken | SourceRefused) -> list[pl.DataFrame]:
    """Return what was noticed about one source."""
    if isinstance(result, SourceRefused):
        return []
    refused = result.answer.refused
    told: tuple[Note, ...] = result.answer.notes
    if refused and refused["reason"] == EMPTY:
        told = (Note(EMPTY, 1),)
    return [
        pl.DataFrame(
            [{"source": source.name, "table": table, **_fields(note)} for note in told],
            schema=NOTES,
        )
        for table in (source.tables or (None,))
        if told
    ]


def prove(files: Sequence[RawFile], rejects: pl.DataFrame) -> None:
    """Check from the rejects themselves that each file's books balance.

    Raises:
        AuditError: AUD113 (internal), a record was neither handed on nor rejected.
    """
    rows = rejects.filter(kind="row").group_by("source", "table").len()
    lost = {(source, table): count for source, table, count in rows.iter_rows()}
    for file in files:
        rejected = lost.get((file.source, file.table), 0)
        if file.table != FORM_TABLE and file.records != file.read + rejected:
            told = {"records": file.records, "read": file.read, "rejected": rejected}
            raise AuditError("AUD113", file=file.source, **told)


def _fields(note: Note) -> dict[str, Any]:
    return {"column": note.column, "note": note.note, "count": note.count}


def _file_reject(
    source: Source, fields: dict[str, Any], table: str | None
) -> pl.DataFrame:
    row = {"kind": "file", "source": source.name, "table": table, **fields}
    return pl.DataFrame([{name: row.get(name) for name in REJECTS}], schema=REJECTS)

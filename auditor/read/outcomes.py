"""What became of the inputs, as the frames and files that are handed on."""

from pathlib import Path
from typing import Any

import polars as pl

from auditor.frames import NOTES, REJECTS, RawFile
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


def _fields(note: Note) -> dict[str, Any]:
    return {"column": note.column, "note": note.note, "count": note.count}


def _file_reject(
    source: Source, fields: dict[str, Any], table: str | None
) -> pl.DataFrame:
    row = {"kind": "file", "source": source.name, "table": table, **fields}
    return pl.DataFrame([{name: row.get(name) for name in REJECTS}], schema=REJECTS)

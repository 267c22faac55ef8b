"""The staged tables of a workbook: cells, merged ranges, sheets."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.read.job import Job
from auditor.read.stage import BatchWriter

CELLS = pa.schema(
    [
        ("sheet", pa.uint16()),  # number of the sheet, from 0
        ("row", pa.uint32()),
        ("column", pa.uint32()),
        ("value", pa.string()),  # as stored: numbers without any round trip
        ("kind", pa.string()),  # text, number, bool, error or date
        ("format", pa.string()),  # number format, e.g. 0.0%
        ("formula", pa.bool_()),  # the value was computed by a spreadsheet
        ("hidden", pa.bool_()),  # in a hidden row or column
    ]
)
MERGES = pa.schema(
    [
        ("sheet", pa.uint16()),
        *((name, pa.uint32()) for name in ("row", "column", "last_row", "last_column")),
    ]
)
SHEETS = pa.schema(
    [
        ("sheet", pa.uint16()),
        ("name", pa.string()),
        ("state", pa.string()),  # visible, hidden or veryHidden
        ("is_1904", pa.bool_()),  # serial dates count from 1904
    ]
)
_HELD = 1 << 15  # cells in memory before they go to disk


class CellWriter(BatchWriter):
    """Writes cells as they come; memory stays bounded."""

    def __init__(self, path: Path) -> None:
        self.rows = 0
        self._held: list[tuple[Any, ...]] = []
        self._writer = pq.ParquetWriter(path, CELLS, compression="lz4")

    def add(self, row: tuple[Any, ...]) -> None:
        """Append one cell, its values in the order of `CELLS`."""
        self.rows += 1
        self._held.append(row)
        if len(self._held) >= _HELD:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(_table(CELLS, self._held))
        self._held.clear()


def write_rows(
    job: Job, name: str, schema: pa.Schema, rows: list[tuple[Any, ...]]
) -> str:
    """Write one small table of a job and return its path."""
    path = f"{job.out}.{name}.parquet"
    pq.write_table(_table(schema, rows), path, compression="lz4")
    return path


def _table(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [
        pa.array(column, kind)
        for column, kind in zip(columns, schema.types, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)

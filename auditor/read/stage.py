"""What the child writes: staged parquet of text columns, and the log of rejects."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditor.read.job import SHOWN, Refused

ROW = "_row"
_FLUSH = 1 << 16  # rejects held in memory before they go to disk
_GROUP = 1 << 17  # rows a row group of the staged file
_OFTEN = 8  # rows a value, from which a dictionary pays off

REJECT_SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("row", pa.uint64()),
        ("byte_offset", pa.uint64()),
        ("table", pa.string()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("case_id", pa.string()),
    ]
)


def stamp_text(column: pa.Array) -> pa.Array:
    """Write a column as text; a stamp as ``YYYY-MM-DD[ HH:MM:SS[.ffffff]]``."""
    text = pc.cast(column, pa.string())
    if not pa.types.is_timestamp(column.type):
        return text
    return pc.replace_substring_regex(text, r"\.0+$", "")


def text_batch(
    held: list[tuple[int, list[str]]], names: tuple[str, ...]
) -> pa.RecordBatch:
    """Return rows of text with their numbers as a batch, ``_row`` at its end."""
    rows = (cells for _, cells in held)
    arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    numbers = pa.array([number for number, _ in held], pa.uint64())
    return pa.RecordBatch.from_arrays([*arrays, numbers], [*names, ROW])


class RejectLog:
    """Collects row and cell rejects of one file; memory stays bounded.

    Raises:
        Refused: too_many_rejects, from any method, when there are more than ``cap``.
    """

    def __init__(self, path: Path, cap: int) -> None:
        self.path = path
        self._cap = cap
        self.rows = 0
        self.cells = 0
        self._held: list[dict[str, Any]] = []
        self._writer: pq.ParquetWriter | None = None

    def row(
        self,
        number: int,
        reason: str,
        value: str,
        case_id: str | None = None,
        table: str | None = None,
    ) -> None:
        """Log a record that is not handed on, with the start of its text."""
        self.rows += 1
        self._add("row", number, reason, value, {"case_id": case_id, "table": table})

    def cell(
        self,
        number: int | None,
        column: str | None,
        value: str,
        reason: str,
        *,
        case_id: str | None = None,
        table: str | None = None,
    ) -> None:
        """Log a cell that is handed on as lost, with the start of its text."""
        self.cells += 1
        more = {"column": column, "case_id": case_id, "table": table}
        self._add("cell", number, reason, value, more)

    def close(self) -> str | None:
        """Finish the file and return its path; None when nothing was rejected."""
        self._flush()
        if self._writer is None:
            return None
        self._writer.close()
        return str(self.path)

    def _add(
        self,
        kind: str,
        row: int | None,
        reason: str,
        value: str,
        more: dict[str, str | None],
    ) -> None:
        if self.rows + self.cells > self._cap:
            raise Refused("too_many_rejects", f">{self._cap}", row=row)
        fields = {"kind": kind, "row": row, "reason": reason, "value": value[:SHOWN]}
        self._held.append(fields | more)
        if len(self._held) >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        if not self._held:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, REJECT_SCHEMA, compression="lz4")
        self._writer.write_table(pa.Table.from_pylist(self._held, REJECT_SCHEMA))
        self._held.clear()


class BatchWriter(ABC):
    """Holds rows back and writes them in batches; an error drops what is still held."""

    _writer: pq.ParquetWriter

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    @abstractmethod
    def _flush(self) -> None:
        """Write what is held, if anything is."""


class TableWriter(BatchWriter):
    """Writes one staged table: source columns as text, then ``_row`` as UInt64.

    ``kinds`` gives the type of a column that is no text: stamps without a zone.
    """

    def __init__(
        self,
        path: Path,
        header: tuple[str, ...],
        kinds: Mapping[str, pa.DataType] | None = None,
    ) -> None:
        kinds = kinds or {}
        self.path = path
        self.header = header
        self.rows = 0
        self.schema = pa.schema(
            [
                *((name, kinds.get(name, pa.string())) for name in header),
                (ROW, pa.uint64()),
            ]
        )
        self._held: list[pa.RecordBatch] = []
        self._held_rows = 0
        self._opened: pq.ParquetWriter | None = None

    @property
    def _writer(self) -> pq.ParquetWriter:
        """The file; which columns get a dictionary is told by the first rows."""
        if self._opened is None:
            self._opened = pq.ParquetWriter(
                self.path,
                self.schema,
                compression="lz4",
                use_dictionary=[name for name in self.header if self._repeats(name)],
            )
        return self._opened

    def _repeats(self, name: str) -> bool:
        if not pa.types.is_string(self.schema.field(name).type):
            return False
        sample = [batch.column(name) for batch in self._held]
        distinct = pc.count_distinct(pa.chunked_array(sample, pa.string())).as_py()
        return bool(distinct * _OFTEN <= self._held_rows)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows; small batches are gathered into fair row groups."""
        self.rows += batch.num_rows
        self._held.append(batch)
        self._held_rows += batch.num_rows
        if self._held_rows >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._held_rows:
            table = pa.Table.from_batches(self._held, self.schema)
            self._writer.write_table(table, row_group_size=_GROUP)
        self._held.clear()
        self._held_rows = 0

"""Rows whose columns are only known at the end, as one table with all of them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.ipc as ipc

from auditor.read.job import Refused
from auditor.read.stage import ROW, TableWriter

_ROWS = 1 << 14  # rows held in memory before they go to a piece on disk


class UnionWriter:
    """Takes rows as dictionaries; the staged table has every key as a text column.

    Args:
        base: path without suffix; pieces and the table are named after it.
        columns: the most columns a table may have.
    """

    def __init__(self, base: Path, columns: int) -> None:
        self.rows = 0
        self._base = base
        self._cap = columns
        self._names: dict[str, None] = {}
        self._held: list[tuple[int, dict[str, str]]] = []
        self._pieces: list[Path] = []

    def add(self, number: int, row: dict[str, str]) -> None:
        """Append one row under its running number."""
        self.rows += 1
        self._names.update(dict.fromkeys(row))
        if len(self._names) > self._cap:
            raise Refused("too_many_columns", f">{self._cap}")
        self._held.append((number, row))
        if len(self._held) >= _ROWS:
            self._spill()

    def finish(self, first: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """Write the table with these columns first; return its path and header.

        A key that a row did not have is an empty cell.

        Raises:
            Refused: reserved_header, for a key with the name of our own column.
        """
        header = tuple(dict.fromkeys((*first, *self._names)))
        if ROW in header:
            raise Refused("reserved_header", ROW, column=ROW)
        target = self._base.with_name(f"{self._base.name}.parquet")
        with TableWriter(target, header) as writer:
            for piece in self._pieces:
                with ipc.open_file(piece) as reader:
                    for at in range(reader.num_record_batches):
                        writer.write(_widened(reader.get_batch(at), header))
                piece.unlink()
            if self._held:
                writer.write(_widened(self._batch(), header))
        return str(target), header

    def _spill(self) -> None:
        batch = self._batch()
        path = self._base.with_name(f"{self._base.name}.{len(self._pieces)}.arrow")
        with ipc.new_file(path, batch.schema) as writer:
            writer.write_batch(batch)
        self._pieces.append(path)
        self._held.clear()

    def _batch(self) -> pa.RecordBatch:
        names = [name for name in self._names if name != ROW]
        columns = [
            pa.array([row.get(name, "") for _, row in self._held], pa.string())
            for name in names
        ]
        numbers = pa.array([number for number, _ in self._held], pa.uint64())
        return pa.RecordBatch.from_arrays([*columns, numbers], [*names, ROW])


def _widened(batch: pa.RecordBatch, header: tuple[str, ...]) -> pa.RecordBatch:
    empty = pa.repeat("", batch.num_rows)
    columns = [
        batch.column(name) if name in batch.schema.names else empty for name in header
    ]
    return pa.RecordBatch.from_arrays([*columns, batch.column(ROW)], [*header, ROW])

"""What goes from task to task: rows of (part, kind, item, seq, payload), never a cell.

A row is a slice of a frame in Arrow IPC, or a piece of a pickled object of our own.
Spark sees opaque bytes, so no value of the dump is ever an engine's to interpret, and
it may cut its batches wherever it likes: whoever gathers waits for the last row.
"""

import io
import pickle
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from auditor.errors import AuditError

SCHEMA = "part int, kind string, item long, seq int, payload binary"
ARROW = pa.schema([
    ("part", pa.int32()), ("kind", pa.string()), ("item", pa.int64()),
    ("seq", pa.int32()), ("payload", pa.binary()),
])  # fmt: skip
PIECE = 16 << 20  # bytes of one payload, far below what a batch or a row may hold
ERROR = "error"  # the kind of row that says why a task could not go on
Batches = Iterator[pa.RecordBatch]


class Row(NamedTuple):
    """One row on the wire."""

    part: int
    kind: str
    item: int
    seq: int
    payload: bytes


def rows_of(batches: Iterable[pa.RecordBatch]) -> Iterator[Row]:
    """Yield the rows of arriving batches."""
    for batch in batches:
        columns = [batch.column(place) for place in range(len(ARROW))]
        for at in range(batch.num_rows):
            yield Row(*(column[at].as_py() for column in columns))


def batches_of(rows: Iterable[Row]) -> Batches:
    """Yield one batch a row: payloads are large."""
    for row in rows:
        yield pa.RecordBatch.from_pylist([row._asdict()], ARROW)


def frame_rows(
    part: int, kind: str, frame: pl.DataFrame, first: int = 0
) -> Iterator[Row]:
    """Cut a frame into payloads; an empty frame is one, since its columns matter."""
    size = max(1, int(frame.estimated_size()))
    step = max(1, frame.height * PIECE // size)
    for start in range(0, max(1, frame.height), step):
        sink = io.BytesIO()
        frame.slice(start, step).write_ipc_stream(sink, compression="lz4")
        yield Row(part, kind, first + start, 0, sink.getvalue())


def frame_in(row: Row) -> pl.DataFrame:
    """Return the frame in one payload."""
    return pl.read_ipc_stream(io.BytesIO(row.payload))


def object_rows(part: int, kind: str, thing: object, item: int = 0) -> Iterator[Row]:
    """Cut a pickled object of ours into payloads."""
    data = pickle.dumps(thing)
    for seq, start in enumerate(range(0, len(data), PIECE)):
        yield Row(part, kind, item, seq, data[start : start + PIECE])


def object_in(rows: Iterable[Row]) -> Any:  # noqa: ANN401 - whatever was sent
    """Return the object whose payloads these are, in any order."""
    ordered = sorted(rows, key=lambda row: row.seq)
    return pickle.loads(b"".join(row.payload for row in ordered))


def error_rows(error: AuditError) -> Iterator[Row]:
    """Send on why a task stopped: an error of ours must not look like Spark's."""
    said = {key: str(value) for key, value in error.fields.items()}
    yield from object_rows(-1, ERROR, (error.code, said))


def sound(row: Row) -> Row:
    """Return the row; raise the error that it carries, if it does."""
    if row.kind == ERROR:
        code, fields = object_in([row])
        raise AuditError(code, **fields)
    return row

"""Parquet as one staged table: flat columns of plain types, cast to text exactly."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditor.read.delivered import hand_on, opened
from auditor.read.job import DISK_ERRORS, Answer, Job, Refused, Staged
from auditor.read.names import clean_name, lost_cell
from auditor.read.sink import RowSink
from auditor.read.stage import ROW, RejectLog, TableWriter, stamp_text

_ROWS = 1 << 16
_EMPTY = 512  # bytes that a column chunk without a value may take
STAMP = {"s": "ms", "ms": "ms", "us": "us", "ns": "us"}


def read_file(job: Job) -> Answer:
    """Validate and cast every row group; the footer's row counts must agree.

    Raises:
        Refused: bad_parquet, unsupported_column, duplicate_header, reserved_header,
            too_many_columns or count_mismatch.
    """
    rejects = RejectLog(Path(f"{job.out}.rejects.parquet"), job.limits.rejects)
    target = Path(f"{job.out}.parquet")
    try:
        with opened(job.path) as file:
            header = _header(file.schema_arrow, job)
            records = file.metadata.num_rows
            _check_counts(file.metadata)
            if (answer := hand_on(job, header)) is not None:
                return answer
            kinds = _stamp_kinds(header, file.schema_arrow)
            with TableWriter(target, header, kinds) as writer:
                _copy(file, RowSink(writer, rejects, job), rejects, job)
    except MemoryError:  # Arrow's is an Arrow error as well
        raise
    except (pa.ArrowException, OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            raise
        raise Refused("bad_parquet", str(error)) from error
    path = rejects.close()
    if records != writer.rows + rejects.rows:
        raise Refused("count_mismatch", f"{records} <> {writer.rows} + {rejects.rows}")
    staged = Staged(None, str(target), header, records, writer.rows)
    return Answer("parquet", (staged,), rejects=path)


def _check_counts(footer: pq.FileMetaData) -> None:
    """Hold the numbers of the footer against each other.

    Raises:
        Refused: count_mismatch, when a group or a column in it tells another number of
            rows, or none although it holds data.
    """
    groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
    total = sum(group.num_rows for group in groups)
    if total != footer.num_rows:
        raise Refused("count_mismatch", f"{footer.num_rows} <> {total}")
    for group in groups:
        for at in range(group.num_columns):
            column = group.column(at)
            held = column.num_values
            is_flat = "." not in column.path_in_schema
            is_hiding = group.num_rows == 0 and column.total_compressed_size > _EMPTY
            if (is_flat and held != group.num_rows) or is_hiding:
                told = f"{group.num_rows} <> {held} {column.path_in_schema}"
                raise Refused("count_mismatch", told)


def _header(schema: pa.Schema, job: Job) -> tuple[str, ...]:
    if len(schema) > job.limits.columns:
        raise Refused("too_many_columns", str(len(schema)))
    names = tuple(clean_name(name) for name in schema.names)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refused("duplicate_header", twice, column=twice)
    if ROW in names:
        raise Refused("reserved_header", ROW, column=ROW)
    for name, kind in zip(names, schema.types, strict=True):
        if not _is_plain(kind):
            raise Refused("unsupported_column", str(kind), column=name)
    return names


def _stamp_kinds(header: tuple[str, ...], schema: pa.Schema) -> dict[str, pa.DataType]:
    """Return the columns that stay what they are: days, and stamps without a zone."""
    kinds = dict(zip(header, schema.types, strict=True))
    return {
        name: kind if pa.types.is_date32(kind) else pa.timestamp(STAMP[kind.unit])
        for name, kind in kinds.items()
        if pa.types.is_date32(kind) or (pa.types.is_timestamp(kind) and kind.tz is None)
    }


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    plain = (
        pa.types.is_boolean,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_decimal,
        pa.types.is_date,
        pa.types.is_timestamp,
        pa.types.is_null,
    )
    return _is_text(kind) or any(test(kind) for test in plain)


def _is_text(kind: pa.DataType) -> bool:
    return kind in {pa.string(), pa.large_string(), pa.string_view()}


@dataclass(frozen=True, slots=True)
class _Loss:
    """Where numbers go that cannot be trusted, for the rows of one batch."""

    rows: pa.Array
    rejects: RejectLog
    keys: tuple[str, ...]

    def replace(self, text: pa.Array, bad: pa.Array, name: str) -> pa.Array:
        """Log the bad cells of a column and put what stands for lost in their place."""
        cells = text.to_pylist()
        for at in pc.indices_nonzero(bad).to_pylist():
            row = self.rows[at].as_py()
            self.rejects.cell(row, name, cells[at], "precision_lost")
            cells[at] = lost_cell(row, is_key=name in self.keys)
        return pa.array(cells, pa.string())


def _copy(file: pq.ParquetFile, sink: RowSink, rejects: RejectLog, job: Job) -> None:
    next_row = 1
    for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
        batch.validate(full=True)
        rows = pa.array(range(next_row, next_row + batch.num_rows), pa.uint64())
        next_row += batch.num_rows
        loss = _Loss(rows, rejects, job.keys)
        names = [clean_name(name) for name in batch.schema.names]
        columns = [
            _text(column, name, loss)
            for column, name in zip(batch.columns, names, strict=True)
        ]
        sink.accept(pa.RecordBatch.from_arrays([*columns, rows], [*names, ROW]))


def _text(column: pa.Array, name: str, loss: _Loss) -> pa.Array:
    """Cast one column to text; an absent value becomes an empty cell."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_date32(column.type):
        return column
    if pa.types.is_timestamp(column.type):
        if column.type.tz is None:
            return _naive(column)
        column = zoned_text(column)
    elif pa.types.is_floating(column.type):
        column = _floats(column, name, loss)
    elif pa.types.is_decimal(column.type):
        column = _expanded(column)
    return pc.fill_null(pc.cast(column, pa.string()), "")


def _naive(column: pa.Array) -> pa.Array:
    """Return stamps without a zone in a unit that loses nothing a text would show."""
    # Towards the past, never up: a rounded instant could reach the next day.
    return pc.cast(column, pa.timestamp(STAMP[column.type.unit]), safe=False)


def zoned_text(column: pa.Array) -> pa.Array:
    """Write instants as ``YYYY-MM-DD HH:MM:SS[.ffffff]+00:00``, in UTC."""
    # Without its zone an Arrow instant shows as UTC.
    instant = column.view(pa.int64()).view(pa.timestamp(column.type.unit))
    text = stamp_text(_naive(instant))
    return pc.binary_join_element_wise(text, "+00:00", "")


def _floats(column: pa.Array, name: str, loss: _Loss) -> pa.Array:
    """Write the shortest text that gives the number back, whole ones without a point.

    A number so large that its neighbours are not whole steps away may be a damaged id:
    it is logged as precision_lost and handed on as lost.
    """
    if pa.types.is_float16(column.type):
        column = pc.cast(column, pa.float32())
    limit = 2.0**24 if pa.types.is_float32(column.type) else 2.0**53
    finite = pc.fill_null(pc.is_finite(column), fill_value=False)
    large = pc.and_(finite, pc.greater(pc.abs(column), limit))
    whole = pc.and_(finite, pc.equal(pc.floor(column), column))
    whole = pc.fill_null(pc.and_not(whole, large), fill_value=False)
    large = pc.fill_null(large, fill_value=False)
    integers = pc.cast(pc.if_else(whole, column, 0.0), pa.int64())
    text = pc.if_else(whole, pc.cast(integers, pa.string()), _expanded(column))
    return loss.replace(text, large, name) if pc.any(large).as_py() else text


def _expanded(column: pa.Array) -> pa.Array:
    """Cast numbers to text and write exponents out."""
    text = pc.cast(column, pa.string())
    powers = pc.fill_null(
        pc.match_substring(text, "e", ignore_case=True), fill_value=False
    )
    if not pc.any(powers).as_py():
        return text
    plain = [
        format(Decimal(value), "f") if power else value
        for value, power in zip(text.to_pylist(), powers.to_pylist(), strict=True)
    ]
    return pa.array(plain, pa.string())

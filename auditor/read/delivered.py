"""Parquet that can be handed on as delivered: plain columns, every page decoded twice.

Writing a file anew costs more than all else that is done with it. What is odd about a
file, or is not believed, is left to the careful way, which writes one of our own.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.read.job import Answer, Job, Staged

if TYPE_CHECKING:
    import polars as pl

LARGE = 3 << 20  # bytes from which a second decoder pays off
_MEMORY = 1 << 30  # bytes that the process needs to hold both decoders
_GROUP_ROWS = 1 << 20  # of a row group, since one is decoded at a time
_GROUP_BYTES = 128 << 20
_BATCH = 1 << 16  # rows decoded at a time, as on the careful way
_EXACT = 2.0**53  # above it a number may be a damaged id
_TINY = 1e-280  # below it a number has more digits than one may have
_VALUE = re.compile(r"\ufeff?(true|false|[-+]?[\d.]+)")
_PACKED = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4", "BROTLI"}
_WRITTEN = {"PLAIN", "RLE", "BIT_PACKED", "PLAIN_DICTIONARY", "RLE_DICTIONARY"}
_WRITTEN |= {"DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"}


def hand_on(job: Job, header: tuple[str, ...]) -> Answer | None:
    """Return the file itself as the staged table; None if it needs care.

    Two decoders must find the same number of rows and of empty cells in each column.
    The second is the one that reads the file later, so that whatever these bytes can
    do to it, they do first in this process and under its limits.
    """
    path = Path(job.path)
    is_large = path.stat().st_size >= LARGE
    if not (job.as_delivered and is_large and job.limits.child_memory >= _MEMORY):
        return None
    with opened(path) as file:
        if not _is_plain(file, header):
            return None
        sizes = [
            file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)
        ]
        empty = _empty_cells(file)
    if not _is_same(path, sizes, empty, (header, job.limits.field_bytes)):
        return None
    target = Path(f"{job.out}.parquet")
    try:
        os.link(path, target)
    except OSError:
        return None
    rows = sum(sizes)
    return Answer("parquet", (Staged(None, str(target), header, rows, rows),))


def opened(path: Path | str) -> pq.ParquetFile:
    """Open a file to be decoded a row group at a time, page checksums included."""
    # A reader that fetches ahead holds all of a file that is asked for as a whole.
    return pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)


def _is_plain(file: pq.ParquetFile, header: tuple[str, ...]) -> bool:
    """Say whether there is nothing about the footer that the decoders may differ on."""
    footer, schema = file.metadata, file.schema
    named = header == tuple(file.schema_arrow.names) and not _VALUE.fullmatch(header[0])
    flat = all(
        column.max_repetition_level == 0 and column.max_definition_level <= 1
        for column in (schema.column(at) for at in range(len(header)))
    )
    kinds = all(map(_is_kept, file.schema_arrow.types))
    if not (named and flat and kinds and footer.num_columns == len(header)):
        return False
    groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
    return all(_is_plain_group(group) for group in groups)


def _is_plain_group(group: pq.RowGroupMetaData) -> bool:
    columns = [group.column(at) for at in range(group.num_columns)]
    return (
        0 < group.num_rows <= _GROUP_ROWS
        and group.total_byte_size <= _GROUP_BYTES
        and not group.sorting_columns  # an engine would believe it
        and all(one.compression in _PACKED for one in columns)
        and all(_WRITTEN.issuperset(one.encodings) for one in columns)
    )


def _is_kept(kind: pa.DataType) -> bool:
    """Say whether values of a type say what their text says, and nothing gets lost."""
    if pa.types.is_timestamp(kind):
        return kind.tz is None and kind.unit in {"ms", "us"}
    whole = pa.types.is_integer(kind) and kind != pa.uint64()
    return whole or kind in {
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.bool_(),
        pa.float64(),
        pa.date32(),
    }


def _empty_cells(file: pq.ParquetFile) -> list[int]:
    """Decode everything; return the empty cells of each column."""
    found = [0] * len(file.schema_arrow)
    for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
        for at, column in enumerate(batch.columns):
            found[at] += column.null_count
    return found


def _is_same(
    path: Path, sizes: list[int], empty: list[int], told: tuple[tuple[str, ...], int]
) -> bool:
    """Decode everything with the other decoder; say whether it finds the same."""
    import polars as pl

    try:
        scan = pl.scan_parquet(
            path, glob=False, hive_partitioning=False, use_statistics=False
        )
        if list(scan.collect_schema().values()) != _kinds(path):
            return False
        found, first = [0] * len(empty), 0
        for size in sizes:
            rows = scan.slice(first, size).collect(engine="in-memory")
            first += size
            if rows.height != size or not _needs_no_care(rows, *told):
                return False
            found = [n + one.null_count() for n, one in zip(found, rows, strict=True)]
        beyond = scan.slice(first, None).collect(engine="in-memory").height
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return False
    return found == empty and not beyond


def _kinds(path: Path) -> list["pl.DataType"]:
    """Return the types that the columns must have to the other decoder."""
    import polars as pl

    plain: dict[pa.DataType, pl.DataType] = {
        **{
            kind(): pl.String() for kind in (pa.string, pa.large_string, pa.string_view)
        },
        pa.bool_(): pl.Boolean(),
        pa.float64(): pl.Float64(),
        pa.date32(): pl.Date(),
        pa.timestamp("ms"): pl.Datetime("ms"),
        pa.timestamp("us"): pl.Datetime("us"),
        **{pa.int8(): pl.Int8(), pa.int16(): pl.Int16(), pa.int32(): pl.Int32()},
        **{pa.int64(): pl.Int64(), pa.uint8(): pl.UInt8(), pa.uint16(): pl.UInt16()},
        pa.uint32(): pl.UInt32(),
    }
    return [plain[kind] for kind in pq.read_schema(path).types]


def _needs_no_care(rows: "pl.DataFrame", header: tuple[str, ...], cap: int) -> bool:
    """Say whether no row can be a total or the header again, and no cell too long.

    What `auditor.read.sink` would reject must be among what this finds.
    """
    import polars as pl

    rows.columns = [str(at) for at in range(rows.width)]  # no pattern to the engine
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    floats = [name for name, kind in rows.schema.items() if kind == pl.Float64]
    sizes = rows.select(pl.col(texts).str.len_bytes().max()).row(0) if texts else ()
    if max((size or 0 for size in sizes), default=0) > cap:
        return False
    size = pl.col(floats).abs()
    exact = size.is_between(_TINY, _EXACT) | (size == 0)
    if floats and not all(rows.select(exact.all()).row(0)):
        return False
    first = rows.to_series(0)
    again = [header[0], f"\ufeff{header[0]}"]
    if first.dtype == pl.String and first.is_in(again).any():
        return False
    return not _may_be_total(rows)


def _may_be_total(rows: "pl.DataFrame") -> bool:
    """Say whether the first filled cell of some row could name a sum."""
    import polars as pl

    while rows.width and rows.height:
        column = rows.to_series(0)
        is_text = column.dtype == pl.String
        if is_text and column.str.contains("计", literal=True).any():
            return True
        empty = column.is_null()
        rows = rows.filter(empty | (column == "") if is_text else empty)
        rows = rows.drop(rows.columns[0])
    return False

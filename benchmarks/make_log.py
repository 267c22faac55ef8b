"""``python -m benchmarks.make_log FOLDER CASES``: a seeded dump in bounded memory.

About 6.9 events a case, ids of 18 characters, ten stage names, three stamps and an
operator; fifteen attributes a case; a share of late, open, withdrawn and incomplete
applications; 1 % of them suspended. The names are those that a run expects without
a mapping. ``--order`` lays the log case by case, shuffled or by time of recording;
cases always stand in the order of their ids. ``--format`` writes Parquet, CSV in UTF-8
or GB18030, or a workbook a table. The same seed, order and size give the same rows.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks.draw import CUTOFF, FIRST, chunk

CHUNK = 100_000  # cases drawn at a time
BUCKET_EVENTS = 3_000_000  # events put in another order at a time
GROUP_ROWS = 120_000
ORDERS = ("clustered", "shuffled", "time")
FORMATS = ("parquet", "csv", "csv-gb18030", "xlsx")
SHEET_ROWS = 1_048_576  # where a sheet ends: some 150,000 cases


class ParquetFile:
    """One Parquet table as an exporter would write it: zstd, plain column types."""

    def __init__(self, folder: Path, table: str, schema: pa.Schema) -> None:
        self.writer = pq.ParquetWriter(
            folder / f"{table}.parquet", schema, compression="zstd", store_schema=False
        )

    def write(self, rows: pa.Table) -> None:
        self.writer.write_table(rows, row_group_size=GROUP_ROWS)

    def close(self) -> None:
        self.writer.close()


class CsvFile:
    """One CSV table; GB18030 is written from UTF-8 a chunk at a time."""

    def __init__(
        self, folder: Path, table: str, schema: pa.Schema, encoding: str
    ) -> None:
        self.file = (folder / f"{table}.csv").open("wb")
        self.encoding = encoding
        self.header = ",".join(schema.names) + "\n"
        self.file.write(self.header.encode())

    def write(self, rows: pa.Table) -> None:
        sink = pa.BufferOutputStream()
        options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
        pa_csv.write_csv(rows, sink, options)
        raw = sink.getvalue()
        if self.encoding == "utf-8":
            self.file.write(raw)
        else:
            self.file.write(raw.to_pybytes().decode().encode(self.encoding))

    def close(self) -> None:
        self.file.close()


class XlsxFile:
    """One table as a workbook of one sheet: numbers are numbers, all else is text."""

    def __init__(self, folder: Path, table: str, schema: pa.Schema) -> None:
        import xlsxwriter

        path = str(folder / f"{table}.xlsx")
        self.book = xlsxwriter.Workbook(path, {"constant_memory": True})
        self.sheet = self.book.add_worksheet(table)
        self.rows = 1
        for at, name in enumerate(schema.names):
            self.sheet.write_string(0, at, name)

    def write(self, rows: pa.Table) -> None:
        if self.rows + rows.num_rows > SHEET_ROWS:
            raise ValueError(f"a sheet ends at {SHEET_ROWS:,} rows")
        put = []
        for column in rows.columns:
            kind = column.type
            is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
            put.append(
                self.sheet.write_number if is_number else self.sheet.write_string
            )
        texts = [
            column if write == self.sheet.write_number else pc.cast(column, pa.string())
            for column, write in zip(rows.columns, put, strict=True)
        ]
        for cells in zip(*(column.to_pylist() for column in texts), strict=True):
            for at, cell in enumerate(cells):
                if cell is not None:
                    put[at](self.rows, at, cell)
            self.rows += 1

    def close(self) -> None:
        self.book.close()


File = ParquetFile | CsvFile | XlsxFile


def _open(folder: Path, table: str, schema: pa.Schema, form: str) -> File:
    if form == "parquet":
        return ParquetFile(folder, table, schema)
    if form == "xlsx":
        return XlsxFile(folder, table, schema)
    return CsvFile(folder, table, schema, "gb18030" if form[3:] else "utf-8")


def _chunks(cases: int, seed: int) -> Iterator[dict[str, pa.Table]]:
    """Yield the tables of each range of cases; one is drawn while one is written."""
    firsts = range(0, cases, CHUNK)
    with ThreadPoolExecutor(1) as pool:
        waiting = None
        for first in firsts:
            nxt = pool.submit(chunk, first, min(CHUNK, cases - first), seed)
            if waiting is not None:
                yield waiting.result()
            waiting = nxt
        if waiting is not None:
            yield waiting.result()


class Buckets:
    """Events on their way to another order: spilled by bucket, ordered one by one."""

    def __init__(self, folder: Path, cases: int, order: str, seed: int) -> None:
        self.folder = folder
        self.count = max(1, -(-cases * 7 // BUCKET_EVENTS))
        self.order, self.seed = order, seed
        self.rng = np.random.default_rng([seed, 1])
        self.files: list[pa.RecordBatchFileWriter | None] = [None] * self.count
        folder.mkdir()

    def add(self, events: pa.Table) -> None:
        if self.order == "shuffled":
            bucket = self.rng.integers(0, self.count, events.num_rows)
        else:
            at = events["recorded_at"].cast(pa.int64()).to_numpy()
            span = CUTOFF - FIRST + 86_400
            bucket = np.clip((at - FIRST) * self.count // span, 0, self.count - 1)
        order = np.argsort(bucket, kind="stable")
        edges = np.searchsorted(bucket[order], np.arange(self.count + 1))
        ordered = events.take(pa.array(order))
        for number in range(self.count):
            low, high = edges[number], edges[number + 1]
            self._writer(number, events.schema).write(ordered.slice(low, high - low))

    def _writer(self, number: int, schema: pa.Schema) -> pa.RecordBatchFileWriter:
        if self.files[number] is None:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            path = str(self.folder / str(number))
            self.files[number] = pa.ipc.new_file(path, schema, options=options)
        return self.files[number]

    def drain(self) -> Iterator[pa.Table]:
        """Yield the events in the order asked for, and remove what was spilled."""
        for number, file in enumerate(self.files):
            if file is None:
                continue
            file.close()
            path = self.folder / str(number)
            rows = pa.ipc.open_file(str(path)).read_all()
            if self.order == "shuffled":
                yield rows.take(pa.array(self.rng.permutation(rows.num_rows)))
            else:
                keys = [("recorded_at", "ascending"), ("case_id", "ascending")]
                yield rows.take(pc.sort_indices(rows, sort_keys=keys))
            path.unlink()
        shutil.rmtree(self.folder)


def make(
    folder: Path,
    cases: int,
    seed: int = 37,
    *,
    order: str = "clustered",
    form: str = "parquet",
) -> int:
    """Write ``cases``, ``events`` and ``suspensions`` of a dump; return the events."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, File] = {}
    spilled = folder / ".order"
    buckets = None
    if order != "clustered":
        buckets = Buckets(spilled, cases, order, seed)
    total = 0
    with ExitStack() as stack:
        for tables in _chunks(cases, seed):
            total += tables["events"].num_rows
            for name, table in tables.items():
                if name not in files:
                    files[name] = _open(folder, name, table.schema, form)
                    stack.callback(files[name].close)
                if buckets is not None and name == "events":
                    buckets.add(table)
                else:
                    files[name].write(table)
        for rows in buckets.drain() if buckets else ():
            files["events"].write(rows)
    return total


def main(words: list[str]) -> None:
    """Make the dump that the command line asks for, and say how long it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.make_log")
    parser.add_argument("folder", type=Path)
    parser.add_argument("cases", type=int)
    parser.add_argument("--seed", type=int, default=37)
    parser.add_argument("--order", choices=ORDERS, default="clustered")
    parser.add_argument("--format", choices=FORMATS, default="parquet")
    told = parser.parse_args(words)
    begin = time.perf_counter()
    rows = make(told.folder, told.cases, told.seed, order=told.order, form=told.format)
    took = time.perf_counter() - begin
    size = sum(path.stat().st_size for path in told.folder.iterdir()) / 1e6
    each = rows / max(1, told.cases)
    print(f"{told.cases:,} cases, {rows:,} events ({each:.2f} a case), {size:,.0f} MB")
    print(f"{took:.1f} s, {told.cases / took:,.0f} cases a second")


if __name__ == "__main__":
    main(sys.argv[1:])

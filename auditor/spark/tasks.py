"""What a task does: read a file, send rows to their partition, settle it, judge it.

Each is a function from batches to batches for ``mapInArrow``. It runs in a Python
process of the cluster, in scratch folders of its own, with the functions that the
local engine uses.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from auditor.clean import Kit
from auditor.errors import AuditError
from auditor.frames import Part, ReadPlan
from auditor.kernel import Judged
from auditor.read import Outcome, Source, Taken, Taker, parse_all
from auditor.settings import Limits
from auditor.spark.wire import (
    Batches,
    Row,
    batches_of,
    error_rows,
    frame_in,
    frame_rows,
    object_rows,
    rows_of,
    sound,
)

TAKEN, IDS, BOOKS, JUDGED = "taken", "ids", "books", "judged"
VALUES = "values:"  # then the staged table: distinct values of its columns
ROWS = "rows:"  # then the staged table: rows of it
TABLE = "table:"  # then the canonical table: accepted rows of a partition
STAGED_ROWS = 250_000  # rows of a staged table in one payload at most
Judge = Callable[[Part], Judged]


@dataclass(frozen=True, slots=True)
class Task:
    """A task whose errors of ours travel as rows, and which passes on those it gets."""

    work: Callable[[Iterable[Row]], Iterator[Row]]

    def __call__(self, batches: Batches) -> Batches:
        """Turn the batches of one Spark partition into others."""
        try:
            yield from batches_of(self.work(map(sound, rows_of(batches))))
        except AuditError as error:
            yield from batches_of(error_rows(error))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads whole files: copies, hashes and has a capped child parse them.

    ``rows`` is how many rows of a staged table go into one payload at most.
    """

    sources: dict[int, Source]
    plan: ReadPlan
    limits: Limits
    rows: int

    def __call__(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield what became of each file, its rejects and its staged rows."""
        for row in rows:
            with tempfile.TemporaryDirectory(prefix="audit-") as name:
                yield from self._read(row.part, Path(name))

    def _read(self, number: int, work: Path) -> Iterator[Row]:
        for folder in ("in", "staged"):
            (work / folder).mkdir()
        taker = Taker(self.plan, self.limits, work)
        outcomes = parse_all([self.sources[number]], taker)
        rejects = {
            name: Path(name).read_bytes() for name in map(_rejects_of, outcomes) if name
        }
        paths = [
            Path(staged.path)
            for _, result in outcomes
            if isinstance(result, Taken)
            for staged in result.answer.tables
        ]
        heads = {
            path.name: pl.read_parquet(path, n_rows=0, glob=False) for path in paths
        }
        yield from object_rows(number, TAKEN, (outcomes, rejects, heads))
        for path in paths:
            yield from staged_rows(staged_kind(number, path), path, self.rows)


def _rejects_of(outcome: Outcome) -> str | None:
    result = outcome[1]
    return result.answer.rejects if isinstance(result, Taken) else None


def staged_kind(number: int | str, path: Path) -> str:
    """Return the kind of the rows of a staged table of a file."""
    return f"{ROWS}{number}.{path.name}"


def staged_rows(kind: str, path: Path, rows: int) -> Iterator[Row]:
    """Yield the rows of one staged table, in order."""
    first = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=rows):
            frame = pl.DataFrame(batch)
            yield from frame_rows(0, kind, frame, first)
            first += frame.height


@dataclass(frozen=True, slots=True)
class Naming:
    """Names every n-th case of the files of cases, so that partitions come out even."""

    kit: Kit
    uses: dict[str, list[int]]
    every: int

    def __call__(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield case ids of each payload as a frame of one column."""
        for row in rows:
            for file in self.uses.get(row.kind, ()):
                ids = self.kit.ids(file, frame_in(row)).gather_every(self.every)
                yield from frame_rows(file, IDS, ids.to_frame(), row.item)


@dataclass(frozen=True, slots=True)
class Listing:
    """Lists the distinct values of columns, for what cleaning asks over all rows."""

    kit: Kit
    uses: dict[str, list[int]]
    names: tuple[tuple[str, str], ...]

    def __call__(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the values of each payload by table and column."""
        for row in rows:
            frame = frame_in(row)
            files = dict.fromkeys(self.uses.get(row.kind, ()), frame)
            with tempfile.TemporaryDirectory(prefix="audit-") as name:
                found = self.kit.columns(files, self.names, Path(name))
            yield from object_rows(row.part, f"{VALUES}{row.kind}", found, row.item)


@dataclass(frozen=True, slots=True)
class Router:
    """Sends staged rows to the partitions of their cases.

    ``uses`` gives for each staged table the run's files that it is; ``keys`` the
    number under which Spark sends rows to each partition.
    """

    kit: Kit
    uses: dict[str, list[int]]
    keys: list[int]

    def __call__(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows of each payload again, cut by partition."""
        for row in rows:
            frame = frame_in(row)
            for file in self.uses.get(row.kind, ()):
                place = self.kit.place(file, frame)
                for part in place.unique().sort().to_list():
                    mine = frame.filter(place == part)
                    yield from frame_rows(self.keys[part], str(file), mine, row.item)


@dataclass(frozen=True, slots=True)
class Settler:
    """Settles the partition that it finds in its rows."""

    kit: Kit
    keys: list[int]

    def __call__(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the partition's accepted rows by table, and its books."""
        waiting: dict[int, list[tuple[int, pl.DataFrame]]] = {}
        found: set[int] = set()
        for row in rows:
            found.add(self.keys.index(row.part))
            waiting.setdefault(int(row.kind), []).append((row.item, frame_in(row)))
        if not found:
            return
        (number,) = found
        files = {file: in_order(waiting.pop(file)) for file in sorted(waiting)}
        with tempfile.TemporaryDirectory(prefix="audit-") as name:
            part, books = self.kit.settle(number, files, Path(name))
        yield from object_rows(number, BOOKS, books)
        for table, frame in part.frames.items():
            yield from frame_rows(number, f"{TABLE}{table}", frame)


def in_order(pieces: Iterable[tuple[int, pl.DataFrame]]) -> pl.DataFrame:
    """Put the pieces of one frame together, each behind those of lower number."""
    return pl.concat([frame for _, frame in sorted(pieces, key=lambda one: one[0])])


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges the partition that it finds in its rows; ``empty`` has it without any."""

    judge: Judge
    empty: tuple[Part, ...]

    def __call__(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield what the kernel makes of the partition."""
        waiting: dict[str, list[tuple[int, pl.DataFrame]]] = {}
        found: set[int] = set()
        for row in rows:
            if row.kind.startswith(TABLE):
                found.add(row.part)
                pieces = waiting.setdefault(row.kind.removeprefix(TABLE), [])
                pieces.append((row.item, frame_in(row)))
        if not found:
            return
        (number,) = found
        frames = {table: in_order(pieces) for table, pieces in waiting.items()}
        bare = self.empty[number]
        part = Part(number, bare.low, bare.high, bare.folder, bare.schemas, frames)
        yield from object_rows(number, JUDGED, self.judge(part))

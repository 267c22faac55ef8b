"""Drive a run over Spark: who reads which file, who settles and judges which cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from auditor.clean import Apart, Kit, Mapping, is_per_case, read_plan
from auditor.frames import Part, RawTables, Tables
from auditor.kernel import Judged
from auditor.line import Progress
from auditor.pack import Pack
from auditor.read import Outcome, Source, Taken, Taker, parse_all, read
from auditor.settings import Settings, cases_a_partition
from auditor.spark import tasks
from auditor.spark.start import partition_keys, started
from auditor.spark.wire import ERROR, SCHEMA, Row, frame_in, object_in, sound

if TYPE_CHECKING:
    from types import ModuleType

    from pyspark.sql import DataFrame, SparkSession

CASES_A_TASK = 50_000  # what a task gives back fills Spark's memory several times
SAMPLE = 200_000  # case ids that are enough to cut evenly
Task = Callable[..., Iterator[Row]]


@contextmanager
def spark_engine(settings: Settings) -> Iterator[Engine]:
    """Yield an engine on a Spark of its own, or on the one that is active.

    Raises:
        AuditError: AUD440 without pyspark, AUD441 without Java or when Spark does not
            start, AUD442 for a Spark older than 3.4, AUD443 when a job fails.
    """
    with started(settings.master) as spark:
        engine = Engine(spark, settings)
        try:
            yield engine
        finally:
            engine.close()


@dataclass(slots=True)
class Engine:
    """Reads, cleans and judges in Spark tasks; all else stays in this process."""

    spark: SparkSession
    settings: Settings
    held: list[DataFrame] = field(default_factory=list)
    staged: DataFrame | None = None
    settled: DataFrame | None = None

    def close(self) -> None:
        """Let go of what Spark keeps on its disks."""
        for frame in self.held:
            frame.unpersist()
        self.held.clear()

    def tables(
        self, mapping: Mapping | None, pack: Pack, work: Path, progress: Progress
    ) -> tuple[RawTables, Tables]:
        """Return what was read and the run's tables, as the local engine does."""
        progress("read")
        told = self.settings
        plan = read_plan(mapping, pack)
        cased = {name for name, table in pack.tables.items() if is_per_case(table)}
        also = mapping.also_tables() if mapping else set()
        # A second table without cases must be at hand here, so its file is.
        far = cased if also <= cased else set()

        def parse(sources: list[Source], taker: Taker) -> list[Outcome]:
            return self._parse(sources, taker, far)

        raw = read(told.inputs, told.dossier, plan, told.limits, work, parse)
        progress("clean")
        return raw, self._clean(raw, Apart(raw, mapping, pack, work), work)

    def judged(
        self, judge: tasks.Judge, parts: Sequence[Part], progress: Progress
    ) -> Iterator[Judged]:
        """Yield what the kernel makes of each partition, in their order."""
        progress(f"judge {len(parts)}/{len(parts)}")
        empty = tuple(replace(part, frames={}) for part in parts)
        assert self.settled is not None
        done = self._hold(self._map(self.settled, tasks.Judging(judge, empty)))
        for _, pieces in self._objects(done, tasks.JUDGED):
            yield pieces

    def _parse(
        self, sources: list[Source], taker: Taker, cased: set[str]
    ) -> list[Outcome]:
        """Have the dump's files of cases parsed by tasks, the few others here."""
        far = {
            number: replace(source, path=source.path.absolute())
            for number, source in enumerate(sources)
            if source.origin == "dump"
            and not source.reason
            and source.tables
            and set(source.tables) <= cased
        }
        results = dict(self._parse_far(far, taker, cased) if far else ())
        found: list[Outcome] = []
        for is_far, group in groupby(range(len(sources)), key=far.__contains__):
            numbers = list(group)
            if is_far:
                found += [one for number in numbers for one in results[number]]
                continue
            mine = replace(taker, work=taker.work / f"near-{numbers[0]}")
            for folder in ("in", "staged"):
                (mine.work / folder).mkdir(parents=True)
            found += parse_all([sources[number] for number in numbers], mine)
        return found

    def _parse_far(
        self, far: dict[int, Source], taker: Taker, cased: set[str]
    ) -> Iterator[tuple[int, list[Outcome]]]:
        """Yield what became of each file; the rows of its cases stay with Spark."""
        asked = self._rows_in([Row(number, "", 0, 0, b"") for number in far])
        spread = asked.repartition(len(far), "part")
        reader = tasks.Reader(far, taker.plan, taker.limits, tasks.STAGED_ROWS)
        self.staged = self._hold(self._map(spread, reader))
        told = self._objects(self.staged, tasks.TAKEN)
        for number, (outcomes, rejects, heads) in told:
            folder = taker.work / f"far-{number}"
            folder.mkdir()
            for name, head in heads.items():  # what binding asks of a file's columns
                kind = tasks.staged_kind(number, Path(name))
                head.write_parquet(folder / kind)
            for name, found in rejects.items():
                (folder / Path(name).name).write_bytes(found)
            yield (
                number,
                [self._arrived(one, number, folder, cased) for one in outcomes],
            )

    def _arrived(
        self, outcome: Outcome, number: int, folder: Path, cased: set[str]
    ) -> Outcome:
        """Give what a task staged its name here; fetch what is not about cases."""
        source, result = outcome
        if not isinstance(result, Taken):
            return outcome
        answer, tables = result.answer, []
        for staged in answer.tables:
            kind = tasks.staged_kind(number, Path(staged.path))
            path = folder / kind
            claimed = {staged.table} if staged.table else set(source.tables)
            if not claimed <= cased:
                path = folder / Path(staged.path).name
                self._fetch(kind, path)
            tables.append(replace(staged, path=str(path)))
        if answer.rejects is not None:
            answer = replace(answer, rejects=str(folder / Path(answer.rejects).name))
        return source, replace(result, answer=replace(answer, tables=tuple(tables)))

    def _fetch(self, kind: str, path: Path) -> None:
        """Bring a staged table here, in its order."""
        assert self.staged is not None
        rows = self._rows(self._only(self.staged, kind))
        found = tasks.in_order((row.item, frame_in(row)) for row in rows)
        found.write_parquet(path, compression="lz4")

    def _clean(self, raw: RawTables, apart: Apart, work: Path) -> Tables:
        """Settle every partition in a task of its own; bring back rows and books."""
        uses: dict[str, list[int]] = {}
        near: list[Row] = []
        for number in apart.files():
            path = raw.files[number].staged
            kind = path.name
            if not kind.startswith(tasks.ROWS):
                kind = tasks.staged_kind("near", path.with_name(str(number)))
                near += tasks.staged_rows(kind, path, tasks.STAGED_ROWS)
            uses.setdefault(kind, []).append(number)
        rows = self._rows_in(near)
        if self.staged is not None:
            rows = rows.union(self._only(self.staged, tasks.ROWS))
        apart.name_cases(lambda: self._values(apart, rows, uses))
        kit = self._kit(raw, apart, rows, uses)
        keys = partition_keys(self.spark, len(kit.ranges))
        routed = self._map(rows, tasks.Router(kit, uses, keys))
        together = routed.repartition(len(keys), "part")
        self.settled = self._hold(self._map(together, tasks.Settler(kit, keys)))
        books = dict(self._objects(self.settled, tasks.BOOKS))
        return apart.tables(
            self._parts(kit, apart, work), (books[n] for n in sorted(books))
        )

    def _values(
        self, apart: Apart, rows: DataFrame, uses: dict[str, list[int]]
    ) -> dict[tuple[str, str], pl.Series]:
        """Return the distinct values of the columns that cleaning asks about."""
        listing = tasks.Listing(apart.kit([], 1), uses, apart.columns())
        told = self._rows(self._map(rows, listing))
        found = [
            object_in(group)
            for _, group in groupby(told, key=lambda row: (row.kind, row.item))
        ]
        return {
            key: pl.concat([one[key] for one in found]).unique()
            for key in apart.columns()
        }

    def _kit(
        self, raw: RawTables, apart: Apart, rows: DataFrame, uses: dict[str, list[int]]
    ) -> Kit:
        """Return what the tasks need, its partitions cut evenly."""
        cases = apart.files("cases")
        known = sum(raw.files[number].read for number in cases)
        most = min(CASES_A_TASK, cases_a_partition(self.settings.memory))
        parts = max(1, -(-known // most))
        if parts == 1:
            return apart.kit([], 1)
        mine = {
            kind: [n for n in files if n in cases]
            for kind, files in uses.items()
            if set(files) & set(cases)
        }
        naming = tasks.Naming(apart.kit([], 1), mine, max(1, known // SAMPLE))
        named = self._map(rows.filter(rows.kind.isin(list(mine))), naming)
        ids = [frame_in(row).to_series() for row in self._rows(named)]
        return apart.kit([pl.concat(ids).sort()], parts)

    def _parts(self, kit: Kit, apart: Apart, work: Path) -> tuple[Part, ...]:
        """Bring the accepted rows here: evidence and screens look at all of them."""
        assert self.settled is not None
        store = work / "parts"
        parts = tuple(
            Part(number, low, high, store / f"{number:05}", apart.schemas)
            for number, (low, high) in enumerate(kit.ranges)
        )
        for part in parts:
            part.folder.mkdir(parents=True)
        rows = self._rows(self._only(self.settled, tasks.TABLE))
        for (number, kind), group in groupby(
            rows, key=lambda row: (row.part, row.kind)
        ):
            frame = tasks.in_order((row.item, frame_in(row)) for row in group)
            table = kind.removeprefix(tasks.TABLE)
            path = parts[number].folder / f"{table}.parquet"
            frame.write_parquet(path, compression="lz4")
        return parts

    def _map(self, frame: DataFrame, work: Task) -> DataFrame:
        return frame.mapInArrow(tasks.Task(work), SCHEMA)

    def _hold(self, frame: DataFrame) -> DataFrame:
        """Have a frame made once, all partitions at a time, and keep it on disk."""
        from pyspark import StorageLevel

        frame.persist(StorageLevel.DISK_ONLY)
        self.held.append(frame)
        frame.count()
        return frame

    def _rows_in(self, rows: list[Row]) -> DataFrame:
        return self.spark.createDataFrame([tuple(row) for row in rows], SCHEMA)

    def _only(self, frame: DataFrame, kind: str) -> DataFrame:
        """Return the rows of a kind, and errors, which nobody may miss."""
        column = _functions().col("kind")
        return frame.filter(column.startswith(kind) | (column == ERROR))

    def _rows(self, frame: DataFrame) -> Iterator[Row]:
        """Yield rows here, partition by partition; an error among them is raised."""
        for found in frame.toLocalIterator():
            part, kind, item, seq, payload = found
            yield sound(Row(part, kind, item, seq, bytes(payload)))

    def _objects(self, frame: DataFrame, kind: str) -> Iterator[tuple[int, Any]]:
        """Yield the objects of a kind with their number, in the order of partitions."""
        rows = self._rows(self._only(frame, kind))
        for number, group in groupby(rows, key=lambda row: row.part):
            yield number, object_in(group)


def _functions() -> ModuleType:
    return import_module("pyspark.sql.functions")

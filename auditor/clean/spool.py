"""Split a run by case id: cut points, and where the rows of each partition wait.

A file whose rows come by case id is not taken apart: it is told where in it the rows
of each partition lie, and they are read when their turn comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import polars as pl

from auditor.clean.cells import KEYS
from auditor.clean.view import View
from auditor.frames import put_aside, scan_aside

PART_CASES = 600_000  # cases of one partition, which bounds the memory of the kernel
SMALL_ROWS = 200_000  # below this everything stays in memory
SAMPLE = 200_000  # ids that are enough to cut evenly


def part_count(cases: int, partitions: int | None) -> int:
    """Return how many partitions a run has."""
    return partitions or max(1, -(-cases // PART_CASES))


def cut_points(ids: pl.Series, parts: int) -> tuple[str, ...]:
    """Return at most ``parts - 1`` ids that cut the known cases evenly."""
    if parts == 1:
        return ()
    known = ids.drop_nulls()
    sample = known.gather_every(max(1, known.len() // SAMPLE)).unique().sort()
    if sample.is_empty():
        return ()
    cuts = {sample[at * sample.len() // parts] for at in range(1, parts)}
    return tuple(sorted(cuts - {sample[0]}))


def sampled(views: Sequence[View]) -> pl.Series:
    """Return case ids of files, at even distances and enough to cut evenly."""
    step = max(1, sum(view.raw.read for view in views) // SAMPLE)
    found = [pl.Series(KEYS[0], [], pl.String)]
    for view in views:
        found += [rows[KEYS[0]].gather_every(step) for rows in view.case_rows()]
    return pl.concat(found)


def edges_of(view: View, cuts: Sequence[str]) -> list[int] | None:
    """Return where the rows of each partition begin, and the end of the last one.

    None if a row has no case id or one before that of the row above it. The ids
    themselves are looked at, not what a file says of them.
    """
    starts, seen = [0] * len(cuts), 0
    above: str | None = None
    for rows in view.case_rows():
        ids = rows[KEYS[0]]
        if ids.null_count() or not ids.is_sorted():
            return None
        if above is not None and ids.len() and ids[0] < above:
            return None
        below = ids.search_sorted(pl.Series(cuts, dtype=pl.String), side="left")
        starts = [one + more for one, more in zip(starts, below, strict=True)]
        above = ids[-1] if ids.len() else above
        seen += ids.len()
    return [0, *starts, seen]


Lying = tuple[View, list[int]]


@dataclass(slots=True)
class Spool:
    """Rows on their way to their partition: typed in memory, or as read on disk.

    ``waiting`` are typed rows, ``files`` rows as they were read, in files of ours;
    ``lying`` has the files of each table whose rows are still where they were read.
    """

    folder: Path
    cuts: tuple[str, ...]
    on_disk: bool
    waiting: dict[tuple[int, str], list[pl.DataFrame]] = field(default_factory=dict)
    files: dict[tuple[int, str], list[tuple[View, Path]]] = field(default_factory=dict)
    lying: dict[str, list[Lying]] = field(default_factory=dict)

    @property
    def parts(self) -> int:
        """The number of partitions."""
        return len(self.cuts) + 1

    def add(self, table: str, typed: pl.DataFrame) -> None:
        """Send typed rows to the partitions of their cases; each has a case_id."""
        for part, rows in self._routed(typed, typed[KEYS[0]]):
            self.waiting.setdefault((part, table), []).append(rows)

    def store(self, table: str, view: View) -> None:
        """Put the rows of a file where its partitions find them, as they were read."""
        for rows in view.pieces():
            for part, mine in self._routed(rows, view.cases_of(rows)[KEYS[0]]):
                paths = self.files.setdefault((part, table), [])
                path = self.folder / f"rows-{part:04}-{table}-{len(paths):04}.arrow"
                put_aside(mine, path)
                paths.append((view, path))

    def _routed(
        self, rows: pl.DataFrame, ids: pl.Series
    ) -> Iterable[tuple[int, pl.DataFrame]]:
        """Yield each partition's rows; low ends are inside, high ends outside.

        A row without a case id, which will be rejected, goes to the first.
        """
        if not self.cuts:
            yield 0, rows
            return
        cuts = pl.Series(self.cuts, dtype=pl.String)
        part = cuts.search_sorted(ids.fill_null(""), side="right")
        for number in part.unique().sort():
            yield number, rows.filter(part == number)

    def place(self, table: str, view: View) -> bool:
        """Keep a file's rows where they are if they come by case; say whether so."""
        edges = edges_of(view, self.cuts) if self.cuts else None
        if edges is not None:
            self.lying.setdefault(table, []).append((view, edges))
        return edges is not None

    def slices(self, part: int, table: str) -> Iterator[pl.DataFrame]:
        """Yield a partition's rows that are not typed yet, as text; forget them."""
        for view, edges in self.lying.get(table, ()):
            if edges[part] < edges[part + 1]:
                yield from view.slices(edges[part], edges[part + 1])
        files = self.files.pop((part, table), [])
        for _, group in groupby(files, key=lambda one: id(one[0])):
            views, paths = zip(*group, strict=True)
            rows = scan_aside(paths).collect().rechunk()
            for path in paths:
                path.unlink()
            yield from views[0].as_text(rows)

    def take(self, part: int, table: str) -> pl.DataFrame | None:
        """Return and forget a partition's typed rows of one table; None without any."""
        frames = self.waiting.pop((part, table), [])
        return pl.concat(frames) if frames else None

    def values(self, table: str, name: str) -> Iterator[pl.Series]:
        """Yield the values of a text column in all rows that still wait, in pieces."""
        for (_, one), frames in self.waiting.items():
            yield from (rows[name] for rows in frames if one == table)
        for rows in self._case_rows(table, name):
            if name in rows:
                yield rows.filter(pl.col(KEYS[0]).is_not_null())[name]

    def _case_rows(self, table: str, name: str) -> Iterator[pl.DataFrame]:
        for (_, one), paths in self.files.items():
            for view, path in paths if one == table else ():
                yield view.cases_of(scan_aside([path]).collect(), name)
        for view, _ in self.lying.get(table, ()):
            yield from view.case_rows(name)

    def edges(self, part: int) -> tuple[str | None, str | None]:
        """Return the partition's range of case ids, open at the outer ends."""
        ends = (None, *self.cuts, None)
        return ends[part], ends[part + 1]

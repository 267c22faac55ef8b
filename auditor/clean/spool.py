"""Split a run by case id: cut points, and where the rows of each partition wait."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from auditor.clean.cells import KEYS

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


@dataclass(slots=True)
class Spool:
    """Typed rows on their way to their partition, in memory or in files of ours."""

    folder: Path
    cuts: tuple[str, ...]
    on_disk: bool
    waiting: dict[tuple[int, str], list[pl.DataFrame]] = field(default_factory=dict)
    files: dict[tuple[int, str], list[Path]] = field(default_factory=dict)

    @property
    def parts(self) -> int:
        """The number of partitions."""
        return len(self.cuts) + 1

    def add(self, table: str, typed: pl.DataFrame) -> None:
        """Send rows to the partitions of their cases; each has a case_id."""
        for part, rows in self._routed(typed):
            key = (part, table)
            if not self.on_disk:
                self.waiting.setdefault(key, []).append(rows)
                continue
            paths = self.files.setdefault(key, [])
            path = self.folder / f"rows-{part:04}-{table}-{len(paths):04}.arrow"
            rows.write_ipc(path, compression="lz4")
            paths.append(path)

    def _routed(self, typed: pl.DataFrame) -> Iterable[tuple[int, pl.DataFrame]]:
        """Yield each partition's rows; low ends are inside, high ends outside."""
        if not self.cuts:
            yield 0, typed
            return
        steps = [(pl.col(KEYS[0]) >= cut).cast(pl.UInt16) for cut in self.cuts]
        part = typed.select(pl.sum_horizontal(steps)).to_series()
        for number in part.unique().sort():
            yield number, typed.filter(part == number)

    def take(self, part: int, table: str) -> pl.DataFrame | None:
        """Return and forget a partition's rows of one table; None without any."""
        frames = self.waiting.pop((part, table), [])
        for path in self.files.pop((part, table), []):
            frames.append(pl.read_ipc(path))
            path.unlink()
        return pl.concat(frames) if frames else None

    def column(self, table: str, name: str) -> pl.Series:
        """Return the distinct values of a text column in all rows that still wait."""
        found = [pl.Series(name, [], pl.String)]
        for (_, one), frames in self.waiting.items():
            found += [rows[name].unique() for rows in frames if one == table]
        for (_, one), paths in self.files.items():
            for path in paths if one == table else ():
                found.append(pl.read_ipc(path, columns=[name])[name].unique())
        return pl.concat(found).drop_nulls().unique()

    def edges(self, part: int) -> tuple[str | None, str | None]:
        """Return the partition's range of case ids, open at the outer ends."""
        ends = (None, *self.cuts, None)
        return ends[part], ends[part + 1]

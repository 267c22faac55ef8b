"""Ranges of case ids: what of a run lies in one, read when it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import polars as pl

from auditor.compare.sides import Side

CASES_A_RANGE = 200_000
"""Cases compared at a time: some 2 GB of both runs' rows at twelve events a case."""


def ranges(a: Side, b: Side) -> list[tuple[str | None, str | None]]:
    """Return ranges ``low <= case_id < high`` that cover both runs; ends are None."""
    ids = [pl.scan_parquet(s.table("verdicts"), glob=False) for s in (a, b)]
    heights = [int(one.select(pl.len()).collect().item()) for one in ids]
    more = ids[heights.index(max(heights))].select("case_id").collect()
    cuts = more.get_column("case_id").gather_every(CASES_A_RANGE)[1:].to_list()
    ends = [None, *cuts, None]
    return list(pairwise(ends))


@dataclass(frozen=True, slots=True)
class Slice:
    """The cases of one run in one range of ids."""

    side: Side
    low: str | None
    high: str | None
    _read: dict[str, pl.DataFrame] = field(default_factory=dict)

    def evidence(self, table: str) -> pl.DataFrame:
        """Return accepted rows of a table, sorted by case; no column if never kept."""
        return self._once(f"evidence/{table}", self.side.evidence(table))

    def table(self, name: str) -> pl.DataFrame:
        """Return the rows of one of the run's tables."""
        return self._once(name, self.side.table(name))

    def _once(self, name: str, path: Path) -> pl.DataFrame:
        if name not in self._read:
            self._read[name] = self._rows(path)
        return self._read[name]

    def _rows(self, path: Path) -> pl.DataFrame:
        if not path.is_file():
            return pl.DataFrame()
        rows = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        if "case_id" not in rows.collect_schema().names():
            return rows.collect()
        case = pl.col("case_id")
        if self.low is not None:
            rows = rows.filter(case >= self.low)
        if self.high is not None:
            rows = rows.filter(case < self.high)
        return rows.collect()


def slices(a: Side, b: Side) -> Iterator[tuple[Slice, Slice]]:
    """Yield both runs range by range."""
    for low, high in ranges(a, b):
        yield Slice(a, low, high), Slice(b, low, high)

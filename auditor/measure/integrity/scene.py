"""What a sign is looked for in: the cases of a partition and the rows beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from auditor.frames import Load
from auditor.pack import Pack, Sign
from auditor.workdays import Calendar

Absent = frozenset[str]
"""Columns that the dump does not have, as ``table.column``."""
DAY = 86_400
SPAN = 1 << 40  # seconds of any date fit below it, so both make one number
EARLY, LATE = "early", "late"


@dataclass(frozen=True)
class Scene:
    """One partition of cases, numbered from 0 in the order of their facts.

    ``cases`` are the facts so far; ``events`` the stamped events; ``load`` gives the
    other tables, with the case's number for its id.
    """

    cases: pl.DataFrame
    events: pl.DataFrame
    load: Load
    pack: Pack
    calendar: Calendar
    cutoff: date

    @cached_property
    def keys(self) -> pl.DataFrame:
        """The numbers of the cases."""
        return self.cases.select("case_id")

    def of_cases(self, flag: pl.Expr) -> pl.Series:
        """Return a flag that the facts of a case decide, or one for all cases."""
        return self.cases.select("case_id", flag.alias("hit")).get_column("hit")

    def beside(self, side: pl.DataFrame, flag: pl.Expr) -> pl.Series:
        """Return a flag over the facts and a frame with at most one row a case."""
        # The facts are wide, and a join copies all that it is given.
        asked = {"case_id", *flag.meta.root_names()}
        narrow = self.cases.select(n for n in self.cases.columns if n in asked)
        both = narrow.join(
            side, on="case_id", how="left", maintain_order="left", suffix="_side"
        )
        return both.select(flag.alias("hit")).to_series()

    def spread(self, side: pl.DataFrame) -> pl.Series:
        """Return ``hit`` of a frame with at most one row a case; false for the rest."""
        nowhere = pl.repeat(value=False, n=self.cases.height, eager=True)
        hit = side.get_column("hit").cast(pl.Boolean)
        return nowhere.scatter(side.get_column("case_id"), hit).rename("hit")

    def of_events(self, side: pl.DataFrame) -> pl.Series:
        """Return ``hit`` as :meth:`spread` does; null for a case without any event."""
        found = pl.DataFrame([self.spread(side), self.cases.get_column("n_events")])
        return found.select(pl.when(pl.col("n_events") > 0).then("hit")).to_series()

    def any_row(self, rows: pl.LazyFrame, hit: pl.Expr) -> pl.DataFrame:
        """Return whether any row of a case is a hit: true, else null, else false."""
        flagged = rows.select("case_id", hit.alias("hit"))
        # Rows that are surely none say nothing: most are, and grouping them costs.
        told = flagged.filter(pl.col("hit").is_null() | pl.col("hit"))
        return (
            told.group_by("case_id")
            .agg(pl.col("hit").any(ignore_nulls=False))
            .collect()
        )

    def coded(self, steps: tuple[str, ...]) -> pl.LazyFrame:
        """Return the happened events of some steps, with ``rank`` in their order."""
        order: list[int | None] = [None] * len(self.pack.steps.order)
        for at, step in enumerate(steps):
            order[self.pack.steps.index(step)] = at
        rank = pl.lit(pl.Series(order, dtype=pl.Int64)).gather(pl.col("code"))
        ranked = self.events.lazy().with_columns(rank.alias("rank"))
        return ranked.filter(pl.col("rank").is_not_null() & pl.col("named"))


def instant(day: str, clock: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the first and the last second that a stamp can mean.

    A stamp without a time of day can mean any second of its day, so that two of one
    day are never out of order unless both carry a time (1).
    """
    midnight = pl.col(day).to_physical().cast(pl.Int64) * DAY
    said = pl.col(clock).cast(pl.Int64)
    return midnight + said.fill_null(0), midnight + said.fill_null(DAY - 1)


def lost(pack: Pack, table: str, column: str) -> pl.Expr:
    """Whether a row's cell was there and could not be read."""
    return (pl.col("_bad") & pack.tables[table].bit(column)) != 0


def three(seen: pl.Expr, excluded: pl.Expr) -> pl.Expr:
    """True where seen, false where excluded, else null; neither may be null."""
    return (
        pl.when(seen).then(pl.lit(value=True))
        .when(excluded).then(pl.lit(value=False))
    )  # fmt: skip


def absent_columns(delivered: pl.DataFrame, pack: Pack) -> Absent:
    """Return which declared columns no file has; none if nothing was told."""
    if delivered.is_empty():
        return frozenset()
    have = {f"{table}.{column}" for table, column in delivered.iter_rows()}
    wanted = {one for rule in pack.rules for one in rule.needs}
    return frozenset(wanted - have)


def mapping_of(sign: Sign) -> Mapping[str, list[str]]:
    """Return the columns that a sign needs, by table."""
    tables: dict[str, list[str]] = {}
    for name in sign.needs:
        table, _, column = name.partition(".")
        tables.setdefault(table, []).append(column)
    return tables

"""Decide which typed rows of one table and partition stay, and in which order."""

from dataclasses import dataclass

import polars as pl

from auditor.clean.copies import copies
from auditor.clean.mapping import FINISHED, STARTED
from auditor.clean.rows import (
    FROM,
    found,
    is_reversed,
    without_duplicates,
    without_orphans,
)
from auditor.clean.steps import step_rules
from auditor.clean.typed import Context
from auditor.frames import canonical_schema, check
from auditor.pack.model import Pack, Table

MONTH = 31  # days; a date's month is only a bucket to count it in
LAST: dict[str, type[pl.DataType]] = {
    "month": pl.Int32,
    "dates": pl.UInt32,
    "day": pl.Date,
    "_source": pl.UInt16,
    "column": pl.String,
}
"""Months with dates: how many, the latest, its file and column."""
IDENTITY = ("_source", "_row", "_raw")


@dataclass(frozen=True, slots=True)
class Settled:
    """One table of one partition: what stays, what went, and what was noticed.

    ``again`` are the rows that say the same as one that stays, word for word;
    ``copies`` classes them, and rows that stay and speak of one thing;
    ``gone`` names every row that did not stay, duplicates included; ``last`` counts
    the dates that the default cut-off looks at, month by month (`LAST`).
    """

    table: str
    frame: pl.DataFrame
    rows: list[pl.DataFrame]
    again: pl.DataFrame
    copies: pl.DataFrame
    gone: pl.DataFrame
    steps: pl.DataFrame
    last: pl.DataFrame


def settle(
    typed: pl.DataFrame, table: Table, cases: pl.DataFrame | None, context: Context
) -> Settled:
    """Return the accepted rows of a table in order, and the rejected ones.

    ``typed`` has passed the test of keys. ``cases`` are the known cases; None for a
    table whose rows need not belong to one.
    """
    kept, again = without_duplicates(typed, context.rank)
    gone = [again.select(IDENTITY)]
    rows: list[pl.DataFrame] = []
    place: pl.Series | None = None
    if cases is None:
        kept = kept.sort("_source", "_row")
    else:
        kept, orphans, place = without_orphans(kept, cases)
        if orphans.height:
            rows.append(found(orphans, "case_id", "unknown_case"))
            gone.append(orphans.select(IDENTITY))
    backwards = is_reversed(kept)
    if backwards is not None:
        wrong = kept.filter(backwards)
        rows.append(found(wrong, FROM, "from_after_to"))
        gone.append(wrong.select(IDENTITY))
        kept = kept.filter(~backwards)
        place = None if place is None else place.filter(~backwards)
    return Settled(
        table=table.name,
        frame=check(kept.drop("_raw"), canonical_schema(context.pack, table.name)),
        rows=rows,
        again=again,
        copies=copies(kept, again, table, context.pack, place),
        gone=pl.concat(gone),
        steps=_steps(kept, table, context),
        last=_last(kept, table, context.pack),
    )


def _last(kept: pl.DataFrame, table: Table, pack: Pack) -> pl.DataFrame:
    """Return the months of the dates that the default cut-off looks at.

    Those are the stamps of events, and the dates of ``cases`` that the pack's clock
    reads: a deadline may lie ahead of the log and is none of them.
    """
    clock = {"cases": pack.clock.case_dates, "events": (STARTED, FINISHED)}
    found = [pl.DataFrame(schema=LAST)]
    for name in clock.get(table.name, ()):
        if name in kept and kept[name].max() is not None:
            day = pl.col(name)
            dated = kept.select(day, "_source").drop_nulls(name)
            months = dated.group_by(month=day.to_physical() // MONTH).agg(
                pl.len().alias("dates"),
                day.max().alias("day"),
                pl.col("_source").get(day.arg_max()),
                pl.lit(f"{table.name}.{name}").alias("column"),
            )
            found.append(months.select(pl.col(n).cast(k) for n, k in LAST.items()))
    return pl.concat(found)


def _steps(kept: pl.DataFrame, table: Table, context: Context) -> pl.DataFrame:
    """Return the steps that events were recorded under, with their meanings."""
    if table.name != "events":
        return pl.DataFrame()
    return step_rules(kept["raw_step"], context.mapping, context.pack.steps)

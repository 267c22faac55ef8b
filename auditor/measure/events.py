"""Events to one row a case: bounds of every needed stamp, and masks of steps.

One group_by of aggregates that can be merged (min, max, or, sum), no window function.
"""

from datetime import date

import polars as pl

from auditor.measure.edges import STAMPS, any_of, step_edges
from auditor.pack import Pack

MASK = pl.UInt32
READ: dict[str, pl.DataType | type[pl.DataType]] = {
    "started_at": pl.Date,
    "finished_at": pl.Date,
    "round": pl.Int64,
    "result": pl.String,
}
"""The columns of ``events`` that facts are made of; a pack need not declare each."""
LOST = tuple(READ)


def stamped(events: pl.LazyFrame, pack: Pack, cutoff: date) -> pl.LazyFrame:
    """Return the events with step codes and only the stamps that have happened.

    Adds ``code`` (position in the pack's steps), ``started`` and ``finished`` (null
    after the cut-off), ``<stamp>_bad``, ``<stamp>_after`` and ``named``, false for a
    row all of whose stamps lie after the cut-off (13, 22).
    """
    table = pack.tables["events"]
    absent = [name for name in READ if name not in table.columns]
    events = events.with_columns(
        *(pl.lit(None, READ[name]).alias(name) for name in absent),
        *(pl.lit(value=False).alias(f"{name}_bad") for name in absent),
    )
    stamps = [(stamp, pl.col(column)) for stamp, column in STAMPS.items()]
    lost = [name for name in LOST if name in table.columns]
    events = events.with_columns(
        pl.col("step").cast(pl.Enum(pack.steps.order)).to_physical().alias("code"),
        *(((pl.col("_bad") & table.bit(n)) != 0).alias(f"{n}_bad") for n in lost),
        *(pl.when(day <= cutoff).then(day).alias(stamp) for stamp, day in stamps),
        *(
            (day > cutoff).fill_null(value=False).alias(f"{stamp}_after")
            for stamp, day in stamps
        ),
    )
    spare = pl.col("spare_at")
    happened = (spare <= cutoff).fill_null(value=False) | any_of(
        pl.col(stamp).is_not_null() | pl.col(f"{column}_bad")
        for stamp, column in STAMPS.items()
    )
    later = pl.col("started_after") | pl.col("finished_after") | spare.is_not_null()
    return events.with_columns(
        happened.alias("happened"), (happened | ~later).alias("named")
    )


def summarise(events: pl.LazyFrame, pack: Pack) -> pl.LazyFrame:
    """Return one row a case with events: edge bounds, step masks and their losses.

    Columns: ``n_events``; ``named`` and ``stamped`` masks of steps; ``lost_<column>``
    masks of steps that lost such a cell; ``<step>_<stamp>_{lo,hi,lost,after}``.
    """
    bit = pl.lit(1, MASK) * pl.lit(2, MASK).pow(pl.col("code")).cast(MASK)
    events = events.with_columns(bit.alias("bit"))
    masks = [
        pl.when(pl.col("named")).then("bit").otherwise(0).alias("_named"),
        pl.when(pl.col("happened")).then("bit").otherwise(0).alias("_stamped"),
        *(
            pl.when(pl.col(f"{column}_bad"))
            .then("bit")
            .otherwise(0)
            .alias(f"_lost_{column}")
            for column in LOST
        ),
    ]
    names = ["named", "stamped", *(f"lost_{column}" for column in LOST)]
    aggregates = [pl.len().alias("n_events")]
    aggregates += [
        pl.col(f"_{name}").bitwise_or().cast(MASK).alias(name) for name in names
    ]
    aggregates += [
        expr for step, stamp in step_edges(pack) for expr in _edge(pack, step, stamp)
    ]
    grouped = events.with_columns(masks).group_by("case_id").agg(aggregates)
    return grouped.with_columns(
        ((pl.col(f"lost_{STAMPS[stamp]}") & (1 << pack.steps.index(step))) != 0).alias(
            f"{step}_{stamp}_lost"
        )
        for step, stamp in step_edges(pack)
    )


def _edge(pack: Pack, step: str, stamp: str) -> list[pl.Expr]:
    mine = pl.col("code") == pack.steps.index(step)
    day = pl.when(mine).then(pl.col(stamp))
    name = f"{step}_{stamp}"
    return [
        day.min().alias(f"{name}_lo"),
        day.max().alias(f"{name}_hi"),
        (mine & pl.col(f"{stamp}_after")).any().alias(f"{name}_after"),
    ]

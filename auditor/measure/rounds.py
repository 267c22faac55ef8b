"""Stages with rounds: pair starts with finishes, bound the longest round (5)."""

from functools import reduce

import polars as pl

from auditor.measure.edges import at_most
from auditor.pack import Pack
from auditor.workdays import Calendar

RESULTS = ("r_lo", "r_by", "r_hi", "r_odd", "r_open_lo", "r_open_hi", "passed_lo", "passed_hi", "passed_lost", "r_failed", "r_blank")


def round_steps(pack: Pack) -> tuple[str, ...]:
    """Return the steps that the pack's windows treat as rounds."""
    return tuple(dict.fromkeys(w.rounds for w in pack.windows if w.rounds))


def with_rounds(
    cases: pl.LazyFrame, events: pl.LazyFrame, pack: Pack, calendar: Calendar
) -> pl.LazyFrame:
    """Add, for each step with rounds, what its rounds allow.

    ``<step>_r_lo`` and ``<step>_r_hi`` bound the longest finished round in working
    days, ``<step>_r_by`` the part of it before a withdrawal; ``<step>_r_odd`` is true when a round cannot be measured (a finish without a
    start, a finish before its start, a row without any stamp); ``<step>_r_open_{lo,hi}``
    bound the earliest start without a finish; ``<step>_passed_{lo,hi}`` bound the finish of
    the last round unless it failed, which ``<step>_r_failed`` says.
    """
    for step in round_steps(pack):
        mine = events.filter(
            (pl.col("code") == pack.steps.index(step)) & pl.col("named")
        ).join(cases.select("case_id", "withdrawn_by"), on="case_id", how="left")
        found = reduce(
            lambda left, right: left.join(right, on="case_id", how="left"),
            [_stampless(mine), _lengths(mine, calendar), _last(mine)],
        )
        named = found.rename({name: f"{step}_{name}" for name in RESULTS})
        cases = cases.join(named, on="case_id", how="left")
    return cases


def _lengths(rows: pl.LazyFrame, calendar: Calendar) -> pl.LazyFrame:
    both = pl.concat([_numbered(rows), _paired(rows)])
    start, end = pl.col("start_hi"), pl.col("end_lo")
    finished = end.is_not_null() & start.is_not_null()
    backwards = (end < start).fill_null(value=False)
    lone = end.is_not_null() & start.is_null()
    measured = both.with_columns(
        pl.when(finished).then(calendar.clipped(start, end)).alias("lo"),
        pl.when(finished).then(calendar.clipped(start, pl.min_horizontal(end, "withdrawn_by"))).alias("by"),
        at_most(calendar, pl.col("start_lo"), pl.col("end_hi")).alias("hi"),
        finished.alias("finished"),
        (backwards | lone).alias("odd"),
        pl.when(pl.col("end_lo").is_null()).then("start_lo").alias("open_lo"),
        pl.when(pl.col("end_lo").is_null()).then("start_hi").alias("open_hi"),
    )
    outside = pl.col("finished") & pl.col("hi").is_null()
    return measured.group_by("case_id").agg(
        pl.col("lo").max().clip(0).alias("r_lo"),
        pl.col("by").max().clip(0).alias("r_by"),
        pl.col("hi").max().alias("r_hi"),
        (pl.col("odd") | outside).any().alias("r_odd"),
        pl.col("open_lo").min().alias("r_open_lo"),
        pl.col("open_hi").min().alias("r_open_hi"),
    )


def _numbered(rows: pl.LazyFrame) -> pl.LazyFrame:
    return (
        rows.filter(pl.col("round").is_not_null())
        .group_by("case_id", "round")
        .agg(
            pl.col("withdrawn_by").first(),
            pl.col("started").min().alias("start_lo"),
            pl.col("started").max().alias("start_hi"),
            pl.col("finished").min().alias("end_lo"),
            pl.col("finished").max().alias("end_hi"),
        )
        .select("case_id", "withdrawn_by", "start_lo", "start_hi", "end_lo", "end_hi")
    )


def _paired(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Pair the distinct dates of rows without a number.

    Sorted by date, a start before a finish of the same day, a finish belongs to the
    start right before it; a start followed by another start stays alone.
    """
    plain = rows.filter(pl.col("round").is_null())
    stamps = pl.concat(
        [
            plain.select("case_id", "withdrawn_by", pl.col("started").alias("day"), pl.lit(0).alias("kind")),
            plain.select("case_id", "withdrawn_by", pl.col("finished").alias("day"), pl.lit(1).alias("kind")),
        ]
    ).drop_nulls("day")
    ordered = stamps.unique().sort("case_id", "day", "kind")
    here = pl.col("case_id")
    before = (here.shift(1) == here) & (pl.col("kind").shift(1) == 0)
    after = (here.shift(-1) == here) & (pl.col("kind").shift(-1) == 1)
    is_start = pl.col("kind") == 0
    ends = pl.when(is_start & after).then(pl.col("day").shift(-1))
    pairs = ordered.with_columns(
        pl.when(is_start).then("day").alias("start_lo"),
        pl.when(is_start).then(ends).otherwise("day").alias("end_lo"),
        (~is_start & before.fill_null(value=False)).alias("taken"),
    ).filter(~pl.col("taken"))
    return pairs.select(
        "case_id",
        "withdrawn_by",
        "start_lo",
        pl.col("start_lo").alias("start_hi"),
        "end_lo",
        pl.col("end_lo").alias("end_hi"),
    )


def _last(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Bound the finish of the last round; nothing when a row with it says failed.

    The last round is the one with the highest number, else the one with the latest
    finish; a finish of it that was lost leaves it unknown.
    """
    top = pl.col("round").max().over("case_id")
    numbered = top.is_not_null()
    latest = pl.col("finished").max().over("case_id")
    mine = pl.when(numbered).then(pl.col("round") == top).otherwise(
        (pl.col("finished") == latest) | pl.col("finished_at_bad")
    )
    stamped = pl.col("finished").is_not_null()
    chosen = rows.filter(mine).group_by("case_id").agg(
        pl.col("finished").min().alias("lo"),
        pl.col("finished").max().alias("hi"),
        (stamped & (pl.col("result") == "failed").fill_null(value=False)).any().alias("failed"),
        pl.col("finished_at_bad").any().alias("lost"),
    )
    return chosen.select(
        "case_id",
        pl.col("failed").alias("r_failed"),
        pl.col("lost").alias("passed_lost"),
        *(
            pl.when(~pl.col("failed")).then(part).alias(f"passed_{part}")
            for part in ("lo", "hi")
        ),
    )


def _stampless(rows: pl.LazyFrame) -> pl.LazyFrame:
    blank = ~pl.col("happened")
    return rows.group_by("case_id").agg(blank.any().alias("r_blank"))

"""Stages with rounds: pair starts with finishes, bound the longest round (5)."""

from functools import reduce

import polars as pl

from auditor.measure.edges import at_most, beside
from auditor.pack import Pack
from auditor.workdays import Calendar

RESULTS = (
    "r_lo", "r_by", "r_hi", "r_odd", "r_open_lo", "r_open_hi",
    "passed_lo", "passed_hi", "passed_lost", "r_failed", "r_blank",
)  # fmt: skip
KEY = "stage"  # one number for a case and a step: steps are few, so they fit below it
MOST_STEPS = 64
BOUNDS = ("start_lo", "start_hi", "end_lo", "end_hi")


def round_steps(pack: Pack) -> tuple[str, ...]:
    """Return the steps that the pack's windows treat as rounds."""
    return tuple(dict.fromkeys(w.rounds for w in pack.windows if w.rounds))


def with_rounds(
    cases: pl.LazyFrame, events: pl.LazyFrame, pack: Pack, calendar: Calendar
) -> pl.LazyFrame:
    """Add, for each step with rounds, what its rounds allow.

    ``<step>_r_lo`` and ``<step>_r_hi`` bound the longest finished round in working
    days, ``<step>_r_by`` the part of it before a withdrawal; ``<step>_r_odd`` is true
    when a round cannot be measured (a finish without a start, or before its start);
    ``<step>_r_blank`` when a row has no stamp at all; ``<step>_r_open_{lo,hi}`` bound
    the earliest start without a finish; ``<step>_passed_{lo,hi}`` bound the finish of
    the last round unless it failed, which ``<step>_r_failed`` says.
    """
    steps = round_steps(pack)
    if not steps:
        return cases
    codes = [pack.steps.index(step) for step in steps]
    key = pl.col("case_id").cast(pl.Int64) * MOST_STEPS + pl.col("code").cast(pl.Int64)
    rows = events.filter(pl.col("code").is_in(codes) & pl.col("named")).select(
        "case_id", key.alias(KEY), "started", "finished", "round", "result",
        "finished_at_bad", "happened",
    )  # fmt: skip
    pulled = cases.filter(pl.col("withdrawn_by").is_not_null())
    rows = rows.join(pulled.select("case_id", "withdrawn_by"), on="case_id", how="left")
    found = reduce(
        lambda left, right: left.join(right, on=KEY, how="left"),
        [_stampless(rows), _lengths(rows, calendar), _last(rows)],
    ).collect()
    sides = []
    for step, code in zip(steps, codes, strict=True):
        mine = found.filter(pl.col(KEY) % MOST_STEPS == code)
        case = (pl.col(KEY) // MOST_STEPS).cast(pl.UInt32).alias("case_id")
        named = [pl.col(name).alias(f"{step}_{name}") for name in RESULTS]
        sides.append(mine.lazy().select(case, *named))
    return beside(cases, *sides)


def rounds_of(events: pl.LazyFrame, pack: Pack, step: str) -> pl.DataFrame:
    """Return the rounds of a step of one case, as bounds of their starts and finishes.

    Args:
        events: the stamped events of one case.
        pack: gives the step its code.
        step: a step with rounds.
    """
    mine = pl.col("named") & (pl.col("code") == pack.steps.index(step))
    rows = events.filter(mine).select(
        pl.lit(0).alias(KEY), "started", "finished", "round",
        pl.lit(None, pl.Date).alias("withdrawn_by"),
    )  # fmt: skip
    both = pl.concat([_numbered(rows), _paired(rows)])
    return both.select(BOUNDS).sort(BOUNDS).collect()


def _lengths(rows: pl.LazyFrame, calendar: Calendar) -> pl.LazyFrame:
    both = pl.concat([_numbered(rows), _paired(rows)])
    start, end = pl.col("start_hi"), pl.col("end_lo")
    finished = end.is_not_null() & start.is_not_null()
    backwards = (end < start).fill_null(value=False)
    lone = end.is_not_null() & start.is_null()
    until = pl.min_horizontal(end, "withdrawn_by")
    waiting = pl.when(end.is_null())
    measured = both.with_columns(
        pl.when(finished).then(calendar.clipped(start, end)).alias("lo"),
        pl.when(finished).then(calendar.clipped(start, until)).alias("by"),
        at_most(calendar, pl.col("start_lo"), pl.col("end_hi")).alias("hi"),
        finished.alias("finished"),
        (backwards | lone).alias("odd"),
        waiting.then("start_lo").alias("open_lo"),
        waiting.then("start_hi").alias("open_hi"),
    )
    outside = pl.col("finished") & pl.col("hi").is_null()
    return measured.group_by(KEY).agg(
        pl.col("lo").max().clip(0).alias("r_lo"),
        pl.col("by").max().clip(0).alias("r_by"),
        pl.col("hi").max().alias("r_hi"),
        (pl.col("odd") | outside).any().alias("r_odd"),
        pl.col("open_lo").min().alias("r_open_lo"),
        pl.col("open_hi").min().alias("r_open_hi"),
    )


def _numbered(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with a number form one round a number; several stamps are bounds."""
    started, finished = pl.col("started"), pl.col("finished")
    ends = (started.min(), started.max(), finished.min(), finished.max())
    return (
        rows.filter(pl.col("round").is_not_null())
        .group_by(KEY, "round")
        .agg(
            pl.col("withdrawn_by").first(),
            *(expr.alias(name) for expr, name in zip(ends, BOUNDS, strict=True)),
        )
        .select(KEY, "withdrawn_by", *BOUNDS)
    )


def _paired(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Pair the distinct dates of rows without a number.

    Sorted by date, a start before a finish of the same day, a finish belongs to the
    start right before it; a start followed by another start stays alone.
    """
    plain = rows.filter(pl.col("round").is_null())
    stamps = pl.concat(
        plain.select(
            KEY, "withdrawn_by", pl.col(stamp).alias("day"), pl.lit(kind).alias("kind")
        )
        for kind, stamp in enumerate(("started", "finished"))
    ).drop_nulls("day")
    # Equal stamps lie side by side once sorted: no hash table drops the repeats.
    ordered = stamps.sort(KEY, "day", "kind")
    same = (pl.col(name).shift(1) == pl.col(name) for name in (KEY, "day", "kind"))
    ordered = ordered.filter(~pl.all_horizontal(list(same)).fill_null(value=False))
    here = pl.col(KEY)
    before = (here.shift(1) == here) & (pl.col("kind").shift(1) == 0)
    after = (here.shift(-1) == here) & (pl.col("kind").shift(-1) == 1)
    is_start = pl.col("kind") == 0
    ends = pl.when(is_start & after).then(pl.col("day").shift(-1))
    pairs = ordered.with_columns(
        pl.when(is_start).then("day").alias("start"),
        pl.when(is_start).then(ends).otherwise("day").alias("end"),
        (~is_start & before.fill_null(value=False)).alias("taken"),
    ).filter(~pl.col("taken"))
    bounds = zip(("start", "start", "end", "end"), BOUNDS, strict=True)
    return pairs.select(KEY, "withdrawn_by", *(pl.col(a).alias(b) for a, b in bounds))


def _last(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Bound the finish of the last round; nothing when a row with it says failed.

    The last round is the one with the highest number, else the one with the latest
    finish; a finish of it that was lost leaves it unknown.
    """
    tops = rows.group_by(KEY).agg(
        pl.col("round").max().alias("top"), pl.col("finished").max().alias("latest")
    )
    latest = (pl.col("finished") == pl.col("latest")) | pl.col("finished_at_bad")
    mine = pl.when(pl.col("top").is_not_null()).then(pl.col("round") == pl.col("top"))
    stamped = pl.col("finished").is_not_null()
    failed = stamped & (pl.col("result") == "failed").fill_null(value=False)
    chosen = (
        rows.join(tops, on=KEY)
        .filter(mine.otherwise(latest))
        .group_by(KEY)
        .agg(
            pl.col("finished").min().alias("lo"),
            pl.col("finished").max().alias("hi"),
            failed.any().alias("r_failed"),
            pl.col("finished_at_bad").any().alias("passed_lost"),
        )
    )
    passed = pl.when(~pl.col("r_failed"))
    return chosen.select(
        KEY, "r_failed", "passed_lost",
        *(passed.then(part).alias(f"passed_{part}") for part in ("lo", "hi")),
    )  # fmt: skip


def _stampless(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.group_by(KEY).agg((~pl.col("happened")).any().alias("r_blank"))

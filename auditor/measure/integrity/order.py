"""Stamps that cannot follow one another: meters before applications, steps reversed."""

import polars as pl

from auditor.measure.integrity.scene import (
    EARLY,
    LATE,
    SPAN,
    Scene,
    instant,
    mapping_of,
    three,
)
from auditor.pack import Sign

MOST_STEPS = 64


def meter_before_start(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a meter was set or ran before the application was made.

    Clean only where every needed stamp of every row of meters is there and none lies
    before the latest candidate of the submission.
    """
    ((table, columns),) = mapping_of(sign).items()
    days = [pl.col(name) for name in columns]
    side = (
        scene.load(table)
        .group_by("case_id")
        .agg(
            pl.min_horizontal(days).min().alias("first"),
            pl.any_horizontal([day.is_null() for day in days]).any().alias("gap"),
        )
    )
    first, gap = pl.col("first"), pl.col("gap")
    before = (first < pl.col("start_lo")).fill_null(value=False)
    after = (~gap & (first >= pl.col("start_hi"))).fill_null(value=False)
    return scene.beside(side, three(before, after))


def row_backwards(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a row ends before it starts; on one day only by the clock of both."""
    (started, _), (_, finished) = _row_instants()
    hit = (finished < started).fill_null(value=False)
    return scene.of_events(scene.any_row(scene.coded(sign["steps"]), hit))


def _row_instants() -> tuple[tuple[pl.Expr, pl.Expr], tuple[pl.Expr, pl.Expr]]:
    return instant("started", "started_at_tod"), instant("finished", "finished_at_tod")


def order_inverted(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a step was done before one that precedes it in the page's order.

    The first finish of a step is compared with the first finish, else the start, of
    those before it; several stamps of a step without rounds are candidates (law L). A
    step that is not there, or not finished, stands before no other; a row without any
    stamp might stand anywhere.
    """
    coded = scene.coded(sign["steps"])
    rows = coded.pipe(_moments).collect()
    suspects = _suspects(rows)
    few = rows.join(suspects, on="case_id", how="semi")
    # A step that lost a stamp may have been done at any time: it proves no order.
    bad = pl.col("started_at_bad") | pl.col("finished_at_bad")
    spoilt = coded.filter(bad).select("case_id", "rank").unique().collect()
    few = few.join(spoilt, on=["case_id", "rank"], how="anti")
    blank = pl.when(~pl.col("happened")).then(pl.lit(None, pl.Boolean))
    empty = scene.any_row(coded, blank.otherwise(pl.lit(value=False)))
    both = pl.concat([_exact(few, scene, sign), empty])
    hits = both.group_by("case_id").agg(pl.col("hit").any(ignore_nulls=False))
    return scene.of_events(hits)


def _moments(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return case, rank and the seconds at which each row's step can be done.

    A start is the least that its step can be done at, and says no more (null).
    """
    (started, _), finished = _row_instants()
    done = pl.col("finished").is_not_null()
    kept = rows.select(
        "case_id",
        "rank",
        done.alias("done"),
        pl.when(done).then(finished[0]).otherwise(started).alias(EARLY),
        pl.when(done).then(finished[1]).alias(LATE),
    )
    return kept.filter(pl.col(EARLY).is_not_null())


def _suspects(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the few cases in which a row may stand before one of lower rank.

    One sort and one running maximum: the case's number is the high part of both keys,
    so that nothing of one case reaches into the next.
    """
    case = pl.col("case_id").cast(pl.Int64)
    place = case * MOST_STEPS + pl.col("rank")
    keyed = rows.select(
        "case_id",
        place.alias("place"),
        *((case * SPAN + pl.col(name)).alias(name) for name in (EARLY, LATE)),
    ).sort("place")
    behind = pl.col(LATE) < pl.col(EARLY).cum_max()
    return keyed.filter(behind).select("case_id").unique()


def _exact(rows: pl.DataFrame, scene: Scene, sign: Sign) -> pl.DataFrame:
    """Compare all pairs of steps of the suspects, with bounds for each moment."""
    rounds = {window.rounds for window in scene.pack.windows if window.rounds}
    ranks = [at for at, step in enumerate(sign["steps"]) if step in rounds]
    several = pl.col("rank").is_in(ranks)
    # Only finishes are candidates where a step has one: a start is its stand-in.
    best = pl.col("done") == pl.col("done").max()
    bounds = []
    for name in (EARLY, LATE):
        moment = pl.col(name).filter(best)
        last = pl.when(several.first()).then(moment.min()).otherwise(moment.max())
        bounds += [moment.min().alias(f"{name}_lo"), last.alias(f"{name}_hi")]
    steps = rows.group_by("case_id", "rank").agg(bounds)
    pairs = steps.join(steps, on="case_id", suffix="_b").filter(
        pl.col("rank") < pl.col("rank_b")
    )
    surely = (pl.col("late_hi_b") < pl.col("early_lo")).fill_null(value=False)
    perhaps = (pl.col("late_lo_b") < pl.col("early_hi")).fill_null(value=False)
    hit = three(surely, ~perhaps)
    return pairs.group_by("case_id").agg(hit.any(ignore_nulls=False).alias("hit"))

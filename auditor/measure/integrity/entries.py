"""When rows were entered: all at once, long after the fact, or before it."""

import polars as pl

from auditor.measure.end import ENERGISED
from auditor.measure.integrity.scene import (
    DAY,
    EARLY,
    LATE,
    SPAN,
    Scene,
    instant,
    three,
)
from auditor.pack import Sign

ENTERED, CLOCK = "recorded_at", "recorded_at_tod"


def recorded_late(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a row was entered more working days after its stamp than allowed.

    A row without an entry time, or with one outside the calendar, excludes nothing.
    """
    done, entered = pl.coalesce("finished", "started"), pl.col(ENTERED)
    over = (scene.calendar.clipped(done, entered) > sign["days"]).fill_null(value=False)
    days = scene.calendar.between(done, entered)
    inside = (days <= sign["days"]).fill_null(value=False)
    hit = three(over, inside | (entered <= done).fill_null(value=False))
    return scene.of_events(scene.any_row(_stamped(scene), hit))


def recorded_early(scene: Scene, _sign: Sign) -> pl.Series:
    """Whether a row was entered before what it tells had happened."""
    has_end = pl.col("finished").is_not_null()
    ends, starts = (
        instant("finished", "finished_at_tod"),
        instant("started", "started_at_tod"),
    )
    done = pl.when(has_end).then(ends[0]).otherwise(starts[0])
    _, entered = instant(ENTERED, CLOCK)
    return scene.of_events(scene.any_row(_stamped(scene), entered < done))


def _stamped(scene: Scene) -> pl.LazyFrame:
    """The rows that tell of something that has happened on a known day."""
    ended, begun = pl.col("finished").is_not_null(), pl.col("started").is_not_null()
    return scene.events.lazy().filter(ended | (begun & ~pl.col("finished_at_bad")))


def entries_on_one_day(scene: Scene, sign: Sign) -> pl.Series:
    """Whether the whole of a finished procedure was entered on one day."""
    day = pl.col(ENTERED)
    side = (
        scene.coded(sign["steps"])
        .group_by("case_id")
        .agg(
            day.min().alias("first"),
            day.max().alias("last"),
            day.is_null().any().alias("gap"),
            pl.col("rank").n_unique().alias("n"),
        )
    )
    enough = (pl.col("n") >= sign["least"]).fill_null(value=False)
    ended = pl.col("end_state") == ENERGISED
    one_day = (pl.col("first") == pl.col("last")).fill_null(value=False)
    days = (pl.col("first") < pl.col("last")).fill_null(value=False)
    gap = pl.col("gap").fill_null(value=False)
    clean = ((pl.col("n_events") > 0) & (~ended | ~enough)) | days
    return scene.beside(side.collect(), three(ended & enough & one_day & ~gap, clean))


def entries_together(scene: Scene, sign: Sign) -> pl.Series:
    """Whether several steps were entered within some minutes.

    An entry without a time of day may have been made at any second of its day, one
    without a date at any time.
    """
    early, late = instant(ENTERED, CLOCK)
    coded = scene.coded(sign["steps"])
    rows = coded.select("case_id", "rank", early.alias(EARLY), late.alias(LATE))
    entries = rows.collect()
    least = int(sign["least"])
    near = _near(entries, int(sign["minutes"]) * 60)
    few = entries.join(near, on="case_id", how="semi").unique()
    hits = _clusters(few, least, int(sign["minutes"]) * 60)
    gaps = entries.filter(pl.col(EARLY).is_null()).select("case_id").unique()
    both = pl.concat([hits, gaps.with_columns(pl.lit(None, pl.Boolean).alias("hit"))])
    told = both.group_by("case_id").agg(pl.col("hit").any(ignore_nulls=False))
    return scene.of_events(told)


def _near(entries: pl.DataFrame, seconds: int) -> pl.DataFrame:
    """Return the cases of which two entries in a row may lie within the time."""
    # One number for case, second and whole day sorts many times faster than columns;
    # numbers of two cases are further apart than any time.
    moment = pl.col("case_id").cast(pl.Int64) * SPAN + pl.col(EARLY)
    is_day = (pl.col(EARLY) != pl.col(LATE)).cast(pl.Int64)
    keys = entries.select((moment * 2 + is_day).alias("key")).to_series()
    key = pl.DataFrame([keys.drop_nulls().sort()])
    here, before = pl.col("key") // 2, pl.col("key").shift(1)
    close = here - before // 2 <= seconds + (before % 2) * (DAY - 1)
    case = (here // SPAN).cast(pl.UInt32).alias("case_id")
    return key.filter(close).select(case).unique()


def _clusters(entries: pl.DataFrame, least: int, seconds: int) -> pl.DataFrame:
    """Return the cases in which enough steps surely, or perhaps, lie together.

    Entries lie together if none is later than the time after the earliest of them:
    each entry is tried as that earliest one.
    """
    known = entries.drop_nulls(EARLY)
    pairs = known.join(known, on="case_id", suffix="_b")
    exact = pl.col(EARLY) == pl.col(LATE)
    sure = exact & (pl.col(f"{EARLY}_b") == pl.col(f"{LATE}_b"))
    sure &= (pl.col(f"{EARLY}_b") - pl.col(EARLY)).is_between(0, seconds)
    maybe = (pl.col(f"{EARLY}_b") <= pl.col(LATE) + seconds) & (
        pl.col(f"{LATE}_b") >= pl.col(LATE)
    )
    steps = pl.col("rank_b")
    counted = pairs.group_by("case_id", "rank", EARLY, LATE).agg(
        (steps.filter(sure).n_unique() >= least).alias("sure"),
        (steps.filter(maybe).n_unique() >= least).alias("maybe"),
    )
    hit = three(pl.col("sure"), ~pl.col("maybe"))
    return counted.group_by("case_id").agg(hit.any(ignore_nulls=False).alias("hit"))

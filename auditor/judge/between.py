"""What two runs say of one stamp, or of one case: the rules between runs (37)."""

import polars as pl

HISTORY = ("rewritten", "removed", "back_filled")
"""Of a stamp: another past than the one that was recorded first."""
GONE = ("vanished_open", "vanished")
CAME = ("back_filled_case",)
ABSENCE = (*GONE, *CAME)
"""Of a case: it is missing from the later run, or should have been in the earlier."""
UNKNOWN = ("unreadable", "rejected", "was_rejected", "undated")
"""What was rejected or has no date proves neither."""


def stamp_kind(cutoff: pl.Expr) -> pl.Expr:
    """Return what became of a stamp; null where nothing of the past was changed.

    Reads ``day, tod`` of the earlier run, ``day_b, tod_b`` of the later, and
    ``came, gone``: whether a reject of the earlier or the later run explains a missing
    stamp. Past is what lies on or before the earlier run's cut-off; a time of day only
    counts where both have one.
    """
    was, now = pl.col("day"), pl.col("day_b")
    past = ((was <= cutoff) | (now <= cutoff)).fill_null(value=False)
    other_day = was != now
    other_clock = (was == now) & (pl.col("tod") != pl.col("tod_b"))
    changed = (other_day | other_clock).fill_null(value=False)
    gone, came = (pl.col(name).fill_null(value=False) for name in ("gone", "came"))
    removed, filled = (
        was.is_not_null() & now.is_null(),
        was.is_null() & now.is_not_null(),
    )
    return (
        pl.when(~past).then(None)
        .when((removed & gone) | (filled & came)).then(pl.lit("unreadable"))
        .when(removed).then(pl.lit("removed"))
        .when(filled).then(pl.lit("back_filled"))
        .when(changed).then(pl.lit("rewritten"))
    )  # fmt: skip


def presence_kind(cutoff: pl.Expr, grace: float) -> pl.Expr:
    """Return what became of a case that one run lacks; ``new`` accuses nobody.

    Reads ``was`` and ``now``, the cohorts in the two runs (null: not there), ``came``
    and ``gone``: rejected in the earlier or the later run, and ``submitted_on``. More
    than ``grace`` calendar days before the earlier cut-off it should have been there.
    """
    was, now = pl.col("was"), pl.col("now")
    gone, came = (pl.col(name).fill_null(value=False) for name in ("gone", "came"))
    before = days_before(cutoff)
    return (
        pl.when(was.is_not_null() & now.is_not_null()).then(None)
        .when(was.is_not_null() & gone).then(pl.lit("rejected"))
        .when(was == "open").then(pl.lit("vanished_open"))
        .when(was.is_not_null()).then(pl.lit("vanished"))
        .when(came).then(pl.lit("was_rejected"))
        .when(before.is_null()).then(pl.lit("undated"))
        .when(before > grace).then(pl.lit("back_filled_case"))
        .otherwise(pl.lit("new"))
    )  # fmt: skip


def days_before(cutoff: pl.Expr) -> pl.Expr:
    """Calendar days from the submission to the earlier run's cut-off."""
    return (cutoff - pl.col("submitted_on")).dt.total_days()

"""The facts as a run writes them: single known values, then the bounds behind them."""

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.edges import greatest
from auditor.measure.excuse import whole_windows
from auditor.pack import Pack

NOTES = (
    "start_from_acceptance", "start_disputed", "stamps_disputed", "is_disputed",
    "scope_unknown", "withdraw_ignored", "beyond_cutoff",
)  # fmt: skip
ENDS = ("end_state", "end_reason", "start_lo", "start_hi", "end_lo", "end_hi")


def facts_out(facts: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return the frame of ``facts.parquet``: single known values, then their bounds.

    A duration is null where the rows allow more than one value; its ``_lo`` and
    ``_hi`` columns bound it. Durations are working days (calendar days in a pack
    without a calendar) and, for the whole process, gross of force majeure. A date of
    the case that is a limit has a column of its own name.
    """
    whole = whole_windows(pack)
    known, bounds = [], []
    for name in pack.window_ids:
        value, *between = _duration(name, gross=name in whole)
        known.append(value)
        bounds += between
    known += _stage_sums(pack)
    have = facts.columns
    if "force_majeure_lo" in have:
        known.append(_excused(whole[0]))
    known.append(pl.col("step_count"))
    if pack.cost is not None:
        known.append(_paid().alias(pack.cost.column))
    dated = [one.column for rule in pack.rules for one in rule.limits if one.column]
    notes = (*NOTES, *(note.id for note in pack.notes), "has_unmapped")
    return facts.select(
        "case_id",
        *known,
        *bounds,
        *dict.fromkeys(dated),
        *ENDS,
        *(name for name in notes if name in have),
    )


def _duration(window: str, *, gross: bool) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return a window's single value and its bounds; null where it was not reached."""
    part = "_gross" if gross else ""
    lo = pl.col(f"{window}_gross_lo") if gross else _proven(window)
    hi, reached = pl.col(f"{window}{part}_hi"), pl.col(f"{window}_reached")
    return (
        pl.when((lo == hi) & reached).then(lo).alias(f"{window}_wd"),
        pl.when(reached).then(lo).alias(f"{window}_wd_lo"),
        pl.when(reached).then(hi).alias(f"{window}_wd_hi"),
    )


def _proven(window: str) -> pl.Expr:
    return greatest([pl.col(f"{window}_lo"), pl.col(f"{window}_run")])


def _excused(whole: str) -> pl.Expr:
    """The evidenced days of force majeure, null where they are not known exactly."""
    same = pl.col("force_majeure_lo") == pl.col("force_majeure_hi")
    nothing = pl.col("n_excuses").is_null()
    bounded = pl.col(f"{whole}_gross_hi").is_not_null() | nothing
    days = pl.when(same & bounded).then("force_majeure_lo")
    return days.alias("force_majeure_wd")


def _paid() -> pl.Expr:
    """What the user paid in yuan, null where it is not known exactly."""
    same = pl.col("cost_lo") == pl.col("cost_hi")
    return pl.when(same & pl.col("cost_reason").is_null()).then("cost_lo")


def _stage_sums(pack: Pack) -> list[pl.Expr]:
    """The sums of stages that the pack lists for a class (9); null if not exact."""
    totals: dict[str, pl.Expr] = {}
    for one in pack.sums:
        days = [_exact(window) for window in one.windows]
        exact = pl.sum_horizontal(days, ignore_nulls=False).cast(pl.Int32)
        before = totals.get(one.id, pl.lit(None, pl.Int32))
        totals[one.id] = pl.when(all_hold(one.when)).then(exact).otherwise(before)
    return [total.alias(f"{name}_wd") for name, total in totals.items()]


def _exact(window: str) -> pl.Expr:
    """The single known length of a window net of excuses, null if it has none."""
    low = _proven(window)
    exact = (low == pl.col(f"{window}_hi")) & pl.col(f"{window}_reached")
    return pl.when(exact).then(low)

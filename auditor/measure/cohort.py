"""Whether a case belongs at all, to which cohort and to which user class (13, 14)."""

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.end import END_UNKNOWN, ENERGISED, OPEN, WITHDRAWN
from auditor.pack import Pack
from auditor.settings import Clock
from auditor.vocabulary import COHORTS, LEFT_OUT

GATES = pl.Enum([*LEFT_OUT, "period_edge"])


def with_cohort(cases: pl.LazyFrame, pack: Pack, clock: Clock) -> pl.LazyFrame:
    """Add why a case is left out (``gate``), ``cohort``, ``user_class`` and its days.

    ``submitted_on`` and ``energised_on`` are null where more than one day is allowed;
    ``scope_unknown`` says that the cell which decides the scope is empty.
    """
    unknown = pl.lit(value=False)
    if pack.clock.scope_column is not None:
        unknown = pl.col(pack.clock.scope_column).is_null()
    cases = cases.with_columns(
        _gate(pack, clock).cast(GATES).alias("gate"), unknown.alias("scope_unknown")
    )
    gate = pl.col("gate")
    out = pl.when(gate.is_in(LEFT_OUT)).then(gate.cast(pl.String))
    exact = pl.col("start_lo") == pl.col("start_hi")
    powered = (pl.col("_e_lo") == pl.col("_e_hi")) & ~pl.col("_e_lost")
    powered &= pl.col("end_state") == ENERGISED
    return cases.with_columns(
        out.otherwise(_stand()).cast(pl.Enum(COHORTS)).alias("cohort"),
        _user_class(pack).alias("user_class"),
        pl.when(exact).then("start_lo").alias("submitted_on"),
        pl.when(powered).then("_e_lo").alias("energised_on"),
    )


def _gate(pack: Pack, clock: Clock) -> pl.Expr:
    """Why the case is left out before any rule is asked; null if it is let in."""
    outside = pl.lit(value=False)
    if pack.clock.scope_column is not None:
        words = pl.col(pack.clock.scope_column).is_in(pack.clock.scope_words)
        outside = (~words).fill_null(value=False)
    before, astride = _around_period(clock)
    return (
        pl.when(outside).then(pl.lit("out_of_scope"))
        .when("is_after_cutoff").then(pl.lit("after_cutoff"))
        .when(before).then(pl.lit("before_period"))
        .when(astride).then(pl.lit("period_edge"))
    )  # fmt: skip


def _around_period(clock: Clock) -> tuple[pl.Expr, pl.Expr]:
    """Whether the case surely, and whether it perhaps, ended before the period."""
    if clock.period is None:
        return pl.lit(value=False), pl.lit(value=False)
    first = pl.lit(clock.period[0])
    powered = pl.col("_e_lo").is_not_null()
    # A case goes by its energised date; one that was lost places it nowhere (14).
    pulled = pl.when(~pl.col("_e_lost"))
    lo = pl.when(powered).then("_e_lo").otherwise(pulled.then("_w_lo"))
    hi = pl.when(powered).then("_e_hi").otherwise(pulled.then("_w_hi"))
    lost = pl.col("_e_lost") | (~powered & pl.col("_w_lost"))
    early = (lo < first).fill_null(value=False)
    before = early & (hi < first) & ~lost
    return before, early & ~before


def _stand() -> pl.Expr:
    """Open, withdrawn or energised; a doubtful end counts as what the rows suggest."""
    state = pl.col("end_state")
    pulled = pl.col("_pulled") | pl.col("_says_withdrawn")
    suggested = (state == END_UNKNOWN) & ~pl.col("_powered") & pulled
    return (
        pl.when(state == OPEN).then(pl.lit("open"))
        .when((state == WITHDRAWN) | suggested).then(pl.lit("withdrawn"))
        .otherwise(pl.lit("energised"))
    )  # fmt: skip


def _user_class(pack: Pack) -> pl.Expr:
    """The first class all of whose conditions hold; null if none surely does."""
    found = pl.lit(None, pl.String)
    for one in reversed(pack.classes):
        found = pl.when(all_hold(one.when)).then(pl.lit(one.name)).otherwise(found)
    return found.cast(pl.Enum([one.name for one in pack.classes]))

"""How a case ends: with power, withdrawn, not yet, or unknown (3, 13, 16)."""

import polars as pl

from auditor.measure.edges import greatest, least
from auditor.measure.withdrawal import Said, bounds, said, with_withdrawal
from auditor.pack import Pack
from auditor.settings import Clock

OPEN, ENERGISED, WITHDRAWN, END_UNKNOWN = "open", "energised", "withdrawn", "unknown"
END_STATES = pl.Enum([OPEN, ENERGISED, WITHDRAWN, END_UNKNOWN])
END_REASONS = pl.Enum(
    ["end_lost", "energised_and_withdrawn", "withdrawn_without_date", "no_end_date"]
)


def with_end(cases: pl.LazyFrame, pack: Pack, clock: Clock) -> pl.LazyFrame:
    """Add ``end_state``, ``end_reason``, ``end_{lo,hi}`` and the horizon (3, 13, 16).

    ``end_{lo,hi}`` bound the end of an ended case (``end_hi`` null = no bound);
    ``horizon_{lo,hi}`` bound the day up to which a stage of a case without power has
    run: the cut-off, or the withdrawal. ``withdrawn_by`` is the withdrawal's date.
    """
    cases = cases.with_columns(bounds(pack.clock.end, "_e"))
    cases = with_withdrawal(cases, pack)
    cases = cases.with_columns(_standing(said(pack)))
    return cases.with_columns(*_ends(), *_horizon(clock))


def _standing(words: Said) -> list[pl.Expr]:
    powered = pl.col("_e_lo").is_not_null() | pl.col("_e_lost")
    pulled = pl.col("_w_lo").is_not_null() | pl.col("_w_lost")
    later = pl.col("_e_after") | pl.col("_w_after")
    doubtful = words.any_completed | words.any_withdrawn | words.unreadable
    state = (
        pl.when(powered & pulled).then(pl.lit(END_UNKNOWN))
        .when(pl.col("_e_lo").is_not_null()).then(pl.lit(ENERGISED))
        .when(powered).then(pl.lit(END_UNKNOWN))
        .when(pl.col("_w_lo").is_not_null()).then(pl.lit(WITHDRAWN))
        .when(pulled).then(pl.lit(END_UNKNOWN))
        .when(doubtful & ~later).then(pl.lit(END_UNKNOWN))
        .otherwise(pl.lit(OPEN))
    )  # fmt: skip
    reason = (
        pl.when(powered & pulled).then(pl.lit("energised_and_withdrawn"))
        .when(powered | pulled).then(pl.lit("end_lost"))
        .when(words.withdrawn).then(pl.lit("withdrawn_without_date"))
        .otherwise(pl.lit("no_end_date"))
    )  # fmt: skip
    unknown = state == END_UNKNOWN
    return [
        state.cast(END_STATES).alias("end_state"),
        pl.when(unknown).then(reason).cast(END_REASONS).alias("end_reason"),
        (powered & pulled).alias("_both"),
        powered.alias("_powered"),
        pulled.alias("_pulled"),
        words.withdrawn.alias("_says_withdrawn"),
    ]


def _ends() -> list[pl.Expr]:
    both, e_lost, w_lost = pl.col("_both"), pl.col("_e_lost"), pl.col("_w_lost")
    first, last = pl.col("_e_lo", "_w_lo"), pl.col("_e_hi", "_w_hi")
    # One of two ends: if either of them is lost, nothing bounds the case from below.
    both_dated = pl.all_horizontal(first.is_not_null())
    earliest = pl.when(both_dated).then(least([first]))
    latest = (
        pl.when(both & ~e_lost & ~w_lost).then(greatest([last]))
        .when(~both & ~e_lost).then("_e_hi")
    )  # fmt: skip
    return [
        pl.when("_pulled").then("_w_lo").alias("withdrawn_by"),
        pl.when(both).then(earliest).otherwise("_e_lo").alias("end_lo"),
        latest.alias("end_hi"),
    ]


def _horizon(clock: Clock) -> list[pl.Expr]:
    withdrawn = pl.col("end_state") == WITHDRAWN
    reached = pl.when(pl.col("end_state") == OPEN).then(pl.lit(clock.cutoff))
    readable = withdrawn & ~pl.col("_w_lost")
    return [
        reached.when(withdrawn).then("_w_lo").alias("horizon_lo"),
        reached.when(readable).then("_w_hi").alias("horizon_hi"),
    ]

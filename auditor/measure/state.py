"""Where a case stands: its start, its end, its cohort, and whether it belongs at all."""

from dataclasses import dataclass

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.edges import STAMPS, any_of, edge, greatest, has, key, least
from auditor.pack import Pack
from auditor.settings import Clock

OPEN, ENERGISED, WITHDRAWN, END_UNKNOWN = "open", "energised", "withdrawn", "unknown"
END_STATES = pl.Enum([OPEN, ENERGISED, WITHDRAWN, END_UNKNOWN])
END_REASONS = pl.Enum(
    ["end_lost", "energised_and_withdrawn", "withdrawn_without_date", "no_end_date"]
)
GATES = pl.Enum(["out_of_scope", "after_cutoff", "before_period", "period_edge"])
COHORTS = pl.Enum(
    ["out_of_scope", "after_cutoff", "before_period", "withdrawn", "energised", "open"]
)


@dataclass(frozen=True, slots=True)
class Said:
    """Which status words the rows of a case carry."""

    any_open: pl.Expr
    any_completed: pl.Expr
    any_withdrawn: pl.Expr
    unreadable: pl.Expr

    @property
    def only_withdrawn(self) -> pl.Expr:
        """Every row that has a status says withdrawn."""
        others = self.any_open | self.any_completed | self.unreadable
        return self.any_withdrawn & ~others


def said(pack: Pack) -> Said:
    """Return the status words as expressions; a pack without status says nothing."""
    if pack.clock.status is None:
        never = pl.lit(value=False)
        return Said(never, never, never, never)
    table = pack.tables["cases"]
    words = table.columns[pack.clock.status].words
    flags = [
        has("says", 1 << words.index(word)) if word in words else pl.lit(value=False)
        for word in ("open", "completed", "withdrawn")
    ]
    return Said(*flags, has("_bad", table.bit(pack.clock.status)))


def with_start(cases: pl.LazyFrame, pack: Pack) -> pl.LazyFrame:
    """Add ``start_{lo,hi}`` (2): bounds of the submission; ``start_lo`` null = no bound.

    ``start_from_acceptance`` is true where the substitute stands in;
    ``start_unknown`` where nothing at all bounds the start.
    """
    edges = [edge(name) for name in pack.clock.start]
    lo, hi = least(e.lo for e in edges), greatest(e.hi for e in edges)
    lost = any_of(e.lost for e in edges)
    cases = cases.with_columns(
        lo.alias("_lo"), hi.alias("_hi"), lost.alias("_lost"),
        any_of(e.after for e in edges).alias("_after"),
    )  # fmt: skip
    nothing = pl.lit(None, pl.Date)
    stand_in = edge(pack.clock.substitute) if pack.clock.substitute else None
    latest = nothing
    if pack.clock.latest_start:
        last = edge(pack.clock.latest_start)
        latest = pl.when(~last.lost).then(last.hi)
    known = exact = later = stand_in_lost = pl.lit(value=False)
    sub_lo = sub_hi = nothing
    submitted, recorded = (
        pl.col("_lo").is_not_null(),
        pl.col("_after") | pl.col("_lost"),
    )
    if stand_in is not None:
        known, sub_lo, sub_hi = stand_in.known, stand_in.lo, stand_in.hi
        stand_in_lost = stand_in.lost
        exact = ~recorded & known & ~stand_in_lost
        later = ~recorded & ~known & ~stand_in.lost & stand_in.after
    future = ~submitted & ((pl.col("_after") & ~pl.col("_lost")) | later)
    return cases.with_columns(
        pl.when(submitted & ~pl.col("_lost")).then("_lo").when(~submitted & exact).then(sub_lo).alias("start_lo"),
        pl.when(submitted).then("_hi").when(future).then(nothing)
        .when(known & ~stand_in_lost).then(sub_hi).when(~known).then(latest).alias("start_hi"),
        (~submitted & exact).alias("start_from_acceptance"),
        future.alias("is_after_cutoff"),
        (submitted & (pl.col("_lo") != pl.col("_hi"))).fill_null(value=False).alias("start_disputed"),
    )  # fmt: skip


def with_end(cases: pl.LazyFrame, pack: Pack, clock: Clock) -> pl.LazyFrame:
    """Add ``end_state``, ``end_reason``, ``end_{lo,hi}`` and the horizon (3, 13, 16).

    ``end_{lo,hi}`` bound the end of an ended case (``end_hi`` null = no bound);
    ``horizon_{lo,hi}`` bound the day up to which a stage of a case without power has
    run: the cut-off, or the withdrawal. ``withdrawn_by`` is the withdrawal's date.
    """
    ends = [edge(name) for name in pack.clock.end]
    mixed = [
        pl.col(f"{key(n)}_mixed") for n in pack.clock.end if n.startswith("cases.")
    ]
    cases = cases.with_columns(
        least(e.lo for e in ends).alias("_e_lo"),
        greatest(e.hi for e in ends).alias("_e_hi"),
        any_of([*(e.lost for e in ends), *mixed]).alias("_e_lost"),
        any_of(e.after for e in ends).alias("_e_after"),
    )
    cases = _with_withdrawal(cases, pack)
    words = said(pack)
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
        .when(words.any_withdrawn & ~words.any_completed).then(pl.lit("withdrawn_without_date"))
        .otherwise(pl.lit("no_end_date"))
    )  # fmt: skip
    cases = cases.with_columns(
        state.cast(END_STATES).alias("end_state"), reason.alias("_reason"),
        (powered & pulled).alias("_both"), powered.alias("_powered"), pulled.alias("_pulled"),
        (words.any_withdrawn & ~words.any_completed).alias("_says_withdrawn"),
    )  # fmt: skip
    unknown = pl.col("end_state") == END_UNKNOWN
    is_open = pl.col("end_state") == OPEN
    cutoff = pl.lit(clock.cutoff)
    # One of two ends: if either of them is lost, nothing bounds the case from below.
    both_dated = pl.col("_e_lo").is_not_null() & pl.col("_w_lo").is_not_null()
    return cases.with_columns(
        pl.when(unknown).then("_reason").cast(END_REASONS).alias("end_reason"),
        pl.when("_pulled").then("_w_lo").alias("withdrawn_by"),
        pl.when(pl.col("_both"))
        .then(pl.when(both_dated).then(least([pl.col("_e_lo"), pl.col("_w_lo")])))
        .otherwise("_e_lo").alias("end_lo"),
        pl.when(pl.col("_both") & ~pl.col("_e_lost") & ~pl.col("_w_lost"))
        .then(greatest([pl.col("_e_hi"), pl.col("_w_hi")]))
        .when(~pl.col("_both") & ~pl.col("_e_lost")).then("_e_hi").alias("end_hi"),
        pl.when(is_open).then(cutoff).when(pl.col("end_state") == WITHDRAWN).then("_w_lo").alias("horizon_lo"),
        pl.when(is_open).then(cutoff).when((pl.col("end_state") == WITHDRAWN) & ~pl.col("_w_lost")).then("_w_hi").alias("horizon_hi"),
    )  # fmt: skip


def _with_withdrawal(cases: pl.LazyFrame, pack: Pack) -> pl.LazyFrame:
    edges = [edge(name) for name in pack.clock.withdrawn]
    mixed = [pl.col(f"{key(name)}_mixed") for name in pack.clock.withdrawn]
    none = pl.lit(None, pl.Date)
    cases = cases.with_columns(
        (least(e.lo for e in edges) if edges else none).alias("_w_lo"),
        (greatest(e.hi for e in edges) if edges else none).alias("_w_hi"),
        any_of([*(e.lost for e in edges), *mixed]).alias("_w_lost"),
        any_of(e.after for e in edges).alias("_w_after"),
        pl.lit(value=False).alias("withdraw_ignored"),
    )
    if pack.clock.withdraw_step is None:
        return cases
    stamps = [edge(f"{pack.clock.withdraw_step}.{stamp}") for stamp in STAMPS]
    dated = pl.col("_w_lo").is_not_null() | pl.col("_w_lost") | pl.col("_w_after")
    step = 1 << pack.steps.index(pack.clock.withdraw_step)
    by_event = said(pack).only_withdrawn & ~dated
    return cases.with_columns(
        pl.when(by_event).then(least(e.lo for e in stamps)).otherwise("_w_lo").alias("_w_lo"),
        pl.when(by_event).then(greatest(e.hi for e in stamps)).otherwise("_w_hi").alias("_w_hi"),
        (pl.col("_w_lost") | (by_event & any_of(e.lost for e in stamps))).alias("_w_lost"),
        (pl.col("_w_after") | (by_event & any_of(e.after for e in stamps))).alias("_w_after"),
        (has("named", step) & ~dated & ~by_event).alias("withdraw_ignored"),
    )  # fmt: skip


def with_cohort(cases: pl.LazyFrame, pack: Pack, clock: Clock) -> pl.LazyFrame:
    """Add ``gate`` (why a case is left out before any rule), ``cohort``, ``user_class``."""
    column, words = pack.clock.scope_column, list(pack.clock.scope_words)
    outside = pl.lit(value=False)
    unknown = pl.lit(value=False)
    if column is not None:
        outside = (~pl.col(column).is_in(words)).fill_null(value=False)
        unknown = pl.col(column).is_null()
    powered = pl.col("_e_lo").is_not_null()
    lo = pl.when(powered).then("_e_lo").otherwise("_w_lo")
    hi = pl.when(powered).then("_e_hi").otherwise("_w_hi")
    before = edge_of = pl.lit(value=False)
    if clock.period is not None:
        first = pl.lit(clock.period[0])
        lost = pl.col("_e_lost") | (~powered & pl.col("_w_lost"))
        early = (lo < first).fill_null(value=False)
        before = early & (hi < first) & ~lost
        edge_of = early & ~before
    gate = (
        pl.when(outside).then(pl.lit("out_of_scope"))
        .when("is_after_cutoff").then(pl.lit("after_cutoff"))
        .when(before).then(pl.lit("before_period"))
        .when(edge_of).then(pl.lit("period_edge"))
    )  # fmt: skip
    says_withdrawn = pl.col("_pulled") | pl.col("_says_withdrawn")
    ended = pl.col("end_state") == END_UNKNOWN
    stand = (
        pl.when(pl.col("end_state") == OPEN).then(pl.lit("open"))
        .when(pl.col("end_state") == WITHDRAWN).then(pl.lit("withdrawn"))
        .when(ended & ~pl.col("_powered") & says_withdrawn).then(pl.lit("withdrawn"))
        .otherwise(pl.lit("energised"))
    )  # fmt: skip
    listed = ["out_of_scope", "after_cutoff", "before_period"]
    cases = cases.with_columns(
        gate.cast(GATES).alias("gate"), unknown.alias("scope_unknown")
    )
    classes = pl.lit(None, pl.String)
    for user_class in reversed(pack.classes):
        classes = (
            pl.when(all_hold(user_class.when))
            .then(pl.lit(user_class.name))
            .otherwise(classes)
        )
    same = pl.col("start_lo") == pl.col("start_hi")
    return cases.with_columns(
        pl.when(pl.col("gate").is_in(listed)).then(pl.col("gate").cast(pl.String))
        .otherwise(stand).cast(COHORTS).alias("cohort"),
        classes.cast(pl.Enum([c.name for c in pack.classes])).alias("user_class"),
        pl.when(same).then("start_lo").alias("submitted_on"),
        pl.when((pl.col("_e_lo") == pl.col("_e_hi")) & ~pl.col("_e_lost") & (pl.col("end_state") == ENERGISED))
        .then("_e_lo").alias("energised_on"),
    )  # fmt: skip

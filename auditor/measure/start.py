"""Where a case starts: the bounds of its submission, or what stands in for it (2)."""

import polars as pl

from auditor.measure.edges import NO_EDGE, any_of, edge, greatest, least
from auditor.pack import Pack


def with_start(cases: pl.LazyFrame, pack: Pack) -> pl.LazyFrame:
    """Add ``start_{lo,hi}`` (2): bounds of the submission, null where there is none.

    ``start_from_acceptance`` is true where the substitute stands in,
    ``start_disputed`` where the candidates differ, ``is_after_cutoff`` where all that
    was submitted or accepted lies after the cut-off.
    """
    clock = pack.clock
    edges = [edge(name) for name in clock.start]
    cases = cases.with_columns(
        least(e.lo for e in edges).alias("_lo"),
        greatest(e.hi for e in edges).alias("_hi"),
        any_of(e.lost for e in edges).alias("_lost"),
        any_of(e.after for e in edges).alias("_after"),
    )
    stand_in = edge(clock.substitute) if clock.substitute else NO_EDGE
    last = edge(clock.latest_start) if clock.latest_start else NO_EDGE
    submitted = pl.col("_lo").is_not_null()
    after, lost = pl.col("_after"), pl.col("_lost")
    missing = ~(after | lost) & ~stand_in.lost
    exact = ~submitted & missing & stand_in.known
    later = missing & ~stand_in.known & stand_in.after
    future = ~submitted & ((after & ~lost) | later)
    latest = (
        pl.when(submitted).then("_hi")
        .when(future).then(pl.lit(None, pl.Date))
        .when(stand_in.known).then(stand_in.hi)
        .when(~stand_in.known & ~last.lost).then(last.hi)
    )  # fmt: skip
    disputed = submitted & (pl.col("_lo") != pl.col("_hi"))
    earliest = pl.when(submitted & ~lost).then("_lo").when(exact).then(stand_in.lo)
    return cases.with_columns(
        earliest.alias("start_lo"),
        latest.alias("start_hi"),
        exact.alias("start_from_acceptance"),
        future.alias("is_after_cutoff"),
        disputed.fill_null(value=False).alias("start_disputed"),
    )

"""What the user paid: sums of fee rows with their doubts, or the declared cost (23)."""

import polars as pl

from auditor.frames import Load
from auditor.measure.edges import beside
from auditor.pack import Cost

# Money is added as whole micro-yuan, so that sums do not depend on order.
SCALE = 1_000_000
GREATEST = 1e12  # yuan in one row
MONEY = pl.Int128
NO_CHARGES = {
    "n_fees": pl.lit(None, pl.Int64),
    "fee_lo": pl.lit(None, pl.Int64),
    "fee_hi": pl.lit(None, pl.Int64),
    "fee_open": pl.lit(value=False),
    "unknown_items": pl.lit(value=False),
}


def with_cost(cases: pl.LazyFrame, load: Load, cost: Cost) -> pl.LazyFrame:
    """Add ``cost_{lo,hi}`` in yuan, ``cost_reason`` and the note ``unknown_items``.

    ``cost_lo`` above 0 proves a payment; ``cost_hi`` null means unknown. A row counts
    unless its item, payer or side of the red line rules it out; a row that may count
    is taken at its most favourable below and its least favourable above (law L).
    """
    if cost.table is None:
        cases = cases.with_columns(**NO_CHARGES)
    else:
        cases = beside(cases, _sums(load(cost.table).lazy(), cost))
    declared = pl.col(cost.column)
    lo, hi = pl.col("fee_lo") / SCALE, pl.col("fee_hi") / SCALE
    listed = pl.col("n_fees").fill_null(0) > 0
    cases = cases.with_columns(
        *(
            pl.when(listed)
            .then(pl.when(~pl.col("fee_open")).then(bound))
            .otherwise(declared)
            .alias(name)
            for name, bound in (("cost_lo", lo), ("cost_hi", hi))
        ),
        pl.col("unknown_items").fill_null(value=False),
    )
    contradicted = (hi == 0) & (lo == 0) & (declared > 0)
    reason = (
        pl.when(listed & pl.col("fee_open")).then(pl.lit("fee_unknown"))
        .when(listed & contradicted).then(pl.lit("cost_contradicted"))
        .when(pl.col("cost_hi") < 0).then(pl.lit("negative_cost"))
        .when(pl.col("cost_lo") != pl.col("cost_hi")).then(pl.lit("fee_unknown"))
        .when(pl.col("cost_hi").is_null()).then(pl.lit("cost_missing"))
    )  # fmt: skip
    return cases.with_columns(reason.alias("cost_reason"))


def whole_amount() -> pl.Expr:
    """The amount of a row in whole micro-yuan.

    One that no charge can be is unknown, so that no sum can overflow (23).
    """
    credible = pl.col("amount_yuan").abs() <= GREATEST
    return pl.when(credible).then(pl.col("amount_yuan") * SCALE).round().cast(MONEY)


def _sums(fees: pl.LazyFrame, cost: Cost) -> pl.LazyFrame:
    item, payer, inside = pl.col("item"), pl.col("payer"), pl.col("inside_redline")
    listed = [*cost.counting, *cost.not_counting]
    out = (
        item.is_in(list(cost.not_counting)).fill_null(value=False)
        | (payer != "user").fill_null(value=False)
        | inside.fill_null(value=False)
    )
    doubtful = payer.is_null() | inside.is_null()
    rows = fees.with_columns(
        whole_amount().alias("amount"), doubtful.alias("doubtful"), out.alias("out")
    )
    sure = pl.when(~pl.col("out") & ~pl.col("doubtful")).then("amount").otherwise(0)
    maybe = pl.when(~pl.col("out") & pl.col("doubtful")).then("amount").otherwise(0)
    unknown = ~pl.col("out") & ~item.is_in(listed).fill_null(value=False)
    return rows.group_by("case_id").agg(
        pl.len().alias("n_fees"),
        (sure.sum() + maybe.clip(upper_bound=0).sum()).alias("fee_lo"),
        (sure.sum() + maybe.clip(lower_bound=0).sum()).alias("fee_hi"),
        (~pl.col("out") & pl.col("amount").is_null()).any().alias("fee_open"),
        unknown.any().alias("unknown_items"),
    )

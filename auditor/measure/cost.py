"""What the user paid: sums of fee rows with their doubts, or the declared cost (23)."""

import polars as pl

from auditor.measure.edges import beside
from auditor.pack import Pack

# Money is added as whole micro-yuan, so that sums do not depend on order.
SCALE = 1_000_000


def with_cost(
    cases: pl.LazyFrame, fees: pl.DataFrame | None, pack: Pack
) -> pl.LazyFrame:
    """Add ``cost_{lo,hi}`` in yuan and ``cost_reason``.

    ``cost_lo`` above 0 proves a payment; ``cost_hi`` null means unknown. A row counts
    unless its item, payer or side of the red line rules it out; a row that may count
    is taken at its most favourable below and its least favourable above (law L).
    """
    declared = (
        pl.col("user_cost_yuan")
        if "user_cost_yuan" in pack.tables["cases"].columns
        else None
    )
    if declared is None:
        return cases
    table = (
        fees
        if fees is not None
        else pl.DataFrame({"case_id": []}, schema={"case_id": pl.String})
    )
    if fees is not None:
        cases = beside(cases, _sums(table.lazy(), pack))
    else:
        none = pl.lit(None, pl.Int64)
        cases = cases.with_columns(
            none.alias("n_fees"), none.alias("fee_lo"), none.alias("fee_hi"),
            pl.lit(value=False).alias("fee_open"), pl.lit(0).alias("unknown_items"),
        )  # fmt: skip
    lo, hi = pl.col("fee_lo") / SCALE, pl.col("fee_hi") / SCALE
    listed = pl.col("n_fees").fill_null(0) > 0
    contradicted = (hi == 0) & (lo == 0) & (declared > 0)
    cases = cases.with_columns(
        pl.when(listed).then(pl.when(~pl.col("fee_open")).then(lo)).otherwise(declared).alias("cost_lo"),
        pl.when(listed).then(pl.when(~pl.col("fee_open")).then(hi)).otherwise(declared).alias("cost_hi"),
        listed.alias("has_fees"),
    )  # fmt: skip
    reason = (
        pl.when(listed & pl.col("fee_open")).then(pl.lit("fee_unknown"))
        .when(listed & contradicted).then(pl.lit("cost_contradicted"))
        .when(pl.col("cost_hi") < 0).then(pl.lit("negative_cost"))
        .when(pl.col("cost_lo") != pl.col("cost_hi")).then(pl.lit("fee_unknown"))
        .when(pl.col("cost_hi").is_null()).then(pl.lit("cost_missing"))
    )  # fmt: skip
    return cases.with_columns(reason.alias("cost_reason"))


def _sums(fees: pl.LazyFrame, pack: Pack) -> pl.LazyFrame:
    item, payer, inside = pl.col("item"), pl.col("payer"), pl.col("inside_redline")
    listed = [*pack.fees.counting, *pack.fees.not_counting]
    out = (
        item.is_in(list(pack.fees.not_counting)).fill_null(value=False)
        | (payer != "user").fill_null(value=False)
        | inside.fill_null(value=False)
    )
    amount = (pl.col("amount_yuan") * SCALE).round().cast(pl.Int64)
    doubtful = payer.is_null() | inside.is_null()
    rows = fees.with_columns(
        amount.alias("amount"), doubtful.alias("doubtful"), out.alias("out")
    )
    sure = pl.when(~pl.col("out") & ~pl.col("doubtful")).then("amount").otherwise(0)
    maybe = pl.when(~pl.col("out") & pl.col("doubtful")).then("amount").otherwise(0)
    unknown = ~pl.col("out") & ~item.is_in(listed).fill_null(value=False)
    return rows.group_by("case_id").agg(
        pl.len().alias("n_fees"),
        (sure.sum() + maybe.clip(upper_bound=0).sum()).alias("fee_lo"),
        (sure.sum() + maybe.clip(lower_bound=0).sum()).alias("fee_hi"),
        (~pl.col("out") & pl.col("amount").is_null()).any().alias("fee_open"),
        unknown.sum().alias("unknown_items"),
    )

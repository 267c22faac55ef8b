"""What the customer was charged, and whether it might be charged at all."""

import polars as pl

from auditor.measure.cost import whole_amount
from auditor.measure.edges import any_of
from auditor.measure.integrity.scene import Scene, lost, three
from auditor.pack import Cost, Sign


def _charges(scene: Scene) -> tuple[pl.LazyFrame, Cost]:
    """Return the charges with their amount in whole micro-yuan, null if incredible."""
    cost = scene.pack.cost or Cost("")
    rows = scene.load(str(cost.table)).lazy()
    return rows.with_columns(whole_amount().alias("amount")), cost


def _charged() -> pl.Expr:
    """Whether the user paid something; null where payer or amount is unknown."""
    return (pl.col("payer") == "user") & (pl.col("amount") > 0)


def _beside_costs(scene: Scene, side: pl.DataFrame) -> pl.Series:
    """Return ``hit``; without charges, false only where nothing is said to be paid."""
    listed = pl.col("n_fees").fill_null(0) > 0
    nothing = (pl.col("cost_hi") == 0) & pl.col("cost_reason").is_null()
    free = three(pl.lit(value=False), nothing.fill_null(value=False))
    hit = pl.when(pl.col("there").fill_null(value=False)).then("hit")
    told = pl.when(listed).then(hit.otherwise(pl.lit(value=False))).otherwise(free)
    marked = side.with_columns(pl.lit(value=True).alias("there"))
    return scene.beside(marked, told)


def charge_unlisted(scene: Scene, _sign: Sign) -> pl.Series:
    """Whether the user paid for an item that stands on no list of charges."""
    rows, cost = _charges(scene)
    known = pl.col("item").is_in([*cost.counting, *cost.not_counting])
    return _beside_costs(scene, scene.any_row(rows, _charged() & ~known))


def charge_without_receipt(scene: Scene, _sign: Sign) -> pl.Series:
    """Whether the user paid something for which there is no receipt."""
    rows, cost = _charges(scene)
    told = pl.when(~lost(scene.pack, str(cost.table), "receipt_id"))
    hit = _charged() & told.then(pl.col("receipt_id").is_null())
    return _beside_costs(scene, scene.any_row(rows, hit))


def charge_refunded(scene: Scene, _sign: Sign) -> pl.Series:
    """Whether something was given back to the user."""
    rows, _ = _charges(scene)
    hit = (pl.col("payer") == "user") & (pl.col("amount") < 0)
    return _beside_costs(scene, scene.any_row(rows, hit))


def charged_for(scene: Scene, sign: Sign) -> pl.Series:
    """Whether the user paid, net of refunds, for items that have one of the words."""
    rows, _ = _charges(scene)
    worded = pl.col("item").str.contains_any(list(sign["words"]))
    mine = worded & (pl.col("payer") == "user")
    unclear = mine.is_null() | (mine & pl.col("amount").is_null())
    side = rows.group_by("case_id").agg(
        pl.col("amount").filter(mine.fill_null(value=False)).sum().alias("paid"),
        any_of([unclear.fill_null(value=True)]).any().alias("unclear"),
    )
    hit = pl.when(~pl.col("unclear")).then(pl.col("paid") > 0)
    return _beside_costs(scene, side.select("case_id", hit.alias("hit")).collect())


def user_charged(scene: Scene, _sign: Sign) -> pl.Series:
    """Whether the user paid anything that counts, up to and including the meter."""
    seen = (pl.col("cost_lo") > 0).fill_null(value=False)
    known = pl.col("cost_reason").is_null() & (pl.col("cost_hi") <= 0)
    return scene.of_cases(three(seen, known.fill_null(value=False)))


def baseline_unknown(scene: Scene, _sign: Sign) -> pl.Series:
    """Neither seen nor excluded: nobody has said what was free before."""
    return scene.of_cases(pl.lit(None, pl.Boolean))

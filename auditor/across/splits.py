"""One need split over several applications that each stay within a threshold."""

import polars as pl

from auditor.across.frames import by_group, members, named, signal, signals
from auditor.frames.conditions import all_hold
from auditor.pack import Rule, Threshold


def splits(cases: pl.DataFrame, rule: Rule) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the signals and members of the splits among some cases.

    A case is in a split if, with others of its key submitted within ``days``, it asks
    for more than the threshold that each of them stays within. A case whose capacity
    is unknown beside others of its key is a doubt.
    """
    assert rule.across is not None
    given = rule.across.settings
    amount = pl.coalesce([pl.col(name) for name in given["amount"]])
    rows = cases.filter(pl.col("start_hi").is_not_null()).with_columns(
        amount.alias("amount"), pl.col(given["each"]).alias("each")
    )
    rows = rows.filter(all_hold(rule.applies).fill_null(value=False))
    found, joined, doubts = [], [], []
    for key in given["keys"]:
        mine = rows.filter(pl.col(f"{key}_skeleton").is_not_null())
        mine = by_group(mine, [f"{key}_skeleton"])
        mine = mine.filter(pl.len().over("group") > 1)
        unknown = pl.col("amount").is_null() | pl.col("each").is_null()
        doubts.append(_doubts(mine.filter(unknown), rule))
        for threshold in rule.across.thresholds:
            split = _over(mine.filter(~unknown), key, threshold, given["days"])
            found.append(_signals(split, rule))
            joined.append(_members(split, rule))
    once = signals(found).sort(
        "case_id", "limit", "measured", descending=[False, True, True]
    )
    once = once.unique("case_id", keep="first", maintain_order=True)
    rest = signals(doubts).unique("case_id", keep="first", maintain_order=True)
    rest = rest.join(once, on="case_id", how="anti")
    return signals([once, rest]), members(
        [
            members(joined).unique(
                ["chain", "case_id"], keep="first", maintain_order=True
            )
        ]
    )


def _over(
    mine: pl.DataFrame, key: str, threshold: Threshold, days: int
) -> pl.DataFrame:
    """Return the cases of the windows whose sum is over one threshold."""
    inside = (pl.col("each") <= threshold.value) & all_hold(threshold.when).fill_null(
        value=False
    )
    line = (pl.col("group") + pl.col("start_hi").to_physical()).alias("day")
    small = mine.filter(inside).with_columns(line).sort("day", "case_id")
    window = f"{days + 1}i"
    summed = small.with_columns(
        # Cents of a kilowatt: sums of integers do not depend on their order.
        (pl.col("amount") * 100)
        .round()
        .cast(pl.Int64)
        .rolling_sum_by("day", window)
        .alias("sum")
    )
    over = pl.col("sum") > round(threshold.value * 100)
    ends = summed.with_columns(
        pl.when(over).then("sum").alias("sum"), (-pl.col("day")).alias("back")
    )
    # A split has every case of a window that is over, not its last one alone.
    reached = ends.sort("back", "case_id").with_columns(
        pl.col("sum").rolling_max_by("back", window).alias("most")
    )
    split = reached.filter(pl.col("most").is_not_null())
    return split.with_columns(
        (pl.col("most") / 100).alias("measured"),
        pl.lit(threshold.value).alias("limit"),
        (pl.col(key).n_unique().over("group") > 1).alias("near"),
        pl.col("case_id")
        .sort_by("start_hi", "case_id")
        .first()
        .over("group")
        .alias("chain"),
    ).filter(pl.len().over("group") > 1)


def _signals(split: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    return split.select(
        signal(
            rule,
            "split_below_threshold",
            measured=pl.col("measured"),
            limit=pl.col("limit"),
            parts=named("group"),
        )
    )


def _doubts(unknown: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    return unknown.select(signal(rule, "capacity_missing", "undetermined"))


def _members(split: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    return split.with_columns(
        pl.lit(rule.id).alias("rule_id"), pl.lit(value=True).alias("signal")
    )

"""Shares of cases that a county has more of than it should, or than others have."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from auditor.frames import SCREENS
from auditor.pack import Screen
from auditor.screen.exact import Floats, interval_where, upper_tail
from auditor.screen.frames import label, screened

GROUP = ("code", "utility", "user_class")


def shares(tallies: pl.DataFrame, screen: Screen) -> pl.DataFrame:
    """Return a row a group and measure: the share, its interval, and its reference.

    ``reference`` is the share up to which nothing is said: ``least``, or ``times`` the
    upper bound of the share of the same class in all other counties where that is
    more, but never more than ``cap``. ``p`` is the chance of so many cases if the
    reference were the county's share.
    """
    frames = [
        _measure(tallies.filter(measure=label(row), what="case"), screen, row)
        for row in screen.settings["measures"]
    ]
    return pl.concat([pl.DataFrame(schema=SCREENS), *frames])


def _measure(
    tallies: pl.DataFrame, screen: Screen, row: Mapping[str, Any]
) -> pl.DataFrame:
    if tallies.is_empty():
        return pl.DataFrame(schema=SCREENS)
    counts = _largest(tallies) if row["of"] == "one_payee" else _yes(tallies)
    both = _with_others(counts)
    numbers = _numbers(both, row, screen.settings["fewest"])
    enough = pl.col("n") >= screen.settings["fewest"]
    told = both.with_columns(pl.Series(name, v) for name, v in numbers.items())
    return screened(
        told.with_columns(
            pl.lit(screen.id).alias("rule_id"),
            pl.lit("county").alias("level"),
            pl.lit(label(row)).alias("measure"),
            pl.when(~enough).then(pl.lit("too_few")).alias("reason"),
            pl.lit(row.get("above"), pl.Float64).alias("limit"),
            *(
                pl.when(enough).then(name).alias(name)
                for name in ("statistic", "low", "high", "p", "expected", "reference")
            ),
        )
    )


def _numbers(
    both: pl.DataFrame, row: Mapping[str, Any], fewest: int
) -> dict[str, Floats]:
    """Return each share with interval, reference and p."""
    names = ("observed", "n", "others_k", "others_n")
    columns = (both.get_column(name).to_numpy().astype(np.float64) for name in names)
    k, n, others_k, others_n = columns
    low, high = interval_where(n >= fewest, k, n - k)
    _, others = interval_where(others_n >= fewest, others_k, others_n - others_k)
    wide = np.where(others_n >= fewest, row["times"] * others, 0.0)
    reference = np.minimum(np.maximum(float(row["least"]), wide), float(row["cap"]))
    return {
        "statistic": k / np.maximum(n, 1),
        "low": low,
        "high": high,
        "reference": reference,
        "expected": reference * n,
        "p": upper_tail(k, n - k, reference),
    }


def _yes(tallies: pl.DataFrame) -> pl.DataFrame:
    one = pl.col("bin") == 1
    return (
        tallies.group_by(GROUP)
        .agg(pl.col("n").filter(one).sum().alias("observed"), pl.col("n").sum())
        .sort(GROUP, nulls_last=True)
    )


def _largest(tallies: pl.DataFrame) -> pl.DataFrame:
    """Return how many cases name the payee whom most cases of the group name."""
    named = pl.col("name").is_not_null()
    most = pl.col("n").filter(named)
    order = tallies.sort(["n", "name"], descending=[True, False], nulls_last=True)
    return (
        order.group_by(GROUP)
        .agg(
            most.first().fill_null(0).alias("observed"),
            pl.col("n").filter(~named).sum().alias("n"),
            pl.col("name").filter(named).first().alias("detail"),
        )
        .sort(GROUP, nulls_last=True)
    )


def _with_others(counts: pl.DataFrame) -> pl.DataFrame:
    """Add what the same class shows in all other counties."""
    mine = [pl.col(name).sum().over("code", "user_class") for name in ("observed", "n")]
    whole = [pl.col(name).sum().over("user_class") for name in ("observed", "n")]
    return counts.with_columns(
        (whole[0] - mine[0]).alias("others_k"), (whole[1] - mine[1]).alias("others_n")
    )

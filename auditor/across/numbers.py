"""Application numbers that do not fit the dates of their neighbours, and gaps."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from auditor.across.frames import APART, signal, signals
from auditor.pack import Rule

SEED = 37
Numbers = Callable[[], Iterable[pl.DataFrame]]
"""Gives what :func:`numbered` returns, a frame a partition, as often as asked."""


def numbered(begun: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """Return ``case_id, series`` (a hash), ``serial`` and ``day`` of readable numbers.

    ``pattern`` has the groups ``series`` and ``serial``. ``begun`` has a row a case
    and ``day`` that may be that of its submission; the earliest counts, in days since
    1970, null where there is none.
    """
    parts = pl.col("case_id").str.extract_groups(pattern)
    once = begun.group_by("case_id").agg(pl.col("day").min().to_physical())
    told = once.with_columns(
        parts.struct.field("series").hash(SEED).alias("series"),
        parts.struct.field("serial").cast(pl.Int64, strict=False).alias("serial"),
    )
    return told.drop_nulls("serial").select("case_id", "series", "serial", "day")


def out_of_sequence(
    numbers: Numbers,
    rejected: pl.Series,
    rule: Rule,
    given: Mapping[str, Any],
    buckets: int = 1,
) -> pl.DataFrame:
    """Return the signals of numbers that stand out from their series.

    A number stands out if its date is out of order with its neighbours and differs
    from their median by more than ``days``: in a series that grows with time, however
    unevenly, none does. With ``gaps`` a number behind missing ones is a signal too;
    ``rejected`` holds the ids of rejected rows, which are not missing.
    """
    found = []
    lost = pl.DataFrame({"case_id": rejected}, schema={"case_id": pl.String})
    gone = numbered(
        lost.with_columns(pl.lit(None, pl.Date).alias("day")), given["pattern"]
    )
    for bucket in range(buckets):
        mine = (pl.col("series") % buckets) == bucket
        frames = [rows.filter(mine) for rows in (*numbers(), gone)]
        rows = (
            pl.concat(frames)
            .unique(["case_id"], keep="first")
            .sort("series", "serial", "case_id")
        )
        found += [_strangers(rows, rule, given)]
        if given["gaps"]:
            found += [_gaps(rows, rule)]
    return signals(found).unique("case_id", keep="last", maintain_order=True)


def _strangers(
    rows: pl.DataFrame, rule: Rule, given: Mapping[str, Any]
) -> pl.DataFrame:
    """Return the numbers whose date lies outside the dates around them."""
    side = int(given["neighbours"])
    dated = rows.drop_nulls("day").with_columns(
        (pl.col("series").rank("dense").cast(pl.Int64) * APART + pl.col("day")).alias(
            "line"
        )
    )
    # Each series has a stretch of the line of its own; neighbours beyond it are no
    # neighbours, so they are cut off at the stretch's own days.
    series, line = pl.col("series"), pl.col("line")
    middle = line.rolling_median(2 * side + 1, center=True, min_samples=1).over(
        "series"
    )
    before = line.shift(1).rolling_max(side, min_samples=1).over("series")
    after = (
        line.reverse()
        .shift(1)
        .rolling_min(side, min_samples=1)
        .reverse()
        .over("series")
    )
    told = dated.with_columns(
        middle.alias("middle"), before.alias("before"), after.alias("after")
    )
    disordered = (line < pl.col("before")) | (line > pl.col("after"))
    apart = (line - pl.col("middle")).abs()
    odd = told.filter(
        disordered.fill_null(value=False)
        & (apart > given["days"])
        & series.is_not_null()
    )
    return _signals(
        odd.with_columns(apart.alias("measured")),
        rule,
        "number_out_of_sequence",
        float(given["days"]),
    )


def _gaps(rows: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Return the numbers before which others of their series are missing."""
    missing = pl.col("serial") - pl.col("serial").shift(1).over("series") - 1
    behind = rows.with_columns(missing.cast(pl.Float64).alias("measured"))
    return _signals(behind.filter(pl.col("measured") > 0), rule, "number_gap", 0.0)


def _signals(odd: pl.DataFrame, rule: Rule, why: str, limit: float) -> pl.DataFrame:
    return odd.select(
        signal(rule, why, measured=pl.col("measured"), limit=pl.lit(limit))
    )

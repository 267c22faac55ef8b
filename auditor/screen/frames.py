"""The columns of tallies and screens; tallies of several partitions add up."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from auditor.frames import SCREENS

TALLY: dict[str, type[pl.DataType]] = {
    "rule_id": pl.String,
    "measure": pl.String,
    "what": pl.String,  # case: what the statistic counts; shape: what a figure shows
    "code": pl.String,
    "utility": pl.String,
    "user_class": pl.String,
    "bin": pl.Int32,
    "name": pl.String,
    "n": pl.Int64,
}
PACKED = {
    name: pl.Categorical if kind == pl.String else kind for name, kind in TALLY.items()
}
GROUP = ("rule_id", "measure", "what", "code", "utility", "user_class")
UNKNOWN = "unknown"


def label(row: Mapping[str, Any]) -> str:
    """Return the name of a page's measure: with its threshold, if it has one."""
    return f"{row['of']}_{row['above']:g}" if "above" in row else str(row["of"])


def add_tallies(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up the tallies of several partitions, as they are or packed."""
    keys = [name for name in TALLY if name != "n"]
    whole = add_packed(map(packed, frames))
    return whole.cast(TALLY).sort(keys, nulls_last=True)  # type: ignore[arg-type]


def packed(tallies: pl.DataFrame) -> pl.DataFrame:
    """Return tallies in a fraction of the memory: words as numbers."""
    return tallies.cast(PACKED)  # type: ignore[arg-type]


def add_packed(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up packed tallies, in no order."""
    whole = pl.concat([pl.DataFrame(schema=PACKED), *frames])
    keys = [name for name in TALLY if name != "n"]
    return whole.group_by(keys).agg(pl.col("n").sum())


def screened(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with every column of a screen, in order; the others are null."""
    have = rows.columns
    return rows.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(kind).alias(name)
        for name, kind in SCREENS.items()
    )

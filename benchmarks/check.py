"""Equality before time: every peer's verdicts against those of the product."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.common import RULES, WORDS

FILES = ("run/verdicts.parquet", "verdicts.parquet", "verdicts.csv")


def verdicts_at(folder: Path) -> Path | None:
    """Return the file of verdicts in a contender's output; None without any."""
    return next((folder / one for one in FILES if (folder / one).is_file()), None)


def verdicts_in(folder: Path) -> pl.DataFrame | None:
    """Return case ids and verdict words of a contender's output; None without any."""
    path = verdicts_at(folder)
    if path is None:
        return None
    if path.suffix == ".csv":
        text = {"case_id": pl.String, "county_code": pl.String}
        frame = pl.read_csv(path, schema_overrides=text)
    else:
        frame = pl.read_parquet(path, glob=False)
    kind = pl.Enum(WORDS)  # a byte each: there may be tens of millions of cases
    words = [
        pl.col(rule).cast(pl.String).cast(kind)
        if frame.schema[rule] in (pl.Enum, pl.String, pl.Categorical)
        else pl.col(rule).replace_strict(list(range(6)), list(WORDS), return_dtype=kind)
        for rule in RULES
    ]
    return frame.select("case_id", *words)


def wrong(ours: pl.DataFrame, theirs: pl.DataFrame, cases: int | None = None) -> int:
    """Return how many of a peer's verdicts are not ours.

    A case that one of the two lacks counts whole. ``cases`` are those that the peer was
    given, the first by their ids; None: all.
    """
    given = ours.sort("case_id").head(cases or ours.height)
    both = given.join(theirs, on="case_id", how="inner", suffix="_peer")
    differ = [pl.col(rule).ne_missing(pl.col(f"{rule}_peer")).sum() for rule in RULES]
    found = int(both.select(pl.sum_horizontal(differ)).item())
    lacking = given.height + theirs.height - 2 * both.height
    return found + lacking * len(RULES)

"""Verdicts to counts: six words a county and rule, in a form that can be added up."""

import polars as pl

from auditor.pack import VERDICTS, Pack

UNKNOWN = "unknown"
COUNTS = {word: pl.Int64 for word in VERDICTS}


def count(verdicts: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return one row a county code and rule: ``code, rule_id`` and the six counts.

    Cases without a county code are counted under ``unknown``. Frames of several
    partitions add up with :func:`add`.
    """
    rules = [rule.id for rule in pack.rules]
    wide = verdicts.lazy().group_by(pl.col("county_code").fill_null(UNKNOWN).alias("code")).agg(
        (pl.col(rule) == word).sum().cast(pl.Int64).alias(f"{rule}|{word}")
        for rule in rules
        for word in VERDICTS
    )
    long = wide.unpivot(index="code", variable_name="_key", value_name="n").with_columns(
        pl.col("_key").str.split_exact("|", 1).struct.rename_fields(["rule_id", "word"]).alias("_k")
    ).unnest("_k")
    return long.collect().pivot("word", index=["code", "rule_id"], values="n").select(
        "code", "rule_id", *VERDICTS
    )


def add(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Add up the counts of several partitions."""
    return pl.concat(frames).group_by("code", "rule_id").agg(
        pl.col(word).sum() for word in VERDICTS
    ).sort("code", "rule_id")

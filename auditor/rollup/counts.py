"""Verdicts to counts: six words a county and rule, in a form that can be added up."""

import polars as pl

from auditor.pack import Rule
from auditor.vocabulary import VERDICTS

UNKNOWN = "unknown"
COUNTED = (*VERDICTS, "doubtful")
COUNTS = dict.fromkeys(COUNTED, pl.Int64)


def count(
    verdicts: pl.DataFrame, rules: tuple[Rule, ...], doubtful: pl.Series | None = None
) -> pl.DataFrame:
    """Return one row a county code and rule: ``code, rule_id`` and the six counts.

    ``doubtful`` of them are passes of cases that carry a signal of the highest
    severity, as the Boolean of that name says; they stay among the passes (38).
    Subjects without a county code are counted under ``unknown``. Frames of several
    partitions, or of cases and projects, add up with :func:`add`.
    """
    ids = [rule.id for rule in rules]
    if doubtful is None:
        doubtful = pl.repeat(value=False, n=verdicts.height, eager=True)
    if verdicts.is_empty() or not ids:
        return pl.DataFrame(schema={"code": pl.String, "rule_id": pl.String, **COUNTS})
    wide = (
        verdicts.lazy()
        .with_columns(doubtful.alias("_doubtful"))
        .group_by(pl.col("county_code").fill_null(UNKNOWN).alias("code"))
        .agg(
            *(
                (pl.col(rule) == word).sum().cast(pl.Int64).alias(f"{rule}|{word}")
                for rule in ids
                for word in VERDICTS
            ),
            *map(_doubts, rules),
        )
    )
    long = (
        wide.unpivot(index="code", variable_name="_key", value_name="n")
        .with_columns(
            pl.col("_key")
            .str.split_exact("|", 1)
            .struct.rename_fields(["rule_id", "word"])
            .alias("_k")
        )
        .unnest("_k")
    )
    return (
        long.collect()
        .pivot("word", index=["code", "rule_id"], values="n")
        .select("code", "rule_id", *COUNTED)
    )


def _doubts(rule: Rule) -> pl.Expr:
    """Count the passes of doubtful cases; none of a rule of another kind."""
    passes = (pl.col(rule.id) == "pass") & pl.col("_doubtful")
    counted = passes.sum() if rule.can_be_doubted else pl.lit(0)
    return counted.cast(pl.Int64).alias(f"{rule.id}|doubtful")


def add(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Add up the counts of several partitions."""
    return (
        pl.concat(frames)
        .group_by("code", "rule_id")
        .agg(pl.col(word).sum() for word in COUNTED)
        .sort("code", "rule_id")
    )

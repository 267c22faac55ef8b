"""The order of the lists: worst first, then by case, whatever order they came in."""

import polars as pl

from auditor.compare.changes import KINDS
from auditor.compare.differences import CAUSES
from auditor.judge.between import ABSENCE, UNKNOWN

GAINED = ("fail",)
"""A verdict that is no longer this one is looked at first: somebody gained by it."""
_PRESENCE = (*ABSENCE, *UNKNOWN, "new")


def in_order(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Sort each list, add to ``rewritten`` which verdicts of its case changed.

    ``verdicts`` lists ``rule was→now`` for the changes that the data caused.
    """
    changed = frames["changed"]
    by_data = changed.filter(pl.col("cause") == "data")
    told = pl.format("{} {}→{}", "rule_id", "was", "now")
    effects = by_data.sort("case_id", "rule_id").group_by("case_id").agg(
        told.str.join("; ").alias("verdicts"),
        pl.col("was").is_in(GAINED).any().alias("_gained"),
    )  # fmt: skip
    rewritten = frames["rewritten"].join(effects, on="case_id", how="left")
    lost = (pl.col("was") == "fail", pl.col("now") == "fail")
    return {
        "changed": changed.sort(
            ~lost[0], ~lost[1], _rank("cause", CAUSES), "rule_id", "case_id"
        ),
        "rewritten": rewritten.sort(
            ~pl.col("_gained").fill_null(value=False),
            _rank("kind", KINDS),
            -pl.col("days").abs(),
            *(c for c in rewritten.columns if not c.startswith("_")),
            nulls_last=True,
        ).drop("_gained"),
        "vanished": frames["vanished"].sort(
            _rank("kind", _PRESENCE),
            pl.col("renamed_to").is_null(),
            pl.col("failed").is_null(),
            "case_id",
        ),
        "appeared": frames["appeared"].sort(
            _rank("kind", _PRESENCE), -pl.col("days_before"), "case_id", nulls_last=True
        ),
    }


def _rank(column: str, words: tuple[str, ...]) -> pl.Expr:
    ranks = pl.Series(range(len(words)), dtype=pl.UInt8)
    return pl.col(column).replace_strict(
        list(words), ranks, default=len(words), return_dtype=pl.UInt8
    )

"""What the side tables share: groups on a line, names of cases, their columns."""

from collections.abc import Iterable, Sequence

import polars as pl

from auditor.pack import Rule

SIGNALS: dict[str, type[pl.DataType]] = {
    "rule_id": pl.String,
    "case_id": pl.String,
    "said": pl.String,
    "why": pl.String,
    "severity": pl.String,
    "measured": pl.Float64,
    "limit": pl.Float64,
    "in_force": pl.Boolean,
    "parts": pl.String,
}
MEMBERS: dict[str, type[pl.DataType]] = {
    "rule_id": pl.String,
    "chain": pl.String,
    "case_id": pl.String,
    "county_code": pl.String,
    "submitted_on": pl.Date,
    "ended_on": pl.Date,
    "end_state": pl.String,
    "amount": pl.Float64,
    "near": pl.Boolean,
    "signal": pl.Boolean,
    "source": pl.String,
    "row": pl.UInt64,
}
MOST_NAMED = 20  # other cases that a finding names; the rest is counted
APART = 1_000_000  # days between two groups on one line: no window reaches so far


def by_group(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Add ``group``: a day far from any other group's, so that one pass serves all."""
    ranked = pl.struct(list(keys)).rank("dense").cast(pl.Int64)
    return rows.with_columns((ranked * APART).alias("group"))


def named(group: str) -> pl.Expr:
    """Name the cases of a group in order of submission, as one text."""
    rest = pl.len().cast(pl.Int64) - MOST_NAMED
    more = pl.when(rest > 0).then(pl.format(";…(+{})", rest)).otherwise(pl.lit(""))
    first = pl.col("case_id").sort_by("start_hi", "case_id").head(MOST_NAMED)
    return pl.concat_str(first.str.join(";"), more).over(group)


def signal(
    rule: Rule, why: str | pl.Expr, said: str = "fail", **told: pl.Expr
) -> list[pl.Expr]:
    """Return the columns of signals; null is what a search does not tell."""
    given = {
        "rule_id": pl.lit(rule.id),
        "case_id": pl.col("case_id"),
        "said": pl.lit(said),
        "why": pl.lit(why) if isinstance(why, str) else why,
        "severity": pl.lit(rule.severity),
    }
    given |= told
    nothing = pl.lit(None)
    return [
        given.get(name, nothing).cast(kind).alias(name)
        for name, kind in SIGNALS.items()
    ]


def signals(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put signals together in their order."""
    empty = pl.DataFrame(schema=SIGNALS)
    return pl.concat([empty, *frames]).sort("rule_id", "case_id")


def members(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put the members of chains together in their columns and order."""
    dates = {"submitted_on": "start_hi", "ended_on": "upto"}
    made = [
        frame.with_columns(
            pl.col(old).alias(new) for new, old in dates.items() if old in frame.columns
        ).select(pl.col(name).cast(kind) for name, kind in MEMBERS.items())
        for frame in frames
    ]
    whole = pl.concat([pl.DataFrame(schema=MEMBERS), *made])
    return whole.sort("rule_id", "chain", "submitted_on", "case_id", nulls_last=True)

"""What the side tables share: groups on a line, names of cases, their columns."""

from collections.abc import Iterable, Sequence

import polars as pl

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


def signals(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put signals together in their columns and order."""
    empty = pl.DataFrame(schema=SIGNALS)
    found = [
        frame.select(pl.col(n).cast(k) for n, k in SIGNALS.items()) for frame in frames
    ]
    return pl.concat([empty, *found]).sort("rule_id", "case_id")


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

"""The verdicts that changed, a row a case and rule, from what both runs recorded."""

import polars as pl

from auditor.compare.slices import Slice

CHANGED: dict[str, pl.DataType | type[pl.DataType]] = {
    "case_id": pl.String,
    "county_code": pl.String,
    "rule_id": pl.String,
    "was": pl.String,
    "now": pl.String,
    "reason_was": pl.String,
    "reason_now": pl.String,
}
_RULE = r"^(.+)_reason$"


def common_rules(a: Slice, b: Slice) -> tuple[list[str], list[str], list[str]]:
    """Return the rules of both runs, then those that only one of them has."""
    one, other = (
        [
            n.removesuffix("_reason")
            for n in s.table("verdicts").columns
            if n.endswith("_reason")
        ]
        for s in (a, b)
    )
    both = [rule for rule in one if rule in other]
    return both, [r for r in one if r not in both], [r for r in other if r not in both]


def changed(a: Slice, b: Slice, rules: list[str]) -> pl.DataFrame:
    """Return the verdicts of cases in both runs that have another word."""
    one, other = a.table("verdicts"), b.table("verdicts")
    ids = one.select("case_id").join(other.select("case_id"), on="case_id", how="semi")
    one, other = (
        ids.join(rows, on="case_id", how="left", maintain_order="left")
        for rows in (one, other)
    )
    found = [_of_rule(one, other, rule) for rule in rules]
    return pl.concat([pl.DataFrame(schema=CHANGED), *found])


def _of_rule(a: pl.DataFrame, b: pl.DataFrame, rule: str) -> pl.DataFrame:
    was, now = (side.get_column(rule).cast(pl.String) for side in (a, b))
    reasons = [side.get_column(f"{rule}_reason").cast(pl.String) for side in (a, b)]
    rows = pl.DataFrame({
        "case_id": a.get_column("case_id"),
        "county_code": b.get_column("county_code"),
        "was": was,
        "now": now,
        "reason_was": reasons[0],
        "reason_now": reasons[1],
    })  # fmt: skip
    mine = rows.filter(was.ne_missing(now))
    return mine.with_columns(pl.lit(rule).alias("rule_id")).select(*CHANGED)

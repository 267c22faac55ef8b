"""The verdicts that changed, a row a case and rule, from what both runs recorded."""

import polars as pl

from auditor.compare.slices import Slice
from auditor.judge.between import MOVED, moved

CHANGED = dict.fromkeys(MOVED, pl.String)
_REASON = "_reason"


def common_rules(a: Slice, b: Slice) -> list[str]:
    """Return the rules that both runs judged, in the order of the first."""
    columns = [one.table("verdicts").columns for one in (a, b)]
    reasons = (name for name in columns[0] if name.endswith(_REASON))
    return [name.removesuffix(_REASON) for name in reasons if name in columns[1]]


def changed(a: Slice, b: Slice, rules: list[str]) -> pl.DataFrame:
    """Return the verdicts of cases in both runs that have another word."""
    one, other = a.table("verdicts"), b.table("verdicts")
    ids = one.select("case_id").join(other.select("case_id"), on="case_id", how="semi")
    one, other = (
        ids.join(rows, on="case_id", how="left", maintain_order="left")
        for rows in (one, other)
    )
    found = [moved(one, other, rule) for rule in rules]
    return pl.concat([pl.DataFrame(schema=CHANGED), *found])

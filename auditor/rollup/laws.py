"""Internal laws (36): where one is broken, the audit itself is wrong."""

from itertools import pairwise

import polars as pl

from auditor.errors import AuditError
from auditor.pack import Pack
from auditor.vocabulary import VERDICTS


def check_cases(verdicts: pl.DataFrame, pack: Pack) -> None:
    """Raise if a case passes a tighter limit but not a wider one on the same clock.

    Raises:
        AuditError: AUD390 with the number of cases and the law.
    """
    nested = [law.rules for law in pack.laws if law.kind == "nested"]
    for tight, wide in (pair for rules in nested for pair in pairwise(rules)):
        passes = (pl.col(tight) == "pass") & (pl.col(wide) != "pass")
        fails = (pl.col(wide) == "fail") & (pl.col(tight) != "fail")
        broken = verdicts.select((passes | fails).sum()).item()
        if broken:
            raise AuditError("AUD390", law=f"{tight} ⇒ {wide}", count=broken)


def check_counts(rollup: pl.DataFrame, cases: int, pack: Pack) -> None:
    """Raise if counts do not add up to the cases, or levels do not add up.

    Raises:
        AuditError: AUD390 with the law that is broken.
    """
    ruled = [rule.id for rule in pack.case_rules]
    mine = rollup.filter(pl.col("rule_id").is_in(ruled))
    total = pl.sum_horizontal(VERDICTS).alias("n")
    sums = mine.filter(pl.col("level") == "county").group_by("rule_id").agg(total.sum())
    wrong = sums.filter(pl.col("n") != cases).height
    if wrong:
        raise AuditError("AUD390", law="Σ counties = cases", count=wrong)
    for level in ("city", "province"):
        counties = mine.filter(pl.col("level") == "county")
        placed = counties.filter(pl.col(f"{level}_code").is_not_null())
        below = _summed(placed, f"{level}_code")
        above = _summed(mine.filter(pl.col("level") == level), "code")
        if above.height and not below.equals(above):
            raise AuditError("AUD390", law=f"Σ counties = {level}", count=1)
    _check_cover(rollup.filter(pl.col("level") == "county"), pack)


def _summed(rows: pl.DataFrame, place: str) -> pl.DataFrame:
    return (
        rows.group_by(pl.col(place).alias("code"), "rule_id")
        .agg(pl.col(word).sum() for word in VERDICTS)
        .sort("code", "rule_id")
    )


def _check_cover(counties: pl.DataFrame, pack: Pack) -> None:
    """A rule met in a county leaves no room for a missed rule that it covers."""
    for law in pack.laws:
        if law.kind != "covers":
            continue
        whole, *covered = law.rules
        table = counties.filter(pl.col("rule_id").is_in(law.rules)).pivot(
            "rule_id", index="code", values="status"
        )
        if not set(law.rules) <= set(table.columns):
            continue
        missed = pl.any_horizontal([pl.col(rule) == "not_met" for rule in covered])
        broken = table.filter((pl.col(whole) == "met") & missed).height
        if broken:
            said = f"{whole} met ⇒ {', '.join(covered)} ≠ not_met"
            raise AuditError("AUD390", law=said, count=broken)

"""Internal laws (36): if one is broken, the audit itself is wrong and must not be used."""

import polars as pl

from auditor.errors import AuditError
from auditor.pack import VERDICTS, Pack

NESTED = (("ind34", "ind22"), ("ind22", "ind07"))


def check_cases(verdicts: pl.DataFrame, pack: Pack) -> None:
    """Raise if a case passes a tighter limit but not a wider one on the same clock.

    Raises:
        AuditError: AUD390 with the number of cases and the law.
    """
    ids = {rule.id for rule in pack.rules}
    for tight, wide in NESTED:
        if not {tight, wide} <= ids:
            continue
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
    if mine.filter(pl.col("level") == "province").get_column("code").n_unique() == 1:
        keys = [pl.col(word).sum() for word in VERDICTS]
        one, two = (
            mine.filter(pl.col("level") == level)
            .group_by("rule_id")
            .agg(keys)
            .sort("rule_id")
            for level in ("county", "province")
        )
        if not one.equals(two):
            raise AuditError("AUD390", law="Σ counties = province", count=1)
    _check_form(rollup)


def _check_form(rollup: pl.DataFrame) -> None:
    """ind35 met in a county leaves no room for a missed ind23 or ind24."""
    county = rollup.filter(pl.col("level") == "county")
    wide = county.filter(pl.col("rule_id").is_in(["ind23", "ind24", "ind35"])).select(
        "code", "rule_id", "status"
    )
    if wide.get_column("rule_id").n_unique() < 3:
        return
    table = wide.pivot("rule_id", index="code", values="status")
    missed = pl.any_horizontal(
        pl.col("ind23") == "not_met", pl.col("ind24") == "not_met"
    )
    broken = table.filter((pl.col("ind35") == "met") & missed).height
    if broken:
        raise AuditError(
            "AUD390", law="ind35 met ⇒ ind23, ind24 ≠ not_met", count=broken
        )

"""What the product and its peers agree on: rules, verdict codes, calendar, places."""

from __future__ import annotations

from datetime import date
from pathlib import Path

CUTOFF = date(2023, 6, 30)
RULES = (
    "ind03", "ind04", "ind05", "ind06", "ind07", "ind08", "ind09", "ind10", "ind13",
    "ind14", "ind15", "ind16", "ind22", "ind23", "ind24", "ind34", "ind35", "ind36",
    "task38",
)  # fmt: skip
WORDS = ("pass", "fail", "pending", "undetermined", "excluded", "not_applicable")
PASS, FAIL, PENDING, UNDETERMINED, EXCLUDED, NOT_APPLICABLE = range(6)
STEPS = {  # the number of a step is its place in the procedure
    "用电申请": 0, "业务受理": 1, "答复供电方案": 2, "设计文件审核": 3, "中间检查": 4,
    "竣工验收": 5, "签订合同": 6, "装表": 7, "送电": 8,
}  # fmt: skip
OTHER_STEP = 15  # 现场勘查, which nobody outside the utility sees
BASE = date(2019, 1, 1)
STAGES = {
    "ind03": ("lv", {"a": 1, "p": 3, "c": 2}),
    "ind04": ("hv", {"a": 1, "p": 10, "d": 3, "i": 2, "k": 3, "c": 3}),
    "ind05": ("hv", {"a": 1, "p": 20, "d": 3, "i": 2, "k": 3, "c": 3}),
}
WHOLE = {"ind06": 5, "ind07": 25, "ind22": 20, "ind34": 15}


def write_calendar(path: Path) -> None:
    """Write the days since BASE, whether each is a working day, and how many were."""
    import polars as pl

    from auditor.kernel import calendar_of
    from auditor.pack import load_pack

    calendar = calendar_of(load_pack())
    days = pl.select(d=pl.date_range(BASE, date(2026, 12, 31)))
    before = pl.lit(BASE)
    counted = calendar.between(before, pl.col("d")).cast(pl.Int32)
    frame = days.with_columns(counted.alias("cum"))
    works = pl.col("cum") > pl.col("cum").shift(1)
    frame.with_columns(works.fill_null(value=False).alias("works")).write_parquet(path)

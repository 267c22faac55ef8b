"""pandas as an analyst writes it: groupby by step, merges, numpy.select."""

from __future__ import annotations

import sys
import time
from pathlib import Path

LEAVES_OUT = "rejects, disputes, evidence, findings, reasons; the other rules"


def main(dump: Path, out: Path) -> float:
    """Judge the dump, write verdicts and counts; return the seconds inside."""
    import numpy as np
    import pandas as pd

    from benchmarks import common
    from benchmarks.peers.rows import select

    begin = time.perf_counter()
    calendar = pd.read_parquet(dump.parent / "calendar.parquet")
    cum = calendar["cum"].to_numpy()
    base = np.datetime64(common.BASE, "D")

    def wd(a, b):
        a, b = pd.Series(a), pd.Series(b)
        known = a.notna() & b.notna()
        days = pd.Series(np.nan, index=a.index)
        at = [
            (day[known].to_numpy("datetime64[D]") - base).astype("int64")
            for day in (a, b)
        ]
        days[known] = cum[at[1]] - cum[at[0]]
        return days

    wanted = ["case_id", "step", "started_at", "finished_at"]
    events = pd.read_parquet(dump / "events.parquet", columns=wanted)
    events["p"] = (
        events["step"].map(common.STEPS).fillna(common.OTHER_STEP).astype("int8")
    )
    events["s"] = events["started_at"].dt.normalize()
    events["f"] = events["finished_at"].dt.normalize()
    x = pd.read_parquet(dump / "cases.parquet").set_index("case_id").sort_index()
    for name, place, column, how in (
        ("start", 0, "s", "max"), ("acc_f", 1, "f", "max"), ("rep_f", 2, "f", "max"),
        ("d_s", 3, "s", "max"), ("d_f", 3, "f", "max"), ("i_s", 4, "s", "max"),
        ("i_f", 4, "f", "max"), ("k_f", 5, "f", "max"), ("ctr_f", 6, "f", "max"),
        ("con_s", 8, "s", "max"), ("con_f", 8, "f", "max"),
    ):  # fmt: skip
        x[name] = events[events["p"] == place].groupby("case_id")[column].agg(how)
    checks = events[events["p"] == 5].copy()
    checks["days"] = wd(checks["s"], checks["f"])
    x["k_max"] = checks.groupby("case_id")["days"].max()
    x["k_open"] = checks[checks["f"].isna()].groupby("case_id")["s"].min()
    for place in (1, 2, 3, 4, 5, 8):
        x[f"has{place}"] = x.index.isin(events.loc[events["p"] == place, "case_id"])
    x["mo"] = events[events["p"] <= 8].groupby("case_id")["p"].max()
    for name in ("energised_at", "withdrawn_at"):
        x[name] = x[name].dt.normalize()
    x["ended"] = x["energised_at"].fillna(x["con_f"])
    x["st"] = np.select([x["ended"].notna(), x["withdrawn_at"].notna()], [0, 2], 1)
    x["hor"] = x["ended"].fillna(x["withdrawn_at"]).fillna(pd.Timestamp(common.CUTOFF))
    x["inside"] = (
        x["business_type"].isin(["new", "increase"]) | x["business_type"].isna()
    )
    x["fm"] = _excused(pd, dump, calendar, x)
    verdicts = select(np, common, _windows(np, x, wd))
    made = pd.DataFrame(verdicts, index=x.index)
    made.insert(0, "county_code", x["county_code"])
    made.reset_index().to_parquet(out / "verdicts.parquet")
    counts = {
        f"{rule}_{code}": (made[rule] == code).groupby(made["county_code"]).sum()
        for rule in common.RULES
        for code in range(6)
    }
    pd.DataFrame(counts).reset_index().to_parquet(out / "rollup.parquet")
    return time.perf_counter() - begin


def _excused(pd, dump, calendar, x):
    rows = pd.read_parquet(dump / "suspensions.parquet")
    rows = rows[
        (rows["reason"] == "force_majeure") & rows["evidence_id"].notna()
    ].copy()
    rows["d"] = [
        pd.date_range(a, b)
        for a, b in zip(rows["from_date"], rows["to_date"], strict=True)
    ]
    days = rows[["case_id", "d"]].explode("d").drop_duplicates()
    days["d"] = pd.to_datetime(days["d"])
    works = pd.to_datetime(calendar.loc[calendar["works"], "d"])
    days = days[days["d"].isin(works)].merge(
        x[["start", "hor"]], left_on="case_id", right_index=True
    )
    days = days[(days["d"] > days["start"]) & (days["d"] <= days["hor"])]
    return days.groupby("case_id").size().reindex(x.index).fillna(0)


def _windows(np, x, wd):
    """Add the days of each window: proven (lo) and at most (hi, NaN if unknown)."""
    running, mo, hor, nan = x["st"] != 0, x["mo"], x["hor"], np.nan
    x["wp"] = wd(x["start"], hor) - x["fm"]
    x["a"] = np.select(
        [x["acc_f"].notna(), running & (mo <= 1)],
        [wd(x["start"], x["acc_f"]), wd(x["start"], hor)], nan,
    )  # fmt: skip
    x["p"] = np.select(
        [x["rep_f"].notna(), ~running | (mo > 2), x["acc_f"].isna() & (mo <= 1)],
        [wd(x["acc_f"], x["rep_f"]), nan, 0], wd(x["acc_f"], hor),
    )  # fmt: skip
    for name, place in (("d", 3), ("i", 4)):
        start, end = x[f"{name}_s"], x[f"{name}_f"]
        x[name] = np.select(
            [start.isna(), end.notna(), running & (mo <= place)],
            [0, wd(start, end), wd(start, hor)], nan,
        )  # fmt: skip
    early = running & (mo <= 5)
    opened = np.fmax(x["k_max"], wd(x["k_open"], hor))
    x["k"] = np.select(
        [~x["has5"] & early, ~x["has5"], x["k_open"].isna(), early],
        [0, nan, x["k_max"], opened], nan,
    )  # fmt: skip
    x["k_lo"] = x["k"].fillna(x["k_max"])
    hv = x["customer_type"] == "hv"
    sure = x["k_f"].notna() & x["ctr_f"].notna()
    late = x[["k_f", "ctr_f"]].max(axis=1)
    not_yet = running & (
        (x["k_f"].isna() & (mo <= 5)) | (x["ctr_f"].isna() & (mo <= 6))
    )
    lv_from = x["ctr_f"].fillna(x["con_s"])
    lv_early = lv_from
    for name in ("k_f", "i_f", "d_f", "rep_f", "acc_f"):
        lv_early = lv_early.fillna(x[name])
    lv_not_yet = running & lv_from.isna() & (mo <= 6)
    x["c"] = np.select(
        [hv & not_yet, hv, lv_not_yet], [0, wd(late, hor), 0], wd(lv_early, hor)
    )
    x["c_lo"] = np.select(
        [hv & not_yet, hv & sure, hv, lv_not_yet],
        [0, wd(late, hor), nan, 0], wd(lv_from, hor),
    )  # fmt: skip
    x["n"] = sum(x[f"has{place}"].astype("int8") for place in (1, 2, 3, 4, 5, 8))
    return x


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))

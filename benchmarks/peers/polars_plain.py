"""Plain Polars, lazy and streaming: filtered aggregates by case, joins, when/then."""

from __future__ import annotations

import sys
import time
from pathlib import Path

LEAVES_OUT = "rejects, disputes, evidence, findings, reasons; the other rules"


def main(dump: Path, out: Path) -> float:
    """Judge the dump, write verdicts and counts; return the seconds inside."""
    import polars as pl

    from benchmarks import common

    begin = time.perf_counter()
    calendar = pl.read_parquet(dump.parent / "calendar.parquet")
    cum = calendar["cum"]
    base = common.BASE.toordinal() - 719_163
    c = pl.col

    def wd(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        at = [(day.to_physical() - base).cast(pl.UInt32) for day in (a, b)]
        days = pl.lit(cum).gather(at[1]) - pl.lit(cum).gather(at[0])
        return pl.when(a.is_not_null() & b.is_not_null()).then(days)

    step = c("step").replace_strict(
        common.STEPS, default=common.OTHER_STEP, return_dtype=pl.UInt8
    )
    events = pl.scan_parquet(dump / "events.parquet").select(
        "case_id",
        step.alias("p"),
        c("started_at").dt.date().alias("s"),
        c("finished_at").dt.date().alias("f"),
    )

    def of(column: str, place: int, *more: pl.Expr) -> pl.Expr:
        return c(column).filter(c("p") == place, *more)

    log = events.group_by("case_id").agg(
        of("s", 0).max().alias("start"),
        of("f", 1).max().alias("acc_f"),
        of("f", 2).max().alias("rep_f"),
        of("s", 3).max().alias("d_s"), of("f", 3).max().alias("d_f"),
        of("s", 4).max().alias("i_s"), of("f", 4).max().alias("i_f"),
        of("f", 5).max().alias("k_f"), of("p", 5).len().alias("k_n"),
        of("s", 5).min().alias("k_s1"), of("f", 5).min().alias("k_f1"),
        of("s", 5).max().alias("k_s2"),
        of("s", 5, c("f").is_null()).min().alias("k_open"),
        of("f", 6).max().alias("ctr_f"),
        of("s", 8).max().alias("con_s"), of("f", 8).max().alias("con_f"),
        *((c("p") == n).any().alias(f"has{n}") for n in (1, 2, 3, 4, 5, 8)),
        c("p").filter(c("p") <= 8).max().alias("mo"),
    )  # fmt: skip
    cases = pl.scan_parquet(dump / "cases.parquet").with_columns(
        c("energised_at", "withdrawn_at").dt.date()
    )
    x = cases.join(log, on="case_id").with_columns(
        ended=pl.coalesce("energised_at", "con_f"),
        inside=c("business_type").is_in(["new", "increase"]).fill_null(value=True),
    )
    hor = pl.coalesce("ended", "withdrawn_at", pl.lit(common.CUTOFF))
    x = x.with_columns(
        hor=hor,
        st=pl.when(c("ended").is_not_null()).then(0)
        .when(c("withdrawn_at").is_not_null()).then(2).otherwise(1),
        # Rounds of a check: the unfinished ones apart, two finished ones paired.
        k_max=pl.when(c("k_open").is_null() & (c("k_n") == 2))
        .then(pl.max_horizontal(wd(c("k_s1"), c("k_f1")), wd(c("k_s2"), c("k_f"))))
        .otherwise(pl.when(c("k_n") == 2).then(wd(c("k_s2"), c("k_f")))
        .otherwise(wd(c("k_s1"), c("k_f")))),
    )  # fmt: skip
    paused = (
        pl.scan_parquet(dump / "suspensions.parquet")
        .filter(reason="force_majeure")
        .filter(c("evidence_id").is_not_null())
    )
    excused = (
        paused.select("case_id", d=pl.date_ranges("from_date", "to_date"))
        .explode("d").unique()
        .join(calendar.lazy().filter("works"), on="d")
        .join(x.select("case_id", "start", "hor"), on="case_id")
        .filter(c("d") > c("start"), c("d") <= c("hor"))
        .group_by("case_id").agg(fm=pl.len().cast(pl.Int32))
    )  # fmt: skip
    w = _windows(x.join(excused, on="case_id", how="left"), wd)
    verdicts = w.select("case_id", "county_code", **_verdicts(common))
    made = verdicts.collect(engine="streaming")
    made.write_parquet(out / "verdicts.parquet")
    made.lazy().group_by("county_code").agg(
        (c(rule) == code).sum().alias(f"{rule}_{code}")
        for rule in common.RULES
        for code in range(6)
    ).collect(engine="streaming").write_parquet(out / "rollup.parquet")
    return time.perf_counter() - begin


def _windows(x, wd):
    """Add the days of each window: proven (lo) and at most (hi, null if unknown)."""
    import polars as pl

    c, when = pl.col, pl.when
    running, mo, hor = c("st") != 0, c("mo"), c("hor")
    hv = c("customer_type") == "hv"
    reply = (
        when(c("rep_f").is_not_null()).then(wd(c("acc_f"), c("rep_f")))
        .when(~running | (mo > 2)).then(None)
        .when(c("acc_f").is_null() & (mo <= 1)).then(0)
        .otherwise(wd(c("acc_f"), hor))
    )  # fmt: skip

    def review(name: str, place: int):
        start, end = c(f"{name}_s"), c(f"{name}_f")
        return (
            when(start.is_null()).then(0)
            .when(end.is_not_null()).then(wd(start, end))
            .when(running & (mo <= place)).then(wd(start, hor))
        )  # fmt: skip

    check = (
        when(~c("has5")).then(when(running & (mo <= 5)).then(0))
        .when(c("k_open").is_null()).then(c("k_max"))
        .when(running & (mo <= 5)).then(pl.max_horizontal("k_max", wd(c("k_open"), hor)))
    )  # fmt: skip
    hv_from = pl.max_horizontal("k_f", "ctr_f")
    hv_sure = c("k_f").is_not_null() & c("ctr_f").is_not_null()
    not_yet = running & (
        (c("k_f").is_null() & (mo <= 5)) | (c("ctr_f").is_null() & (mo <= 6))
    )
    lv_from = pl.coalesce("ctr_f", "con_s")
    lv_early = pl.coalesce("ctr_f", "con_s", "k_f", "i_f", "d_f", "rep_f", "acc_f")
    lv_not_yet = running & lv_from.is_null() & (mo <= 6)
    return x.with_columns(
        wp=wd(c("start"), hor) - c("fm").fill_null(0),
        a=when(c("acc_f").is_not_null()).then(wd(c("start"), c("acc_f")))
        .when(running & (mo <= 1)).then(wd(c("start"), hor)),
        p=reply, d=review("d", 3), i=review("i", 4), k=check,
        c=when(hv).then(when(not_yet).then(0).otherwise(wd(hv_from, hor)))
        .when(lv_not_yet).then(0).otherwise(wd(lv_early, hor)),
        c_lo=when(hv).then(when(not_yet).then(0).when(hv_sure).then(wd(hv_from, hor)))
        .when(lv_not_yet).then(0).otherwise(wd(lv_from, hor)),
        n=pl.sum_horizontal([c(f"has{n}").cast(pl.UInt8) for n in (1, 2, 3, 4, 5, 8)]),
    ).with_columns(k_lo=pl.coalesce("k", "k_max"))  # fmt: skip


def _verdicts(common):
    """Return each rule as an expression over the windows."""
    import polars as pl

    c = pl.col
    st = c("st")
    kind, zero, source = c("customer_type"), c("three_zero"), c("source_count")

    def first(*tests):
        expr = pl.lit(common.PASS, pl.UInt8)
        for where, code in reversed(tests):
            expr = pl.when(where).then(pl.lit(code, pl.UInt8)).otherwise(expr)
        return expr

    def rule(outside, unknown, *tests):
        return first(
            (outside, common.NOT_APPLICABLE), (unknown, common.UNDETERMINED),
            (~c("inside"), common.EXCLUDED), *tests,
        )  # fmt: skip

    low = kind != "lv_nonresident"
    never = pl.lit(value=False)
    who = {
        "resident": (kind != "resident", never),
        "zero": (low | ~zero, zero.is_null()),
        "other": (low | zero, zero.is_null()),
        "one": ((kind != "hv") | (source != 1), source.is_null()),
        "two": ((kind != "hv") | (source == 1), source.is_null()),
        "hv": (kind != "hv", never),
        "lv": (kind == "hv", never),
        "all": (never, never),
    }
    open_, gone = (st == 1, common.PENDING), (st == 2, common.EXCLUDED)

    def whole(name, most):
        return rule(*who[name], (c("wp") > most, common.FAIL), gone, open_)

    def stages(name, limits):
        proven = {"c": "c_lo", "k": "k_lo"}
        over = [c(proven.get(w, w)) > most for w, most in limits.items()]
        inside = [(c(w) <= most).fill_null(value=False) for w, most in limits.items()]
        return rule(
            *who[name], (pl.any_horizontal(over).fill_null(value=False), common.FAIL),
            gone, (~pl.all_horizontal(inside), common.UNDETERMINED), open_,
        )  # fmt: skip

    def steps(name, most):
        bad = pl.any_horizontal("has3", "has4", "has5") | (c("n") > most)
        none = (c("n") == 0, common.UNDETERMINED)
        return rule(*who[name], (bad, common.FAIL), none, open_, gone)

    def cost(*population):
        paid = c("user_cost_yuan")
        unknown = (paid.is_null(), common.UNDETERMINED)
        return rule(*population, (paid > 0, common.FAIL), open_, gone, unknown)

    def flag(name, column):
        unknown = (c(column).is_null(), common.UNDETERMINED)
        return rule(*who[name], (~c(column), common.FAIL), open_, gone, unknown)

    def papers(name):
        rest = (pl.lit(value=True), common.UNDETERMINED)
        return rule(*who[name], open_, gone, rest)

    def small(most, area=None):
        firm, size = c("micro_small"), c("capacity_kw")
        outside = [kind == "resident", ~firm, size > most]
        unknown = [firm.is_null(), size.is_null()]
        if area:
            outside.append(c("area") != area)
            unknown.append(c("area").is_null())
        return pl.any_horizontal(outside), pl.any_horizontal(unknown)

    stage = {name: limits for name, (_, limits) in common.STAGES.items()}
    return {
        "ind03": stages("other", stage["ind03"]), "ind04": stages("one", stage["ind04"]),
        "ind05": stages("two", stage["ind05"]), "ind06": whole("resident", 5),
        "ind07": whole("zero", 25), "ind08": steps("resident", 2),
        "ind09": steps("zero", 2), "ind10": steps("other", 3),
        "ind13": papers("lv"), "ind14": papers("hv"),
        "ind15": flag("hv", "nearest_connection"), "ind16": cost(*who["resident"]),
        "ind22": whole("zero", 20), "ind23": cost(*small(160, "urban")),
        "ind24": cost(*small(100, "rural")), "ind34": whole("zero", 15),
        "ind35": cost(*small(160)), "ind36": flag("all", "policy_notified"),
        "task38": cost(*who["zero"]),
    }  # fmt: skip


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))

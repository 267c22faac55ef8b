"""Hand-written SQL on DuckDB: one pass over the events by a hashed key, small joins."""

from __future__ import annotations

import sys
import time
from pathlib import Path

LEAVES_OUT = "rejects, disputes, evidence, findings, reasons; the other rules"

EVENTS = """
create temp table e as
with t as (
  select hash(case_id) as h, started_at::date as s, finished_at::date as f,
    case step when '用电申请' then 0 when '业务受理' then 1 when '答复供电方案' then 2
      when '设计文件审核' then 3 when '中间检查' then 4 when '竣工验收' then 5
      when '签订合同' then 6 when '装表' then 7 when '送电' then 8 else 15 end as p
  from read_parquet($events)
)
select h,
  max(case when p = 0 then s end) as start,
  max(case when p = 1 then f end) as acc_f,
  max(case when p = 2 then f end) as rep_f,
  max(case when p = 3 then s end) as d_s, max(case when p = 3 then f end) as d_f,
  max(case when p = 4 then s end) as i_s, max(case when p = 4 then f end) as i_f,
  max(case when p = 5 then f end) as k_f,
  max(case when p = 5 and f is not null then wd(s, f) end) as k_max,
  min(case when p = 5 and f is null then s end) as k_open,
  max(case when p = 6 then f end) as ctr_f,
  max(case when p = 8 then s end) as con_s, max(case when p = 8 then f end) as con_f,
  bit_or(1 << p) as steps,
  max(case when p between 1 and 8 then p else 0 end) as mo
from t group by h
"""
CASES = """
create temp table x as
select case_id, county_code, e.*, customer_type as ct, three_zero, source_count,
  capacity_kw, area, micro_small, user_cost_yuan as cost, policy_notified,
  nearest_connection,
  coalesce(business_type in ('new', 'increase'), true) as inside,
  coalesce(energised_at::date, con_f) as ended,
  case when ended is not null then 0 when withdrawn_at is not null then 2 else 1 end as st,
  coalesce(ended, withdrawn_at::date, $cutoff::date) as hor
from read_parquet($cases) c join e on hash(c.case_id) = e.h
"""
EXCUSED = """
create temp table fm as
with days as (
  select hash(case_id) as h, unnest(range(from_date, to_date + 1, interval 1 day))::date as d
  from read_parquet($suspensions)
  where reason = 'force_majeure' and evidence_id is not null
)
select h, count(distinct d)::int as fm
from days join x using (h) join calendar using (d)
where works and d > start and d <= hor
group by h
"""
WINDOWS = """
create temp table w as
select case_id, county_code, x.h, inside, st, ct, three_zero, source_count, capacity_kw,
  area, micro_small, cost, policy_notified, nearest_connection, steps,
  bit_count(steps & 318) as n,
  wd(start, hor) - coalesce(fm, 0) as wp,
  case when acc_f is not null then wd(start, acc_f)
    when st <> 0 and mo <= 1 then wd(start, hor) end as a_hi,
  a_hi as a_lo,
  case when rep_f is not null then wd(acc_f, rep_f)
    when st = 0 or mo > 2 then null
    when acc_f is null and mo <= 1 then 0 else wd(acc_f, hor) end as p_hi,
  p_hi as p_lo,
  case when d_s is null then 0 when d_f is not null then wd(d_s, d_f)
    when st <> 0 and mo <= 3 then wd(d_s, hor) end as d_hi,
  d_hi as d_lo,
  case when i_s is null then 0 when i_f is not null then wd(i_s, i_f)
    when st <> 0 and mo <= 4 then wd(i_s, hor) end as i_hi,
  i_hi as i_lo,
  case when steps & 32 = 0 then case when st <> 0 and mo <= 5 then 0 end
    when k_open is null then k_max
    when st <> 0 and mo <= 5 then greatest(k_max, wd(k_open, hor)) end as k_hi,
  coalesce(k_hi, k_max) as k_lo,
  greatest(k_f, ctr_f) as hv_from,
  k_f is not null and ctr_f is not null as hv_sure,
  coalesce(ctr_f, con_s) as lv_from,
  case when ct = 'hv' then
      case when st <> 0 and ((k_f is null and mo <= 5) or (ctr_f is null and mo <= 6)) then 0
        else wd(hv_from, hor) end
    when st <> 0 and lv_from is null and mo <= 6 then 0
    else wd(coalesce(lv_from, k_f, i_f, d_f, rep_f, acc_f), hor) end as c_hi,
  case when ct = 'hv' then
      case when st <> 0 and ((k_f is null and mo <= 5) or (ctr_f is null and mo <= 6)) then 0
        when hv_sure then wd(hv_from, hor) end
    when st <> 0 and lv_from is null and mo <= 6 then 0
    else wd(lv_from, hor) end as c_lo
from x left join fm using (h)
"""


def verdicts(common) -> dict[str, str]:
    """Return each rule as an expression over the windows."""
    low = "case when ct <> 'lv_nonresident' then 5"
    lv = {
        False: f"{low} when three_zero then 5 when three_zero is null then 3",
        True: f"{low} when not three_zero then 5 when three_zero is null then 3",
    }
    resident = "case when ct <> 'resident' then 5"
    hv = "case when ct <> 'hv' then 5"
    out = "when not inside then 4"
    small = (
        "case when ct = 'resident' or not micro_small or capacity_kw > {most}{area}"
        " then 5 when micro_small is null or capacity_kw is null{no_area} then 3"
    )
    area = {
        word: {"area": f" or area <> '{word}'", "no_area": " or area is null"}
        for word in ("urban", "rural")
    }
    anywhere = {"area": "", "no_area": ""}

    def whole(who: str, most: int) -> str:
        return f"{who} {out} when wp > {most} then 1 when st = 2 then 4 when st = 1 then 2 else 0 end"

    def stages(who: str, limits: dict[str, int]) -> str:
        over = " or ".join(f"coalesce({w}_lo > {n}, false)" for w, n in limits.items())
        within = " and ".join(
            f"coalesce({w}_hi <= {n}, false)" for w, n in limits.items()
        )
        return (
            f"{who} {out} when {over} then 1 when st = 2 then 4"
            f" when not ({within}) then 3 when st = 1 then 2 else 0 end"
        )

    def steps(who: str, most: int) -> str:
        return (
            f"{who} {out} when steps & 56 <> 0 then 1 when n > {most} then 1"
            " when n = 0 then 3 when st = 1 then 2 when st = 2 then 4 else 0 end"
        )

    def cost(who: str) -> str:
        return (
            f"{who} {out} when cost > 0 then 1 when st = 1 then 2 when st = 2 then 4"
            " when cost is null then 3 else 0 end"
        )

    def flag(who: str, name: str) -> str:
        return (
            f"{who} {out} when not {name} then 1 when st = 1 then 2 when st = 2 then 4"
            f" when {name} is null then 3 else 0 end"
        )

    def papers(who: str) -> str:
        return f"{who} {out} when st = 1 then 2 when st = 2 then 4 else 3 end"

    one = f"{hv} when source_count <> 1 then 5 when source_count is null then 3"
    two = f"{hv} when source_count = 1 then 5 when source_count is null then 3"
    return {
        "ind03": stages(lv[False], common.STAGES["ind03"][1]),
        "ind04": stages(one, common.STAGES["ind04"][1]),
        "ind05": stages(two, common.STAGES["ind05"][1]),
        "ind06": whole(resident, 5),
        "ind07": whole(lv[True], 25),
        "ind08": steps(resident, 2),
        "ind09": steps(lv[True], 2),
        "ind10": steps(lv[False], 3),
        "ind13": papers("case when ct = 'hv' then 5"),
        "ind14": papers(hv),
        "ind15": flag(hv, "nearest_connection"),
        "ind16": cost(resident),
        "ind22": whole(lv[True], 20),
        "ind23": cost(small.format(most=160, **area["urban"])),
        "ind24": cost(small.format(most=100, **area["rural"])),
        "ind34": whole(lv[True], 15),
        "ind35": cost(small.format(most=160, **anywhere)),
        "ind36": flag("case when false then 5", "policy_notified"),
        "task38": cost(lv[True]),
    }


def main(dump: Path, out: Path) -> float:
    """Judge the dump, write verdicts and counts; return the seconds inside."""
    import duckdb

    from benchmarks import common

    con = duckdb.connect()
    begin = time.perf_counter()
    con.execute("set preserve_insertion_order = false")
    con.execute(f"set temp_directory = '{out}'")
    con.execute(f"create temp table calendar as from '{dump.parent}/calendar.parquet'")
    con.execute("set variable cum = (select list(cum order by d) from calendar)")
    day = "getvariable('cum')[{0} - date '2019-01-01' + 1]"
    con.execute(f"create temp macro wd(a, b) as {day.format('b')} - {day.format('a')}")
    con.execute(EVENTS, {"events": f"{dump}/events.parquet"})
    asked = {"cases": f"{dump}/cases.parquet", "cutoff": str(common.CUTOFF)}
    con.execute(CASES, asked)
    (whole, distinct) = con.execute(
        "select count(*), count(distinct h) from x"
    ).fetchone()
    if whole != distinct:
        raise SystemExit("two cases have one hash")
    con.execute(EXCUSED, {"suspensions": f"{dump}/suspensions.parquet"})
    con.execute(WINDOWS)
    exprs = ", ".join(
        f"({expr})::utinyint as {rule}" for rule, expr in verdicts(common).items()
    )
    con.execute(f"create temp table v as select case_id, county_code, {exprs} from w")
    con.execute(f"copy (select * from v order by case_id) to '{out}/verdicts.parquet'")
    counts = ", ".join(
        f"countif({rule} = {code}) as {rule}_{code}"
        for rule in common.RULES
        for code in range(6)
    )
    con.execute(
        f"copy (select county_code, {counts} from v group by 1 order by 1)"
        f" to '{out}/rollup.parquet'"
    )
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))

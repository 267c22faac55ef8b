"""A plain Python loop over CSV with the standard library, as a script would do it."""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

LEAVES_OUT = "rejects, disputes, evidence, findings, reasons; the other rules"
DAY = timedelta(days=1)


def rows(path: Path):
    """Yield the rows of a CSV file as dictionaries."""
    with path.open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def day(text: str) -> date | None:
    """Return the day of a stamp; None if the cell is empty."""
    return date.fromisoformat(text[:10]) if text else None


class Judge:
    """Judges one case after the other."""

    def __init__(self, common, works: dict[date, int]) -> None:
        self.common, self.works = common, works

    def wd(self, a: date | None, b: date | None) -> int | None:
        """Return the working days in (a, b]."""
        return None if a is None or b is None else self.works[b] - self.works[a]

    def windows(self, case, events, pauses) -> dict:
        """Return the state of a case and the days of its windows: (lo, hi)."""
        at = defaultdict(list)
        for place, start, finish in events:
            at[place].append((start, finish))
        single = {p: stamps[0] for p, stamps in at.items() if p != 5}
        none = (None, None)
        start = single[0][0]
        acc, rep, ctr = (single.get(p, none)[1] for p in (1, 2, 6))
        con_s, con_f = single.get(8, none)
        mo = max(p for p in at if p <= 8)
        end = day(case["energised_at"]) or con_f
        gone = day(case["withdrawn_at"])
        st = 0 if end else 2 if gone else 1
        hor = end or gone or self.common.CUTOFF
        run, wd = st != 0, self.wd
        w = {"st": st, "has": set(at), "n": len({1, 2, 3, 4, 5, 8} & set(at))}
        w["wp"] = wd(start, hor) - self.excused(pauses, start, hor)
        a = wd(start, acc) if acc else wd(start, hor) if run and mo <= 1 else None
        if rep:
            p = wd(acc, rep)
        elif not run or mo > 2:
            p = None
        else:
            p = 0 if acc is None and mo <= 1 else wd(acc, hor)
        w["a"], w["p"] = (a, a), (p, p)
        for name, place in (("d", 3), ("i", 4)):
            s, f = single.get(place, none)
            days = 0 if s is None else wd(s, f) if f else None
            if days is None and run and mo <= place:
                days = wd(s, hor)
            w[name] = (days, days)
        w["k"], k_f = self.checks(at[5], run and mo <= 5, hor)
        d_f, i_f = single.get(3, none)[1], single.get(4, none)[1]
        if case["customer_type"] == "hv":
            known = [f for f in (k_f, ctr) if f]
            if run and ((k_f is None and mo <= 5) or (ctr is None and mo <= 6)):
                w["c"] = (0, 0)
            else:
                days = wd(max(known), hor) if known else None
                w["c"] = (days if len(known) == 2 else None, days)
        else:
            since = ctr or con_s
            if run and since is None and mo <= 6:
                w["c"] = (0, 0)
            else:
                early = since or k_f or i_f or d_f or rep or acc
                w["c"] = (wd(since, hor), wd(early, hor))
        return w

    def checks(self, rounds, early: bool, hor: date):
        """Return the days of the longest check, and when the last one ended."""
        if not rounds:
            return ((0, 0) if early else (None, None)), None
        done = [self.wd(s, f) for s, f in rounds if f]
        lo = max(done) if done else None
        finished = max((f for _, f in rounds if f), default=None)
        opened = [s for s, f in rounds if f is None]
        if not opened:
            return (lo, lo), finished
        if not early:
            return (lo, None), finished
        days = max([*done, self.wd(min(opened), hor)])
        return (days, days), finished

    def excused(self, pauses, start: date, end: date) -> int:
        """Return the evidenced working days inside (start, end]."""
        days = set()
        for first, last in pauses:
            while first <= last:
                days.add(first)
                first += DAY
        return sum(self.wd(d - DAY, d) for d in days if start < d <= end)

    def verdicts(self, case, w) -> list[int]:
        """Return the codes of the nineteen rules."""
        kind, zero = case["customer_type"], case["three_zero"]
        source, low = case["source_count"], case["customer_type"] == "lv_nonresident"
        inside = case["business_type"] in ("", "new", "increase")
        st, paid = w["st"], case["user_cost_yuan"]
        who = {
            "resident": 0 if kind == "resident" else 5,
            "zero": 5 if not low or zero == "false" else 0 if zero else 3,
            "other": 5 if not low or zero == "true" else 0 if zero else 3,
            "one": 5 if kind != "hv" or source not in ("", "1") else 0 if source else 3,
            "two": 5 if kind != "hv" or source == "1" else 0 if source else 3,
            "hv": 0 if kind == "hv" else 5,
            "lv": 5 if kind == "hv" else 0,
            "all": 0,
        }
        later = {0: 0, 1: 2, 2: 4}[st]

        def let(population: int, verdict: int) -> int:
            return population or (verdict if inside else 4)

        def whole(name, most):
            return let(who[name], 1 if w["wp"] > most else later)

        def stages(name, limits):
            pairs = [(w[window], most) for window, most in limits.items()]
            if any(lo is not None and lo > most for (lo, _), most in pairs):
                return let(who[name], 1)
            if st == 2:
                return let(who[name], 4)
            known = all(hi is not None and hi <= most for (_, hi), most in pairs)
            return let(who[name], later if known else 3)

        def steps(name, most):
            if w["has"] & {3, 4, 5} or w["n"] > most:
                return let(who[name], 1)
            return let(who[name], later if w["n"] else 3)

        def cost(population):
            if paid and float(paid) > 0:
                return let(population, 1)
            return let(population, later or (0 if paid else 3))

        def said(name, column):
            if case[column] == "false":
                return let(who[name], 1)
            return let(who[name], later or (0 if case[column] else 3))

        def small(most, area=None):
            firm, size = case["micro_small"], case["capacity_kw"]
            if kind == "resident" or firm == "false" or (size and float(size) > most):
                return 5
            if area and case["area"] not in ("", area):
                return 5
            return 0 if firm and size and (not area or case["area"]) else 3

        stage = {name: limits for name, (_, limits) in self.common.STAGES.items()}
        return [
            stages("other", stage["ind03"]), stages("one", stage["ind04"]),
            stages("two", stage["ind05"]), whole("resident", 5), whole("zero", 25),
            steps("resident", 2), steps("zero", 2), steps("other", 3),
            let(who["lv"], later or 3), let(who["hv"], later or 3),
            said("hv", "nearest_connection"), cost(who["resident"]), whole("zero", 20),
            cost(small(160, "urban")), cost(small(100, "rural")), whole("zero", 15),
            cost(small(160)), said("all", "policy_notified"), cost(who["zero"]),
        ]  # fmt: skip


def main(dump: Path, out: Path) -> float:
    """Judge the dump, write verdicts and counts; return the seconds inside."""
    from benchmarks import common

    begin = time.perf_counter()
    works = {day(r["d"]): int(r["cum"]) for r in rows(dump.parent / "calendar.csv")}
    judge = Judge(common, works)
    events, pauses = defaultdict(list), defaultdict(list)
    for row in rows(dump / "events.csv"):
        place = common.STEPS.get(row["step"], common.OTHER_STEP)
        stamps = (place, day(row["started_at"]), day(row["finished_at"]))
        events[row["case_id"]].append(stamps)
    for row in rows(dump / "suspensions.csv"):
        if row["reason"] == "force_majeure" and row["evidence_id"]:
            pauses[row["case_id"]].append((day(row["from_date"]), day(row["to_date"])))
    counts = defaultdict(lambda: [[0] * 6 for _ in common.RULES])
    with (out / "verdicts.csv").open("w", newline="", encoding="utf-8") as handle:
        write = csv.writer(handle)
        write.writerow(["case_id", "county_code", *common.RULES])
        for case in rows(dump / "cases.csv"):
            name = case["case_id"]
            windows = judge.windows(case, events[name], pauses.get(name, ()))
            found = judge.verdicts(case, windows)
            write.writerow([name, case["county_code"], *found])
            county = counts[case["county_code"]]
            for at, code in enumerate(found):
                county[at][code] += 1
    with (out / "rollup.csv").open("w", newline="", encoding="utf-8") as handle:
        write = csv.writer(handle)
        for county in sorted(counts):
            write.writerow([county, *(n for rule in counts[county] for n in rule)])
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))

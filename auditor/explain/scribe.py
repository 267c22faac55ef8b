"""What the facts of one case rest on: bounds, days counted, the stamps behind them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from auditor.explain.argument import Bound, Ruling, Span, Witness
from auditor.explain.evidence import Row, place_of, seen
from auditor.frames import Load
from auditor.judge import WORST
from auditor.kernel import Rules
from auditor.measure import longest_round, whole_windows, witnesses
from auditor.origins import kept_tables
from auditor.pack import Limit, Rule

Days = tuple[date | None, date | None]


class Scribe:
    """Lays out what the facts of one case rest on; it counts days, it judges nothing.

    Args:
        rules: the pack, the calendar that counts days, cut-off and period.
        facts: the one row of the case, as it was measured.
        load: gives the accepted rows of the case by table.
    """

    def __init__(self, rules: Rules, facts: pl.DataFrame, load: Load) -> None:
        self.rules = rules
        self.pack, self.calendar, _ = rules
        self.facts = facts.row(0, named=True)
        self.load = load
        self.doubts: tuple[str, ...] = ()

    def doubt(self, verdicts: Row) -> None:
        """Take in which signals of the highest severity stand against a pass."""
        self.doubts = tuple(
            rule.id
            for rule in self.pack.case_rules
            if rule.is_signal
            and verdicts[rule.id] == "fail"
            and any(
                self.facts[f"{rule.id}_sign{number}"] and sign.severity == WORST
                for number, sign in enumerate(rule.signs)
            )
        )

    def rows(self) -> tuple[dict[str, Any], ...]:
        """Return the accepted rows of the case with their file and row."""
        return tuple(
            {"table": table, **place_of(row), **_cells(row)}
            for table in kept_tables(self.pack)
            for row in self._of(table)
        )

    def side(self, table: str | None) -> tuple[dict[str, Any], ...]:
        """Return the rows of a side table with their file and row; none without one."""
        if table is None:
            return ()
        return tuple({**row, **place_of(row)} for row in self._of(table))

    def ruling(self, rule: Rule, verdict: str, reason: str | None) -> Ruling:
        """Return one rule's ruling with the spans that it compares."""
        told = verdict != "not_applicable"
        spans = tuple(self._span(rule, fact) for fact in rule.facts) if told else ()
        doubts = self.doubts if verdict == "pass" and rule.can_be_doubted else ()
        signs = seen(rule, self.facts, self.load) if told else ()
        return Ruling(rule, verdict, reason, self._in_force(rule), spans, signs, doubts)

    def _binding(self, rule: Rule, fact: str) -> Limit:
        """Return the limit that judges the case: an amendment if it surely applies."""
        chosen, *amendments = rule.limits_on(fact)
        start = self.facts["start_lo"]
        for limit in amendments:
            if start is not None and limit.since is not None and start >= limit.since:
                chosen = limit
        return chosen

    def _span(self, rule: Rule, fact: str) -> Span:
        limit = self._binding(rule, fact)
        low, high = self._bounds(rule, fact)
        start, end, edges = witnesses(self.pack, fact, self.facts)
        if end == start == (None, None):
            events = self.load("events")
            start, end = longest_round((self.facts, events), self.rules, fact)
        if limit.column is not None:
            low, high = end
            edges = (*edges, f"cases.{limit.column}")
        counted, skipped = self._days(start, end)
        return Span(
            fact=fact,
            limit=self._limit(limit),
            since=limit.since,
            in_force_from=limit.in_force_from,
            law=limit.source,
            low=low,
            high=high,
            start=start,
            end=end,
            counted=counted,
            skipped=skipped,
            excused=self._excused(fact),
            witnesses=self._stamps(edges),
        )

    def _days(
        self, start: Days, end: Days
    ) -> tuple[tuple[date, ...], tuple[tuple[date, str, str], ...]]:
        """Return the days from the latest start to the earliest end: counted, not."""
        if start[1] is None or end[0] is None:
            return (), ()
        days = self.calendar.days_between(start[1], end[0])
        counted = tuple(day.day for day in days if day.worked)
        skipped = [(one.day, one.reason, one.notice) for one in days if not one.worked]
        return counted, tuple(skipped)

    def _excused(self, fact: str) -> tuple[int, int]:
        if fact not in whole_windows(self.pack):
            return 0, 0
        least, most = (self.facts.get(f"force_majeure_{n}") for n in ("least", "most"))
        return least or 0, most or 0

    def _limit(self, limit: Limit) -> Bound:
        return self.facts[limit.column] if limit.column else limit.value

    def _bounds(self, rule: Rule, fact: str) -> tuple[Bound, Bound]:
        if rule.kind == "steps":
            return self.facts["step_count"], self.facts["step_count"]
        if rule.kind == "cost":
            return self.facts["cost_lo"], self.facts["cost_hi"]
        if f"{fact}_lo" not in self.facts:
            return None, None
        proven = (self.facts[f"{fact}_{part}"] for part in ("lo", "run"))
        known = [days for days in proven if days is not None]
        return max(known, default=None), self.facts[f"{fact}_hi"]

    def _in_force(self, rule: Rule) -> bool | None:
        since = rule.limits[0].in_force_from if rule.limits else rule.in_force_from
        low, high = self.facts["start_lo"], self.facts["start_hi"]
        if since is None or high is None:
            return None
        if low is not None and low >= since:
            return True
        return False if high < since else None

    def _stamps(self, edges: tuple[str, ...]) -> tuple[Witness, ...]:
        return tuple(one for edge in edges for one in self._behind(edge))

    def _behind(self, edge: str) -> Iterator[Witness]:
        """Yield the stamps behind one edge, in the order of their rows."""
        owner, _, name = edge.partition(".")
        on_cases = owner == "cases"
        stamp = "started_at" if name == "started" else "finished_at"
        column = name if on_cases else stamp
        for row in self._of("cases" if on_cases else "events"):
            day = row.get(column)
            if day is None or not (on_cases or row["step"] == owner):
                continue
            what = column if on_cases else f"{row['raw_step']}·{column}"
            yield Witness(edge, day, **place_of(row), what=what)

    def _of(self, table: str) -> Iterator[Row]:
        return self.load(table).iter_rows(named=True)


def _cells(row: Row) -> dict[str, Any]:
    """Return the filled cells of a row, without what the engine keeps beside them."""
    return {
        name: value
        for name, value in row.items()
        if value is not None and not name.startswith("_") and not name.endswith("_tod")
    }

"""The full argument for one case: its rows re-judged by the same code, laid out to check by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from auditor.errors import AuditError
from auditor.judge import judge
from auditor.measure import (
    facts_out,
    longest_round,
    measure,
    whole_windows,
    witnesses,
)
from auditor.origins import EVIDENCE, kept_tables
from auditor.pack import Limit, Pack, Rule, load_pack
from auditor.runs import read_manifest
from auditor.settings import Clock
from auditor.workdays import Calendar, PlainCalendar, load_calendar


@dataclass(frozen=True, slots=True)
class Witness:
    """One stamp behind an edge: which row of which file says so."""

    edge: str
    date: date | None
    source: str
    row: int
    what: str


@dataclass(frozen=True, slots=True)
class Span:
    """One compared fact: its limit, its bounds, the days counted and not counted.

    Where the limit is a date of the case, so are the bounds of the fact. ``excused``
    bounds the working days of force majeure that were taken off: ``low`` is the number
    of days counted less the most of them.
    """

    fact: str
    limit: float | date | None
    since: date | None
    in_force_from: date | None
    law: str
    low: float | date | None
    high: float | date | None
    start: tuple[date | None, date | None]
    end: tuple[date | None, date | None]
    counted: tuple[date, ...]
    skipped: tuple[tuple[date, str, str], ...]
    excused: tuple[int, int]
    witnesses: tuple[Witness, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """One rule on the case: the verdict, why, and what it rests on."""

    rule: Rule
    verdict: str
    reason: str | None
    in_force: bool | None
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """Everything there is to say about one case.

    ``keys`` and ``facts`` are its rows of the tables of those names (``keys`` without
    the verdicts); ``rows`` are its accepted rows of cases and events, each with file
    and row; ``rulings`` hold verdict, reason and the days behind each compared fact.
    """

    case_id: str
    keys: dict[str, Any]
    facts: dict[str, Any]
    clock: Clock
    pack: Pack
    rows: tuple[dict[str, Any], ...]
    rejects: tuple[dict[str, Any], ...]
    suspensions: tuple[dict[str, Any], ...]
    fees: tuple[dict[str, Any], ...]
    rulings: tuple[Ruling, ...] = field(default=())


def explain(folder: Path, case_id: str, rule_id: str | None = None) -> Argument:
    """Return the argument for one case of a finished run.

    The case's accepted rows are read from the run folder and judged again by the
    same functions; the outcome must equal what the run recorded. ``rulings`` has one
    entry a rule, in the order of the pack, or only that of ``rule_id``.

    Raises:
        AuditError: AUD501 not a finished run, AUD502 no such case, AUD503 the run was
            made with another pack, AUD504 no such rule, AUD505 kept without evidence,
            AUD590 the case does not come out as recorded.
    """
    manifest = read_manifest(folder)
    pack = pack_of(manifest)
    calendar = (
        load_calendar(pack.calendar_folder) if pack.calendar_folder else PlainCalendar()
    )
    clock = clock_of(manifest)
    recorded = _rows(folder / "verdicts.parquet", case_id)
    if recorded.is_empty():
        raise AuditError("AUD502", case=case_id, folder=folder)
    if rule_id is not None and rule_id not in {rule.id for rule in pack.case_rules}:
        raise AuditError(
            "AUD504", rule=rule_id, known=", ".join(r.id for r in pack.case_rules)
        )
    load = _loader(folder, case_id)
    facts = measure(load, pack, calendar, clock)
    verdicts = judge(facts, pack)
    _must_agree(recorded, verdicts, case_id)
    scribe = Scribe((pack, calendar, clock), facts, load)
    row = verdicts.row(0, named=True)
    rulings = [
        scribe.ruling(rule, row[rule.id], row[f"{rule.id}_reason"])
        for rule in pack.case_rules
        if rule_id in (None, rule.id)
    ]
    return Argument(
        case_id=case_id,
        keys={name: row[name] for name in verdicts.columns[:7]},
        facts=facts_out(facts, pack).row(0, named=True),
        clock=clock,
        pack=pack,
        rows=scribe.rows(),
        rejects=tuple(_rows(folder / "rejects.parquet", case_id).iter_rows(named=True)),
        suspensions=scribe.plain("suspensions"),
        fees=scribe.plain("fees"),
        rulings=tuple(rulings),
    )


def pack_of(manifest: dict[str, Any]) -> Pack:
    """Return the pack that a run was made with; another content is refused (AUD503)."""
    said = manifest["pack"]
    pack = load_pack(manifest["parameters"]["rules"])
    if pack.digest != said["digest"]:
        raise AuditError(
            "AUD503", pack=pack.id, was=said["digest"][:12], now=pack.digest[:12]
        )
    return pack


def clock_of(manifest: dict[str, Any]) -> Clock:
    """Return the cut-off and period that a run used."""
    period = manifest["period"]
    days = (
        (date.fromisoformat(period[0]), date.fromisoformat(period[1]))
        if period
        else None
    )
    cutoff = date.fromisoformat(manifest["cutoff"]["date"])
    return Clock(cutoff, days, bool(manifest["cutoff"]["derived"]))


def _rows(path: Path, case_id: str) -> pl.DataFrame:
    return (
        pl.scan_parquet(path, glob=False).filter(pl.col("case_id") == case_id).collect()
    )


def _loader(folder: Path, case_id: str) -> Callable[[str], pl.DataFrame]:
    @cache
    def load(table: str) -> pl.DataFrame:
        path = folder / EVIDENCE / f"{table}.parquet"
        if not path.is_file():
            raise AuditError("AUD505", folder=folder)
        return _rows(path, case_id)

    return load


def _must_agree(recorded: pl.DataFrame, again: pl.DataFrame, case_id: str) -> None:
    texts = [
        frame.select(pl.all().cast(pl.String)).row(0) for frame in (recorded, again)
    ]
    if texts[0] != texts[1]:
        raise AuditError("AUD590", case=case_id)


class Scribe:
    """Lays out what the facts of one case rest on; it counts days, it judges nothing."""

    def __init__(
        self,
        rules: tuple[Pack, Calendar, Clock],
        facts: pl.DataFrame,
        load: Callable[[str], pl.DataFrame],
    ) -> None:
        self.rules = rules
        self.pack, self.calendar, _ = rules
        self.facts = facts.row(0, named=True)
        self.load = load

    def rows(self) -> tuple[dict[str, Any], ...]:
        """Return the accepted rows of the case with their file and row."""
        found = []
        for table in kept_tables(self.pack):
            for row in self.load(table).iter_rows(named=True):
                cells = {
                    k: v
                    for k, v in row.items()
                    if v is not None
                    and not k.startswith("_")
                    and not k.endswith("_tod")
                }
                found.append(
                    {
                        "table": table,
                        "source": self._name(row),
                        "row": row["_row"],
                        **cells,
                    }
                )
        return tuple(found)

    def plain(self, table: str) -> tuple[dict[str, Any], ...]:
        """Return the rows of a side table with their file and row."""
        if table not in self.pack.tables:
            return ()
        return tuple(
            {**row, "source": self._name(row), "row": row["_row"]}
            for row in self.load(table).iter_rows(named=True)
        )

    def ruling(self, rule: Rule, verdict: str, reason: str | None) -> Ruling:
        """Return one rule's ruling with the spans that it compares."""
        told = verdict != "not_applicable"
        spans = tuple(self._span(rule, fact) for fact in rule.facts) if told else ()
        return Ruling(rule, verdict, reason, self._in_force(rule), spans)

    def _span(self, rule: Rule, fact: str) -> Span:
        limit = rule.limits_on(fact)[0]
        low, high = self._bounds(rule, fact)
        start, end, edges = witnesses(self.pack, fact, self.facts)
        if end == start == (None, None):
            events = self.load("events")
            start, end = longest_round((self.facts, events), self.rules, fact)
        if limit.column is not None:
            low, high = end
            edges = (*edges, f"cases.{limit.column}")
        counted: tuple[date, ...] = ()
        skipped: tuple[tuple[date, str, str], ...] = ()
        if start[1] is not None and end[0] is not None:
            days = self.calendar.days_between(start[1], end[0])
            counted = tuple(day.day for day in days if day.worked)
            skipped = tuple(
                (day.day, day.reason, day.notice) for day in days if not day.worked
            )
        return Span(
            fact, self._limit(limit), limit.since, limit.in_force_from, limit.source,
            low, high, start, end, counted, skipped, self._excused(fact), self._stamps(edges),
        )  # fmt: skip

    def _excused(self, fact: str) -> tuple[int, int]:
        if fact not in whole_windows(self.pack):
            return 0, 0
        least, most = (self.facts.get(f"force_majeure_{n}") for n in ("least", "most"))
        return least or 0, most or 0

    def _limit(self, limit: Limit) -> float | date | None:
        return self.facts[limit.column] if limit.column else limit.value

    def _bounds(
        self, rule: Rule, fact: str
    ) -> tuple[float | date | None, float | date | None]:
        if rule.kind == "steps":
            return self.facts["step_count"], self.facts["step_count"]
        if rule.kind == "cost":
            return self.facts["cost_lo"], self.facts["cost_hi"]
        if f"{fact}_lo" not in self.facts:
            return None, None
        parts = [
            v
            for v in (self.facts[f"{fact}_lo"], self.facts[f"{fact}_run"])
            if v is not None
        ]
        return (max(parts) if parts else None), self.facts[f"{fact}_hi"]

    def _in_force(self, rule: Rule) -> bool | None:
        since = rule.limits[0].in_force_from if rule.limits else rule.in_force_from
        low, high = self.facts["start_lo"], self.facts["start_hi"]
        if since is None or high is None:
            return None
        if low is not None and low >= since:
            return True
        return False if high < since else None

    def _stamps(self, edges: tuple[str, ...]) -> tuple[Witness, ...]:
        found = []
        for edge in edges:
            owner, _, name = edge.partition(".")
            if owner == "cases":
                found += [
                    self._witness(edge, row, row[name], name)
                    for row in self._of("cases")
                ]
                continue
            column = "started_at" if name == "started" else "finished_at"
            rows = [row for row in self._of("events") if row["step"] == owner]
            found += [
                self._witness(edge, row, row.get(column), f"{row['raw_step']}·{column}")
                for row in rows
            ]
        return tuple(w for w in found if w.date is not None)

    def _of(self, table: str) -> list[dict[str, Any]]:
        return list(self.load(table).iter_rows(named=True))

    def _witness(
        self, edge: str, row: dict[str, Any], day: date | None, what: str
    ) -> Witness:
        return Witness(edge, day, self._name(row), row["_row"], what)

    def _name(self, row: dict[str, Any]) -> str:
        return str(row["_source"])

"""Run the examples of rule pages through the same compiled rules as real cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from auditor.frames.columns import Dtype, dtypes
from auditor.judge.between import judge_between
from auditor.judge.compile import Compiler
from auditor.judge.projects import judge_projects
from auditor.pack import END_ON, Example, Pack, Rule

LOST = ("lost_started_at", "lost_finished_at", "lost_round", "lost_result")
DEFAULT_START = date(2023, 1, 3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one example got, beside what its page expects."""

    rule: Rule
    example: Example
    verdict: str
    reason: str | None

    @property
    def agrees(self) -> bool:
        """Whether the verdict, and the reason if the page names one, came out."""
        same = self.verdict == self.example.expect
        return same and self.example.reason in (None, self.reason)


def run_examples(pack: Pack) -> list[Outcome]:
    """Judge every ``[[case]]`` that gives facts; one outcome each, in page order.

    Rules on signs give rows: `auditor.rehearsal` measures and judges those.
    """
    outcomes = []
    for rule in pack.rules:
        if rule.examples and not rule.signs:
            judged = _judged(pack, rule).iter_rows()
            outcomes += [
                Outcome(rule, example, verdict, reason)
                for example, (verdict, reason) in zip(
                    rule.examples, judged, strict=True
                )
            ]
    return outcomes


def _judged(pack: Pack, rule: Rule) -> pl.DataFrame:
    """Return verdict and reason of the examples of one rule, a row each."""
    if rule.subject == "between_runs":
        return judge_between(rule, [e.given for e in rule.examples])
    if rule.subject == "project":
        facts = pl.concat([project_of(e.given) for e in rule.examples])
        return judge_projects(facts, pack).select(rule.id, f"{rule.id}_reason")
    compiler = Compiler(pack)
    facts = pl.concat([facts_of(pack, e.given) for e in rule.examples])
    return facts.select(compiler.columns(rule)).select(compiler.code.words(rule.id))


class _Row:
    """One row of facts in the making: values and the types of their columns."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.schema: dict[str, Dtype] = {}

    def put(self, value: object, dtype: Dtype, *names: str) -> None:
        for name in names:
            self.values[name], self.schema[name] = value, dtype

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame([self.values], schema=self.schema)


def facts_of(pack: Pack, given: Mapping[str, Any]) -> pl.DataFrame:
    """Return the one-row facts frame of an example.

    A window given as a number is known exactly; ``<window>_lo`` and ``_hi`` bound it,
    ``<window>_running = true`` says that it still runs; a window not given is unknown.
    ``steps`` lists canonical steps on record; any other key is a column of ``cases``.
    """
    row = _Row()
    kinds = dtypes(pack.tables["cases"])
    for column in pack.tables["cases"].columns:
        row.put(given.get(column), kinds[column], column)
    _put_clock(row, given)
    _put_events(row, pack, given)
    state = str(row.values["end_state"])
    for window in pack.window_ids:
        _put_window(row, window, given, running=state in ("open", "withdrawn"))
    for rule in pack.case_rules:
        if rule.kind == "documents":
            _put_documents(row, rule, given.get("documents", {}))
    cost = given.get(pack.cost.column) if pack.cost else None
    row.put(cost, pl.Float64, "cost_lo", "cost_hi")
    row.put("cost_missing" if cost is None else None, pl.String, "cost_reason")
    return row.frame()


def _put_clock(row: _Row, given: Mapping[str, Any]) -> None:
    row.put(given.get("end_state", "energised"), pl.String, "end_state")
    row.put(given.get("end_reason", "no_end_date"), pl.String, "end_reason")
    row.put(given.get("gate"), pl.String, "gate")
    row.put(given.get("start", DEFAULT_START), pl.Date, "start_lo", "start_hi")
    ends = ("end_lo", "end_hi", "horizon_lo", "horizon_hi")
    row.put(given.get(END_ON), pl.Date, *ends)


def _put_events(row: _Row, pack: Pack, given: Mapping[str, Any]) -> None:
    sides = (f"_bad_{table}" for table in pack.side_tables)
    row.put(0, pl.UInt64, "_bad", *sides, "lost_tables", "unread_tables", *LOST)
    row.put(pack.steps.mask(tuple(given.get("steps", ()))), pl.UInt64, "named")
    row.put(given.get("n_events", 1), pl.UInt64, "n_events")
    row.put(given.get("step_count", 0), pl.UInt32, "step_count")


def _put_documents(row: _Row, rule: Rule, asked: Mapping[str, Any]) -> None:
    extra = any(
        set(names) - set(rule.documents.get(step, ())) for step, names in asked.items()
    )
    known = rule.required_step is None or rule.required_step in asked
    row.put(extra, pl.Boolean, f"{rule.id}_extra")
    row.put(known, pl.Boolean, f"{rule.id}_known")


def _put_window(
    row: _Row, window: str, given: Mapping[str, Any], *, running: bool
) -> None:
    value = given.get(window)
    lo, hi = given.get(f"{window}_lo", value), given.get(f"{window}_hi", value)
    runs = bool(given.get(f"{window}_running", running))
    proven = 0 if runs or lo is None else lo
    row.put(proven, pl.Int32, f"{window}_lo", f"{window}_by")
    row.put(lo if runs else None, pl.Int32, f"{window}_run")
    row.put(hi, pl.Int32, f"{window}_hi")


def project_of(given: Mapping[str, Any]) -> pl.DataFrame:
    """Return the one-row facts frame of an example on an approval project."""
    row = _Row()
    voltage = given.get("voltage_kv")
    row.put("example", pl.String, "project_id")
    row.put(None, pl.String, "county_code")
    row.put(DEFAULT_START, pl.Date, "first")
    row.put(None if voltage is None else float(voltage), pl.Float64, "voltage_kv")
    flags = dict.fromkeys(("begun", "dated", "ordered"), True)
    flags |= dict.fromkeys(("decision_lost", "rejected"), False)
    flags["running"] = bool(given.get("running", False))
    for name, flag in flags.items():
        row.put(flag, pl.Boolean, name)
    row.put(given.get("approval"), pl.Int32, "approval_lo", "approval_hi")
    return row.frame()

"""Run the examples of rule pages through the same compiled rules as real cases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from auditor.frames.columns import Dtype, dtypes
from auditor.judge.between import judge_between
from auditor.judge.compile import Compiler
from auditor.judge.findings import binding
from auditor.judge.projects import judge_projects, project_binding
from auditor.pack import END_ON, Example, Pack, Rule

LOST = ("lost_started_at", "lost_finished_at", "lost_round", "lost_result")
DEFAULT_START = date(2023, 1, 3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one example got, beside what its page expects.

    ``in_force`` says whether what was asked was binding on the application; null
    where that is unknown, or the rule has no date (12).
    """

    rule: Rule
    example: Example
    verdict: str
    reason: str | None
    in_force: bool | None = None

    @property
    def agrees(self) -> bool:
        """Whether the verdict came out, and what else the page names."""
        said = self.example
        same = self.verdict == said.expect and said.reason in (None, self.reason)
        return same and said.in_force in (None, self.in_force)


def run_examples(pack: Pack, rules: Sequence[Rule]) -> list[Outcome]:
    """Judge every ``[[case]]`` that gives facts; one outcome each, rule by rule.

    Rules of one page may differ, as long as their ids do: they are judged together.
    Rules on signs give rows: `auditor.rehearsal` measures and judges those.
    """
    pages: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.examples and not rule.signs:
            pages.setdefault(rule.page, []).append(rule)
    judged = {
        rule.id: table
        for mine in pages.values()
        for rule, table in zip(mine, _judged(pack, mine), strict=True)
    }
    return [
        Outcome(rule, example, *answer)
        for rule in rules
        if rule.id in judged
        for example, answer in zip(
            rule.examples, judged[rule.id].iter_rows(), strict=True
        )
    ]


def answers(rule: Rule, in_force: pl.Expr) -> Iterator[pl.Expr]:
    """Return the columns of one answer: verdict, reason, and whether it was binding."""
    for name in (rule.id, f"{rule.id}_reason"):
        yield pl.col(name).cast(pl.String)
    yield in_force.cast(pl.Boolean).alias(f"{rule.id}_in_force")


def _judged(pack: Pack, forms: Sequence[Rule]) -> list[pl.DataFrame]:
    """Return verdict, reason and force of the examples of one page, a frame a form."""
    first, mine = forms[0], replace(pack, rules=tuple(forms))
    given = [one.given for one in first.examples]
    if first.subject == "between_runs":
        nothing = pl.lit(None, pl.Boolean)
        tables = [judge_between(rule, given) for rule in forms]
        return [
            table.select(answers(rule, nothing))
            for rule, table in zip(forms, tables, strict=True)
        ]
    if first.subject == "project":
        facts = pl.concat([project_of(one) for one in given])
        both = facts.hstack(
            judge_projects(facts, mine).drop("project_id", "county_code")
        )
        return [both.select(answers(rule, project_binding(rule))) for rule in forms]
    compiler = Compiler(mine)
    facts = pl.concat([facts_of(mine, one) for one in given])
    codes = facts.with_columns(e for rule in forms for e in compiler.columns(rule))
    words = codes.with_columns(
        e for rule in forms for e in compiler.code.words(rule.id)
    )
    return [words.select(answers(rule, binding(rule))) for rule in forms]


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
    row.put(given.get("start", DEFAULT_START), pl.Date, "first")
    row.put(None if voltage is None else float(voltage), pl.Float64, "voltage_kv")
    flags = dict.fromkeys(("begun", "dated", "ordered"), True)
    flags |= dict.fromkeys(("decision_lost", "rejected"), False)
    flags["running"] = bool(given.get("running", False))
    for name, flag in flags.items():
        row.put(flag, pl.Boolean, name)
    row.put(given.get("approval"), pl.Int32, "approval_lo", "approval_hi")
    return row.frame()

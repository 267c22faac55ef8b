"""Run the worked examples of rule pages through the same compiled rules as real cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from auditor.judge.compile import END_ON, Compiler
from auditor.judge.projects import judge_projects
from auditor.pack import Example, Pack, Rule

TYPES = {
    "id": pl.String, "text": pl.String, "word": pl.String, "bool": pl.Boolean,
    "number": pl.Float64, "integer": pl.Int64, "date": pl.Date,
}  # fmt: skip
MASKS = ("named", "_bad", "_bad_fees", "_bad_suspensions", "lost_tables", "n_events")
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
    """Judge every ``[[case]]`` of a pack; one outcome each, in page order."""
    compiler = Compiler(pack)
    outcomes = []
    for rule in pack.rules:
        if not rule.examples:
            continue
        if rule.subject == "project":
            facts = pl.concat([project_of(e.given) for e in rule.examples])
            judged = judge_projects(facts, pack).select(rule.id, f"{rule.id}_reason")
        else:
            facts = pl.concat([facts_of(pack, e.given) for e in rule.examples])
            judged = facts.select(compiler.columns(rule)).select(
                compiler.code.words(rule.id)
            )
        words = zip(
            *(judged.get_column(name).to_list() for name in judged.columns), strict=True
        )
        outcomes += [
            Outcome(rule, example, verdict, reason)
            for example, (verdict, reason) in zip(rule.examples, words, strict=True)
        ]
    return outcomes


def facts_of(pack: Pack, given: Mapping[str, Any]) -> pl.DataFrame:
    """Return the one-row facts frame of an example.

    A window given as a number is known exactly; ``<window>_lo`` and ``_hi`` bound it,
    ``<window>_running = true`` says that it still runs; a window not given is unknown.
    ``steps`` lists canonical steps on record; any other key is a column of ``cases``.
    """
    row: dict[str, Any] = {}
    schema: dict[str, Any] = {}

    def put(name: str, value: object, dtype: Any) -> None:  # noqa: ANN401
        row[name], schema[name] = value, dtype

    for column in pack.tables["cases"].columns.values():
        put(column.name, given.get(column.name), TYPES[column.type])
    for name in (*MASKS, *LOST):
        put(name, 0, pl.UInt64)
    row["named"] = pack.steps.mask(tuple(given.get("steps", ())))
    row["n_events"] = given.get("n_events", 1)
    state = given.get("end_state", "energised")
    put("end_state", state, pl.String)
    put("end_reason", given.get("end_reason", "no_end_date"), pl.String)
    put("gate", given.get("gate"), pl.String)
    started = given.get("start", DEFAULT_START)
    for name in ("start_lo", "start_hi"):
        put(name, started, pl.Date)
    end = given.get(END_ON)
    for name in ("end_lo", "end_hi", "horizon_lo", "horizon_hi"):
        put(name, end, pl.Date)
    for window in pack.window_ids:
        _put_window(put, window, given, running=state in ("open", "withdrawn"))
    for rule in pack.case_rules:
        if rule.kind == "documents":
            _put_documents(put, rule, given.get("documents", {}))
    put("step_count", given.get("step_count", 0), pl.UInt32)
    cost = given.get("user_cost_yuan")
    for name in ("cost_lo", "cost_hi"):
        put(name, cost, pl.Float64)
    put("cost_reason", "cost_missing" if cost is None else None, pl.String)
    return pl.DataFrame([row], schema=schema)


def project_of(given: Mapping[str, Any]) -> pl.DataFrame:
    """Return the one-row facts frame of an example on an approval project."""
    span = given.get("approval")
    voltage = given.get("voltage_kv")
    return pl.DataFrame(
        {
            "project_id": ["example"], "county_code": [None], "first": [DEFAULT_START],
            "voltage_kv": [None if voltage is None else float(voltage)],
            "begun": [True], "dated": [True], "ordered": [True], "decision_lost": [False],
            "rejected": [False], "running": [bool(given.get("running", False))],
            "approval_lo": [span], "approval_hi": [span],
        },
        schema_overrides={"voltage_kv": pl.Float64, "approval_lo": pl.Int32, "approval_hi": pl.Int32},
    )  # fmt: skip


def _put_documents(put: Any, rule: Rule, asked: Mapping[str, Any]) -> None:  # noqa: ANN401
    extra = any(
        set(names) - set(rule.documents.get(step, ())) for step, names in asked.items()
    )
    put(f"{rule.id}_extra", extra, pl.Boolean)
    put(
        f"{rule.id}_known",
        rule.required_step is None or rule.required_step in asked,
        pl.Boolean,
    )


def _put_window(
    put: Any, window: str, given: Mapping[str, Any], *, running: bool
) -> None:
    value = given.get(window)
    lo, hi = given.get(f"{window}_lo", value), given.get(f"{window}_hi", value)
    running = bool(
        given.get(f"{window}_running", running and f"{window}_running" not in given)
    )
    for part in ("lo", "by"):
        put(f"{window}_{part}", 0 if running or lo is None else lo, pl.Int32)
    put(f"{window}_run", lo if running else None, pl.Int32)
    put(f"{window}_hi", hi, pl.Int32)

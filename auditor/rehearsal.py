"""Run every example of a pack: those that give facts, and those that give rows."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from auditor.across import recorded
from auditor.frames import DELIVERED, LOST, dtypes
from auditor.judge import Outcome, judge
from auditor.judge import run_examples as run_facts
from auditor.kernel import calendar_of
from auditor.measure import measure
from auditor.pack import Example, Pack, Rule
from auditor.settings import Clock
from auditor.vocabulary import UNMAPPED

CUTOFF = date(2023, 12, 31)
CASE = {"case_id": "", "county_code": "X", "business_type": "new"}
Numbered = tuple[str, Rule, Example]


def run_examples(pack: Pack) -> list[Outcome]:
    """Judge every ``[[case]]`` of a pack; one outcome each.

    An example of a rule on signs gives a row of ``cases``, and rows of other tables
    under their names; a table that it does not give was not delivered, nor was a
    column that it lists in ``omit``. ``lost`` lists tables that lost a row of the case.
    """
    outcomes = run_facts(pack)
    numbered = [
        (f"{rule.id}/{number:03}", rule, example)
        for rule in pack.case_rules
        if rule.signs
        for number, example in enumerate(rule.examples)
    ]
    runs: dict[tuple[date, frozenset[str]], list[Numbered]] = {}
    for one in numbered:
        runs.setdefault(_way(pack, one[2].given), []).append(one)
    found: dict[str, Outcome] = {}
    for (cutoff, absent), mine in runs.items():
        found |= _judged(pack, cutoff, absent, mine)
    return [*outcomes, *(found[name] for name, _, _ in numbered)]


def _way(pack: Pack, given: Mapping[str, Any]) -> tuple[date, frozenset[str]]:
    """Return the cut-off of an example, and the columns that its dump lacks."""
    sides = [name for name in pack.tables if name not in ("cases", "events", *given)]
    absent = {
        f"{name}.{column}" for name in sides for column in pack.tables[name].columns
    }
    return given.get("cutoff", CUTOFF), frozenset(absent | set(given.get("omit", ())))


def _listed(example: Example, key: str) -> list[str]:
    """Return a list of an example, empty if it has none."""
    given: Mapping[str, Any] = example.given
    return list(given.get(key, ()))


def _judged(
    pack: Pack, cutoff: date, absent: frozenset[str], mine: list[Numbered]
) -> dict[str, Outcome]:
    tables = {name: _table(pack, name, mine) for name in pack.tables}
    lost = [(name, table) for name, _, e in mine for table in _listed(e, "lost")]
    tables["lost"] = pl.DataFrame(lost, schema=LOST, orient="row")
    have = [
        (name, column)
        for name, table in pack.tables.items()
        for column in table.columns
        if f"{name}.{column}" not in absent
    ]
    tables["delivered"] = pl.DataFrame(have, schema=DELIVERED, orient="row")
    clock = Clock(cutoff, None, derived=False)
    facts = measure(tables.__getitem__, pack, calendar_of(pack), clock)
    facts = recorded(facts, pack, {})  # an example has no other cases beside it
    verdicts = judge(facts, pack)
    rows = {row["case_id"]: row for row in verdicts.iter_rows(named=True)}
    return {
        name: Outcome(rule, example, row[rule.id], row[f"{rule.id}_reason"])
        for name, rule, example in mine
        for row in [rows[name]]
    }


def _table(pack: Pack, name: str, mine: Iterable[Numbered]) -> pl.DataFrame:
    """Return one typed table with the rows of all examples."""
    kinds = dtypes(pack.tables[name])
    rows = [
        _typed(pack, name, {**row, "case_id": case}, number)
        for case, _, example in mine
        for number, row in enumerate(_rows(name, example.given), 1)
    ]
    made = pl.DataFrame([{k: row.get(k) for k in kinds} for row in rows], schema=kinds)
    return made.sort("case_id", "_row") if "case_id" in kinds else made


def _rows(name: str, given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if name != "cases":
        return list(given.get(name, ()))
    own = {k: v for k, v in given.items() if not isinstance(v, list)}
    return [CASE | own | other for other in given.get("cases", [{}])]


def _typed(
    pack: Pack, name: str, row: Mapping[str, Any], number: int
) -> dict[str, Any]:
    table = pack.tables[name]
    bad = sum(table.bit(column) for column in row.get("bad", ()))
    typed: dict[str, Any] = {"_bad": bad, "_source": 0, "_row": number}
    for column, value in row.items():
        if isinstance(value, datetime):
            clock = value.hour * 3600 + value.minute * 60 + value.second
            typed |= {column: value.date(), f"{column}_tod": clock}
        elif column == "step":
            typed |= {"step": _step(pack, value), "raw_step": value}
        else:
            typed[column] = value
    return typed


def _step(pack: Pack, raw: str) -> str:
    return raw if raw in pack.steps.order else pack.steps.aliases.get(raw, UNMAPPED)

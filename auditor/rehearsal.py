"""Run every example of a pack: those that give facts, and those that give rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import polars as pl

from auditor.frames import DELIVERED, LOST, dtypes
from auditor.judge import Outcome, answers, binding, judge
from auditor.judge import run_examples as run_facts
from auditor.kernel import calendar_of
from auditor.measure import measure
from auditor.pack import Example, Pack, Rule
from auditor.settings import Clock
from auditor.vocabulary import UNMAPPED

CUTOFF = date(2023, 12, 31)
CASE = {"case_id": "", "county_code": "X", "business_type": "new"}
Numbered = tuple[str, str, Example]  # case, page, and what is given of it
Way = tuple[date, frozenset[str]]
Answer = tuple[str, str | None, bool | None]


def run_examples(pack: Pack) -> list[Outcome]:
    """Judge every ``[[case]]`` on a pack's own pages; one outcome each.

    What a child pack has from its parent was written for the parent's limits, and is
    tried there.

    An example of a rule on signs gives a row of ``cases``, and rows of other tables
    under their names; a table that it does not give was not delivered, nor was a
    column that it lists in ``omit``. ``lost`` lists tables that lost a row of the case.
    """
    return rehearse(pack, pack.own_rules)


def rehearse(pack: Pack, forms: Sequence[Rule]) -> list[Outcome]:
    """Judge the examples of rules that need not be in the pack; one outcome each.

    Several forms of one page may be among them, with other ids and the same examples;
    those examples are measured once for all of them.
    """
    outcomes = run_facts(pack, forms)
    on_signs = [rule for rule in forms if rule.signs]
    pages = {rule.page: rule for rule in on_signs}
    runs: dict[Way, list[Numbered]] = {}
    for page, rule in pages.items():
        for number, example in enumerate(rule.examples):
            one = (f"{page}/{number:03}", page, example)
            runs.setdefault(_way(pack, example.given), []).append(one)
    found: dict[tuple[str, str], Answer] = {}
    for (cutoff, absent), mine in runs.items():
        asked = {page for _, page, _ in mine}
        rules = [rule for rule in on_signs if rule.page in asked]
        found |= _judged(pack, rules, (cutoff, absent), mine)
    return [
        *outcomes,
        *(
            Outcome(rule, example, *found[rule.id, f"{rule.page}/{number:03}"])
            for rule in on_signs
            for number, example in enumerate(rule.examples)
        ),
    ]


def _way(pack: Pack, given: Mapping[str, Any]) -> Way:
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
    pack: Pack, rules: Sequence[Rule], way: Way, mine: list[Numbered]
) -> dict[tuple[str, str], Answer]:
    """Return the answer of each rule to each example of its page, by their ids."""
    cutoff, absent = way
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
    facts = measure(tables.__getitem__, _with(pack, rules), calendar_of(pack), clock)
    judged = facts.hstack(
        judge(facts, replace(pack, rules=tuple(rules))).select(
            name for rule in rules for name in (rule.id, f"{rule.id}_reason")
        )
    )
    pages: dict[str, list[str]] = {}
    for name, page, _ in mine:
        pages.setdefault(page, []).append(name)
    mine_of = {
        page: judged.filter(pl.col("case_id").is_in(names))
        for page, names in pages.items()
    }
    found: dict[tuple[str, str], Answer] = {}
    for rule in rules:
        told = mine_of[rule.page].select("case_id", *answers(rule, binding(rule)))
        found |= {(rule.id, case): (a, b, c) for case, a, b, c in told.iter_rows()}
    return found


def _with(pack: Pack, rules: Sequence[Rule]) -> Pack:
    """Return the pack with these rules on signs; signs name rules on documents."""
    others = tuple(rule for rule in pack.rules if not rule.signs)
    return replace(pack, rules=(*others, *rules))


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

"""Judge the same random dumps by the product and by the reference, and compare."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from operator import eq
from pathlib import Path
from random import Random

import polars as pl

from auditor.pack import Sign, load_pack
from tests.reference import RunResult, judge_run
from tests.reference.generate import random_dump
from tests.reference.integrity import RULES as SIGNS
from tests.reference.integrity import Seen, is_doubtful
from tests.reference.population import RULES
from tests.runs import frame, pipeline, write_dump

DURATIONS = (
    "whole_process_wd", "acceptance_wd", "plan_reply_wd", "design_review_wd",
    "interim_check_wd", "completion_check_wd", "connect_wd", "stage_sum_wd",
    "force_majeure_wd", "step_count", "user_cost_yuan",
)  # fmt: skip
NAMED = (
    "over_limit", "open_overdue", "withdrawn", "out_of_scope", "after_cutoff",
    "before_period", "rejected_rows",
)  # fmt: skip
KEYS = ("cohort", "user_class", "submitted_on", "energised_on")
ROLLED = (
    "pass", "fail", "pending", "undetermined", "excluded", "not_applicable",
    "status", "rate", "coverage", "overdue",
)  # fmt: skip
SHARES = ("rate", "coverage")
UNTIMED = ("ind08", "ind09", "ind10")


def unlike(where: str, got: object, wanted: object) -> str:
    return f"{where}: product {got}, reference {wanted}"


def nothing(_tables: dict[str, list[dict[str, str]]]) -> None:
    """Leave a dump as it is."""


def differences(
    seed: int,
    cases: int,
    folder: Path,
    spoil: Callable[[dict[str, list[dict[str, str]]]], None] = nothing,
) -> tuple[list[str], int, RunResult]:
    """Return the cells on which the two disagree, and how many verdicts there were.

    ``spoil`` may change the tables before either of them reads the dump.
    """
    dump = random_dump(Random(seed), cases)
    spoil(dump.tables)
    told = judge_run(dump.tables, cutoff=dump.cutoff, period=dump.period)
    cutoff = date.fromisoformat(dump.cutoff) if dump.cutoff else None
    settings = write_dump(folder, dump.tables)
    settings = replace(settings, cutoff=cutoff, period=dump.period)
    pipeline.run(settings)
    wrong, compared = _verdicts(told, frame(settings.out, "verdicts"))
    wrong += _signs(told, frame(settings.out, "verdicts"))
    wrong += _doubts(told, frame(settings.out, "rollup"))
    wrong += _facts(told, frame(settings.out, "facts"))
    wrong += _findings(told, frame(settings.out, "findings"))
    wrong += _projects(told, frame(settings.out, "projects"))
    wrong += _rollup(told, frame(settings.out, "rollup"))
    return [f"seed {seed}: {line}" for line in wrong], compared, told


def shared_rules(told: RunResult) -> list[str]:
    """Return the rules both know: the reference has none of the ledger's."""
    known = next(iter(told.verdicts.values()))
    return [rule.id for rule in load_pack().case_rules if rule.id in known]


def _verdicts(told: RunResult, rows: pl.DataFrame) -> tuple[list[str], int]:
    rules = shared_rules(told)
    found = {row["case_id"]: row for row in rows.iter_rows(named=True)}
    if set(found) != set(told.verdicts):
        return [f"cases differ: {sorted(set(found) ^ set(told.verdicts))[:5]}"], 0
    wrong = []
    for case, wanted in told.verdicts.items():
        wrong += _of_case(case, found[case], wanted, rules)
    return wrong, len(found) * len(rules)


def _of_case(case: str, got: dict, wanted: dict, rules: list[str]) -> list[str]:
    wrong = [
        unlike(f"{case}.{name}", got[name], wanted[name])
        for name in KEYS
        if _plain(got[name]) != _plain(wanted[name])
    ]
    for rule in rules:
        verdict, reason = wanted[rule]
        found = got[rule], got[f"{rule}_reason"]
        named = rule not in UNTIMED and reason in NAMED
        if found[0] != verdict or (named and found[1] != reason):
            wrong.append(unlike(f"{case}.{rule}", found, (verdict, reason)))
    return wrong


def _signs(told: RunResult, rows: pl.DataFrame) -> list[str]:
    """Compare the rules on signs: word by word, and which sign was the first seen.

    Both list the signs of a rule in one order.
    """
    pages = {rule.id: rule.signs for rule in load_pack().case_rules}
    wrong = [
        unlike(f"signs of {name}", len(pages[name]), len(rule.signs))
        for name, rule in SIGNS.items()
        if len(pages[name]) != len(rule.signs)
    ]
    if wrong:
        return wrong
    for row in rows.iter_rows(named=True):
        for rule, seen in told.signs[row["case_id"]].items():
            wanted = seen.verdict.word, _reason(rule, seen, pages[rule])
            found = row[rule], row[f"{rule}_reason"]
            if found[0] != wanted[0] or (seen.fired and found != wanted):
                wrong.append(unlike(f"{row['case_id']}.{rule}", found, wanted))
    return wrong


def _reason(rule: str, seen: Seen, page: Sequence[Sign]) -> str | None:
    """Give the name that the page has for the first sign that the reference saw."""
    names = [sign.name for sign in SIGNS[rule].signs]
    return page[names.index(seen.fired[0])].check if seen.fired else seen.verdict.reason


def _doubts(told: RunResult, rollup: pl.DataFrame) -> list[str]:
    """Compare, by rule, the passes that stand beside a signal of the highest kind."""
    kinds = {"whole", "stages", "steps", "cost"}
    rules = [name for name, rule in RULES.items() if rule.kind in kinds]
    doubtful = [case for case, found in told.signs.items() if is_doubtful(found)]
    wanted = {
        rule: sum(told.verdicts[case][rule][0] == "pass" for case in doubtful)
        for rule in rules
    }
    counted = rollup.filter(pl.col("level") == "county").group_by("rule_id")
    found = dict(counted.agg(pl.col("doubtful").sum()).iter_rows())
    return [
        unlike(f"doubtful {rule}", found.get(rule), wanted[rule])
        for rule in rules
        if found.get(rule) != wanted[rule]
    ]


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _facts(told: RunResult, rows: pl.DataFrame) -> list[str]:
    return [
        unlike(f"{row['case_id']}.{name}", row[name], told.facts[row["case_id"]][name])
        for row in rows.iter_rows(named=True)
        for name in DURATIONS
        if not _same(row[name], told.facts[row["case_id"]][name])
    ]


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return abs(float(one) - float(other)) < 1e-9


def _findings(told: RunResult, rows: pl.DataFrame) -> list[str]:
    rules = set(shared_rules(told))
    mine = rows.filter((pl.col("verdict") == "fail") & pl.col("rule_id").is_in(rules))
    found = {(r["case_id"], r["rule_id"]): r for r in mine.iter_rows(named=True)}
    wanted = {
        (f["case_id"], f["rule_id"]): f
        for f in told.findings
        if f["verdict"] == "fail" and f["rule_id"] in rules
    }
    wrong = (
        [f"findings differ: {sorted(set(found) ^ set(wanted))[:5]}"]
        if set(found) != set(wanted)
        else []
    )
    for key in set(found) & set(wanted):
        got, asked = found[key], wanted[key]
        names = [n for n in ("measured", "limit") if not _same(got[n], asked[n])]
        names += ["in_force"] if got["in_force"] != asked["in_force"] else []
        wrong += [unlike(f"{key}.{name}", got[name], asked[name]) for name in names]
    return wrong


def _projects(told: RunResult, rows: pl.DataFrame) -> list[str]:
    found = {row["project_id"]: row for row in rows.iter_rows(named=True)}
    if set(found) != set(told.projects):
        return [f"projects differ: {sorted(set(found) ^ set(told.projects))[:5]}"]
    return [
        unlike(f"{project}.{name}", found[project][name], wanted[name])
        for project, wanted in told.projects.items()
        for name in ("ind01", "ind02", "county_code")
        if found[project][name] != wanted[name]
    ]


def _rollup(told: RunResult, rows: pl.DataFrame) -> list[str]:
    rules = {rule.id for rule in load_pack().rules}
    place = ("level", "code", "rule_id")
    found = {tuple(r[k] for k in place): r for r in rows.iter_rows(named=True)}
    wrong = []
    for wanted in told.rollup:
        if wanted["rule_id"] not in rules:
            continue
        key = tuple(wanted[k] for k in place)
        got = found.get(key)
        if got is None:
            wrong.append(f"{key}: no row in the product")
            continue
        for name in ROLLED:
            same = _same if name in SHARES else eq
            if not same(got[name], wanted[name]):
                wrong.append(unlike(f"{key}.{name}", got[name], wanted[name]))
    return wrong

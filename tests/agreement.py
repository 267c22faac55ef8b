"""Judge the same random dumps twice, by the product and by the reference, and compare."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import polars as pl

from auditor.pack import load_pack
from tests.reference import RunResult, judge_run
from tests.reference.generate import random_dump
from tests.runs import frame, pipeline, write_dump

DURATIONS = (
    "whole_process_wd", "acceptance_wd", "plan_reply_wd", "design_review_wd",
    "interim_check_wd", "completion_check_wd", "connect_wd", "stage_sum_wd",
    "force_majeure_wd", "step_count", "user_cost_yuan",
)  # fmt: skip
NAMED = ("over_limit", "open_overdue", "withdrawn", "out_of_scope", "after_cutoff", "before_period", "rejected_rows")  # fmt: skip


def differences(
    seed: int, cases: int, folder: Path
) -> tuple[list[str], int, RunResult]:
    """Return the cells on which the two disagree, and how many verdicts were compared."""
    dump = random_dump(Random(seed), cases)
    told = judge_run(dump.tables, cutoff=dump.cutoff, period=dump.period)
    cutoff = date.fromisoformat(dump.cutoff) if dump.cutoff else None
    settings = write_dump(folder, dump.tables)
    settings = replace(settings, cutoff=cutoff, period=dump.period)
    pipeline.run(settings)
    wrong, compared = _verdicts(told, frame(settings.out, "verdicts"))
    wrong += _facts(told, frame(settings.out, "facts"))
    wrong += _findings(told, frame(settings.out, "findings"))
    wrong += _projects(told, frame(settings.out, "projects"))
    wrong += _rollup(told, frame(settings.out, "rollup"))
    return [f"seed {seed}: {line}" for line in wrong], compared, told


def _verdicts(told: RunResult, rows: pl.DataFrame) -> tuple[list[str], int]:
    rules = [rule.id for rule in load_pack().case_rules]
    found = {row["case_id"]: row for row in rows.iter_rows(named=True)}
    if set(found) != set(told.verdicts):
        return [f"cases differ: {sorted(set(found) ^ set(told.verdicts))[:5]}"], 0
    wrong = []
    for case, wanted in told.verdicts.items():
        got = found[case]
        for name in ("cohort", "user_class", "submitted_on", "energised_on"):
            if _plain(got[name]) != _plain(wanted[name]):
                wrong.append(
                    f"{case}.{name}: product {got[name]}, reference {wanted[name]}"
                )
        for rule in rules:
            verdict, reason = wanted[rule]
            timed = rule not in ("ind08", "ind09", "ind10")
            if got[rule] != verdict or (
                timed and reason in NAMED and got[f"{rule}_reason"] != reason
            ):
                wrong.append(
                    f"{case}.{rule}: product {got[rule]} ({got[f'{rule}_reason']}), reference {verdict} ({reason})"
                )
    return wrong, len(found) * len(rules)


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _facts(told: RunResult, rows: pl.DataFrame) -> list[str]:
    wrong = []
    for row in rows.iter_rows(named=True):
        wanted = told.facts[row["case_id"]]
        for name in DURATIONS:
            if not _same(row[name], wanted[name]):
                wrong.append(
                    f"{row['case_id']}.{name}: product {row[name]}, reference {wanted[name]}"
                )
    return wrong


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return abs(float(one) - float(other)) < 1e-9


def _findings(told: RunResult, rows: pl.DataFrame) -> list[str]:
    rules = {rule.id for rule in load_pack().case_rules}
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
        for name in ("measured", "limit"):
            if not _same(found[key][name], wanted[key][name]):
                wrong.append(
                    f"{key}.{name}: product {found[key][name]}, reference {wanted[key][name]}"
                )
        if found[key]["in_force"] != wanted[key]["in_force"]:
            wrong.append(
                f"{key}.in_force: product {found[key]['in_force']}, reference {wanted[key]['in_force']}"
            )
    return wrong


def _projects(told: RunResult, rows: pl.DataFrame) -> list[str]:
    found = {row["project_id"]: row for row in rows.iter_rows(named=True)}
    if set(found) != set(told.projects):
        return [f"projects differ: {sorted(set(found) ^ set(told.projects))[:5]}"]
    wrong = []
    for project, wanted in told.projects.items():
        for rule in ("ind01", "ind02", "county_code"):
            if found[project][rule] != wanted[rule]:
                wrong.append(
                    f"{project}.{rule}: product {found[project][rule]} ({found[project].get(rule + '_reason')}), reference {wanted[rule]} ({wanted.get(rule + '_reason')})"
                )
    return wrong


def _rollup(told: RunResult, rows: pl.DataFrame) -> list[str]:
    rules = {rule.id for rule in load_pack().rules}
    found = {
        (r["level"], r["code"], r["rule_id"]): r for r in rows.iter_rows(named=True)
    }
    wrong = []
    for wanted in told.rollup:
        key = (wanted["level"], wanted["code"], wanted["rule_id"])
        if wanted["rule_id"] not in rules:
            continue
        got = found.get(key)
        if got is None:
            wrong.append(f"{key}: no row in the product")
            continue
        for name in (
            "pass",
            "fail",
            "pending",
            "undetermined",
            "excluded",
            "not_applicable",
            "status",
            "rate",
            "coverage",
            "overdue",
        ):
            same = (
                _same(got[name], wanted[name])
                if name in ("rate", "coverage")
                else got[name] == wanted[name]
            )
            if not same:
                wrong.append(
                    f"{key}.{name}: product {got[name]}, reference {wanted[name]}"
                )
    return wrong

"""The product agrees with every hand-judged case whose rules it has."""

import json
import os
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from auditor.errors import AuditError
from auditor.pack import load_pack
from tests.runs import frame, pipeline, write_dump

ROOT = Path(__file__).resolve().parents[1]
GOLD = Path(os.environ.get("AUDITOR_GOLD") or ROOT.parent / "shared" / "gold")
TABLES = ("cases", "events", "suspensions", "fees", "materials", "meters", "approvals", "attestations", "expected", "roster")  # fmt: skip

CASES = [
    case
    for file in sorted(GOLD.glob("*.toml"))
    for case in tomllib.loads(file.read_text("utf-8"))["case"]
]


def test_the_gold_cases_are_there_unless_this_is_a_stranger_s_machine():
    if not CASES and not os.environ.get("CI"):
        pytest.skip("the folder of hand-judged cases is absent")
    assert len(CASES) >= 80


def known(rule_id: str) -> bool:
    pack = load_pack()
    ids = {rule.id for rule in pack.rules} | {i.id for i in pack.indicators}
    return rule_id.removesuffix("_reason") in ids or not rule_id.startswith(
        ("ind", "int", "task")
    )


def same(found: object, wanted: object) -> bool:
    if wanted == "":
        return found is None
    if isinstance(wanted, float | int) and not isinstance(wanted, bool):
        return found is not None and abs(float(found) - wanted) < 1e-9
    return found == wanted


def matches(rows: pl.DataFrame, entry: dict) -> bool:
    return any(
        all(same(row[key], value) for key, value in entry.items())
        for row in rows.select(list(entry)).iter_rows(named=True)
    )


def by_case(rows: pl.DataFrame, wanted: dict) -> list[str]:
    table = {row["case_id"]: row for row in rows.iter_rows(named=True)}
    return [
        f"{case}.{column}: {table[case].get(column)!r} instead of {value!r}"
        f" ({table[case].get(column + '_reason')})"
        for case, columns in wanted.items()
        for column, value in columns.items()
        if column in rows.columns and not same(table[case][column], value)
    ]


def run_case(case: dict, folder: Path) -> tuple[int, Path]:
    tables = {name: case[name] for name in TABLES if name in case}
    settings = write_dump(folder, tables, tuple(case.get("omit", ())))
    cutoff = date.fromisoformat(case["cutoff"]) if "cutoff" in case else None
    settings = replace(settings, cutoff=cutoff, period=case.get("period"))
    try:
        return pipeline.run(settings).exit_code, settings.out
    except AuditError as error:
        return error.exit_code, settings.out


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_product_judges_as_the_hand_did(case, tmp_path):
    code, out = run_case(case, tmp_path)
    assert code == case.get("expect_exit", 0)
    if code:
        assert not out.exists()
        return
    wrong = by_case(frame(out, "verdicts"), case.get("expect", {}))
    wrong += by_case(frame(out, "facts"), case.get("expect_facts", {}))
    rollup = frame(out, "rollup")
    for name, key in (("findings", "expect_findings"), ("rejects", "expect_rejects"), ("rollup", "expect_rollup")):  # fmt: skip
        rows = frame(out, name)
        wrong += [
            f"no {name} row like {e}" for e in case.get(key, []) if not matches(rows, e)
        ]
    for code, rules in case.get("expect_county", {}).items():
        for rule, status in rules.items():
            if known(rule):
                entry = {"level": "county", "code": code, "rule_id": rule}
                found = rollup.filter(*(pl.col(k) == v for k, v in entry.items()))[
                    "status"
                ].to_list()
                if found != [status]:
                    wrong.append(f"{code}.{rule}: {found} instead of {status}")
    if "expect_levels" in case:
        assert sorted(rollup["level"].unique()) == sorted(case["expect_levels"])
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    for table, counts in case.get("expect_accounting", {}).items():
        if manifest["accounting"]["rows"][table] != counts:
            wrong.append(
                f"{table}: {manifest['accounting']['rows'][table]} instead of {counts}"
            )
    if "expect_complete" in case:
        assert manifest["accounting"]["complete"] is case["expect_complete"]
    assert not wrong, case["why"]

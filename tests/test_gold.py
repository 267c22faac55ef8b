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
TABLES = (
    "cases", "events", "suspensions", "fees", "materials", "meters", "approvals",
    "attestations", "expected", "roster",
)  # fmt: skip
LISTED = ("findings", "rejects", "rollup")

CASES = [
    case
    for file in sorted(GOLD.glob("*.toml"))
    for case in tomllib.loads(file.read_text("utf-8"))["case"]
]


def test_the_gold_cases_are_there_unless_this_is_a_stranger_s_machine():
    if not GOLD.is_dir() and "AUDITOR_GOLD" not in os.environ:
        pytest.skip("the folder of hand-judged cases is absent; set AUDITOR_GOLD")
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


def by_county(rollup: pl.DataFrame, wanted: dict) -> list[str]:
    wrong = []
    for code, rules in wanted.items():
        for rule, status in rules.items():
            row = rollup.filter(level="county", code=code, rule_id=rule)
            found = row["status"].to_list()
            if known(rule) and found != [status]:
                wrong.append(f"{code}.{rule}: {found} instead of {status}")
    return wrong


def by_level(rollup: pl.DataFrame, case: dict) -> list[str]:
    found = sorted(rollup["level"].unique())
    wanted = sorted(case.get("expect_levels", found))
    return [] if found == wanted else [f"levels: {found} instead of {wanted}"]


def in_books(out: Path, case: dict) -> list[str]:
    books = json.loads((out / "manifest.json").read_text("utf-8"))["accounting"]
    wrong = [
        f"{table}: {books['rows'][table]} instead of {counts}"
        for table, counts in case.get("expect_accounting", {}).items()
        if books["rows"][table] != counts
    ]
    wanted = case.get("expect_complete", books["complete"])
    return wrong if books["complete"] is wanted else [*wrong, f"complete: not {wanted}"]


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
    for name in LISTED:
        rows, entries = frame(out, name), case.get(f"expect_{name}", [])
        wrong += [f"no {name} row like {e}" for e in entries if not matches(rows, e)]
    wrong += by_county(frame(out, "rollup"), case.get("expect_county", {}))
    wrong += by_level(frame(out, "rollup"), case)
    wrong += in_books(out, case)
    assert not wrong, case["why"]

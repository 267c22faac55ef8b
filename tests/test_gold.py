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
from tests.conftest import alone
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


def speaks_of_cases_alone(case: dict) -> bool:
    """Say whether others may stand in the same dump: no books, counties or files."""
    mine = {"id", "rule", "why", "cutoff", "expect", "expect_facts"}
    rows = {"cases", "events", "suspensions", "fees", "materials"}
    return "cutoff" in case and set(case) <= mine | rows


@pytest.fixture(scope="session")
def together(tmp_path_factory):
    """Judge the cases of a cut-off in one run; return its folder."""

    def run(cutoff: str) -> Path:
        with alone(tmp_path_factory, f"gold-{cutoff}") as place:
            if not (place / "run").is_dir():
                tables: dict[str, list[dict]] = {"cases": [], "events": []}
                for case in filter(speaks_of_cases_alone, CASES):
                    for name in TABLES if case["cutoff"] == cutoff else ():
                        if name in case:
                            rows = [row | named(case, row) for row in case[name]]
                            tables[name] = tables.get(name, []) + rows
                settings = write_dump(place, tables)
                pipeline.run(replace(settings, cutoff=date.fromisoformat(cutoff)))
        return place / "run"

    return run


def named(case: dict, row: dict) -> dict[str, str]:
    return {"case_id": full(case, row["case_id"])} if "case_id" in row else {}


def full(case: dict, case_id: str) -> str:
    return f"{case['id']}/{case_id}"


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_product_judges_as_the_hand_did(case, tmp_path, together):
    if speaks_of_cases_alone(case):
        out, name = together(case["cutoff"]), full
    else:
        code, out = run_case(case, tmp_path)
        name = lambda _, case_id: case_id  # noqa: E731 - the case keeps its own id
        assert code == case.get("expect_exit", 0)
        if code:
            assert not out.exists()
            return
    wrong = []
    for table in ("verdicts", "facts"):
        asked = case.get("expect" if table == "verdicts" else "expect_facts", {})
        wanted = {name(case, key): columns for key, columns in asked.items()}
        wrong += by_case(frame(out, table), wanted)
    if not speaks_of_cases_alone(case):
        wrong += of_run(case, out)
    assert not wrong, case["why"]


def of_run(case: dict, out: Path) -> list[str]:
    """Return what a run says otherwise of findings, rejects, places and books."""
    wrong = []
    for table in LISTED:
        rows, entries = frame(out, table), case.get(f"expect_{table}", [])
        wrong += [f"no {table} row like {e}" for e in entries if not matches(rows, e)]
    wrong += by_county(frame(out, "rollup"), case.get("expect_county", {}))
    wrong += by_level(frame(out, "rollup"), case)
    return wrong + in_books(out, case)

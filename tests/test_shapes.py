"""The same applications in four layouts: one truth, and what a layout cannot show."""

import csv
import subprocess
import sys

import pytest

from auditor.demo.plan import RULES
from tests.conftest import ROOT
from tests.shapes import SHAPES, WORDS

APPROVED = ROOT / "tests" / "approved" / "shapes.txt"
# Its only row has a cell too many, so it is a case of which nothing is known.
TORN = "0104220727000234"


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, str]]:
    with (SHAPES / "truth.csv").open(encoding="utf-8", newline="") as file:
        return {row["case_id"]: row for row in csv.DictReader(file)}


def told(row: dict, rule: str) -> str:
    return f"{row[rule]} {row.get(f'{rule}_reason') or ''}".rstrip()


def scenario_of(case: str, truth: dict) -> str:
    return "torn" if case == TORN else truth[case]["scenario"] or "plain"


def differences(shapes: dict, truth: dict, shape: str) -> list[str]:
    """A line for each word of a case that another layout changes."""
    lines = []
    for case, there in shapes[shape].items():
        here = shapes["canonical"][case]
        lines += [
            f"{shape} | {scenario_of(case, truth)} | {case} | {rule} | "
            f"{told(here, rule)} -> {told(there, rule)}"
            for rule in WORDS
            if here[rule] != there[rule]
        ]
    return sorted(lines)


def test_the_files_are_what_their_script_writes(tmp_path):
    script = SHAPES / "make.py"
    subprocess.run([sys.executable, script, tmp_path], check=True)
    made = {p.relative_to(tmp_path): p for p in tmp_path.rglob("*") if p.is_file()}
    for name, path in made.items():
        assert (SHAPES / name).read_bytes() == path.read_bytes(), name
    kept = {p.relative_to(SHAPES) for p in SHAPES.rglob("*") if p.is_file()}
    assert {p for p in kept if p.suffix in (".csv", ".txt")} == set(made)


def test_the_canonical_layout_gives_the_planted_verdict_of_every_case(shapes, truth):
    assert set(shapes["canonical"]) == {*truth, TORN}
    wrong = [
        (case, rule, row[rule], shapes["canonical"][case][rule])
        for case, row in truth.items()
        for rule in ("cohort", *RULES)
        if (row[rule].partition(":")[0] or "not_applicable")
        != shapes["canonical"][case][rule]
    ]
    assert wrong == []


def test_a_torn_row_is_a_case_of_which_nothing_is_known(shapes):
    for shape in ("canonical", "southern-grid", "wide"):
        words = {shapes[shape][TORN][rule] for rule in RULES}
        assert words == {"undetermined"}, shape


def test_orders_beside_their_nodes_give_every_verdict_of_the_canonical_layout(
    shapes, truth
):
    assert differences(shapes, truth, "state-grid") == []
    absent = set(truth) - {TORN} - set(shapes["state-grid"])
    # An order without a node is in no row of such an export.
    assert {truth[case]["scenario"] for case in absent} == {
        "l-no-log", "r-no-log",
    }  # fmt: skip


def test_the_other_layouts_differ_where_the_approved_list_says_and_nowhere_else(
    shapes, truth
):
    found = [
        line
        for shape in ("southern-grid", "wide")
        for line in differences(shapes, truth, shape)
    ]
    for shape in ("southern-grid", "wide"):
        assert set(shapes[shape]) == {*truth, TORN}
    assert found == APPROVED.read_text("utf-8").splitlines()


def test_without_the_start_of_nodes_nothing_late_passes_and_nothing_in_time_fails(
    shapes,
):
    for case, there in shapes["southern-grid"].items():
        here = shapes["canonical"][case]
        for rule in WORDS:
            assert (here[rule], there[rule]) not in {("fail", "pass"), ("pass", "fail")}


def test_a_repeated_check_in_one_cell_looks_longer_than_it_was_never_shorter(
    shapes,
):
    for case, there in shapes["wide"].items():
        here = shapes["canonical"][case]
        assert "pass" not in {there[rule] for rule in WORDS if here[rule] == "fail"}

"""However a clean dump is polluted, nothing is lost without a word.

`tests/pollution` holds the clean dump, the operators with what each of them promises,
and the judge who holds every cell of the clean dump against what came out.
"""

import os
import time
from pathlib import Path

import pytest

from auditor.pack import load_pack
from tests.pollution.batch import Case, audit, cases, write, write_roster
from tests.pollution.counting import unbalanced
from tests.pollution.dump import CUTOFF, delivered
from tests.pollution.judge import Trial, baseline
from tests.pollution.operators import COSTS, OPERATORS, PLACES, Operator

SLICE = bool(os.environ.get("AUDITOR_SLOW_SLICE"))
RULES = [rule.id for rule in load_pack().case_rules]
QUICK = 2  # places of each operator that every test run tries
STEP = 4  # places of each operator that are tried in one run


def untouched(table, _place):
    return delivered(table, table.text())


NOTHING = Operator("nothing", "", "nothing changes", untouched, "nothing")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    run = audit(tmp_path_factory.mktemp("clean"), [Case(0, NOTHING, 0)])
    return baseline(run, 0, RULES)


def wrong(folder: Path, batch: list[Case], base: dict) -> list[str]:
    """Judge a batch in two runs: a refused file touches cases of other copies."""
    found = []
    for name, costly in (("kept", False), ("refused", True)):
        mine = [case for case in batch if (case.operator.costs == "the file") == costly]
        run = audit(folder / name, mine)
        found += [line for case in mine for line in Trial(case, run, base).judge()]
        found += unbalanced(folder / name)
    return found


def test_the_clean_dump_has_what_pollution_could_hide(base):
    late = {n: base["verdicts"][n] for n in (4, 5, 6, 8)}
    assert late[4]["ind34"] == late[5]["ind06"] == late[6]["ind04"] == "fail"
    assert late[8]["ind06"] == "fail"
    for county, rule in (
        ("B", "ind34"),
        ("B", "ind06"),
        ("B", "ind04"),
        ("C", "ind06"),
    ):
        assert base["statuses"][county, rule] == "not_met"
    passes = {n for n in base["verdicts"] if "pass" in base["verdicts"][n].values()}
    assert passes >= {1, 2, 3, 9, 10, 11, 12}
    assert {base["statuses"]["A", rule] for rule in ("ind34", "ind06", "ind04")} == {
        "met"
    }


def test_there_are_enough_kinds_of_pollution_and_each_makes_a_promise():
    assert len(OPERATORS) >= 60
    assert len(OPERATORS) * PLACES >= 2_400
    for one in OPERATORS:
        assert one.promise, one.name
        assert one.costs in COSTS, one.name
        assert one.rejects or one.harmless or one.alters, one.name


def test_a_judge_who_sees_nothing_wrong_would_be_none(tmp_path, base):
    """The same polluted copies under promises that are not kept."""
    kept = cases(range(1))
    run = audit(tmp_path, [c for c in kept if c.operator.costs != "the file"])
    for case in kept:
        if case.operator.costs in ("a cell", "a row", "rows"):
            lie = Operator(
                case.operator.name, "", "nothing changes", case.operator.make,
                "nothing", harmless=True, tables=case.operator.tables,
            )  # fmt: skip
            assert Trial(Case(case.copy, lie, case.place), run, base).judge(), case


def test_what_pollution_costs_is_told(tmp_path, base):
    batch = cases(range(QUICK))
    assert len(batch) >= 300
    found = wrong(tmp_path, batch, base)
    assert not found, "\n".join(found[:40])


@pytest.mark.slow
@pytest.mark.parametrize("first", range(QUICK, STEP + 1 if SLICE else PLACES, STEP))
def test_what_pollution_costs_is_told_at_every_place(tmp_path, base, first):
    batch = cases(range(first, min(first + STEP, PLACES)))
    found = wrong(tmp_path, batch, base)
    assert not found, "\n".join(found[:40])


WHOLE = [*cases([5]), *cases([22])][: 16 if SLICE else 208]


@pytest.mark.slow
@pytest.mark.parametrize("group", range(8))
def test_a_whole_process_ends_in_a_listed_code_and_says_why(process, tmp_path, group):
    for number, case in enumerate(WHOLE[group::8]):
        folder = tmp_path / str(number)
        write(folder / "dump", [case])
        write_roster(folder, [case.copy])
        began = time.monotonic()
        said = process(
            "run", "dump", "--dossier", "dossier", "--cutoff", CUTOFF, "--out", "run",
            "--lang", "en", cwd=folder,
        )  # fmt: skip
        assert time.monotonic() - began < 60, case
        assert "Traceback" not in said.out + said.err, case
        assert "AUD999" not in said.err, case
        assert said.code in (0, 3), (str(case), said.err)
        assert (folder / "run").exists() == (said.code == 0), case
        if said.code:
            assert "AUD150" in said.err, (str(case), said.err)
        else:
            assert unbalanced(folder) == [], case


def test_at_least_two_hundred_whole_processes_are_tried():
    assert len([*cases([5]), *cases([22])]) >= 208
    assert {case.operator.name for case in cases([5])} == {o.name for o in OPERATORS}

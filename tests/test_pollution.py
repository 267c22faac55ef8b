"""However a clean dump is polluted, nothing is lost without a word."""

import os
from pathlib import Path

import pytest

from auditor.pack import load_pack
from tests.pollution.batch import Case, audit, cases
from tests.pollution.judge import Trial, baseline
from tests.pollution.dump import TABLES, clean_dump, delivered
from tests.pollution.operators import OPERATORS, PLACES, Operator

SLICE = bool(os.environ.get("AUDITOR_SLOW_SLICE"))
RULES = [rule.id for rule in load_pack().case_rules]


def untouched(table, _place):
    return delivered(table, table.text())


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    clean = Operator("nothing", "", "nothing changes", untouched, "nothing")
    run = audit(tmp_path_factory.mktemp("clean"), [Case(0, clean, 0)])
    return baseline(run, 0, RULES)


def wrong(folder: Path, batch: list[Case], base: dict) -> list[str]:
    run = audit(folder, batch)
    return [line for case in batch for line in Trial(case, run, base).judge()]


def test_what_pollution_costs_is_told(tmp_path, base):
    batch = cases(range(3))
    found = wrong(tmp_path, batch, base)
    assert not found, "\n".join(found[:40])

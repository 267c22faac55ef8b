"""Whoever tampers with a case gains nothing without leaving a trace.

Each operator of ``benchmarks/adversary`` is tried on applications with every kind of
flaw. A gain is a failing rule that does not fail any more, or an open question that
became a pass. A trace is a signal, a doubt, an exclusion, a note or a reject on that
case. Operators whose result is also an honest history are listed with what would
expose them; a second delivery exposes every one of them.
"""

import os
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import benchmarks.adversary as adversary
from auditor.compare import compare
from benchmarks.adversary import OPERATORS
from benchmarks.adversary.contest import contest, deliver_twice
from docs import adversary as page

FLAWS = 36  # so many applications have every flaw of every class once
SLICE = bool(os.environ.get("AUDITOR_SLOW_SLICE"))
HONEST = tomllib.loads(
    Path(adversary.__file__).with_name("honest.toml").read_text("utf-8")
)


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    return contest(tmp_path_factory.mktemp("contest"), FLAWS, seed=37)


def silent(pairs):
    """The pairs that gained without a trace, by operator."""
    return Counter(p.operator for p in pairs if p.gains and not p.alarms)


def told(pairs, name):
    lines = [f"{p.kind} {p.flaw}: {p.gains}" for p in pairs if p.operator == name]
    return "\n".join(lines[:5])


def test_at_least_25_operators_are_tried_each_on_some_case(pairs):
    assert len(OPERATORS) >= 25
    assert {p.operator for p in pairs} == {operator.name for operator in OPERATORS}


def test_most_operators_pay_off_where_nobody_looks(pairs):
    # Otherwise the tests below would say nothing.
    assert len({p.operator for p in pairs if p.gains}) >= 30


def test_untouched_cases_gain_nothing(tmp_path):
    def left_alone(case, rng):
        return [case]

    same = adversary.Operator("left_alone", "nothing", left_alone)
    for pair in contest(tmp_path, FLAWS, 5, [same]):
        assert not pair.gains
        assert not pair.alarms


@pytest.mark.parametrize("name", [o.name for o in OPERATORS if o.name not in HONEST])
def test_nothing_is_gained_without_a_trace(pairs, name):
    left = [p for p in pairs if p.operator == name and p.gains and not p.alarms]
    assert not left, told(left, name)


@pytest.mark.parametrize("name", HONEST)
def test_the_list_of_honest_histories_holds_no_operator_that_shows(pairs, name):
    gained = name == "add_invented"  # gains by numbers, not on a case
    assert gained or silent(pairs)[name] > 0


def test_a_second_delivery_exposes_every_listed_operator(tmp_path):
    ids = deliver_twice(tmp_path, FLAWS, 37, [o for o in OPERATORS if o.name in HONEST])
    found = compare(tmp_path / "first", tmp_path / "second")
    frames = (found.rewritten, found.vanished, found.appeared, found.changed)
    seen = {case for frame in frames for case in frame.get_column("case_id")}
    assert ids.keys() == HONEST.keys()
    missed = {name: len(cases - seen) for name, cases in ids.items() if cases - seen}
    assert not missed


def test_the_page_tells_each_listed_operator_and_what_exposes_it():
    assert page.PAGE.read_text("utf-8") == page.page(), "run `make docs`"
    assert all(f"`{operator.name}`" in page.page() for operator in OPERATORS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1] if SLICE else [1, 2, 3])
def test_nothing_is_gained_without_a_trace_in_twenty_thousand_pairs(tmp_path, seed):
    found = contest(tmp_path, FLAWS * 8, seed)
    assert len(found) * 3 > 20_000
    assert set(silent(found)) <= HONEST.keys()

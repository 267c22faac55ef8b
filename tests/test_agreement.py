"""Product and reference agree on random dumps that aim at every limit."""

import os

import pytest

from tests.agreement import differences

QUICK, MORE = range(1), range(1, 5)
SLICE = bool(os.environ.get("AUDITOR_SLOW_SLICE"))


@pytest.mark.parametrize("seed", QUICK)
def test_both_judge_two_thousand_random_cases_alike(seed, tmp_path):
    wrong, compared, _ = differences(seed, 2_000, tmp_path)
    assert compared >= 28_000
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*MORE, *range(100, 102 if SLICE else 190)])
def test_both_judge_many_more_random_cases_alike(seed, tmp_path):
    wrong, compared, _ = differences(seed, 2_000, tmp_path)
    assert compared >= 28_000
    assert wrong == []


def rounded(tables: dict[str, list[dict[str, str]]]) -> None:
    """Show every ninth order's id, and that of some rows of other tables, as E+17."""
    for name, rows in tables.items():
        every = 9 if name == "cases" else 31
        for row in rows[::every]:
            if row.get("case_id"):
                row["case_id"] = "3.30102E+17"


def test_both_give_an_order_whose_id_was_rounded_a_case_of_its_own(tmp_path):
    wrong, compared, told = differences(7, 400, tmp_path, rounded)
    own = [verdicts for case, verdicts in told.verdicts.items() if case.endswith("]")]
    assert len(own) >= 40
    words = {one["ind34"][0] for one in own}
    assert words >= {"fail", "undetermined"}
    assert not words & {"pass", "pending"}
    assert compared >= 5_000
    assert wrong == []

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

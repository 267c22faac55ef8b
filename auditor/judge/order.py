"""The order of tests: the first that holds gives a rule's verdict and its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from auditor.frames.conditions import all_hold, holds
from auditor.judge.words import Coder
from auditor.pack import Rule

NO_REASON = pl.lit(None, pl.UInt8)


@dataclass(frozen=True, slots=True)
class Test:
    """One step in the order of tests: where it holds, the verdict and its reason."""

    where: pl.Expr
    verdict: str
    reason: pl.Expr


def decide(tests: Sequence[Test], code: Coder) -> tuple[pl.Expr, pl.Expr]:
    """Return the codes of verdict and reason; a pass where no test holds."""
    verdict, reason = code.verdict("pass"), NO_REASON
    for test in reversed(tests):
        given = code.verdict(test.verdict)
        verdict = pl.when(test.where).then(given).otherwise(verdict)
        reason = pl.when(test.where).then(test.reason).otherwise(reason)
    return verdict, reason


def population(rule: Rule, code: Coder) -> list[Test]:
    """Return the tests on whether the rule speaks about the subject at all (20)."""
    outside = (
        Test(
            (~holds(one)).fill_null(value=False),
            "not_applicable",
            code.reason(f"outside_{one.column}"),
        )
        for one in rule.applies
    )
    applies = all_hold(rule.applies)
    unknown = (
        Test(
            applies.is_null() & holds(one).is_null(),
            "undetermined",
            code.reason(f"missing_{one.column}"),
        )
        for one in rule.applies
    )
    return [*outside, *unknown]


def first_of(pairs: Iterable[tuple[pl.Expr, pl.Expr]], otherwise: pl.Expr) -> pl.Expr:
    """Return the value beside the first condition that is true, else the last one."""
    found = otherwise
    for where, value in reversed(list(pairs)):
        found = pl.when(where).then(value).otherwise(found)
    return found

"""Rules on signs: a signal or a violation is seen, excluded, or neither (38)."""

from functools import reduce
from operator import or_

import polars as pl

from auditor.judge.order import Test, first_of
from auditor.judge.words import Coder
from auditor.pack import Pack, Rule
from auditor.vocabulary import SEVERITIES

WORST = SEVERITIES[0]


def columns_of(rule: Rule) -> list[pl.Expr]:
    """Return the three-valued columns of a rule's signs, in the order of its page."""
    return [pl.col(f"{rule.id}_sign{n}") for n in range(len(rule.signs))]


def sign_tests(rule: Rule, code: Coder, still_open: list[Test]) -> list[Test]:
    """Return the tests of a rule on signs, in order.

    What is seen fails, whatever else is unknown. A requirement of the ledger that an
    open or withdrawn case has not broken yet goes the way of money and documents (19);
    a signal is asked of whatever happened so far.
    """
    flags = columns_of(rule)
    seen = [flag.fill_null(value=False) for flag in flags]
    named = [
        (flag, code.reason(sign.check))
        for flag, sign in zip(seen, rule.signs, strict=True)
    ]
    return [
        Test(reduce(or_, seen), "fail", first_of(named[:-1], named[-1][1])),
        *([] if rule.is_signal else still_open),
        Test(
            pl.any_horizontal([flag.is_null() for flag in flags]),
            "undetermined",
            code.reason("cannot_exclude"),
        ),
    ]


def severity_of(rule: Rule) -> pl.Expr:
    """The severity of a finding: the worst of the signs that are seen."""
    pairs = zip(columns_of(rule), rule.signs, strict=True)
    worst = sorted(pairs, key=lambda pair: SEVERITIES.index(pair[1].severity))
    seen = [(flag.fill_null(value=False), pl.lit(one.severity)) for flag, one in worst]
    return first_of(seen, pl.lit(rule.severity))


def parts_of(rule: Rule) -> pl.Expr:
    """The checks of the signs that are seen, in the order of the page."""
    pairs = zip(columns_of(rule), rule.signs, strict=True)
    names = [pl.when(flag).then(pl.lit(sign.check)) for flag, sign in pairs]
    return pl.concat_str(names, separator=";", ignore_nulls=True)


def sign_cells(rule: Rule, pack: Pack) -> tuple[set[str], list[pl.Expr]]:
    """Return the tables that the signs read, and whether a cell of them is lost."""
    masks: dict[str, int] = {}
    for name in rule.reads:
        table, _, column = name.partition(".")
        masks[table] = masks.get(table, 0) | pack.tables[table].bit(column)
    cells = [
        (pl.col("_bad" if table == "cases" else f"_bad_{table}") & mask) != 0
        for table, mask in masks.items()
    ]
    return {"cases", *masks}, cells


def doubtful(facts: pl.DataFrame, verdicts: pl.DataFrame, pack: Pack) -> pl.Series:
    """Return, for each case, whether a signal of the highest severity was seen (38).

    No verdict changes by it: a pass of such a case is counted apart.

    Args:
        facts: with the columns of the signs.
        verdicts: of the same cases in the same order.
        pack: its rules on signals.
    """
    severe = pl.repeat(value=False, n=facts.height, eager=True)
    for rule in pack.case_rules:
        flags = [
            flag
            for flag, sign in zip(columns_of(rule), rule.signs, strict=True)
            if sign.severity == WORST
        ]
        if rule.is_signal and flags:
            seen = facts.select(pl.any_horizontal(flags).fill_null(value=False))
            failed = verdicts.get_column(rule.id).cast(pl.String) == "fail"
            severe |= seen.to_series() & failed
    return severe.alias("doubtful")

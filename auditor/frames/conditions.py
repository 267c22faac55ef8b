"""Conditions of rule pages as three-valued expressions: a missing cell is not a no."""

from collections.abc import Iterable

import polars as pl

from auditor.pack.model import Condition


def holds(condition: Condition) -> pl.Expr:
    """Whether one condition holds; null when its cell is null (20)."""
    column = pl.col(condition.column)
    if not condition.is_bounded:
        return pl.any_horizontal([column == word for word in condition.among])
    bounds = (
        (condition.at_most, column.le),
        (condition.at_least, column.ge),
        (condition.below, column.lt),
        (condition.above, column.gt),
    )
    asked = [test(bound) for bound, test in bounds if bound is not None]
    return pl.all_horizontal(asked)


def all_hold(conditions: Iterable[Condition]) -> pl.Expr:
    """Three-valued and: any false is false, else any null is null, else true."""
    return pl.all_horizontal([pl.lit(value=True), *map(holds, conditions)])

"""Accepted rows of ``cases`` to one a case: agreed cells, bounds of other dates."""

from datetime import date

import polars as pl

from auditor.pack import Pack


def merge(cases: pl.LazyFrame, pack: Pack, cutoff: date) -> pl.LazyFrame:
    """Return one row a case (27).

    Clock dates become ``<column>_{lo,hi,lost,mixed,after}`` with the candidates on or
    before the cut-off; any other cell on which the rows of a case differ (a value
    against an empty cell included) is null and its bit is set in ``_disputed``;
    ``_bad`` is the union of the rows' masks; ``says`` is a mask of the status words.
    """
    table = pack.tables["cases"]
    clock = pack.clock.case_dates
    rest = _rest(cases, pack)
    words = table.columns[pack.clock.status].words if pack.clock.status else ()
    rows = cases.select(
        "case_id",
        *rest,
        *(
            expr
            for name in clock
            for expr in _candidates(name, table.bit(name), cutoff)
        ),
        _says(pack.clock.status, words).alias("says"),
        pl.col("_bad"),
    )
    disputed = [
        pl.when(pl.col(name).n_unique() > 1).then(table.bit(name)).otherwise(0)
        for name in rest
    ]
    dates = [expr for name in clock for expr in _bounds(name)]
    merged = rows.group_by("case_id").agg(
        *map(agreed, rest),
        *dates,
        pl.col("says").bitwise_or(),
        pl.col("_bad").bitwise_or(),
        pl.sum_horizontal(disputed).cast(pl.UInt64).alias("_disputed"),
    )
    return merged.with_columns((pl.col("_disputed") != 0).alias("is_disputed"))


def single(cases: pl.LazyFrame, pack: Pack, cutoff: date) -> pl.LazyFrame:
    """Return what :func:`merge` returns for cases that have exactly one row."""
    table = pack.tables["cases"]
    clock = pack.clock.case_dates
    rest = _rest(cases, pack)
    words = table.columns[pack.clock.status].words if pack.clock.status else ()
    return cases.select(
        "case_id",
        *rest,
        *(expr for name in clock for expr in _one_date(name, table.bit(name), cutoff)),
        _says(pack.clock.status, words).alias("says"),
        pl.col("_bad"),
        pl.lit(0, pl.UInt64).alias("_disputed"),
        pl.lit(value=False).alias("is_disputed"),
    )


def one_row_a_case(cases: pl.DataFrame, pack: Pack, cutoff: date) -> pl.LazyFrame:
    """Return one row a case, merging only the cases that have several rows."""
    if not cases.get_column("case_id").is_duplicated().any():
        return single(cases.lazy(), pack, cutoff)
    twice = pl.col("case_id").is_duplicated()
    one = single(cases.filter(~twice).lazy(), pack, cutoff)
    many = merge(cases.filter(twice).lazy(), pack, cutoff)
    return pl.concat([one, many.select(one.collect_schema().names())])


def _rest(cases: pl.LazyFrame, pack: Pack) -> list[str]:
    """The columns that are no clock dates; a kept copy may lack private ones."""
    there = cases.collect_schema().names()
    skip = (*pack.clock.case_dates, "case_id")
    return [c for c in pack.tables["cases"].columns if c in there and c not in skip]


def _says(status: str | None, words: tuple[str, ...]) -> pl.Expr:
    if status is None:
        return pl.lit(0, pl.UInt8)
    bits = [
        pl.when(pl.col(status) == word).then(1 << index).otherwise(0)
        for index, word in enumerate(words)
    ]
    return pl.sum_horizontal(bits).cast(pl.UInt8)


def _candidates(name: str, bit: int, cutoff: date) -> list[pl.Expr]:
    day = pl.col(name)
    lost = (pl.col("_bad") & bit) != 0
    return [
        pl.when(day <= cutoff).then(day).alias(name),
        (day > cutoff).fill_null(value=False).alias(f"{name}_after"),
        lost.alias(f"{name}_lost"),
        (day.is_null() & ~lost).alias(f"{name}_empty"),
    ]


def _bounds(name: str) -> list[pl.Expr]:
    day = pl.col(name)
    return [
        day.min().alias(f"{name}_lo"),
        day.max().alias(f"{name}_hi"),
        pl.col(f"{name}_lost").any(),
        (pl.col(f"{name}_empty").any() & day.is_not_null().any()).alias(
            f"{name}_mixed"
        ),
        pl.col(f"{name}_after").any(),
    ]


def _one_date(name: str, bit: int, cutoff: date) -> list[pl.Expr]:
    day = pl.col(name)
    happened = pl.when(day <= cutoff).then(day)
    return [
        happened.alias(f"{name}_lo"),
        happened.alias(f"{name}_hi"),
        ((pl.col("_bad") & bit) != 0).alias(f"{name}_lost"),
        pl.lit(value=False).alias(f"{name}_mixed"),
        (day > cutoff).fill_null(value=False).alias(f"{name}_after"),
    ]


def agreed(name: str) -> pl.Expr:
    """The one value of a column in a group of rows; null where the rows differ (27)."""
    return pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name)

"""Which cases have other evidence in the second run: a sum of row hashes a case."""

import secrets
from functools import reduce

import polars as pl

from auditor.compare.slices import Slice
from auditor.origins import COPIES, LOOK_ALIKES, PRIVATE

WHOLE = ("delivered",)
"""Kept tables that speak of the whole run: they have no cases."""
PLACES = ("_source", "_row")
"""Where a row stood: another order or another file is no other evidence."""


def tables_of(a: Slice, b: Slice) -> tuple[str, ...]:
    """Return the tables of accepted rows that either run kept."""
    folders = (one.side.evidence("cases").parent for one in (a, b))
    names = {path.stem for folder in folders for path in folder.glob("*.parquet")}
    return tuple(sorted(names - {"lost", COPIES, LOOK_ALIKES, *WHOLE}))


def compared(a: Slice, b: Slice, table: str) -> list[str]:
    """Return the columns of a table that can be held against one another.

    Hashed columns only under one key: under two, equal values differ. A mask of lost
    cells only where both runs number the columns alike.
    """
    one, other = a.evidence(table), b.evidence(table)
    keyless = a.side.key_id is None or a.side.key_id != b.side.key_id
    skip = {*PLACES, *(PRIVATE if keyless else ())}
    if one.columns != other.columns:
        skip.add("_bad")
    return [
        name
        for name, kind in one.schema.items()
        if name not in skip and other.schema.get(name) == kind
    ]


def touched(a: Slice, b: Slice, both: pl.Series) -> pl.Series:
    """Return the ids of cases in both runs of which any accepted row differs.

    Rows count, their order and files do not. The hashes are seeded anew each time, so
    nobody can prepare two histories that look alike; what is listed is then found by
    the values themselves.
    """
    seed = secrets.randbits(63)
    found = [_unlike(a, b, table, seed) for table in ("lost", *tables_of(a, b))]
    ids = reduce(lambda one, more: one.append(more), found, pl.Series(dtype=pl.String))
    once = ids.unique().sort()
    return once.filter(once.is_in(both.implode()))


def _unlike(a: Slice, b: Slice, table: str, seed: int) -> pl.Series:
    if a.evidence(table).is_empty() and b.evidence(table).is_empty():
        return pl.Series(dtype=pl.String)
    columns = compared(a, b, table)
    marks = [_marks(one.evidence(table), columns, seed) for one in (a, b)]
    pairs = marks[0].join(marks[1], on="case_id", how="full", coalesce=True)
    same = pl.col("mark").eq_missing(pl.col("mark_right"))
    return pairs.filter(~same).get_column("case_id")


def _marks(rows: pl.DataFrame, columns: list[str], seed: int) -> pl.DataFrame:
    """Return a sum of row hashes a case: it depends on the rows, not on their order."""
    if rows.is_empty() or not columns:
        return pl.DataFrame(schema={"case_id": pl.String, "mark": pl.UInt64})
    hashes = rows.select(columns).hash_rows(seed).alias("mark")
    return (
        rows.select("case_id").with_columns(hashes).group_by("case_id")
        .agg(pl.col("mark").sum())
    )  # fmt: skip

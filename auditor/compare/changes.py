"""What became of each cell of a case: stamps rewritten, removed or filled in later."""

import secrets
from datetime import date

import polars as pl

from auditor.compare.cells import STAMPS, cells, unlike_rows
from auditor.compare.pairs import matched
from auditor.compare.slices import Slice
from auditor.compare.touched import compared, tables_of
from auditor.judge.between import HISTORY, stamp_kind

CELLS = ("moved", "emptied")
"""Kinds of other cells that say something else, or nothing any more."""
UNREAD, FILLED = "unreadable", "filled"
"""Kinds that accuse nobody: a cell that a reject explains, one filled in later."""
KINDS = (*HISTORY, *CELLS, UNREAD, FILLED)
CHANGES: dict[str, pl.DataType | type[pl.DataType]] = {
    "case_id": pl.String,
    "kind": pl.String,
    "table": pl.String,
    "step": pl.String,
    "column": pl.String,
    "round": pl.Int64,
    "value_a": pl.String,
    "value_b": pl.String,
    "days": pl.Int64,
    "source_a": pl.String,
    "row_a": pl.UInt64,
    "source_b": pl.String,
    "row_b": pl.UInt64,
}
_AT = ("case_id", "table", "column")
_PAIRED = (
    (*_AT, "said", "round"), (*_AT, "step", "round"), (*_AT, "said"), (*_AT, "step"),
)  # fmt: skip
Frames = tuple[pl.DataFrame, pl.DataFrame]


def changes(a: Slice, b: Slice, ids: pl.Series, still_open: str | None) -> pl.DataFrame:
    """Return what differs in the accepted rows of some cases, a row a cell.

    ``value_a`` is what was recorded first and stays the evidence; ``days`` is how far
    a stamp moved, in calendar days. A stamp is past if it lies on or before the cut-off
    of the earlier run; what is only dated later is no rewriting and not listed.

    Args:
        a: the earlier run.
        b: the later run.
        ids: cases that are in both.
        still_open: the word of the status that is bound to change.
    """
    seed = secrets.randbits(63)
    found = [_of_table((a, b), table, ids, seed) for table in tables_of(a, b)]
    one, other = (pl.concat(side) for side in zip(*found, strict=True))
    stamp = pl.col("day").is_not_null()
    stamps = _stamps((one.filter(stamp), other.filter(stamp)))
    rest = _cells((one.filter(~stamp), other.filter(~stamp)))
    told = _with_rejects(pl.concat([stamps, rest], how="diagonal"), a, b)
    kind = _kind(a.side.clock.cutoff, still_open)
    return _shown(
        told.with_columns(kind.alias("kind")).filter(pl.col("kind").is_not_null())
    )


def _of_table(
    sides: tuple[Slice, Slice], table: str, ids: pl.Series, seed: int
) -> Frames:
    columns = compared(*sides, table)
    wanted = ids.to_frame("case_id")
    a, b = (
        rows if rows.is_empty() else rows.join(wanted, on="case_id", how="semi")
        for rows in (side.evidence(table) for side in sides)
    )
    if not columns:
        return _whole(a, table), _whole(b, table)
    a, b = unlike_rows(a, b, columns, seed)
    return cells(a, table, columns), cells(b, table, columns)


def _whole(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return the cells of a table that the other run did not keep."""
    return (
        pl.DataFrame(schema=STAMPS)
        if rows.is_empty()
        else cells(rows, table, rows.columns)
    )


def _stamps(sides: Frames) -> pl.DataFrame:
    for name in ("step", "said"):
        _, *left = matched(*sides, (*_AT, name, "day", "tod"))
        sides = (left[0], left[1])
    same_day, *left = matched(*sides, (*_AT, "step", "day"))
    return pl.concat([same_day, _paired((left[0], left[1]))], how="diagonal")


def _cells(sides: Frames) -> pl.DataFrame:
    for name in ("step", "said"):
        _, *left = matched(*sides, (*_AT, name, "text"))
        sides = (left[0], left[1])
    return _paired(sides)


def _paired(sides: Frames) -> pl.DataFrame:
    """Pair what is left, from the closest likeness to the loosest; then the single."""
    a, b = sides
    found = []
    for keys in _PAIRED:
        pairs, a, b = matched(a, b, keys)
        found.append(pairs)
    late = b.rename({name: f"{name}_b" for name in b.columns}).with_columns(
        pl.col(f"{name}_b").alias(name) for name in (*_AT, "step", "round")
    )
    return pl.concat([*found, a, late], how="diagonal")


def _kind(cutoff: date, still_open: str | None) -> pl.Expr:
    is_stamp = pl.col("day").is_not_null() | pl.col("day_b").is_not_null()
    was, now = pl.col("text"), pl.col("text_b")
    waits = ((pl.col("column") == "status") & (was == still_open)).fill_null(
        value=False
    )
    unread = (was.is_null() & pl.col("came")) | (now.is_null() & pl.col("gone"))
    return (
        pl.when(is_stamp).then(stamp_kind(pl.lit(cutoff)))
        .when(waits).then(pl.lit("filled"))
        .when(unread).then(pl.lit("unreadable"))
        .when(was.is_null()).then(pl.lit("filled"))
        .when(now.is_null()).then(pl.lit("emptied"))
        .otherwise(pl.lit("moved"))
    )  # fmt: skip


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    made = rows.select(
        "case_id",
        "kind",
        "table",
        pl.coalesce("step", "step_b").alias("step"),
        "column",
        pl.coalesce("round", "round_b").alias("round"),
        _value("").alias("value_a"),
        _value("_b").alias("value_b"),
        (pl.col("day_b") - pl.col("day")).dt.total_days().alias("days"),
        pl.col("source").alias("source_a"),
        pl.col("row").alias("row_a"),
        "source_b",
        "row_b",
    )
    return made.select(*CHANGES).sort(list(CHANGES), nulls_last=True)


def _value(side: str) -> pl.Expr:
    """A cell as people read it: the day with its clock, or the text."""
    day, tod = pl.col(f"day{side}").dt.to_string("%Y-%m-%d"), pl.col(f"tod{side}")
    clock = pl.time(tod // 3600, tod // 60 % 60, tod % 60).dt.to_string("%H:%M:%S")
    timed = pl.concat_str(day, clock, separator=" ")
    stamp = pl.when(tod.is_null()).then(day).otherwise(timed)
    return pl.coalesce(stamp, pl.col(f"text{side}"))


def _with_rejects(found: pl.DataFrame, a: Slice, b: Slice) -> pl.DataFrame:
    """Add ``came`` and ``gone``: a reject of the run explains a missing cell."""
    return _beside(_beside(found, _rejected(a), "came"), _rejected(b), "gone")


def _beside(found: pl.DataFrame, rejected: pl.DataFrame, name: str) -> pl.DataFrame:
    true = pl.lit(value=True)
    cell = rejected.filter(pl.col("column").is_not_null()).with_columns(_cell=true)
    row = (
        rejected.filter(pl.col("column").is_null())
        .drop("column")
        .with_columns(_all=true)
    )
    told = found.join(cell, on=list(_AT), how="left", maintain_order="left")
    told = told.join(row, on=["case_id", "table"], how="left", maintain_order="left")
    known = pl.coalesce("_cell", "_all").fill_null(value=False).alias(name)
    return told.with_columns(known).drop("_cell", "_all")


def _rejected(one: Slice) -> pl.DataFrame:
    """Return case, table and column of what was rejected; a whole row has no column."""
    rejects = one.table("rejects").filter(pl.col("case_id").is_not_null())
    whole = pl.col("kind") == "row"
    column = pl.when(~whole).then(pl.col("column")).alias("column")
    return rejects.select("case_id", "table", column).unique()

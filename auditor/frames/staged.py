"""Staged files: text, or values of a Parquet file that kept their own type.

A stamp without a zone, a truth value or a number says the same as its text and is
several times faster to hand on; where its text is wanted, it is written here.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

ROW = "_row"
UNITS = {"ms": ("%.3f", 86_400_000), "us": ("%.6f", 86_400_000_000)}
FIRST, LAST = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))


def scan_staged(path: Path) -> pl.LazyFrame:
    """Return the rows of a staged file in their order, with ``_row`` as their number.

    A file that is handed on as delivered has no such column: there the number is the
    running one. What its footer says of its values is believed in nothing.
    """
    numbered = ROW in _schema(path)
    return pl.scan_parquet(
        path,
        glob=False,
        hive_partitioning=False,
        use_statistics=False,
        row_index_name=None if numbered else ROW,
        row_index_offset=0 if numbered else 1,
    )


def staged_kinds(path: Path, header: tuple[str, ...]) -> list[pl.DataType]:
    """Return the types of a staged file's columns in the order of its header."""
    kinds = _schema(path)
    return [kinds[name] for name in header]


def _schema(path: Path) -> pl.Schema:
    # The shorter way takes the brackets in the name of a folder for a pattern.
    return pl.scan_parquet(path, glob=False, hive_partitioning=False).collect_schema()


def is_stamp(kind: pl.DataType) -> bool:
    """Say whether a staged column holds stamps rather than text."""
    return kind == pl.Date or isinstance(kind, pl.Datetime)


def written(column: pl.Series) -> pl.Series:
    """Return a staged column as text at once; see :func:`as_text`.

    Nothing of it calls back from a plan: columns are written in threads.
    """
    frame = pl.DataFrame([column.alias("cell")])
    cell = pl.col("cell")
    if column.dtype != pl.Float64:
        return frame.select(as_text(cell, column.dtype)).to_series().alias(column.name)
    text = pl.lit(_expanded(frame.select(cell.cast(pl.String)).to_series()))
    return frame.select(_number_text(cell, text)).to_series().alias(column.name)


def as_text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Return a staged column as text, empty where it has no value.

    A fraction is written in full, or not at all if it is zero. A stamp outside the
    years 1 to 9999, which the engine cannot write, is ``@`` and its number. A number
    is the shortest text that gives it back, without a point if it is whole.
    """
    if is_stamp(kind):
        return _stamp_text(column, kind)
    if kind == pl.Float64:
        text = column.cast(pl.String).map_batches(_expanded, return_dtype=pl.String)
        return _number_text(column, text)
    if kind == pl.Boolean or (kind.is_integer() and kind != pl.UInt64):
        return column.cast(pl.String).fill_null("")
    return column


def _number_text(column: pl.Expr, text: pl.Expr) -> pl.Expr:
    """Return whole numbers without a point, others as their text, empty for null."""
    whole = column.cast(pl.Int64, strict=False)
    plain = pl.when(whole == column).then(whole.cast(pl.String))
    return pl.coalesce(plain, text, pl.lit(""))


def _stamp_text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    form, a_day = "%Y-%m-%d", 1
    if isinstance(kind, pl.Datetime):
        fraction, a_day = UNITS[kind.time_unit]
        form = f"{form} %H:%M:%S{fraction}"
    number = column.to_physical().cast(pl.Int64)
    real = number.is_between(FIRST * a_day, (LAST + 1) * a_day - 1)
    text = pl.when(real).then(column).dt.to_string(form).str.replace(r"\.0+$", "")
    return pl.coalesce(text, "@" + number.cast(pl.String), pl.lit(""))


def _expanded(text: pl.Series) -> pl.Series:
    """Write the exponents of numbers out."""
    powers = text.str.contains("e", literal=True).fill_null(value=False)
    if not powers.any():
        return text
    plain = [format(Decimal(value), "f") for value in text.filter(powers)]
    return text.scatter(powers.arg_true(), plain)


def texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return staged rows with every value as text; ``_row`` stays a number."""
    return pl.DataFrame(  # a header may be a pattern to the engine
        [
            one if one.name == ROW or one.dtype == pl.String else written(one)
            for one in rows.iter_columns()
        ]
    )

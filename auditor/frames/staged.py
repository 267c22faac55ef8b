"""Staged columns: text, or stamps of a Parquet file that kept their own type.

A stamp without a zone says the same as its text ``YYYY-MM-DD HH:MM:SS[.ffffff]`` and is
several times faster to hand on; where its text is wanted, it is written here.
"""

from datetime import date

import polars as pl

UNITS = {"ms": ("%.3f", 86_400_000), "us": ("%.6f", 86_400_000_000)}
FIRST, LAST = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))


def is_stamp(kind: pl.DataType) -> bool:
    """Say whether a staged column holds stamps rather than text."""
    return kind == pl.Date or isinstance(kind, pl.Datetime)


def as_text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Return a staged column as text, empty where it has no value.

    A fraction is written in full, or not at all if it is zero. A stamp outside the
    years 1 to 9999, which the engine cannot write, is ``@`` and its number.
    """
    if not is_stamp(kind):
        return column
    form, a_day = "%Y-%m-%d", 1
    if isinstance(kind, pl.Datetime):
        fraction, a_day = UNITS[kind.time_unit]
        form = f"{form} %H:%M:%S{fraction}"
    number = column.to_physical().cast(pl.Int64)
    real = number.is_between(FIRST * a_day, (LAST + 1) * a_day - 1)
    text = pl.when(real).then(column).dt.to_string(form).str.replace(r"\.0+$", "")
    return pl.coalesce(text, "@" + number.cast(pl.String), pl.lit(""))


def texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return staged rows with every stamp as text."""
    columns = []
    for column in rows.iter_columns():  # a header may be a pattern to the engine
        frame = pl.DataFrame([column.rename("stamp")])
        text = frame.select(as_text(pl.col("stamp"), column.dtype)).to_series()
        columns.append(text.rename(column.name))
    return pl.DataFrame(columns)

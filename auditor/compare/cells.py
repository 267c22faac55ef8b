"""What a table says of its cases, a row a cell: stamps and other cells apart."""

import polars as pl

from auditor.compare.pairs import matched

STAMPS: dict[str, pl.DataType | type[pl.DataType]] = {
    "case_id": pl.String,
    "table": pl.String,
    "column": pl.String,
    "step": pl.String,
    "said": pl.String,
    "round": pl.Int64,
    "day": pl.Date,
    "tod": pl.Int32,
    "text": pl.String,
    "source": pl.String,
    "row": pl.UInt64,
}
"""One cell: ``day`` and ``tod`` of a stamp, ``text`` of any other; ``said`` is the
step in the source's own words."""
NAMES = ("step", "item")
"""The columns that tell the rows of one case apart, the first that a table has."""
RAW = "raw_step"


def unlike_rows(
    a: pl.DataFrame, b: pl.DataFrame, columns: list[str], seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of each side without those that the other has as well."""
    if a.is_empty() or b.is_empty():
        return a, b
    one, other = (rows.with_columns(_mark(rows, columns, seed)) for rows in (a, b))
    _, left, right = matched(one, other, ("case_id", "_mark"))
    return left.drop("_mark"), right.drop("_mark")


def _mark(rows: pl.DataFrame, columns: list[str], seed: int) -> pl.Series:
    return rows.select(columns).hash_rows(seed).alias("_mark")


def cells(rows: pl.DataFrame, table: str, columns: list[str]) -> pl.DataFrame:
    """Return every filled cell of the columns as a row of :data:`STAMPS`."""
    asked = [
        name
        for name in columns
        if name not in ("case_id", RAW)
        and not name.startswith("_")
        and not name.endswith("_tod")
        and not (name in NAMES and table == "events")
    ]
    made = [_cells(rows, table, name) for name in asked]
    return pl.concat([pl.DataFrame(schema=STAMPS), *made])


def _cells(rows: pl.DataFrame, table: str, column: str) -> pl.DataFrame:
    names = rows.columns
    step = next((name for name in NAMES if name in names), None)
    nothing = pl.lit(None, pl.String)
    is_day = rows.schema[column] == pl.Date
    clock = f"{column}_tod"
    value = pl.col(column)
    by_round = "round" in names and column != "round"
    return rows.filter(value.is_not_null()).select(
        "case_id",
        pl.lit(table).alias("table"),
        pl.lit(column).alias("column"),
        (pl.col(step) if step and step != column else nothing).alias("step"),
        (pl.col(RAW) if RAW in names else nothing).alias("said"),
        (pl.col("round") if by_round else pl.lit(None, pl.Int64)).alias("round"),
        (value if is_day else pl.lit(None, pl.Date)).alias("day"),
        (pl.col(clock) if clock in names else pl.lit(None, pl.Int32)).alias("tod"),
        (nothing if is_day else value.cast(pl.String)).alias("text"),
        pl.col("_source").alias("source"),
        pl.col("_row").alias("row"),
    )

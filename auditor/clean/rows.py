"""Which rows stay: the four reasons to set a row aside, in their order.

A row meets the tests in this order and leaves at the first that catches it:

1. what the reader rejected never arrives here;
2. ``empty_key``: case_id or step is empty where the table requires it;
3. duplicate: equal in raw text to a row that stays past 2, whatever happens to that
   one later; kept is the copy with the smallest (source name, row);
4. ``unknown_case``: the case is not among the rows of ``cases`` that stay;
5. ``from_after_to``: the interval ends before it begins.

So read = accepted + duplicate + rejected holds for every table by construction.
"""

import polars as pl

from auditor.clean.cells import KEYS
from auditor.pack.model import Table

FROM, TO = "from_date", "to_date"


def is_per_case(table: Table) -> bool:
    """Say whether every row of a table belongs to a case."""
    column = table.columns.get(KEYS[0])
    return column is not None and column.required


def found(rows: pl.DataFrame, column: str, reason: str) -> pl.DataFrame:
    """Return rejects of whole rows: _source, row, column, value, reason, case_id."""
    case = pl.col(KEYS[0]) if KEYS[0] in rows else pl.lit(None, pl.String)
    return rows.select(
        "_source",
        pl.col("_row").alias("row"),
        pl.lit(column).alias("column"),
        pl.col(column).alias("value"),
        pl.lit(reason).alias("reason"),
        case.alias(KEYS[0]),
    )


def without_empty_keys(
    text: pl.DataFrame, table: Table
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Split off the rows that lack a required case_id or step."""
    rejects = []
    for key in KEYS:
        column = table.columns.get(key)
        if column is not None and column.required and text[key].null_count():
            rejects.append(found(text.filter(pl.col(key).is_null()), key, "empty_key"))
            text = text.filter(pl.col(key).is_not_null())
    return text, rejects


def without_duplicates(text: pl.DataFrame, rank: pl.Series) -> tuple[pl.DataFrame, int]:
    """Keep one of the rows that are equal in raw text, and count the others.

    ``rank`` orders the sources by name, so which copy stays does not depend on the
    order of files. The hash only finds candidates; they are compared in full.
    """
    suspect = text["_raw"].is_duplicated()
    if not suspect.any():
        return text, 0
    content = [name for name in text.columns if name not in {"_source", "_row"}]
    place = pl.col("_source").cast(pl.UInt32)
    order = text.with_row_index("_at").filter(suspect)
    order = order.with_columns(_rank=rank.gather(order.select(place).to_series()))
    order = order.sort("_rank", "_row", "_at")
    again = order.filter(~pl.struct(content).is_first_distinct())["_at"]
    keep = pl.select(pl.repeat(value=True, n=text.height, dtype=pl.Boolean)).to_series()
    return text.filter(keep.scatter(again, values=False)), again.len()


def without_orphans(
    text: pl.DataFrame, cases: pl.DataFrame
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Split off rows of unknown cases; the rest come sorted by case, source, row.

    ``cases`` has the known ids in order as ``case_id`` with their place ``_case``.
    """
    placed = text.join(cases, on=KEYS[0], how="left", maintain_order="left")
    rejects = []
    if placed["_case"].null_count():
        orphans = placed.filter(pl.col("_case").is_null())
        rejects.append(found(orphans, KEYS[0], "unknown_case"))
        placed = placed.filter(pl.col("_case").is_not_null())
    return placed.sort("_case", "_source", "_row").drop("_case"), rejects


def is_reversed(typed: pl.DataFrame) -> pl.Series | None:
    """Mark rows whose interval ends before it begins; None if there are none."""
    if FROM not in typed or TO not in typed:
        return None
    mask = typed.select((pl.col(FROM) > pl.col(TO)).fill_null(value=False)).to_series()
    return mask if mask.any() else None

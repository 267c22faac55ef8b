"""Rows that say a thing again: word for word, without contradiction, or otherwise."""

import polars as pl

from auditor.clean.cells import KEYS
from auditor.clean.rows import repeats
from auditor.frames import COPY_CLASSES
from auditor.pack.model import Pack, Table

CASE, STEP = KEYS[0], KEYS[1]
COPIES: dict[str, type[pl.DataType]] = {
    "class": pl.String,
    "table": pl.String,
    CASE: pl.String,
    "thing": pl.String,
    "columns": pl.String,
    "_source": pl.UInt16,
    "_row": pl.UInt64,
}
"""A row a row that is not alone: of which thing, and in which columns copies differ."""
SAME = {
    "cases": (CASE,),
    "events": (CASE, STEP),
    "fees": (CASE, "receipt_id", "item"),
    "suspensions": (CASE, "evidence_id"),
    "meters": (CASE,),
}
"""What makes two rows of a table speak of one thing, where all of it is given."""


def copies(
    kept: pl.DataFrame,
    again: pl.DataFrame,
    table: Table,
    pack: Pack,
    place: pl.Series | None,
) -> pl.DataFrame:
    """Return the rows of one thing that has several, classed as `COPY_CLASSES`.

    ``complete`` are the rows that were set aside, equal word for word to one that
    stays. Of those that stay, rows of one thing are ``consistent`` if a value only
    stands against an empty cell, else ``inconsistent``. Rounds of a step are things
    of their own. ``place`` is that of each kept row's case, None without cases.
    """
    whole = again.select(
        pl.lit(COPY_CLASSES[0]).alias("class"),
        pl.lit(table.name).alias("table"),
        _case(again).alias(CASE),
        pl.lit("").alias("thing"),
        pl.lit("").alias("columns"),
        "_source",
        "_row",
    )
    several = _several(kept, table, pack, place)
    if several.is_empty():
        return whole
    return pl.concat([whole, _classed(several, table)])


def _classed(several: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return the rows of things that stay several times, with class and columns."""
    keys = SAME[table.name]
    rest = [name for name in table.columns if name not in keys and name in several]
    counted = several.group_by(keys).agg(
        pl.concat_list(_named(pl.col(n).n_unique() > 1, n) for n in rest).alias("any"),
        pl.concat_list(
            _named(pl.col(n).drop_nulls().n_unique() > 1, n) for n in rest
        ).alias("two"),
    )
    clash = pl.col("two").list.drop_nulls().list.len() > 0
    found = pl.when(clash).then(pl.lit(COPY_CLASSES[2]))
    kind = found.otherwise(pl.lit(COPY_CLASSES[1]))
    thing = pl.concat_str(keys[1:], separator=" ") if keys[1:] else pl.lit("")
    return several.join(counted, on=keys, how="left").select(
        kind.alias("class"),
        pl.lit(table.name).alias("table"),
        CASE,
        thing.alias("thing"),
        pl.col("any").list.drop_nulls().list.join(";").alias("columns"),
        "_source",
        "_row",
    )


def _case(rows: pl.DataFrame) -> pl.Expr:
    return pl.col(CASE) if CASE in rows.columns else pl.lit(None, pl.String)


def _named(differs: pl.Expr, name: str) -> pl.Expr:
    return pl.when(differs).then(pl.lit(name))


def _several(
    kept: pl.DataFrame, table: Table, pack: Pack, place: pl.Series | None
) -> pl.DataFrame:
    """Return the rows of things that have more than one; few at most."""
    keys = SAME.get(table.name)
    if keys is None or place is None or kept.is_empty():
        return kept.clear()
    # Rows come case by case: a case that has one row of the table has no copies.
    near = (place == place.shift(1)).fill_null(value=False)
    asked = near | near.shift(-1, fill_value=False)
    if table.name == "events":
        asked &= kept[STEP].is_in(_once(pack)).fill_null(value=False)
    for key in keys[1:]:
        asked &= kept[key].is_not_null()
    # Hashes tell that all differ; which do not is told by what they are of.
    codes = place.hash(len(keys))
    for seed, key in enumerate(keys[1:]):
        codes ^= kept[key].hash(seed)
    if not asked.any() or not repeats(codes.filter(asked)):
        return kept.clear()
    return kept.filter(asked).filter(pl.struct(keys).is_duplicated())


def _once(pack: Pack) -> list[str]:
    """Return the customer's steps that happen once: those without rounds."""
    rounds = {window.rounds for window in pack.windows if window.rounds}
    return [step for step in pack.steps.customer_facing if step not in rounds]

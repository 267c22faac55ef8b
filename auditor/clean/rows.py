"""Which rows stay: the five reasons to set a row aside, in their order.

A row meets the tests in this order and leaves at the first that catches it:

1. what the reader rejected never arrives here;
2. ``empty_key``: case_id or step is empty where the table requires it;
   ``precision_lost``: the id is a number that a spreadsheet rounded (``3.30102E+17``)
   and names no case; a row of ``cases`` has one of its own by then (`nameless`);
3. duplicate: equal in raw text to a row that stays past 2, whatever happens to that
   one later; kept is the copy with the smallest (source name, row);
4. ``unknown_case``: the case is not among the rows of ``cases`` that stay;
5. ``from_after_to``: the interval ends before it begins.

So read = accepted + duplicate + rejected holds for every table by construction.
"""

import polars as pl

from auditor.clean.cells import KEYS, PRECISION, PROJECT, is_rounded
from auditor.pack.model import Table

FROM, TO = "from_date", "to_date"
HALF = 1 << 32  # more rows than one partition of one table holds


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
        pl.col(column).cast(pl.String).alias("value"),
        pl.lit(reason).alias("reason"),
        case.alias(KEYS[0]),
    )


def known_cases(cases: pl.DataFrame | None, stubs: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct case ids in order, each with its place ``_case``."""
    ids = stubs[KEYS[0]]
    if cases is not None:
        ids = pl.concat([cases[KEYS[0]], ids]) if ids.len() else cases[KEYS[0]]
    if not _increases(ids):
        ids = ids.unique().sort()
    return ids.to_frame().with_row_index("_case")


def _increases(ids: pl.Series) -> bool:
    """Say whether ids come in their order, each once."""
    return ids.is_sorted() and bool((ids != ids.shift(1)).slice(1).all())


def without_lost_keys(
    text: pl.DataFrame, table: Table
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Split off the rows that lack a required case_id or step, or whose id is lost."""
    rejects = []
    for key in KEYS:
        column = table.columns.get(key)
        if column is not None and column.required and text[key].null_count():
            rejects.append(found(text.filter(pl.col(key).is_null()), key, "empty_key"))
            text = text.filter(pl.col(key).is_not_null())
    for key in (KEYS[0], PROJECT):
        column = table.columns.get(key)
        if column is None or not column.required:
            continue
        lost = is_rounded(text[key])
        if not lost.any():
            continue
        told = found(text.filter(lost), key, PRECISION)
        # Such an id names no case: no other row may be lost under it.
        rejects.append(told.with_columns(pl.lit(None, pl.String).alias(KEYS[0])))
        text = text.filter(~lost)
    return text, rejects


def without_duplicates(
    typed: pl.DataFrame, rank: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep one of the rows that are equal in raw text; return it and the others.

    ``rank`` orders the sources by name, so which copy stays does not depend on the
    order of files. ``_raw`` is a hash of the text and only finds candidates, whose
    values are then compared.
    """
    if not repeats(typed["_raw"]):
        return typed, typed.clear()
    suspect = typed["_raw"].is_duplicated()
    content = [name for name in typed.columns if name not in {"_source", "_row"}]
    copies = typed.with_row_index("_at").filter(suspect)
    ranks = rank.gather(copies["_source"].cast(pl.UInt32)).alias("_rank")
    copies = copies.with_columns(ranks).sort("_rank", "_row", "_at")
    again = copies.filter(~pl.struct(content).is_first_distinct())
    stays = ~pl.int_range(typed.height, eager=True).is_in(again["_at"].implode())
    return typed.filter(stays), again


def repeats(codes: pl.Series) -> bool:
    """Say whether a number comes twice; sorting them is faster than a hash table."""
    ordered = codes.sort()
    return bool((ordered == ordered.shift(1)).any())


def without_orphans(
    typed: pl.DataFrame, cases: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Return rows of known cases, sorted by case, source, row; then those of others.

    Last comes the place of each kept row's case. ``cases`` has the known ids in order
    as ``case_id`` with their place ``_case``.
    """
    place = _place(typed[KEYS[0]], cases)
    orphans = typed.clear()
    if place.null_count():
        orphans = typed.filter(place.is_null())
        typed = typed.filter(place.is_not_null())
        place = place.drop_nulls()
    kept, place = _ordered(typed, place, cases[KEYS[0]])
    return kept, orphans, place


def _place(ids: pl.Series, cases: pl.DataFrame) -> pl.Series:
    """Return the place of each row's case; null where there is none.

    A log that comes case by case asks once for each run of equal ids.
    """
    first = (ids != ids.shift(1)).fill_null(value=True)
    runs = ids.filter(first)
    same = runs.equals(cases[KEYS[0]])
    found = cases["_case"] if same else _found(runs, cases)
    return found if first.all() else found.gather(first.cast(pl.UInt32).cum_sum() - 1)


def _found(ids: pl.Series, cases: pl.DataFrame) -> pl.Series:
    """Return the place of each id; null where it is unknown.

    Numbers are found faster than texts; whether they stand for the same is looked at.
    """
    known = cases.select("_case", pl.col(KEYS[0]).hash().alias("code"))
    key, asked = "code", ids.hash().alias("code").to_frame()
    if repeats(known["code"]):
        key, asked, known = KEYS[0], ids.to_frame(), cases
    found = asked.join(known, on=key, how="left", maintain_order="left")["_case"]
    right = cases[KEYS[0]].gather(found) == ids
    return found if right.all() else found.set(~right.fill_null(value=False), None)


def _ordered(
    typed: pl.DataFrame, place: pl.Series, ids: pl.Series
) -> tuple[pl.DataFrame, pl.Series]:
    """Sort rows by the place of their case, then by source and row."""
    if not _follow(typed["_source"], typed["_row"]):
        at = typed.select(pl.arg_sort_by("_source", "_row")).to_series()
        typed, place = _gathered(typed, at), place.gather(at)
    # One integer a row sorts many times faster than columns; its low half is the row.
    rows = pl.int_range(typed.height, dtype=pl.UInt64, eager=True)
    key = place.cast(pl.UInt64) * HALF + rows
    if key.is_sorted():
        return typed, place
    key = key.sort()
    place = (key // HALF).cast(pl.UInt32)
    others = _gathered(typed.drop(KEYS[0]), (key % HALF).cast(pl.UInt32))
    # Of the ids only the order is new, and the known ones are at hand in it.
    kept = others.with_columns(ids.gather(place).alias(KEYS[0]))
    return kept.select(typed.columns), place


def _gathered(rows: pl.DataFrame, at: pl.Series) -> pl.DataFrame:
    """Return rows by their places; from pieces it would cost many times as much."""
    empty = [one.name for one in rows if one.null_count() == rows.height]
    found = rows.drop(empty).rechunk().select(pl.all().gather(at))
    none = (pl.lit(None, rows.schema[name]).alias(name) for name in empty)
    return found.with_columns(none).select(rows.columns)


def _follow(source: pl.Series, row: pl.Series) -> bool:
    """Say whether rows come by source and row, as they do from the reader."""
    before, above = source.shift(1), row.shift(1)
    follow = (source > before) | ((source == before) & (row >= above))
    return bool(follow.slice(1).all())


def is_reversed(typed: pl.DataFrame) -> pl.Series | None:
    """Mark rows whose interval ends before it begins; None if there are none."""
    if FROM not in typed or TO not in typed:
        return None
    mask = typed.select((pl.col(FROM) > pl.col(TO)).fill_null(value=False)).to_series()
    return mask if mask.any() else None

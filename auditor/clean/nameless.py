"""Applications whose id a spreadsheet spoilt: each is a case, with an id of its own.

A long id that was taken for a number is shown as ``3.30102E+17`` or cut behind its
fifteenth digit. Its row of ``cases`` is still an application of its county, and may be
a late one. Its events, fees … cannot be told from those of others any more, so that it
can break a rule and never keep one.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from auditor.clean.cells import FOUND, KEYS, PRECISION, is_rounded
from auditor.clean.rows import is_per_case
from auditor.clean.view import View
from auditor.frames.staged import written
from auditor.pack.model import Table

CASE = KEYS[0]
OWN = r" \[[0-9a-f]{8}\]$"  # what an id of its own ends with
LOST_IDS = pl.Schema({"_source": pl.UInt16, "_row": pl.UInt64, "shown": pl.String})
_PLACE = ("_source", "_row", "_raw")


def lost_ids(views: Sequence[View], rejects: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of ``cases`` whose id the reader lost, and what it showed."""
    cells = rejects.filter(kind="cell")
    found = [pl.DataFrame(schema=LOST_IDS)]
    for view in views:
        at = view.columns.get(CASE)
        if view.table.name == "cases" and at is not None:
            mine = cells.filter(source=view.raw.source, column=view.raw.header[at])
            file = pl.lit(view.file).alias("_source")
            rows = mine.select(file, pl.col("row").alias("_row"), shown="value")
            found.append(rows.cast(LOST_IDS))
    return pl.concat(found).drop_nulls().unique(["_source", "_row"])


def with_own_ids(
    text: pl.DataFrame, lost: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give rows of ``cases`` with a spoilt id one of their own; also tell those cells.

    It is what is left of the id, and a digest of all cells of the row: rows that say
    the same have the same id and are duplicates, wherever they lie. ``lost`` are the
    rows whose id the reader could not use; it has told them itself.
    """
    rounded = is_rounded(text[CASE])
    left = text[CASE].set(~rounded, None)
    if lost.height:
        places = text.select("_source", "_row")
        shown = places.join(lost, on=[*LOST_IDS][:2], how="left", maintain_order="left")
        left = left.zip_with(text[CASE].is_not_null(), shown["shown"])
    if left.null_count() == left.len():
        return text, pl.DataFrame(schema=dict(FOUND))
    at = left.is_not_null().arg_true()
    own = text[CASE].scatter(at, _ids(text[at], left[at]))
    told = text.select(
        "_source",
        pl.col("_row").alias("row"),
        "_raw",
        pl.lit(CASE).alias("column"),
        pl.col(CASE).alias("value"),
        pl.lit(PRECISION).alias("reason"),
        own,
    )
    return text.with_columns(own), told.filter(rounded)


def _ids(rows: pl.DataFrame, left: Iterable[str]) -> pl.Series:
    cells = pl.DataFrame([written(one) for one in rows.drop(_PLACE)])
    told = zip(left, cells.iter_rows(named=True), strict=True)
    return pl.Series([f"{one} [{_digest(row)}]" for one, row in told])


def _digest(row: Mapping[str, str | None]) -> str:
    filled = {name: cell for name, cell in row.items() if cell}
    said = json.dumps(filled, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def untied(known: pl.DataFrame, tables: Mapping[str, Table]) -> pl.DataFrame:
    """Return the cases with an id of their own, as having lost rows of other tables."""
    ids = known[CASE].filter(known[CASE].str.ends_with("]"))
    ids = ids.filter(ids.str.contains(OWN))
    others = [n for n, t in tables.items() if n != "cases" and is_per_case(t)]
    every = pl.Series("table", others, pl.String).to_frame()
    return ids.to_frame().join(every, how="cross")

"""Cases by number: each table's rows carry the position of their case, not its id."""

import polars as pl

from auditor.frames import Load

KEY = "case_id"


def case_ids(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct ids of a table's rows in order, as ``case_id``."""
    ids = cases.get_column(KEY)
    first = _first_of_runs(ids)
    if first is None:
        return cases.select(KEY).unique().sort(KEY)
    return ids.filter(first).to_frame()


def numbered(load: Load, ids: pl.DataFrame) -> Load:
    """Give every table the position of its case instead of the id; each table once.

    Grouping and joining on small integers costs a fraction of what ids of twenty
    characters cost; positions follow the sorted ids, so sorting stays the same. Rows
    of other cases are left out.
    """
    kept: dict[str, pl.DataFrame] = {}

    def load_numbered(table: str) -> pl.DataFrame:
        if table not in kept:
            kept[table] = _numbered(load(table), ids)
        return kept[table]

    return load_numbered


def _numbered(rows: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Look each run of equal ids up once: tables of a partition are sorted by case."""
    if KEY not in rows:
        return rows
    places = ids.with_row_index("_place")
    mine = rows.get_column(KEY)
    first = _first_of_runs(mine)
    if first is None:
        place = _place(rows.select(KEY), places)
    else:
        run = first.cast(pl.UInt32).cum_sum() - 1
        place = _place(mine.filter(first).to_frame(), places).gather(run)
    rows = rows.with_columns(place.alias(KEY))
    return rows.filter(place.is_not_null()) if place.null_count() else rows


def _place(wanted: pl.DataFrame, places: pl.DataFrame) -> pl.Series:
    if wanted.get_column(KEY).equals(places.get_column(KEY)):
        return places.get_column("_place")
    found = wanted.join(places, on=KEY, how="left", maintain_order="left")
    return found.get_column("_place")


def rows_of(rows: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of some cases, in their order; ``ids`` are their ids."""
    wanted = ids.get_column(KEY).implode()
    mine = rows.get_column(KEY)
    first = _first_of_runs(mine)
    if first is None:
        return rows.filter(mine.is_in(wanted))
    run = first.cast(pl.UInt32).cum_sum() - 1
    return rows.filter(mine.filter(first).is_in(wanted).gather(run))


def _first_of_runs(ids: pl.Series) -> pl.Series | None:
    """Mark the first row of each id in sorted rows; None if they are not sorted."""
    before = ids.shift(1)
    if not (ids >= before).all():
        return None
    return (ids != before).fill_null(value=True)

"""Type the rows of a table in batches; keep the books of what was read and lost."""

from collections.abc import Iterable, Iterator

import polars as pl

from auditor.clean.books import Books
from auditor.clean.nameless import with_own_ids
from auditor.clean.rows import without_lost_keys
from auditor.clean.typed import Context, type_rows
from auditor.clean.view import SLICE
from auditor.pack.model import Table


def typed_batches(
    slices: Iterable[pl.DataFrame], table: Table, context: Context, books: Books
) -> Iterator[pl.DataFrame]:
    """Yield the typed rows of a table that have their keys; book the rest."""
    batch: list[pl.DataFrame] = []
    for text in slices:
        books.tally(table.name, "read", text["_source"])
        if table.name == "cases":
            text, cells = with_own_ids(text, context.lost_ids)
            books.enter_cells(table.name, cells)
        kept, rejects = without_lost_keys(text, table)
        books.reject(table.name, rejects)
        batch.append(kept)
        if sum(rows.height for rows in batch) >= SLICE:
            yield _batch(batch, table, context, books)
            batch = []
    if batch:
        yield _batch(batch, table, context, books)


def _batch(
    batch: list[pl.DataFrame], table: Table, context: Context, books: Books
) -> pl.DataFrame:
    """Type rows of several files at once, since a call has a fixed price."""
    typed = type_rows(pl.concat(batch, how="diagonal"), table, context)
    books.enter_typed(table.name, typed)
    return typed.frame

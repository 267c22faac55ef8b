"""Rows with texts of their own, so that the frame they were cut from can go."""

from io import BytesIO

import polars as pl


def compact(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the same rows without what they were cut from.

    NOTE: a filtered or sorted column of texts shares the bytes of the column that it
    comes of, all of them, for as long as it lives. Only writing copies what is used.
    """
    if not any(kind == pl.String for kind in rows.dtypes):
        return rows
    written = BytesIO()
    rows.write_ipc(written)
    written.seek(0)
    return pl.read_ipc(written)

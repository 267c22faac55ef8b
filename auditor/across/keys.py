"""Who and where, in one spelling, and which of them have more than one application."""

from collections.abc import Callable, Iterable

import polars as pl

Column = Callable[[], Iterable[pl.DataFrame]]
"""Gives ``case_id`` and one key, a frame a partition, as often as it is asked."""
HASH, SEED = pl.UInt64, 37
_LOOKALIKE = {"O": "0", "I": "1", "L": "1"}
_NOISE = r"[\s\-_./\\·—–－＿．／]+"


def skeleton(name: str) -> pl.Expr:
    """Return an id as it is compared: nothing but what tells two subjects apart.

    Width, case, blanks, dashes, dots and leading zeros are dropped, and O is 0, I and
    L are 1, so that a slip or a trick of spelling does not make a new customer. Null
    where nothing is left.
    """
    text = pl.col(name).str.normalize("NFKC").str.to_uppercase()
    text = text.str.replace_all(_NOISE, "").str.replace_many(_LOOKALIKE)
    kept = text.str.strip_chars_start("0")
    kept = pl.when((kept == "") & (text != "")).then(pl.lit("0")).otherwise(kept)
    return pl.when(kept != "").then(kept).alias(name)


def keyed(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return ``case_id`` and ``key``, the hash of the key's skeleton, once a case."""
    rows = frame.select("case_id", name).drop_nulls().unique()
    hashed = rows.select("case_id", skeleton(name).alias("_text")).drop_nulls()
    return hashed.select("case_id", pl.col("_text").hash(SEED).alias("key")).unique()


def repeated(column: Column, name: str, buckets: int = 1) -> pl.DataFrame:
    """Return ``key`` and ``n`` of the keys that several cases have.

    Only hashes are held, and of them one of ``buckets`` shares at a time: eight bytes
    a case and bucket. Two keys under one hash are told apart later, by their text.
    """
    found = []
    for bucket in range(buckets):
        mine = (pl.col("key") % buckets) == bucket
        hashes = [keyed(rows, name).filter(mine).get_column("key") for rows in column()]
        whole = pl.concat(hashes or [pl.Series("key", [], HASH)]).rename("key")
        counts = whole.to_frame().group_by("key").agg(pl.len().alias("n"))
        found.append(counts.filter(pl.col("n") > 1))
    return pl.concat(found).sort("key")

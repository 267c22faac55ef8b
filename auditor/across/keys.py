"""Who and where, in one spelling, and which of them have more than one application."""

from collections.abc import Callable, Iterable

import polars as pl

from auditor import alike

Keys = Callable[[], Iterable[pl.DataFrame]]
"""Gives the ``key`` of what :func:`keyed` returns, a frame a partition, each time."""
HASH, SEED = pl.UInt64, 37
_ODD = r"[^0-9A-HJKMNP-Z]"  # in whatever is not its own skeleton, but for zeros
_ZEROED = r"[A-Z]0"  # zeros in front of a number that follows a letter
_JOINTS = rf"{alike.DASHES}|[./\\·]"


def skeletons(ids: pl.Series) -> pl.Series:
    """Return ids as they are compared: nothing but what tells two subjects apart.

    What the eye overlooks is dropped as in :mod:`auditor.alike`; here also dashes, dots
    and every leading zero, since a hit asks for a look and takes nothing from anybody.
    Null where nothing is left. Only ids that are not plain take the long way.
    """
    odd = ids.str.contains(_ODD).fill_null(value=False)
    padded = ids.str.contains(_ZEROED).fill_null(value=False) & ~odd
    if padded.any():
        bare = ids.filter(padded).str.replace_all(alike.ZEROS, "${1}${2}")
        ids = ids.clone().scatter(padded.arg_true(), bare)
    if odd.any():
        ids = ids.clone().scatter(odd.arg_true(), _spelt(ids.filter(odd)))
    kept = ids.str.strip_chars_start("0")
    zero = (kept == "") & (ids != "")
    return kept.set(zero, "0").replace("", None)


def _spelt(ids: pl.Series) -> pl.Series:
    # Joints go first: a zero behind one stands inside the id, not in front of it.
    text = ids.str.normalize("NFKC").str.replace(alike.DECIMALS, "")
    return alike.skeleton(text.str.replace_all(_JOINTS, ""))


def keyed(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return ``case_id`` and ``key``, the hash of the key's skeleton, once a case."""
    text = skeletons(frame.get_column(name)).alias("_text")
    known = frame.select("case_id").with_columns(text).drop_nulls()
    hashed = known.select("case_id", pl.col("_text").hash(SEED).alias("key"))
    if hashed.get_column("case_id").is_duplicated().any():
        return hashed.unique()
    return hashed


def repeated(keys: Keys, buckets: int = 1) -> pl.DataFrame:
    """Return ``key`` and ``n`` of the keys that several cases have.

    Only hashes are held, and of them one of ``buckets`` shares at a time: eight bytes
    a case and bucket. Two keys under one hash are told apart later, by their text.
    """
    found = []
    for bucket in range(buckets):
        mine = (pl.col("key") % buckets) == bucket
        hashes = [rows.filter(mine).get_column("key") for rows in keys()]
        whole = pl.concat(hashes or [pl.Series("key", [], HASH)]).rename("key")
        counts = whole.to_frame().group_by("key").agg(pl.len().alias("n"))
        found.append(counts.filter(pl.col("n") > 1))
    return pl.concat(found).sort("key")

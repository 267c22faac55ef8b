"""Carry the origin: which rows of which files stand behind a case's findings."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import polars as pl

from auditor.errors import AuditError
from auditor.pack import Pack

EVIDENCE = "evidence"  # folder of the accepted rows inside a run folder
# Who lives where and who did it: no output carries them but as keyed hashes.
PRIVATE = ("customer_id", "site_id", "operator")
SHORTEST_KEY = 16
MOST_ROWS = 200  # rows named a case and file; more are counted, not listed


def with_origins(
    found: pl.DataFrame,
    load: Callable[[str], pl.DataFrame],
    sources: tuple[str, ...],
    tables: tuple[str, ...] = ("cases", "events"),
) -> pl.DataFrame:
    """Add ``source`` (files) and ``rows`` (``file:row,row …``) of each finding's case.

    Rows are those of ``tables`` that were accepted for the case.
    """
    wanted = found.lazy().select("case_id").unique()
    rows = pl.concat(
        load(table)
        .lazy()
        .select("case_id", "_source", "_row")
        .join(wanted, on="case_id", how="semi")
        for table in tables
    )
    return (
        found.lazy()
        .join(_listed(rows, sources), on="case_id", how="left", maintain_order="left")
        .collect()
    )


def _listed(rows: pl.LazyFrame, sources: tuple[str, ...]) -> pl.LazyFrame:
    """Return ``case_id, source, rows``: a case's files and rows, in one order."""
    names = pl.LazyFrame(
        {"_source": list(range(len(sources))), "name": list(sources)},
        schema={"_source": pl.UInt16, "name": pl.String},
    )
    rest = pl.len() - MOST_ROWS
    more = pl.when(rest > 0).then(pl.format(",…(+{})", rest)).otherwise(pl.lit(""))
    first = pl.col("_row").cast(pl.String).head(MOST_ROWS).str.join(",")
    numbers = pl.concat_str(first, more)
    return (
        rows.sort("case_id", "_source", "_row")
        .group_by("case_id", "_source")
        .agg(numbers.alias("numbers"))
        .join(names, on="_source", how="left")
        # One log gives two tables under one name: the number tells them apart.
        .sort("case_id", "name", "_source")
        .group_by("case_id")
        .agg(
            pl.col("name").unique(maintain_order=True).str.join("; ").alias("source"),
            pl.concat_str("name", pl.lit(":"), "numbers").str.join("; ").alias("rows"),
        )
    )


def kept_tables(pack: Pack) -> tuple[str, ...]:
    """Return the tables whose accepted rows a run keeps: each row has a case."""
    keys = {name: table.columns.get("case_id") for name, table in pack.tables.items()}
    return tuple(name for name, key in keys.items() if key is not None and key.required)


def evidence(
    rows: pl.DataFrame, sources: tuple[str, ...], key: bytes | None = None
) -> pl.DataFrame:
    """Return accepted rows as they are kept: file names for numbers, nothing private.

    With a key, who and where become keyed hashes: equal values stay equal, and
    without the key nobody can try out values.
    """
    numbers = list(range(len(sources)))
    named = pl.col("_source").replace_strict(
        numbers, list(sources), return_dtype=pl.String
    )
    if key is None:
        return rows.drop(PRIVATE, strict=False).with_columns(named)
    hashed = [
        _hashed(rows.get_column(name), key) for name in PRIVATE if name in rows.columns
    ]
    return rows.with_columns(named, *hashed)


def _hashed(column: pl.Series, key: bytes) -> pl.Series:
    values = column.drop_nulls().unique().to_list()
    marks = [
        hashlib.blake2b(v.encode(), key=key, digest_size=16).hexdigest() for v in values
    ]
    return column.replace_strict(values, marks, default=None, return_dtype=pl.String)


def read_key(path: Path | None) -> bytes | None:
    """Return the key of the keyed hashes: the file's bytes, hashed to 32.

    Raises:
        AuditError: AUD247, the file cannot be read or is shorter than 16 bytes.
    """
    if path is None:
        return None
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise AuditError("AUD247", file=path, why=error.strerror or error) from error
    if len(secret) < SHORTEST_KEY:
        raise AuditError("AUD247", file=path, why=f"< {SHORTEST_KEY} bytes")
    return hashlib.sha256(secret).digest()


def key_id(key: bytes | None) -> str | None:
    """Return a name for a key that does not give it away."""
    if key is None:
        return None
    return hashlib.blake2b(b"key id", key=key, digest_size=4).hexdigest()

"""Carry the origin: which rows of which files stand behind a case's findings."""

from collections.abc import Callable

import polars as pl

from auditor.pack import Pack

EVIDENCE = "evidence"  # folder of the accepted rows inside a run folder
# Who lives where and who did it: no rule needs them, so no output carries them.
PRIVATE = ("customer_id", "site_id", "operator")
MOST_ROWS = 200  # rows named a case; more are counted, not listed


def with_origins(
    found: pl.DataFrame,
    load: Callable[[str], pl.DataFrame],
    sources: tuple[str, ...],
    tables: tuple[str, ...] = ("cases", "events"),
) -> pl.DataFrame:
    """Add ``source`` (files) and ``rows`` (``file:row,row …``) of each finding's case.

    Rows are those of ``tables`` that were accepted for the case.
    """
    wanted = found.select("case_id").unique()
    rows = pl.concat(
        load(table).lazy().select("case_id", "_source", "_row").join(wanted.lazy(), on="case_id", how="semi")
        for table in tables
    )
    names = pl.DataFrame(
        {"_source": list(range(len(sources))), "name": list(sources)},
        schema={"_source": pl.UInt16, "name": pl.String},
    ).lazy()
    listed = (
        rows.sort("case_id", "_source", "_row")
        .group_by("case_id", "_source")
        .agg(pl.col("_row").cast(pl.String).head(MOST_ROWS).str.join(",").alias("numbers"))
        .join(names, on="_source", how="left")
        # One log gives two tables under one name: the number tells them apart.
        .sort("case_id", "name", "_source")
        .group_by("case_id")
        .agg(
            pl.col("name").unique(maintain_order=True).str.join("; ").alias("source"),
            pl.concat_str("name", pl.lit(":"), "numbers").str.join("; ").alias("rows"),
        )
    )
    return found.lazy().join(listed, on="case_id", how="left", maintain_order="left").collect()


def kept_tables(pack: Pack) -> tuple[str, ...]:
    """Return the tables whose accepted rows a run keeps: those of which each row has a case."""
    keys = {name: table.columns.get("case_id") for name, table in pack.tables.items()}
    return tuple(name for name, key in keys.items() if key is not None and key.required)


def evidence(rows: pl.DataFrame, sources: tuple[str, ...]) -> pl.DataFrame:
    """Return accepted rows as they are kept: file names for numbers, nothing private."""
    numbers = list(range(len(sources)))
    named = pl.col("_source").replace_strict(numbers, list(sources), return_dtype=pl.String)
    return rows.drop(PRIVATE, strict=False).with_columns(named)

"""The case ids of each file: repeated, alike, unknown to the files of cases."""

from collections.abc import Mapping, Sequence

import polars as pl

from auditor.clean.bind import trimmed
from auditor.frames import RawFile
from auditor.inspect.nouns import Ids

_SHOWN = 5
Named = tuple[RawFile, str, str]  # a file, the table it fills, the header of its ids


def ids(files: Sequence[Named]) -> tuple[Ids, ...]:
    """Return what is to be told about the case ids of every file that has them."""
    found = [_ids(file, header) for file, _, header in files]
    cases = [
        one for one, (_, table, _) in zip(found, files, strict=True) if table == "cases"
    ]
    known = pl.concat(cases).unique() if cases else pl.Series("id", [], pl.String)
    folded = _folded(known).unique()
    return tuple(
        _told(one, named, {"known": known, "folded": folded})
        for one, named in zip(found, files, strict=True)
    )


def _ids(file: RawFile, header: str) -> pl.Series:
    scan = pl.scan_parquet(file.staged, glob=False, hive_partitioning=False)
    place = scan.collect_schema().names().index(header)
    cells = scan.select(trimmed(pl.nth(place)).alias("id")).drop_nulls()
    return cells.collect().to_series()


def _folded(values: pl.Series) -> pl.Series:
    """Return ids as they would be but for width, case, signs, zeros and look-alikes."""
    text = pl.col("id").str.normalize("NFKC").str.to_lowercase()
    text = text.str.replace_all(r"[^\p{L}\p{N}]", "").str.strip_chars_start("0")
    return values.alias("id").to_frame().select(text).to_series()


def alike(distinct: pl.Series) -> tuple[tuple[str, ...], ...]:
    """Return texts that differ only in width, case, signs or leading zeros."""
    named = distinct.alias("id").sort()
    groups = (
        pl.DataFrame([named, _folded(named).alias("folded")])
        .group_by("folded", maintain_order=True)
        .agg(pl.col("id"))
        .filter((pl.col("id").list.len() > 1) & (pl.col("folded") != ""))
    )
    return tuple(tuple(group[:_SHOWN]) for group in groups["id"].head(_SHOWN))


def _told(one: pl.Series, named: Named, cases: Mapping[str, pl.Series]) -> Ids:
    file, table, _ = named
    distinct = one.unique().sort()
    unknown = distinct.filter(~distinct.is_in(cases["known"].implode()))
    near = _folded(unknown).is_in(cases["folded"].implode())
    return Ids(
        source=file.source,
        table=table,
        distinct=distinct.len(),
        repeated=one.len() - distinct.len() if table == "cases" else 0,
        alike=alike(distinct),
        unknown=unknown.len() if cases["known"].len() else 0,
        folded=int(near.sum()) if cases["known"].len() else 0,
    )

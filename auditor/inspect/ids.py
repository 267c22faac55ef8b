"""The case ids of each file: repeated, alike, unknown to the files of cases."""

from collections.abc import Mapping, Sequence

import polars as pl

from auditor.alike import near_duplicates, skeleton
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
    folded = skeleton(known).unique()
    return tuple(
        _told(one, named, {"known": known, "folded": folded})
        for one, named in zip(found, files, strict=True)
    )


def _ids(file: RawFile, header: str) -> pl.Series:
    scan = pl.scan_parquet(file.staged, glob=False, hive_partitioning=False)
    place = scan.collect_schema().names().index(header)
    cells = scan.select(trimmed(pl.nth(place)).alias("id")).drop_nulls()
    return cells.collect().to_series()


def alike(distinct: pl.Series) -> tuple[tuple[str, ...], ...]:
    """Return groups of texts that are easily taken for one another."""
    groups = near_duplicates(distinct).group_by("alike", maintain_order=True)
    found = groups.agg("case_id").head(_SHOWN)["case_id"]
    return tuple(tuple(group[:_SHOWN]) for group in found)


def _told(one: pl.Series, named: Named, cases: Mapping[str, pl.Series]) -> Ids:
    file, table, _ = named
    distinct = one.unique().sort()
    unknown = distinct.filter(~distinct.is_in(cases["known"].implode()))
    near = skeleton(unknown).is_in(cases["folded"].implode())
    return Ids(
        source=file.source,
        table=table,
        distinct=distinct.len(),
        repeated=one.len() - distinct.len() if table == "cases" else 0,
        alike=alike(distinct),
        unknown=unknown.len() if cases["known"].len() else 0,
        folded=int(near.sum()) if cases["known"].len() else 0,
    )

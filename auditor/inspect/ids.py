"""The case ids of each file: repeated, alike, unknown to the files of cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from auditor.alike import near_duplicates, skeleton
from auditor.clean.cells import ROUNDED
from auditor.clean.losses import are_cut, is_cut
from auditor.inspect.nouns import Ids

if TYPE_CHECKING:
    from auditor.inspect.columns import Counts

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Named:
    """The case ids of one file: where it is from, what it fills, and its ids."""

    source: str
    table: str
    counts: "Counts"

    @property
    def ids(self) -> pl.Series:
        """The ids, each once."""
        return self.counts.values["value"]


def ids(files: Sequence[Named]) -> tuple[Ids, ...]:
    """Return what is to be told about the case ids of every file that has them."""
    cases = [one.ids for one in files if one.table == "cases"]
    known = pl.concat(cases).unique() if cases else pl.Series("value", [], pl.String)
    told = {"known": known, "folded": skeleton(known).unique()}
    return tuple(_told(one, told) for one in files)


def alike(distinct: pl.Series) -> tuple[tuple[str, ...], ...]:
    """Return groups of texts that are easily taken for one another."""
    groups = near_duplicates(distinct).group_by("alike", maintain_order=True)
    found = groups.agg("case_id").head(_SHOWN)["case_id"]
    return tuple(tuple(group[:_SHOWN]) for group in found)


def _told(one: Named, cases: Mapping[str, pl.Series]) -> Ids:
    distinct = one.ids.sort()
    unknown = distinct.filter(~distinct.is_in(cases["known"].implode()))
    cut = int(is_cut(distinct).sum())
    is_rounded = pl.col("value").str.contains(ROUNDED)
    near = skeleton(unknown).is_in(cases["folded"].implode())
    return Ids(
        source=one.source,
        table=one.table,
        distinct=one.counts.distinct,
        repeated=one.counts.filled - one.counts.distinct if one.table == "cases" else 0,
        alike=alike(distinct),
        unknown=unknown.len() if cases["known"].len() else 0,
        folded=int(near.sum()) if cases["known"].len() else 0,
        rounded=int(one.counts.values.filter(is_rounded)["count"].sum()),
        cut=cut if are_cut(cut, distinct.len()) else 0,
    )

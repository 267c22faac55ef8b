"""What rejected rows take with them: cases that lost rows, and cases only named by one.

A rejected row belongs to the case that its text names (29). Where no row of ``cases``
was accepted for that case, it is still a case of the run if the row also names a
county, or if another table has rows of it: nothing about it is known, so that it can
hide nothing. An id that is easily taken for that of a known case counts as that id.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import polars as pl

from auditor.alike import GROUP, near_duplicates_among
from auditor.clean.cells import BLANKS, KEYS, ROUNDED
from auditor.clean.mapping import Mapping
from auditor.clean.rows import is_per_case
from auditor.clean.view import JOINT, View, halfwidth
from auditor.frames import LOST, UNREAD, Part, canonical_schema, check, dtypes
from auditor.pack.model import Pack

CASE = KEYS[0]
BEHIND_FIFTEEN = "^[0-9]{15}0+$"
FEWEST = 20  # ids; of fewer it could be chance
TOKEN = r"[^,;|\t]+"
NAMED = {CASE: pl.String, "county": pl.String, "source": pl.String, "row": pl.UInt64}


class Waiting(Protocol):
    """Typed rows of a run before their partitions are settled."""

    def values(self, table: str, name: str) -> Iterable[pl.Series]:
        """Return the values of a text column in all rows of a table, in pieces."""


@dataclass(frozen=True, slots=True)
class Losses:
    """Ties rejected rows to cases; ``rows`` are those of the reader, a table each."""

    pack: Pack
    mapping: Mapping
    rows: pl.DataFrame

    @property
    def prefixed(self) -> bool:
        """Whether case ids stand behind a prefix that the reader does not see."""
        return self.mapping.case_id_prefix is not None

    def read(self) -> pl.DataFrame:
        """Return the reader's rejected rows with their case ids as ours are written."""
        case = pl.col(CASE).str.strip_chars(f'{BLANKS}"')
        if self.mapping.folds_ids:
            case = halfwidth(case)
        case = pl.when((case != "") & ~case.str.contains(ROUNDED)).then(case)
        if self.prefixed:
            # The reader saw ids without their prefix: any case of that id has lost.
            case = pl.lit(JOINT) + case
        return self.rows.with_columns(case.alias(CASE))

    def named(self, spool: Waiting, roster: pl.DataFrame | None) -> pl.DataFrame:
        """Return the cases of which only rejected rows are known: their county, place.

        ``county`` is null where the row names none, or rows of the case several.
        """
        rows = self.read().filter(table="cases").drop_nulls(CASE)
        if rows.height:
            bare = self._bare(rows[CASE])
            known = _among(spool.values("cases", CASE), bare, self._bare)
            rows = rows.filter(~bare.is_in(self._bare(known).implode()))
        if rows.is_empty():
            return pl.DataFrame(schema=NAMED)
        rows = rows.with_row_index("at")
        cells = _cells(rows)
        counties = spool.values("cases", self.pack.clock.county)
        codes = [pl.Series([], dtype=pl.String), *(one.unique() for one in counties)]
        codes += [] if roster is None else [roster.get_column("county_code")]
        county = _only(cells, pl.concat(codes))
        logged = cells.join(self._logged(spool, cells["cell"]), on="cell")
        logged = logged.select("at", "id")
        found = rows.join(county, on="at", how="left").join(logged, on="at", how="left")
        found = found.filter(pl.any_horizontal(pl.col("county", "id").is_not_null()))
        bare = self._bare(found[CASE])
        one = pl.col("county").drop_nulls().unique()
        return (
            found.with_columns(pl.coalesce("id", bare).alias(CASE))
            .sort("source", "row")
            .group_by(CASE, maintain_order=True)
            .agg(
                pl.when(one.len() == 1).then(one.first()).alias("county"),
                pl.col("source", "row").first(),
            )
            .select(*NAMED)
            .sort(CASE)
        )

    def _logged(self, spool: Waiting, cells: pl.Series) -> pl.DataFrame:
        """Return ids that other tables than ``cases`` name; ``cell``: unprefixed."""
        names = [n for n, table in self.pack.tables.items() if is_per_case(table)]
        pieces = (ids for n in names if n != "cases" for ids in spool.values(n, CASE))
        found = _among(pieces, cells, self._bare)
        known = _among(spool.values("cases", CASE), found, lambda ids: ids)
        ids = found.filter(~found.is_in(known.implode())).alias("id").to_frame()
        return ids.with_columns(self._bare(ids["id"]).alias("cell"))

    def stubs(self, named: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
        """Return named cases as rows of ``cases`` of which every other cell is lost."""
        table = self.pack.tables["cases"]
        county = self.pack.clock.county
        kept = table.bit(CASE) | table.bit(county)
        every = sum(table.bit(name) for name in table.columns) & ~kept
        unread = (
            pl.when(pl.col("county").is_null()).then(table.bit(county)).otherwise(0)
        )
        at = {name: place for place, name in reversed([*enumerate(names)])}
        known = {
            CASE: pl.col(CASE),
            county: pl.col("county"),
            "_bad": pl.lit(every, pl.UInt64) | unread,
            "_source": pl.col("source").replace_strict(at, return_dtype=pl.UInt16),
            "_row": pl.col("row").fill_null(1),
        }
        rows = named.select(
            known.get(name, pl.lit(None)).cast(kind).alias(name)
            for name, kind in dtypes(table).items()
        )
        if rows.is_empty():
            return rows
        return check(rows, canonical_schema(self.pack, "cases"))

    def of(self, known: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
        """Return the known cases that lost a row, and the table that lost it."""
        if candidates.is_empty():
            return pl.DataFrame(schema=LOST)
        ids = known.select(CASE)
        lost = candidates.unique().join(ids, on=CASE, how="semi")
        if self.prefixed:
            ids = ids.with_columns((JOINT + self._bare(ids[CASE])).alias("bare"))
            joined = candidates.unique().join(ids, left_on=CASE, right_on="bare")
            again = joined.select(pl.col(f"{CASE}_right").alias(CASE), "table")
            lost = pl.concat([lost, again]).unique()
        return lost.sort(CASE, "table")

    def unread(
        self, ours: Sequence[Map[str, object]], readers: pl.DataFrame
    ) -> list[str]:
        """Return the tables of cases of which a file could not be used."""
        told = readers.filter(kind="file")["table"].to_list()
        tables = {*told, *(row["table"] for row in ours)} - {"cases"}
        names = self.pack.tables.items()
        return [n for n, table in names if n in tables and is_per_case(table)]

    def absent(
        self, part: Part, known: pl.DataFrame, unread: Sequence[str]
    ) -> pl.DataFrame:
        """Return the cases without rows in tables of which a file is unread.

        That there are none is not shown then, and no rule may take it for a fact.
        """
        found = [pl.DataFrame(schema=LOST)]
        for name in unread:
            there = part.column(name, CASE).unique().to_frame()
            none = known.join(there, on=CASE, how="anti").select(CASE)
            found.append(none.with_columns(table=pl.lit(name + UNREAD)))
        return pl.concat(found)

    def told(
        self, alike: pl.DataFrame, parts: tuple[Part, ...], views: Sequence[View]
    ) -> list[dict[str, object]]:
        """Return notes on ids easily taken for one another, and on rounded ones."""
        names = {v.file: v.raw.source for v in views if v.table.name == "cases"}
        counts = [("look_alike_ids", min(names.values()), alike[CASE].n_unique())]
        counts += [("rounded_ids", names[f], n) for f, n in self._rounded(parts)]
        return [
            {"source": source, "table": "cases", "column": CASE}
            | {"note": note, "count": count}
            for note, source, count in counts
            if count
        ]

    def _rounded(self, parts: tuple[Part, ...]) -> list[tuple[int, int]]:
        """Return the files whose ids mostly end in noughts, and how many do."""
        found = [
            pl.select(
                part.column("cases", "_source").alias("file"),
                is_cut(self._bare(part.column("cases", CASE))).alias("cut"),
            )
            .group_by("file")
            .agg(pl.len().alias("every"), pl.col("cut").sum())
            for part in parts
        ]
        sums = pl.concat(found).group_by("file").agg(pl.col("every", "cut").sum())
        rows = sums.sort("file").iter_rows()
        return [(file, cut) for file, every, cut in rows if are_cut(cut, every)]

    def _bare(self, ids: pl.Series) -> pl.Series:
        """Return ids without the prefix that the mapping puts before them."""
        if not self.prefixed:
            return ids
        return ids.str.replace(f"^[^{JOINT}]*{JOINT}", "")


def _among(
    pieces: Iterable[pl.Series],
    asked: pl.Series,
    form: Callable[[pl.Series], pl.Series],
) -> pl.Series:
    """Return the distinct ids, no nulls, whose form is among those asked for."""
    wanted = asked.unique().implode()
    found = [pl.Series([], dtype=pl.String)]
    found += [ids.filter(form(ids).is_in(wanted)).unique() for ids in pieces]
    return pl.concat(found).drop_nulls().unique()


def _cells(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the cells that the text of each rejected row seems to have, once each."""
    texts = pl.concat_list(CASE, pl.col("value").fill_null("").str.extract_all(TOKEN))
    cell = pl.col("cell").str.strip_chars(f'{BLANKS}"')
    return (
        rows.select("at", texts.alias("cell"))
        .explode("cell")
        .select("at", cell)
        .unique()
    )


def _only(cells: pl.DataFrame, codes: pl.Series) -> pl.DataFrame:
    """Return the county of each row that names exactly one known code."""
    known = codes.drop_nulls().unique().alias("cell").to_frame()
    found = cells.join(known, on="cell").group_by("at")
    counted = found.agg(pl.col("cell").first().alias("county"), n=pl.len())
    return counted.filter(n=1).select("at", "county")


def look_alikes(
    parts: tuple[Part, ...], rejected: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return ids easily taken for one another, and what cases lost under another's id.

    ``rejected`` has case and table of every rejected row; an id of no known case may
    be that of a known one, written otherwise.
    """
    asked = rejected.drop_nulls().unique()
    known = _among(_ids(parts), asked[CASE], lambda ids: ids)
    orphans = asked.filter(~pl.col(CASE).is_in(known.implode()))
    alike = near_duplicates_among(lambda: chain(_ids(parts), [orphans[CASE]]))
    strange = alike.join(orphans, on=CASE).select(GROUP, "table")
    others = alike.join(orphans, on=CASE, how="anti")
    return alike, others.join(strange, on=GROUP).select(*LOST).unique()


def is_cut(ids: pl.Series) -> pl.Series:
    """Say of each id whether only noughts stand behind its fifteenth digit."""
    if not ids.str.ends_with("0").any():
        return pl.repeat(value=False, n=ids.len(), dtype=pl.Boolean, eager=True)
    return ids.str.contains(BEHIND_FIFTEEN)


def are_cut(cut: int, every: int) -> bool:
    """Say whether so many ids of a file were rounded by a spreadsheet.

    One that takes ids for numbers keeps no more digits, and different cases come out
    under one id. Fewer than half may be what an honest numbering gives.
    """
    return cut >= FEWEST and 2 * cut > every


def _ids(parts: tuple[Part, ...]) -> Iterable[pl.Series]:
    return (part.column("cases", CASE) for part in parts)

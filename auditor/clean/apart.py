"""Clean a run in many places: rows are sent to their partition, each settled alone.

What every place needs is one picklable :class:`Kit`; the books that come back are put
together by :class:`Apart`, so rejects and accounts are those of one place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl

from auditor.clean.books import Books
from auditor.clean.cells import KEYS
from auditor.clean.mapping import Mapping as SourceMapping
from auditor.clean.rows import is_per_case
from auditor.clean.run import NEEDED, Cleaning
from auditor.clean.spool import Spool, cut_points
from auditor.errors import AuditError
from auditor.frames import Part, RawTables, Tables
from auditor.frames.columns import Dtype
from auditor.pack.model import Pack

Range = tuple[str | None, str | None]
Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Kit:
    """What it takes to clean some cases of a run anywhere; ``cuts`` are partitions."""

    cleaning: Cleaning
    early: pl.DataFrame
    cuts: tuple[str, ...]

    @property
    def ranges(self) -> list[Range]:
        """The case ids of each partition: low ends are inside, high ends outside."""
        ends = (None, *self.cuts, None)
        return list(pairwise(ends))

    def place(self, file: int, rows: pl.DataFrame) -> pl.Series:
        """Return the partition of each staged row of a file; 0 without a case id.

        Raises:
            AuditError: AUD445, two tables of the file know different case ids.
        """
        ids = self.ids(file, rows).alias(KEYS[0]).to_frame()
        steps = [(pl.col(KEYS[0]) >= cut).cast(pl.Int32) for cut in self.cuts]
        part = pl.sum_horizontal([pl.lit(0, pl.Int32), *steps])
        return ids.select(part.fill_null(0)).to_series()

    def ids(self, file: int, rows: pl.DataFrame) -> pl.Series:
        """Return the case id of each staged row of a file that fills a table."""
        views = [view for view in self.cleaning.bound.views if view.file == file]
        found = [view.ids_of(rows) for view in views]
        if any(not ids.equals(found[0]) for ids in found[1:]):
            raise AuditError("AUD445", file=views[0].raw.source)
        return found[0]

    def settle(
        self, number: int, rows: Mapping[int, pl.DataFrame], work: Path
    ) -> tuple[Part, Books]:
        """Type and settle the staged rows of one partition, by the file they are of.

        Args:
            number: the partition.
            rows: for each file that has any, its rows of this partition, as staged.
            work: an empty scratch folder.
        """
        cleaning, spool = self._typed(rows, work)
        mine = {(number, table): found for (_, table), found in spool.waiting.items()}
        spool = Spool(work, self.cuts, on_disk=False, waiting=mine)
        early = pl.concat([self.early, cleaning.early()])
        part, books = cleaning.part(spool, number, early)
        cleaning.books.absorb(books)
        return part, cleaning.books

    def columns(
        self, rows: Mapping[int, pl.DataFrame], names: Columns, work: Path
    ) -> dict[tuple[str, str], pl.Series]:
        """Return the distinct values of columns in some staged rows, as typed."""
        _, spool = self._typed(rows, work)
        none = pl.Series([], dtype=pl.String)
        return {
            (table, name): pl.concat([none, *spool.values(table, name)])
            .drop_nulls()
            .unique()
            for table, name in names
        }

    def _typed(
        self, rows: Mapping[int, pl.DataFrame], work: Path
    ) -> tuple[Cleaning, Spool]:
        """Type staged rows as if they were all of the run."""
        cleaning, files = copy(self.cleaning), list(self.cleaning.raw.files)
        cleaning.books = Books(cleaning.books.names)
        cleaning.store = work
        for file, raw in enumerate(files):
            staged = work / f"{file}.parquet"
            if file in rows:
                rows[file].write_parquet(staged, compression="uncompressed")
            height = rows[file].height if file in rows else 0
            files[file] = replace(raw, staged=staged, read=height)
        views = [replace(v, raw=files[v.file]) for v in cleaning.bound.views]
        cleaning.bound = replace(cleaning.bound, views=views)
        return cleaning, cleaning.routed(1)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The columns of rows that wait in other places, asked for when they are needed."""

    ask: Callable[[], dict[tuple[str, str], pl.Series]]

    def values(self, table: str, name: str) -> list[pl.Series]:
        """Return the distinct values of a text column in all rows of a table."""
        return [self.ask()[table, name]]


class Apart:
    """The part of cleaning that is done in one place, before and after the others."""

    def __init__(
        self, raw: RawTables, mapping: SourceMapping | None, pack: Pack, work: Path
    ) -> None:
        self.cleaning = Cleaning(raw, mapping or SourceMapping(), pack, work)
        self.begun = self.cleaning.begin()

    def columns(self) -> Columns:
        """Return the columns that cleaning asks about over all rows of a run."""
        pack = self.cleaning.pack
        mine = [name for name, table in pack.tables.items() if is_per_case(table)]
        return ((NEEDED[0], pack.clock.county), *((name, KEYS[0]) for name in mine))

    def name_cases(self, ask: Callable[[], dict[tuple[str, str], pl.Series]]) -> None:
        """Find out which cases only rejected rows name; ask only if there are any."""
        roster = self.begun[1].get("roster")
        self.cleaning.named = self.cleaning.losses.named(Elsewhere(cache(ask)), roster)

    def kit(self, ids: Sequence[pl.Series], parts: int) -> Kit:
        """Return what the other places need; ``ids`` are known cases to cut at."""
        cuts = cut_points(pl.concat(ids), parts) if ids else ()
        sent = copy(self.cleaning)
        files = sent.raw.rejects.filter(kind="file")
        sent.raw = replace(sent.raw, rejects=files)
        sent.losses = replace(sent.losses, rows=sent.losses.rows.clear())
        sent.books = Books(sent.books.names)
        return Kit(sent, self.cleaning.early(), cuts)

    def files(self, table: str | None = None) -> list[int]:
        """Return the files that give rows of a table, or of any table with cases."""
        views = self.cleaning.bound.views
        asked = (v for v in views if table in (None, v.table.name))
        return sorted({view.file for view in asked if is_per_case(view.table)})

    @property
    def schemas(self) -> dict[str, dict[str, Dtype]]:
        """The columns of each table, for partitions that have none of its rows."""
        return self.cleaning.schemas

    def tables(self, parts: tuple[Part, ...], books: Iterable[Books]) -> Tables:
        """Return the run's tables from its settled partitions and their books."""
        for book in books:
            self.cleaning.books.absorb(book)
        return self.cleaning.finish(parts, self.begun)

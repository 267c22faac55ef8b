"""The stage itself: bind files, route rows, settle each partition, keep the books."""

from functools import partial
from itertools import chain
from pathlib import Path

import polars as pl

from auditor.ahead import ahead
from auditor.clean.batches import typed_batches
from auditor.clean.bind import bind
from auditor.clean.books import Books
from auditor.clean.cells import KEYS
from auditor.clean.form import read_form
from auditor.clean.lookups import settled_codes
from auditor.clean.losses import Losses, look_alikes
from auditor.clean.mapping import Mapping
from auditor.clean.nameless import lost_ids, untied
from auditor.clean.rows import is_per_case, known_cases
from auditor.clean.settle import settle
from auditor.clean.spool import SMALL_ROWS, Spool, cut_points, part_count, sampled
from auditor.clean.typed import Context
from auditor.clean.unusable import unusable
from auditor.clean.view import View
from auditor.frames import (
    DELIVERED,
    LOOKUP_TABLE,
    LOST,
    Part,
    RawTables,
    Tables,
    check,
    dtypes,
    lost_schema,
    steps_schema,
)
from auditor.pack.model import Pack

NEEDED = ("cases", "events")
Begun = tuple[dict[str, str], dict[str, pl.DataFrame]]  # the form, tables without cases


def clean(
    raw: RawTables,
    mapping: Mapping | None,
    pack: Pack,
    work: Path,
    partitions: int | None = None,
) -> Tables:
    """Return the typed tables of a run in partitions of cases, and all rejects.

    Every row of a readable file is accepted, a counted duplicate, or rejected with
    a reason (`auditor.clean.rows` says in which order); every cell of an accepted row
    is in its typed column or in the rejects. Neither the order of files and rows nor
    the number of partitions changes what is accepted.

    Raises:
        PackError: AUD150 (exit 3) if ``cases`` or ``events`` has no usable file;
            AUD140 for a bad ``form.toml``.
    """
    return Cleaning(raw, mapping or Mapping(), pack, work).tables(partitions)


class Cleaning:
    """One run of the stage."""

    def __init__(
        self, raw: RawTables, mapping: Mapping, pack: Pack, work: Path
    ) -> None:
        self.raw = raw
        self.pack = pack
        self.numbering = mapping.numbering
        self.store = work / "store"
        self.store.mkdir(parents=True, exist_ok=True)
        self.mapping = mapping
        self.lookups = mapping.lookups
        self.bound = bind(raw.files, mapping, pack)
        names = pl.Series("source", [file.source for file in raw.files], pl.String)
        self.books = Books(names)
        rank = names.rank("ordinal").cast(pl.UInt32)
        lost = lost_ids(self.bound.views, raw.rejects)
        self.context = Context(pack, mapping, mapping.date_forms(pack), rank, lost)
        self.schemas = {name: dtypes(table) for name, table in pack.tables.items()}
        self.schemas |= {"lost": LOST, "delivered": DELIVERED}
        self.losses = Losses(pack, mapping, self._reader_rows())

    def tables(self, partitions: int | None) -> Tables:
        """Do everything and return the result."""
        begun = self.begin()
        spool = self.routed(partitions)
        early = self.early()
        self.named = self.losses.named(spool, begun[1].get("roster"))
        parts = []
        settle_one = partial(self.part, spool, early=early)
        for part, books in ahead(settle_one, range(spool.parts)):
            self.books.absorb(books)
            parts.append(part)
        return self.finish(tuple(parts), begun)

    def begin(self) -> Begun:
        """Do what needs no case: the form, code tables and tables without cases."""
        self._require()
        form = read_form(self.raw)
        self.books.enter_reader(self.losses.rows)
        self._code_tables()
        return form, self._small()

    def finish(self, parts: tuple[Part, ...], begun: Begun) -> Tables:
        """Close the books over all partitions."""
        form, small = begun
        alike, taken = look_alikes(parts, self._rejected())
        rejects = self.books.rejects(self.raw.rejects, self.bound.rejects)
        columns = self._columns()
        views = self.bound.views
        lost = pl.concat([*(part.load("lost") for part in parts), taken])
        return Tables(
            store=self.store,
            parts=parts,
            small=small,
            form=form,
            delivered=frozenset(columns),
            columns=columns,
            rejects=rejects,
            accounting=self.books.accounting(columns),
            files=self.books.files,
            only_named=self.named.height,
            copies=self.books.copies(),
            alike=alike,
            split=frozenset(view.place for view in views if view.rule.milestones),
            last_date=self.books.last_date(),
            lone_date=self.books.lone_date(),
            refused=_is_refused(rejects),
            steps=check(self.books.step_table(), steps_schema(self.pack)),
            lost=check(lost.unique().sort(*LOST), lost_schema(self.pack)),
            mapping_digest=self.mapping.digest,
            notes=self._notes(alike, parts),
            numbering=self.numbering,
        )

    def _notes(self, alike: pl.DataFrame, parts: tuple[Part, ...]) -> pl.DataFrame:
        """Return what was noticed about files, columns and ids."""
        read = self.raw.notes.rows(named=True)
        look = self.losses.told(alike, parts, self.bound.views)
        return self.books.notes([*self.bound.notes, *read, *look])

    def _columns(self) -> dict[str, frozenset[str]]:
        """Return the canonical columns that any file has, by table."""
        columns: dict[str, frozenset[str]] = {}
        for view in self.bound.views:
            name = view.table.name
            columns[name] = columns.get(name, frozenset()) | view.names
        return columns

    def _require(self) -> None:
        """Stop the run if a table without which nothing can be judged has no file."""
        have = {view.table.name for view in self.bound.views}
        lacking = [name for name in NEEDED if name not in have]
        if lacking:
            raise unusable(lacking, self.raw, self.bound, self.mapping, self.pack)

    def _code_tables(self) -> None:
        """Book the rows of delivered code tables: pairs, repeated ones, empty codes."""
        for at, file in enumerate(self.raw.files):
            if file.table == LOOKUP_TABLE:
                pairs, again, empty = settled_codes(self.lookups.values(), file, at)
                self.books.count(LOOKUP_TABLE, "read", file.read, file.source)
                self.books.count(LOOKUP_TABLE, "accepted", pairs, file.source)
                self.books.count(LOOKUP_TABLE, "duplicate", again, file.source)
                self.books.reject(LOOKUP_TABLE, [empty])

    def _reader_rows(self) -> pl.DataFrame:
        """Return the reader's rejected rows, once for each table they would fill."""
        rows = self.raw.rejects.filter(
            (pl.col("kind") == "row") & pl.col("table").is_not_null()
        )
        again = [
            rows.filter(source=view.raw.source, table=view.raw.table).with_columns(
                table=pl.lit(view.table.name)
            )
            for view in self.bound.views
            if view.table.name != view.raw.table
        ]
        return pl.concat([rows, *again])

    def routed(self, partitions: int | None) -> Spool:
        """Type every row once and send it to the partition of its case."""
        views = [view for view in self.bound.views if view.table.name == "cases"]
        parts = part_count(sum(view.raw.read for view in views), partitions)
        cuts = cut_points(sampled(views), parts) if parts > 1 else ()
        total = sum(file.read for file in self.raw.files)
        spool = Spool(self.store, cuts, on_disk=bool(cuts) and total >= SMALL_ROWS)
        for name, table in self.pack.tables.items():
            if is_per_case(table):
                views = [v for v in self._views(name) if not spool.place(name, v)]
                if spool.on_disk:
                    for view in views:
                        spool.store(name, view)
                    continue
                slices = chain(*(view.slices() for view in views))
                for typed in typed_batches(slices, table, self.context, self.books):
                    spool.add(name, typed)
        return spool

    def _views(self, table: str) -> list[View]:
        """Return the files that give rows of a table."""
        views = self.bound.views
        return [view for view in views if view.table.name == table and view.raw.read]

    def _small(self) -> dict[str, pl.DataFrame]:
        """Settle the tables whose rows need not belong to a case."""
        frames: dict[str, pl.DataFrame] = {}
        for name, table in self.pack.tables.items():
            if is_per_case(table):
                continue
            frames[name] = pl.DataFrame(schema=self.schemas[name])
            slices = chain(*(view.slices() for view in self._views(name)))
            if typed := list(typed_batches(slices, table, self.context, self.books)):
                settled = settle(pl.concat(typed), table, None, self.context)
                self.books.enter(settled)
                frames[name] = settled.frame
        return frames

    def early(self) -> pl.DataFrame:
        """Return case and table of the rows rejected so far."""
        own = [rows.select(*LOST) for rows in self.books.rows]
        return pl.concat([self.losses.read().select(*LOST), *own])

    def _rejected(self) -> pl.DataFrame:
        """Return case and table of every rejected row of a table of cases."""
        mine = [n for n, table in self.pack.tables.items() if is_per_case(table)]
        return self.early().filter(pl.col("table").is_in(mine))

    def part(
        self, spool: Spool, number: int, early: pl.DataFrame
    ) -> tuple[Part, Books]:
        """Settle one partition, its cases first; what it brings to the books."""
        low, high = spool.edges(number)
        folder = self.store / f"part-{number:04}"
        if spool.on_disk:
            folder.mkdir(exist_ok=True)
        books = Books(self.books.names)
        cases = self._taken(spool, (number, "cases"), books)
        stubs = self._stubs(low, high)
        if cases is None and stubs.height:
            cases = stubs.clear().with_columns(_raw=pl.lit(0, pl.UInt64))
        known = known_cases(cases, stubs)
        frames: dict[str, pl.DataFrame] = {}
        for name in ("cases", *(name for name in self.pack.tables if name != "cases")):
            is_cases = name == "cases"
            typed = cases if is_cases else self._taken(spool, (number, name), books)
            if typed is None:
                continue
            settled = settle(typed, self.pack.tables[name], known, self.context)
            books.enter(settled)
            frame = settled.frame
            if is_cases and stubs.height:
                frame = pl.concat([frame, stubs]).sort(KEYS[0], "_source", "_row")
            if spool.on_disk:
                _write(frame, folder / f"{name}.parquet")
            else:
                frames[name] = frame
        late = [untied(known, self.pack.tables)]
        late += [rows.select(*LOST) for rows in books.rows]
        told = sorted((t, name) for t, mine in self._columns().items() for name in mine)
        frames["delivered"] = pl.DataFrame(told, DELIVERED, orient="row")
        part = Part(number, low, high, folder, self.schemas, frames)
        unread = self.losses.unread(self.bound.rejects, self.raw.rejects)
        late += [early, self.losses.absent(part, known, unread)]
        frames["lost"] = self.losses.of(known, pl.concat(late))
        return part, books

    def _taken(
        self, spool: Spool, place: tuple[int, str], books: Books
    ) -> pl.DataFrame | None:
        """Return the typed rows of a partition and table; None without any."""
        table = self.pack.tables[place[1]]
        if not is_per_case(table):
            return None
        waiting = spool.take(*place)
        rows = [*typed_batches(spool.slices(*place), table, self.context, books)]
        rows += [] if waiting is None else [waiting]
        return pl.concat(rows) if rows else None

    def _stubs(self, low: str | None, high: str | None) -> pl.DataFrame:
        """Return the cases of one range that only a rejected row names."""
        case = pl.col(KEYS[0])
        inside = [case >= low] if low is not None else []
        inside += [case < high] if high is not None else []
        return self.losses.stubs(self.named.filter(*inside), self.books.names)


def _write(frame: pl.DataFrame, path: Path) -> None:
    """Write a settled table; nobody asks for less than all of its rows."""
    frame.write_parquet(path, compression="lz4", statistics=False)


def _is_refused(rejects: pl.DataFrame) -> bool:
    """Say whether a file that should be a table could not be used."""
    is_file = (pl.col("kind") == "file") & (pl.col("reason") != "not_a_table")
    return rejects.filter(is_file).height > 0

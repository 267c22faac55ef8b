"""One file seen as rows of one canonical table, read a slice at a time."""

import zlib
from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

import polars as pl

from auditor.clean.cells import BLANKS, KEYS, readable
from auditor.clean.mapping import TableRule
from auditor.clean.units import shifted, ungrouped, units_of, without_unit
from auditor.errors import AuditError
from auditor.frames import RawFile
from auditor.frames.staged import ROW, scan_staged, texts
from auditor.pack.model import Table

SLICE = 1_000_000  # rows of one file in hand while rows are sent to their partition
FULL = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
HALF = "".join(map(chr, range(0x21, 0x7F))) + " "
JOINT = ":"  # between the prefix and the source's own case id
UNTIDY, HOLLOW = "untidy", "hollow"


@dataclass(frozen=True, slots=True)
class View:
    """One file as rows of one canonical table, all still text but for what is typed.

    ``columns`` maps canonical names to positions in the file; ``ignored`` are the
    positions that count only when rows are compared. ``file`` is the index of the
    file among the run's; ``prefix`` the column that goes before case ids; ``typed``
    are the positions that keep the type of the file, which no text need stand for.
    """

    file: int
    raw: RawFile
    table: Table
    rule: TableRule
    columns: dict[str, int]
    ignored: tuple[int, ...]
    prefix: str | None
    codes: Map[str, Map[str, str]] = field(default_factory=dict)
    typed: frozenset[int] = frozenset()

    @property
    def place(self) -> tuple[str, str]:
        """The file's name and that of the table that it fills."""
        return self.raw.source, self.table.name

    @property
    def names(self) -> frozenset[str]:
        """The canonical columns that the file gives, constants included."""
        found = {*self.columns, *self.rule.constant}
        for stamps in self.rule.milestones.values():
            found |= {"step", *stamps}
        return frozenset(found & set(self.table.columns))

    def slices(
        self, first: int = 0, last: int | None = None, size: int = SLICE
    ) -> Iterator[pl.DataFrame]:
        """Yield the rows as text: _source, _row, _raw and the canonical columns.

        Cells are trimmed and translated, empty ones null; ``_raw`` is a hash of the
        untouched text of all cells. Of some rows only: from ``first`` to ``last``.
        """
        for rows in self.pieces(first, last, size):
            yield from self.as_text(rows)

    def pieces(
        self, first: int = 0, last: int | None = None, size: int = SLICE
    ) -> Iterator[pl.DataFrame]:
        """Yield the rows as they were read, columns by their places, and ``_row``."""
        seen = 0
        stop = self.raw.read if last is None else last
        for start in range(first, max(stop, first + 1), size):
            rows = self._rows(start, min(size, stop - start))
            seen += rows.height
            yield rows
        self._check_count(seen, stop - first)

    def as_text(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield what `slices` does of rows that come from `pieces`."""
        if self.rule.milestones:
            for step in self.rule.milestones:
                yield self._milestone(rows, step)
        else:
            care = _care(rows)
            yield rows.select(*self._origin(None, care), *self._texts(care))

    def case_rows(self, name: str | None = None) -> Iterator[pl.DataFrame]:
        """Yield the case ids as routing sees them, null where empty, slice by slice.

        With ``name`` also that column, as typed; the file need not have it.
        """
        at = self._asked(name)
        scan = scan_staged(self.raw.staged)
        held = {head: place for place, head in enumerate(scan.collect_schema())}
        few = scan.select(
            ROW, *(pl.nth(held[self.raw.header[one]]).alias(f"c{one}") for one in at)
        )
        seen = 0
        for start in range(0, max(self.raw.read, 1), SLICE):
            last = start + SLICE >= self.raw.read
            rows = few.slice(start, None if last else SLICE).collect(engine="in-memory")
            seen += rows.height
            yield self.cases_of(rows, name)
        self._check_count(seen, self.raw.read)

    def cases_of(self, rows: pl.DataFrame, name: str | None = None) -> pl.DataFrame:
        """Return what `case_rows` does of rows that come from `pieces`."""
        wanted = [KEYS[0], *([name] if name and name in self.names else [])]
        wanted = list(dict.fromkeys(wanted))
        rows = texts(rows.select(ROW, *(f"c{at}" for at in self._asked(name))))
        care = _care(rows)
        told = rows.select(ROW, *(self._text(one, care) for one in wanted))
        return told.select(readable(self.table.columns[one]) for one in wanted)

    def _asked(self, name: str | None) -> list[int]:
        """Return the places of the columns that a case id, and another one, is in."""
        places = {self.columns.get(one or "") for one in (self.prefix, KEYS[0], name)}
        return sorted(place for place in places if place is not None)

    def _check_count(self, found: int, expected: int) -> None:
        if found != expected:
            raise AuditError(
                "AUD151", file=self.raw.source, found=found, expected=expected
            )

    def ids_of(self, rows: pl.DataFrame) -> pl.Series:
        """Return the case ids of some staged rows; null where empty."""
        placed = self._placed(rows)
        return placed.select(ROW, self._text(KEYS[0]))[KEYS[0]]

    def _rows(self, start: int, size: int) -> pl.DataFrame:
        """Read some rows; columns get their positions as names.

        A header may be a wildcard or a pattern to the engine, so none reaches it.
        """
        scan = scan_staged(self.raw.staged)
        last = start + size >= self.raw.read
        frame = scan.slice(start, None if last else size).collect(engine="in-memory")
        return self._placed(frame)

    def _placed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Name the columns of staged rows by their positions."""
        names = {name: f"c{at}" for at, name in enumerate(self.raw.header)}
        frame = rows.clone()
        frame.columns = [names.get(name, name) for name in frame.columns]
        kept = [f"c{at}" for at in self.typed]
        return texts(frame.drop(kept)).with_columns(frame[name] for name in kept)

    def _texts(self, care: Map[str, str] | None = None) -> list[pl.Expr]:
        """Return the canonical columns as trimmed, translated text."""
        names = dict.fromkeys([*self.columns, *self.rule.constant])
        return [self._text(name, care) for name in names if name in self.table.columns]

    def _text(self, name: str, care: Map[str, str] | None = None) -> pl.Expr:
        """Return one canonical column; a case id with its prefix.

        ``care`` says what the cells of columns by their places need; None: unknown.
        """
        if name in self.rule.constant:
            text = pl.lit(self.rule.constant[name] or None, pl.String)
        else:
            place = f"c{self.columns[name]}"
            if self.columns[name] in self.typed:
                return pl.col(place).alias(name)
            text = self._translated(name, _trimmed_as_needed(place, care))
        if name == KEYS[0] and self.prefix is not None:
            text = self._text(self.prefix, care) + JOINT + text
        return text.alias(name)

    def _translated(self, name: str, text: pl.Expr) -> pl.Expr:
        """Fold, look up, translate, convert; a value translated to nothing is empty.

        Its unit and the commas between thousands go before a number is converted.
        """
        if name in self.rule.halfwidth:
            text = halfwidth(text)
        codes = self.codes.get(self.rule.lookup.get(name, ""), {})
        for words in (codes, self.rule.values.get(name)):
            if words:
                meant: dict[str, str | None] = {k: w or None for k, w in words.items()}
                text = text.replace(meant)
        unit = self.rule.units.get(name)
        text = text if unit is None else without_unit(text, unit)
        if name in self.rule.thousands:
            text = ungrouped(text)
        return text if unit is None else shifted(text, units_of(name)[unit])

    def _origin(self, step: str | None, care: Map[str, str]) -> list[pl.Expr]:
        """Return where a row comes from and the hash of its untouched cells."""
        seeds = {f"c{at}": name for name, at in self.columns.items()}
        seeds |= {f"c{at}": f"\0{self.raw.header[at]}" for at in self.ignored}
        places = {name: f"c{at}" for at, name in enumerate(self.raw.header)}
        stamps = self.rule.milestones.get(step or "", {})
        seeds |= {places[h]: name for name, h in stamps.items() if h in places}
        raw = pl.lit(zlib.crc32((step or "").encode()), pl.UInt64)
        for column, seed in seeds.items():
            cell = pl.col(column)
            code = cell.hash(zlib.crc32(seed.encode()))
            # A column that one file lacks equals an empty one in another.
            if column in care:
                empty = cell.is_null()
                if int(column[1:]) not in self.typed:
                    empty |= cell == ""
                code = pl.when(empty).then(0).otherwise(code)
            raw ^= code
        source = pl.lit(self.file, pl.UInt16).alias("_source")
        return [source, pl.col(ROW).cast(pl.UInt64), raw.alias("_raw")]

    def _milestone(self, frame: pl.DataFrame, step: str) -> pl.DataFrame:
        """Make an event of each row in which the step has a stamp."""
        at = {name: f"c{at}" for at, name in enumerate(self.raw.header)}
        stamps = self.rule.milestones[step]
        texts = {n: trimmed(pl.col(at[h])) for n, h in stamps.items() if h in at}
        rows = frame.select(
            *self._origin(step, dict.fromkeys(frame.columns, UNTIDY)),
            *self._texts(),
            pl.lit(step).alias("step"),
            *(self._translated(name, text).alias(name) for name, text in texts.items()),
        )
        stamped = (pl.col(name).is_not_null() for name in texts)
        return rows.filter(pl.any_horizontal(*stamped, pl.lit(value=False)))


def halfwidth(text: pl.Expr) -> pl.Expr:
    """Fold full-width digits, letters and signs, and the ideographic space."""
    return text.str.replace_many(list(FULL), list(HALF)).str.strip_chars(BLANKS)


def trimmed(text: pl.Expr) -> pl.Expr:
    """Return text without surrounding blanks; null if nothing is left."""
    filled = text.str.contains(f"[^{BLANKS}]")
    return pl.when(filled).then(text.str.strip_chars(BLANKS))


def _care(rows: pl.DataFrame) -> dict[str, str]:
    """Say which columns have cells that are empty or have blanks around or in them."""
    names = [name for name in rows.columns if rows.schema[name] == pl.String]
    told = rows.select(
        *(pl.col(n).str.contains(f"[{BLANKS}]").any().alias(f"{n} ") for n in names),
        *((pl.col(n) == "").any().alias(n) for n in names),
    ).row(0, named=True)
    hollow = {n: HOLLOW for n in rows.columns if told.get(n) or rows[n].null_count()}
    return hollow | {n: UNTIDY for n in names if told[f"{n} "]}


def _trimmed_as_needed(place: str, care: Map[str, str] | None) -> pl.Expr:
    """Return a cell as :func:`trimmed` does, at the price that its column needs."""
    cell = pl.col(place)
    need = UNTIDY if care is None else care.get(place)
    if need == HOLLOW:
        return pl.when(cell != "").then(cell)
    return trimmed(cell) if need else cell

"""Find out which column of a file fills which canonical one, or refuse the file."""

import zlib
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from auditor.clean.cells import BLANKS, KEYS
from auditor.clean.lookups import resolved
from auditor.clean.mapping import Mapping, TableRule
from auditor.clean.notes import column_notes
from auditor.clean.stamps import places_of_stamps
from auditor.clean.units import shifted
from auditor.errors import AuditError
from auditor.frames import FORM_TABLE, LOOKUP_TABLE, REJECTS, RawFile
from auditor.frames.staged import texts
from auditor.pack.model import Pack, Table

SLICE = 1_000_000  # rows of one file in hand while rows are sent to their partition
FULL = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
HALF = "".join(map(chr, range(0x21, 0x7F))) + " "
JOINT = ":"  # between the prefix and the source's own case id


class Refusal(Exception):  # noqa: N818 - it ends up as a reject, not as an error
    """Why a file cannot fill a table: a reason word, the column, the headers."""

    def __init__(self, reason: str, column: str, value: str | None = None) -> None:
        super().__init__(reason, column, value)
        self.reason, self.column, self.value = reason, column, value


@dataclass(frozen=True, slots=True)
class View:
    """One file as rows of one canonical table, all still text but for its stamps.

    ``columns`` maps canonical names to positions in the file; ``ignored`` are the
    positions that count only when rows are compared. ``file`` is the index of the
    file among the run's; ``prefix`` the column that goes before case ids; ``stamps``
    are the positions that keep the type of a stamp, which no text need stand for.
    """

    file: int
    raw: RawFile
    table: Table
    rule: TableRule
    columns: dict[str, int]
    ignored: tuple[int, ...]
    prefix: str | None
    codes: Map[str, Map[str, str]] = field(default_factory=dict)
    stamps: frozenset[int] = frozenset()

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

    def slices(self, size: int = SLICE) -> Iterator[pl.DataFrame]:
        """Yield the rows as text: _source, _row, _raw and the canonical columns.

        Cells are trimmed and translated, empty ones null; ``_raw`` is a hash of the
        untouched text of all cells.
        """
        seen = 0
        for start in range(0, max(self.raw.read, 1), size):
            frame = self._rows(self.raw.staged, start, size)
            seen += frame.height
            if self.rule.milestones:
                for step in self.rule.milestones:
                    yield self._milestone(frame, step)
            else:
                yield frame.select(*self._origin(None), *self._texts())
        if seen != self.raw.read:
            raise AuditError(
                "AUD151", file=self.raw.source, found=seen, expected=self.raw.read
            )

    def case_ids(self) -> pl.Series:
        """Return the case ids as routing sees them; null where empty."""
        needed = {self.columns.get(KEYS[0]), self.columns.get(self.prefix or "")}
        scan = pl.scan_parquet(self.raw.staged, glob=False, hive_partitioning=False)
        at = {name: place for place, name in enumerate(scan.collect_schema())}
        few = scan.select(
            "_row",
            *(
                pl.nth(at[self.raw.header[place]]).alias(f"c{place}")
                for place in needed
                if place is not None
            ),
        )
        rows = few.collect(engine="in-memory")
        ids = texts(rows).with_columns(rows["_row"])
        return ids.select("_row", self._text(KEYS[0]))[KEYS[0]]

    def ids_of(self, rows: pl.DataFrame) -> pl.Series:
        """Return the case ids of some staged rows; null where empty."""
        placed = self._placed(rows)
        return placed.select("_row", self._text(KEYS[0]))[KEYS[0]]

    def _rows(self, path: Path, start: int, size: int) -> pl.DataFrame:
        """Read some rows; columns get their positions as names.

        A header may be a wildcard or a pattern to the engine, so none reaches it.
        """
        scan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        last = start + size >= self.raw.read
        frame = scan.slice(start, None if last else size).collect(engine="in-memory")
        return self._placed(frame)

    def _placed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Name the columns of staged rows by their positions."""
        names = {name: f"c{at}" for at, name in enumerate(self.raw.header)}
        frame = rows.clone()
        frame.columns = [names.get(name, name) for name in frame.columns]
        kept = ("_row", *(f"c{at}" for at in self.stamps))
        return texts(frame.drop(kept)).with_columns(frame[name] for name in kept)

    def _texts(self) -> list[pl.Expr]:
        """Return the canonical columns as trimmed, translated text."""
        names = dict.fromkeys([*self.columns, *self.rule.constant])
        return [self._text(name) for name in names if name in self.table.columns]

    def _text(self, name: str) -> pl.Expr:
        """Return one canonical column; a case id with its prefix."""
        if name in self.rule.constant:
            text = pl.lit(self.rule.constant[name] or None, pl.String)
        else:
            cell = pl.col(f"c{self.columns[name]}")
            if self.columns[name] in self.stamps:
                return cell.alias(name)
            text = self._translated(name, trimmed(cell))
        if name == KEYS[0] and self.prefix is not None:
            text = self._text(self.prefix) + JOINT + text
        return text.alias(name)

    def _translated(self, name: str, text: pl.Expr) -> pl.Expr:
        """Fold, look up, translate, convert; a value translated to nothing is empty."""
        if name in self.rule.halfwidth:
            text = halfwidth(text)
        codes = self.codes.get(self.rule.lookup.get(name, ""), {})
        for words in (codes, self.rule.values.get(name)):
            if words:
                meant: dict[str, str | None] = {k: w or None for k, w in words.items()}
                text = text.replace(meant)
        return shifted(text, self.rule.units.get(name, 0))

    def _origin(self, step: str | None) -> list[pl.Expr]:
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
            empty = cell.is_null()
            if int(column[1:]) not in self.stamps:
                empty |= cell == ""
            raw ^= pl.when(empty).then(0).otherwise(code)
        source = pl.lit(self.file, pl.UInt16).alias("_source")
        return [source, pl.col("_row").cast(pl.UInt64), raw.alias("_raw")]

    def _milestone(self, frame: pl.DataFrame, step: str) -> pl.DataFrame:
        """Make an event of each row in which the step has a stamp."""
        at = {name: f"c{at}" for at, name in enumerate(self.raw.header)}
        stamps = self.rule.milestones[step]
        texts = {n: trimmed(pl.col(at[h])) for n, h in stamps.items() if h in at}
        rows = frame.select(
            *self._origin(step),
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


@dataclass(slots=True)
class Bound:
    """All views of a run, and what is to be told about files and their columns."""

    views: list[View]
    rejects: list[dict[str, object]]
    notes: list[dict[str, object]]


def bind(files: Sequence[RawFile], mapping: Mapping, pack: Pack) -> Bound:
    """Bind every file to the table or tables that it fills."""
    bound = Bound([], [], [])
    codes = resolved(mapping.lookups, files)
    for index, raw in enumerate(files):
        if raw.table in {FORM_TABLE, LOOKUP_TABLE}:
            continue
        for rule in (mapping.rule_for(raw), *mapping.also_for(raw)):
            try:
                view = replace(_view(index, raw, rule, mapping, pack), codes=codes)
            except Refusal as why:
                bound.rejects.append(_file_reject(raw, rule.to, why))
            else:
                bound.views.append(view)
    bound.notes = column_notes(bound.views)
    if mapping.date_forms(pack).calendar == "gregorian":
        places = places_of_stamps(bound.views)
        bound.views = [
            replace(v, stamps=at) for v, at in zip(bound.views, places, strict=True)
        ]
    return bound


def _view(
    index: int, raw: RawFile, rule: TableRule, mapping: Mapping, pack: Pack
) -> View:
    """Bind one file to one table; Refusal if it cannot fill it."""
    table = pack.tables[rule.to]
    prefix = mapping.case_id_prefix if KEYS[0] in table.columns else None
    if raw.origin == "dossier":
        prefix = None  # the mapping speaks about the dump
    columns = columns_of(raw, rule, table)
    given = {*columns, *rule.constant, *(("step",) if rule.milestones else ())}
    required = [c.name for c in table.columns.values() if c.required]
    for name in [*required, *([prefix] if prefix else [])]:
        if name not in given:
            raise Refusal("missing_column", name, rule.rename.get(name))
    strict = rule.also or bool(rule.milestones)
    ignored = () if strict else sorted({*range(len(raw.header))} - {*columns.values()})
    return View(index, raw, table, rule, columns, tuple(ignored), prefix)


def columns_of(raw: RawFile, rule: TableRule, table: Table) -> dict[str, int]:
    """Return the position of each canonical column that the file has.

    What the mapping renames is settled; other headers are taken under their
    canonical name or an alias, unless the entry reads only what it maps.
    """
    at = {header: place for place, header in enumerate(raw.header)}
    columns = {name: at[head] for name, head in rule.rename.items() if head in at}
    if rule.also or rule.milestones:
        return columns
    settled = {*rule.rename, *rule.constant}
    for place, header in enumerate(raw.header):
        if place in columns.values() and header in rule.rename.values():
            continue
        fits = [name for name in _meanings(header, table) if name not in settled]
        if len(fits) > 1:
            raise Refusal("ambiguous_column", fits[0], header)
        for name in fits:
            if name in columns:
                both = f"{raw.header[columns[name]]}, {header}"
                raise Refusal("ambiguous_column", name, both)
            columns[name] = place
    return columns


def _meanings(header: str, table: Table) -> list[str]:
    """Return the canonical columns that a header can mean; its own name wins."""
    if header in table.columns:
        return [header]
    return [c.name for c in table.columns.values() if header in c.aliases]


def _file_reject(raw: RawFile, table: str, why: Refusal) -> dict[str, object]:
    """Return the reject of a whole file."""
    told: dict[str, object] = {"kind": "file", "source": raw.source, "table": table}
    told |= {"column": why.column, "value": why.value, "reason": why.reason}
    return dict.fromkeys(REJECTS) | told

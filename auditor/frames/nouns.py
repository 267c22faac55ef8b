"""What travels between the stages: raw files, typed tables, their partitions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import polars as pl

from auditor.frames.columns import Dtype, empty_notes, empty_rejects

DOSSIER_TABLES = ("roster", "attestations", "expected", "approvals")
DOSSIER_ONLY = ("roster", "attestations", "expected")  # never taken from a dump
LOOKUP_TABLE = "lookup"  # a delivered code table of the mapping, no table of the pack
FORM_TABLE = "form"  # form.toml of the dossier: a RawFile of format "toml"


@dataclass(frozen=True, slots=True)
class FileRule:
    """One ``[[table]]`` entry of a mapping as far as the reader needs it.

    ``pattern`` is a glob on the file's own name, never on its folder; ``header_row``
    is the line of a text's header, counted from 1, where it is not to be looked for.
    """

    pattern: str
    table: str
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None

    def matches(self, name: str) -> bool:
        """Say whether the rule speaks about a file of this name; case matters."""
        return fnmatchcase(name, self.pattern)


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """Which file fills which table: mapping entries first, then the file's own name.

    ``tables`` are the names a dump may deliver, ``dossier`` those of the agency;
    ``keys`` gives, for each table, the headers under which its case_id may stand.
    """

    tables: tuple[str, ...]
    dossier: tuple[str, ...] = DOSSIER_TABLES
    files: tuple[FileRule, ...] = ()
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def rule_for(self, name: str) -> FileRule | None:
        """Return the first mapping entry that matches the file name, else None."""
        return next((rule for rule in self.files if rule.matches(name)), None)


@dataclass(frozen=True, slots=True)
class RawFile:
    """One input file as staged text: parquet with its original headers and ``_row``.

    ``origin`` is ``dump`` or ``dossier``; ``records`` was counted independently of
    ``read``, the number of rows that are in ``staged``. ``called`` are the names that a
    pattern of the mapping may mean, the closest first; none: the file's own. ``lines``
    are the physical lines of a text, ``unpacked`` the bytes out of compression.
    """

    source: str
    origin: str
    table: str
    staged: Path
    sha256: str
    size: int
    format: str
    encoding: str | None
    delimiter: str | None
    records: int
    read: int
    header: tuple[str, ...]
    called: tuple[str, ...] = ()
    lines: int | None = None
    unpacked: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What a pattern may mean: of a sheet its own name, then its workbook's."""
        return self.called or (self.source.rpartition("/")[2],)


@dataclass(frozen=True, slots=True)
class RawTables:
    """Everything the reader handed on; ``rejects`` follows :data:`REJECTS`.

    ``notes`` (:data:`NOTES`) tell what was read and should be known: hidden rows, dates
    made of serial numbers.
    """

    files: tuple[RawFile, ...]
    rejects: pl.DataFrame = field(default_factory=empty_rejects)
    notes: pl.DataFrame = field(default_factory=empty_notes)


@dataclass(frozen=True, slots=True)
class Part:
    """The accepted rows of one range of case ids, ``low <= case_id < high``.

    An open end is None. Small runs keep ``frames`` in memory; larger ones read
    ``<folder>/<table>.parquet``. ``schemas`` gives the dtypes of absent tables.
    """

    index: int
    low: str | None
    high: str | None
    folder: Path
    schemas: Mapping[str, Mapping[str, Dtype]]
    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def load(self, table: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return a table's rows, sorted by case_id, _source, _row; empty if absent.

        With ``columns`` only those are read.
        """
        rows = self.scan(table)
        return (rows if columns is None else rows.select(columns)).collect(
            engine="in-memory"
        )

    def scan(self, table: str) -> pl.LazyFrame:
        """Return a table's rows as :meth:`load` does, read when they are needed."""
        frame = self.frames.get(table)
        path = self.folder / f"{table}.parquet"
        if frame is not None:
            return frame.lazy()
        if path.is_file():
            return pl.scan_parquet(path, glob=False, hive_partitioning=False)
        return pl.LazyFrame(schema=dict(self.schemas[table]))

    def column(self, table: str, name: str) -> pl.Series:
        """Return one column of a table without loading the others."""
        return self.load(table, (name,)).get_column(name)


Load = Callable[[str], pl.DataFrame]
"""Gives a typed table of some cases by its name: the accepted rows only."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Typed tables of one run, split by case id, with every rejected cell and row.

    ``accounting`` holds read = accepted + duplicate + rejected for each delivered
    table; ``lost`` names case and table of each rejected row of a known case;
    ``refused`` is True when a file could not be used as a whole; ``numbering`` is how
    the mapping says that case ids are numbered; ``lone_date`` is a note on the file
    that alone carries ``last_date``, far behind all other dates; ``files`` holds the
    accounts by file and table, ``split`` those whose rows became several each;
    ``only_named`` counts the cases that nothing but a rejected row names; ``copies``
    are rows that say a thing again, ``alike`` ids easily taken for one another.
    """

    store: Path
    parts: tuple[Part, ...]
    small: Mapping[str, pl.DataFrame]
    form: Mapping[str, str]
    delivered: frozenset[str]
    columns: Mapping[str, frozenset[str]]
    rejects: pl.DataFrame
    accounting: Mapping[str, Mapping[str, int]]
    last_date: date | None
    refused: bool
    steps: pl.DataFrame
    lost: pl.DataFrame
    notes: pl.DataFrame
    mapping_digest: str | None = None  # of the mapping and the code tables beside it
    numbering: str | None = None
    lone_date: Mapping[str, object] | None = None
    files: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    split: frozenset[tuple[str, str]] = frozenset()
    only_named: int = 0
    copies: pl.DataFrame = field(default_factory=pl.DataFrame)
    alike: pl.DataFrame = field(default_factory=pl.DataFrame)


def rejected_ids(rejects: pl.DataFrame, table: str) -> pl.Series:
    """Return the ids under which whole rows of a table were rejected, each once."""
    mine = (pl.col("kind") == "row") & (pl.col("table") == table)
    return rejects.filter(mine).get_column("case_id").drop_nulls().unique()

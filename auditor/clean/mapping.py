"""How a source system's headers, values and step names become canonical ones."""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from auditor.clean.cells import KEYS, PROJECT
from auditor.clean.dateforms import DateForms
from auditor.clean.lookups import Lookup, file_rules
from auditor.frames import DOSSIER_ONLY, DOSSIER_TABLES, FileRule, RawFile, ReadPlan
from auditor.pack.model import Pack, Steps
from auditor.vocabulary import UNMAPPED

STARTED, FINISHED = "started_at", "finished_at"


@dataclass(frozen=True, slots=True)
class TableRule:
    """One ``[[table]]`` entry.

    Without ``file`` it speaks about every file of its table. With ``also`` it reads a
    file that fills another table once more: only mapped columns count then, so that
    attributes repeated on each row of a log become one row and counted duplicates.
    ``milestones`` makes an event of each filled step of a wide row: canonical step to
    stamp to source header. A cell of ``halfwidth`` has its full-width digits, letters
    and signs folded, then goes through the code table of ``lookup``, then through
    ``values``, then loses the commas between its thousands if the column is one of
    ``thousands``, then is converted from its unit in ``units``, which it may end with.
    """

    to: str
    file: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    also: bool = False
    rename: Map[str, str] = field(default_factory=dict)
    constant: Map[str, str] = field(default_factory=dict)
    values: Map[str, Map[str, str]] = field(default_factory=dict)
    milestones: Map[str, Map[str, str]] = field(default_factory=dict)
    header_row: int | None = None
    halfwidth: tuple[str, ...] = ()
    thousands: tuple[str, ...] = ()
    lookup: Map[str, str] = field(default_factory=dict)
    units: Map[str, str] = field(default_factory=dict)

    def matches(self, name: str) -> bool:
        """Say whether the entry speaks about a file or sheet of this name."""
        return self.file is None or FileRule(self.file, self.to).matches(name)


def _speaks(rule: TableRule, file: RawFile) -> bool:
    return any(rule.matches(name) for name in file.names)


@dataclass(frozen=True, slots=True)
class StepRule:
    """The canonical step of a source step and the stamps that are its edges.

    ``start`` and ``finish`` name date columns of ``events``; None: the edge is empty.
    """

    step: str
    start: str | None = STARTED
    finish: str | None = FINISHED

    @property
    def plain(self) -> bool:
        """Whether each stamp stays where it is."""
        return (self.start, self.finish) == (STARTED, FINISHED)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file, validated against a pack and frozen.

    ``zone`` None means the pack's; ``digest`` is the sha256 of the file; ``numbering``
    is a pattern with the groups ``series`` and ``serial``: how case ids are numbered.
    """

    id: str = ""
    title_zh: str = ""
    title_en: str = ""
    zone: str | None = None
    case_id_prefix: str | None = None
    dates: DateForms = field(default_factory=DateForms)
    tables: tuple[TableRule, ...] = ()
    steps: Map[str, StepRule] = field(default_factory=dict)
    lookups: Map[str, Lookup] = field(default_factory=dict)
    digest: str | None = None
    numbering: str | None = None

    def rule_for(self, file: RawFile) -> TableRule:
        """Return the entry that speaks about a file of the dump, else an empty one."""
        if file.origin == "dossier":
            return TableRule(file.table)
        fits = [r for r in self.tables if r.to == file.table and not r.also]
        # What is said of a sheet goes before what is said of its workbook.
        told = (r for name in file.names for r in fits if r.matches(name))
        return next(told, TableRule(file.table))

    def also_for(self, file: RawFile) -> tuple[TableRule, ...]:
        """Return the further tables that a file of the dump fills."""
        if file.origin == "dossier":
            return ()
        return tuple(r for r in self.tables if r.also and _speaks(r, file))

    def step_rule(self, raw: str, steps: Steps) -> StepRule:
        """Say what a source step means: mapping, pack alias, own name, or unmapped."""
        known = self.steps.get(raw)
        if known is not None:
            return known
        name = steps.aliases.get(raw, raw)
        return StepRule(name if name in steps.order else UNMAPPED)

    @property
    def folds_ids(self) -> bool:
        """Whether some file writes case ids in full-width characters."""
        return any(KEYS[0] in rule.halfwidth for rule in self.tables)

    def date_forms(self, pack: Pack) -> DateForms:
        """Return how dates are read: as declared, else by the grammar in its zone."""
        return self.dates if self.digest else DateForms(zone=self.zone or pack.zone)

    def read_plan(self, pack: Pack) -> ReadPlan:
        """Say which file fills which table, and under which headers cases are named."""
        files = tuple(
            FileRule(rule.file, rule.to, rule.encoding, rule.delimiter, rule.header_row)
            for rule in self.tables
            if rule.file is not None and not rule.also
        )
        return ReadPlan(
            tables=tuple(name for name in pack.tables if name not in DOSSIER_ONLY),
            dossier=tuple(name for name in pack.tables if name in DOSSIER_TABLES),
            files=(*file_rules(self.lookups.values()), *files),
            keys={name: self._key_headers(name, pack) for name in pack.tables},
        )

    def also_tables(self) -> set[str]:
        """Return the tables that are filled as a second one from their file."""
        return {rule.to for rule in self.tables if rule.also}

    def _key_headers(self, table: str, pack: Pack) -> tuple[str, ...]:
        """Return the headers under which a row's own id may stand, likeliest first.

        An approval's own id is its project's: so a rejected row still names it.
        """
        columns = pack.tables[table].columns
        column = columns.get(PROJECT) or columns.get(KEYS[0])
        if column is None:
            return ()
        renamed = [
            rule.rename[column.name]
            for rule in self.tables
            if rule.to == table and column.name in rule.rename
        ]
        return tuple(dict.fromkeys([*renamed, column.name, *column.aliases]))


def read_plan(mapping: Mapping | None, pack: Pack) -> ReadPlan:
    """Return the reader's plan for a run with or without a mapping."""
    return (mapping or Mapping()).read_plan(pack)

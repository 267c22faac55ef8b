"""Read a dump without believing any name, and look at everything in it."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from auditor.clean import load_mapping
from auditor.clean.cells import KEYS
from auditor.clean.mapping import Mapping
from auditor.clean.shipped import fits
from auditor.frames import DOSSIER_ONLY, FileRule, RawFile, RawTables, ReadPlan
from auditor.inspect.check import check
from auditor.inspect.codes import code_tables
from auditor.inspect.columns import Counts, counted, seen
from auditor.inspect.headers import guess
from auditor.inspect.ids import Named, ids
from auditor.inspect.lexicon import Lexicon, with_mappings
from auditor.inspect.names import is_closed, with_names
from auditor.inspect.nouns import ColumnSeen, FileSeen, Inspection, StepSeen
from auditor.inspect.tables import Reading, readings
from auditor.pack import Pack, load_pack
from auditor.read import read
from auditor.read.sources import NO_DATA, table_of
from auditor.settings import Limits

ANY = "?"  # the table of every file while nobody knows


def inspect(
    inputs: Sequence[Path],
    rules: str = "nea-2021-37",
    mapping: Path | None = None,
    *,
    mappings: Path | None = None,
    limits: Limits | None = None,
) -> Inspection:
    """Say what is in a dump, and on what evidence; nothing is written.

    Args:
        inputs: folders and files, as for a run.
        rules: the pack whose tables and steps are looked for.
        mapping: a mapping to hold against the dump as well.
        mappings: the folder of known mappings; default: those that are shipped.
        limits: caps on the parsing process.

    Raises:
        AuditError: AUD101 to AUD104 for the inputs; AUD220, AUD221 for the mapping.
    """
    pack, caps = load_pack(rules), limits or Limits()
    known = with_mappings(pack, mappings)
    given = load_mapping(mapping, pack) if mapping else None
    paths = tuple(inputs)
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "look").mkdir()
        raw = read(paths, None, _plan(pack, given), caps, Path(work) / "look")
        found = _Look(raw, pack, known).inspection()
        if mapping is None or given is None:
            return found
        (Path(work) / "run").mkdir()
        told = check(paths, mapping.name, given, pack, (caps, Path(work) / "run"))
        return replace(found, check=told)


def _plan(pack: Pack, mapping: Mapping | None) -> ReadPlan:
    """Read every file under no table; how a mapping says that it is written counts."""
    declared = (mapping or Mapping()).read_plan(pack).files
    files = [replace(rule, table=ANY) for rule in declared]
    return ReadPlan(tables=(ANY,), dossier=(), files=(*files, FileRule("*", ANY)))


class _Look:
    """One dump while it is looked at."""

    def __init__(self, raw: RawTables, pack: Pack, known: Lexicon) -> None:
        self.pack = pack
        self.known = known
        self.raw = raw
        self.files = [f for f in raw.files if not NO_DATA.fullmatch(f.source)]
        self.counts: dict[tuple[int, int], Counts] = {}
        self.named: list[Named] = []
        self.steps: Counter[str] = Counter()

    def inspection(self) -> Inspection:
        """Look at every file and return what was found."""
        told = tuple(self._file(at, file) for at, file in enumerate(self.files))
        refused = self.raw.rejects.filter(kind="file").select(
            "source", "reason", "value"
        )
        return Inspection(
            files=told,
            refused=tuple(
                (source, reason, value or "")
                for source, reason, value in refused.iter_rows()
                if not NO_DATA.fullmatch(source)
            ),
            ids=ids(self.named),
            steps=self._steps(),
            codes=code_tables(told, self.files, self.counts),
            fits=fits(self.files, self.known.shipped),
        )

    def _file(self, number: int, file: RawFile) -> FileSeen:
        named = self._named(file)
        main, second = readings(file.header, named, self.pack, self.known)
        columns = tuple(
            self._column(number, file, at, (main, second))
            for at in range(len(file.header))
        )
        for one in (main, second):
            self._note_ids(number, file, one)
        self._note_steps(number, file, main)
        rows = self.raw.rejects.filter(kind="row", source=file.source)
        reasons = rows["reason"].value_counts(sort=True).iter_rows()
        return FileSeen(
            source=file.source,
            format=file.format,
            encoding=file.encoding,
            delimiter=file.delimiter,
            records=file.records,
            rows=file.read,
            rejected=tuple(reasons),
            columns=columns,
            table=main.table.name if main else None,
            named=named is not None,
            also=second.table.name if second else None,
            lacking=main.lacking if main else (),
            milestones=second.milestones if second else {},
        )

    def _named(self, file: RawFile) -> str | None:
        """Return the table that the file's name, or its format, tells."""
        if file.table != ANY:
            return file.table
        known = {*self.pack.tables} - {*DOSSIER_ONLY}
        told = map(table_of, file.names)
        return next((first for first in told if first in known), None)

    def _column(
        self,
        number: int,
        file: RawFile,
        at: int,
        read_as: tuple[Reading | None, Reading | None],
    ) -> ColumnSeen:
        header = file.header[at]
        counts = self.counts[number, at] = counted(file, at)
        main, second = read_as
        mine = main.guesses.get(header) if main else None
        also = second.guesses.get(header) if second else None
        table = main.table if main and mine else second.table if second else None
        told = seen(header, counts, table, mine or also, self.known)
        meant = mine or also
        if meant is not None and is_closed(table, meant.column, self.pack):
            told = with_names(told, counts, meant.column, self.pack, self.known)
        return replace(told, guess=mine, also=also, rival=self._rival(header, main))

    def _rival(self, header: str, main: Reading | None) -> str | None:
        """Return the header that keeps the column which this one could mean too."""
        if main is None or header in main.guesses:
            return None
        one = guess(header, main.table, self.known)
        held = {guessed.column: head for head, guessed in main.guesses.items()}
        return held.get(one.column) if one else None

    def _note_ids(self, number: int, file: RawFile, one: Reading | None) -> None:
        if one is None:
            return
        for header, guessed in one.guesses.items():
            if guessed.column == KEYS[0]:
                counts = self.counts[number, file.header.index(header)]
                self.named.append(Named(file.source, one.table.name, counts))

    def _note_steps(self, number: int, file: RawFile, main: Reading | None) -> None:
        if main is None or main.table.name != "events":
            return
        for header, guessed in main.guesses.items():
            if guessed.column == "step":
                counts = self.counts[number, file.header.index(header)]
                self.steps.update(dict(counts.values.iter_rows()))

    def _steps(self) -> tuple[StepSeen, ...]:
        """Return each step as recorded, what it means, and what is proposed for it."""
        steps, plain = self.pack.steps, Mapping()
        proposals = dict(self.known.steps)
        for tree in self.known.shipped.values():
            for raw, rule in tree.get("steps", {}).items():
                proposals.setdefault(raw, rule)
        return tuple(
            StepSeen(
                raw, rows, plain.step_rule(raw, steps).step, proposals.get(raw, {})
            )
            for raw, rows in self.steps.most_common()
        )

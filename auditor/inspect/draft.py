"""A mapping drafted from an inspection: what is certain, and what a person decides.

A line that begins with ``#?`` is a guess with its evidence behind it: a person checks
it and takes the mark away. ``#!`` marks what nobody but a person can tell. Without
either the draft loads and says what a run without a mapping would find by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from auditor import fsops
from auditor.clean.units import APPARENT
from auditor.errors import AuditError, text
from auditor.inspect.drafted_dates import date_lines
from auditor.inspect.drafted_steps import step_lines
from auditor.inspect.folds import fold_lines, folds, unit_for
from auditor.inspect.lines import LIKELY, OPEN, counts, line, pattern, quoted, shown
from auditor.inspect.merge import merged
from auditor.inspect.nouns import (
    CodeTable,
    ColumnSeen,
    FileSeen,
    Guess,
    Inspection,
)
from auditor.inspect.worded import Wording
from auditor.pack.model import Column


def write_mapping(
    inspection: Inspection, path: Path, rules: str = "nea-2021-37", lang: str = "zh"
) -> None:
    """Write the draft of a mapping; a file that is there already is left alone.

    Raises:
        AuditError: AUD162 if there is a file of that name, AUD404 if it cannot be
            written.
    """
    if path.exists():
        raise AuditError("AUD162", file=path)
    fsops.write_text(path, draft(inspection, rules, lang))


def draft(inspection: Inspection, rules: str = "nea-2021-37", lang: str = "zh") -> str:
    """Return the text of a mapping for the dump that was inspected."""
    words = Wording(rules, lang)
    lines = [
        *(f"# {text(f'draft.{key}', lang)}" for key in ("head", "likely", "open")),
        *_best(inspection, lang),
        "",
        "[mapping]",
        'id = "draft"',
        "",
        *date_lines(inspection, lang),
        *_lookups(inspection, words),
        *_entries(inspection, words),
        *step_lines(inspection, lang),
    ]
    return "\n".join(lines) + "\n"


def _best(inspection: Inspection, lang: str) -> Iterator[str]:
    best = inspection.best
    if best is not None:
        found = {"mapping": best.mapping, "found": best.found, "wanted": best.wanted}
        yield f"# {text('draft.best', lang, **found)}"


# ---------------------------------------------------------------- files


def _entries(inspection: Inspection, words: Wording) -> Iterator[str]:
    codes = {one.source for one in inspection.codes}
    files = [file for file in inspection.files if file.source not in codes]
    for _, group in groupby(
        sorted(files, key=lambda f: (repr(f.layout), f.source)), attrgetter("layout")
    ):
        same = list(group)
        rest = [f.source for f in inspection.files if f not in same]
        for names, glob in pattern([file.source for file in same], rest):
            mine = [file for file in same if file.source in names]
            yield from _Entry(inspection, mine, glob, words).lines()


class _Entry:
    """The entries of files that look alike: their table, and a second one."""

    def __init__(
        self,
        inspection: Inspection,
        files: Sequence[FileSeen],
        glob: str,
        words: Wording,
    ) -> None:
        self.files = files
        self.file = merged(files)
        self.glob = glob
        self.words = words
        self.codes = [
            one
            for one in inspection.codes
            if one.used_by in {file.source for file in files}
        ]

    def lines(self) -> Iterator[str]:
        """Yield the lines of all entries of the files."""
        names = ", ".join(shown(file.source) for file in self.files[:5])
        rows = sum(file.rows for file in self.files)
        yield f"# ---- {names}{' …' if self.files[5:] else ''}: {rows:,}"
        if self.file.table is None:
            yield from self._unknown()
            return
        yield from self._head(self.file.table, also=False)
        yield from self._columns(self.file.table, also=False)
        if self.file.also is not None:
            yield from self._head(self.file.also, also=True)
            yield from self._columns(self.file.also, also=True)

    def _unknown(self) -> Iterator[str]:
        """Yield an entry that is a comment as a whole: no table fits."""
        yield f"# {self.words.say('no_table')}"
        for one in (
            "[[table]]",
            f"file = {quoted(self.glob)}",
            'to = ""',
            "[table.rename]",
        ):
            yield f"{OPEN} {one}"
        for column in self.file.columns:
            yield line(OPEN, "…", quoted(column.header), counts(column))
        yield ""

    def _head(self, table: str, *, also: bool) -> Iterator[str]:
        yield "[[table]]"
        if self.file.format != "xes":
            yield f"file = {quoted(self.glob)}"
        yield f'to = "{table}"'
        if self.file.encoding not in {None, "utf-8"}:
            yield f"encoding = {quoted(str(self.file.encoding))}"
        if self.file.delimiter not in {None, ","}:
            yield f"delimiter = {quoted(str(self.file.delimiter))}"
        if also:
            yield "also = true"
        told = ((one, one.also if also else one.guess) for one in self.file.columns)
        yield from fold_lines(told, self._declared(table))
        yield ""

    def _columns(self, table: str, *, also: bool) -> Iterator[str]:
        told = [(one, one.also if also else one.guess) for one in self.file.columns]
        coded = (
            {one.header for one in self.codes} if self._takes_codes(table) else set()
        )
        reads = {one.header for one in self.codes} | {*self.file.milestones}
        yield "[table.rename]"
        for column, guess in told:
            if column.header in coded:
                continue
            if guess is not None:
                yield self._rename(column, guess)
            elif not also and column.also is None and column.header not in reads:
                yield self._open(column)
        yield from self._coded(table)
        yield ""
        yield from self._units(table, told)
        for column, guess in told:
            if guess is not None and column.header not in coded:
                yield from self._values(table, column, guess)
        if also:
            yield from self._milestones()

    def _declared(self, table: str) -> Mapping[str, Column]:
        return self.words.pack.tables[table].columns

    def _takes_codes(self, table: str) -> bool:
        """Say whether codes of this file are looked up under this table's entry."""
        return "cases" in {self.file.table, self.file.also} and table == "cases"

    def _rename(self, column: ColumnSeen, guess: Guess) -> str:
        mark = "" if guess.sure else OPEN if guess.how == "similar" else LIKELY
        said = f"{self.words.how(guess)}; {counts(column)}"
        return line(mark, guess.column, quoted(column.header), said)

    def _open(self, column: ColumnSeen) -> str:
        said = counts(column)
        if column.rival is not None:
            said = f"{self.words.say('rival', header=shown(column.rival))}; {said}"
        return line(OPEN, "…", quoted(column.header), said)

    def _coded(self, table: str) -> Iterator[str]:
        """Yield the columns that come by way of a code table."""
        meant = self.words.coded(self.codes) if self._takes_codes(table) else []
        for name, one in meant:
            yield line(LIKELY, name, quoted(one.header), self.words.by_code(one))
        if meant:
            yield "\n[table.lookup]"
        for name, _ in meant:
            yield line(LIKELY, name, quoted(name), "")

    def _units(
        self, table: str, told: Sequence[tuple[ColumnSeen, Guess | None]]
    ) -> Iterator[str]:
        columns = self._declared(table)
        guessed = [(c, g) for c, g in told if g is not None]
        known = [(c, g, unit_for(c, g, columns.get(g.column))) for c, g in guessed]
        found = [(c, g, unit) for c, g, unit in known if unit is not None]
        if found:
            yield "[table.unit]"
        for column, guess, unit in found:
            header = shown(column.header)
            if guess.unit is not None:
                said = self.words.say("unit", header=header)
            else:
                needs = folds(column.unknown, columns[guess.column], unit)
                n = f"{sum(cells for _, cells in needs['unit']):,}"
                filled = f"{column.filled:,}"
                said = self.words.say(
                    "unit_of_cells", header=header, n=n, filled=filled
                )
            yield line(LIKELY, guess.column, quoted(unit), said)
        yield from [""] * bool(found)
        yield from self._apparent(told, [unit for *_, unit in found])

    def _apparent(
        self,
        told: Sequence[tuple[ColumnSeen, Guess | None]],
        named: Sequence[str],
    ) -> Iterator[str]:
        """Yield the constant that must stand beside a capacity in kVA."""
        units = APPARENT.intersection(named)
        columns = self.words.pack.tables["cases"].columns.values()
        name = next((c.name for c in columns if "kVA" in c.words), None)
        if units and name and name not in {g.column for _, g in told if g is not None}:
            yield "[table.constant]"
            yield line(LIKELY, name, '"kVA"', "")
            yield ""

    def _values(self, table: str, column: ColumnSeen, guess: Guess) -> Iterator[str]:
        declared = self._declared(table).get(guess.column)
        mended = set[tuple[str, int]]()
        if declared is not None:
            unit = unit_for(column, guess, declared)
            mended = mended.union(*folds(column.unknown, declared, unit).values())
        if not set(column.unknown) - mended:
            return
        yield f"[table.values.{guess.column}]"
        for value, cells in column.unknown:
            if (value, cells) in mended:
                continue
            meant = column.words.get(value)
            said = (
                f"{cells:,}"
                if meant is not None
                else f"{cells:,}; {self.words.allowed(table, guess)}"
            )
            mark = OPEN if meant is None else LIKELY
            yield line(mark, quoted(value), quoted(meant or ""), said)
        more = column.unknown_values - len(column.unknown)
        if more > 0:
            yield f"# {self.words.say('more_values', n=f'{more:,}')}"
        yield ""

    def _milestones(self) -> Iterator[str]:
        steps: dict[str, list[str]] = {}
        for header, (step, stamp) in self.file.milestones.items():
            steps.setdefault(step, []).append(f"{stamp} = {quoted(header)}")
        if steps:
            yield "[table.milestones]"
        for step, stamps in steps.items():
            yield line(LIKELY, step, "{ " + ", ".join(stamps) + " }", "")
        yield from [""] * bool(steps)
        told = {one.header: one for one in self.file.columns}
        for header, (_, stamp) in self.file.milestones.items():
            words = self.words.known.words.get(stamp)
            if words:
                yield f"[table.values.{stamp}]"
                for value, cells in told[header].values:
                    meant = words.get(value)
                    mark = OPEN if meant is None else LIKELY
                    yield line(mark, quoted(value), quoted(meant or ""), f"{cells:,}")
                yield ""


# ---------------------------------------------------------------- code tables


def _lookups(inspection: Inspection, words: Wording) -> Iterator[str]:
    for name, one in words.coded(inspection.codes):
        yield f"{LIKELY} [lookup.{name}]   # {words.by_code(one)}"
        value = words.value_of(name, one)
        for key, said in (("file", _glob_of(one)), ("key", one.key), ("value", value)):
            yield f"{LIKELY} {key} = {quoted(said)}"
        yield ""


def _glob_of(one: CodeTable) -> str:
    return pattern([one.source], [])[0][1]

"""Read the ``[[table]]`` entries of a mapping file."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from auditor.clean.cells import readable
from auditor.clean.dateforms import DateForms
from auditor.clean.dates import parse
from auditor.clean.lookups import Lookup
from auditor.clean.mapping import TableRule
from auditor.clean.page import Page, Toml
from auditor.clean.units import APPARENT, units_of
from auditor.frames import DOSSIER_ONLY
from auditor.pack.model import Column, Pack

KEYS = (
    "file", "to", "encoding", "delimiter", "header_row", "also",
    "rename", "constant", "halfwidth", "thousands", "lookup", "values", "unit",
    "milestones",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What the rest of the file declares: dates, the prefix column, code tables.

    ``prefix`` is the column of ``cases`` that stands before case ids; every table may
    map it, declared there or not.
    """

    dates: DateForms
    prefix: str | None
    lookups: Mapping[str, Lookup]


def table_rules(
    page: Page, tree: Toml, pack: Pack, known: Known
) -> tuple[TableRule, ...]:
    """Return the entries in their order, of which the first that matches wins."""
    entries = tree.get("table", [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        page.problem("AUD223", "table", name="table", where="", kind="[[table]]")
        return ()
    read = [
        Entry(page, f"#{number}", pack, known).rule(given)
        for number, given in enumerate(entries, 1)
    ]
    return tuple(rule for rule in read if rule is not None)


class Entry:
    """One entry while it is read; ``at`` says which."""

    def __init__(self, page: Page, at: str, pack: Pack, known: Known) -> None:
        self.page = page
        self.at = at
        self.pack = pack
        self.known = known
        cases = pack.tables["cases"].columns
        self.shared = {name: cases[name] for name in cases if name == known.prefix}
        self.columns: Mapping[str, Column] = {}
        self.table = ""

    def rule(self, given: Toml) -> TableRule | None:
        """Return the entry, or None if its table is unknown."""
        page, at = self.page, self.at
        page.known(given, KEYS, at)
        to = page.string(given, "to", at) or ""
        tables = [name for name in self.pack.tables if name not in DOSSIER_ONLY]
        if to not in tables:
            page.problem("AUD228", at, "to", table=to, known=", ".join(tables))
            return None
        self.table = to
        self.columns = {**self.shared, **self.pack.tables[to].columns}
        rename = self._rename(page.section(given, "rename", at))
        constant = self._constants(page.section(given, "constant", at))
        for column in rename.keys() & constant.keys():
            page.problem("AUD229", at, "constant", column, column=column)
        return TableRule(
            to=to,
            file=page.string(given, "file", at),
            encoding=page.string(given, "encoding", at),
            delimiter=page.string(given, "delimiter", at),
            also=page.flag(given, "also", at),
            rename=rename,
            constant=constant,
            values=self._values(page.section(given, "values", at)),
            milestones=self._milestones(page.section(given, "milestones", at)),
            header_row=page.whole(given, "header_row", at),
            halfwidth=self._listed(given, "halfwidth"),
            thousands=self._numbers(given, "thousands"),
            lookup=self._lookups(page.section(given, "lookup", at)),
            units=self._units(page.section(given, "unit", at), {*rename, *constant}),
        )

    def _column(self, name: str, *at: str) -> Column | None:
        """Return a canonical column, else note the problem."""
        column = self.columns.get(name)
        if column is None:
            self.page.problem("AUD226", self.at, *at, column=name, table=self.table)
        return column

    def _rename(self, given: Toml) -> dict[str, str]:
        renames = {}
        for name in given:
            header = self.page.string(given, name, self.at, "rename")
            if self._column(name, "rename", name) and header:
                renames[name] = header.strip()
        return renames

    def _constants(self, given: Toml) -> dict[str, str]:
        constants = {}
        for name, value in given.items():
            column = self._column(name, "constant", name)
            text = _text(value)
            if column is not None:
                self._check(column, text, "constant", name)
                constants[name] = text
        return constants

    def _values(self, given: Toml) -> dict[str, dict[str, str]]:
        tables = {}
        for name in given:
            column = self._column(name, "values", name)
            entries = self.page.section(given, name, self.at, "values")
            words = {key.strip(): _text(value) for key, value in entries.items()}
            for key, value in words.items():
                if column is not None and value:
                    self._check(column, value, "values", name, key)
            tables[name] = words
        return tables

    def _listed(self, given: Toml, key: str) -> tuple[str, ...]:
        names = given.get(key, [])
        if not isinstance(names, list):
            self.page.problem("AUD223", self.at, key, name=key, where="", kind="list")
            return ()
        return tuple(
            str(name) for name in names if self._column(str(name), key, str(name))
        )

    def _numbers(self, given: Toml, key: str) -> tuple[str, ...]:
        """Return listed columns, all of them numbers."""
        names = self._listed(given, key)
        for name in names:
            kind = self.columns[name].type
            if kind not in {"number", "integer"}:
                self.page.problem("AUD167", self.at, key, name, column=name, kind=kind)
        return names

    def _lookups(self, given: Toml) -> dict[str, str]:
        """Return which code table each column goes through."""
        tables = {}
        for name in given:
            column = self._column(name, "lookup", name)
            table = self.page.string(given, name, self.at, "lookup")
            if table is not None and table not in self.known.lookups:
                known = ", ".join(self.known.lookups) or "-"
                self.page.problem(
                    "AUD154", self.at, "lookup", name, name=table, known=known
                )
            elif column is not None and table is not None:
                tables[name] = table
        return tables

    def _units(self, given: Toml, present: set[str]) -> dict[str, str]:
        """Return the unit of each column that has one declared.

        kVA are compared as they stand (21), so the entry must also say that they are
        kVA: else nobody would see it beside the verdict.
        """
        found = {}
        for name in given:
            column = self._column(name, "unit", name)
            unit = self.page.string(given, name, self.at, "unit")
            if column is None or unit is None:
                continue
            units = units_of(name)
            if column.type != "number" or unit not in units:
                fields = {
                    "column": name,
                    "unit": unit,
                    "known": ", ".join(units) or "-",
                }
                self.page.problem("AUD153", self.at, "unit", name, **fields)
                continue
            found[name] = unit
            told = [c.name for c in self.columns.values() if "kVA" in c.words]
            if unit in APPARENT and told and not present & {*told}:
                self.page.problem(
                    "AUD160", self.at, "unit", name, column=told[0], unit=unit
                )
        return found

    def _milestones(self, given: Toml) -> dict[str, dict[str, str]]:
        steps = {}
        for step in given:
            stamps = self.page.section(given, step, self.at, "milestones")
            if self.table != "events" or step not in self.pack.steps.order:
                known = ", ".join(self.pack.steps.order)
                self.page.problem(
                    "AUD227", self.at, step, step=step, raw=step, known=known
                )
            steps[step] = {
                name: self.page.string(stamps, name, self.at, step) or ""
                for name in stamps
                if self._column(name, "milestones", step, name)
            }
        return steps

    def _check(self, column: Column, text: str, *at: str) -> None:
        """Note a value that its column could not mean."""
        frame = pl.DataFrame({column.name: [text]})
        if column.type == "date":
            meant = parse(frame[column.name], self.known.dates)["day"][0]
        else:
            meant = frame.select(readable(column)).item()
        if meant is None:
            words = ", ".join(column.words) or column.type
            self.page.problem(
                "AUD230", self.at, *at, value=text, column=column.name, known=words
            )


def _text(value: object) -> str:
    """Write a TOML value as a cell would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()

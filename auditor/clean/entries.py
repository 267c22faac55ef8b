"""Read the ``[[table]]`` entries of a mapping file."""

from collections.abc import Mapping

import polars as pl

from auditor.clean.cells import readable
from auditor.clean.dates import DateForms, parse
from auditor.clean.mapping import TableRule
from auditor.clean.page import Page, Toml
from auditor.frames import DOSSIER_ONLY
from auditor.pack.model import Column, Pack

KEYS = (
    "file", "to", "encoding", "delimiter", "also",
    "rename", "constant", "values", "milestones",
)  # fmt: skip


def table_rules(
    page: Page, tree: Toml, pack: Pack, dates: DateForms, prefix: str | None
) -> tuple[TableRule, ...]:
    """Return the entries in their order, of which the first that matches wins.

    ``prefix`` is the column of ``cases`` that stands before case ids; every table may
    map it, declared there or not.
    """
    entries = tree.get("table", [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        page.problem("AUD223", "table", name="table", where="", kind="[[table]]")
        return ()
    read = [
        Entry(page, f"#{number}", pack, dates, prefix).rule(given)
        for number, given in enumerate(entries, 1)
    ]
    return tuple(rule for rule in read if rule is not None)


class Entry:
    """One entry while it is read; ``at`` says which."""

    def __init__(
        self, page: Page, at: str, pack: Pack, dates: DateForms, prefix: str | None
    ) -> None:
        self.page = page
        self.at = at
        self.pack = pack
        self.dates = dates
        cases = pack.tables["cases"].columns
        self.shared = {name: cases[name] for name in cases if name == prefix}
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
            meant = parse(frame[column.name], self.dates)["day"][0]
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

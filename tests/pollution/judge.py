"""Hold what came out of a polluted copy against what was clean; say all that is wrong.

It knows the tables and the promises, and none of the product's code.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime

from tests.pollution.batch import ADVISED, SQUARE, Case, Outcome
from tests.pollution.dump import (
    COUNTIES,
    KINDS,
    NUMBERS,
    TABLES,
    Table,
    case_id,
    county,
)

ORPHAN = "unknown_case"
BLANKS = " \t\u3000"


def meaning(kind: str, text: str) -> object:
    """What a clean cell says, in the types of an accepted row."""
    text = text.strip(BLANKS)
    if not text:
        return None
    if kind == "bool":
        return text == "true"
    if kind in ("number", "integer"):
        return float(text)
    if kind == "date":
        moment = datetime.fromisoformat(text)
        clock = moment.hour * 3600 + moment.minute * 60 + moment.second
        return moment.date(), clock if len(text) > 10 else None
    return text


def said(row: dict, table: str, column: str) -> object:
    """The same of an accepted row; a step goes by its name in the source."""
    value = row["raw_step"] if column == "step" else row[column]
    if KINDS[table][column] == "date":
        return None if value is None else (value, row[f"{column}_tod"])
    if KINDS[table][column] in ("number", "integer") and value is not None:
        return float(value)
    return value


class Trial:
    """One polluted copy before the judge; ``wrong`` collects what is wrong."""

    def __init__(self, case: Case, run: Outcome, base: dict) -> None:
        self.case, self.run, self.base = case, run, base
        self.wrong: list[str] = []
        self.lost_rows = self.lost_cells = 0
        self.ids = {row[0].strip(BLANKS) for row in case.says["cases"].rows}
        self.ids |= {row[0] for row in case.clean["cases"].rows}
        self.mine = [r for name in case.files for r in run.rejects.get(name, [])]
        self.refused = [row for row in self.mine if row["kind"] == "file"]

    def judge(self) -> list[str]:
        self._rejects_are_told()
        for name in TABLES:
            self._table(name)
        self._costs()
        self._verdicts()
        self._counties()
        return [f"{self.case}: {line}" for line in self.wrong]

    # ------------------------------------------------------------- what was rejected

    def _rejects_are_told(self) -> None:
        promised = {*self.case.operator.rejects, ORPHAN}
        for row in self.mine:
            if row["reason"] not in promised:
                self.wrong.append(f"rejected as {row['reason']}: {row['value']!r}")
            if f"reject.{row['reason']}" not in ADVISED:
                self.wrong.append(f"nobody explains {row['reason']}")
            if row["kind"] != "file" and not row["row"]:
                self.wrong.append(f"a reject without a row: {row}")
            if row["kind"] == "cell" and not row["column"]:
                self.wrong.append(f"a cell reject without a column: {row}")
        reasons = {row["reason"] for row in self._all_rejects()}
        if self.case.operator.told and not reasons & set(self.case.operator.rejects):
            self.wrong.append("no reject tells of it")
        noted = {n for name in self.case.files for n in self.run.notes.get(name, ())}
        if lacking := set(self.case.operator.notes) - noted:
            self.wrong.append(f"not noted: {sorted(lacking)}")

    def _all_rejects(self) -> list[dict]:
        shared = [
            row
            for name in TABLES
            for row in self.run.rejects.get(f"{name}-clean.csv", [])
            if row["case_id"] in self.ids
        ]
        return self.mine + shared

    # ------------------------------------------------------------------ cell by cell

    def _accepted(self, name: str) -> list[dict]:
        rows = self.run.accepted[name]
        if name == self.case.table:
            return [row for file in self.case.files for row in rows.get(file, [])]
        return [row for case in sorted(self.ids) for row in rows.get(case, [])]

    def _table(self, name: str) -> None:
        accepted = self._accepted(name)
        rejected = [
            row
            for row in self._all_rejects()
            if row["kind"] == "row" and row["table"] == name
        ]
        gone = {
            (row["source"], row["row"], row["column"])
            for row in self._all_rejects()
            if row["kind"] == "cell"
        }
        missing = []
        for row in self.case.says[name].rows:
            found = self._find(name, row, accepted, gone)
            if found is None:
                missing.append(row)
            else:
                accepted.remove(found)
        for row in accepted:
            if name == "cases" and self._is_only_named(row, rejected):
                continue
            self.wrong.append(f"{name}: nobody delivered {_short(row, name)}")
        self._account_for(name, missing, rejected)

    def _is_only_named(self, row: dict, rejected: list[dict]) -> bool:
        """A case of which only a rejected row is known: an id, a county, no more."""
        told = [c for c in KINDS["cases"] if said(row, "cases", c) is not None]
        places = {(one["source"], one["row"]) for one in rejected}
        here = (row["_source"], row["_row"]) in places
        return here and set(told) <= {"case_id", "county_code"}

    def _find(
        self, name: str, row: tuple[str, ...], accepted: list[dict], gone: set
    ) -> dict | None:
        """The accepted row that says the same, cell by cell or with a reject."""
        kinds = KINDS[name]
        wanted = {}
        for (column, kind), text in zip(kinds.items(), row, strict=True):
            try:
                wanted[column] = meaning(kind, text)
            except ValueError:
                wanted[column] = text  # polluted on purpose: only a reject is right
        best, fewest = None, len(wanted)
        for one in accepted:
            lost = 0
            for column, value in wanted.items():
                got = said(one, name, column)
                if got == value:
                    continue
                place = (one["_source"], one["_row"], column)
                own = column == "case_id" and str(got).startswith(f"{value} [")
                if (got is not None and not own) or place not in gone:
                    break
                lost += 1
            else:
                if lost < fewest:
                    best, fewest = one, lost
        self.lost_cells += fewest if best else 0
        return best

    def _account_for(self, name: str, missing: list, rejected: list[dict]) -> None:
        """Each missing row needs a reject, a refused file, or an equal accepted row."""
        if self.refused and name == self.case.table:
            if not self.case.says[name].rows or missing:
                self.lost_rows += len(missing)
            return
        seen: list = []
        says = [tuple(c.strip(BLANKS) for c in r) for r in self.case.says[name].rows]
        for row in missing:
            bare = tuple(cell.strip(BLANKS) for cell in row)
            if says.count(bare) > 1 + seen.count(bare):
                seen.append(bare)
                continue
            hit = next((r for r in rejected if _names(r, row)), None)
            hit = hit or next((r for r in rejected if r["case_id"] is None), None)
            if hit is None:
                self.wrong.append(f"{name}: lost without a word: {row}")
                continue
            rejected.remove(hit)
            self.lost_rows += hit["reason"] != ORPHAN

    def _costs(self) -> None:
        costs = self.case.operator.costs
        rows, cells = self.lost_rows, self.lost_cells
        allowed = {
            "nothing": rows == cells == 0,
            "a cell": rows == 0 and cells <= 1,
            "a row": rows <= 1 and cells == 0,
            "rows": not self.refused,
            "the file": True,
        }[costs]
        if not allowed:
            self.wrong.append(f"costs {rows} rows and {cells} cells, not {costs}")
        if self.refused and costs != "the file":
            self.wrong.append(f"the file is refused: {self.refused[0]['reason']}")

    # --------------------------------------------------------- verdicts and statuses

    def _verdicts(self) -> None:
        for number, clean in self.base["verdicts"].items():
            row = self.run.verdicts.get(case_id(self.case.copy, number))
            for rule, word in clean.items():
                now = None if row is None else row[rule]
                if self.case.operator.harmless and now != word:
                    self.wrong.append(f"case {number} {rule}: {word} became {now}")
                if now == "pass" and word != "pass" and not self.case.operator.frees:
                    self.wrong.append(f"case {number} {rule}: {word} became a pass")

    def _counties(self) -> None:
        for (letter, rule), clean in self.base["statuses"].items():
            now = self.run.statuses.get((county(self.case.copy, letter), rule))
            if self.case.operator.harmless and now != clean:
                self.wrong.append(f"county {letter} {rule}: {clean} became {now}")
            better = now in SQUARE and clean not in SQUARE
            if better and not self.case.operator.frees:
                self.wrong.append(f"county {letter} {rule}: {clean} became {now}")


def _names(reject: dict, row: tuple[str, ...]) -> bool:
    """Whether a reject speaks of a row: by its case, or by its text."""
    ident = row[0].strip(BLANKS)
    if reject["case_id"] == ident:
        return True
    return bool(ident) and ident in (reject["value"] or "")


def _short(row: dict, name: str) -> str:
    told = {c: said(row, name, c) for c in KINDS[name]}
    return f"{row['_source']}:{row['_row']} " + str(
        {c: v for c, v in told.items() if v is not None}
    )


def baseline(run: Outcome, copy: int, rules: list[str]) -> dict:
    """What the clean dump comes to: verdicts by case number, statuses by county."""
    verdicts = {
        n: {rule: run.verdicts[case_id(copy, n)][rule] for rule in rules}
        for n in NUMBERS
    }
    statuses = {
        (letter, rule): status
        for (code, rule), status in run.statuses.items()
        for letter in COUNTIES
        if code == county(copy, letter)
    }
    return {"verdicts": verdicts, "statuses": statuses}


__all__ = ["Iterator", "Table", "Trial", "baseline", "date", "re"]

"""Write many polluted copies of the clean dump as one dump, audit it, read it back."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from auditor.errors import messages
from auditor.vocabulary import MET
from tests.pollution import cells, headers, lines, marks
from tests.pollution.dump import (
    COUNTIES,
    CUTOFF,
    TABLES,
    Delivery,
    Table,
    clean_dump,
    county,
)
from tests.pollution.operators import OPERATORS, Operator, place_of
from tests.runs import frame, pipeline, write_dump

assert all((cells, headers, lines, marks))  # they register their operators
assert len({one.name for one in OPERATORS}) == len(OPERATORS)


@dataclass(frozen=True)
class Case:
    """One copy of the clean dump with one table polluted at one place."""

    copy: int
    operator: Operator
    place: int

    @cached_property
    def clean(self) -> dict[str, Table]:
        return clean_dump(self.copy)

    @property
    def table(self) -> str:
        return self.operator.tables[self.place % len(self.operator.tables)]

    @cached_property
    def delivery(self) -> Delivery:
        table = self.clean[self.table]
        return self.operator.make(table, place_of(self.place, table))

    @property
    def files(self) -> dict[str, bytes]:
        """The polluted files under names that no other copy has."""
        named = self.delivery.files.items()
        return {f"{self.table}-{self.copy:08}{end}": data for end, data in named}

    @property
    def says(self) -> dict[str, Table]:
        return self.clean | {self.table: self.delivery.says}

    def __str__(self) -> str:
        return f"{self.operator.name} · {self.table} · place {self.place}"


def cases(places: Iterable[int]) -> list[Case]:
    """Return a case for each operator and place; copies are numbered through."""
    return [
        Case(1 + 100 * index + place, one, place)
        for place in places
        for index, one in enumerate(OPERATORS)
    ]


def write(folder: Path, batch: list[Case]) -> None:
    """Write the dump: polluted files one by one, and what stayed clean together."""
    folder.mkdir(parents=True)
    shared: dict[str, list[Table]] = {name: [] for name in TABLES}
    for case in batch:
        for name, data in case.files.items():
            (folder / name).write_bytes(data)
        for name in TABLES:
            if name != case.table:
                shared[name].append(case.clean[name])
    for name, tables in shared.items():
        if tables:
            rows = [row for table in tables for row in table.rows]
            text = tables[0].with_rows(rows).text()
            (folder / f"{name}-clean.csv").write_text(text, "utf-8")


def write_roster(folder: Path, copies: Iterable[int]) -> None:
    rows = [
        {
            "county_code": county(copy, letter), "county": f"县{copy}{letter}",
            "city_code": f"S{copy}", "city": f"市{copy}", "province_code": "P",
            "province": "某省", "utilities": f"供电公司{copy}",
            "valid_from": "2020-01-01",
        }
        for copy in copies
        for letter in COUNTIES
    ]  # fmt: skip
    write_dump(folder, {"roster": rows})


@dataclass(frozen=True)
class Outcome:
    """What a run said, taken apart by copy."""

    out: Path
    manifest: dict
    rejects: dict[str, list[dict]]
    notes: dict[str, set[str]]
    accepted: dict[str, dict[str, list[dict]]]
    verdicts: dict[str, dict]
    statuses: dict[tuple[str, str], str]


def audit(folder: Path, batch: list[Case]) -> Outcome:
    """Run the real line over a batch; the folder holds the dump and the run after."""
    write(folder / "dump", batch)
    write_roster(folder, [case.copy for case in batch])
    settings = replace(
        write_dump(folder, {}),
        cutoff=date.fromisoformat(CUTOFF),
        dossier=folder / "dossier",
        outputs=("evidence",),
    )
    done = pipeline.run(settings)
    return outcome(settings.out, done.notes)


def outcome(out: Path, notes: pl.DataFrame) -> Outcome:
    rejects: dict[str, list[dict]] = {}
    for row in frame(out, "rejects").iter_rows(named=True):
        rejects.setdefault(row["source"], []).append(row)
    noted: dict[str, set[str]] = {}
    for row in notes.iter_rows(named=True):
        noted.setdefault(row["source"], set()).add(row["note"])
    accepted = {name: _by_source(out, name) for name in TABLES}
    verdicts = frame(out, "verdicts").cast(pl.String).iter_rows(named=True)
    county_rows = frame(out, "rollup").filter(level="county")
    return Outcome(
        out,
        json.loads((out / "manifest.json").read_text("utf-8")),
        rejects,
        noted,
        accepted,
        {row["case_id"]: row for row in verdicts},
        {
            (row["code"], row["rule_id"]): row["status"]
            for row in county_rows.iter_rows(named=True)
        },
    )


def _by_source(out: Path, table: str) -> dict[str, list[dict]]:
    """Accepted rows by file, or by case for the file that all copies share."""
    found: dict[str, list[dict]] = {}
    rows = frame(out / "evidence", table)
    for row in rows.iter_rows(named=True):
        shared = row["_source"] == f"{table}-clean.csv"
        key = row["case_id"] if shared else row["_source"]
        found.setdefault(key, []).append(row)
    return found


SQUARE = frozenset(MET)
ADVISED = {key for key in messages() if key.startswith("reject.")}

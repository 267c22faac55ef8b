"""Audit every case as it was and as an operator left it, and compare.

A pair is one case under one operator. Both versions stand in one dump under ids and
customers of their own, so that thousands of pairs need one run.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import polars as pl

from auditor import pipeline
from auditor.settings import Settings
from benchmarks.adversary.cases import (
    COUNTIES,
    CUTOFF,
    TABLES,
    Case,
    Row,
    applications,
    roster,
)
from benchmarks.adversary.operators import OPERATORS, Operator

SIGNALS = ("int", "task")


@dataclass(slots=True)
class Pair:
    """The ids under which a case stands untouched, and under which after a change."""

    operator: str
    kind: str
    flaw: str
    before: str
    after: list[str]
    gains: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)


def contest(
    folder: Path, cases: int, seed: int, operators: Iterable[Operator] = OPERATORS
) -> list[Pair]:
    """Return every pair of so many cases and these operators, with gains and alarms.

    Args:
        folder: an empty folder for the dump, the dossier and the run.
        cases: how many applications each operator is tried on.
        seed: of the applications and of what operators draw.
    """
    pairs, told = _pairs(list(applications(cases, seed)), tuple(operators), seed)
    seen = _seen(_audited(folder, "run", told, outputs=()))
    for pair in pairs:
        _compare(pair, seen)
    return pairs


def deliver_twice(
    folder: Path, cases: int, seed: int, operators: Iterable[Operator]
) -> dict[str, set[str]]:
    """Audit the cases untouched as ``first`` and changed as ``second`` in a folder.

    Returns:
        The ids of the cases that an operator changed, by its name.
    """
    first, second, ids = [], [], {}
    for operator in operators:
        for case in applications(cases, seed):
            honest = case.copy(operator.name)
            mine = str(honest.order["case_id"])
            left = operator.change(
                case.copy(operator.name), Random(f"{seed}/{operator.name}/{mine}")
            )
            if left is None or left == [honest]:
                continue
            first.append(honest)
            second += left
            others = {str(one.order["case_id"]) for one in left if one.rows["cases"]}
            ids.setdefault(operator.name, set()).update(others - {mine} or {mine})
    for name, told in (("first", first), ("second", second)):
        _audited(folder, name, told, outputs=("evidence",))
    return ids


def _audited(
    folder: Path, name: str, told: list[Case], outputs: tuple[str, ...]
) -> Path:
    """Write the cases as a dump, audit it, return the run folder."""
    _write(folder / f"{name}-files", told)
    settings = Settings(
        inputs=(folder / f"{name}-files" / "dump",),
        out=folder / name,
        dossier=folder / f"{name}-files" / "dossier",
        period="2022",
        cutoff=CUTOFF,
        outputs=outputs,
    )
    pipeline.run(settings)
    return folder / name


def _pairs(
    honest: list[Case], operators: tuple[Operator, ...], seed: int
) -> tuple[list[Pair], list[Case]]:
    """Return the pairs, and all cases to deliver."""
    told, pairs = list(honest), []
    for operator in operators:
        for case in honest:
            twin = case.copy(operator.name)
            mine = str(twin.order["case_id"])
            draw = Random(f"{seed}/{operator.name}/{mine}")
            left = operator.change(twin, draw)
            if left is None:
                continue
            ids = {mine} | {
                str(row["case_id"])
                for one in left
                for rows in one.rows.values()
                for row in rows
            }
            before = str(case.order["case_id"])
            told += left
            pairs.append(Pair(operator.name, case.kind, case.flaw, before, sorted(ids)))
    return pairs, told


def _write(folder: Path, told: list[Case]) -> None:
    for name in TABLES:
        _csv(folder / "dump", name, [r for case in told for r in case.rows[name]])
    _csv(folder / "dossier", "roster", roster())


def _csv(folder: Path, name: str, rows: list[Row]) -> None:
    header = list(dict.fromkeys(key for row in rows for key in row))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        out.writerows([_cell(row.get(key, "")) for key in header] for row in rows)


def _cell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a run says of each case: words a rule, and what else was noticed."""

    words: dict[str, dict[str, str]]
    notes: dict[str, set[str]]


def _seen(run: Path) -> _Seen:
    verdicts = pl.read_parquet(run / "verdicts.parquet", glob=False)
    reasons = [name for name in verdicts.columns if name.endswith("_reason")]
    rules = [name.removesuffix("_reason") for name in reasons]
    kept = (*rules, *reasons, "county_code")
    words = {
        row["case_id"]: {name: row[name] for name in kept}
        for row in verdicts.cast(dict.fromkeys(rules, pl.String)).iter_rows(named=True)
    }
    notes: dict[str, set[str]] = {}
    findings = pl.read_parquet(run / "findings.parquet", glob=False)
    noted = findings.filter(pl.col("rule_id") == "data").select("case_id", "reason")
    rejects = pl.read_parquet(run / "rejects.parquet", glob=False)
    lost = rejects.filter(pl.col("case_id").is_not_null()).select("case_id", "reason")
    for case_id, reason in pl.concat([noted, lost]).iter_rows():
        notes.setdefault(case_id, set()).add(reason)
    return _Seen(words, notes)


def _compare(pair: Pair, seen: _Seen) -> None:
    """Fill in what the operator won, and what gave it away."""
    was = seen.words[pair.before]
    told = [seen.words[name] for name in pair.after if name in seen.words]
    moved = any(words["county_code"] != was["county_code"] for words in told)
    for reason in [name for name in was if name.endswith("_reason")]:
        rule = reason.removesuffix("_reason")
        word, now = was[rule], {words[rule] for words in told}
        if rule.startswith(SIGNALS):
            signs = {words[reason] for words in told if words[rule] == "fail"}
            new = signs - {was[reason] if word == "fail" else None}
            pair.alarms += [f"{rule}:{sign}" for sign in sorted(new)]
        elif _gained(word, now, moved=moved):
            pair.gains.append(f"{rule}:{word}>{'+'.join(sorted(now)) or 'gone'}")
        for alarm in ("undetermined", "excluded"):
            if alarm in now and word != alarm:
                pair.alarms.append(f"{rule}:{alarm}")
    if any(words["county_code"] not in COUNTIES for words in told):
        pair.alarms.append("county_off_roster")
    here = set().union(*(seen.notes.get(name, set()) for name in pair.after))
    pair.alarms += sorted(here - seen.notes.get(pair.before, set()))


def _gained(word: str, now: set[str], *, moved: bool) -> bool:
    """Whether a rule's outcome is better for whoever delivered.

    A failing case that no longer fails raises its county's rate wherever it went; an
    open question may at most become a failure.
    """
    if word == "fail":
        return "fail" not in now or moved
    return word == "undetermined" and "pass" in now

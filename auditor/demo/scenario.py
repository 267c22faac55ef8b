"""Scenarios: applications whose verdicts are written down by hand, and why."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from auditor.demo.days import CUTOFF, PERIOD_FIRST, WORKDAYS, Mark, rank
from auditor.demo.places import County, places
from auditor.demo.plan import RULES, UNREADABLE, Fee, Node, Plan, Stamp, Stop

_FOLDER = Path(__file__).with_name("scenarios")
_FILES = ("resident", "three_zero", "low_other", "high")
_MARK = r"_?\d+~*|!"
_TOKEN = re.compile(
    rf"(?P<name>[^\d\-=!~_]+)(?P<a>{_MARK})?(?P<to>-(?P<b>{_MARK})?)?(=(?P<result>\S+))?"
)
_COHORT = {"pass": "energised", "pending": "open"}
_EARLIEST = rank(PERIOD_FIRST) - 44  # the first days of November 2021
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class User:
    """What an ordinary applicant of one kind looks like."""

    name: str
    rules: tuple[str, ...]
    path: str
    papers: tuple[tuple[str, str], ...]
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the scenario tables; ``verdicts`` is complete for what applies."""

    id: str
    why: str
    user: User
    start: str
    nodes: tuple[Node, ...]
    verdicts: dict[str, str]
    cohort: str
    row: Json

    @property
    def words(self) -> set[str]:
        """Return the verdict words of the scenario without their reasons."""
        return {verdict.partition(":")[0] for verdict in self.verdicts.values()}

    @property
    def reach(self) -> int:
        """Return the last working day after the start that any date lies on."""
        marks = [mark for node in self.nodes for mark in node[1:3]]
        marks += [self.stamp("energised"), self.stamp("withdrawn")]
        return max((mark[0] for mark in marks if isinstance(mark, tuple)), default=0)

    def stamp(self, key: str) -> Stamp:
        """Return a date of the order that the scenario sets, else None."""
        return mark_of(self.row.get(key))


def mark_of(text: str | None) -> Stamp:
    """Read one mark: ``4``, ``_2`` (before the start), ``5~`` (day off), ``!``."""
    if not text:
        return None
    if text == "!":
        return UNREADABLE
    count = text.rstrip("~").replace("_", "-")
    return int(count), text.count("~")


def nodes_of(path: str) -> tuple[Node, ...]:
    """Read a path of nodes in their short names.

    Raises:
        ValueError: a token that is no node.
    """
    nodes = []
    for token in path.split():
        found = _TOKEN.fullmatch(token)
        if found is None:
            raise ValueError(f"not a node: {token}")
        started = mark_of(found["a"])
        finished = mark_of(found["b"]) if found["to"] else started
        nodes.append(
            Node(_names()[found["name"]], started, finished, found["result"] or "")
        )
    return tuple(nodes)


def _toml(name: str) -> Json:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


@cache
def users() -> dict[str, User]:
    """Return the kinds of applicants by name."""
    known: dict[str, User] = {}
    for name, row in _toml("users")["users"].items():
        base = known.get(row.get("like", ""))
        papers = tuple((step, paper) for step, paper in row.get("papers", ()))
        known[name] = User(
            name=name,
            rules=tuple(row["rules"].split()),
            path=row.get("path", base.path if base else ""),
            papers=papers or (base.papers if base else ()),
            cells={**(base.cells if base else {}), **row["cells"]},
        )
    return known


def _verdicts(row: Json, user: User) -> dict[str, str]:
    verdicts = dict.fromkeys(user.rules, str(row.get("outcome", "pass")))
    for rules, verdict in row.get("verdicts", {}).items():
        verdicts |= dict.fromkeys(rules.split(), verdict)
    verdicts = {k: v for k, v in verdicts.items() if v != "not_applicable"}
    return {rule: verdicts[rule] for rule in RULES if rule in verdicts}


@cache
def _names() -> dict[str, str]:
    """Return the full node names by their short ones."""
    return dict(_toml("users")["nodes"])


def _scenario(row: Json) -> Scenario:
    user = users()[row["user"]]
    word, _, reason = row.get("outcome", "pass").partition(":")
    return Scenario(
        id=row["id"],
        why=row["why"],
        user=user,
        start=row.get("start", "period"),
        nodes=nodes_of(row.get("path", user.path)),
        verdicts=_verdicts(row, user),
        cohort=row.get("cohort") or reason or _COHORT[word],
        row=row,
    )


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Return all scenarios in the order of the tables."""
    rows = [row for file in _FILES for row in _toml(file)["scenario"]]
    return tuple(_scenario(row) for row in rows)


def _county(scenario: Scenario, turn: int) -> County:
    """Return where to plant: breaches and doubts keep to their counties."""
    if "county" in scenario.row:
        return places().by_code(scenario.row["county"])
    doubtful = "undetermined" in scenario.words or any(
        key in scenario.row for key in ("loose", "again", "twice")
    )
    role = "failing" if "fail" in scenario.words else "dirty" if doubtful else ""
    high = scenario.user.name.startswith("high")
    dual = scenario.user.name == "high_dual"
    fits = [
        county
        for county in places().roster
        if (not role or county.role == role)
        and (county.high or not high)
        and (county.dual or not dual)
    ]
    return fits[turn % len(fits)]


def _start_rank(scenario: Scenario, rng: Random) -> int:
    """Draw the working day of the submission from what ``start`` allows."""
    how, _, count = scenario.start.partition(" ")
    end = rank(CUTOFF)
    if how == "open":
        return end - int(count)
    if how == "after":
        return end + rng.randint(1, 5)
    first, last = rank(PERIOD_FIRST) + 4, end - scenario.reach
    if how == "before":
        first, last = _EARLIEST, rank(PERIOD_FIRST) - scenario.reach
    return rng.randint(first, last)


def plant(scenario: Scenario, turn: int, rng: Random) -> Plan:
    """Make one application of a scenario; ``turn`` spreads copies over counties."""
    row, user = scenario.row, scenario.user
    fixed = scenario.start[:2] == "20"
    energised = scenario.stamp("energised")
    if "energised" not in row:
        ends = [node.finished for node in scenario.nodes if node.name == "送电"]
        energised = ends[-1] if ends else None
    papers = row.get("papers")
    start = WORKDAYS[0].fromisoformat(scenario.start) if fixed else None
    return Plan(
        scenario=scenario.id,
        user=user.name,
        county=_county(scenario, turn).code,
        start=start or WORKDAYS[_start_rank(scenario, rng)],
        nodes=list(scenario.nodes),
        verdicts=scenario.verdicts,
        cohort=scenario.cohort,
        cells={**user.cells, **row.get("cells", {})},
        energised=energised,
        withdrawn=scenario.stamp("withdrawn"),
        fees=[Fee(*fee) for fee in row.get("fees", ())],
        stops=[_stop(stop) for stop in row.get("stops", ())],
        papers=list(user.papers) if papers is None else [(a, b) for a, b in papers],
        again=row.get("again", {}),
        twice=tuple(_names().get(name, name) for name in row.get("twice", ())),
        loose=tuple(row.get("loose", ())),
    )


def _stop(row: list[str]) -> Stop:
    since, until = _day(row[0]), row[1]
    return Stop(since, _day(until) if until else None, row[2], row[3])


def _day(text: str) -> Mark:
    mark = mark_of(text)
    if not isinstance(mark, tuple):
        raise ValueError(f"not a day: {text}")
    return mark

"""The nouns of an argument: a case, its rulings, and what each of them rests on."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from auditor.pack import Pack, Rule
from auditor.settings import Clock

Bound = float | date | None


@dataclass(frozen=True, slots=True)
class Witness:
    """One stamp behind an edge: which row of which file says so."""

    edge: str
    date: date | None
    source: str
    row: int
    what: str


@dataclass(frozen=True, slots=True)
class Span:
    """One compared fact: its limit, its bounds, the days counted and not counted.

    ``law`` is the source of the limit, which a province's page may have set by another
    text than the rule's clause.
    Where the limit is a date of the case, so are the bounds of the fact. ``excused``
    bounds the working days of force majeure that were taken off: ``low`` is the number
    of days counted less the most of them.
    """

    fact: str
    limit: Bound
    since: date | None
    in_force_from: date | None
    law: str
    low: Bound
    high: Bound
    start: tuple[date | None, date | None]
    end: tuple[date | None, date | None]
    counted: tuple[date, ...]
    skipped: tuple[tuple[date, str, str], ...]
    excused: tuple[int, int]
    witnesses: tuple[Witness, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """One sign of a rule on the case, and the rows in which it was looked for.

    ``seen`` is None where it could be neither seen nor excluded; ``lacking`` are the
    needed columns of which the case has no value. ``rows`` have table, file, row, the
    cells that were compared, and who entered them where that was kept.
    """

    check: str
    severity: str
    seen: bool | None
    lacking: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """One rule on the case: the verdict, why, and what it rests on.

    ``doubts`` are the signals of the highest severity that stand against a pass;
    ``papers`` the rows with a document that no list allows, with the list; ``members``
    the cases of the chain, split or burst, and ``found`` the figures recorded of it.
    """

    rule: Rule
    verdict: str
    reason: str | None
    in_force: bool | None
    spans: tuple[Span, ...]
    signs: tuple[Seen, ...] = ()
    doubts: tuple[str, ...] = ()
    papers: tuple[dict[str, Any], ...] = ()
    members: tuple[dict[str, Any], ...] = ()
    found: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Argument:
    """Everything there is to say about one case.

    ``keys`` and ``facts`` are its rows of the tables of those names (``keys`` without
    the verdicts); ``rows`` are its accepted rows of cases and events, each with file
    and row; ``rulings`` hold verdict, reason and the days behind each compared fact.
    """

    case_id: str
    keys: dict[str, Any]
    facts: dict[str, Any]
    clock: Clock
    pack: Pack
    rows: tuple[dict[str, Any], ...]
    rejects: tuple[dict[str, Any], ...]
    suspensions: tuple[dict[str, Any], ...]
    fees: tuple[dict[str, Any], ...]
    rulings: tuple[Ruling, ...] = field(default=())

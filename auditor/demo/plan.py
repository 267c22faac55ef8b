"""What one application is: its marks in working days, and the verdicts that follow."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from auditor.demo.days import Mark

RULES = (
    *("ind03", "ind04", "ind05", "ind06", "ind07", "ind08", "ind09", "ind10"),
    *("ind13", "ind14", "ind15", "ind16", "ind22", "ind23", "ind24", "ind34"),
    *("ind35", "ind36"),
)
WORDS = ("pass", "fail", "pending", "undetermined", "excluded", "not_applicable")
UNREADABLE = "2022-02-30"  # no such day: what a cell holds that nobody can read

Stamp = Mark | str | None  # a moment, a text that is no date, or an empty cell


class Node(NamedTuple):
    """One row of the order × node table."""

    name: str
    started: Stamp
    finished: Stamp
    result: str = ""


class Fee(NamedTuple):
    """One charge: who bore it, and on which side of the red line."""

    item: str
    amount: str
    payer: str
    inside: str


class Stop(NamedTuple):
    """One suspension; ``until`` None has no end."""

    since: Mark
    until: Mark | None
    reason: str
    evidence: str


@dataclass(slots=True)
class Plan:
    """One application before it becomes rows.

    ``verdicts`` holds ``word`` or ``word:reason`` for each rule that applies; a rule
    that is absent does not apply. ``again`` are the cells in which a second row of the
    same application differs. ``ghost`` has no readable row among the applications.
    """

    scenario: str
    user: str
    county: str
    start: date
    nodes: list[Node]
    verdicts: dict[str, str]
    cohort: str
    cells: dict[str, str] = field(default_factory=dict)
    energised: Stamp = None
    withdrawn: Stamp = None
    fees: list[Fee] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    papers: list[tuple[str, str]] = field(default_factory=list)
    again: dict[str, str] = field(default_factory=dict)
    twice: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()

    @property
    def ghost(self) -> bool:
        """Say that the application itself was not delivered in a usable row."""
        return any(word.startswith("ghost") for word in self.loose)

    @property
    def orphan(self) -> bool:
        """Say that no row among the applications names this one, not even a bad one."""
        return self.ghost and "ghost_wide" not in self.loose

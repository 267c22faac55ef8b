"""Drafts of applications: what happened, before it is written down as text.

Everything here only makes things up; nothing in it judges.
"""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from tests.reference.daycount import FIRST, LAST, ONE_DAY, is_working_day, working_days

KINDS = {
    "resident": 16,
    "three_zero": 20,
    "other_lv": 16,
    "one_source": 24,
    "two_sources": 24,
}
COLUMNS_OF_KIND = {
    "resident": {"customer_type": "resident"},
    "three_zero": {"customer_type": "lv_nonresident", "three_zero": True},
    "other_lv": {"customer_type": "lv_nonresident", "three_zero": False},
    "one_source": {"customer_type": "hv", "source_count": 1, "voltage_kv": 10},
    "two_sources": {"customer_type": "hv", "source_count": 2, "voltage_kv": 10},
}
LINES = ("events", "suspensions", "fees", "materials", "meters")
Cells = dict[str, object]


@dataclass(frozen=True)
class Setting:
    """What the cases of one dump share.

    Attributes:
        cutoff: the day that will be the cut-off.
        begins: the first day of the period, if there is one.
        future: whether stamps after the cut-off may be written.
        counties: county codes to draw from.
        utilities: names to draw from.
    """

    cutoff: date
    begins: date | None = None
    future: bool = True
    counties: tuple[str, ...] = ()
    utilities: tuple[str, ...] = ()


@dataclass
class Draft:
    """One application: its row in ``cases``, further differing rows, and its lines.

    ``culprit`` is the step whose stage was meant to break its limit, if there is one.
    """

    case_id: str
    kind: str
    outcome: str
    culprit: str | None = None
    case: Cells = field(default_factory=dict)
    more_cases: list[Cells] = field(default_factory=list)
    lines: dict[str, list[Cells]] = field(
        default_factory=lambda: {table: [] for table in LINES}
    )

    def add(self, table: str, **cells: object) -> Cells:
        """Write one line of another table."""
        line = {"case_id": self.case_id, **cells}
        self.lines[table].append(line)
        return line

    def of_step(self, step: str) -> list[Cells]:
        """Give the lines of one step."""
        return [line for line in self.lines["events"] if line.get("step") == step]


def chance(rng: Random, probability: float) -> bool:
    """Say yes with a probability."""
    return rng.random() < probability


def earlier(rng: Random, end: date, days: int) -> date:
    """Give a day with exactly ``days`` working days between it and the end."""
    day = end
    while working_days(day, end) < days and (FIRST - day).days < 60:
        day -= ONE_DAY
    while chance(rng, 0.3) and FIRST < day <= LAST and not is_working_day(day):
        day -= ONE_DAY
    return day


def later(end: date, days: int) -> date:
    """Give a day some working days after another one, or a day somewhat later."""
    day = end
    while working_days(end, day) < days and (day - end).days < 3 * days + 20:
        day += ONE_DAY
    return day


def within(rng: Random, first: date, last: date) -> date:
    """Draw a day from the first to the last, both included."""
    return first + (
        last - first if last < first else rng.randint(0, (last - first).days) * ONE_DAY
    )


def aim(rng: Random, limit: int) -> int:
    """Draw a duration that lies at a limit, just above it, or anywhere near."""
    near = max(limit - 1, 0), limit + 2, limit + rng.randint(2, 6)
    return rng.choice([*3 * [limit, limit + 1], *near, rng.randint(0, limit)])

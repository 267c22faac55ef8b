"""What an operator is, and the small tools that operators share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from benchmarks.adversary.cases import WORKDAYS, Case, Row

Tampered = list[Case] | None
STAMPS = ("started_at", "finished_at")
LATE_STEPS = ("plan_reply", "design_review", "interim_check", "completion_check")


@dataclass(frozen=True, slots=True)
class Operator:
    """One manipulation: a name, what it is after, and the change itself.

    The change takes a case of its own and a random source, changes it, and returns the
    cases that are delivered instead: none, one or several; None if it has no use there.
    """

    name: str
    aim: str
    change: Callable[[Case, Random], Tampered]


OPERATORS: list[Operator] = []


def operator(aim: str) -> Callable[[Callable[[Case, Random], Tampered]], None]:
    def register(change: Callable[[Case, Random], Tampered]) -> None:
        OPERATORS.append(Operator(change.__name__, aim, change))

    return register


def late_step(case: Case) -> Row | None:
    """The event that a planted flaw made run over."""
    return case.event(case.flaw[5:]) if case.flaw.startswith("late_") else None


def day_of(value: object) -> date:
    return date.fromisoformat(str(value)[:10])


def moved(value: object, days: int) -> object:
    """The same clock time on another day."""
    if not value:
        return value
    return f"{day_of(value) + timedelta(days)}{str(value)[10:]}"


def on_day(value: object, day: date) -> object:
    return f"{day}{str(value)[10:]}"


def shorten(event: Row, working_days: int) -> None:
    """Let a step end so many working days after it began."""
    begin = WORKDAYS.index(day_of(event["started_at"]))
    event["finished_at"] = on_day(event["finished_at"], WORKDAYS[begin + working_days])

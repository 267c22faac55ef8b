"""What is read from a declared form, and what is said about each of its cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

MarkKind = Literal[
    "tick", "no", "date", "slash", "blank", "number", "merged", "unreadable", "absent"
]
WORDS = ("refuted", "arithmetic_wrong", "not_proven", "not_checkable", "confirmed")
"""What is said about a cell, worst first."""
SHARES = ("done", "undone", "percent")


@dataclass(frozen=True, slots=True)
class Mark:
    """One cell as it was understood.

    ``text`` is what a reader of the sheet sees; ``values`` are the readings of a
    number (a plain 0.903 may mean 90.3 percent); ``month`` is year and month of an
    expected date, where told.
    """

    kind: MarkKind
    text: str = ""
    values: tuple[Decimal, ...] = ()
    month: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell of the form: its name on the sheet, and its mark."""

    ref: str
    mark: Mark


ABSENT = Spot("", Mark("absent"))


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the form; ``kind`` is province, city, county, subtotal or total_….

    ``marks`` holds a spot an indicator id, ``shares`` those of done, undone, percent;
    ``size`` is the number of counties that the row's own label claims.
    """

    kind: str
    row: int
    city: str = ""
    county: str = ""
    code: str = ""
    size: int | None = None
    marks: Mapping[str, Spot] = field(default_factory=dict)
    shares: Mapping[str, Spot] = field(default_factory=dict)

    def mark(self, indicator: str) -> Spot:
        """Return an indicator's cell; an absent one if the form has none."""
        return self.marks.get(indicator, ABSENT)

    def share(self, name: str) -> Spot:
        """Return one of the last three cells."""
        return self.shares.get(name, ABSENT)


@dataclass(frozen=True, slots=True)
class Lint:
    """A problem of the form by itself: ``weight`` is wrong, check or note."""

    key: str
    weight: Literal["wrong", "check", "note"]
    ref: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one city; ``name`` empty where the form names none."""

    name: str
    counties: tuple[Line, ...]
    head: Line | None = None
    subtotal: Line | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One declared form."""

    sheet: str
    province_name: str
    province: Line | None
    groups: tuple[Group, ...]
    totals: Mapping[str, Line]
    period: tuple[int, int, int, int] | None
    elided: bool
    cities: int | None
    lints: tuple[Lint, ...]

    @property
    def counties(self) -> tuple[Line, ...]:
        """Every county row from top to bottom."""
        return tuple(line for group in self.groups for line in group.counties)


@dataclass(frozen=True, slots=True)
class Judged:
    """One cell of the form and what is said about it.

    ``item`` is an indicator id for a mark, else done, undone or percent; totals by
    indicator carry both. ``run`` is what the run's own form shows there, ``status``
    the run's status, ``refuting`` the number of cases and ``cases`` the first of them.
    """

    level: str
    code: str
    name: str
    ref: str
    indicator: str
    item: str
    declared: str
    word: str
    note: str = ""
    status: str = ""
    run: str = ""
    refuting: int = 0
    cases: tuple[str, ...] = ()
    right: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of one county: ``how`` is code, name, or why it was not matched."""

    how: str
    code: str
    name: str
    city: str
    row: int | None
    said: str = ""

    @property
    def is_matched(self) -> bool:
        """Whether the county stands both in the form and in the run."""
        return self.how in {"code", "name"}

"""Working days between dates: every date knows how many came before it."""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple, TypeAlias

import polars as pl

from auditor.errors import AuditError, PackError

_SHAPES = {
    "date": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "YYYY-MM-DD"),
    "kind": (r"off|makeup", "off | makeup"),
    "reason": (r".*\S.*", "…"),
    "notice": (r".*\S.*", "…"),
    "amends": (r".*", "…"),
}
COLUMNS = tuple(_SHAPES)
_DAY = timedelta(days=1)


class Special(NamedTuple):
    """A date that a notice takes out of plain Monday to Friday."""

    kind: str  # off, makeup
    reason: str
    notice: str
    amends: str = ""


class Notice(NamedTuple):
    """The document behind a special day."""

    title: str
    date: date


class Day(NamedTuple):
    """One day of a duration, for whoever wants to count by hand."""

    day: date
    worked: bool
    reason: str = ""  # empty on a plain day
    notice: str = ""


def _worked(day: date, days: Mapping[date, Special]) -> bool:
    special = days.get(day)
    return day.weekday() < 5 if special is None else special.kind == "makeup"


def _span(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=k) for k in range((last - first).days + 1))


@dataclass(frozen=True, slots=True, eq=False)
class WorkCalendar:
    """Counts working days by subtraction inside `first`..`last`, and nowhere else.

    A duration is the working days in `(start, end]`: the start day is not counted,
    the end day is. `end` before `start` counts backwards and may give 0, so whoever
    asks compares the two dates first. Expressions take Date columns, of which one may
    be a literal, and give Int32; an aggregate is computed before it is measured.
    """

    first: date
    last: date
    days: Mapping[date, Special]
    notices: Mapping[str, Notice] = field(default_factory=dict)
    zone: str = "Asia/Shanghai"
    ordinals: pl.Series = field(init=False, repr=False)
    """Int32, one a date from the day before `first`: the working days until then."""

    def __post_init__(self) -> None:
        worked = (_worked(day, self.days) for day in _span(self.first, self.last))
        totals = list(accumulate(worked, initial=0))
        object.__setattr__(self, "ordinals", pl.Series(totals, dtype=pl.Int32))

    @property
    def _base(self) -> date:
        return self.first - _DAY

    def between(self, start: pl.Expr, end: pl.Expr) -> pl.Expr:
        """Working days in `(start, end]`; null if either date is null or outside.

        The day before `first` is inside as a start: nothing of it is counted.
        """
        return self._ordinal(end) - self._ordinal(start)

    def clipped(self, start: pl.Expr, end: pl.Expr) -> pl.Expr:
        """Working days of the part inside the calendar, a lower bound; may be 0."""
        known = (day.clip(self._base, self.last) for day in (start, end))
        return self.between(*known)

    def inside(self, start: pl.Expr, end: pl.Expr) -> pl.Expr:
        """Whether `clipped` left nothing out: Boolean, null if a null hides it."""
        known = (day.is_between(self._base, self.last) for day in (start, end))
        return pl.all_horizontal(known)

    def count(self, start: date, end: date) -> int | None:
        """Working days in `(start, end]`; None if either date is outside."""
        if not (self._base <= start <= self.last and self._base <= end <= self.last):
            return None
        before, upto = (self.ordinals[(day - self._base).days] for day in (start, end))
        return int(upto - before)

    def days_between(self, start: date, end: date) -> list[Day]:
        """The days in `(start, end]` that lie inside, each with what makes it count."""
        known = _span(max(start + _DAY, self.first), min(end, self.last))
        return [self._day(day) for day in known]

    def overlay(self, path: Path) -> "WorkCalendar":
        """Return a calendar in which the agency's own rows take precedence.

        Raises:
            PackError: the file has problems; all of them.
        """
        problems: list[AuditError] = []
        rows = _read_days(path, (self.first, self.last), problems)
        for day, (line, special) in rows.items():
            # A province may also order work on a day that the nation has off.
            if special.kind == "makeup" and _worked(day, self.days):
                problems.append(AuditError("AUD213", file=path, line=line, date=day))
        if problems:
            raise PackError("AUD210", problems, folder=path)
        local = {day: special for day, (_, special) in rows.items()}
        days = {**self.days, **local}
        return WorkCalendar(self.first, self.last, days, self.notices, self.zone)

    def _ordinal(self, day: pl.Expr) -> pl.Expr:
        # By position, because looking dates up by value takes seven times as long.
        index = day.to_physical() - (self._base - date(1970, 1, 1)).days
        # NOTE: a negative position would count from the end, so the range comes first.
        inside = index.is_between(0, len(self.ordinals) - 1)
        return pl.lit(self.ordinals).gather(pl.when(inside).then(index))

    def _day(self, day: date) -> Day:
        special = self.days.get(day, Special("", "", ""))
        return Day(day, _worked(day, self.days), special.reason, special.notice)


@dataclass(frozen=True, slots=True)
class PlainCalendar:
    """Counts every day, for packs with limits in calendar days; nothing is outside."""

    first: date = date.min
    last: date = date.max

    def between(self, start: pl.Expr, end: pl.Expr) -> pl.Expr:
        """Days in `(start, end]`, Int32; null for null."""
        return (end - start).dt.total_days().cast(pl.Int32)

    def clipped(self, start: pl.Expr, end: pl.Expr) -> pl.Expr:
        """The same as `between`: nothing is ever left out."""
        return self.between(start, end)

    def inside(self, start: pl.Expr, end: pl.Expr) -> pl.Expr:
        """True, null for null."""
        known = start.is_not_null() & end.is_not_null()
        return pl.when(known).then(statement=True)

    def count(self, start: date, end: date) -> int | None:
        """Days in `(start, end]`."""
        return (end - start).days

    def days_between(self, start: date, end: date) -> list[Day]:
        """The days in `(start, end]`, all of them counted."""
        if end <= start:
            return []
        return [Day(day, worked=True) for day in _span(start + _DAY, end)]


Calendar: TypeAlias = WorkCalendar | PlainCalendar


def load_calendar(folder: Path) -> WorkCalendar:
    """Read `calendar.toml` and a `<year>.csv` for every year that it spans.

    Raises:
        PackError: the folder has problems; all of them, each with file and line.
    """
    first, last, zone, notices = _read_head(folder / "calendar.toml")
    problems: list[AuditError] = []
    days: dict[date, Special] = {}
    names = [f"{year}.csv" for year in range(first.year, last.year + 1)]
    found = sorted(path.name for path in folder.glob("*.csv"))
    if found != names:
        problems.append(_unlike(folder, 0, "*.csv", found, names))
    for name in sorted({*found} & {*names}):
        year = int(name.removesuffix(".csv"))
        span = (max(first, date(year, 1, 1)), min(last, date(year, 12, 31)))
        rows = _read_days(folder / name, span, problems)
        problems += _misplaced(folder / name, rows, notices)
        days |= {day: special for day, (_, special) in rows.items()}
    if problems:
        raise PackError("AUD210", problems, folder=folder)
    return WorkCalendar(first, last, days, notices, zone)


_Rows: TypeAlias = dict[date, tuple[int, Special]]


def _misplaced(
    path: Path, rows: _Rows, notices: Mapping[str, Notice]
) -> Iterator[AuditError]:
    for day, (line, special) in rows.items():
        if special.kind == "makeup" and day.weekday() < 5:
            yield AuditError("AUD213", file=path, line=line, date=day)
        cited = {special.notice, special.amends or special.notice}
        for notice in sorted(cited - notices.keys()):
            yield AuditError("AUD214", file=path, line=line, notice=notice)


def _unlike(file: Path, line: int, column: str, *pair: object) -> AuditError:
    value, wanted = pair
    where = {"file": file, "line": line, "column": column}
    return AuditError("AUD211", value=value, wanted=wanted, **where)


def _read_head(path: Path) -> tuple[date, date, str, dict[str, Notice]]:
    try:
        head = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        problem = _unlike(path, 1, path.name, error, "TOML")
        raise PackError("AUD210", [problem], folder=path.parent) from error
    wanted = {"first": date, "last": date, "zone": str, "notice": dict}
    problems = _unlike_table(path, path.name, head, wanted)
    tables = {} if problems else head["notice"]
    for name, table in tables.items():
        problems += _unlike_table(path, name, table, {"title": str, "date": date})
    if not problems and head["first"] > head["last"]:
        problems = [_unlike(path, 1, "first", head["first"], "<= last")]
    if problems:
        raise PackError("AUD210", problems, folder=path.parent)
    notices = {name: Notice(**table) for name, table in tables.items()}
    return head["first"], head["last"], head["zone"], notices


def _unlike_table(
    path: Path, name: str, table: object, wanted: Mapping[str, type]
) -> list[AuditError]:
    if not isinstance(table, dict) or table.keys() != wanted.keys():
        return [_unlike(path, 1, name, table, [*wanted])]
    # An exact type, because a date with a time is a date to isinstance.
    return [
        _unlike(path, 1, f"{name}.{key}", table[key], kind.__name__)
        for key, kind in wanted.items()
        if type(table[key]) is not kind
    ]


def _read_days(
    path: Path, span: tuple[date, date], problems: list[AuditError]
) -> _Rows:
    """Read rows by date with their line; every unusable row becomes a problem."""
    rows: _Rows = {}
    try:
        cells = csv.reader(path.read_text("utf-8-sig").splitlines(), strict=True)
        lines = [(cells.line_num, row) for row in cells]
    except (OSError, ValueError, csv.Error) as error:
        problems.append(_unlike(path, 0, path.name, error, "UTF-8 CSV"))
        return rows
    header, *lines = lines or [(1, [])]
    if header[1] != [*COLUMNS]:
        problems.append(_unlike(path, 1, "1", header[1], [*COLUMNS]))
        return rows
    after = date.min
    for line, row in lines:
        problem = _unlike_row(path, line, row)
        if problem is not None:
            problems.append(problem)
            continue
        day = date.fromisoformat(row[0])
        if not (after < day and span[0] <= day <= span[1]):
            where = {"file": path, "line": line, "first": span[0], "last": span[1]}
            problems.append(AuditError("AUD212", date=day, **where))
            continue
        after = day
        rows[day] = (line, Special(*row[1:]))
    return rows


def _unlike_row(path: Path, line: int, row: Sequence[str]) -> AuditError | None:
    if len(row) != len(COLUMNS):
        return _unlike(path, line, "*", [*row], [*COLUMNS])
    for column, cell in zip(COLUMNS, row, strict=True):
        shape, wanted = _SHAPES[column]
        if not re.fullmatch(shape, cell):
            return _unlike(path, line, column, repr(cell), wanted)
    try:
        date.fromisoformat(row[0])
    except ValueError:
        return _unlike(path, line, "date", row[0], "YYYY-MM-DD")
    return None

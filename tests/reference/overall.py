"""The whole process, from submission to power, and the force majeure in it [2, 3, 11,
39].
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tests.reference.daycount import inside, working_days
from tests.reference.rows import Row
from tests.reference.timeline import Edge, Timeline
from tests.reference.windows import scenes

Interval = tuple[date, date]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bounds:
    """Working days, at least ``low`` and at most ``high`` (None: no bound)."""

    low: int = 0
    high: int | None = None

    @property
    def days(self) -> int | None:
        """Give the single known value, if there is one."""
        return self.low if self.low == self.high else None


@dataclass(frozen=True)
class Whole:
    """The whole process: gross, the force majeure in it, and what is judged."""

    gross: Bounds = Bounds()
    force_majeure: Bounds = Bounds()
    judged: Bounds = Bounds()


def _evidenced(rows: Iterable[Row]) -> list[tuple[Interval | None, Interval]]:
    """Give each evidenced interval as (what it surely covers, what it may cover), both
    ends included [11].
    """
    found = []
    for row in rows:
        doubtful = "reason" in row.lost
        if row.get("evidence_id") is None or not (
            doubtful or row.get("reason") == "force_majeure"
        ):
            continue
        begin, end = row.get("from_date"), row.get("to_date")
        most = (begin or date.min, end or date.max)
        least = (begin, end or begin) if begin and not doubtful else None
        found.append((least, most))
    return found


def days_covered(intervals: Iterable[Interval], start: date, end: date) -> int:
    """Count the working days of a union of intervals that lie in ``(start, end]``."""
    covered, reached = 0, start
    for first, last in sorted(intervals):
        begin = max(first - ONE_DAY if first > date.min else first, reached)
        until = min(last, end)
        if until > begin:
            covered += working_days(begin, until)
            reached = until
    return covered


def _measure(
    start: Edge, end: Edge, intervals: list[tuple[Interval | None, Interval]]
) -> Whole:
    """Measure between two edges; without force majeure rows there is none, whatever the
    edges.
    """
    none = Bounds(0, 0) if not intervals else Bounds()
    if start.latest is None or end.earliest is None or end.earliest < start.latest:
        return Whole(force_majeure=none)
    surely = [least for least, _ in intervals if least]
    perhaps = [most for _, most in intervals]
    short = working_days(start.latest, end.earliest)
    low = short - days_covered(perhaps, start.latest, end.earliest)
    least_fm = days_covered(surely, start.latest, end.earliest)
    if (
        start.earliest is None
        or end.latest is None
        or not inside(start.earliest, end.latest)
    ):
        return Whole(
            Bounds(short), Bounds(least_fm) if intervals else none, Bounds(low)
        )
    long = working_days(start.earliest, end.latest)
    high = long - days_covered(surely, start.earliest, end.latest)
    most_fm = days_covered(perhaps, start.earliest, end.latest)
    return Whole(Bounds(short, long), Bounds(least_fm, most_fm), Bounds(low, high))


def _widest(each: list[Bounds]) -> Bounds:
    highs = [one.high for one in each]
    return Bounds(min(one.low for one in each), None if None in highs else max(highs))


def whole_process(line: Timeline) -> Whole:
    """Measure the whole process under every assumption about the end."""
    intervals = _evidenced(line.record.table("suspensions"))
    each = [
        _measure(line.submission.edge, scene.last, intervals)
        for scene in scenes(line, clamp=False)
    ]
    return Whole(
        _widest([one.gross for one in each]),
        _widest([one.force_majeure for one in each]),
        _widest([one.judged for one in each]),
    )

"""Working days of 2019-2026 [1]: Monday to Friday, less days off, plus make-up days.

The lists follow the yearly notices of the State Council and are typed by hand.
"""

from collections.abc import Iterator
from datetime import date, timedelta

DAYS_OFF = {
    2019: "01-01 02-04..02-10 04-05 05-01..05-04 06-07 09-13 10-01..10-07",
    2020: "01-01 01-24..02-02 04-04..04-06 05-01..05-05 06-25..06-27 10-01..10-08",
    2021: "01-01..01-03 02-11..02-17 04-03..04-05 05-01..05-05 06-12..06-14 "
    "09-19..09-21 10-01..10-07",
    2022: "01-01..01-03 01-31..02-06 04-03..04-05 04-30..05-04 06-03..06-05 "
    "09-10..09-12 10-01..10-07 12-31",
    2023: "01-01..01-02 01-21..01-27 04-05 04-29..05-03 06-22..06-24 09-29..10-06",
    2024: "01-01 02-10..02-17 04-04..04-06 05-01..05-05 06-10 09-15..09-17 "
    "10-01..10-07",
    2025: "01-01 01-28..02-04 04-04..04-06 05-01..05-05 05-31..06-02 10-01..10-08",
    2026: "01-01..01-03 02-15..02-23 04-04..04-06 05-01..05-05 06-19..06-21 "
    "09-25..09-27 10-01..10-07",
}
MAKE_UP_DAYS = {
    2019: "02-02 02-03 04-28 05-05 09-29 10-12",
    2020: "01-19 04-26 05-09 06-28 09-27 10-10",
    2021: "02-07 02-20 04-25 05-08 09-18 09-26 10-09",
    2022: "01-29 01-30 04-02 04-24 05-07 10-08 10-09",
    2023: "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}
FIRST = date(2019, 1, 1)
LAST = date(2026, 12, 31)
ONE_DAY = timedelta(days=1)


def _listed(table: dict[int, str]) -> Iterator[date]:
    for year, text in table.items():
        for word in text.split():
            first, _, last = word.partition("..")
            day = date.fromisoformat(f"{year}-{first}")
            while day <= date.fromisoformat(f"{year}-{last or first}"):
                yield day
                day += ONE_DAY


OFF = frozenset(_listed(DAYS_OFF))
MAKE_UP = frozenset(_listed(MAKE_UP_DAYS))


def is_working_day(day: date) -> bool:
    """Say whether a day inside the calendar is worked."""
    return day in MAKE_UP or (day.weekday() < 5 and day not in OFF)


def _running_total() -> list[int]:
    total, totals, day = 0, [0], FIRST
    while day <= LAST:
        total += is_working_day(day)
        totals.append(total)
        day += ONE_DAY
    return totals


_TOTALS = _running_total()
_BEFORE_FIRST = FIRST.toordinal() - 1


def _up_to(day: date) -> int:
    """Count the working days from the first day of the calendar up to and including a
    day.
    """
    place = day.toordinal() - _BEFORE_FIRST
    return _TOTALS[min(max(place, 0), len(_TOTALS) - 1)]


def working_days(start: date, end: date) -> int:
    """Count working days in ``(start, end]``, of those days that lie inside the
    calendar.
    """
    return max(_up_to(end) - _up_to(start), 0)


def inside(start: date, end: date) -> bool:
    """Say whether every day of ``(start, end]`` lies inside the calendar."""
    return start >= end or (start + ONE_DAY >= FIRST and end <= LAST)


def later(start: date, days: int) -> date:
    """Give the first day on which ``days`` working days have passed since ``start``."""
    day = start
    while working_days(start, day) < days:
        day += ONE_DAY
        if day > LAST:
            msg = "the calendar ends before that"
            raise ValueError(msg)
    return day

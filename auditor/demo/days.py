"""The generator's own working days, typed from the State Council's holiday notices.

Nothing here is shared with the calendar that judges: two typings of one notice can
disagree, and then the planted truth says so.
"""

from bisect import bisect_left
from datetime import date, timedelta

FIRST, LAST = date(2021, 9, 1), date(2023, 6, 30)
PERIOD_FIRST = date(2022, 1, 1)
CUTOFF = date(2022, 12, 31)

# (first, last) of each run of days off, both ends off
_OFF = (
    ("2021-09-19", "2021-09-21"),
    ("2021-10-01", "2021-10-07"),
    ("2022-01-01", "2022-01-03"),
    ("2022-01-31", "2022-02-06"),
    ("2022-04-03", "2022-04-05"),
    ("2022-04-30", "2022-05-04"),
    ("2022-06-03", "2022-06-05"),
    ("2022-09-10", "2022-09-12"),
    ("2022-10-01", "2022-10-07"),
    ("2022-12-31", "2023-01-02"),
    ("2023-01-21", "2023-01-27"),
    ("2023-04-05", "2023-04-05"),
    ("2023-04-29", "2023-05-03"),
    ("2023-06-22", "2023-06-24"),
)
_WORKED = frozenset(
    (
        *("2021-09-18", "2021-09-26", "2021-10-09"),
        *("2022-01-29", "2022-01-30", "2022-04-02", "2022-04-24", "2022-05-07"),
        *("2022-10-08", "2022-10-09"),
        *("2023-01-28", "2023-01-29", "2023-04-23", "2023-05-06", "2023-06-25"),
    )
)

Mark = tuple[int, int]  # working days after the start, days off after that


def is_workday(day: date) -> bool:
    """Say whether offices are open on a day between FIRST and LAST."""
    text = day.isoformat()
    if text in _WORKED:
        return True
    return day.weekday() < 5 and not any(a <= text <= b for a, b in _OFF)


_SPAN = (LAST - FIRST).days + 1
WORKDAYS = tuple(
    day for day in (FIRST + timedelta(n) for n in range(_SPAN)) if is_workday(day)
)
_RANK = {
    FIRST + timedelta(n): bisect_left(WORKDAYS, FIRST + timedelta(n + 1)) - 1
    for n in range(_SPAN)
}


def rank(day: date) -> int:
    """Return the number of the last working day on or before the day."""
    return _RANK[day]


def date_at(start: date, mark: Mark) -> date:
    """Return the day that lies ``mark[0]`` working days after a start.

    Zero is the start itself, whatever kind of day it is. ``mark[1]`` then walks on
    into the days off behind that working day.

    Raises:
        ValueError: the walk would leave the days off.
    """
    count, beyond = mark
    day = start if count == 0 else WORKDAYS[rank(start) + count]
    for _ in range(beyond):
        day += timedelta(1)
        if is_workday(day):
            raise ValueError(f"{day} is a working day")
    return day

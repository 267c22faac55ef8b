"""What a cell of text says [1, 26]."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache

LOCAL = timezone(timedelta(hours=8))
DATE_FORMS = (
    r"(\d{4})-(\d{2})-(\d{2})",
    r"(\d{4})/(\d{1,2})/(\d{1,2})",
    r"(\d{4})(\d{2})(\d{2})",
    r"(\d{4})年(\d{1,2})月(\d{1,2})日",
)
CLOCK = r"(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?"
DATE_PATTERNS = tuple(re.compile(form + CLOCK, re.ASCII) for form in DATE_FORMS)
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
YES = frozenset({"true", "1", "是", "y", "yes"})
NO = frozenset({"false", "0", "否", "n", "no"})


class Unreadable(Exception):  # noqa: N818 - it is what the cell is
    """Raised with the reason when a cell says nothing that can be read."""


class Day(date):
    """A local day, with the second of it where a time of day was given."""

    second: int | None = None

    @classmethod
    def of(cls, moment: datetime, *, timed: bool) -> "Day":
        """Take the day of a moment, and its second if the cell gave one."""
        day = cls(moment.year, moment.month, moment.day)
        if timed:
            clock = moment.time()
            day.second = clock.hour * 3600 + clock.minute * 60 + clock.second
        return day


def _offset(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


@lru_cache(maxsize=100_000)
def read_date(text: str) -> date:
    """Read a date in one of the four forms, with or without a clock time, as a local
    date.
    """
    for pattern in DATE_PATTERNS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        year, month, day, hour, minute, second, zone = found.groups()
        clock = (int(part or 0) for part in (hour, minute, second))
        try:
            moment = datetime(int(year), int(month), int(day), *clock, tzinfo=LOCAL)
            if zone:
                moment = moment.replace(tzinfo=_offset(zone)).astimezone(LOCAL)
        except (ValueError, OverflowError):
            break
        return Day.of(moment, timed=hour is not None)
    raise Unreadable("bad_date")


@lru_cache(maxsize=100_000)
def read_number(text: str) -> Decimal:
    """Read a plain decimal number, exactly."""
    if NUMBER.fullmatch(text) is None:
        raise Unreadable("bad_number")
    return Decimal(text)


def read_integer(text: str) -> int:
    """Read a whole number."""
    if INTEGER.fullmatch(text) is None:
        raise Unreadable("bad_number")
    return int(text)


def read_flag(text: str) -> bool:
    """Read a yes or a no."""
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise Unreadable("unknown_word")


def read_cell(kind: object, text: str) -> object:
    """Read a non-empty cell as a ``kind``: one of the five names, or a tuple of the
    words allowed.
    """
    if isinstance(kind, tuple):
        if text not in kind:
            raise Unreadable("unknown_word")
        return text
    return READERS[str(kind)](text)


READERS = {
    "text": str,
    "date": read_date,
    "number": read_number,
    "integer": read_integer,
    "flag": read_flag,
}

"""What a cell of a workbook says as text: nothing is rounded, guessed or computed.

A number is text as it was stored. Only the cell's own format makes it a date: the file
says so, and a column of bare serial numbers stays one of numbers.
"""

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from auditor.read.styles import is_date_format

PRECISE = 15  # significant digits that a spreadsheet keeps
_NUMBER = re.compile(r"[+-]?(\d+)(?:\.(\d+))?(?:[Ee]([+-]?\d{1,3}))?", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CLOCK = re.compile(r"[hHsS时秒]")
_EPOCH = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
_FIRST = {False: 61, True: 0}  # earlier serials of 1900 count a day that never was
_LAST = {False: 2_958_465, True: 2_957_003}  # 9999-12-31
_DAY_MS = 86_400_000


def shown(
    value: str, kind: str, form: str, *, is_1904: bool, is_key: bool
) -> tuple[str, str | None]:
    """Return the text of a cell, and why it cannot be used, if it cannot.

    Args:
        value: the stored text.
        kind: text, number, bool, error or date, as the file says.
        form: the number format of the cell.
        is_1904: serial dates count from 1904.
        is_key: the cell names a case; every digit of it counts.
    """
    if kind == "error":
        return value, "error_cell"
    if kind == "bool":
        return {"1": "true", "0": "false"}.get(value, value), None
    if kind == "number":
        return _number(value, form, is_1904, is_key)
    return value, "control_character" if _CONTROL.search(value) else None


@lru_cache(maxsize=1 << 16)
def _number(
    value: str,
    form: str,
    is_1904: bool,  # noqa: FBT001 - a cache takes no names
    is_key: bool,  # noqa: FBT001
) -> tuple[str, str | None]:
    found = _NUMBER.fullmatch(value)
    if found is None:
        return value, "unreadable_number"
    if is_date_format(form):
        return _stamp(value, form, is_1904)
    whole, part, power = found.groups()
    digits = whole.lstrip("0") + (part or "" if is_key else "")
    text = value if power is None else format(Decimal(value), "f")
    if power is not None:
        digits = text.lstrip("+-0").partition(".")[0]
    if len(digits) > PRECISE or (is_key and power is not None):
        return value, "precision_lost"
    return text.removeprefix("+"), None


def _stamp(value: str, form: str, is_1904: bool) -> tuple[str, str | None]:  # noqa: FBT001
    """Write a serial number as the day, with its time if it has one.

    The time is that of the nearest millisecond, since a stored fraction is a few
    microseconds off; it never rounds up into the next day.
    """
    serial = Decimal(value)
    day = int(serial)
    if serial < _FIRST[is_1904] or day > _LAST[is_1904]:
        return value, "date_serial"
    shown_day = (_EPOCH[is_1904] + timedelta(days=day)).isoformat()
    if serial == day and not _CLOCK.search(form):
        return shown_day, None
    exact = (serial - day) * _DAY_MS
    ms = min(int(exact.to_integral_value(ROUND_HALF_EVEN)), _DAY_MS - 1)
    seconds, ms = divmod(ms, 1_000)
    minutes, seconds = divmod(seconds, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return f"{shown_day} {clock}" + (f".{ms:03}" if ms else ""), None

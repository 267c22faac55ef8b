"""Cells to marks: a closed grammar of ticks, dates, slashes and numbers."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from auditor.read.styles import is_date_format, is_percent_format
from auditor.reconcile.nouns import Mark, MarkKind

_FOLDED = re.compile(r"[\s\ufe0e\ufe0f]+")
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,20})?(?:E-?[0-9]{1,3})?")
_COUNT = re.compile(r"([0-9]{1,9})(?:个|个县)?")
_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,20})?)%")
_WORDS: tuple[MarkKind, ...] = ("tick", "no", "slash")
_HUGE = 10**12
_SHOWN = 60  # characters of a cell that are repeated in a report
_SHEET = Context(prec=15)  # a spreadsheet shows 15 digits and stores noise behind them
_DAY_ZERO = {False: date(1899, 12, 30), True: date(1904, 1, 1)}


@dataclass(frozen=True, slots=True)
class Spellings:
    """The shipped lists of how people fill the form."""

    marks: Mapping[str, frozenset[str]]
    captions: Mapping[str, frozenset[str]]
    rows: Mapping[str, re.Pattern[str]]
    dates: tuple[re.Pattern[str], ...]
    serials: range


@cache
def spellings() -> Spellings:
    """Read the lists once; their entries are folded as cells are."""
    raw: dict[str, Any] = tomllib.loads(
        Path(__file__).with_name("spellings.toml").read_text("utf-8")
    )
    lists = {
        table: {key: frozenset(map(fold, words)) for key, words in raw[table].items()}
        for table in ("marks", "captions")
    }
    return Spellings(
        **lists,
        rows={key: re.compile(pattern) for key, pattern in raw["rows"].items()},
        dates=tuple(map(re.compile, raw["dates"]["forms"])),
        serials=range(raw["dates"]["first_serial"], raw["dates"]["last_serial"] + 1),
    )


def fold(text: str) -> str:
    """Return a text for comparison: NFKC, no blanks, letters in capitals."""
    return _FOLDED.sub("", unicodedata.normalize("NFKC", text)).upper()


def read_mark(value: str, kind: str, code: str, *, is_1904: bool) -> Mark:
    """Return what a cell says.

    Args:
        value: the stored text.
        kind: ``text``, ``number``, ``bool``, ``error`` or ``date``.
        code: the number format.
        is_1904: whether serial dates count from 1904.
    """
    if kind == "number":
        return _number(value, code, is_1904=is_1904)
    if kind == "bool":
        value = "TRUE" if value == "1" else "FALSE"
    shown = value.strip()[:_SHOWN]
    folded = fold(value)
    if kind == "error" or len(folded) > _SHOWN:
        return Mark("unreadable", shown)
    return _word(folded, shown) or _figure(folded, shown) or Mark("unreadable", shown)


def _word(folded: str, shown: str) -> Mark | None:
    if not folded:
        return Mark("blank")
    for kind in _WORDS:
        if folded in spellings().marks[kind]:
            return Mark(kind, shown)
    if month := _month(folded):
        return Mark("date", shown, _plain(folded), month)
    if folded.isdigit() and len(folded) < 6 and int(folded) in spellings().serials:
        return _number(folded, "General", is_1904=False)
    return None


def _plain(folded: str) -> tuple[Decimal, ...]:
    """Return a year or the like as the number that it may also be."""
    return (Decimal(folded),) if folded.isdigit() else ()


def _figure(folded: str, shown: str) -> Mark | None:
    if found := _PERCENT.fullmatch(folded):
        return Mark("number", shown, (Decimal(found[1]),))
    if _NUMBER.fullmatch(folded):
        return Mark("number", shown, _readings(Decimal(folded)))
    if found := _COUNT.fullmatch(folded):
        return Mark("number", shown, (Decimal(found[1]),))
    return None


def _month(folded: str) -> tuple[int, int] | None:
    """Return year and month of an expected date, month 12 when only a year is told."""
    for form in spellings().dates:
        if found := form.fullmatch(folded):
            year, month = int(found[1]), int(found[2] or 12)
            if 1990 <= year <= 2100 and 1 <= month <= 12:
                return year, month
    return None


def _number(value: str, code: str, *, is_1904: bool) -> Mark:
    try:
        number = _SHEET.create_decimal(value)
    except InvalidOperation:
        return Mark("unreadable", value[:_SHOWN])
    if not number.is_finite() or abs(number) > _HUGE:
        return Mark("unreadable", value[:_SHOWN])
    if is_percent_format(code):
        return Mark("number", shown_percent(number * 100), (number * 100,))
    whole = number == number.to_integral_value()
    shown = f"{int(number)}" if whole else f"{number.normalize():f}"[:_SHOWN]
    if day := _day(number, code, is_1904=is_1904):
        text = day.isoformat()
        said = text if is_date_format(code) else f"{shown} ({text})"
        values = (number,) if whole else ()
        return Mark("date", said, values, (day.year, day.month))
    if month := _month(shown):
        # 2021.1 may have been October: a number forgets its last zero.
        return Mark("date", shown, _readings(number), month if whole else None)
    return Mark("number", shown, _readings(number))


def _day(number: Decimal, code: str, *, is_1904: bool) -> date | None:
    """Return the day of a serial number that is shown as a date, or may be one."""
    if int(number) not in spellings().serials:
        return None
    if is_date_format(code):
        return _DAY_ZERO[is_1904] + timedelta(days=int(number))
    whole = number == number.to_integral_value()
    is_plain = whole and code in {"General", "0", "@"}
    return _DAY_ZERO[False] + timedelta(days=int(number)) if is_plain else None


def _readings(number: Decimal) -> tuple[Decimal, ...]:
    """A plain share of one may be meant as a percentage: 0.903 or 90.3."""
    return (number, number * 100) if 0 <= number <= 1 else (number,)


def shown_percent(value: Decimal) -> str:
    """Return a percentage as a sheet would show it, to at most two decimals."""
    rounded = value.quantize(Decimal("0.01"))
    return f"{rounded.normalize():f}%" if rounded else "0%"

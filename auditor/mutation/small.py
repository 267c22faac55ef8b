"""The smallest changes of what pages are made of: numbers, days, lists, conditions.

Each change is a pair: what it is called, the same in both languages and in every run,
and what stands in the page after it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from auditor.pack import Condition

T = TypeVar("T")
Called = tuple[str, T]
Conditions = tuple[Condition, ...]
NOTHING = "-"
CENT, ONE = 0.01, 1.0
DAY = timedelta(days=1)
SIGNS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}
OTHERWISE = {
    "at_least": "above", "above": "at_least", "at_most": "below", "below": "at_most",
}  # fmt: skip


def numbers(name: str, value: float, step: float = ONE) -> Iterator[Called[float]]:
    """Yield a number one step further and one step less, never below zero."""
    for other in (value + step, value - step):
        if other >= 0:
            yield f"{name}: {value:g} → {other:g}", type(value)(round(other, 6))


def days(name: str, value: date) -> Iterator[Called[date]]:
    """Yield the day after and the day before."""
    for other in (value + DAY, value - DAY):
        yield f"{name}: {value} → {other}", other


def members(name: str, values: tuple[T, ...]) -> Iterator[Called[tuple[T, ...]]]:
    """Yield a list without each of its members; the last one is never taken out."""
    if len(values) < 2:
        return
    for at, one in enumerate(values):
        yield f"{name}: {one} → {NOTHING}", (*values[:at], *values[at + 1 :])


def conditions(
    name: str, lines: Conditions, *, least: int = 0
) -> Iterator[Called[Conditions]]:
    """Yield conditions of which one is dropped, widened, narrowed, or lacks a word.

    At least ``least`` of them are left.
    """
    for at, line in enumerate(lines):
        called = f"{name}.{line.column}"
        before, after = lines[:at], lines[at + 1 :]
        if len(lines) > least:
            yield f"{called}: {shown(line)} → {NOTHING}", (*before, *after)
        for what, other in _changed(called, line):
            yield what, (*before, other, *after)


def _changed(name: str, line: Condition) -> Iterator[Called[Condition]]:
    for what, words in members(name, line.among):
        yield what, replace(line, among=words)
    for bound, sign in SIGNS.items():
        value = getattr(line, bound)
        if value is None:
            continue
        other = OTHERWISE[bound]
        called = f"{name}: {sign} {value:g} → {SIGNS[other]} {value:g}"
        yield called, replace(line, **{bound: None, other: value})
        for moved in (value + ONE, value - ONE):
            yield (
                f"{name}: {sign} {value:g} → {sign} {moved:g}",
                replace(line, **{bound: moved}),
            )


def shown(line: Condition) -> str:
    """Return a condition in a few signs."""
    if not line.is_bounded:
        return " | ".join(_word(one) for one in line.among)
    bounds = ((sign, getattr(line, bound)) for bound, sign in SIGNS.items())
    return " ".join(f"{sign} {value:g}" for sign, value in bounds if value is not None)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Small changes of the signs of a page: what each looks for, in whom, and by what."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from auditor.mutation.small import (
    NOTHING,
    Called,
    conditions,
    days,
    members,
    numbers,
)
from auditor.pack import CHECKS, Sign

Signs = tuple[Sign, ...]
PAIRS = ("request_crossed",)  # checks that compare exactly two columns


def changed_signs(signs: Signs) -> Iterator[Called[Signs]]:
    """Yield the signs of a page after each small change.

    One sign is dropped, asked of others, or looks for a little more or less; or the
    page forgets one of the columns that its signs need or read.
    """
    for at, sign in enumerate(signs):
        called = f"sign{at + 1}.{sign.check}"
        before, after = signs[:at], signs[at + 1 :]
        if len(signs) > 1:
            yield f"{called} → {NOTHING}", (*before, *after)
        for what, when in conditions(f"{called}.when", sign.when):
            yield what, (*before, replace(sign, when=when), *after)
        for what, given in _parameters(called, sign):
            yield what, (*before, replace(sign, given=given), *after)
    yield from _columns(signs)


def _parameters(called: str, sign: Sign) -> Iterator[Called[Mapping[str, Any]]]:
    given = dict(sign.given or {})
    for name, kind in CHECKS[sign.check].items():
        if kind == "columns" and sign.check in PAIRS:
            continue
        for what, value in _values(f"{called}.{name}", kind, given[name]):
            yield what, {**given, name: value}


def _values(name: str, kind: str, value: Any) -> Iterator[Called[Any]]:  # noqa: ANN401 - a page's value, checked when it was read
    if kind in LISTS:
        yield from members(name, value)
    elif kind in CHANGED:
        yield from CHANGED[kind](name, value)


def _each(name: str, values: tuple[float, ...]) -> Iterator[Called[tuple[float, ...]]]:
    for at, one in enumerate(values):
        for what, other in numbers(name, one):
            yield what, (*values[:at], other, *values[at + 1 :])
    yield from members(name, values)


def _by_window(
    name: str, limits: Mapping[str, float]
) -> Iterator[Called[Mapping[str, float]]]:
    for window, limit in limits.items():
        for what, other in numbers(f"{name}.{window}", limit):
            yield what, {**limits, window: other}
    for what, kept in members(name, tuple(limits)):
        yield what, {window: limits[window] for window in kept}


LISTS = ("steps", "words", "rules", "columns")
CHANGED: Mapping[str, Callable[[str, Any], Iterator[Called[Any]]]] = {
    "number": numbers,
    "numbers": _each,
    "date": days,
    "limits": _by_window,
    "conditions": partial(conditions, least=1),
}
"""What is changed in a parameter of each kind; a step or an edge is left alone."""


def _columns(signs: Signs) -> Iterator[Called[Signs]]:
    """Yield the signs without one of the columns of the page, wherever it stands."""
    needed = {one for sign in signs for one in sign.needs}
    for field in ("needs", "reads"):
        lists = (getattr(sign, field) for sign in signs)
        for column in dict.fromkeys(one for names in lists for one in names):
            if field == "reads" and column in needed:
                continue  # the page reads it all the same, for another sign's sake
            yield (
                f"{field}: {column} → {NOTHING}",
                tuple(_without(sign, field, column) for sign in signs),
            )


def _without(sign: Sign, field: str, column: str) -> Sign:
    kept = tuple(one for one in getattr(sign, field) if one != column)
    return replace(sign, needs=kept) if field == "needs" else replace(sign, reads=kept)

"""The examples of a new page: on the limit, just over it, unknown, and outside."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from auditor.pack import END_ON, Column, Condition, Pack
from auditor.scaffold.draft import STEPS, Plan

DAY = timedelta(days=1)
LATER = date(2023, 1, 3)  # a day of submission where the rule binds from no date
HALF = 0.5
UNITS = {"cost": 0.01}  # yuan; days and steps are counted whole
OVER = {
    "time": "over_limit", "steps": "too_many_steps", "cost": "user_paid",
    "approval": "over_limit", "flag": "flag_false",
}  # fmt: skip
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One ``[[case]]`` to be written."""

    name: str
    given: Given
    expect: str
    more: Given = field(default_factory=dict)


def cases_of(plan: Plan, pack: Pack) -> list[Case]:
    """Return the examples that a page needs so that small changes of it are noticed."""
    inside = {one.column: _inside(one, pack, plan)[0] for one in plan.applies}
    met, over, unknown = _facts(plan)
    reason = {"reason": OVER[plan.kind]}
    found = [Case("the limit itself is met", {**inside, **met}, "pass")]
    day = plan.draft.in_force_from
    if day is None:
        found.append(Case("just over it", {**inside, **over}, "fail", reason))
    else:
        for name, start in (("on the first day that binds", day),
                            ("the day before it binds", day - DAY)):  # fmt: skip
            given = {**inside, **_on(over, start)}
            more = {**reason, "in_force": start >= day}
            found.append(Case(f"just over it, {name}", given, "fail", more))
    found.append(
        Case("an unknown fact is no pass", {**inside, **unknown}, "undetermined")
    )
    for one in plan.applies:
        found += _population(one, plan, pack, {**inside, **over})
    return found


def _facts(plan: Plan) -> tuple[Given, Given, Given]:
    """Return what is given of a case that meets the rule, breaks it, leaves it open."""
    if plan.fact == END_ON:
        column = str(plan.draft.column)
        start = plan.draft.in_force_from or LATER
        last = start + 30 * DAY
        met = {"start": start, END_ON: last, column: last}
        return met, {**met, END_ON: last + DAY}, {"start": start, END_ON: last}
    if plan.kind == "flag":
        return {plan.fact: True}, {plan.fact: False}, {}
    limit = plan.draft.limit or 0.0
    more = round(limit + UNITS.get(plan.kind, 1), 6)
    nothing = {plan.fact: 0} if plan.fact == STEPS else {}
    return {plan.fact: _whole(limit)}, {plan.fact: _whole(more)}, nothing


def _on(given: Given, start: date) -> Given:
    """Return the facts of a case that was submitted on a day."""
    if "start" not in given:
        return {**given, "start": start}
    moved = start - given["start"]
    return {k: v + moved if isinstance(v, date) else v for k, v in given.items()}


def _whole(number: float) -> float | int:
    return int(number) if number == int(number) else number


def _column(one: Condition, pack: Pack, plan: Plan) -> Column:
    table = "approvals" if plan.kind == "approval" else "cases"
    return pack.tables[table].columns[one.column]


def _inside(one: Condition, pack: Pack, plan: Plan) -> list[Any]:
    """Return values that meet a condition: every word, or both ends of a range."""
    if not one.is_bounded:
        return list(one.among)
    step = HALF if _column(one, pack, plan).type == "number" else 1
    ends = [one.at_most, one.at_least]
    ends += [None if one.below is None else one.below - step]
    ends += [None if one.above is None else one.above + step]
    return [_whole(end) for end in ends if end is not None]


def _outside(one: Condition, pack: Pack, plan: Plan) -> Iterator[Any]:
    """Yield values just beyond a condition: each end of a range, or another word."""
    column = _column(one, pack, plan)
    if not one.is_bounded:
        words = (True, False) if column.type == "bool" else column.words
        yield from [word for word in words if word not in one.among][:1]
        return
    step = HALF if column.type == "number" else 1
    if one.at_most is not None:
        yield _whole(one.at_most + step)
    if one.at_least is not None and one.at_least > step:
        yield _whole(one.at_least - step)
    yield from (_whole(end) for end in (one.below, one.above) if end is not None)


def _population(one: Condition, plan: Plan, pack: Pack, over: Given) -> Iterator[Case]:
    """Yield a case on each edge of a condition, and one beyond each edge."""
    for value in _inside(one, pack, plan)[1:]:
        name = f"{one.column} {_told(value)} is asked, too"
        more = {"reason": OVER[plan.kind]}
        yield Case(name, {**over, one.column: value}, "fail", more)
    for value in _outside(one, pack, plan):
        name = f"{one.column} {_told(value)} is not asked"
        yield Case(name, {**over, one.column: value}, "not_applicable")


def _told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

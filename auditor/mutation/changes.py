"""Every small change of a rule page that would still be a lawful page.

What no verdict depends on is left alone: texts, clause, severity, the source of a
limit, and the day from which an amendment binds, since the first limit's decides (12).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.mutation.signs import changed_signs
from auditor.mutation.small import (
    CENT,
    NOTHING,
    ONE,
    Called,
    conditions,
    days,
    members,
    numbers,
)
from auditor.pack import Limit, Rule


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule page after one small change.

    ``change`` says what was changed; it is unique in its page, and what a page lists
    under ``[[accepted]]``. ``rule`` has an id of its own.
    """

    of: str
    change: str
    rule: Rule


def mutants_of(rule: Rule) -> list[Mutant]:
    """Return the page after each small change, in the order of the page."""
    made = [*_population(rule), *_limits(rule), *_papers(rule), *_rest(rule)]
    return [
        Mutant(rule.id, change, replace(other, id=f"{rule.id}~{number}"))
        for number, (change, other) in enumerate(made, 1)
    ]


def _population(rule: Rule) -> Iterator[Called[Rule]]:
    for what, applies in conditions("applies", rule.applies):
        yield what, replace(rule, applies=applies)


def _limits(rule: Rule) -> Iterator[Called[Rule]]:
    step = CENT if rule.kind == "cost" else ONE
    for at, limit in enumerate(rule.limits):
        for what, other in _limit(limit, step):
            limits = (*rule.limits[:at], other, *rule.limits[at + 1 :])
            yield what, replace(rule, limits=limits)
        if limit.since is not None:
            limits = (*rule.limits[:at], *rule.limits[at + 1 :])
            yield f"{_called(limit)} → {NOTHING}", replace(rule, limits=limits)


def _called(limit: Limit) -> str:
    return f"{limit.fact}@{limit.since}" if limit.since else limit.fact


def _limit(limit: Limit, step: float) -> Iterator[Called[Limit]]:
    name = _called(limit)
    if limit.value is not None:
        for what, value in numbers(f"{name}.limit", limit.value, step):
            yield what, replace(limit, value=value)
    if limit.since is not None:
        for what, day in days(f"{name}.since", limit.since):
            yield what, replace(limit, since=day)
    elif limit.in_force_from is not None:
        for what, day in days(f"{name}.in_force_from", limit.in_force_from):
            yield what, replace(limit, in_force_from=day)


def _papers(rule: Rule) -> Iterator[Called[Rule]]:
    for at, step in enumerate(rule.forbidden):
        kept = (*rule.forbidden[:at], *rule.forbidden[at + 1 :])
        yield f"forbidden: {step} → {NOTHING}", replace(rule, forbidden=kept)
    for step, names in rule.documents.items():
        for what, fewer in members(f"documents.{step}", names):
            documents = {**rule.documents, step: fewer}
            yield what, replace(rule, documents=documents)
    if len(rule.documents) > 1:
        for step in rule.documents:
            documents = {k: v for k, v in rule.documents.items() if k != step}
            what = f"documents.{step} → {NOTHING}"
            yield what, replace(rule, documents=documents)
    if rule.required_step is not None:
        what = f"required_step: {rule.required_step} → {NOTHING}"
        yield what, replace(rule, required_step=None)


def _rest(rule: Rule) -> Iterator[Called[Rule]]:
    if rule.in_force_from is not None:
        for what, day in days("in_force_from", rule.in_force_from):
            yield what, replace(rule, in_force_from=day)
    for what, signs in changed_signs(rule.signs):
        yield what, replace(rule, signs=signs)

"""Which rules differ between two packs, and which of them kept facts can still judge.

A rule is judged again only where every fact that it reads means the same under both
packs. In doubt it is not: then a new run has to tell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from auditor.judge import needed
from auditor.kernel import calendar_of
from auditor.pack import Pack, Rule, Screen, Sign
from auditor.whatif.beside import only
from auditor.workdays import Calendar, WorkCalendar

Change = Literal["changed", "new", "dropped", "reworded", "unchanged"]
ON_DAYS = ("time", "signal", "violation", "across")
"""Kinds whose facts may count working days."""
ON_SIGNS = ("signal", "violation")
MEASURED = ("documents", *ON_SIGNS, "across")
"""Kinds of which the page itself decides what is measured."""


@dataclass(frozen=True, slots=True)
class Differing:
    """One rule that is not the same in both packs, or whose facts are not.

    ``why`` lists what keeps the run's facts from judging it: a new run is needed
    then; none means that they do. ``named`` are columns of facts that the second pack
    calls otherwise: its name, the run's. ``by_papers``: the second pack has no such
    rule but an indicator of that id, which attestations decide then.
    """

    rule_id: str
    change: Change
    why: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    by_papers: bool = False

    @property
    def judged(self) -> bool:
        """Whether the run's facts say what becomes of its verdicts."""
        return self.change in ("changed", "new") and not self.why


def differing(before: Pack, after: Pack, kept: list[str]) -> list[Differing]:
    """Return the rules and screens that differ, in the order of the second pack.

    Args:
        before: the pack of the run.
        after: the other pack.
        kept: the columns of facts that the run keeps.
    """
    packs = before, after
    old, new = _pages(before), _pages(after)
    gone = [_gone(name, packs) for name in old if name not in new]
    found = []
    for name, one in new.items():
        was = old.get(name)
        if isinstance(one, Screen):
            found.append(_screen(one, was, packs))
            continue
        rule = was if isinstance(was, Rule) else None
        found.append(_rule(one, rule, packs, kept))
    return [*(one for one in found if one.change != "unchanged" or one.why), *gone]


def _gone(name: str, packs: tuple[Pack, Pack]) -> Differing:
    """Tell whether papers decide what a rule no longer does, and may be asked."""
    before, after = packs
    stays = name in {one.id for one in after.indicators}
    why = ("tables",) if stays and before.tables != after.tables else ()
    return Differing(name, "dropped", why, by_papers=stays and not why)


def _pages(pack: Pack) -> dict[str, Rule | Screen]:
    pages: tuple[Rule | Screen, ...] = (*pack.rules, *pack.screens)
    return {one.id: one for one in pages}


def _screen(one: Screen, was: object, packs: tuple[Pack, Pack]) -> Differing:
    """Tell of a screen whether its counts would be others: they are never judged."""
    before, after = packs
    if not isinstance(was, Screen):
        return Differing(one.id, "new", ("screen",))
    if (one.of, one.settings) != (was.of, was.settings):
        return Differing(one.id, "changed", ("screen",))
    why = [*_grounds(before, after)]
    if _other_days(before, after):
        why.append("calendar")
    why += [
        name
        for name in ("windows", "cost", "classes")
        if getattr(before, name) != getattr(after, name)
    ]
    points = [str(row.get("rule")) for row in one.settings.get("points", ())]
    if any(_page(before, name) != _page(after, name) for name in points):
        why.append("named")
    plain = replace(one, page="") == replace(was, page="")
    return Differing(one.id, "unchanged" if plain else "reworded", tuple(why))


def _rule(
    one: Rule, was: Rule | None, packs: tuple[Pack, Pack], kept: list[str]
) -> Differing:
    before, after = packs
    change = _change(one, was, packs)
    why = [*_lost_ground(one, before, after)]
    if change in ("unchanged", "reworded"):
        return Differing(one.id, change, tuple(why))
    if one.subject != "case":
        return Differing(one.id, change, (*why, "subject"))
    if was is not None and was.kind in MEASURED and not why:
        why += _measured_otherwise(one, was)
    named = _same_signs(one, was) if was is not None and not why else {}
    missing = {*needed(only(after, [one]))} - {*kept, *named}
    if missing and not why:
        why.append("signs" if one.kind in MEASURED else "columns")
    return Differing(one.id, change, tuple(why), named)


def _change(one: Rule, was: Rule | None, packs: tuple[Pack, Pack]) -> Change:
    if was is None:
        return "new"
    places = [
        next((i for i in pack.indicators if i.id == one.id), None) for pack in packs
    ]
    if judging(one) != judging(was) or places[0] != places[1]:
        return "changed"
    same = _said(one, was, packs) == _said(was, one, packs)
    return "unchanged" if same else "reworded"


def _said(rule: Rule, other: Rule, packs: tuple[Pack, Pack]) -> Rule:
    """Return a page to be held against another; a child's page may have no examples."""
    both = rule.examples and other.examples
    if both or all(pack.own is None for pack in packs):
        return replace(rule, page="")
    return replace(rule, page="", examples=(), accepted=())


def judging(rule: Rule) -> Rule:
    """Return a rule without what no verdict depends on: texts, severity, examples."""
    return replace(rule.bare, signs=tuple(map(_looked_for, rule.signs)))


def _page(pack: Pack, rule_id: str) -> Rule | None:
    return next((judging(r) for r in pack.rules if r.id == rule_id), None)


def _names(rule: Rule) -> Iterator[str]:
    """Yield the other rules whose limits or lists a rule looks at."""
    for sign in rule.signs:
        yield from (sign.given or {}).get("rules", ())
    if rule.across is not None:
        yield from rule.across.settings.get("limits", ())


def _grounds(before: Pack, after: Pack) -> Iterator[str]:
    """Yield what of the packs makes other facts out of the same rows."""
    for name in ("tables", "steps", "clock", "zone"):
        if getattr(before, name) != getattr(after, name):
            yield name


def _lost_ground(rule: Rule, before: Pack, after: Pack) -> Iterator[str]:
    """Yield what keeps facts that were measured under one pack from the other."""
    yield from _grounds(before, after)
    on_signs = rule.kind in ON_SIGNS
    plain = rule.kind == "time" and not any(before.forms_of(f) for f in rule.facts)
    on_days = rule.kind in ON_DAYS or rule.subject == "project"
    if on_days and not plain and _other_days(before, after):
        yield "calendar"
    facts = before.window_ids if on_signs or rule.kind == "across" else rule.facts
    if any(before.forms_of(one) != after.forms_of(one) for one in facts):
        yield "windows"
    if (on_signs or rule.kind == "cost") and before.cost != after.cost:
        yield "cost"
    papers = before.documents_table, after.documents_table
    if (on_signs or rule.kind == "documents") and papers[0] != papers[1]:
        yield "documents"
    if any(_page(before, name) != _page(after, name) for name in _names(rule)):
        yield "named"


def _other_days(before: Pack, after: Pack) -> bool:
    one, other = calendar_of(before), calendar_of(after)
    return _days(one) != _days(other)


def _days(calendar: Calendar) -> object:
    if not isinstance(calendar, WorkCalendar):
        return calendar
    return calendar.first, calendar.last, calendar.ordinals.to_list()


def _measured_otherwise(one: Rule, was: Rule) -> Iterator[str]:
    """Yield ``signs`` where the page makes other facts than the run has of it."""
    same = one.kind == was.kind
    if one.kind == "documents":
        lists = (one.documents, one.required_step)
        same = same and lists == (was.documents, was.required_step)
    elif one.kind == "across":
        same = same and (one.across, one.applies) == (was.across, was.applies)
    else:
        same = same and len(_same_signs(one, was)) == len(one.signs)
    if not same:
        yield "signs"


def _same_signs(one: Rule, was: Rule) -> dict[str, str]:
    """Return, for each sign that the old page has too, its column and the run's."""
    had = [_looked_for(sign) for sign in was.signs]
    return {
        f"{one.id}_sign{number}": f"{was.id}_sign{had.index(_looked_for(sign))}"
        for number, sign in enumerate(one.signs)
        if _looked_for(sign) in had
    }


def _looked_for(sign: Sign) -> Sign:
    return replace(sign, severity="")

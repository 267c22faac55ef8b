"""What a child pack may have forgotten: hints on its pages, never errors."""

from dataclasses import dataclass
from typing import Literal

from auditor.pack.load import load_lineage
from auditor.pack.model import Limit, Pack, Rule

HintKind = Literal["limit_untried", "sign_untried", "old_title"]


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint on a page of a child pack.

    ``limit_untried`` and ``sign_untried``: it changes a limit, or a sign, and has no
    example. ``old_title``: it changes the value of a limit and keeps a title.
    """

    kind: HintKind
    rule_id: str
    page: str


def hints_on(pack: Pack) -> tuple[Hint, ...]:
    """Return the hints on a child's pages, in the pack's order; none without a parent.

    Raises:
        PackError: AUD202, the parent's folder was changed since the pack was loaded.
    """
    if pack.parent is None:
        return ()
    before = {rule.id: rule for rule in load_lineage(pack.lineage[1:]).rules}
    return tuple(
        Hint(kind, rule.id, rule.page)
        for rule in pack.own_rules
        if rule.id in before
        for kind in _kinds(rule, before[rule.id])
    )


def _kinds(rule: Rule, was: Rule) -> list[HintKind]:
    found: list[HintKind] = []
    if not rule.examples:
        if _dated(rule) != _dated(was):
            found.append("limit_untried")
        elif rule.signs != was.signs:
            found.append("sign_untried")
    kept = rule.title_zh == was.title_zh or rule.title_en == was.title_en
    if kept and _values(rule) != _values(was):
        found.append("old_title")
    return found


def _dated(rule: Rule) -> object:
    """Return what the limits ask and since when, whoever set them."""
    dates = [one.in_force_from for one in rule.limits]
    return _values(rule), dates, rule.in_force_from


def _values(rule: Rule) -> list[tuple[object, ...]]:
    return [_value(one) for one in rule.limits]


def _value(one: Limit) -> tuple[object, ...]:
    return one.fact, one.value, one.column, one.since

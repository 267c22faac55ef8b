"""What is asked: limits of rules, as they are given on the command line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from auditor.errors import AuditError
from auditor.pack import Limit, Pack, Rule

_SHAPE = re.compile(
    r"(?P<rule>[^.=@\s]+)(?:\.(?P<fact>[^.=@\s]+))?\.(?P<field>limit|in_force_from)"
    r"(?:@(?P<since>\d{4}-\d\d-\d\d))?=(?P<value>\S+)"
)


@dataclass(frozen=True, slots=True)
class Change:
    """One limit that is another one: which, what it was, and what is asked.

    ``field`` is ``limit``, a number in the rule's unit, or ``in_force_from``, a day;
    ``since`` names an amendment, None the limit that judges every application.
    """

    rule_id: str
    fact: str
    field: str
    since: date | None
    was: float | date | None
    now: float | date

    def __str__(self) -> str:
        at = f"@{self.since}" if self.since else ""
        was, now = (_shown(value) for value in (self.was, self.now))
        return f"{self.rule_id}.{self.fact}.{self.field}{at}: {was} → {now}"


def _shown(value: float | date | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value or "—")


def read_changes(texts: Iterable[str], pack: Pack) -> tuple[Change, ...]:
    """Return what is asked of a pack.

    Each text is ``RULE[.FACT].limit=NUMBER`` or ``RULE[.FACT].in_force_from=DATE``;
    ``@DATE`` before the sign names the amendment since that day.

    Raises:
        AuditError: AUD540 no such form or value, AUD504 no such rule, AUD545 one
            that judges no cases, AUD541 the rule
            compares no such number, AUD542 the same limit twice.
    """
    made = [_change(text, pack) for text in texts]
    seen: set[tuple[object, ...]] = set()
    for one in made:
        key = (one.rule_id, one.fact, one.field, one.since)
        if key in seen:
            raise AuditError("AUD542", limit=str(one))
        seen.add(key)
    return tuple(made)


def _change(text: str, pack: Pack) -> Change:
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise AuditError("AUD540", text=text)
    rule = next((one for one in pack.case_rules if one.id == found["rule"]), None)
    if rule is None:
        if any(one.id == found["rule"] for one in pack.rules):
            raise AuditError("AUD545", rule=found["rule"])
        known = ", ".join(one.id for one in pack.case_rules if _numbers(one))
        raise AuditError("AUD504", rule=found["rule"], known=known)
    since = _day(found["since"], text) if found["since"] else None
    limit = _limit(rule, found["fact"], since, text)
    field = found["field"]
    was = limit.value if field == "limit" else limit.in_force_from
    value = found["value"]
    now = _number(value, text) if field == "limit" else _day(value, text)
    return Change(rule.id, limit.fact, field, since, was, now)


def _numbers(rule: Rule) -> list[Limit]:
    return [limit for limit in rule.limits if limit.value is not None]


def _limit(rule: Rule, fact: str | None, since: date | None, text: str) -> Limit:
    mine = [
        limit
        for limit in _numbers(rule)
        if fact in (None, limit.fact) and limit.since == since
    ]
    if len(mine) == 1:
        return mine[0]
    known = ", ".join(
        f"{rule.id}.{one.fact}.limit" + (f"@{one.since}" if one.since else "")
        for one in _numbers(rule)
    )
    raise AuditError("AUD541", text=text, rule=rule.id, known=known or "—")


def _number(text: str, whole: str) -> float:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text):
        raise AuditError("AUD540", text=whole)
    return float(text)


def _day(text: str, whole: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise AuditError("AUD540", text=whole) from error


def changed(pack: Pack, changes: Iterable[Change]) -> Pack:
    """Return the pack with those limits, and of its rules only those that change."""
    rules = {rule.id: rule for rule in pack.case_rules}
    touched: dict[str, Rule] = {}
    for one in changes:
        rule = touched.get(one.rule_id, rules[one.rule_id])
        limits = tuple(_with(limit, one) for limit in rule.limits)
        touched[one.rule_id] = replace(rule, limits=limits)
    mine = tuple(touched[rule.id] for rule in pack.rules if rule.id in touched)
    return replace(pack, rules=mine)


def _with(limit: Limit, change: Change) -> Limit:
    if (limit.fact, limit.since) != (change.fact, change.since):
        return limit
    if isinstance(change.now, date):
        return replace(limit, in_force_from=change.now)
    return replace(limit, value=change.now)

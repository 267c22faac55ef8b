"""Read pages that look beyond one case: across cases, and over distributions."""

from collections.abc import Mapping
from typing import Any, cast, get_args

from auditor.pack.conditions import read_conditions
from auditor.pack.model import Across, Pack, Rule, Screen, Threshold
from auditor.pack.reading import Page
from auditor.pack.ruling import AcrossKind, ScreenKind
from auditor.vocabulary import SEVERITIES

ACROSS, SCREEN = "across", "screen"
HEAD = ("id", "kind", "title_zh", "title_en", "clause", "severity", "why", "of")
MEASURES = (
    "whole_hour", "midnight", "day_off", "night", "capacity_above", "dual_supply",
    "suspended", "left_out", "one_payee",
)  # fmt: skip
GROUPS = ("utility", "user_class")
_NUMBER = (int, float)
_Keys = Mapping[str, type | tuple[type, ...]]
_ACROSS: dict[str, _Keys] = {
    "chains": {
        "days": int, "overlap_days": int, "keys": list, "same": list, "most": int,
        "limits": list,
    },
    "splits": {"days": int, "keys": list, "most": int, "amount": list, "each": str},
    "bursts": {"cases": int},
    "numbers": {"pattern": str, "neighbours": int, "days": int, "gaps": bool},
}  # fmt: skip
_TESTED: _Keys = {"fewest": int, "false_discovery": float, "by": list}
_SCREEN: dict[str, _Keys] = {
    "heaping": {
        **_TESTED, "times": _NUMBER, "beside": int, "hole": int, "tail": int,
        "points": list,
    },
    "shares": {**_TESTED, "measures": list},
}  # fmt: skip
_MEASURE: _Keys = {"of": str, "least": _NUMBER, "times": _NUMBER, "cap": _NUMBER}
_OPTIONAL: _Keys = {"above": _NUMBER, "span": _NUMBER, "beyond": _NUMBER, "words": list}


def read_across(page: Page, pack: Pack) -> Rule:
    """Return the rule of a page of kind ``across``; problems are noted on the page."""
    data = page.data
    page.keys(data, (*HEAD, "applies", "settings", "threshold"))
    of = page.need(data, "of", str)
    page.among(of, get_args(AcrossKind), "of", "of")
    settings = _settings(page, data, _ACROSS.get(of, {}))
    for name in (*settings.get("keys", ()), *settings.get("same", ())):
        page.among(name, pack.tables["cases"].columns, "column", "settings", name)
    rows = data.get("threshold", [])
    return Rule(
        **_head(page),
        kind="across",
        applies=read_conditions(page, data.get("applies", {}), pack.tables, "applies"),
        limits=(),
        across=Across(
            cast("AcrossKind", of),
            settings,
            tuple(_threshold(page, pack, r) for r in rows),
        ),
    )


def read_screen(page: Page) -> Screen:
    """Return the screen of a page of kind ``screen``; problems are noted on it."""
    page.keys(page.data, (*HEAD, "settings"))
    of = page.need(page.data, "of", str)
    page.among(of, get_args(ScreenKind), "of", "of")
    settings = _settings(page, page.data, _SCREEN.get(of, {}))
    for name in settings.get("by", ()):
        page.among(name, GROUPS, "group", "settings", "by")
    for row in settings.get("measures", ()):
        page.keys(row, (*_MEASURE, *_OPTIONAL), "measures")
        _typed(page, row, _MEASURE)
        _typed(page, row, {k: kind for k, kind in _OPTIONAL.items() if k in row})
        page.among(str(row.get("of")), MEASURES, "measure", "measures")
    for row in settings.get("points", ()):
        page.keys(row, ("rule", "fact"), "points")
    return Screen(**_head(page), of=cast("ScreenKind", of), settings=settings)


def check_names(page_of: Mapping[str, Page], pack: Pack) -> None:
    """Note each page that names a rule, or a limit, that the pack does not have."""
    known = {rule.id: rule for rule in pack.rules if rule.kind == "time"}
    named = [
        (rule.id, {"rule": name, "fact": "whole_process"})
        for rule in pack.across_rules
        if rule.across
        for name in rule.across.settings.get("limits", ())
    ]
    named += [
        (one.id, row) for one in pack.screens for row in one.settings.get("points", ())
    ]
    for owner, row in named:
        page, name, fact = page_of[owner], str(row.get("rule")), str(row.get("fact"))
        if page.among(name, known, "rule", "settings", name):
            page.among(fact, known[name].facts, "fact", "settings", name)


def _head(page: Page) -> dict[str, Any]:
    data = page.data
    severity = page.need(data, "severity", str)
    page.among(severity, SEVERITIES, "severity", "severity")
    words = ("id", "title_zh", "title_en", "clause")
    return {
        **{key: page.need(data, key, str) for key in words},
        "severity": severity,
        "why": page.need(data, "why", str).strip(),
        "page": page.name,
    }


def _settings(page: Page, data: Mapping[str, Any], keys: _Keys) -> dict[str, Any]:
    settings: dict[str, Any] = page.need(data, "settings", dict)
    page.keys(settings, keys, "settings")
    _typed(page, settings, keys)
    return settings


def _typed(page: Page, row: Mapping[str, Any], keys: _Keys) -> None:
    """Note every key that is missing, of the wrong type, or no sensible number."""
    for key, kind in keys.items():
        value = row.get(key)
        is_number = not isinstance(value, bool) and isinstance(value, int | float)
        if kind in (int, float, _NUMBER):
            good = is_number and isinstance(value, kind) and float(value or 0) >= 0
        else:
            good = isinstance(value, kind)
        if not good:
            names = kind if isinstance(kind, tuple) else (kind,)
            name = "/".join(one.__name__ for one in names)
            page.wrong(
                f"{key} 应为 {name}，现为 {value!r}。",
                f"{key} must be of type {name}, got {value!r}.",
                "settings",
                key,
            )


def _threshold(page: Page, pack: Pack, row: Mapping[str, Any]) -> Threshold:
    page.keys(row, ("value", "when"), "threshold")
    _typed(page, row, {"value": _NUMBER})
    when = read_conditions(page, row.get("when", {}), pack.tables, "threshold")
    return Threshold(float(row.get("value", 0)), when)

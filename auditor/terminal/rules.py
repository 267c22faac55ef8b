"""The rules of a pack in the terminal, and how their examples came out."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from auditor.errors import text
from auditor.pack.schema import Condition
from auditor.terminal.tables import cell, table
from auditor.terminal.words import headings, say, say_below

if TYPE_CHECKING:
    from auditor.judge import Outcome
    from auditor.pack import Example, Hint, Limit, Pack, Rule, Sign

LIMIT_HEADINGS = ("since", "in force from", "source")


def show_rules(pack: "Pack", lang: str, *, as_json: bool) -> None:
    """Print the rules of a pack, a line each."""
    if as_json:
        found = [_rule_json(rule) for rule in pack.rules]
        print(json.dumps(found, ensure_ascii=False, default=str))
        return
    lines = (
        [
            rule.id,
            " ".join(cell(_value(limit)) for limit in rule.limits),
            rule.clause,
            rule.title_zh if lang == "zh" else rule.title_en,
        ]
        for rule in pack.rules
    )
    table(["id", text("ui.limit", lang), "clause", ""], lines)


def _rule_json(rule: "Rule") -> dict[str, Any]:
    return asdict(rule) | {
        "examples": [dict(e.given) | {"expect": e.expect} for e in rule.examples]
    }


def _value(limit: "Limit") -> float | str | None:
    """Return the number of a limit, or the date column that is the limit."""
    return limit.value if limit.column is None else limit.column


def show_rule(pack: "Pack", rule_id: str, lang: str, *, as_json: bool) -> None:
    """Print one rule page as the engine understands it."""
    rule = pack.rule(rule_id)
    if as_json:
        print(json.dumps(_rule_json(rule), ensure_ascii=False, default=str, indent=1))
        return
    print(f"{rule.id}  {rule.title_zh}\n      {rule.title_en}")
    say("ui.clause", lang, clause=rule.clause)
    print(f"{rule.why}\n")
    for condition in rule.applies:
        print(f"  {condition.column}: {_bound(condition)}")
    lines = (
        [one.fact, _value(one), one.since, one.in_force_from, one.source]
        for one in rule.limits
    )
    if rule.limits:
        table([*headings(("kind", "limit"), lang), *LIMIT_HEADINGS], lines)
    for sign in rule.signs:
        _show_sign(sign, lang)
    for example in rule.examples:
        print(f"  {example.expect:15} {example.name}")
    print(f"\n{pack.owner_of(rule_id)}/{rule.page}")


def _show_sign(sign: "Sign", lang: str) -> None:
    """Print what a rule looks for, with the numbers of its page."""
    print(f"  {sign.severity}  {sign.check}  {text(f'part.{sign.check}', lang)}")
    for condition in sign.when:
        say_below(
            2, "ui.sign_when", lang, what=f"{condition.column}: {_bound(condition)}"
        )
    for name, value in (sign.given or {}).items():
        say_below(2, "ui.sign_given", lang, name=name, value=_told(value))
    say_below(2, "ui.sign_needs", lang, columns=" ".join(sign.needs) or "-")


def _told(value: object) -> str:
    """Return a parameter of a sign as it stands in its page."""
    if isinstance(value, dict):
        return "  ".join(f"{key} {days}" for key, days in value.items())
    if isinstance(value, tuple):
        shown = (
            f"{one.column} {_bound(one)}" if isinstance(one, Condition) else str(one)
            for one in value
        )
        return "  ".join(shown)
    return str(value)


def _bound(condition: "Condition") -> str:
    if not condition.is_bounded:
        return " | ".join(map(str, condition.among))
    signs = {
        ">=": condition.at_least,
        "<=": condition.at_most,
        "<": condition.below,
        ">": condition.above,
    }
    return " ".join(f"{sign} {n:g}" for sign, n in signs.items() if n is not None)


def show_hints(hints: "Sequence[Hint]", lang: str) -> None:
    """Print what the pages of a child pack may have forgotten, a line each."""
    for one in hints:
        say_below(1, f"hint.{one.kind}", lang, rule=one.rule_id, page=one.page)


def show_examples(pack: "Pack", outcomes: "Sequence[Outcome]", lang: str) -> int:
    """Print the examples that came out otherwise; return how many."""
    wrong = [one for one in outcomes if not one.agrees]
    for one in wrong:
        _show_wrong(one, lang)
    if not wrong:
        say("ui.examples_ok", lang, pack=pack.id, n=len(outcomes))
    return len(wrong)


def _show_wrong(one: "Outcome", lang: str) -> None:
    said = one.example
    say(
        "ui.wrong_example",
        lang,
        page=one.rule.page,
        name=said.name,
        expect=_answer(said.expect, said.reason, _force(said)),
        got=_answer(one.verdict, one.reason, _force(one)),
    )


def _answer(*words: str | None) -> str:
    return " ".join(filter(None, words))


def _force(one: "Example | Outcome") -> str | None:
    """Return whether it was binding, where that is known or asked."""
    return None if one.in_force is None else f"in_force={str(one.in_force).lower()}"


def show_differences(
    found: Sequence[tuple[str, str, str, str]],
    packs: tuple[str, str],
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Print where the limits of two packs differ, a line a rule and fact."""
    if as_json:
        names = ("rule", "fact", *packs)
        rows = [dict(zip(names, row, strict=True)) for row in found]
        print(json.dumps(rows, ensure_ascii=False))
    elif found:
        table([text("ui.rule", lang), "fact", *packs], found)
    else:
        say("ui.no_difference", lang, one=packs[0], other=packs[1])

"""Read the laws that must hold between the outcomes of a pack's rules (36)."""

from collections.abc import Iterable
from typing import cast, get_args

from auditor.pack.model import Law, Rule
from auditor.pack.reading import Page
from auditor.pack.ruling import LawKind

KINDS = get_args(LawKind)
FEWEST = 2  # a law speaks about several rules


def read_laws(page: Page, case_rules: Iterable[Rule]) -> tuple[Law, ...]:
    """Return the ``[[law]]`` entries; each names rules of the pack that judge cases."""
    known = {rule.id: rule for rule in case_rules}
    made = []
    for row in page.data.get("law", ()):
        page.keys(row, ("kind", "rules"), "law")
        kind = page.need(row, "kind", str, "law")
        page.among(kind, KINDS, "law", "law", "kind")
        names = tuple(page.need(row, "rules", list, "law"))
        named = [page.among(name, known, "rule", "law", "rules") for name in names]
        if len(set(names)) < max(FEWEST, len(names)):
            page.wrong(
                "一条律要写两条以上不同的规则。",
                "a law names two or more different rules.",
                "law",
            )
        elif kind == "nested" and all(named):
            _check_nesting(page, [known[name] for name in names])
        made.append(Law(cast("LawKind", kind), names))
    return tuple(made)


def _check_nesting(page: Page, rules: list[Rule]) -> None:
    """Nested rules compare one fact of one population, each tighter than the next."""
    alike = {(rule.kind, rule.facts, rule.applies) for rule in rules}
    values = [rule.limits[0].value for rule in rules if rule.limits]
    numbers = [value for value in values if value is not None]
    whole = len(numbers) == len(rules)
    if len(alike) == 1 and whole and numbers == sorted(numbers):
        return
    page.wrong(
        "nested 的规则要限定同一人群的同一事实，从严到宽。",
        "nested rules limit one fact of one population, tightest first.",
        "law",
        rules[0].id,
    )

"""The columns of the board of a pack that has no official form: its rules, one each."""

from collections.abc import Iterable

from auditor.pack.model import Indicator, Pack, Rule


def indicators_of(rules: Iterable[Rule], pack: Pack) -> tuple[Indicator, ...]:
    """Return an indicator a rule, numbered from 1 in their order, never due."""
    return tuple(
        Indicator(
            id=rule.id,
            number=number,
            star=False,
            group=pack.id,
            due=None,
            fill="county",
            basis="events" if _reads_events(rule, pack) else "attributes",
            title_zh=rule.title_zh,
            title_en=rule.title_en,
        )
        for number, rule in enumerate(rules, 1)
    )


def _reads_events(rule: Rule, pack: Pack) -> bool:
    """Whether a stamp of an event can change what the rule says."""
    if rule.kind != "time":
        return rule.kind == "steps"
    clock = pack.clock
    edges = (*clock.start, *clock.end, *clock.withdrawn)
    windows = (window for window in pack.windows if window.id in rule.facts)
    return any(not edge.startswith("cases.") for edge in edges) or any(
        window.needs_events for window in windows
    )

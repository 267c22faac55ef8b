"""What a random dump hit: every limit exactly and by one, every path of law L.

A hit counts only where it decides: no other part of the rule breaks its limit.
"""

from collections import Counter
from collections.abc import Iterator

from tests.reference.population import RULES
from tests.reference.rules import Judged, Part, Verdict
from tests.reference.run import RunResult

LIMIT_HITS = ("exact", "over by one")
BOUND_HITS = ("high within", "straddles", "low over")
CAPACITY = {"ind23": (160, "urban"), "ind24": (100, "rural"), "ind35": (160, None)}


def _hit(part: Part) -> str | None:
    """Name what a part shows about its limit, if it shows anything."""
    if part.state == "not_reached":
        return None
    if part.low == part.high:
        gap = part.low - part.limit
        return {0: "exact", 1: "over by one"}.get(int(gap) if gap == int(gap) else -1)
    if part.over:
        return "low over"
    if part.high is None:
        return "no upper bound"
    return "high within" if part.proven else "straddles"


def _of_rule(rule: str, verdict: Verdict) -> Iterator[str]:
    for part in verdict.parts:
        if any(other.over for other in verdict.parts if other is not part):
            continue
        hit = _hit(part)
        if hit in LIMIT_HITS:
            yield f"{rule} {part.name} {part.limit}: {hit}"
        elif hit:
            yield f"{part.name}: {hit}"


def _of_capacity(judged: Judged) -> Iterator[str]:
    """Say where the capacity alone decides whether a rule on small firms applies."""
    record = judged.record
    firm = record.get("micro_small") and record.get("customer_type") in {
        "lv_nonresident",
        "hv",
    }
    for rule, (limit, area) in CAPACITY.items():
        if firm and area in {None, record.get("area")}:
            gap = {limit: "exact", limit + 1: "over by one"}.get(
                record.get("capacity_kw")
            )
            if gap:
                yield f"{rule} capacity_kw {limit}: {gap}"


def coverage(result: RunResult) -> Counter[str]:
    """Count what one run hit.

    Keys are ``rule fact limit: hit`` for a known value at a limit, ``fact: path`` for a
    bounded one, and the verdicts.
    """
    hits: Counter[str] = Counter()
    for judged in result.judged.values():
        hits.update(_of_capacity(judged))
        for rule, verdict in judged.verdicts.items():
            hits.update(_of_rule(rule, verdict))
            hits[f"{rule} {verdict.word}"] += 1
            hits[f"{RULES[rule].kind} {verdict.word}: {verdict.reason}"] += 1
    for project in result.judged_projects:
        for rule, verdict in project.verdicts.items():
            hits.update(_of_rule(rule, verdict))
            hits[f"{rule} {verdict.word}"] += 1
    return hits

"""Run the examples of each page on every small change of it; count who notices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import AuditError
from auditor.judge import Outcome
from auditor.mutation.changes import Mutant, mutants_of
from auditor.pack import Accepted, Pack, Rule, load_pack
from auditor.rehearsal import rehearse


@dataclass(frozen=True, slots=True)
class Trial:
    """How the examples of one page fared.

    ``killed`` of ``total`` changes made an example come out otherwise. ``survivors``
    are those that no example noticed and the page does not accept; ``accepted`` those
    that it does, with its reason; ``stale`` what it accepts although an example
    notices it, or there is no such change.
    """

    rule_id: str
    page: str
    total: int
    killed: int
    survivors: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    stale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mutation:
    """What mutation testing found in one pack, a trial a page in the pack's order.

    ``untried`` are the pages without examples of their own: those that other cases
    decide, and screens. ``inherited`` are the pages that a child pack has from its
    parent, where they are tried.
    """

    pack: str
    version: str
    trials: tuple[Trial, ...]
    untried: tuple[str, ...]
    inherited: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether every change was noticed or is accepted for a reason that holds."""
        return not any(one.survivors or one.stale for one in self.trials)

    def to_json(self) -> dict[str, Any]:
        """Return the pack, sums, and the trials as plain values."""
        return {
            "pack": self.pack,
            "version": self.version,
            "clean": self.clean,
            "total": sum(one.total for one in self.trials),
            "killed": sum(one.killed for one in self.trials),
            "rules": [_plain(one) for one in self.trials],
            "untried": list(self.untried),
            "inherited": list(self.inherited),
        }


def _plain(one: Trial) -> dict[str, Any]:
    return {
        "rule_id": one.rule_id,
        "page": one.page,
        "total": one.total,
        "killed": one.killed,
        "survivors": list(one.survivors),
        "accepted": [{"change": a.change, "why": a.why} for a in one.accepted],
        "stale": list(one.stale),
    }


def mutate(ref: str | Path = "nea-2021-37", rules: Iterable[str] = ()) -> Mutation:
    """Try the examples of a pack's pages on every small change of their page.

    Args:
        ref: the name of a shipped pack, or the folder of any other.
        rules: the ids of the pages to try; none means all that are the pack's own.

    Raises:
        AuditError: AUD204 no such rule, AUD570 an example does not come out on its
            page as it stands, and those of :func:`auditor.load_pack`.
    """
    pack = load_pack(ref)
    mine = _asked(pack, tuple(rules))
    own = [rule for rule in mine if pack.owns(rule.id)]
    tried = [rule for rule in own if rule.examples]
    mutants = [mutant for rule in tried for mutant in mutants_of(rule)]
    outcomes = rehearse(pack, [*tried, *(one.rule for one in mutants)])
    _must_agree(pack, outcomes, {rule.id for rule in tried})
    noticed = {one.rule.id for one in outcomes if not one.agrees}
    trials = tuple(
        _trial(rule, [one for one in mutants if one.of == rule.id], noticed)
        for rule in tried
    )
    names = {rule.id for rule in mine} - {rule.id for rule in tried}
    if not rules:
        names |= {one.id for one in pack.screens}
    untried = sorted(name for name in names if pack.owns(name))
    inherited = sorted(names.difference(untried))
    return Mutation(pack.id, pack.version, trials, tuple(untried), tuple(inherited))


def _asked(pack: Pack, rules: tuple[str, ...]) -> tuple[Rule, ...]:
    known = {rule.id: rule for rule in pack.rules}
    for rule in rules:
        if rule not in known:
            raise AuditError("AUD204", rule=rule, known=", ".join(known))
    return tuple(rule for rule in pack.rules if not rules or rule.id in rules)


def _must_agree(pack: Pack, outcomes: Sequence[Outcome], pages: set[str]) -> None:
    for one in outcomes:
        if one.rule.id in pages and not one.agrees:
            page, name = one.rule.page, one.example.name
            raise AuditError("AUD570", pack=pack.id, page=page, name=name)


def _trial(rule: Rule, mutants: Sequence[Mutant], noticed: set[str]) -> Trial:
    alive = [one.change for one in mutants if one.rule.id not in noticed]
    accepted = {one.change: one for one in rule.accepted}
    return Trial(
        rule_id=rule.id,
        page=rule.page,
        total=len(mutants),
        killed=len(mutants) - len(alive),
        survivors=tuple(one for one in alive if one not in accepted),
        accepted=tuple(accepted[one] for one in alive if one in accepted),
        stale=tuple(one for one in accepted if one not in alive),
    )

"""The nouns of a pack's rules: verdicts, rules with limits and examples, laws, form."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from auditor.pack.schema import Condition
from auditor.pack.signs import Sign

RuleKind = Literal[
    "time",
    "steps",
    "cost",
    "documents",
    "flag",
    "approval",
    "signal",
    "violation",
    "rewritten",
    "vanished",
    "across",
]
BETWEEN = ("rewritten", "vanished")  # kinds that hold a run against an earlier one
AcrossKind = Literal["chains", "splits", "bursts", "numbers"]
ScreenKind = Literal["heaping", "shares"]
LawKind = Literal["nested", "covers"]
APPROVALS = "approvals"  # the table of approval projects, one row a permit
END_ON = "end_on"  # the date fact: the end of the case, or the cut-off while it runs


@dataclass(frozen=True, slots=True)
class Limit:
    """One dated limit on one fact: a number, or a date column of the case."""

    fact: str
    value: float | None
    column: str | None = None
    since: date | None = None
    in_force_from: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A ``[[case]]`` of a rule page: what is given and the verdict it must get.

    ``reason`` and ``in_force`` (whether the requirement was binding then) are asked
    of it where the page names them.
    """

    name: str
    given: Mapping[str, object]
    expect: str
    reason: str | None = None
    in_force: bool | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A change of a page that no example can notice, and the reason why that is so."""

    change: str
    why: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """A capacity up to which nothing is paid, and for whom."""

    value: float
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Across:
    """What a rule across cases looks for, with the page's own numbers.

    ``of`` is ``chains``, ``splits``, ``bursts`` or ``numbers``.
    """

    of: AcrossKind
    settings: Mapping[str, Any]
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Screen:
    """A page about a distribution: it gives reasons to look, never a verdict.

    ``of`` says how it is computed; ``settings`` are the page's own numbers.
    """

    id: str
    of: ScreenKind
    title_zh: str
    title_en: str
    clause: str
    severity: str
    why: str
    settings: Mapping[str, Any]
    page: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule page."""

    id: str
    kind: RuleKind
    title_zh: str
    title_en: str
    clause: str
    why: str
    severity: str
    applies: tuple[Condition, ...]
    limits: tuple[Limit, ...]
    forbidden: tuple[str, ...] = ()
    flag: str | None = None
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required_step: str | None = None
    in_force_from: date | None = None
    signs: tuple[Sign, ...] = ()
    examples: tuple[Example, ...] = ()
    page: str = ""
    across: Across | None = None
    accepted: tuple[Accepted, ...] = ()

    @property
    def bare(self) -> "Rule":
        """The rule without titles, reasons, severity and examples."""
        limits = tuple(replace(limit, source="") for limit in self.limits)
        return replace(
            self,
            title_zh="", title_en="", clause="", why="", severity="", page="",
            examples=(), accepted=(), limits=limits,
        )  # fmt: skip

    @property
    def is_signal(self) -> bool:
        """Whether a fail is a reason to look, and no requirement that was missed."""
        kinds = ("signal", "across")
        return self.kind in kinds or self.subject == "between_runs"

    @property
    def can_be_doubted(self) -> bool:
        """Whether a pass is doubtful beside a signal of the highest severity (38)."""
        return self.kind in ("time", "steps", "cost")

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that its signs need, as ``table.column``, each once."""
        return tuple(dict.fromkeys(one for sign in self.signs for one in sign.needs))

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of which no lost cell may let its signs be excluded."""
        reads = (one for sign in self.signs for one in (*sign.needs, *sign.reads))
        return tuple(dict.fromkeys(reads))

    @property
    def subject(self) -> Literal["case", "project", "between_runs"]:
        """What the rule judges, one verdict each (37)."""
        if self.kind in BETWEEN:
            return "between_runs"
        return "project" if self.kind == "approval" else "case"

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that the rule compares, in the order of its limits."""
        return tuple(dict.fromkeys(limit.fact for limit in self.limits))

    def limits_on(self, fact: str) -> tuple[Limit, ...]:
        """Return the limits on one fact: the first, then its dated amendments."""
        return tuple(limit for limit in self.limits if limit.fact == fact)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One of the form's indicators, whether or not cases decide it."""

    id: str
    number: int
    star: bool
    group: str
    due: date | None
    fill: Literal["county", "province"]
    basis: str
    title_zh: str
    title_en: str
    encouraged: bool = False

    def has_cell(self, level: str) -> bool:
        """Whether a row of this level has a cell of it; a star stands in provinces."""
        return (level == "province") is not (self.fill == "county")


@dataclass(frozen=True, slots=True)
class Law:
    """What must hold between the outcomes of several rules, or the audit is wrong (36).

    ``nested``: the rules stand from the tightest to the widest limit on one clock, so
    a pass of a rule is a pass of the next, and a fail of the next a fail of the rule.
    ``covers``: the population of the first rule holds those of the others, so in a
    county where the first is met none of them is missed.
    """

    kind: LawKind
    rules: tuple[str, ...]

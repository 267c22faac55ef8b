"""The nouns of a rule pack: tables, steps, windows, classes, limits, rules, indicators."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from auditor.pack.forms import BenefitForm, Clause

ColumnType = Literal["id", "text", "word", "bool", "number", "integer", "date"]
RuleKind = Literal["time", "steps", "cost", "documents", "flag", "approval"]
VERDICTS = ("pass", "fail", "pending", "undetermined", "excluded", "not_applicable")


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column; ``words`` is the closed vocabulary of a ``word`` column."""

    name: str
    type: ColumnType
    words: tuple[str, ...] = ()
    required: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table; the order of its columns fixes the bits of ``_bad``."""

    name: str
    columns: Mapping[str, Column]

    def bit(self, column: str) -> int:
        """Return the bit of ``_bad`` that says the column's cell was rejected."""
        return 1 << list(self.columns).index(column)


@dataclass(frozen=True, slots=True)
class Steps:
    """Canonical steps in the order of the procedure.

    ``later`` holds those whose stamp shows that an earlier missing stamp was missed;
    ``aliases`` maps source names to canonical ones.
    """

    order: tuple[str, ...]
    customer_facing: frozenset[str]
    later: frozenset[str]
    aliases: Mapping[str, str]

    def index(self, step: str) -> int:
        """Return the position of a canonical step, which is its bit in step masks."""
        return self.order.index(step)

    def mask(self, steps: frozenset[str] | tuple[str, ...]) -> int:
        """Return the bit mask of a set of canonical steps."""
        return sum(1 << self.index(step) for step in steps)

    def after(self, step: str) -> tuple[str, ...]:
        """Return the steps that, once stamped, prove that ``step`` lies behind."""
        tail = self.order[self.index(step) + 1 :]
        return tuple(name for name in tail if name in self.later)


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of ``[applies]`` or ``when``: a column's words, truth or bounds."""

    column: str
    among: tuple[str | bool | int, ...] = ()
    at_most: float | None = None
    at_least: float | None = None
    below: float | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether the condition compares a number instead of listing words."""
        return any(v is not None for v in (self.at_most, self.at_least, self.below))


@dataclass(frozen=True, slots=True)
class UserClass:
    """A derived class: its name and the conditions that must all hold."""

    name: str
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A stage window of the pack.

    ``rounds`` names a step with rounds; otherwise the window runs from its edge(s)
    to ``to``. ``pick`` says how several ``from`` edges combine: ``one`` (a single
    edge), ``first`` (the first that was ever stamped) or ``max`` (the latest).
    ``previous_bounds`` lets the latest finished earlier step bound a missing start
    from above. Edges are ``start``, ``end``, ``<step>.started``, ``<step>.finished``
    or ``<step>.passed``.
    """

    id: str
    to: str = "end"
    start: tuple[str, ...] = ()
    pick: Literal["one", "first", "max"] = "one"
    rounds: str | None = None
    optional: bool = False
    previous_bounds: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    needs_events: bool = True


@dataclass(frozen=True, slots=True)
class StageSum:
    """A sum of windows that is shown beside the limits and never judged (9)."""

    id: str
    windows: tuple[str, ...]
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseClock:
    """Which columns and stamps start, end, withdraw and scope a case."""

    start: tuple[str, ...]
    end: tuple[str, ...]
    withdrawn: tuple[str, ...] = ()
    substitute: str | None = None
    latest_start: str | None = None
    withdraw_step: str | None = None
    status: str | None = None
    county: str = "county_code"
    utility: str | None = None
    scope_column: str | None = None
    scope_words: tuple[str, ...] = ()
    excuse_table: str | None = None
    excuse_reason: str | None = None

    @property
    def case_dates(self) -> tuple[str, ...]:
        """The date columns of ``cases`` that start, end or withdraw a case."""
        edges = (*self.start, *self.end, *self.withdrawn)
        return tuple(
            edge.removeprefix("cases.") for edge in edges if edge.startswith("cases.")
        )


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
    """A ``[[case]]`` of a rule page: what is given and the verdict it must get."""

    name: str
    given: Mapping[str, object]
    expect: str
    reason: str | None = None


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
    examples: tuple[Example, ...] = ()
    page: str = ""

    @property
    def subject(self) -> Literal["case", "project"]:
        """What the rule judges, one verdict each (37)."""
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


@dataclass(frozen=True, slots=True)
class Fees:
    """Which fee items count as the user's investment; an unlisted item counts."""

    counting: tuple[str, ...] = ()
    not_counting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole rule pack, validated and frozen."""

    id: str
    version: str
    title_zh: str
    title_en: str
    folder: Path
    digest: str
    zone: str
    tables: Mapping[str, Table]
    steps: Steps
    clock: CaseClock
    classes: tuple[UserClass, ...]
    windows: tuple[Window, ...]
    sums: tuple[StageSum, ...]
    rules: tuple[Rule, ...]
    indicators: tuple[Indicator, ...] = ()
    fees: Fees = field(default_factory=Fees)
    calendar_folder: Path | None = None
    clauses: tuple[Clause, ...] = ()
    benefits: BenefitForm | None = None

    def rule(self, rule_id: str) -> Rule:
        """Return one rule; KeyError names an unknown id."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    @property
    def case_rules(self) -> tuple[Rule, ...]:
        """The rules that judge cases: the columns of the verdicts."""
        return tuple(rule for rule in self.rules if rule.subject == "case")

    @property
    def project_rules(self) -> tuple[Rule, ...]:
        """The rules that judge approval projects."""
        return tuple(rule for rule in self.rules if rule.subject == "project")

    @property
    def window_ids(self) -> tuple[str, ...]:
        """Distinct window ids in pack order (a window may have one form a class)."""
        return tuple(dict.fromkeys(window.id for window in self.windows))

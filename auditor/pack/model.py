"""The nouns of a whole rule pack: its clock, classes, windows, cost, notes, rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from auditor.pack.forms import BenefitForm, Clause
from auditor.pack.ruling import (
    APPROVALS,
    BETWEEN,
    END_ON,
    Accepted,
    Across,
    Example,
    Indicator,
    Law,
    Limit,
    Rule,
    RuleKind,
    Screen,
    Threshold,
)
from auditor.pack.schema import Column, ColumnType, Condition, Steps, Table

__all__ = [
    "APPROVALS",
    "BETWEEN",
    "END_ON",
    "Accepted",
    "Across",
    "CaseClock",
    "Column",
    "ColumnType",
    "Condition",
    "Cost",
    "Example",
    "Indicator",
    "Law",
    "Limit",
    "Note",
    "Pack",
    "Pick",
    "Rule",
    "RuleKind",
    "Screen",
    "StageSum",
    "Steps",
    "Table",
    "Threshold",
    "UserClass",
    "Window",
]
Pick = Literal["one", "first", "max"]


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
    pick: Pick = "one"
    rounds: str | None = None
    optional: bool = False
    previous_bounds: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    needs_events: bool = True

    @property
    def from_start(self) -> bool:
        """Whether the window begins with the case."""
        return self.start == ("start",)

    @property
    def is_whole(self) -> bool:
        """Whether the window is the whole process: those are excused (11)."""
        return self.from_start and self.to == "end"


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
class Cost:
    """Where the record says what the user paid, in yuan, and which charges count (23).

    ``column`` of ``cases`` holds the declared sum and names the fact; ``table`` lists
    charges. A charge whose item stands on neither list counts, and is reported.
    """

    column: str
    table: str | None = None
    counting: tuple[str, ...] = ()
    not_counting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A remark of the pack's own that goes beside every case of which it is true."""

    id: str
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole rule pack, validated and frozen.

    ``folder`` has the forms and the calendar: of a child, its parent's. ``lineage`` are
    the folders whose files make the ``digest``: the pack's own, then its parents'.
    ``own`` are the ids of the rules that a child has pages of; None where all pages
    are the pack's own. The examples of other pages are tried with the parent.
    """

    id: str
    version: str
    title_zh: str
    title_en: str
    folder: Path
    lineage: tuple[Path, ...]
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
    cost: Cost | None = None
    notes: tuple[Note, ...] = ()
    laws: tuple[Law, ...] = ()
    documents_table: str | None = None
    calendar_folder: Path | None = None
    overlay: Path | None = None
    parent: str | None = None
    clauses: tuple[Clause, ...] = ()
    benefits: BenefitForm | None = None
    screens: tuple[Screen, ...] = ()
    own: tuple[str, ...] | None = None

    @property
    def own_rules(self) -> tuple[Rule, ...]:
        """The rules whose page is the pack's own, not its parent's."""
        return tuple(rule for rule in self.rules if self.owns(rule.id))

    def owns(self, rule_id: str) -> bool:
        """Whether the page of a rule or screen is the pack's own."""
        return self.own is None or rule_id in self.own

    def owner_of(self, rule_id: str) -> str:
        """Return the id of the pack that has a rule's page: this one or its parent."""
        if self.owns(rule_id) or self.parent is None:
            return self.id
        return self.parent.partition(" ")[0]

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
    def across_rules(self) -> tuple[Rule, ...]:
        """The rules on cases that other cases decide."""
        return tuple(rule for rule in self.rules if rule.across is not None)

    @property
    def project_rules(self) -> tuple[Rule, ...]:
        """The rules that judge approval projects."""
        return tuple(rule for rule in self.rules if rule.subject == "project")

    @property
    def signals(self) -> dict[str, str]:
        """The severity of each rule whose fail is a reason to look, and no more."""
        return {rule.id: rule.severity for rule in self.rules if rule.is_signal}

    @property
    def window_ids(self) -> tuple[str, ...]:
        """Distinct window ids in pack order (a window may have one form a class)."""
        return tuple(dict.fromkeys(window.id for window in self.windows))

    def forms_of(self, window_id: str) -> tuple[Window, ...]:
        """Return the forms of one window, one a class; none for any other fact."""
        return tuple(one for one in self.windows if one.id == window_id)

    def table_mask(self, tables: Iterable[str]) -> int:
        """Return the bits of ``lost_tables`` for those of the tables there are."""
        names = list(self.tables)
        return sum(1 << names.index(name) for name in set(tables) if name in names)

    @property
    def side_tables(self) -> tuple[str, ...]:
        """The tables beside the cases whose lost cells can block a rule.

        Of events only signs ask which cells were lost, whatever their step.
        """
        asked = [self.clock.excuse_table, self.cost.table if self.cost else None]
        asked += [one.partition(".")[0] for rule in self.rules for one in rule.reads]
        return tuple(dict.fromkeys(n for n in asked if n and n != "cases"))

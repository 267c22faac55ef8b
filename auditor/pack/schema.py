"""The nouns of a pack's data: columns, tables, steps, and conditions on columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["id", "text", "word", "bool", "number", "integer", "date"]


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

    @property
    def dates(self) -> tuple[str, ...]:
        """The names of the date columns, in order."""
        return tuple(c.name for c in self.columns.values() if c.type == "date")


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
    above: float | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether the condition compares a number instead of listing words."""
        bounds = (self.at_most, self.at_least, self.below, self.above)
        return any(bound is not None for bound in bounds)

"""What an operator of pollution is: a name, a promise, and what it does to a table."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.pollution.dump import TABLES, Delivery, Table

PLACES = 40


@dataclass(frozen=True)
class Place:
    """Where to pollute: a row of the table, and a number that chooses among columns."""

    row: int
    choice: int

    def column(self, table: Table, *kinds: str, filled: bool = True) -> str:
        """Return a column of these kinds; one with a value in the row if asked."""
        names = table.columns(*kinds)
        full = [name for name in names if table.cell(self.row, name)] if filled else []
        names = full or names
        return names[self.choice % len(names)]


Make = Callable[[Table, Place], Delivery]
COSTS = ("nothing", "a cell", "a row", "rows", "the file")


@dataclass(frozen=True)
class Operator:
    """One kind of pollution.

    ``promise`` says in words what the audit does with it. ``costs`` is the most of the
    clean dump that may be lost, each time with a reject; ``rejects`` are the reasons
    that may be told, of which one must be if ``told``. ``harmless`` promises that
    every verdict stays as it was; all others, that none gets better, unless ``frees``
    names the rule by which one may. ``alters`` promises only that the delivered text is
    taken as it stands, since nothing in it is wrong in itself.
    """

    name: str
    threat: str
    promise: str
    make: Make
    costs: str
    rejects: tuple[str, ...] = ()
    told: bool = True
    harmless: bool = False
    alters: bool = False
    tables: tuple[str, ...] = TABLES
    frees: str = ""
    notes: tuple[str, ...] = ()


OPERATORS: list[Operator] = []


def operator(
    name: str, threat: str, promise: str, costs: str, *rejects: str, **more
) -> Callable[[Make], Make]:
    """Register a function as an operator."""
    assert costs in COSTS, costs

    def register(make: Make) -> Make:
        given = {"told": bool(rejects), **more}
        OPERATORS.append(Operator(name, threat, promise, make, costs, rejects, **given))
        return make

    return register


def place_of(number: int, table: Table) -> Place:
    """Return the n-th place: rows and columns in an order that meets all of them."""
    return Place((number * 7 + number // 4) % len(table.rows), number * 3 + number // 5)

"""What belongs to one application: its row or rows, its log, its papers [27]."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from tests.reference.rows import OF_A_CASE, Accepted, Row

DATED = ("submitted_at", "energised_at", "withdrawn_at", "archived_at")


@dataclass(frozen=True)
class Candidates:
    """The readable dates of one thing, and whether another was lost to a reject."""

    days: frozenset[date] = frozenset()
    lost: bool = False

    def __or__(self, other: "Candidates") -> "Candidates":
        return Candidates(self.days | other.days, self.lost or other.lost)

    def happened(self, cutoff: date) -> "Candidates":
        """Leave out what is stamped after the cut-off: it has not happened yet [13]."""
        return Candidates(
            frozenset(day for day in self.days if day <= cutoff), self.lost
        )

    def single(self) -> date | None:
        """Give the date if there is one and nothing was lost."""
        return next(iter(self.days)) if len(self.days) == 1 and not self.lost else None


def candidates(rows: list[Row], *columns: str) -> Candidates:
    """Collect the dates of some columns over some rows."""
    days = frozenset(
        row.cells[column] for row in rows for column in columns if column in row.cells
    )
    return Candidates(
        days, any(column in row.lost for row in rows for column in columns)
    )


@dataclass
class Record:
    """One application.

    Attributes:
        values: what all its rows say alike; a disputed cell is absent, that is null.
        rows: its rows in ``cases``, more than one if they differ.
        tables: its accepted rows in the other tables.
        lost_rows: tables in which a row of this case was rejected.
        lost_cells: (table, column, step) of each unreadable cell; a step for events.
    """

    case_id: str
    rows: list[Row]
    values: dict[str, object] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    lost_rows: frozenset[str] = frozenset()
    lost_cells: set[tuple[str, str, object]] = field(default_factory=set)

    def get(self, column: str) -> object:
        """Give a value of the application itself: None if null or disputed."""
        return self.values.get(column)

    def table(self, name: str) -> list[Row]:
        """Give the accepted rows of this application in another table."""
        return self.tables.get(name, [])

    def step(self, name: str) -> list[Row]:
        """Give the accepted rows of one step."""
        return [row for row in self.table("events") if row.get("step") == name]


def _agreed(rows: list[Row]) -> dict[str, object]:
    """Keep what every row says; a value against another value or an empty cell is
    disputed.
    """
    first = rows[0].cells
    return {
        column: value
        for column, value in first.items()
        if column not in DATED
        and all(row.cells.get(column) == value for row in rows[1:])
    }


def _lost_cells(record: Record) -> Iterator[tuple[str, str, object]]:
    for row in record.rows:
        for column in row.lost:
            yield ("cases", column, None)
    for table, rows in record.tables.items():
        for row in rows:
            for column in row.lost:
                yield (table, column, row.get("step") if table == "events" else None)


def gather(accepted: Accepted) -> list[Record]:
    """Bring together what belongs to each application, in the order of their ids."""
    own: dict[str, list[Row]] = {}
    for row in accepted.rows["cases"]:
        own.setdefault(str(row.get("case_id")), []).append(row)
    records = {case_id: Record(case_id, rows) for case_id, rows in sorted(own.items())}
    for table in OF_A_CASE:
        for row in accepted.rows.get(table, []):
            records[str(row.get("case_id"))].tables.setdefault(table, []).append(row)
    for record in records.values():
        record.values = _agreed(record.rows)
        record.lost_rows = frozenset(accepted.lost_rows.get(record.case_id, ()))
        record.lost_cells = set(_lost_cells(record))
    return list(records.values())

"""Places × indicators with their statuses, for the report and the heat map."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.pack.model import Indicator
from auditor.write.words import visible

if TYPE_CHECKING:
    from auditor.write.results import Results

SYMBOLS = {  # one sign a status, so that no reader depends on colours
    "met": "√",
    "attested_met": "√*",
    "not_met": "✗",
    "attested_not_met": "✗*",
    "undetermined": "？",
    "no_cases": "–",
    "not_attested": "…",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell belongs; ``code`` ``unknown`` gathers cases off the roster."""

    level: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Board:
    """The rows and columns, and the rollup's row of each cell that exists."""

    places: tuple[Place, ...]
    indicators: tuple[Indicator, ...]
    cells: Mapping[tuple[str, str, str], Mapping[str, Any]]

    def cell(self, place: Place, one: Indicator) -> Mapping[str, Any] | None:
        """Return a cell, None where the form has none (a star in a county row)."""
        if not one.has_cell(place.level):
            return None
        return self.cells.get((place.level, place.code, one.id))


def board(results: "Results", level: str = "county") -> Board:
    """Return provinces first, then the places of ``level``, both by code."""
    rows = list(results.rollup.iter_rows(named=True))
    cells = {(row["level"], row["code"], row["rule_id"]): row for row in rows}
    names = {(row["level"], row["code"]): row["name"] for row in rows}
    places = [
        Place(where, code, visible(name or code))
        for (where, code), name in names.items()
        if where in {"province", level}
    ]
    places.sort(key=_position)
    return Board(tuple(places), results.indicators, cells)


def _position(place: Place) -> tuple[bool, bool, str]:
    return place.level != "province", place.code == "unknown", place.code

"""The rows under the head: which is a county, a city, a subtotal, a total, or none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from auditor.reconcile.grid import Grid
from auditor.reconcile.header import Header
from auditor.reconcile.marks import fold, spellings
from auditor.reconcile.nouns import Lint
from auditor.write.forms.layout import Layout

_SHOWN = 40  # characters of an ignored row that are repeated


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row and what its labels make of it.

    ``size`` is the number of counties that the label claims, ``at`` the column in which
    the label of a total stands.
    """

    kind: str
    row: int
    city: str = ""
    county: str = ""
    code: str = ""
    size: int | None = None
    at: int = 0


@dataclass(slots=True)
class Body:
    """All rows that count, in order, and what was left out."""

    rows: list[RawRow] = field(default_factory=list)
    lints: list[Lint] = field(default_factory=list)
    elided: bool = False
    cities: int | None = None

    def of(self, kind: str) -> list[RawRow]:
        """Return the rows of one kind."""
        return [row for row in self.rows if row.kind == kind]


def read_body(grid: Grid, header: Header, layout: Layout) -> Body:
    """Return the rows of the form; a row that is none of it is named in a lint."""
    reader = _Reader(grid, header, _totals(layout), fold(layout.labels["undivided"]))
    body = Body()
    for row in sorted(grid.rows):
        if row <= header.row:
            continue
        found = reader.classify(row)
        if found.kind == "elided":
            body.elided = True
            body.lints.append(Lint("row_elided", "note", f"{row}"))
        elif found.kind == "extra":
            text = next((str(grid.cells[row, c]["value"]) for c in grid.rows[row]), "")
            body.lints.append(
                Lint("row_ignored", "note", f"{row}", {"text": text.strip()[:_SHOWN]})
            )
        elif found.kind not in {"blank", "head"}:
            body.rows.append(found)
    body.cities = next(
        iter(filter(None, (reader.cities(row) for row in body.of("province")))), None
    )
    return body


def _totals(layout: Layout) -> dict[str, str]:
    return {
        fold(layout.labels[key]): key
        for key in ("total_done", "total_undone", "total_percent")
    }


@dataclass(frozen=True, slots=True)
class _Reader:
    grid: Grid
    header: Header
    totals: dict[str, str]
    undivided: str

    def classify(self, row: int) -> RawRow:
        """Return what a row is, by the texts left of the indicators."""
        if not any(self.grid.own(row, c) for c in self.grid.rows[row]):
            return RawRow("blank", row)
        found = self._total(row) or self._banner(row) or self._subtotal(row)
        return found or self._place(row) or self._county(row)

    def _place(self, row: int) -> RawRow | None:
        """Tell the rows of the province and of a city, repeated heads and dots."""
        county, size = self._text(row, "county"), self._size(row)
        if county in spellings().captions["county"]:
            return RawRow("head", row)
        if self._is_province(row, county):
            return RawRow(
                "province", row, county=self._text(row, "province"), size=size
            )
        if county == self.undivided or self._is("counties", county):
            return RawRow("city", row, city=self._text(row, "city"), size=size)
        if self._is("elided", county or self._text(row, "number")):
            return RawRow("elided", row)
        return None

    def _county(self, row: int) -> RawRow:
        code, name = self._code(row, self._text(row, "county"))
        last = self.grid.last_column
        if not (name or code) or not self.grid.filled(row, self.header.first, last):
            return RawRow("extra", row)
        city = self._text(row, "city")
        no_city = city in spellings().marks["slash"]
        return RawRow(
            "county", row, city="" if no_city else city, county=name, code=code
        )

    def _column(self, key: str) -> int:
        return self.header.columns.get(key, 0)

    def _text(self, row: int, key: str) -> str:
        column = self._column(key)
        return self.grid.label(row, column) if column else ""

    def _own(self, row: int, key: str) -> str:
        column = self._column(key)
        return self.grid.own(row, column) if column else ""

    @staticmethod
    def _is(key: str, text: str) -> bool:
        return bool(text) and spellings().rows[key].fullmatch(text) is not None

    def _total(self, row: int) -> RawRow | None:
        """Find the label of a total left of the indicators or in their first cell."""
        for column in self.grid.rows[row]:
            if column > self.header.first:
                break
            if kind := self.totals.get(self.grid.own(row, column)):
                return RawRow(kind, row, at=column)
        return None

    def _banner(self, row: int) -> RawRow | None:
        """Tell a merged text that runs from the labels into the indicators."""
        box = self.grid.boxes.get((row, self._column("county")))
        return RawRow("extra", row) if box and box[3] >= self.header.first else None

    def _subtotal(self, row: int) -> RawRow | None:
        texts = [self._own(row, key) for key in ("city", "province", "number")]
        for text in (self._text(row, "county"), *texts):
            if found := spellings().rows["subtotal"].fullmatch(text):
                return RawRow("subtotal", row, city=found[1])
        return None

    def _size(self, row: int) -> int | None:
        found = spellings().rows["counties"].fullmatch(self._text(row, "county"))
        return int(found[1]) if found and (found[1] or "").isdigit() else None

    def _is_province(self, row: int, county: str) -> bool:
        city = self._own(row, "city")
        said = self._is("cities", city) and city.startswith("共")
        return said or self._is("province_counties", county)

    def cities(self, row: RawRow) -> int | None:
        """Return how many cities the province row claims."""
        found = spellings().rows["cities"].fullmatch(self._text(row.row, "city"))
        return int(found[1]) if found and (found[1] or "").isdigit() else None

    def _code(self, row: int, county: str) -> tuple[str, str]:
        """Return a county's code, from its column or beside its name, and its name."""
        pattern = spellings().rows["code"]
        if found := pattern.fullmatch(self._own(row, "code")):
            return found[1], county
        digits = re.sub(r"[^0-9]", "", county)
        if pattern.fullmatch(digits) and digits in county:
            return digits, county.replace(digits, "").strip("()[]·-_:,")
        return "", county


def groups(body: Body) -> list[tuple[RawRow | None, list[RawRow], RawRow | None]]:
    """Return head, county rows and subtotal of each city, in the order of the form."""
    found: list[tuple[RawRow | None, list[RawRow], RawRow | None]] = []
    head: RawRow | None = None
    counties: list[RawRow] = []
    for row in body.rows:
        if row.kind == "county":
            counties.append(row)
        elif row.kind == "subtotal":
            found.append((head, counties, row))
            head, counties = None, []
        elif row.kind == "city":
            if head or counties:
                found.append((head, counties, None))
            head, counties = row, []
    if head or counties:
        found.append((head, counties, None))
    return found


def city_names(
    head: RawRow | None, counties: Sequence[RawRow], subtotal: RawRow | None
) -> list[str]:
    """Return the city of each county row: its own, the one above, or the group's.

    Rows over the first name belong to it only if the group names a single city.
    """
    said = {row.city for row in counties if row.city}
    last = next(iter(said)) if len(said) == 1 else ""
    for row in (subtotal, head):
        last = row.city if row is not None and row.city else last
    names = []
    for row in counties:
        last = row.city or last
        names.append(last)
    return names

"""A workbook to its declared forms: sheets found, columns aligned, rows grouped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.errors import AuditError
from auditor.pack import Indicator
from auditor.read.workbook import Workbook
from auditor.reconcile.align import Columns, align
from auditor.reconcile.around import (
    lint_columns,
    lint_unseen,
    period_of,
    title_province,
)
from auditor.reconcile.body import Body, RawRow, city_names, groups, read_body
from auditor.reconcile.grid import Grid, grids
from auditor.reconcile.header import Header, disordered, find_header
from auditor.reconcile.nouns import Form, Group, Line, Lint, Spot
from auditor.write.forms.layout import Layout


def read_forms(
    book: Workbook, layout: Layout, indicators: Sequence[Indicator]
) -> list[Form]:
    """Return every form of the workbook; visible sheets win over hidden ones.

    Raises:
        AuditError: AUD511 no sheet holds a form; AUD513, AUD514, AUD520 its head;
            AUD516 a sheet larger than any form, AUD518 a form without any county.
    """
    numbers = frozenset(one.number for one in indicators)
    found = [
        (grid, header)
        for grid in grids(book)
        if (header := find_header(book.name, grid, numbers)) is not None
    ]
    if not found:
        _refuse_disorder(book, numbers)
        sheets = ", ".join(map(str, book.sheets.get_column("name")))
        raise AuditError("AUD511", file=book.name, sheets=sheets)
    shown = [pair for pair in found if pair[0].state == "visible"] or found
    names = {grid.name for grid, _ in found} - {grid.name for grid, _ in shown}
    hidden = [
        Lint("sheet_hidden", "check", "", {"sheet": name}) for name in sorted(names)
    ]
    reader = _Reader(book.name, layout, tuple(indicators))
    return [reader.form(grid, header, hidden) for grid, header in shown]


def _refuse_disorder(book: Workbook, numbers: frozenset[int]) -> None:
    """Say which row it is when a head is there but its numbers do not rise."""
    for grid in grids(book):
        row = disordered(grid, numbers)
        if row is not None:
            raise AuditError("AUD520", file=book.name, sheet=grid.name, row=row)


@dataclass(frozen=True, slots=True)
class _Reader:
    file: str
    layout: Layout
    indicators: tuple[Indicator, ...]

    def form(self, grid: Grid, header: Header, lints: Sequence[Lint]) -> Form:
        """Return the form on one sheet."""
        body = read_body(grid, header, self.layout)
        counties = [row.row for row in body.of("county")]
        if not counties:
            raise AuditError("AUD518", file=self.file, sheet=grid.name, row=header.row)
        columns = align(self.file, grid, header, counties, self.indicators)
        lines = _Lines(grid, columns, self.indicators)
        province = next(iter(body.of("province")), None)
        names = (province.county if province else "", title_province(grid, header))
        aside = lint_columns(grid, header, columns, self.indicators)
        return Form(
            sheet=grid.name,
            province_name=next(
                (name for name in names if name and "_" not in name), ""
            ),
            province=lines.line(province) if province else None,
            groups=tuple(_groups(lines, body)),
            totals=dict(_totals(lines, body)),
            period=period_of(grid, header),
            elided=body.elided,
            cities=body.cities,
            lints=(*lints, *body.lints, *aside, *lint_unseen(grid)),
        )


def _groups(lines: "_Lines", body: Body) -> Iterator[Group]:
    for head, counties, subtotal in groups(body):
        if head is None and not counties:
            continue
        names = city_names(head, counties, subtotal)
        rows = zip(counties, names, strict=True)
        yield Group(
            name=next(iter(names), head.city if head else ""),
            counties=tuple(lines.line(row, name) for row, name in rows),
            head=lines.line(head) if head else None,
            subtotal=lines.line(subtotal) if subtotal else None,
        )


def _totals(lines: "_Lines", body: Body) -> Iterator[tuple[str, Line]]:
    for row in body.rows:
        if row.kind.startswith("total"):
            yield row.kind, lines.total(row)


@dataclass(frozen=True, slots=True)
class _Lines:
    grid: Grid
    columns: Columns
    indicators: tuple[Indicator, ...]

    def line(
        self, row: RawRow, city: str | None = None, *, slip: int = 0, without: int = 0
    ) -> Line:
        """Return a row's cells by indicator; ``without`` is a column with a label."""
        at = self.columns.indicators
        marks: dict[str, Spot] = {
            one.id: self.grid.spot(row.row, at[one.number] + slip)
            for one in self.indicators
            if at.get(one.number, without) != without
        }
        last = self.columns.shares.items()
        return Line(
            row.kind,
            row.row,
            row.city if city is None else city,
            row.county,
            row.code,
            row.size,
            marks,
            {key: self.grid.spot(row.row, column) for key, column in last},
        )

    def total(self, row: RawRow) -> Line:
        """Return a row of the last block; its label may have pushed the cells right."""
        at = self.columns.indicators
        if row.at < min(at.values()):
            return self.line(row)
        stars = [at[o.number] for o in self.indicators if o.star and o.number in at]
        kinds = [
            [self.grid.spot(row.row, column + slip).mark.kind for column in stars]
            for slip in (0, 1)
        ]
        if kinds[1].count("slash") > kinds[0].count("slash"):
            return self.line(row, slip=1)
        return self.line(row, without=row.at)

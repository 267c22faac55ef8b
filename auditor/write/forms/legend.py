"""The sheets beside the form: how to read it, why each cell is so, the long table."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from auditor.pack.model import Indicator
from auditor.vocabulary import STATUSES, VERDICTS
from auditor.write.forms import front
from auditor.write.forms.grid import Facts, Grid
from auditor.write.forms.layout import Layout
from auditor.write.forms.units import Province
from auditor.write.sheet import HEAD, Book, Sheet, Value
from auditor.write.words import word

if TYPE_CHECKING:
    from auditor.write.results import Results

_BODY = {"border": 1, "valign": "vcenter", "text_wrap": True, "font_size": 8}
_RIGHT = 39  # the last column of the legend
_GREY = "#EDEDED"
_TINTS = {
    "met": "#DCEBF7",
    "attested_met": "#DCEBF7",
    "not_met": "#F8D9C4",
    "attested_not_met": "#F8D9C4",
    "undetermined": "#FFF2CC",
}
_LONG = (
    *(("level", 9), ("code", 11), ("name", 16), ("indicator", 9), ("title", 48)),
    *(("cell", 12), ("status_zh", 16), ("status", 16), ("basis", 12)),
    *((verdict, 14) for verdict in VERDICTS),
    *(("rate", 9), ("coverage", 11), ("due", 12), ("overdue", 9)),
)


def write_legend(
    book: Book,
    results: "Results",
    layout: Layout,
    areas: Sequence[Province],
    facts: Facts,
    still_open: int,
) -> None:
    """Write the sheet 说明: may it be sent, of which run, what each cell means."""
    sheet = book.sheet("说明")
    sheet.widths({0: 11, 1: 20, **dict.fromkeys(range(2, _RIGHT + 1), 8.0)})
    _page(sheet, layout)
    row = front.verdict(sheet, results, still_open)
    row = front.identity(sheet, results, row + 1, _RIGHT)
    row = _key(sheet, layout, row + 1)
    _matrix(sheet, areas, facts, row + 1)


def _page(sheet: Sheet, layout: Layout) -> None:
    sheet.raw.set_landscape()
    sheet.raw.set_paper(layout.page["paper"])
    sheet.raw.set_margins(*layout.page["margins"])
    sheet.raw.fit_to_pages(1, 0)


def _key(sheet: Sheet, layout: Layout, row: int) -> int:
    """Explain the marks of the form and the words of the table below."""
    marks = layout.marks
    lines = [
        (marks["met"], "mark_met"),
        (marks["not_filled"], "mark_not_filled"),
        (f"{marks['star_met']} / {marks['star_started']}", "mark_star"),
        (word("form", "blank"), "mark_blank"),
        (layout.captions["done"], "mark_counts"),
    ]
    for mark, key in lines:
        both = f"{word('form', key)} {word('form', key, 'en')}"
        front.pair(sheet, row, mark, both, right=_RIGHT)
        row += 1
    for status in STATUSES:
        label = f"{word('status', status)} {status}"
        help_ = " ".join(word("statushelp", status, lang) for lang in ("zh", "en"))
        tint = _TINTS.get(status, _GREY)
        front.pair(sheet, row, label, help_, right=_RIGHT, bg_color=tint)
        row += 1
    return row


def _matrix(sheet: Sheet, areas: Sequence[Province], facts: Facts, row: int) -> None:
    """Give the status of each cell in words, a county a row, a province first."""
    head = [word("form", "code"), word("form", "name")]
    head += [f"{'*' if one.star else ''}{one.number}" for one in facts.indicators]
    for column, text in enumerate(head):
        sheet.write(row, column, text, **HEAD)
    for area in areas:
        row += 1
        _matrix_row(sheet, row, ("province", area.code, area.name), facts)
        for county in area.counties:
            row += 1
            _matrix_row(sheet, row, ("county", county.code, county.name), facts)


def _matrix_row(
    sheet: Sheet, row: int, place: tuple[str, str, str], facts: Facts
) -> None:
    level, code, name = place
    sheet.write(row, 0, code, **_BODY)
    sheet.write(row, 1, name, **_BODY)
    sheet.height(row, 44)
    for column, one in enumerate(facts.indicators, 2):
        if not one.has_cell(level):
            sheet.write(row, column, "/", **_BODY, align="center")
            continue
        status = facts.of(level, code, one)
        tint = _TINTS.get(status, _GREY)
        both = (word("status", status), word("status", status, "en"))
        sheet.lines(row, column, both, **_BODY, bg_color=tint)


def write_long_table(
    book: Book,
    results: "Results",
    layout: Layout,
    areas: Sequence[Province],
    facts: Facts,
    grids: Sequence[Grid],
) -> None:
    """Write the sheet 明细: one line a cell of the form, with the counts behind it."""
    sheet = book.sheet("明细")
    for column, (name, width) in enumerate(_LONG):
        sheet.widths({column: width})
        sheet.write(0, column, word("form", name), **HEAD)
        sheet.write(1, column, name, **HEAD)
    _page(sheet, layout)
    sheet.raw.repeat_rows(0, 1)
    sheet.raw.freeze_panes(2, 5)
    counts = {
        (row["level"], row["code"], row["rule_id"]): row
        for row in results.rollup.iter_rows(named=True)
    }
    shown = {(row.kind, row.code): row for grid in grids for row in grid.rows}
    at = 2
    for place in _places(areas):
        for index, one in enumerate(facts.indicators):
            if not one.has_cell(place[0]):
                continue
            cell = shown[place[0], place[1]].marks[index]
            line = _long_line(place, one, facts, counts, cell)
            for column, value in enumerate(line):
                sheet.write(at, column, value)
            at += 1


def _places(areas: Sequence[Province]) -> Iterator[tuple[str, str, str]]:
    for area in areas:
        yield "province", area.code, area.name
        for county in area.counties:
            yield "county", county.code, county.name


def _long_line(
    place: tuple[str, str, str],
    one: Indicator,
    facts: Facts,
    counts: dict[tuple[str, str, str], dict[str, Any]],
    cell: object,
) -> list[Value]:
    level, code, name = place
    status = facts.of(level, code, one)
    row = counts.get((level, code, one.id), {})
    due = row.get("due") or one.due
    overdue = row.get("overdue")
    return [
        word("level", level),
        code,
        name,
        f"{'*' if one.star else ''}{one.number}",
        one.title_zh,
        None if cell is None else str(cell),
        word("status", status),
        status,
        word("basis", row.get("basis")),
        *(row.get(verdict) for verdict in VERDICTS),
        row.get("rate"),
        row.get("coverage"),
        None if due is None else due.isoformat(),
        None if overdue is None else word("form", "yes" if overdue else "no"),
    ]

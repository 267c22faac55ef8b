"""Draw one province's 附件2 on a worksheet, as the notice prints it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from auditor.write.forms.front import lines_of
from auditor.write.forms.grid import Grid, Row
from auditor.write.forms.layout import Layout
from auditor.write.forms.units import Province
from auditor.write.sheet import Book, Sheet

if TYPE_CHECKING:
    from auditor.write.results import Results

_LINE = 14  # points that one line of cell text needs
_HEADER_ROWS = 3


def draw(
    book: Book,
    results: "Results",
    layout: Layout,
    area: Province,
    grid: Grid,
    *,
    single: bool,
) -> None:
    """Draw one province's form; ``single`` when it is the only one in the book."""
    name = layout.words["sheet"] if single else f"{layout.words['sheet']} {area.code}"
    sheet = book.sheet(name[:31])
    _page(sheet, layout)
    _top(sheet, results, layout, area)
    _header(sheet, results, layout)
    last = _body(sheet, layout, grid.rows)
    _seal(sheet, layout, last + 1)
    sheet.raw.print_area(0, 0, last + 1, layout.last_column)


def _page(sheet: Sheet, layout: Layout) -> None:
    page, first = layout.page, layout.rows["header"]
    raw: Any = sheet.raw
    raw.set_landscape()
    raw.set_paper(page["paper"])
    raw.set_margins(*page["margins"])
    raw.center_horizontally()
    raw.fit_to_pages(1, 0)
    raw.repeat_rows(first, first + _HEADER_ROWS - 1)
    raw.set_footer(f"&C{page['footer']}")
    raw.freeze_panes(layout.rows["body"], layout.columns["indicators"])
    sheet.widths(
        {
            column: layout.widths["indicators"]
            if layout.columns["indicators"] <= column < layout.columns["done"]
            else next(
                layout.widths[key] for key, at in layout.columns.items() if at == column
            )
            for column in range(layout.last_column + 1)
        }
    )


def _top(sheet: Sheet, results: "Results", layout: Layout, area: Province) -> None:
    rows, page, last = layout.rows, layout.page, layout.last_column
    province = area.name or layout.words["no_province"]
    title = layout.words["title"].format(province=province)
    heading = {"font_name": page["heading_font"], "font_size": page["title_size"]}
    middle = {"align": "center", "valign": "vcenter"}
    sheet.merge((rows["title"], 0, rows["title"], last), title, **heading, **middle)
    sheet.height(rows["title"], page["title_size"] * 1.8)
    size = {"font_size": page["text_size"] + 2, "valign": "vcenter"}
    period = layout.period(results.period)
    box = (rows["period"], 0, rows["period"], last)
    sheet.merge(box, period, align="center", **size)
    sheet.height(rows["period"], 20)
    for line in layout.head:
        values = [results.form.get(key, "").strip() for key in line.keys]
        text = " ".join([line.label, *filter(None, values)])
        sheet.merge((rows["head"], line.first, rows["head"], line.last), text, **size)
    sheet.height(rows["head"], 22)


def _header(sheet: Sheet, results: "Results", layout: Layout) -> None:
    top, at, text = layout.rows["header"], layout.columns, layout.captions
    style = {
        "border": 1,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
        "font_size": layout.page["text_size"],
    }
    for key in ("number", "province", "city", "county"):
        sheet.merge((top, at[key], top + 2, at[key]), text[key], **style)
    first, last = at["indicators"], at["done"] - 1
    sheet.merge((top, first, top, last), text["indicators"], **style)
    sheet.merge((top, at["done"], top, at["percent"]), text["summary"], **style)
    for key in ("done", "undone", "percent"):
        sheet.merge((top + 1, at[key], top + 2, at[key]), text[key], **style)
    column = first
    for group, caption in layout.groups:
        members = [one for one in results.indicators if one.group == group]
        if members:
            box = (top + 1, column, top + 1, column + len(members) - 1)
            sheet.merge(box, caption, **style)
        for one in members:
            label: str | int = one.number
            if one.star:
                label = text["star"].format(number=one.number)
            sheet.write(top + 2, column, label, **style)
            column += 1
    sheet.height(top, 20)
    sheet.height(top + 1, 20)
    sheet.height(top + 2, 20)


def _body(sheet: Sheet, layout: Layout, rows: Sequence[Row]) -> int:
    """Write the rows; return the index of the last one."""
    start = layout.rows["body"]
    for offset, row in enumerate(rows):
        _row(sheet, layout, start + offset, row)
    _spans(sheet, layout, rows)
    return start + len(rows) - 1


def _row(sheet: Sheet, layout: Layout, at: int, row: Row) -> None:
    columns, style = layout.columns, _cell_style(layout, row)
    sheet.write(at, columns["number"], row.number, **style)
    sheet.write(at, columns["province"], row.province, **style)
    sheet.write(at, columns["city"], row.city, **style)
    sheet.write(at, columns["county"], row.county, **style)
    first, width = columns["indicators"], columns["done"] - columns["indicators"]
    marks = row.marks or (None,) * width
    for offset, mark in enumerate(marks):
        sized = style | {"font_size": layout.page["mark_size"]}
        short = isinstance(mark, str) and len(mark) == 1
        _mark(sheet, at, first + offset, mark, sized if short else style)
    for key, mark in (
        ("done", row.done),
        ("undone", row.undone),
        ("percent", row.percent),
    ):
        _mark(sheet, at, columns[key], mark, style)
    sheet.height(at, _height(layout, row))


def _cell_style(layout: Layout, row: Row) -> dict[str, object]:
    style: dict[str, object] = {
        "border": 1,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
        "font_size": layout.page["cell_size"],
    }
    if row.kind in {"province", "subtotal", "total"}:
        style["bold"] = True
    return style


def _mark(
    sheet: Sheet, row: int, column: int, mark: object, style: dict[str, object]
) -> None:
    if isinstance(mark, Decimal):
        whole = mark == mark.to_integral_value()
        shape = "0%" if whole else "0.0%"
        sheet.write(row, column, mark / 100, **style, num_format=shape)
    elif isinstance(mark, str | int):
        sheet.write(row, column, mark, **style)
    else:
        sheet.write(row, column, None, **style)


def _spans(sheet: Sheet, layout: Layout, rows: Sequence[Row]) -> None:
    """Merge the cells that the printed form shows as one."""
    start, at = layout.rows["body"], layout.columns
    kinds = [row.kind for row in rows]
    for index, row in enumerate(rows):
        style, line = _cell_style(layout, row), start + index
        if row.kind == "subtotal":
            sheet.merge((line, at["city"], line, at["county"]), row.city, **style)
    first = kinds.index("total")
    last = start + len(rows) - 1
    label = rows[first].province
    style = _cell_style(layout, rows[first])
    sheet.merge((start + first, at["number"], last, at["city"]), label, **style)
    for begin, end in _runs(rows):
        style = _cell_style(layout, rows[begin])
        box = (start + begin, at["city"], start + end, at["city"])
        sheet.merge(box, rows[begin].city, **style)


def _runs(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Return first and last index of the counties of each city."""
    runs: list[tuple[int, int]] = []
    for index, row in enumerate(rows):
        if row.kind != "county" or "." not in row.number:
            continue
        if rows[index - 1].kind == "city":
            runs.append((index, index))
        else:
            runs[-1] = (runs[-1][0], index)
    return runs


def _height(layout: Layout, row: Row) -> float:
    widths = layout.widths
    cells: list[tuple[object, float]] = [
        (row.province if row.kind != "total" else "", widths["province"]),
        (row.county, widths["county"]),
        *((mark, widths["indicators"]) for mark in row.marks),
    ]
    if row.kind == "city":
        cells.append((row.city, widths["city"]))
    lines = max(lines_of(text, width) for text, width in cells)
    return max(24.0, lines * _LINE + 4)


def _seal(sheet: Sheet, layout: Layout, row: int) -> None:
    columns = layout.columns
    box = (row, columns["number"], row, layout.last_column)
    sheet.merge(box, layout.words["seal"] + " " * 24, align="right", valign="vcenter")
    sheet.height(row, 30)

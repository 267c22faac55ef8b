"""附件3 as a workbook: the form as printed, how a cell came about, sums by county."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from auditor.pack.forms import BenefitForm, BenefitGroup
from auditor.write.forms import front, todo
from auditor.write.forms.benefits import Sheetful, sheetfuls
from auditor.write.forms.front import lines_of
from auditor.write.forms.layout import HeadLine
from auditor.write.sheet import Book, Sheet, workbook
from auditor.write.words import word

if TYPE_CHECKING:
    from pathlib import Path

    from auditor.write.results import Results

_TITLE, _PERIOD, _HEADS, _HEADER, _BODY = range(5)
_BODY += 1  # the header takes two rows
_EDGE = {"border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
_HEAD = {
    "bold": True,
    "bg_color": "#E7EBF0",
    "border": 1,
    "text_wrap": True,
    "valign": "vcenter",
}
_NOTES = (23, 34, 16, 14, 14, 14, 20)  # widths of the columns of the second sheet
_SUMS = ("total", "cases", "missing", "doubtful")


def write_annex3(results: "Results", folder: "Path") -> list[todo.Todo]:
    """Write the workbook, one form sheet a province; return what is still missing."""
    form = results.benefit_form
    assert form is not None
    pages = sheetfuls(results)
    heads = tuple(
        HeadLine(row["label"], tuple(row["keys"]), row["from"], row["to"])
        for row in form.layout["head"]
    )
    lines = list(_todo(results, form, heads, pages))
    base = {"font_name": form.layout["page"]["body_font"], "font_size": 10}
    with workbook(folder / form.layout["file"], base) as book:
        for page in pages:
            name = form.layout["sheet"]
            name = name if len(pages) == 1 else f"{name} {page.area.code}"
            sheet = book.sheet(name[:31])
            _top(sheet, results, form, heads, page)
            _header(sheet, form)
            _body(sheet, form, page)
        _notes(book, results, form, pages, len(lines))
        _counties(book, results, form)
    return lines


def _todo(
    results: "Results",
    form: BenefitForm,
    heads: Sequence[HeadLine],
    pages: Sequence[Sheetful],
) -> Iterator[todo.Todo]:
    """Yield what keeps the form from being sent: fields, utilities, blank cells."""
    name = form.layout["id"]
    for line in heads:
        for key in line.keys:
            if not results.form.get(key, "").strip():
                yield todo.of_field(name, line, key)
    if results.period is None:
        yield todo.of_form(name, "no_period")
    if not results.has_roster:
        yield todo.of_form(name, "no_roster_benefits")
    for page in pages:
        yield from _gaps(form, page)


def _gaps(form: BenefitForm, page: Sheetful) -> Iterator[todo.Todo]:
    """Yield what keeps cells of one province blank: in doubt a column, else a cell."""
    name, area = form.layout["id"], page.area
    place = ("province" if area.code else "form", area.code, area.name)
    if page.silent:
        utilities = "、".join(page.silent)
        yield todo.of_cell(name, place, "", "undelivered", utilities=utilities)
    for group in form.groups:
        doubtful = max(page.figures[one.id, group.id].doubtful for one in form.measures)
        if doubtful:
            told = {"n": doubtful, "column": _conditions(group)}
            yield todo.of_cell(name, place, group.caption, "doubtful", **told)
        for measure in form.measures:
            if missing := page.figures[measure.id, group.id].missing:
                title = f"{measure.caption} · {group.caption}"
                told = {"n": missing, "column": measure.column}
                yield todo.of_cell(name, place, title, "amount", **told)


def _conditions(group: BenefitGroup) -> str:
    return ", ".join([*(one.column for one in group.when), *group.verdicts])


def _top(
    sheet: Sheet,
    results: "Results",
    form: BenefitForm,
    heads: Sequence[HeadLine],
    page: Sheetful,
) -> None:
    layout, size = form.layout, form.layout["page"]
    last = len(form.groups) + 1
    _page(sheet, form)
    sheet.raw.center_horizontally()
    sheet.raw.fit_to_pages(1, 1)
    sheet.widths({0: size["first_width"]})
    sheet.widths(dict.fromkeys(range(1, last + 1), size["width"]))
    middle = {"align": "center", "valign": "vcenter"}
    title = layout["title"].format(province=page.area.name or layout["no_province"])
    heading = {"font_name": size["heading_font"], "font_size": size["title_size"]}
    sheet.merge((_TITLE, 0, _TITLE, last), title, **heading, **middle)
    sheet.height(_TITLE, size["title_size"] * 2)
    text = {"font_size": size["text_size"]}
    sheet.merge((_PERIOD, 0, _PERIOD, last), _period(results, layout), **text, **middle)
    sheet.height(_PERIOD, 24)
    for line in heads:
        values = [results.form.get(key, "").strip() for key in line.keys]
        shown = " ".join([line.label, *filter(None, values)])
        box = (_HEADS, line.first, _HEADS, line.last)
        sheet.merge(box, shown, **text, valign="vcenter", text_wrap=True)
    sheet.height(_HEADS, 34)


def _period(results: "Results", layout: Any) -> str:  # noqa: ANN401 - a TOML table
    if results.period is None:
        return str(layout["no_period"])
    first, last = (
        layout["month"].format(year=day.year, month=day.month) for day in results.period
    )
    return str(layout["period"].format(first=first, last=last))


def _page(sheet: Sheet, form: BenefitForm) -> None:
    raw: Any = sheet.raw
    raw.set_landscape()
    raw.set_paper(form.layout["page"]["paper"])
    raw.set_margins(*form.layout["page"]["margins"])
    raw.fit_to_pages(1, 0)


def _header(sheet: Sheet, form: BenefitForm) -> None:
    layout = form.layout
    style = _EDGE | {"font_size": layout["page"]["text_size"]}
    last = len(form.groups) + 1
    sheet.merge((_HEADER, 0, _HEADER + 1, 0), layout["corner"], **style)
    sheet.merge((_HEADER, last, _HEADER + 1, last), layout["total"], **style)
    unders = [group.under for group in form.groups]
    for column, group in enumerate(form.groups, 1):
        if not group.under:
            sheet.merge((_HEADER, column, _HEADER + 1, column), group.caption, **style)
            continue
        sheet.write(_HEADER + 1, column, group.caption, **style)
        if unders.index(group.under) == column - 1:
            right = column + unders.count(group.under) - 1
            heading = layout["heading"][group.under]
            sheet.merge((_HEADER, column, _HEADER, right), heading, **style)
    sheet.height(_HEADER, 26)
    sheet.height(_HEADER + 1, 26)


def _body(sheet: Sheet, form: BenefitForm, page: Sheetful) -> None:
    size = form.layout["page"]
    style = _EDGE | {"font_size": size["text_size"]}
    names = [group.id for group in form.groups]
    for row, measure in enumerate(form.measures, _BODY):
        sheet.write(row, 0, measure.caption, **style)
        cells = [page.shown(measure, name) for name in names]
        shape = number_format(measure.decimals)
        for column, value in enumerate([*cells, page.total(measure, names)], 1):
            sheet.write(row, column, _number(value), **style, num_format=shape)
        sheet.height(row, size["row_height"])
    last = _BODY + len(form.measures)
    seal = form.layout["seal"] + " " * 24
    box = (last, 0, last, len(names) + 1)
    sheet.merge(box, seal, align="right", valign="vcenter", font_size=size["text_size"])
    sheet.height(last, 40)
    sheet.raw.print_area(0, 0, last, len(names) + 1)


def number_format(decimals: int) -> str:
    """Return how a number is shown: two decimals if it has any, more where needed."""
    if not decimals:
        return "#,##0"
    fixed = min(decimals, 2)
    return "#,##0." + "0" * fixed + "#" * (decimals - fixed)


def _shape(value: object) -> str:
    """Return the format of an amount in input units."""
    return "#,##0.00##" if isinstance(value, Decimal) else "#,##0"


def _number(value: Decimal | None) -> Decimal | int | None:
    whole = value is not None and value == value.to_integral_value()
    return int(value) if whole and value is not None else value


def _notes(
    book: Book,
    results: "Results",
    form: BenefitForm,
    pages: Sequence[Sheetful],
    still_open: int,
) -> None:
    """Write the sheet 说明: may it be sent, of which run, how each cell is meant."""
    sheet = book.sheet("说明")
    sheet.widths(dict(enumerate(_NOTES)))
    _page(sheet, form)
    right = len(_NOTES) - 1
    row = front.verdict(sheet, results, still_open)
    row = front.identity(sheet, results, row + 1, right)
    told = [(one.caption, one.note_zh, one.note_en) for one in form.groups]
    told += [(one.caption, one.note_zh, one.note_en) for one in form.measures]
    told += [(word("form", "reading"), zh, en) for zh, en in form.notes]
    for label, zh, en in told:
        row += 1
        front.pair(sheet, row, label, f"{zh} {en}", right=right)
        sheet.height(row, 13 * lines_of(f"{zh} {en}", sum(_NOTES[2:])) + 4)
    row += 2
    for page in pages:
        row = _known(sheet, form, page, row) + 1


def _known(sheet: Sheet, form: BenefitForm, page: Sheetful, row: int) -> int:
    """Write what is known of each cell of one province; return the next row."""
    sheet.write(row, 0, page.area.code, bold=True)
    sheet.write(row, 1, page.area.name, bold=True)
    row += 1
    for column, key in enumerate(("measure", "group", *_SUMS, "cell")):
        label = f"{word('form', key)} {word('form', key, 'en')}"
        sheet.write(row, column, label, **_HEAD)
    sheet.height(row, 30)
    for measure in form.measures:
        for group in form.groups:
            row += 1
            figure = page.figures[measure.id, group.id]
            sheet.write(row, 0, measure.column, border=1, text_wrap=True)
            caption = f"{measure.caption} · {group.caption}"
            sheet.write(row, 1, caption, border=1, text_wrap=True)
            cells = [_number(figure.total), figure.cases, figure.missing]
            cells += [figure.doubtful]
            for column, value in enumerate(cells, 2):
                sheet.write(row, column, value, border=1, num_format=_shape(value))
            shown = _number(page.shown(measure, group.id))
            shape = number_format(measure.decimals)
            sheet.write(row, 6, shown, border=1, num_format=shape)
    return row + 1


def _counties(book: Book, results: "Results", form: BenefitForm) -> None:
    """Write the sheet 明细: what each county adds to each cell, in input units."""
    assert results.benefits is not None
    sheet = book.sheet("明细")
    head = {"code": 12, "name": 24, "measure": 26, "group": 28}
    head |= dict.fromkeys(_SUMS, 14)
    for column, (key, width) in enumerate(head.items()):
        sheet.widths({column: width})
        sheet.write(
            0, column, f"{word('form', key)} {word('form', key, 'en')}", **_HEAD
        )
    sheet.height(0, 30)
    _page(sheet, form)
    sheet.raw.repeat_rows(0)
    sheet.raw.freeze_panes(1, 0)
    measures = {one.id: one.column for one in form.measures}
    groups = {one.id: one.caption for one in form.groups}
    names: dict[str, str] = {}
    if results.roster is not None:
        names = dict(results.roster.select("county_code", "county").iter_rows())
    order = list(measures), list(groups)
    rows = sorted(
        results.benefits.iter_rows(named=True),
        key=lambda r: (
            r["code"],
            order[0].index(r["measure"]),
            order[1].index(r["group"]),
        ),
    )
    for at, row in enumerate(rows, 1):
        place = (row["code"], names.get(row["code"]) or "")
        cell = (measures[row["measure"]], groups[row["group"]])
        sums = (_number(row["total"]), *(row[key] for key in _SUMS[1:]))
        for column, value in enumerate((*place, *cell, *sums)):
            sheet.write(at, column, value, num_format=_shape(value))

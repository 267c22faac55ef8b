"""``reconcile.xlsx``: a summary, every cell, and the faults of the form itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.reconcile.nouns import WORDS, Judged
from auditor.reconcile.page import LOUD, item, note, sentence
from auditor.write.sheet import BASE, HEAD, Book, Sheet, workbook
from auditor.write.words import word

if TYPE_CHECKING:
    from auditor.reconcile.compare import Reconciliation

_BODY = {"border": 1, "valign": "top", "text_wrap": True}
_TEXT = {"num_format": "@", "quote_prefix": True}  # text stays text when edited
_TINTS = {
    "refuted": "#F4B6A6",
    "arithmetic_wrong": "#F8D9C4",
    "not_proven": "#FFF2CC",
    "not_checkable": "#EDEDED",
    "confirmed": "#DCEBF7",
}
_CELLS = (
    *(("sheet", 8), ("ref", 7), ("level_of", 6), ("code", 8), ("name", 14)),
    *(("item", 22), ("title_of", 34), ("declared", 12), ("word", 10), ("why", 38)),
    *(("run_shows", 9), ("status", 14), ("refuting", 8), ("cases", 54)),
)
_A_LINE = 52  # characters of the last column
_LINTS = (("weight", 10), ("ref", 9), ("fault", 60), ("fault_en", 60))
_COUNTIES = (("said", 26), ("row", 6), ("code", 10), ("name", 16), ("how", 26))


def write_book(result: "Reconciliation", path: Path) -> None:
    """Write the workbook whole or not at all."""
    with workbook(path, BASE) as book:
        _summary(book, result)
        _cells(book, result)
        _lints(book, result)


def _table(sheet: Sheet, row: int, columns: Sequence[tuple[str, int]]) -> None:
    for column, (name, _) in enumerate(columns):
        sheet.write(row, column, word("cell", name), **HEAD)


def _page(sheet: Sheet) -> None:
    sheet.raw.set_landscape()
    sheet.raw.set_paper(8)
    sheet.raw.fit_to_pages(1, 0)
    sheet.raw.set_footer("&C第 &P 页，共 &N 页")


def _summary(book: Book, result: "Reconciliation") -> None:
    sheet = book.sheet("摘要")
    _page(sheet)
    sheet.widths({0: 26, 1: 12, 2: 14, 3: 18, 4: 60})
    counts = result.counts
    sheet.write(0, 0, word("cell", "title"), bold=True, font_size=16)
    sheet.height(0, 26)
    row = _identity(sheet, result, 1)
    for column, name in enumerate(("word", "count", "word_code")):
        sheet.write(row, column, word("cell", name), **HEAD)
    sheet.merge((row, 3, row, 4), word("cell", "meaning"), **HEAD)
    for key in WORDS:
        row += 1
        tint = {**_BODY, "bg_color": _TINTS[key], "bold": True}
        sheet.write(row, 0, word("cell", key), **tint)
        sheet.write(row, 1, counts[key], **tint)
        sheet.write(row, 2, key, **_BODY)
        sheet.merge((row, 3, row, 4), word("cell", f"help_{key}"), **_BODY)
    _counties(sheet, result, row + 2)


def _identity(sheet: Sheet, result: "Reconciliation", row: int) -> int:
    run = result.run.manifest
    pairs = [
        ("declared_file", result.name),
        ("sha256", result.sha256),
        ("of_run", f"{run['pack']['id']} {run['pack']['version']} · {run['digest']}"),
        ("period", "..".join(run["period"]) if run["period"] else "—"),
        ("cutoff", run["cutoff"]["date"]),
    ]
    loud = [sentence(one, "zh") for one in result.lints if one.key in LOUD]
    loud += [] if run["complete"] else [word("cell", "incomplete")]
    pairs += [("attention", said) for said in loud]
    for key, said in pairs:
        sheet.write(row, 0, word("cell", key), bold=True)
        sheet.write(row, 1, said, num_format="@")
        row += 1
    return row + 1


def _counties(sheet: Sheet, result: "Reconciliation", row: int) -> None:
    lost = [one for one in result.counties if not one.is_matched]
    matched = len(result.counties) - len(lost)
    found = word("cell", "matched").format(n=matched, lost=len(lost))
    sheet.write(row, 0, found, bold=True, font_size=12)
    if not lost:
        return
    _table(sheet, row + 1, _COUNTIES)
    for at, one in enumerate(lost, row + 2):
        cells = (one.said, one.row, one.code, one.name, word("cell", one.how))
        for column, value in enumerate(cells):
            sheet.write(at, column, value, **_BODY)


def _cells(book: Book, result: "Reconciliation") -> None:
    sheet = book.sheet("逐格")
    _page(sheet)
    sheet.widths({column: width for column, (_, width) in enumerate(_CELLS)})
    _table(sheet, 0, _CELLS)
    sheet.raw.repeat_rows(0)
    sheet.raw.freeze_panes(1, 6)
    titles = {one.id: one.title_zh for one in result.run.indicators}
    rows = [(form.form.sheet, cell) for form in result.sheets for cell in form.cells]
    rows.sort(key=lambda pair: WORDS.index(pair[1].word))
    sheet.raw.autofilter(0, 0, len(rows), len(_CELLS) - 1)
    for at, (name, cell) in enumerate(rows, 1):
        _cell(sheet, at, name, cell, titles.get(cell.indicator, ""))


def _cell(sheet: Sheet, at: int, name: str, cell: Judged, title: str) -> None:
    level = "" if cell.level == "total" else word("level", cell.level)
    values = (
        name, cell.ref, level, cell.code, cell.name, item(cell, "zh"), title,
        cell.declared, word("cell", cell.word), note(cell, "zh"), cell.run,
        word("status", cell.status), cell.refuting or None, "\n".join(cell.cases),
    )  # fmt: skip
    for column, value in enumerate(values):
        style = {**_BODY, **_TEXT} if isinstance(value, str) else _BODY
        if _CELLS[column][0] == "word":
            style = {**style, "bg_color": _TINTS[cell.word]}
        if _CELLS[column][0] == "cases" and cell.cases:
            left = cell.refuting - len(cell.cases)
            more = (word("cell", "more").format(n=left),) if left > 0 else ()
            sheet.lines(at, column, [" ".join(cell.cases), *more], **style)
            sheet.height(at, 15.0 * (_lines(cell.cases) + len(more)))
        else:
            sheet.write(at, column, value, **style)


def _lines(cases: Sequence[str]) -> int:
    """Return the lines that case ids take, as many in a line as fit."""
    a_line = max(1, (_A_LINE + 1) // (max(map(len, cases)) + 1))
    return -(-len(cases) // a_line)


def _lints(book: Book, result: "Reconciliation") -> None:
    sheet = book.sheet("表内问题")
    _page(sheet)
    sheet.widths({column: width for column, (_, width) in enumerate(_LINTS)})
    _table(sheet, 0, _LINTS)
    sheet.raw.repeat_rows(0)
    sheet.raw.freeze_panes(1, 0)
    weights = ("wrong", "check", "note")
    for at, one in enumerate(
        sorted(result.lints, key=lambda x: weights.index(x.weight)), 1
    ):
        values = (
            word("cell", f"weight_{one.weight}"),
            one.ref,
            sentence(one, "zh"),
            sentence(one, "en"),
        )
        for column, value in enumerate(values):
            sheet.write(at, column, value, **_BODY, **_TEXT)

"""``compare.xlsx``: the summary, then a sheet a list, the worst rows first."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from auditor.compare.result import TABLES
from auditor.write.sheet import BASE, DATA, HEAD, Book, Sheet, workbook
from auditor.write.words import word

if TYPE_CHECKING:
    from auditor.compare.result import Comparison

MOST = 200_000  # rows of a sheet; the tables beside it hold all
_LONGEST = 2_000  # characters of one cell; the rest is in the table
_WIDTHS = {
    "because": 60, "verdicts": 40, "failed": 30, "doubtful": 30, "signalled": 16,
    "case_id": 22, "renamed_to": 22, "utility": 22,
    "column": 14, "source_a": 22, "source_b": 22, "value_a": 19, "value_b": 19,
}  # fmt: skip
_WORDS = {"kind": "compare", "cause": "cause", "was": "verdict", "now": "verdict"}
"""Columns of closed words, with the group in the message table that explains them."""
_COHORTS = ("vanished", "appeared")


def write_book(result: "Comparison", path: Path, lang: str) -> None:
    """Write the workbook whole or not at all."""
    with workbook(path, BASE, streaming=True) as book:
        _front(book, result, lang)
        for name in TABLES:
            _list(book, name, getattr(result, name), lang)


def _front(book: Book, result: "Comparison", lang: str) -> None:
    sheet = book.sheet(word("compare", "sheet_summary", lang))
    sheet.widths({0: 24, 1: 44, 2: 44, 3: 12})
    told = result.summary
    sheet.write(0, 0, word("compare", "title", lang), bold=True, font_size=14)
    row = 2
    for key in ("folder", "digest", "cutoff"):
        sheet.write(row, 0, word("compare", key, lang), **HEAD)
        for column, side in enumerate("ab", 1):
            sheet.write(row, column, str(told[side][key]), **DATA)
        row += 1
    for cause, line in told["differs"].items():
        said = line or word("compare", "same", lang)
        sheet.write(row, 0, word("cause", cause, lang), **HEAD)
        sheet.write(row, 1, said, **DATA)
        row += 1
    for note in told["notes"]:
        sheet.write(row, 0, word("compare", f"note_{note}", lang), bold=True)
        row += 1
    row = _counts(sheet, result, row + 1, lang)
    _left_out(sheet, result, row + 1, lang)


def _counts(sheet: Sheet, result: "Comparison", row: int, lang: str) -> int:
    told = result.summary
    for name in ("rewritten", "vanished", "appeared"):
        for kind, n in told["kinds"][name].items():
            sheet.write(row, 0, word("compare", f"sheet_{name}", lang), **DATA)
            sheet.write(row, 1, word("compare", kind, lang), **DATA)
            sheet.write(row, 3, n)
            row += 1
    for cause, n in told["causes"].items():
        sheet.write(row, 0, word("compare", "sheet_changed", lang), **DATA)
        sheet.write(row, 1, word("cause", cause, lang), **DATA)
        sheet.write(row, 3, n)
        row += 1
    return row


def _left_out(sheet: Sheet, result: "Comparison", row: int, lang: str) -> None:
    for name in TABLES:
        left = getattr(result, name).height - MOST
        if left > 0:
            text = word("compare", "left_out", lang).format(
                sheet=word("compare", f"sheet_{name}", lang),
                shown=MOST, left=left, file=f"{name}.parquet",
            )  # fmt: skip
            sheet.write(row, 0, text, bold=True)
            row += 1


def _list(book: Book, name: str, rows: pl.DataFrame, lang: str) -> None:
    sheet = book.sheet(word("compare", f"sheet_{name}", lang))
    sheet.widths(
        {at: _WIDTHS.get(column, 12) for at, column in enumerate(rows.columns)}
    )
    for at, column in enumerate(rows.columns):
        sheet.write(0, at, word("compare", f"col_{column}", lang), **HEAD)
    sheet.raw.freeze_panes(1, 1)
    sheet.raw.autofilter(0, 0, min(rows.height, MOST), max(0, rows.width - 1))
    shown = _in_words(rows.head(MOST), name, lang)
    for at, values in enumerate(shown.iter_rows(), 1):
        for place, value in enumerate(values):
            _cell(sheet, at, place, value)


def _in_words(rows: pl.DataFrame, name: str, lang: str) -> pl.DataFrame:
    """Replace the codes of closed columns by their words."""
    made = rows
    for column, group in _WORDS.items():
        if column in rows.columns:
            of = "cohort" if name in _COHORTS and group == "verdict" else group
            known = rows.get_column(column).unique().drop_nulls().to_list()
            words = {code: word(of, code, lang) for code in known}
            made = made.with_columns(pl.col(column).replace(words))
    return made


def _cell(sheet: Sheet, row: int, column: int, value: object) -> None:
    if value is None:
        return
    if isinstance(value, int | float):
        sheet.write(row, column, value)
    else:
        text = value.isoformat() if isinstance(value, date) else str(value)
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        sheet.write(row, column, shown, **DATA)

"""What a form says wrongly by itself: each fault is named, at its cell."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from auditor.read.job import Job
from auditor.read.workbook import Workbook
from auditor.read.xlsx import read_cells
from auditor.reconcile.compare import Reconciliation, compare
from auditor.reconcile.recorded import Recorded, record_of
from auditor.reconcile.totals import Bounds, Tally
from auditor.settings import Limits
from tests.declared import STARS

FIRST = 4  # the column of indicator 1, from 0
COUNTY = {"青岚市": ("湖东区", "湖西区"), "望川市": ("望南区",)}


@pytest.fixture(scope="module")
def recorded(sample: Path) -> Recorded:
    return record_of(sample)


def marks() -> list[str]:
    return ["/" if number in STARS else "√" for number in range(1, 39)]


def lines() -> list[list]:
    """A sound form of three counties in two cities."""
    stars = ["已完成" if number in STARS else "/" for number in range(1, 39)]
    rows = [["", "示例省", "共2个地市", "共3个县", *stars, 3, 0, "100%"]]
    for number, (city, counties) in enumerate(COUNTY.items(), 1):
        size = len(counties)
        rows.append([str(number), "", city, f"{size}个县"])
        rows += [["", "", city, name, *marks(), 31, 0, "100%"] for name in counties]
        totals = [size if mark == "√" else "/" for mark in marks()]
        rows.append(["", "", f"{city}小计", "", *totals, size, 0, "100%"])
    for label, value in (
        ("已完成县个数", 3),
        ("未完成县个数", 0),
        ("完成百分比", "100%"),
    ):
        totals = [value if mark == "√" else "/" for mark in marks()]
        rows.append(["全省", "", "", label, *totals, "/", "/", "/"])
    return rows


def write(path: Path, rows: list[list], also: Callable | None = None) -> Path:
    with xlsxwriter.Workbook(str(path)) as out:
        page = out.add_worksheet("表")
        page.write(0, 0, "(2022年1月—2022年12月)")
        page.write_row(1, 0, ["序号", "省", "地市", "县", *range(1, 39)])
        page.write_row(1, 42, ["完成个数", "未完成个数", "完成百分比"])
        for at, row in enumerate(rows, 2):
            page.write_row(at, 0, row)
        if also is not None:
            also(page)
    return path


def outcome(recorded: Recorded, path: Path) -> Reconciliation:
    answer = read_cells(Job(str(path), str(path), Limits()))
    tables = {str(one.table): pl.read_parquet(one.path) for one in answer.tables}
    return compare(recorded, Workbook(path.name, "", 0, **tables))


def faults(result: Reconciliation) -> dict[str, str]:
    """Key to place of each fault; the sample's other counties are always missing."""
    found = reversed(result.lints)
    return {one.key: one.ref for one in found if one.key != "county_missing"}


def test_a_sound_form_has_no_fault(recorded, tmp_path):
    result = outcome(recorded, write(tmp_path / "a.xlsx", lines()))
    assert faults(result) == {}
    assert result.counts["arithmetic_wrong"] == 0


def put(row: int, column: int, value: object) -> Callable:
    return lambda page: page.write(row, column, value)


def column(number: int) -> int:
    return FIRST + number - 1


CHANGES = {
    "slash_in_county": (put(4, column(6), "/"), "J5"),
    "star_filled": (put(4, column(21), "√"), "Y5"),
    "slash_in_star": (put(2, column(21), "/"), "Y3"),
    "province_filled": (put(2, column(1), 3), "E3"),
    "mark_unreadable": (put(4, column(6), "基本完成"), "J5"),
    "mark_number": (put(4, column(6), 1), "J5"),
    "mark_merged": (lambda page: page.merge_range("J5:J6", "√"), "J5"),
    "chain": (put(4, column(22), "2023年8月"), "AL5"),
    "expected_past": (put(4, column(34), "2022年3月"), "AL5"),
    "other_period": (put(0, 0, "(2022年1月—2022年6月)"), ""),
    "city_size": (put(3, 3, "6个县"), "4"),
    "province_size": (put(2, 3, "共12个县"), "3"),
    "province_cities": (put(2, 2, "共9个地市"), "3"),
    "percent_rounded": (put(4, 44, "100.00%"), None),  # as good as 100%
    "cells_blank": (put(4, column(6), " "), "J5"),
    "cells_no": (put(4, column(6), "否"), "J5"),
    "county_twice": (put(5, 3, "湖东区"), "6"),
    "county_unknown": (put(5, 3, "湖东"), "6"),
    "no_subtotal": (lambda page: page.write_row(6, 0, [" "] * 45), ""),
    "no_total_done": (lambda page: page.write_row(10, 0, [" "] * 45), ""),
    "row_ignored": (put(20, 0, "填表说明"), "21"),
    "column_ignored": (put(4, 46, "好"), "AU"),
    "row_elided": (put(8, 3, "……"), "9"),
    "formula": (lambda page: page.write_formula("AQ5", "=31", None, 31), "AQ5"),
    "hidden": (lambda page: page.set_row(4, None, None, {"hidden": True}), "C5"),
}


@pytest.mark.parametrize("key", CHANGES)
def test_each_fault_is_named_at_its_place(recorded, tmp_path, key):
    change, place = CHANGES[key]
    result = outcome(recorded, write(tmp_path / "a.xlsx", lines(), change))
    found = faults(result)
    assert found.get(key) == place


def test_a_form_of_another_period_is_only_held_against_itself(recorded, tmp_path):
    rows = lines()
    rows[3][3] = "望北区"  # in another city, and misses indicator 34
    rows[3][2] = "望川市"
    rows[4][4] = 7
    change = put(0, 0, "(2022年1月—2022年6月)")
    result = outcome(recorded, write(tmp_path / "a.xlsx", rows, change))
    counts = result.counts
    assert counts["refuted"] == counts["not_proven"] == counts["confirmed"] == 0
    assert counts["arithmetic_wrong"] == 1
    same = outcome(recorded, write(tmp_path / "b.xlsx", rows))
    assert same.counts["refuted"] > 0


@pytest.mark.parametrize(
    ("text", "word"),
    [("90.3%", "right"), ("90.32%", "rounded"), ("90%", "rounded"), ("0.903", "right")],
)
def test_a_percentage_may_be_given_otherwise_but_not_otherwise_be(text, word):
    from auditor.reconcile.marks import read_mark

    tally = Tally(28, 28, frozenset({31}))
    mark = read_mark(text, "text", "General", is_1904=False)
    assert tally.allows("percent", mark) == word
    for wrong in ("90.2%", "90.4%", "91%", "100%", "9%", "0.9%"):
        mark = read_mark(wrong, "text", "General", is_1904=False)
        assert tally.allows("percent", mark) == "wrong"


def test_a_hundred_percent_needs_everything():
    from auditor.reconcile.marks import read_mark

    tally = Tally(2999, 2999, frozenset({3000}))
    said = {
        text: tally.allows("percent", read_mark(text, "text", "", is_1904=False))
        for text in ("100%", "99.9%", "99.97%", "1")
    }
    assert said == {
        "100%": "wrong",
        "99.9%": "right",
        "99.97%": "rounded",
        "1": "wrong",
    }


def test_what_cannot_be_read_leaves_a_total_open_within_bounds():
    tally = Tally(3, 5, frozenset({12}))
    assert tally.shown("done") == "3–5"
    assert tally.shown("undone") == "7–9"
    assert tally.shown("percent") == "25%–41.7%"
    assert Bounds(4, 6, 12).word(4) == ("confirmed", "")
    assert Bounds(4, 6, 12).word(3) == ("confirmed", "allows_more")
    assert Bounds(4, 6, 12).word(6) == ("not_proven", "follows")
    assert Bounds(4, 6, 12).word(7) == ("refuted", "follows")

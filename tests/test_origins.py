"""Findings name the rows behind their case: file by file, each once, and no others."""

import polars as pl
import pytest

from auditor import origins as origins_module
from auditor.origins import origins

SOURCES = ("b.csv", "a.csv", "log.xes", "log.xes")


def told(many: int, wanted: list[bool] | None = None, **tables: list[tuple]):
    """Return (files, rows) a case; a row is (case, file by number, row in it)."""
    kinds = {"case_id": pl.UInt32, "_source": pl.UInt16, "_row": pl.UInt64}
    frames = {
        name: pl.DataFrame(rows, kinds, orient="row") for name, rows in tables.items()
    }
    mask = pl.Series(wanted or [True] * many, dtype=pl.Boolean)
    return origins(frames.__getitem__, mask, SOURCES, tuple(tables)).rows()


def test_files_come_by_name_and_rows_in_their_order():
    found = told(
        2,
        cases=[(0, 0, 5), (1, 0, 6)],
        events=[(0, 1, 7), (0, 1, 9), (1, 1, 8)],
    )
    assert found == [
        ("a.csv; b.csv", "a.csv:7,9; b.csv:5"),
        ("a.csv; b.csv", "a.csv:8; b.csv:6"),
    ]


def test_two_tables_of_one_log_are_named_once_but_listed_apart():
    found = told(1, cases=[(0, 2, 1)], events=[(0, 3, 1), (0, 3, 2)])
    assert found == [("log.xes", "log.xes:1; log.xes:1,2")]


def test_rows_of_one_file_in_two_tables_are_one_list():
    found = told(1, cases=[(0, 0, 4)], events=[(0, 0, 3), (0, 0, 4)])
    assert found == [("b.csv", "b.csv:3,4,4")]


def test_a_case_without_rows_or_without_findings_has_nothing_to_show():
    rows = [(0, 0, 1), (2, 0, 3)]
    assert told(3, cases=rows) == [
        ("b.csv", "b.csv:1"),
        (None, None),
        ("b.csv", "b.csv:3"),
    ]
    assert told(3, [True, True, False], cases=rows)[2] == (None, None)
    assert told(2, cases=[]) == [(None, None)] * 2


@pytest.mark.parametrize(
    ("rows", "shown"), [(2, "1,2"), (3, "1,2,3"), (5, "1,2,3,…(+2)")]
)
def test_many_rows_are_counted_and_few_are_not(monkeypatch, rows, shown):
    monkeypatch.setattr(origins_module, "MOST_ROWS", 3)
    events = [(0, 0, at + 1) for at in range(rows)] + [(1, 0, 9)]
    assert told(2, events=events)[0] == ("b.csv", f"b.csv:{shown}")
    assert told(2, events=events)[1] == ("b.csv", "b.csv:9")

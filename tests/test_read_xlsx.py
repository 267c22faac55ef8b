"""Workbooks as a dump: sheets become tables, and nothing in a cell is guessed."""

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from auditor.frames import FileRule
from auditor.read import RawTables
from tests.raws import refusals
from tests.workbooks import NS, cell, pack, parts, relations, sheet


def text(name: str, value: str) -> str:
    return f'<c r="{name}" t="inlineStr"><is><t>{value}</t></is></c>'


def row(number: int, *values: object, more: str = "") -> str:
    """A row from column A on: texts as they are, XML of whole cells, None for none."""
    cells = []
    for letter, value in zip("ABCDEFGHIJ", values, strict=False):
        if value is None:
            continue
        is_xml = isinstance(value, str) and value.startswith("<c ")
        cells.append(value if is_xml else text(f"{letter}{number}", str(value)))
    return f'<row r="{number}" {more}>{"".join(map(str, cells))}</row>'


def book(
    path: Path, *rows: str, more: str = "", before: str = "", **given: Any
) -> Path:
    found = parts(sheet("".join(rows), more, before), **given)
    return pack(path, found)


HEAD = row(1, "case_id", "step", "note")


def staged(raw: RawTables, at: int = 0) -> list[tuple[object, ...]]:
    return pl.read_parquet(raw.files[at].staged).rows()


def lost(raw: RawTables, kind: str = "cell") -> list[tuple[object, ...]]:
    return raw.rejects.filter(kind=kind).select("row", "column", "reason").rows()


def notes(raw: RawTables) -> list[tuple[object, ...]]:
    return raw.notes.select("column", "note", "count").rows()


def test_each_sheet_fills_the_table_that_its_name_or_its_file_tells(dump, stage):
    made = openpyxl.Workbook()
    made.active.title = "cases"
    made["cases"].append(["case_id", "county_code"])
    made["cases"].append(["A1", "330102"])
    for month in ("2021-03", "2021-04"):
        made.create_sheet(month).append(["case_id", "step"])
        made[month].append([f"A{month}", "受理"])
    made.create_sheet("Sheet9")
    made.create_sheet("fees_2021").append(["case_id", "fee"])
    made.save(dump / "events-2021.xlsx")
    raw = stage()
    assert [(f.source, f.table, f.format, f.records) for f in raw.files] == [
        ("events-2021.xlsx!cases", "cases", "xlsx", 1),
        ("events-2021.xlsx!2021-03", "events", "xlsx", 1),
        ("events-2021.xlsx!2021-04", "events", "xlsx", 1),
        ("events-2021.xlsx!fees_2021", "fees", "xlsx", 0),
    ]
    assert len({f.sha256 for f in raw.files}) == 1
    assert staged(raw, 1) == [("A2021-03", "受理", 2)]
    assert raw.rejects.is_empty()
    assert notes(raw) == [(None, "empty_sheet", 1)]


def test_a_workbook_whose_name_tells_nothing_is_read_by_its_sheets(dump, stage):
    made = openpyxl.Workbook()
    made.active.title = "Cases"
    made.active.append(["case_id"])
    made.create_sheet("说明").append(["填表说明", "无"])
    made.save(dump / "浙江公司.xlsx")
    raw = stage()
    assert [(f.source, f.table) for f in raw.files] == [
        ("浙江公司.xlsx!Cases", "cases")
    ]
    assert refusals(raw) == {"浙江公司.xlsx!说明": "unknown_table"}


def test_a_mapping_speaks_of_a_sheet_by_its_name_or_of_all_by_the_file_s(dump, stage):
    made = openpyxl.Workbook()
    for name in ("工单", "环节"):
        made.create_sheet(name).append(["case_id", "x"])
    del made["Sheet"]
    made.save(dump / "export.xlsx")
    rules = (FileRule("工单", "cases"), FileRule("export.xlsx!环*", "events"))
    raw = stage(*rules)
    assert [(f.table, f.names[0]) for f in raw.files] == [
        ("cases", "工单"),
        ("events", "环节"),
    ]
    raw = stage(rules[0], FileRule("*.xlsx", "fees"))
    assert [f.table for f in raw.files] == ["cases", "fees"]


def test_titles_above_the_header_and_totals_below_are_told_apart(dump, stage):
    rows = (
        row(1, "业扩明细表"),
        row(2, "单位：某公司", None, "2021年"),
        row(4, "case_id", "step", "days", "kw"),
        row(5, "A", "受理", cell("C5", 3), cell("D5", "160.0")),
        row(6, "合计", None, cell("C6", 3), cell("D6", 160)),
        row(8, "case_id", "step", "days", "kw"),
        row(9, "制表人：张三"),
    )
    merges = '<mergeCells><mergeCell ref="A1:D1"/><mergeCell ref="A9:D9"/></mergeCells>'
    book(dump / "events.xlsx", *rows, more=merges)
    raw = stage()
    assert staged(raw) == [("A", "受理", "3", "160.0", 5)]
    assert lost(raw, "row") == [
        (1, None, "title_line"),
        (2, None, "title_line"),
        (9, None, "note_line"),
        (6, None, "total_line"),
        (8, None, "repeated_header"),
    ]
    assert raw.files[0].records == 6


def test_a_header_of_two_merged_rows_names_each_column_from_top_to_bottom(dump, stage):
    rows = (
        row(1, "case_id", "受理", None, "送电"),
        row(2, None, "开始", "完成"),
        row(3, "A", "x", "y", "z"),
    )
    merged = "".join(f'<mergeCell ref="{r}"/>' for r in ("A1:A2", "B1:C1", "D1:D2"))
    book(dump / "cases.xlsx", *rows, more=f"<mergeCells>{merged}</mergeCells>")
    raw = stage()
    assert raw.files[0].header == ("case_id", "受理/开始", "受理/完成", "送电")
    assert staged(raw) == [("A", "x", "y", "z", 3)]
    sideways = '<mergeCells><mergeCell ref="B1:C1"/></mergeCells>'
    named = row(1, "case_id", "地址", None), row(2, "A", "某市", "某路")
    book(dump / "cases.xlsx", *named, more=sideways)
    assert stage().files[0].header == ("case_id", "地址", "#3")


def test_a_declared_header_row_is_taken(dump, stage):
    book(dump / "x.xlsx", row(1, "a", "b"), row(3, "case_id", "step"), row(4, "A", "s"))
    raw = stage(FileRule("x.xlsx", "events", header_row=3))
    assert staged(raw) == [("A", "s", 4)]
    assert lost(raw, "row") == [(1, None, "title_line")]
    raw = stage(FileRule("x.xlsx", "events", header_row=2))
    assert refusals(raw) == {"x.xlsx!S1": "no_header_row"}


def test_hidden_sheets_rows_and_columns_are_read_and_told(dump, stage):
    rows = (HEAD, row(2, "A", "s", "x", more='hidden="1"'), row(3, "B", "s", "y"))
    columns = '<cols><col min="3" max="3" hidden="1"/></cols>'
    states = ("veryHidden",)
    book(dump / "events.xlsx", *rows, before=columns, states=states)
    raw = stage()
    assert staged(raw) == [("A", "s", "x", 2), ("B", "s", "y", 3)]
    assert notes(raw) == [
        (None, "hidden_sheet", 3),
        (None, "hidden_rows", 1),
        ("note", "hidden_column", 1),
    ]


def test_formulas_and_errors_have_no_value(dump, stage):
    rows = (
        HEAD,
        row(2, "A", '<c r="B2" t="str"><f>A1&amp;"x"</f><v>送电</v></c>', "n"),
        row(3, '<c r="A3"><f>1+1</f><v>999</v></c>', "s", "n"),
        row(4, "C", '<c r="B4" t="e"><v>#N/A</v></c>', '<c r="C4"><f>NOW()</f></c>'),
    )
    book(dump / "events.xlsx", *rows)
    raw = stage()
    assert staged(raw) == [
        ("A", "\ufffd2", "n", 2),
        ("", "s", "n", 3),
        ("C", "\ufffd4", "\ufffd4", 4),
    ]
    assert lost(raw) == [
        (2, "step", "formula"),
        (3, "case_id", "formula"),
        (4, "step", "error_cell"),
        (4, "note", "formula"),
    ]


def test_ids_that_a_spreadsheet_cannot_hold_are_lost_and_never_merged(dump, stage):
    ids = ["330100012345678", "330100000012345678", "330100000012345679", "1E+17",
           "3.301E5", "330100012345678000", "12345.5"]  # fmt: skip
    rows = [row(n, cell(f"A{n}", one), "s", "x") for n, one in enumerate(ids, 2)]
    book(dump / "events.xlsx", HEAD, *rows)
    raw = stage()
    assert [one[0] for one in staged(raw)] == [ids[0], "", "", "", "", "", "12345.5"]
    assert {one[2] for one in lost(raw)} == {"precision_lost"}
    assert raw.rejects["value"].to_list() == ids[1:6]


def test_other_numbers_keep_their_digits_and_lose_their_exponent(dump, stage):
    told = {
        "0.30000000000000004": "0.30000000000000004",
        "1.5E-3": "0.0015",
        "1.6E2": "160",
        "-7": "-7",
        "1E+300": "\ufffd6",
        "330100000012345679": "\ufffd7",
    }
    rows = [row(n, f"A{n}", "s", cell(f"C{n}", one)) for n, one in enumerate(told, 2)]
    book(dump / "events.xlsx", HEAD, *rows)
    assert [one[2] for one in staged(stage())] == list(told.values())


DATED = (
    '<numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd hh:mm"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs>'
)


@pytest.mark.parametrize(
    ("serial", "style", "shown"),
    [
        ("44260", 0, "44260"),  # no date unless the cell says so
        ("44260", 1, "2021-03-05"),
        ("44260", 2, "2021-03-05 00:00:00"),
        ("44260.375", 1, "2021-03-05 09:00:00"),
        ("44260.333333333336", 2, "2021-03-05 08:00:00"),
        ("44260.3333333333", 2, "2021-03-05 08:00:00"),
        ("44260.99999999537", 2, "2021-03-05 23:59:59.999"),  # 23:59:59.9996
        ("44260.999999999999", 2, "2021-03-05 23:59:59.999"),
        ("44260.99998842593", 2, "2021-03-05 23:59:59"),
        ("61", 1, "1900-03-01"),
        ("60", 1, "date_serial"),  # the 29 February 1900 that never was
        ("0.5", 2, "date_serial"),
        ("-3", 1, "date_serial"),
        ("2958465", 1, "9999-12-31"),
        ("2958466", 1, "date_serial"),
    ],
)
def test_a_serial_number_is_a_date_only_by_its_cell_s_format(
    dump, stage, serial, style, shown
):
    rows = HEAD, row(2, "A", "s", cell("C2", serial, style=style))
    book(dump / "events.xlsx", *rows, styles=DATED)
    raw = stage()
    told = lost(raw)[0][2] if raw.rejects.height else staged(raw)[0][2]
    assert told == shown
    if style and "-" in shown:
        assert notes(raw) == [("note", "serial_dates", 1)]


def test_a_workbook_of_1904_counts_its_days_from_there_and_says_so(dump, stage):
    rows = HEAD, row(2, "A", "s", cell("C2", 42798, style=1))
    flag = '<workbookPr date1904="1"/>'
    book(dump / "events.xlsx", *rows, styles=DATED, workbook=flag)
    raw = stage()
    assert staged(raw) == [("A", "s", "2021-03-05", 2)]
    assert notes(raw) == [("note", "serial_dates", 1), (None, "calendar_1904", 1)]


def test_a_cell_under_a_merged_range_is_unknown_and_not_empty(dump, stage):
    rows = HEAD, row(2, "A", "s", "x"), row(3, None, "t", "y"), row(4, "B", "u", "z")
    merged = '<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B4:C4"/></mergeCells>'
    book(dump / "events.xlsx", *rows, more=merged)
    raw = stage()
    assert staged(raw) == [
        ("A", "s", "x", 2),
        ("", "t", "y", 3),
        ("B", "u", "\ufffd4", 4),
    ]
    assert raw.rejects.select("row", "column", "value", "reason").rows() == [
        (3, "case_id", "A2:A3", "merged_cell"),
        (4, "note", "B4:C4", "merged_cell"),
    ]


def test_what_stands_beside_the_table_gets_a_column_of_its_own(dump, stage):
    book(dump / "events.xlsx", HEAD, row(2, "A", "s", "x", None, "note"))
    raw = stage()
    assert raw.files[0].header == ("case_id", "step", "note", "#5")
    assert staged(raw) == [("A", "s", "x", "note", 2)]


def test_rows_of_empty_texts_are_no_records_and_yet_counted(dump, stage):
    rows = HEAD, row(2, "", ""), row(3, "A", "s"), row(4, '<c r="A4" s="0"/>')
    book(dump / "events.xlsx", *rows)
    raw = stage()
    assert (raw.files[0].records, raw.files[0].read) == (1, 1)


def test_text_with_control_characters_or_half_a_character_is_refused(dump, stage):
    book(dump / "events.xlsx", HEAD, row(2, "A", "a_x0007_b", "a_x000A_b"))
    raw = stage()
    assert staged(raw) == [("A", "\ufffd2", "a\nb", 2)]
    assert lost(raw) == [(2, "step", "control_character")]
    book(dump / "events.xlsx", HEAD, row(2, "A", "_xD83D__xDE00_", "x"))
    assert staged(stage())[0][1] == "😀"
    book(dump / "events.xlsx", HEAD, row(2, "A", "_xD83D_", "x"))
    assert refusals(stage()) == {"events.xlsx!S1": "bad_xml"}


def test_a_bad_sheet_costs_only_itself(dump, stage):
    good, twice = sheet(HEAD + row(2, "A", "s", "x")), sheet(row(1, "a", "a"))
    repeats = sheet(HEAD + row(2, "A") + row(2, "B"))
    pack(dump / "events.xlsx", parts(good, twice, repeats))
    raw = stage()
    assert [f.source for f in raw.files] == ["events.xlsx!S1"]
    assert refusals(raw) == {
        "events.xlsx!S2": "duplicate_header",
        "events.xlsx!S3": "cell_order",
    }


def test_a_row_that_the_parser_does_not_see_is_missed_by_the_second_count(dump, stage):
    hidden = f"<!--{row(3, 'B', 's')}-->"
    book(dump / "events.xlsx", HEAD, row(2, "A", "s"), hidden)
    assert refusals(stage()) == {"events.xlsx!S1": "count_mismatch"}


def test_two_sheets_of_one_name_or_one_part_are_refused(dump, stage):
    found = parts(sheet(HEAD), sheet(HEAD))
    links = ("r1", "worksheet", "worksheets/sheet1.xml")
    found["xl/_rels/workbook.xml.rels"] = relations(links, ("r2", *links[1:]))
    pack(dump / "events.xlsx", found)
    assert refusals(stage()) == {"events.xlsx": "duplicate_entry"}


def test_a_merged_column_leaves_each_row_without_it_and_ranges_do_not_overlap(
    dump, stage
):
    rows = [row(n, None, "s", "x") for n in range(2, 2_000)]
    merged = '<mergeCells><mergeCell ref="A2:A1048576"/></mergeCells>'
    book(dump / "events.xlsx", HEAD, *rows, more=merged)
    raw = stage()
    assert raw.rejects.height == 1_997
    overlap = (
        '<mergeCells><mergeCell ref="A2:B9"/><mergeCell ref="B3:C4"/></mergeCells>'
    )
    book(dump / "events.xlsx", HEAD, *rows, more=overlap)
    assert refusals(stage()) == {"events.xlsx!S1": "cell_order"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "Workbook\0".encode("utf-16-le"),
         "old_workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
         "encrypted"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "unsupported_format"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "old_workbook"),
        (b"<html><table><tr><td>case_id", "html_table"),
        (b"\xef\xbb\xbf\r\n<table>", "html_table"),
        ("\ufeff<table>".encode("utf-16-le"), "utf_16"),
        (b"MIME-Version: 1.0\r\n", "html_table"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
         "not_xes"),
        (b"7z\xbc\xaf\x27\x1c", "other_archive"),
        (b"Rar!\x1a\x07\x00", "other_archive"),
        (b"%PDF-1.7", "unsupported_format"),
    ],
)  # fmt: skip
def test_other_files_are_refused_by_name_whatever_they_are_called(
    dump, stage, data, reason
):
    for name in ("events.xls", "events.csv", "events.xlsx"):
        (dump / name).write_bytes(data)
    assert set(refusals(stage()).values()) == {reason}


def test_an_xls_that_is_really_text_is_read_as_text(dump, stage):
    (dump / "events.xls").write_bytes("case_id\tstep\nA\t受理\n".encode("gb18030"))
    raw = stage()
    assert [(f.format, f.delimiter) for f in raw.files] == [("csv", "\t")]


def office(path: Path, **files: bytes) -> None:
    with zipfile.ZipFile(path, "w") as out:
        for name, data in files.items():
            out.writestr(name.replace("__", "/"), data)


def test_other_office_files_are_refused_by_name(dump, stage):
    ods = b"application/vnd.oasis.opendocument.spreadsheet"
    office(dump / "events-1.xlsx", mimetype=ods)
    with zipfile.ZipFile(dump / "events-2.xlsx", "w") as out:
        out.writestr("[Content_Types].xml", "<Types/>")
        out.writestr("xl/workbook.bin", b"x")
    with zipfile.ZipFile(dump / "events-3.xlsx", "w") as out:
        out.writestr("[Content_Types].xml", "<Types/>")
        out.writestr("word/document.xml", f'<document xmlns="{NS}"/>')
    assert refusals(stage()) == {
        "events-1.xlsx": "open_document",
        "events-2.xlsx": "binary_workbook",
        "events-3.xlsx": "not_a_workbook",
    }

"""Cells of a workbook: nothing inferred, nothing rounded, nothing let through."""

import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from auditor.errors import AuditError
from auditor.read.job import Job, Refused
from auditor.read.places import box, name_of, place
from auditor.read.styles import is_date_format, is_percent_format
from auditor.read.workbook import read_workbook
from auditor.read.xlsx import read_cells
from auditor.settings import Limits
from tests.workbooks import NS, cell, pack, parts, sheet

ROW = '<row r="1">{}</row>'
BOOK, SHEET = "xl/workbook.xml", "xl/worksheets/sheet1.xml"


def read(path: Path, **limits: int) -> dict[str, pl.DataFrame]:
    answer = read_cells(Job(str(path), str(path), Limits(**limits)))
    return {str(one.table): pl.read_parquet(one.path) for one in answer.tables}


def rows_of(path: Path) -> dict[str, tuple]:
    cells = read(path)["cells"].select("row", "column", "value", "kind").iter_rows()
    return {name_of(row, column): (value, kind) for row, column, value, kind in cells}


def refusal(path: Path, **limits: int) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        read(path, **limits)
    return caught.value.reason, caught.value.value


def one_sheet(tmp_path: Path, rows: str, **more: str) -> Path:
    return pack(tmp_path / "a.xlsx", parts(sheet(rows), **more))


# ---------------------------------------------------------------------- what is read


def test_numbers_keep_every_digit_they_were_stored_with(tmp_path):
    ids = ("330100000012345678", "330100000012345679", "1E+17", "45293.99999999537")
    cells = "".join(cell(f"{c}1", n) for c, n in zip("ABCD", ids, strict=True))
    found = rows_of(one_sheet(tmp_path, ROW.format(cells)))
    assert [value for value, _ in found.values()] == list(ids)


def test_text_after_a_thousand_numbers_survives(tmp_path):
    path = tmp_path / "late.xlsx"
    with xlsxwriter.Workbook(str(path)) as out:
        page = out.add_worksheet()
        for row in range(1001):
            page.write_number(row, 0, row)
        page.write_string(1001, 0, "晚来的字")
    assert rows_of(path)["A1002"] == ("晚来的字", "text")


def test_every_kind_of_cell_is_told_apart(tmp_path):
    cells = (
        cell("A1", "1"),
        cell("B1", 0, "s"),
        cell("C1", "1", "b"),
        cell("D1", "#N/A", "e"),
        cell("E1", "2021-08-01", "d"),
        '<c r="F1" t="inlineStr"><is><t>内</t></is></c>',
        '<c r="G1" t="str"><f>A1</f><v>x</v></c>',
        '<c r="H1"><f>A1</f></c>',
        '<c r="I1" s="3"/>',
    )
    runs = "<r><t>富</t></r><r><t> 文_x000A_</t></r><rPh><t>fu</t></rPh>"
    strings = f"<si>{runs}</si>"
    path = one_sheet(tmp_path, ROW.format("".join(cells)), strings=strings)
    assert rows_of(path) == {
        "A1": ("1", "number"),
        "B1": ("富 文\n", "text"),
        "C1": ("1", "bool"),
        "D1": ("#N/A", "error"),
        "E1": ("2021-08-01", "date"),
        "F1": ("内", "text"),
        "G1": ("x", "text"),
        "H1": ("", "text"),
    }
    assert read(path)["cells"]["formula"].to_list() == [*[False] * 6, True, True]


def test_rows_and_cells_without_a_name_follow_those_before(tmp_path):
    rows = "<row><c><v>1</v></c><c><v>2</v></c></row>"
    rows += "<row r='5'><c r='C5'><v>3</v></c><c><v>4</v></c></row>"
    assert list(rows_of(one_sheet(tmp_path, rows))) == ["A1", "B1", "C5", "D5"]


def test_formats_merges_hidden_parts_and_the_calendar_are_handed_on(tmp_path):
    path = tmp_path / "all.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as out:
        page = out.add_worksheet("可见")
        page.write_number(0, 0, 0.903, out.add_format({"num_format": "0.0%"}))
        page.write_number(0, 1, 44409, out.add_format({"num_format": 14}))
        page.merge_range("C1:D3", "合")
        page.write_string(4, 0, "藏")
        page.set_row(4, None, None, {"hidden": True})
        page.set_column(6, 7, None, None, {"hidden": True})
        page.write_string(0, 7, "列")
        out.add_worksheet("深藏").very_hidden()
    found = read(path)
    cells = {(r["row"], r["column"]): r for r in found["cells"].iter_rows(named=True)}
    assert is_percent_format(cells[1, 1]["format"])
    assert is_date_format(cells[1, 2]["format"])
    assert [cells[at]["hidden"] for at in ((1, 1), (5, 1), (1, 8))] == [
        False,
        True,
        True,
    ]
    assert found["merges"].rows() == [(0, 1, 3, 3, 4)]
    assert found["sheets"].rows() == [
        (0, "可见", "visible", True),
        (1, "深藏", "veryHidden", True),
    ]


def test_what_openpyxl_reads_is_what_we_read(sample):
    for name in ("findings.xlsx", "forms/annex2.xlsx"):
        book = openpyxl.load_workbook(sample / name)
        cells = read(sample / name)["cells"]
        for number, page in enumerate(book):
            mine = cells.filter(pl.col("sheet") == number).iter_rows(named=True)
            told = {(c["row"], c["column"]): c["value"] for c in mine}
            theirs = {
                (c.row, c.column): c.value
                for line in page.iter_rows()
                for c in line
                if c.value is not None
            }
            assert told.keys() == theirs.keys()
            assert {at: like(told[at], theirs[at]) for at in theirs} == theirs


def like(text: str, value: object) -> object:
    """What we read, in the type that the other reader chose."""
    return type(value)(float(text)) if isinstance(value, int | float) else text


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        *(("General", False), ("0", False), ("0.0%", False), ("@", False)),
        *(("yyyy/m/d", True), ('yyyy"年"m"月"', True), ("m月d日", True)),
        *(("[$-804]yyyy年m月", True), ("h:mm:ss", False), ("[Red]0", False)),
        *(('0"d"', False), ('"year" 0', False), ("#,##0", False)),
    ],
)
def test_a_date_format_is_told_by_its_code(code, is_date):
    assert is_date_format(code) is is_date


@pytest.mark.parametrize("name", ["A1", "Z9", "AA10", "AS27", "XFD1048576"])
def test_places_have_one_name(name):
    assert name_of(*place(name)) == name


@pytest.mark.parametrize(
    "name", ["", "A0", "1A", "a1", "XFE1", "A1048577", "Ａ1", "A1:B2"]
)
def test_other_names_are_none(name):
    assert place(name) is None


def test_a_range_has_its_corners_in_order():
    assert box("B2:D3") == (2, 2, 3, 4)
    assert box("C5") == (5, 3, 5, 3)
    assert box("D3:B2") is None


# ------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "S1: A1"),
        ('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "S1: A1"),
        ('<row r="1"><c r="A2"><v>1</v></c></row>', "S1: A2"),
        ('<row r="2"/><row r="1"/>', "S1: 1"),
        ('<row r="1"/><row r="1"/>', "S1: 1"),
        ('<row r="1048577"/>', "S1: 1048577"),
        ('<row r="1"><c r="XFE1"><v>1</v></c></row>', "S1: XFE1"),
    ],
)
def test_cells_that_repeat_or_run_backwards_are_refused(tmp_path, rows, where):
    assert refusal(one_sheet(tmp_path, rows)) == ("cell_order", where)


def test_the_farthest_cell_of_a_sheet_is_refused_and_costs_nothing(tmp_path):
    row = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = one_sheet(tmp_path, row)
    assert refusal(path) == ("too_many_columns", "S1!XFD1048576")
    assert refusal(path, columns=20_000, cells=0)[0] == "too_many_cells"
    empty = one_sheet(tmp_path, row.replace("<v>1</v>", ""))
    assert read(empty)["cells"].is_empty()


def test_declarations_are_refused_wherever_they_stand(tmp_path):
    doctype = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
        found = parts(
            sheet(ROW.format(cell("A1", 0, "s"))), strings="<si><t>a</t></si>"
        )
        found[name] = doctype + found[name]
        assert refusal(pack(tmp_path / "d.xlsx", found)) == ("doctype", name)
        found[name] = found[name].removeprefix(doctype).encode("utf-16")
        assert refusal(pack(tmp_path / "d.xlsx", found)) == ("utf_16", name)


def test_bombs_are_refused_before_they_unpack(tmp_path):
    blown = parts(sheet("<row>" + " " * (40 << 20) + "</row>"))
    path = pack(tmp_path / "bomb.xlsx", blown)
    assert path.stat().st_size < 100_000
    assert refusal(path)[0] == "unpacked_too_large"
    many = parts(sheet("")) | {f"x/{n}": "" for n in range(2000)}
    assert refusal(pack(tmp_path / "many.xlsx", many))[0] == "too_many_entries"
    strings = "<si><t>" + "长" * 40_000 + "</t></si>"
    path = one_sheet(tmp_path, ROW.format(cell("A1", 0, "s")), strings=strings)
    assert refusal(path) == ("field_too_long", "S1!A1")


def test_a_size_that_lies_in_the_directory_is_found_out(tmp_path):
    path = pack(tmp_path / "lie.xlsx", parts(sheet(ROW.format(cell("A1", 1)) * 1)))
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (7).to_bytes(4, "little")
    path.write_bytes(data)
    assert refusal(path)[0] in {"bad_zip", "bad_xml"}


def test_archives_with_two_readings_are_refused(tmp_path):
    path = tmp_path / "two.xlsx"
    pack(path, parts(sheet("")))
    with zipfile.ZipFile(path, "a") as out, pytest.warns(UserWarning):
        out.writestr("xl/workbook.xml", "<workbook/>")
    assert refusal(path) == ("duplicate_entry", "xl/workbook.xml")
    pack(path, parts(sheet("")))
    path.write_bytes(b"\0" * 10 + path.read_bytes())
    assert refusal(path)[0] == "bad_zip"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("_rels/.rels", "<Relationships/>", "not_a_workbook"),
        (BOOK, f'<workbook xmlns="{NS}"><sheets/></workbook>', "not_a_workbook"),
        (BOOK, "<html/>", "not_a_workbook"),
        (SHEET, "<worksheet><sheetData>", "bad_xml"),
        (SHEET, f'<x xmlns="{NS}"><sheetData/></x>', "not_a_workbook"),
        (SHEET, sheet("<!-- <c r='A1'/> -->"), "count_mismatch"),
        (SHEET, sheet(ROW.format(cell("A1", 5, "s"))), "bad_xml"),
        (SHEET, sheet("", "<mergeCell ref='B2:A1'/>"), "bad_xml"),
    ],
)
def test_parts_that_are_not_what_they_should_be_are_refused(
    tmp_path, name, text, reason
):
    found = parts(sheet(ROW.format(cell("A1", 1)))) | {name: text}
    assert refusal(pack(tmp_path / "x.xlsx", found))[0] == reason


# ------------------------------------------------------------- in a process of its own


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"county,1,2,3\n", "not_a_workbook"),
        (b"PK\x03\x04rest", "bad_zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_a_workbook"),
        (b"<?xml version='1.0'?><log/>", "not_a_workbook"),
        (b"\x1f\x8b\x08\x00", "not_a_workbook"),
        (b"", "not_a_workbook"),
    ],
)
def test_other_files_are_refused_in_words(tmp_path, data, reason):
    from auditor.errors import text

    path = tmp_path / "form.xlsx"
    path.write_bytes(data)
    (tmp_path / "work").mkdir()
    with pytest.raises(AuditError) as caught:
        read_workbook(path, Limits(), tmp_path / "work")
    assert caught.value.code == "AUD510"
    assert text(f"reject.{reason}", "en") in caught.value.render("en")
    assert text(f"reject.{reason}", "zh") in caught.value.render("zh")

"""What a mapping may declare about cells: units, codes, width of characters, dates."""

import json
from datetime import date

import polars as pl
import pytest

from auditor.clean import load_mapping
from auditor.errors import AuditError
from auditor.frames import LOOKUP_TABLE, REJECTS
from auditor.read import ReadPlan, read
from auditor.settings import Limits
from tests.raws import CASE, cleaned, loaded, raw_file, told
from tests.test_mapping import PACK, mapping, problems

CASES = '[[table]]\nto = "cases"\n'


def cases(folder, text, *rows):
    rows = [CASE | {"case_id": f"{n}"} | row for n, row in enumerate(rows)]
    return cleaned(folder, ("cases", rows), mapping=mapping(folder, text))


# ---- units


@pytest.mark.parametrize(
    ("column", "unit", "cell", "value"),
    [
        ("capacity_kw", "MW", "0.16", 160.0),
        ("capacity_kw", "MW", "0.1600001", 160.0001),
        ("capacity_kw", "万千瓦", "0.016", 160.0),
        ("capacity_kw", "W", "160000", 160.0),
        ("capacity_kw", "W", "5", 0.005),
        ("capacity_kw", "千瓦", "160", 160.0),
        ("voltage_kv", "V", "220", 0.22),
        ("voltage_kv", "V", "10000", 10.0),
        ("user_cost_yuan", "万元", "0.07", 700.0),
        ("user_cost_yuan", "万元", "-1.5", -15_000.0),
        ("user_cost_yuan", "分", "1", 0.01),
        ("added_sales_kwh", "万千瓦时", "12", 120_000.0),
    ],
)
def test_a_unit_is_converted_exactly(tmp_path, column, unit, cell, value):
    text = CASES + f'[table.unit]\n{column} = "{unit}"\n'
    tables = cases(tmp_path, text, {column: cell})
    assert loaded(tables, "cases")[column].to_list() == [value]


def test_what_is_no_number_is_rejected_as_it_was_delivered(tmp_path):
    text = CASES + '[table.unit]\ncapacity_kw = "MW"\n'
    tables = cases(tmp_path, text, {"capacity_kw": "0.16kW"}, {"capacity_kw": ""})
    assert loaded(tables, "cases")["capacity_kw"].to_list() == [None, None]
    assert told(tables, "column", "value", "reason") == [
        ("capacity_kw", "0.16kW", "unreadable_number")
    ]


def test_kva_pass_as_they_are_and_only_where_the_case_says_so(tmp_path):
    text = CASES + '[table.unit]\ncapacity_kw = "MVA"\n'
    assert problems(tmp_path, text) == [("AUD160", 4)]
    text += '[table.constant]\ncapacity_unit = "kVA"\n'
    frame = loaded(cases(tmp_path, text, {"capacity_kw": "0.4"}), "cases")
    assert frame.select("capacity_kw", "capacity_unit").rows() == [(400.0, "kVA")]


def test_a_unit_that_the_column_cannot_have_is_a_problem(tmp_path):
    text = CASES + '[table.unit]\ncapacity_kw = "万元"\nutility = "kW"\n'
    assert problems(tmp_path, text) == [("AUD153", 4), ("AUD153", 5)]


# ---- width of characters


def test_full_width_characters_are_folded_only_where_declared(tmp_path):
    row = {"county_code": "９００１０１", "capacity_kw": "１６０", "utility": "Ａ公司"}
    text = CASES + 'halfwidth = ["county_code", "capacity_kw"]\n'
    frame = loaded(cases(tmp_path, text, row), "cases")
    columns = ("county_code", "capacity_kw", "utility")
    assert frame.select(columns).rows() == [("900101", 160.0, "Ａ公司")]
    tables = cases(tmp_path, CASES, row)
    assert loaded(tables, "cases").select(columns).rows() == [
        ("９００１０１", None, "Ａ公司")
    ]


def test_a_cell_may_end_with_the_declared_unit_and_with_no_other(tmp_path):
    cells = {
        "160kW": 160.0, "160 KW": 160.0, "160　kw": 160.0, "160": 160.0,
        "160千瓦": 160.0, "160kVA": None, "160千伏安": None, "160兆瓦": None,
        "160 k": None, "kW": None, "160kW左右": None,
    }  # fmt: skip
    rows = [
        CASE | {"case_id": f"{n:02}", "capacity_kw": cell}
        for n, cell in enumerate(cells)
    ]
    text = CASES + '[table.unit]\ncapacity_kw = "kW"\n'
    page = mapping(tmp_path, text)
    tables = cleaned(tmp_path / "work", ("cases", rows), mapping=page)
    assert loaded(tables, "cases")["capacity_kw"].to_list() == [*cells.values()]
    lost = [cell for cell, number in cells.items() if number is None]
    assert [row[0] for row in told(tables, "value", kind="cell")] == lost
    page = mapping(tmp_path, text.replace('"kW"', '"万千瓦"'))
    large = [CASE | {"case_id": "1", "capacity_kw": "0.016万千瓦"}]
    tables = cleaned(tmp_path / "large", ("cases", large), mapping=page)
    assert loaded(tables, "cases")["capacity_kw"].to_list() == [160.0]


WRITTEN = {  # a cell with its number if the column declares its thousands
    "1,200.00": 1200.0,
    "-12,345,678.9": -12345678.9,
    "+999": 999.0,
    "1200": 1200.0,
    "1,20": None,
    "12,00.00": None,
    "1,200,00": None,
    "1200,000": None,
    ",200": None,
    "1,200.": None,
    "1.200,00": None,
    "１,２００": None,
}


def test_commas_between_thousands_go_only_where_declared(tmp_path):
    cells = [{"case_id": f"{n:02}", "用户出资": cell} for n, cell in enumerate(WRITTEN)]
    files = ("cases", [CASE | cell for cell in cells])
    plain = loaded(cleaned(tmp_path / "plain", files), "cases")["user_cost_yuan"]
    assert [n is None or n in {999, 1200} for n in plain] == [True] * len(WRITTEN)
    text = CASES + 'thousands = ["user_cost_yuan"]\n'
    page = mapping(tmp_path, text)
    tables = cleaned(tmp_path / "declared", files, mapping=page)
    assert loaded(tables, "cases")["user_cost_yuan"].to_list() == [*WRITTEN.values()]
    lost = {cell for cell, number in WRITTEN.items() if number is None}
    assert {row[0] for row in told(tables, "value", kind="cell")} == lost
    both = text + 'halfwidth = ["user_cost_yuan"]\n'
    both += '[table.unit]\nuser_cost_yuan = "万元"\n'
    tables = cleaned(tmp_path / "both", files, mapping=mapping(tmp_path, both))
    costs = loaded(tables, "cases")["user_cost_yuan"].to_list()
    assert costs[0] == 12_000_000
    assert costs[-1] == 12_000_000


def test_only_numbers_have_thousands(tmp_path):
    text = CASES + 'thousands = ["capacity_kw", "utility", "nobody"]\n'
    assert problems(tmp_path, text) == [("AUD226", 3), ("AUD167", 3)]


def test_folded_ids_meet_those_of_other_tables_and_of_rejected_rows(tmp_path):
    text = CASES + 'halfwidth = ["case_id"]\n[[table]]\nto = "events"\n'
    events = [{"case_id": "１", "step": "accept"}, {"case_id": "1", "step": "送电"}]
    lost = dict.fromkeys(REJECTS) | {"kind": "row", "table": "cases", "case_id": "１"}
    lost |= {"source": "cases.csv", "row": 7, "reason": "row_width"}
    tables = cleaned(
        tmp_path,
        ("cases", [CASE | {"case_id": "１"}]),
        ("events", events),
        mapping=mapping(tmp_path, text),
        rejects=pl.DataFrame([lost], schema=REJECTS),
    )
    assert ("1", "cases") in tables.lost.rows()
    assert loaded(tables, "cases")["case_id"].to_list() == ["1"]
    # Only the entry that declares it folds: the other table's id is another id.
    assert ("１", "unknown_case") in told(tables, "case_id", "reason")


# ---- code tables


OWN = """[lookup.counties]
path = "orgs.csv"
key = "ORG_NO"
value = "COUNTY"
[[table]]
to = "cases"
[table.lookup]
county_code = "counties"
[table.values.county_code]
"330101" = "330102"
"""


def test_a_code_table_beside_the_mapping_goes_before_the_value_table(tmp_path):
    (tmp_path / "orgs.csv").write_text("ORG_NO,COUNTY\n33401,330101\n", "utf-8-sig")
    tables = cases(tmp_path, OWN, {"county_code": "33401 "}, {"county_code": "33402"})
    assert loaded(tables, "cases")["county_code"].to_list() == ["330102", "33402"]


def test_a_changed_code_table_is_another_mapping(tmp_path):
    seen = set()
    for county in ("330101", "330102"):
        (tmp_path / "orgs.csv").write_text(f"ORG_NO,COUNTY\n33401,{county}\n", "utf-8")
        seen.add(mapping(tmp_path, OWN).digest)
    assert len(seen) == 2


def test_the_manifest_of_a_run_knows_the_code_table_beside_the_mapping(tmp_path, audit):
    (tmp_path / "map.toml").write_text(OWN, "utf-8")
    (tmp_path / "dump").mkdir()
    text = "case_id,county_code,customer_type\nA,33401,resident\n"
    (tmp_path / "dump" / "cases.csv").write_text(text, "utf-8")
    (tmp_path / "dump" / "events.csv").write_text("case_id,step\nA,accept\n", "utf-8")
    seen = set()
    for county in ("330101", "330102"):
        (tmp_path / "orgs.csv").write_text(f"ORG_NO,COUNTY\n33401,{county}\n", "utf-8")
        words = ("--mapping", tmp_path / "map.toml", "--cutoff", "2022-01-01")
        out = tmp_path / county
        assert audit("run", tmp_path / "dump", *words, "--out", out).code == 0
        manifest = json.loads((out / "manifest.json").read_text("utf-8"))
        seen.add(manifest["parameters"]["mapping_digest"])
    assert len(seen) == 2


def test_problems_of_code_tables_are_told_with_their_lines(tmp_path):
    (tmp_path / "twice.csv").write_text("A,B\n1,x\n1,y\n1,y\n", "utf-8")
    text = """[lookup.none]
path = "none.csv"
key = "A"
value = "B"
[lookup.twice]
path = "twice.csv"
key = "A"
value = "B"
[lookup.lacking]
path = "twice.csv"
key = "A"
value = "C"
[lookup.nowhere]
key = "A"
value = "C"
[lookup.keyless]
file = "x*"
value = "C"
[[table]]
to = "cases"
[table.lookup]
utility = "elsewhere"
"""
    assert problems(tmp_path, text) == [
        ("AUD156", 2), ("AUD157", 6), ("AUD156", 10), ("AUD155", 13), ("AUD223", 16),
        ("AUD154", 22),
    ]  # fmt: skip


DELIVERED = """[lookup.orgs]
file = "单位*"
key = "编码"
value = "名称"
[[table]]
to = "cases"
[table.lookup]
utility = "orgs"
"""


def codes(folder, *pairs):
    rows = [{"编码": code, "名称": name} for code, name in pairs]
    folder.mkdir(exist_ok=True)
    return raw_file(folder, LOOKUP_TABLE, rows, "单位.csv", header=("编码", "名称"))


def test_a_delivered_code_table_is_used_and_each_of_its_rows_is_counted(tmp_path):
    file = codes(tmp_path, ("1", "甲公司"), ("1 ", "甲公司"), ("", "乙公司"))
    found = ("cases", [CASE | {"utility": "1"}, CASE | {"utility": "2"}])
    tables = cleaned(tmp_path, found, file, mapping=mapping(tmp_path, DELIVERED))
    assert loaded(tables, "cases")["utility"].to_list() == ["甲公司", "2"]
    assert tables.accounting[LOOKUP_TABLE] == {
        "read": 3, "accepted": 1, "duplicate": 1, "rejected": 1,
    }  # fmt: skip
    assert told(tables, "source", "row", "column", "reason") == [
        ("单位.csv", 4, "编码", "empty_key")
    ]


def test_a_delivered_code_table_that_contradicts_itself_stops_the_run(tmp_path):
    file = codes(tmp_path, ("1", "甲公司"), ("1", "乙公司"))
    with pytest.raises(AuditError) as error:
        cleaned(tmp_path, file, mapping=mapping(tmp_path, DELIVERED))
    assert (error.value.code, error.value.exit_code) == ("AUD159", 3)


def test_a_delivered_code_table_that_is_missing_stops_the_run(tmp_path):
    with pytest.raises(AuditError) as error:
        cleaned(tmp_path, mapping=mapping(tmp_path, DELIVERED))
    assert error.value.code == "AUD158"
    assert "单位*" in error.value.render("zh")


# ---- dates


def dates(folder, declared, *cells):
    rows = [{"submitted_at": cell} for cell in cells]
    frame = loaded(cases(folder, f"[dates]\n{declared}\n", *rows), "cases")
    return frame["submitted_at"].to_list()


def test_two_digit_years_need_a_declared_century(tmp_path):
    text = '[dates]\nformats = ["%d.%m.%y"]\n'
    assert problems(tmp_path, text) == [("AUD152", 2)]
    forms = 'formats = ["%d.%m.%y"]\ncentury ='
    assert dates(tmp_path, f"{forms} 2000", "5.3.21") == [date(2021, 3, 5)]
    assert dates(tmp_path, f"{forms} 1900", "5.3.98") == [date(1998, 3, 5)]


def test_years_of_the_republic_are_read_where_declared(tmp_path):
    text = 'calendar = "minguo"\nformats = ["民国%Y年%m月%d日", "%Y/%m/%d"]'
    cells = ("民国110年3月1日", "", "99/2/29", "110/02/28", "2021-03-01", "109/2/29")
    assert dates(tmp_path, text, *cells) == [
        date(2021, 3, 1), None, None, date(2021, 2, 28), None, date(2020, 2, 29),
    ]  # fmt: skip


def test_buddhist_years_are_never_taken_for_others(tmp_path):
    text = 'calendar = "buddhist"\nformats = ["%Y-%m-%d"]'
    assert dates(tmp_path, text, "2564-03-01", "2021-03-01") == [date(2021, 3, 1), None]


def test_midnight_of_a_declared_format_is_the_next_day(tmp_path):
    text = 'formats = ["%d/%m/%Y %H:%M"]\n"24:00" = "next_day"'
    cells = ("31/12/2021 24:00", "31/12/2021 24:30", "31/12/2021 23:59")
    assert dates(tmp_path, text, *cells) == [date(2022, 1, 1), None, date(2021, 12, 31)]


@pytest.mark.parametrize(
    "formats",
    [
        '"%d/%m/%Y", "%m/%d/%Y"', '"%Y/%d/%m"', '"%Y-%d-%m %H:%M:%S"', '"%d%m%Y"',
        '"%Y年%d月%m日"',
    ],
)  # fmt: skip
def test_formats_that_read_one_text_as_two_days_are_a_problem(tmp_path, formats):
    found = problems(tmp_path, f"[dates]\nformats = [{formats}]\n")
    assert {code for code, _ in found} == {"AUD161"}


@pytest.mark.parametrize(
    "formats",
    ['"%Y/%m/%d %H:%M", "%d.%m.%Y"', '"%d/%m/%Y", "%d-%m-%Y"', '"%Y%m%d%H%M%S"'],
)
def test_formats_that_agree_stand_side_by_side(tmp_path, formats):
    mapping(tmp_path, f"[dates]\nformats = [{formats}]\n")


def test_unknown_calendars_and_centuries_are_problems(tmp_path):
    text = '[dates]\ncentury = 1800\ncalendar = "lunar"\n'
    assert problems(tmp_path, text) == [("AUD225", 2), ("AUD225", 3)]


# ---- the line of the header


def staged(folder, text, line):
    dump = folder / "dump"
    dump.mkdir(parents=True)
    (dump / "cases.csv").write_text(text, "utf-8")
    (folder / "map.toml").write_text(
        f'[[table]]\nto = "cases"\nfile = "cases*"\nheader_row = {line}\n', "utf-8"
    )
    plan = load_mapping(folder / "map.toml", PACK).read_plan(PACK)
    assert isinstance(plan, ReadPlan)
    return read((dump,), None, plan, Limits(), folder / "work")


def test_a_declared_header_row_is_taken_and_all_above_it_are_titles(tmp_path):
    raw = staged(tmp_path, "报表,2022\n制表,张\n\ncase_id,area\nA,urban\n", 4)
    (file,) = raw.files
    assert (file.header, file.read) == (("case_id", "area"), 1)
    assert raw.rejects.select("row", "reason").rows() == [
        (1, "title_line"), (2, "title_line"),
    ]  # fmt: skip


def test_a_header_row_far_down_is_found_and_one_that_is_none_refuses(tmp_path):
    above = "".join(f"说明 {n},\n" for n in range(40))
    raw = staged(tmp_path / "1", above + "case_id,area\nA,urban\n", 41)
    assert raw.files[0].header == ("case_id", "area")
    raw = staged(tmp_path / "2", "case_id,area\nA,urban\n", 9)
    assert raw.files == ()
    assert raw.rejects["reason"].to_list() == ["no_header_row"]


def test_a_header_row_must_be_a_line_number(tmp_path):
    assert problems(tmp_path, CASES + "header_row = 0\n") == [("AUD223", 3)]


# ---- names that only look alike


@pytest.mark.parametrize("delivered", ["湖東区", "湖东區", "湖东区\u200b", "胡东区"])
def test_a_name_that_only_looks_like_a_county_is_never_taken_for_it(
    tmp_path, delivered
):
    text = CASES + '[table.values.county_code]\n"湖东区" = "900101"\n'
    tables = cases(
        tmp_path, text, {"county_code": "湖东区"}, {"county_code": delivered}
    )
    assert loaded(tables, "cases")["county_code"].to_list() == ["900101", delivered]

"""附件2: the arithmetic of the notice, every total recomputed, and how it prints."""

import csv
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from auditor.errors import AuditError
from auditor.pack import load_pack
from auditor.vocabulary import MET
from auditor.write.forms import write_forms
from auditor.write.forms.annex2 import facts_of
from auditor.write.forms.grid import build
from auditor.write.forms.layout import load_layout
from auditor.write.forms.units import provinces
from auditor.write.words import percent_text
from tests.test_write_results import COUNTIES, make_results

PACK = load_pack("nea-2021-37")
LAYOUT = load_layout(PACK.folder / "forms" / "annex2.toml")
LOCAL = [one for one in PACK.indicators if one.fill == "county"]
APPROVED = Path(__file__).parent / "approved" / "annex2.txt"
FIRST = LAYOUT.columns["indicators"] + 1  # openpyxl counts from 1
BODY = LAYOUT.rows["body"] + 1


def statuses(unmet: dict[str, set[int]], counties: list[str]) -> pl.DataFrame:
    """A rollup in which every county has met all but the numbers in ``unmet``."""
    rows = [
        ("county", code, one.id, status)
        for code in counties
        for one in LOCAL
        for status in ["not_met" if one.number in unmet.get(code, ()) else "met"]
    ]
    names = ["level", "code", "rule_id", "status"]
    return pl.DataFrame(rows, schema=names, orient="row")


def units(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    names = ["county_code", "county", "city_code", "city"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        province_code=pl.lit("P"), province=pl.lit("某省")
    )


def grid_of(roster: pl.DataFrame, rollup: pl.DataFrame):
    facts = facts_of(make_results(rollup=rollup, roster=roster, expected=None))
    return build(provinces(roster, LAYOUT.no_city)[0], facts, LAYOUT)


def shares(rows) -> list[tuple]:
    return [(row.done, row.undone, percent_text(row.percent)) for row in rows]


def test_the_sample_of_the_notice_comes_out_as_printed():
    place = units(("C", "C区", "A", "A市"), ("D", "D县", "A", "A市"))
    grid = grid_of(place, statuses({"D": {2, 35, 36}}, ["C", "D"]))
    kinds = [row.kind for row in grid.rows]
    assert kinds == ["province", "city", "county", "county", "subtotal", *["total"] * 3]
    assert [row.number for row in grid.rows[1:5]] == ["1", "1.1", "1.2", "1.3"]
    assert shares(grid.rows[2:5]) == [(31, 0, "100%"), (28, 3, "90.3%"), (1, 1, "50%")]
    marks = {one.number: i for i, one in enumerate(facts_order())}
    subtotal = grid.rows[4].marks
    printed = {1: 2, 2: 1, 3: 2, 22: 2, 34: 2, 35: 1, 36: 1, 21: "/", 37: "/"}
    assert {number: subtotal[marks[number]] for number in printed} == printed


def facts_order():
    return sorted(PACK.indicators, key=lambda one: one.number)


def test_a_province_of_a_hundred_and_fifty_counties_comes_out_as_printed():
    place = units(
        *((f"{n:03}", f"县{n}", f"c{n % 10}", f"市{n % 10}") for n in range(150))
    )
    unmet = {f"{n:03}": {1 + n % 20} for n in range(42)}
    grid = grid_of(place, statuses(unmet, [f"{n:03}" for n in range(150)]))
    assert shares(grid.rows[:1]) == [(108, 42, "72%")]
    assert (grid.rows[0].city, grid.rows[0].county) == ("共 10 个地市", "共 150 个县")


def test_the_form_has_the_groups_and_stars_of_the_notice():
    sizes = [
        sum(one.group == group for one in PACK.indicators) for group, _ in LAYOUT.groups
    ]
    assert sizes == [20, 13, 3, 2]
    stars = [one.number for one in PACK.indicators if one.star]
    assert stars == [21, 27, 29, 30, 33, 37, 38]
    assert len(LOCAL) == 31


def test_a_municipality_has_no_city_level():
    place = units(("1", "东区", "11", "市辖区"), ("2", "西区", "11", "市辖区"))
    grid = grid_of(place, statuses({"2": {6}}, ["1", "2"]))
    assert [row.kind for row in grid.rows] == [
        "province",
        *["county"] * 2,
        *["total"] * 3,
    ]
    assert [row.number for row in grid.rows[1:3]] == ["1", "2"]
    assert [row.city for row in grid.rows[:3]] == ["/", "/", "/"]
    assert shares(grid.rows[:1]) == [(1, 1, "50%")]


def test_counties_under_the_province_come_last_and_are_no_city():
    place = units(
        ("1", "甲县", "", "省直辖县级行政区划"),
        ("2", "乙县", "20", "乙市"),
        ("30", "丙市", "30", "丙市"),
    )
    grid = grid_of(place, statuses({}, ["1", "2", "30"]))
    heads = [
        (row.number, row.city, row.county) for row in grid.rows if row.kind == "city"
    ]
    assert heads == [
        ("1", "乙市", "1 个县"),
        ("2", "丙市", "不设县"),
        ("3", "省直辖县", "1 个县"),
    ]
    assert (grid.rows[0].city, grid.rows[0].county) == ("共 2 个地市", "共 3 个县")


def test_a_county_listed_twice_counts_once():
    place = units(("1", "甲县", "10", "甲市"), ("1", "甲县", "10", "甲市"))
    assert len(provinces(place, frozenset())[0].counties) == 1


def test_a_county_without_any_verdict_is_blank_and_open():
    grid = grid_of(units(("1", "甲县", "10", "甲市")), statuses({}, []))
    local = [gap for gap in grid.gaps if gap.level == "county"]
    assert len(local) == 31
    assert {gap.status for gap in local} == {"undetermined"}
    assert all(gap.open for gap in local)


def test_a_cell_takes_a_single_expected_text_and_no_other():
    place = units(("1", "甲县", "10", "甲市"), ("2", "乙县", "10", "甲市"))
    rows = [("1", "ind01", "2021年8月"), ("2", "ind01", "2021年8月")]
    rows += [
        ("2", "ind01", "2021年9月"),
        ("2", "ind02", "2021年9月"),
        ("1", "ind02", " "),
    ]
    wanted = pl.DataFrame(
        rows, schema=["county_code", "indicator", "text"], orient="row"
    )
    rollup = statuses({"1": {1, 2}, "2": {1}}, ["1", "2"])
    results = make_results(rollup=rollup, roster=place, expected=wanted)
    grid = build(provinces(place, frozenset())[0], facts_of(results), LAYOUT)
    one, two = (row for row in grid.rows if row.kind == "county")
    assert one.marks[:3] == ("2021年8月", None, "√")
    assert two.marks[:3] == (None, "√", "√")
    gaps = {(gap.code, gap.indicator.id): gap.what for gap in grid.gaps}
    assert gaps["2", "ind01"] == "contradictory"
    assert gaps["2", "ind02"] == "superfluous"
    assert gaps["1", "ind02"] == "not_met"


@pytest.mark.parametrize(
    ("status", "mark", "is_open"),
    [
        ("attested_met", "已开展", False),
        ("attested_not_met", None, False),
        ("not_attested", None, True),
    ],
)
def test_an_encouraged_star_is_started_or_blank(status, mark, is_open):
    place = units(("1", "甲县", "10", "甲市"))
    extra = pl.DataFrame(
        [("province", "P", "ind37", status)],
        schema=["level", "code", "rule_id", "status"],
        orient="row",
    )
    grid = grid_of(place, pl.concat([statuses({}, ["1"]), extra]))
    assert grid.rows[0].marks[36] == mark
    assert any(gap.indicator.id == "ind37" for gap in grid.gaps) is is_open


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("annex2")
    write_forms(make_results(), folder)
    return folder / "forms"


def body(sheet) -> list[list]:
    rows = [list(row) for row in sheet.iter_rows(min_row=BODY, values_only=True)]
    return rows[
        : next(
            i for i, row in enumerate(rows) if row[0] == LAYOUT.words["seal"] + " " * 24
        )
    ]


def test_every_total_on_the_page_follows_from_the_rollup(forms: Path):
    sheet = openpyxl.load_workbook(forms / "annex2.xlsx")["附件2"]
    met = {
        (row["code"], row["rule_id"])
        for row in make_results().rollup.iter_rows(named=True)
        if row["level"] == "county" and row["status"] in MET
    }
    done = {code: sum((code, one.id) in met for one in LOCAL) for code, *_ in COUNTIES}
    names = {name: code for code, name, *_ in COUNTIES}
    rows = body(sheet)
    for row in rows:
        number, _, city, county, *rest = row
        marks, (finished, unfinished, share) = rest[:38], rest[38:]
        if county in names and "." in number:
            code = names[county]
            assert (finished, unfinished) == (done[code], 31 - done[code])
            assert share == pytest.approx(done[code] / 31, abs=0.0005)
            assert marks.count("√") == done[code]
            assert marks.count("/") == 7
        if city and str(city).endswith("小计"):
            where = city.removesuffix("小计")
            mine = [
                code
                for code, _, _, name in COUNTIES
                if name == where or (where == "省直辖县" and name not in cities_of())
            ]
            assert finished == sum(done[code] == 31 for code in mine)
            assert finished + unfinished == len(mine)
            for one, mark in zip(facts_order(), marks, strict=True):
                want = sum((code, one.id) in met for code in mine)
                assert mark == ("/" if one.star else want)
    totals = {row[3]: row[4:] for row in rows[-3:]}
    for index, one in enumerate(facts_order()):
        want = sum((code, one.id) in met for code, *_ in COUNTIES)
        got = [totals[key][index] for key in ("已完成县个数", "未完成县个数")]
        assert got == (["/", "/"] if one.star else [want, 12 - want])
    assert rows[0][41 + 1 :] == [1, 11, pytest.approx(0.083)]


def cities_of() -> set[str]:
    return {"云溪市", "临江市", "独秀市"}


def test_the_form_equals_the_approved_one(forms: Path):
    """Regenerate with APPROVE=1 after looking at the difference."""
    sheet = openpyxl.load_workbook(forms / "annex2.xlsx")["附件2"]
    lines = [
        f"{cell.coordinate} = {cell.value}"
        + (f" [{cell.number_format}]" if "%" in cell.number_format else "")
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    lines += sorted(f"merged {box}" for box in map(str, sheet.merged_cells.ranges))
    text = "\n".join(lines) + "\n"
    if os.environ.get("APPROVE"):
        APPROVED.write_text(text, "utf-8")
    assert text == APPROVED.read_text("utf-8")


def test_the_page_is_a3_landscape_one_page_wide_with_repeated_headings(forms: Path):
    sheet = openpyxl.load_workbook(forms / "annex2.xlsx")["附件2"]
    assert sheet.page_setup.orientation == "landscape"
    assert int(sheet.page_setup.paperSize) == 8
    assert sheet.page_setup.fitToWidth in {None, 1}  # 1 is the format's default
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$4:$6"
    assert sheet.cell(BODY, 5).font.name == "宋体"


def test_the_second_sheet_says_whether_the_form_may_be_sent(
    forms: Path, tmp_path: Path
):
    sheet = openpyxl.load_workbook(forms / "annex2.xlsx")["说明"]
    with (forms / "todo.csv").open(encoding="utf-8-sig", newline="") as handle:
        todo = list(csv.DictReader(handle))
    still_open = [row for row in todo if "提醒" not in row["what_zh"]]
    assert sheet["A1"].value.startswith(f"不可报送：尚有 {len(still_open)} 处")
    words = {
        str(cell.value).split("\n")[0] for row in sheet.iter_rows() for cell in row
    }
    assert {"达标", "未达标", "不能认定", "无适用案件", "缺书面证明"} <= words
    place = units(("1", "甲县", "10", "甲市"))
    stars = [
        ("province", "P", one.id, "attested_met") for one in PACK.indicators if one.star
    ]
    rollup = pl.concat(
        [
            statuses({}, ["1"]),
            pl.DataFrame(
                stars, schema=["level", "code", "rule_id", "status"], orient="row"
            ),
        ]
    )
    form = make_results().form | {"province": "某省"}
    full = make_results(
        rollup=rollup,
        roster=place,
        expected=None,
        form=form,
        accounting={"complete": True},
    )
    write_forms(full, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "forms" / "annex2.xlsx")["说明"]
    assert "不可报送" not in sheet["A1"].value
    assert (tmp_path / "forms" / "todo.csv").read_text("utf-8-sig").count("\n") == 1


def test_every_blank_cell_of_the_form_is_a_line_of_the_todo_list(forms: Path):
    sheet = openpyxl.load_workbook(forms / "annex2.xlsx")["附件2"]
    blanks = sum(
        mark is None
        for row in body(sheet)
        if row[1] == "江南省" or re.fullmatch(r"\d+\.\d+", row[0] or "")
        for mark in row[4:42]
    )
    with (forms / "todo.csv").open(encoding="utf-8-sig", newline="") as handle:
        todo = [row for row in csv.DictReader(handle) if row["indicator"]]
    assert sum("提醒" not in row["what_zh"] for row in todo) == blanks


def test_without_a_roster_there_is_no_form_and_the_list_says_so(tmp_path: Path):
    write_forms(make_results(roster=None), tmp_path)
    assert [path.name for path in (tmp_path / "forms").iterdir()] == ["todo.csv"]
    assert "名册" in (tmp_path / "forms" / "todo.csv").read_text("utf-8-sig")


def test_a_pack_without_forms_writes_none(tmp_path: Path):
    write_forms(make_results(pack_folder=tmp_path), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_heading_or_period_is_named(tmp_path: Path):
    write_forms(make_results(form={}, period=None), tmp_path)
    text = (tmp_path / "forms" / "todo.csv").read_text("utf-8-sig")
    for key in ("filler", "phone", "reviewer", "date", "--period"):
        assert key in text
    sheet = openpyxl.load_workbook(tmp_path / "forms" / "annex2.xlsx")["附件2"]
    assert sheet["A2"].value == "(____年__月—____年__月)"


def test_a_layout_with_an_unknown_key_is_refused(tmp_path: Path):
    text = (PACK.folder / "forms" / "annex2.toml").read_text("utf-8")
    path = tmp_path / "annex2.toml"
    path.write_text(text.replace('met = "√"', 'mett = "√"'), "utf-8")
    with pytest.raises(AuditError) as caught:
        load_layout(path)
    assert "met, mett" in caught.value.render("zh")


def test_hostile_names_stay_text(tmp_path: Path):
    evil = ["=1+1", "<r><t>x</t></r>", "http://x.example", "_x0041_", "a\x07\u202eb"]
    place = units(*((str(i), name, "10", "甲市") for i, name in enumerate(evil)))
    write_forms(make_results(roster=place), tmp_path)
    path = tmp_path / "forms" / "annex2.xlsx"
    sheet = openpyxl.load_workbook(path)["附件2"]
    names = [row[3] for row in body(sheet)[2 : 2 + len(evil)]]
    assert names == ["=1+1", "<r><t>x</t></r> ", *evil[2:4], "a⟦U+0007⟧⟦U+202E⟧b"]
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist()}
    assert not any("<f>" in text or "hyperlink" in text for text in parts.values())
    assert not any("TargetMode" in text for text in parts.values())


def test_the_form_prints_on_one_page(forms: Path, tmp_path: Path):
    tools = [shutil.which("soffice"), shutil.which("pdftoppm"), shutil.which("pdfinfo")]
    if not all(tools):
        assert not os.environ.get("CI"), "LibreOffice and poppler are needed in CI"
        pytest.skip("LibreOffice or poppler is not installed")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [tools[0], profile, "--headless", "--convert-to", "pdf", "--outdir"]
    subprocess.run(
        [*command, tmp_path, forms / "annex2.xlsx"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    pdf = tmp_path / "annex2.pdf"
    text = subprocess.run(
        [
            shutil.which("pdftotext") or "pdftotext",
            "-f",
            "1",
            "-l",
            "1",
            "-layout",
            pdf,
            "-",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for label in (
        "“获得电力”任务指标完成情况统计表",
        "填报单位盖章处",
        "全省各指标的完成情况统计",
    ):
        assert label in text
    assert text.count("√") == sum(
        row.count("√")
        for row in body(openpyxl.load_workbook(forms / "annex2.xlsx")["附件2"])
    )
    assert "###" not in text

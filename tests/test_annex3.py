"""附件3: who counts in which column, exact sums, and nothing missing taken for 0."""

import csv
import os
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from auditor.errors import PackError
from auditor.pack import load_pack
from auditor.rollup import add_benefits, benefits
from auditor.rollup.benefits import SCHEMA
from auditor.write.forms import write_forms
from auditor.write.forms.annex3 import number_format
from auditor.write.forms.benefits import scaled
from tests.runs import pipeline, write_dump
from tests.test_write_results import make_results, roster

PACK = load_pack("nea-2021-37")
FORM = PACK.benefits
GROUPS = [group.id for group in FORM.groups]
MEASURES = [one.id for one in FORM.measures]
PAID = {"saved_investment_yuan": 1000.5, "added_sales_kwh": 20}
POWER = {
    "county_code": "330101",
    "submitted_at": "2022-03-08",
    "energised_at": "2022-03-16",
    "capacity_requested_kw": 8,
    **PAID,
}
RESIDENT = POWER | {"customer_type": "resident", "user_cost_yuan": 0}
OTHER = POWER | {"customer_type": "lv_nonresident", "three_zero": True}
FIRM = OTHER | {"enterprise": True, "capacity_kw": 160}
HIGH = POWER | {"customer_type": "hv", "capacity_requested_kw": 630}
PLACE = {
    **{"county_code": "330101", "county": "甲县"},
    **{"province_code": "330000", "province": "某省"},
}
EARLY = RESIDENT | {"submitted_at": "2021-12-20", "energised_at": "2021-12-31"}


def rows_of(*cases: dict) -> list[dict]:
    number = count(1)
    return [{"case_id": f"C{next(number):02}"} | case for case in cases]


@pytest.fixture
def form_of(tmp_path: Path):
    """Run the whole line over cases and return the cells of the form, and the todo."""

    def run(*cases: dict, period: str | None = "2022", **tables: list[dict]):
        given = {"cases": rows_of(*cases), "events": [], "roster": [PLACE]} | tables
        settings = write_dump(tmp_path, given)
        settings = replace(
            settings, period=period, cutoff=date(2022, 12, 31), outputs=("forms",)
        )
        pipeline.run(settings)
        return cells_of(settings.out / "forms"), todo_of(settings.out / "forms")

    return run


def cells_of(folder: Path, name: str = "附件3") -> dict[tuple[str, str], object]:
    sheet = openpyxl.load_workbook(folder / "annex3.xlsx")[name]
    found = {}
    for row, measure in enumerate(MEASURES, 6):
        for column, group in enumerate([*GROUPS, "total"], 2):
            found[measure, group] = sheet.cell(row, column).value
    return found


def todo_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "todo.csv").open(encoding="utf-8-sig", newline="") as handle:
        return [row for row in csv.DictReader(handle) if row["form"] == "annex3"]


def row(cells: dict, measure: str) -> list[object]:
    return [cells[measure, group] for group in [*GROUPS, "total"]]


def test_each_group_counts_its_own_and_the_row_adds_up(form_of):
    cells, _ = form_of(RESIDENT, RESIDENT, FIRM, OTHER | {"enterprise": False}, HIGH)
    assert row(cells, "households") == [2, 1, 1, 1, 5]
    assert row(cells, "saved_investment") == [
        0.2001,
        0.10005,
        0.10005,
        0.10005,
        0.50025,
    ]
    assert row(cells, "added_sales") == [0.004, 0.002, 0.002, 0.002, 0.01]
    assert row(cells, "capacity") == [0.0016, 0.0008, 0.0008, 0.063, 0.0662]


def test_a_threshold_is_inclusive_and_a_larger_enterprise_is_another_user(form_of):
    cells, _ = form_of(FIRM, FIRM | {"capacity_kw": 160.5})
    assert row(cells, "households") == [0, 1, 1, 0, 2]


def test_a_size_above_the_threshold_settles_an_unknown_enterprise(form_of):
    cells, _ = form_of(OTHER | {"capacity_kw": 200})
    assert row(cells, "households") == [0, 0, 1, 0, 1]


@pytest.mark.parametrize("lost", ["enterprise", "capacity_kw"])
def test_a_case_between_two_columns_leaves_both_blank_with_a_line_each(form_of, lost):
    unknown = {key: value for key, value in FIRM.items() if key != lost}
    cells, todo = form_of(RESIDENT, FIRM, unknown)
    for measure in MEASURES:
        shown = row(cells, measure)
        assert shown[0] is not None
        assert shown[1:3] == [None, None]
        assert shown[4] is None
    lines = [line for line in todo if "归不归" in line["what_zh"]]
    assert {line["title"] for line in lines} == {
        "160kW 及以下的企业用户",
        "其他用户",
    }
    assert all("1 件" in line["what_zh"] for line in lines)


def test_an_unknown_three_zero_may_belong_to_either_column_or_none(form_of):
    cells, _ = form_of(POWER | {"customer_type": "lv_nonresident"})
    assert row(cells, "households") == [0, None, None, 0, None]


def test_a_resident_who_paid_is_no_beneficiary_and_an_unknown_cost_is_in_doubt(form_of):
    paid = RESIDENT | {"user_cost_yuan": 300}
    cells, _ = form_of(RESIDENT, paid)
    assert row(cells, "households") == [1, 0, 0, 0, 1]


def test_an_unknown_cost_of_a_resident_leaves_the_column_blank(form_of):
    free = {key: value for key, value in RESIDENT.items() if key != "user_cost_yuan"}
    cells, todo = form_of(RESIDENT, free)
    assert row(cells, "households") == [None, 0, 0, 0, None]
    assert any("ind16" in line["what_zh"] for line in todo)


@pytest.mark.parametrize(
    ("column", "measure"),
    [
        ("saved_investment_yuan", "saved_investment"),
        ("added_sales_kwh", "added_sales"),
        ("capacity_requested_kw", "capacity"),
    ],
)
def test_a_missing_amount_blanks_its_cell_and_its_sum_alone(form_of, column, measure):
    lacking = {key: value for key, value in HIGH.items() if key != column}
    cells, todo = form_of(FIRM, HIGH, lacking)
    assert cells[measure, "three_saving"] is None
    assert cells[measure, "total"] is None
    assert cells[measure, "enterprise"] is not None
    others = [one for one in MEASURES if one != measure]
    assert all(cells[one, "total"] is not None for one in others)
    (line,) = [line for line in todo if "缺" in line["what_zh"]]
    assert column in line["what_zh"]
    assert line["title"].endswith("“三省”服务效益")
    assert line["status"] == "missing"


def test_a_negative_amount_is_no_amount(form_of):
    cells, _ = form_of(HIGH | {"saved_investment_yuan": -5})
    assert cells["saved_investment", "three_saving"] is None


def test_a_batch_counts_its_households_and_any_other_application_one(form_of):
    batch = RESIDENT | {"business_type": "batch", "household_count": 48}
    plain = RESIDENT | {"business_type": "new", "household_count": 3}
    cells, _ = form_of(batch, plain, RESIDENT)
    assert row(cells, "households") == [50, 0, 0, 0, 50]


@pytest.mark.parametrize("households", [{}, {"household_count": 0}])
def test_a_batch_without_households_is_not_one_household(form_of, households):
    cells, _ = form_of(RESIDENT | {"business_type": "batch"} | households)
    assert cells["households", "resident"] is None
    assert cells["capacity", "resident"] == 0.0008


def test_many_households_in_an_application_of_unknown_kind_are_in_doubt(form_of):
    cells, _ = form_of(RESIDENT | {"household_count": 48})
    assert cells["households", "resident"] is None


def test_only_cases_energised_within_the_period_count(form_of):
    still = {key: value for key, value in RESIDENT.items() if key != "energised_at"}
    temporary = RESIDENT | {"business_type": "temporary"}
    gone = still | {"withdrawn_at": "2022-03-10"}
    cells, _ = form_of(RESIDENT, EARLY, still, temporary, gone)
    assert row(cells, "households") == [1, 0, 0, 0, 1]


def test_a_case_with_an_unknown_end_may_count(form_of):
    ended = {key: value for key, value in HIGH.items() if key != "energised_at"}
    cells, _ = form_of(HIGH, ended | {"status": "completed"})
    assert row(cells, "households") == [0, 0, 0, None, None]


def test_a_running_case_that_lost_a_row_may_have_been_energised(form_of):
    still = {key: value for key, value in HIGH.items() if key != "energised_at"}
    lost = {"case_id": "C01", "step": "", "finished_at": "2022-04-01"}
    cells, _ = form_of(still, events=[lost])
    assert row(cells, "households") == [0, 0, 0, None, None]


def test_nothing_at_all_is_zero_and_not_blank(form_of):
    cells, todo = form_of(EARLY)
    assert set(cells.values()) == {0}
    assert not [line for line in todo if line["level"] != "form"]


def test_a_case_off_the_roster_is_in_doubt_for_the_province(form_of):
    cells, _ = form_of(HIGH, HIGH | {"county_code": "999999"}, RESIDENT)
    assert row(cells, "households") == [1, 0, 0, None, None]


def test_a_rostered_utility_without_data_leaves_every_cell_blank(form_of):
    place = PLACE | {"utilities": "甲供电;乙供电"}
    cells, todo = form_of(HIGH | {"utility": "甲供电"}, roster=[place])
    assert set(cells.values()) == {None}
    assert any("乙供电" in line["what_zh"] for line in todo)


def test_without_a_roster_the_sums_stand_and_the_list_says_what_they_lack(tmp_path):
    settings = write_dump(tmp_path, {"cases": rows_of(HIGH), "events": []})
    pipeline.run(replace(settings, cutoff=date(2022, 12, 31), outputs=("forms",)))
    folder = settings.out / "forms"
    assert row(cells_of(folder), "households") == [0, 0, 0, 1, 1]
    texts = [line["what_zh"] for line in todo_of(folder)]
    assert any("roster" in text for text in texts)
    assert any("--period" in text for text in texts)
    sheet = openpyxl.load_workbook(folder / "annex3.xlsx")["附件3"]
    assert sheet["A1"].value.startswith("____省")


def frame(**columns: list) -> pl.DataFrame:
    """Facts of cases, energised and free of doubt unless told otherwise."""
    height = len(next(iter(columns.values())))
    wanted = {
        "county_code": "330101", "customer_type": "hv", "three_zero": None,
        "enterprise": None, "capacity_kw": None, "business_type": None,
        "household_count": None, "saved_investment_yuan": 1.0,
        "added_sales_kwh": 1.0, "capacity_requested_kw": 1.0,
        "cohort": "energised", "end_state": "energised", "gate": None, "lost_tables": 0,
    }  # fmt: skip
    kinds = {
        "three_zero": pl.Boolean, "enterprise": pl.Boolean, "capacity_kw": pl.Float64,
        "household_count": pl.Int64, "business_type": pl.String, "gate": pl.String,
        "county_code": pl.String, "saved_investment_yuan": pl.Float64,
    }  # fmt: skip
    data = {k: columns.get(k, [v] * height) for k, v in wanted.items()}
    return pl.DataFrame(data, schema_overrides=kinds)


def said(facts: pl.DataFrame, verdict: str = "pass") -> pl.DataFrame:
    return pl.DataFrame({"ind16": [verdict] * facts.height})


def test_sums_are_exact_whatever_the_order_and_the_partitions():
    amounts = [0.1, 0.2, 0.30, 1e9, 0.01] * 2000
    facts = frame(saved_investment_yuan=amounts)
    whole = benefits(facts, said(facts), PACK)
    mixed = facts.sample(fraction=1, shuffle=True, seed=7)
    parts = [mixed[:17], mixed[17:18], mixed[18:]]
    split = add_benefits([benefits(one, said(one), PACK) for one in parts])
    assert whole.equals(split)
    assert whole.schema == pl.Schema(SCHEMA)
    mine = pl.col("measure") == "saved_investment"
    total = whole.filter(mine & (pl.col("group") == "three_saving"))["total"].item()
    assert total == Decimal("2000000001220.0000")


def test_a_case_without_a_county_stands_under_unknown():
    facts = frame(county_code=[None, "330101"])
    found = benefits(facts, said(facts), PACK)
    assert found["code"].unique().sort().to_list() == ["330101", "unknown"]


def test_an_impossible_amount_is_missing_and_never_overflows():
    facts = frame(saved_investment_yuan=[1e300, 1e30, 5.0, None])
    found = benefits(facts, said(facts), PACK).filter(
        (pl.col("measure") == "saved_investment") & (pl.col("group") == "three_saving")
    )
    assert found.select("total", "cases", "missing").row(0) == (Decimal(5), 1, 3)


def test_no_partition_and_no_form_give_an_empty_frame():
    assert add_benefits([]).schema == pl.Schema(SCHEMA)
    bare = replace(PACK, benefits=None)
    assert benefits(frame(gate=[None]), pl.DataFrame(), bare).is_empty()


def test_a_sum_is_rounded_half_up_to_the_form_s_decimals():
    capacity = FORM.measures[3]
    assert scaled(Decimal("0.0050"), replace(capacity, decimals=6)) == Decimal(
        "0.000001"
    )
    assert scaled(Decimal("12345.6789"), capacity) == Decimal("1.234568")
    assert number_format(0) == "#,##0"
    assert number_format(6) == "#,##0.00####"


def sums(*rows: tuple) -> pl.DataFrame:
    """Benefits by (code, group, measure, total, cases, missing, doubtful)."""
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def full() -> pl.DataFrame:
    rows = []
    for place, code in enumerate(roster()["county_code"]):
        for i, group in enumerate(GROUPS):
            cases = (40 - place) * (5 - i)
            for j, measure in enumerate(MEASURES):
                total = Decimal(cases * (1, 2350, 4710, 38)[j]) + Decimal("0.25") * (
                    j > 0
                )
                rows.append((code, group, measure, total, cases, 0, 0))
    return sums(*rows)


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("annex3")
    write_forms(make_results(benefits=full(), benefit_form=FORM), folder)
    return folder / "forms"


def test_the_form_prints_the_labels_and_boxes_of_the_notice(forms: Path):
    sheet = openpyxl.load_workbook(forms / "annex3.xlsx")["附件3"]
    assert sheet["A1"].value == "江南省“三零”“三省”服务效益统计表"
    assert sheet["A2"].value == "(2021年1月—2021年6月)"
    head = [[cell.value for cell in line] for line in sheet["A4:F5"]]
    assert head == [
        ["统计内容", "“三零”服务效益", None, None, "“三省”服务效益", "合计"],
        [None, "居民用户", "160kW 及以下的企业用户", "其他用户", None, None],
    ]
    assert [sheet.cell(line, 1).value for line in range(6, 10)] == [
        "受益户数 (户)",
        "节省投资 (万元)",
        "增加售电量 (万千瓦时)",
        "增加容量(万千瓦安)",
    ]
    boxes = set(map(str, sheet.merged_cells.ranges))
    assert {"A4:A5", "B4:D4", "E4:E5", "F4:F5", "A1:F1", "A10:F10"} <= boxes
    assert sheet["A10"].value.strip() == "填报单位盖章处"
    assert sheet["A3"].value == "填报人及联系方式: 张三 0571-0000000"
    assert sheet.page_setup.orientation == "landscape"
    assert int(sheet.page_setup.paperSize) == 9


def test_every_row_of_the_form_adds_up(forms: Path):
    cells = cells_of(forms)
    for measure in MEASURES:
        *parts, total = [Decimal(str(value)) for value in row(cells, measure)]
        assert sum(parts) == total
    assert cells["households", "resident"] == sum((40 - p) * 5 for p in range(12))


def test_the_second_sheet_says_the_unit_is_misprinted_and_what_each_cell_means(forms):
    sheet = openpyxl.load_workbook(forms / "annex3.xlsx")["说明"]
    text = "\n".join(str(cell.value) for line in sheet for cell in line if cell.value)
    assert "万千伏安" in text
    assert "kVA" in text
    assert "todo.csv" in text
    assert sheet["A1"].value.startswith("栏目已填齐，但本次运行的数据不完整")


def test_each_province_of_the_roster_has_a_form_of_its_own(tmp_path: Path):
    two = roster().with_columns(
        pl.when(pl.col("city_code") == "900200")
        .then(pl.lit("910000"))
        .otherwise("province_code")
        .alias("province_code")
    )
    results = make_results(roster=two, benefits=full(), benefit_form=FORM)
    write_forms(results, tmp_path)
    one, other = (
        cells_of(tmp_path / "forms", f"附件3 {code}") for code in ("900000", "910000")
    )
    whole = (40 - place for place in range(12))
    assert one["households", "total"] + other["households", "total"] == sum(whole) * 14


def test_the_same_sums_give_the_same_bytes(forms: Path, tmp_path: Path):
    shuffled = full().sample(fraction=1, shuffle=True, seed=3)
    write_forms(make_results(benefits=shuffled, benefit_form=FORM), tmp_path)
    for name in ("annex3.xlsx", "todo.csv"):
        assert (tmp_path / "forms" / name).read_bytes() == (forms / name).read_bytes()


def test_hostile_names_stay_text(tmp_path: Path):
    evil = roster().with_columns(province=pl.lit("=1+1<b>\u202e"), county=pl.lit("@x"))
    form = {"filler": "+cmd", "phone": "<r><t>x</t></r>"}
    results = make_results(roster=evil, form=form, benefits=full(), benefit_form=FORM)
    write_forms(results, tmp_path)
    path = tmp_path / "forms" / "annex3.xlsx"
    with zipfile.ZipFile(path) as packed:
        parts = [packed.read(name).decode() for name in packed.namelist()]
    assert not any("<f>" in text or "hyperlink" in text for text in parts)
    sheet = openpyxl.load_workbook(path)["附件3"]
    assert sheet["A1"].value.startswith("=1+1<b>⟦U+202E⟧")
    todo = todo_of(tmp_path / "forms")
    assert {line["title"] for line in todo} == {"审核人", "填报日期"}


def test_a_pack_whose_form_names_what_it_lacks_is_refused_with_the_lines(
    tmp_path: Path,
):
    folder = tmp_path / "pack"
    shutil.copytree(PACK.folder, folder)
    page = folder / "forms" / "annex3.toml"
    text = page.read_text("utf-8")
    wrong = {
        'verdict = { ind16 = "pass" }': 'verdict = { ind99 = "pass" }',
        'column = "added_sales_kwh"': 'column = "added_sale_kwh"',
        "otherwise = 1": "otherwize = 1",
        'cohort = ["energised"]': 'cohort = ["energized"]',
        'corner = "统计内容"': 'korner = "统计内容"',
    }
    for old, new in wrong.items():
        assert old in text
        text = text.replace(old, new)
    page.write_text(text, "utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    said_ = caught.value.render("en")
    for word in ("ind99", "added_sale_kwh", "otherwize", "energized", "korner"):
        line = text[: text.index(word)].count("\n") + 1
        assert f"forms/annex3.toml:{line}:" in said_, word


def test_the_form_prints_on_one_page(forms: Path, tmp_path: Path):
    tools = [shutil.which("soffice"), shutil.which("pdftotext")]
    if not all(tools):
        assert not os.environ.get("CI"), "LibreOffice and poppler are needed in CI"
        pytest.skip("LibreOffice or poppler is not installed")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [tools[0], profile, "--headless", "--convert-to", "pdf", "--outdir"]
    book = forms / "annex3.xlsx"
    subprocess.run(
        [*command, tmp_path, book], check=True, capture_output=True, timeout=300
    )
    command = [tools[1], "-f", "1", "-l", "1", "-layout", tmp_path / "annex3.pdf", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for label in ("服务效益统计表", "增加容量(万千瓦安)", "填报单位盖章处", "合计"):
        assert label in text
    assert "###" not in text

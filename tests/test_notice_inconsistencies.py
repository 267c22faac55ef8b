"""Where the notice contradicts or misprints itself: what is done about it, and tested.

The numbers are those of docs/decisions/0013-where-the-notice-contradicts-itself.md.
"""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from auditor.pack import load_pack
from auditor.write.forms import write_forms
from auditor.write.forms.annex2 import facts_of
from auditor.write.forms.grid import build
from auditor.write.forms.layout import load_layout
from auditor.write.forms.units import provinces
from auditor.write.words import percent_text
from tests.runs import frame, pipeline, write_dump
from tests.test_write_results import make_results

PACK = load_pack("nea-2021-37")
LAYOUT = load_layout(PACK.folder / "forms" / "annex2.toml")
MARKS = frozenset(LAYOUT.marks.values())
STARS = {21, 27, 29, 30, 33, 37, 38}
LOCAL = [one for one in PACK.indicators if one.fill == "county"]
BY_NUMBER = {one.number: one for one in PACK.indicators}
# The columns that the printed sample shows, read as twelve of which one is elided.
SAMPLE = (1, 2, 3, 21, 22, None, 33, 34, 35, 36, 37, 38)
PLACE = pl.DataFrame(
    [("C", "C区", "A", "A市"), ("D", "D县", "A", "A市")],
    schema=["county_code", "county", "city_code", "city"],
    orient="row",
).with_columns(province_code=pl.lit("P"), province=pl.lit("某省"))


def grid_of(
    unmet: dict[str, set[int]],
    stars: dict[int, str] | None = None,
    expected: list[tuple[str, str, str]] | None = None,
):
    """The form of two counties that have met all but the numbers in ``unmet``."""
    rows = [
        ("county", code, one.id, "not_met" if one.number in unmet[code] else "met")
        for code in ("C", "D")
        for one in LOCAL
    ]
    rows += [("province", "P", f"ind{n:02}", word) for n, word in (stars or {}).items()]
    names = ["level", "code", "rule_id", "status"]
    wanted = ["county_code", "indicator", "text"]
    results = make_results(
        rollup=pl.DataFrame(rows, schema=names, orient="row"),
        roster=PLACE,
        expected=pl.DataFrame(expected or [], schema=wanted, orient="row").cast(
            pl.String
        ),
    )
    return build(provinces(PLACE, frozenset())[0], facts_of(results, MARKS), LAYOUT)


def rows_of(grid, kind: str):
    return [row for row in grid.rows if row.kind == kind]


def marks_of(row) -> dict[int, object]:
    return dict(zip(sorted(BY_NUMBER), row.marks, strict=True))


# 1, 2


def test_01_the_form_has_a_column_for_each_of_the_38_indicators(tmp_path: Path):
    write_forms(make_results(), tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "forms" / "annex2.xlsx")["附件2"]
    line = LAYOUT.rows["header"] + 3
    first = LAYOUT.columns["indicators"] + 1
    shown = [sheet.cell(line, first + n).value for n in range(38)]
    assert shown == [f"*{n}" if n in STARS else n for n in range(1, 39)]


def test_01_the_slashes_of_the_sample_fall_on_stars_in_a_reading_of_twelve_columns():
    printed = "√√√/√√/√√√/"
    # Eleven marks under twelve columns: the one elided takes no mark of its own.
    columns = [number for number in SAMPLE if number is not None]
    literal = {columns[i] for i, mark in enumerate(printed) if mark == "/"}
    shifted = {SAMPLE[i] for i, mark in enumerate(printed) if mark == "/"}
    assert literal - STARS == {34}
    assert shifted <= STARS


def test_02_a_county_row_has_a_slash_under_each_star_and_nowhere_else():
    for row in rows_of(grid_of({"C": set(), "D": {2}}), "county"):
        assert {n for n, mark in marks_of(row).items() if mark == "/"} == STARS


# 3


def test_03_the_province_row_follows_the_filling_rules_and_not_the_sample():
    grid = grid_of(
        {"C": set(), "D": set()},
        {21: "attested_met", 33: "not_attested", 37: "attested_met"}
        | {38: "attested_not_met"},
        [("P", "ind33", "2021年10月")],
    )
    marks = marks_of(rows_of(grid, "province")[0])
    assert [marks[n] for n in (21, 33, 37, 38)] == [
        "已完成",
        "2021年10月",
        "已开展",
        None,
    ]
    assert all(marks[one.number] == "/" for one in LOCAL)


# 4, 5, 6, 7


def test_04_a_subtotal_is_counted_from_the_ticks_of_its_counties():
    (subtotal,) = rows_of(grid_of({"C": set(), "D": {2, 36}}), "subtotal")
    marks = marks_of(subtotal)
    assert (marks[2], marks[35], marks[36]) == (1, 2, 1)


@pytest.mark.parametrize("text", ["/", "√", "✓", "已完成", "已开展", "——"])
def test_05_only_a_date_may_stand_in_the_cell_of_a_county_that_has_no_tick(text):
    unmet = {"C": set(), "D": {2, 35, 36}}
    wanted = [("D", "ind02", "2021 年 8 月"), ("D", "ind36", text)]
    grid = grid_of(unmet, expected=wanted)
    marks = marks_of(rows_of(grid, "county")[1])
    assert (marks[2], marks[35], marks[36]) == ("2021 年 8 月", None, None)
    what = {gap.indicator.number: gap.what for gap in grid.gaps if gap.code == "D"}
    assert what == {35: "not_met", 36: "no_date"}
    assert all(gap.open for gap in grid.gaps)


def test_06_the_arithmetic_that_the_sample_has_right_comes_out_the_same():
    grid = grid_of({"C": set(), "D": {2, 35, 36}})
    rows = [*rows_of(grid, "county"), *rows_of(grid, "subtotal")]
    shares = [(row.done, row.undone, percent_text(row.percent)) for row in rows]
    assert shares == [(31, 0, "100%"), (28, 3, "90.3%"), (1, 1, "50%")]
    assert rows_of(grid, "city")[0].county == "2 个县"


def test_07_a_city_is_named_in_its_head_row_and_totals_have_their_own_label_cell():
    grid = grid_of({"C": set(), "D": set()})
    assert [row.city for row in rows_of(grid, "city")] == ["A市"]
    totals = rows_of(grid, "total")
    assert [row.county for row in totals] == [
        "已完成县个数",
        "未完成县个数",
        "完成百分比",
    ]
    assert all(len(row.marks) == 38 for row in totals)


# 8 to 13


def test_08_the_groups_follow_the_head_of_the_form_and_not_the_split_cells():
    groups = [group for group, _ in LAYOUT.groups]
    sizes = [sum(one.group == group for one in PACK.indicators) for group in groups]
    assert dict(zip(groups, sizes, strict=True)) == {
        "2020": 20,
        "2021": 13,
        "2022": 3,
        "ongoing": 2,
    }
    assert {BY_NUMBER[n].group for n in (25, 29, 33)} == {"2021"}
    assert {BY_NUMBER[n].group for n in (34, 35, 36)} == {"2022"}


@pytest.fixture(scope="module")
def overdue(tmp_path_factory: pytest.TempPathFactory):
    """Which indicators are overdue at a cut-off when nothing at all was attested."""

    def at(day: date) -> set[str]:
        folder = tmp_path_factory.mktemp("due")
        case = {"case_id": "A", "county_code": "C", "customer_type": "resident"}
        case |= {"submitted_at": "2020-03-02", "energised_at": "2020-03-03"}
        tables = {"cases": [case], "events": [], "roster": PLACE.to_dicts()}
        settings = write_dump(folder, tables)
        pipeline.run(replace(settings, cutoff=day))
        rows = frame(settings.out, "rollup").filter(
            pl.col("overdue") & (pl.col("level") != "city")
        )
        return set(rows["rule_id"])

    return at


@pytest.mark.parametrize(
    ("indicator", "last_day"),
    [
        ("ind21", date(2020, 12, 31)),  # 9: by the ledger; its column stands in 2021
        ("ind30", date(2021, 4, 30)),  # 10: by the standard; the ledger says 2020
        ("ind36", date(2021, 12, 31)),  # 11: by the ledger; its column stands in 2022
        ("ind17", date(2020, 12, 31)),  # 12: inferred, the ledger has no date
        ("ind18", date(2020, 12, 31)),
    ],
)
def test_09_to_12_overdue_begins_on_the_day_after_the_date_chosen(
    overdue, indicator, last_day
):
    assert BY_NUMBER[int(indicator[3:])].due == last_day
    assert indicator not in overdue(last_day)
    assert indicator in overdue(last_day + timedelta(days=1))


def test_13_the_shifted_row_of_task_47_lost_nothing():
    task = next(one for one in PACK.clauses if one.id == "task47")
    assert task.due == date(2020, 12, 31)
    assert task.links == ("ind19",)
    assert not task.conflict_zh


# 14 to 20


def test_14_the_documents_allowed_are_the_union_of_ledger_and_standard():
    allowed = PACK.rule("ind14").documents
    assert set(allowed["accept"]) == {
        "有效身份证件",
        "用电地址物权证件",
        "用电工程项目批准文件",
    }
    assert {"施工单位资质证明材料", "施工现场材料"} <= set(allowed["interim_check"])
    assert {"竣工验收", "竣工检验"} & set(PACK.steps.aliases)
    steps = {PACK.steps.aliases.get(name) for name in ("竣工验收", "竣工检验")}
    assert steps == {"completion_check"}


def test_15_small_firms_and_enterprises_are_two_flags():
    for rule in ("ind23", "ind24", "ind35"):
        columns = {one.column for one in PACK.rule(rule).applies}
        assert "micro_small" in columns
        assert "enterprise" not in columns
    (group,) = [one for one in PACK.benefits.groups if one.id == "enterprise"]
    columns = {one.column for one in group.when}
    assert "enterprise" in columns
    assert "micro_small" not in columns


def test_16_the_unit_is_printed_as_it_stands_and_explained_beside_the_form():
    (capacity,) = [one for one in PACK.benefits.measures if one.id == "capacity"]
    assert capacity.caption == "增加容量(万千瓦安)"
    assert "万千伏安" in capacity.note_zh
    assert "kVA" in capacity.note_en


def test_17_no_slip_of_the_pen_was_taken_over():
    titles = [one.title_zh for one in (*PACK.indicators, *PACK.clauses, *PACK.rules)]
    for slip in (" and ", "就近就近", "证书、明材料", "“三省”“三零”“三省”"):
        assert not any(slip in title for title in titles)


@pytest.mark.parametrize("number", [21, 27])
def test_18_what_every_level_shall_do_is_filled_by_the_province(number):
    assert BY_NUMBER[number].fill == "province"


def test_19_without_a_limit_of_the_province_approvals_are_held_to_5_and_10_days():
    limits = [PACK.rule(rule).limits[0].value for rule in ("ind01", "ind02")]
    assert limits == [5, 10]


def test_20_committed_users_of_any_size_are_task_38_s_and_no_indicator_s():
    task = next(one for one in PACK.clauses if one.id == "task38")
    assert "task38" in {*task.rules, *task.planned}
    assert task.status == ("automated" if "task38" in task.rules else "partial")
    zero = {"ind16", "ind23", "ind24", "ind35"}
    asked = {rule.id for rule in PACK.rules if rule.kind == "cost"} & zero
    three = {c.column for rule in asked for c in PACK.rule(rule).applies}
    assert "three_zero" not in three

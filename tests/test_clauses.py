"""Every clause of the notice stands once, with a status that rule pages bear out."""

import json
import os
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import cli
from auditor.errors import PackError
from auditor.pack import (
    CLAUSE_STATUSES,
    coverage_page,
    coverage_rows,
    load_pack,
    with_section,
)
from auditor.pack.coverage import BEGIN, END
from tests.runs import pipeline, write_dump

ROOT = Path(__file__).resolve().parents[1]
NOTICE = Path(
    os.environ.get("AUDITOR_NOTICE")
    or ROOT.parent / "shared" / "seed" / "notice-37-2021.txt"
)
PACK = load_pack("nea-2021-37")
BY_ID = {one.id: one for one in PACK.clauses}
# The ledger's dates by task, read from 附件1; what is in none of them is 持续推进.
LEDGER = {
    date(2020, 12, 31): [
        *(2, 3, 4, 7, 8, 12, 15, 17, 19, 23, 24, 25, 30, 33, 36, 37, 38),
        *(47, 48, 51),
    ],
    date(2021, 4, 30): [52, 54],
    date(2021, 5, 15): [53],
    date(2021, 12, 31): [5, 9, 21, 27, 44, 45, 49],
    date(2022, 12, 31): [1, 6, 10, 11, 29, 34],
}
UNDATED = 46


def ledger_due(number: int) -> date | None:
    return next((day for day, tasks in LEDGER.items() if number in tasks), None)


def test_all_tasks_and_indicators_are_told_in_order():
    tasks = [one.number for one in PACK.clauses if one.kind == "task"]
    indicators = [one.number for one in PACK.clauses if one.kind == "indicator"]
    assert tasks == list(range(1, 58))
    assert indicators == list(range(1, 39))
    assert {one.status for one in PACK.clauses} <= set(CLAUSE_STATUSES)
    assert all(one.title_zh and one.title_en for one in PACK.clauses)


def test_every_rule_page_stands_under_a_clause():
    named = {rule for one in PACK.clauses for rule in one.rules}
    assert {one.id for one in (*PACK.rules, *PACK.screens)} == named


def test_what_no_page_decides_is_not_called_checked():
    for one in PACK.clauses:
        assert (one.status in {"automated", "partial"}) is bool(one.rules), one.id
        assert one.status != "automated" or not one.planned, one.id


def test_every_indicator_is_reached_by_a_task_and_every_link_goes_both_ways():
    for one in PACK.clauses:
        assert one.kind == "task" or one.links, one.id
        assert all(one.id in BY_ID[link].links for link in one.links)


def test_the_dates_are_the_ledger_s():
    for number in range(1, 58):
        one = BY_ID[f"task{number:02}"]
        assert one.ledger_due == ledger_due(number), number
        assert one.ongoing is (one.ledger_due is None and number != UNDATED), number


def test_the_ledger_read_here_is_the_one_in_the_notice():
    if not NOTICE.is_file():
        pytest.skip("the text of the notice is not at hand")
    text = NOTICE.read_text("utf-8").partition("附件 2\n")[0]
    found = {}
    for row in re.findall(r"(?m)^(\d+)\t(.*)$", text):
        cells = row[1].rstrip().split("\t")
        found[int(row[0])] = cells[-1].replace(" ", "")
    words = {
        "2020年底前": date(2020, 12, 31),
        "2021年底前": date(2021, 12, 31),
        "2022年底前": date(2022, 12, 31),
        "2021年4月底前": date(2021, 4, 30),
        "2021年5月15日前": date(2021, 5, 15),
    }
    assert sorted(found) == list(range(1, 58))
    for number, printed in found.items():
        if number == UNDATED:
            assert printed.startswith("各供电企业")
            continue
        assert printed in {*words, "持续推进"}, (number, printed)
        assert words.get(printed) == ledger_due(number), number


@pytest.mark.parametrize(
    ("ledger", "due", "group", "indicator"),
    [
        (None, date(2020, 12, 31), "2020", "ind17"),
        (None, date(2020, 12, 31), "2020", "ind18"),
        (date(2020, 12, 31), date(2020, 12, 31), "2021", "ind21"),
        (date(2020, 12, 31), date(2021, 4, 30), "2021", "ind30"),
        (date(2021, 12, 31), date(2021, 12, 31), "2022", "ind36"),
    ],
)
def test_where_the_notice_contradicts_itself_on_a_date_both_are_told(
    ledger, due, group, indicator
):
    one = BY_ID[indicator]
    assert (one.ledger_due, one.due, one.group) == (ledger, due, group)
    assert one.conflict_zh
    assert one.conflict_en


def test_nothing_else_is_called_a_contradiction():
    told = {one.id for one in PACK.clauses if one.conflict_zh}
    assert told == {"task46", "ind17", "ind18", "ind21", "ind30", "ind36"}


@pytest.mark.parametrize("task", ["task11", "task13", "task21", "task46"])
def test_a_check_that_was_not_built_is_named(task):
    one = BY_ID[task]
    assert one.status not in {"automated", "partial"}
    assert one.note_zh
    assert one.note_en


@pytest.fixture
def pack_with(tmp_path: Path):
    """Copy the pack, change a text of its clauses, and load it."""
    folder = tmp_path / "pack"
    shutil.copytree(PACK.folder, folder)
    page = folder / "clauses.toml"

    def change(old: str, new: str):
        text = page.read_text("utf-8")
        assert text.count(old) == 1, old
        page.write_text(text.replace(old, new), "utf-8")
        return load_pack(folder)

    return change


def page_of(rule: str) -> str:
    text = (PACK.folder / PACK.rule("ind16").page).read_text("utf-8")
    return text.replace('"ind16"', f'"{rule}"')


TASK38 = 'rules = ["ind16", "task38"]'


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (TASK38, 'rules = ["ind16", "task83"]', "Did you mean 'task38'"),
        ("number = 57\n", "number = 56\n", "number = 57 must stand here exactly once"),
        ("number = 57\n", "number = 58\n", "there is no number = 58"),
        ('id = "ind38"\n', 'id = "ind37"\n', 'id = "ind38" must stand'),
        ('id = "ind38"\n', 'id = "ind39"\n', "unknown indicator 'ind39'"),
        ("number = 13\n", "numbr = 13\n", "unknown key 'numbr'"),
        (
            'id = "ind37"\nstatus = "attested"',
            'id = "ind37"\nstatus = "automatic"',
            "unknown status 'automatic'",
        ),
        (
            'id = "ind37"\nstatus = "attested"',
            'id = "ind37"\nstatus = "automated"',
            "status automated needs a rule that has a page",
        ),
        (
            'id = "ind03"\nstatus = "automated"',
            'id = "ind03"\nstatus = "attested"',
            "with a rule page the status cannot be attested",
        ),
        (
            'indicators = ["ind20", "ind21"]',
            'indicators = ["ind20"]',
            "no task lists ind21",
        ),
        (
            'id = "ind37"\n',
            'id = "ind37"\nconflict_zh = "x"\nconflict_en = "x"\n',
            "ind37 needs a conflict text exactly if",
        ),
        (
            'id = "ind37"\n',
            'id = "ind37"\nnote_zh = "x"\n',
            "note_zh needs note_en",
        ),
        (
            'title_zh = "双经理负责制"',
            'title_zh = "双经理负责制"\ndue = 2021-12-31',
            "exactly one of due and ongoing",
        ),
    ],
)
def test_a_fault_in_the_clauses_is_told_with_its_line(pack_with, old, new, told):
    with pytest.raises(PackError) as caught:
        pack_with(old, new)
    lines = caught.value.render("en").splitlines()
    (line,) = [one for one in lines if told in one]
    assert re.search(r"clauses\.toml:\d+:", line)
    assert "第" not in line


def test_a_planned_rule_that_gets_its_page_raises_the_status(tmp_path: Path):
    folder = tmp_path / "pack"
    shutil.copytree(PACK.folder, folder)
    planned = BY_ID["task29"].planned
    if not planned:
        pytest.skip("every rule of the clause has its page")
    page = folder / "indicators" / "task29.toml"
    page.write_text(page_of("task29"), "utf-8")
    clauses = {one.id: one for one in load_pack(folder).clauses}
    assert BY_ID["task29"].status == "attested"
    assert clauses["task29"].status == "automated"
    assert clauses["task29"].rules == ("task29",)


def test_with_some_of_its_rules_a_clause_is_checked_in_part(tmp_path: Path):
    folder = tmp_path / "pack"
    shutil.copytree(PACK.folder, folder)
    if BY_ID["task15"].rules:
        pytest.skip("the clause has rule pages already")
    page = folder / "indicators" / "int01.toml"
    page.write_text(page_of("int01"), "utf-8")
    one = {one.id: one for one in load_pack(folder).clauses}["task15"]
    assert (one.status, one.rules, len(one.planned)) == ("partial", ("int01",), 20)


def test_the_readme_shows_what_the_pack_says():
    """Run `make docs` after a change to the clauses or to the rule pages."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert BEGIN in text
    assert with_section(text, coverage_page(PACK)) == text


def test_a_section_replaces_what_stood_between_its_markers():
    page = f"# A\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    section = f"{BEGIN}\nnew\n{END}"
    assert with_section(page, section) == page.replace("old", "new")
    assert with_section("# A\n", section) == f"# A\n\n{section}\n"
    assert with_section("", section) == f"{section}\n"


def test_every_row_of_the_page_has_as_many_cells_as_its_head():
    for block in coverage_page(PACK).split("\n\n"):
        rows = [line.count(" | ") for line in block.splitlines() if line[:1] == "|"]
        assert len(set(rows)) <= 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_of_clauses_prints_every_clause(lang):
    told = CliRunner().invoke(cli, ["rules", "list", "--clauses", "--lang", lang])
    assert told.exit_code == 0
    starts = {line.split(" ")[0] for line in told.output.splitlines() if line}
    assert set(BY_ID) <= starts
    assert "coverage." not in told.output


def test_the_list_of_clauses_can_be_read_by_a_program():
    told = CliRunner().invoke(cli, ["rules", "list", "--clauses", "--json"])
    assert json.loads(told.output) == coverage_rows(PACK)


def test_the_report_lists_what_the_pack_does_not_check(tmp_path: Path):
    case = {"case_id": "A", "county_code": "1", "customer_type": "resident"}
    case |= {"submitted_at": "2022-03-08", "energised_at": "2022-03-09"}
    settings = write_dump(tmp_path, {"cases": [case], "events": []})
    pipeline.run(replace(settings, outputs=("report",)))
    text = (settings.out / "report.html").read_text("utf-8")
    assert "task11 用户年均停电时间：不能按单件申请核对。按填报说明第 6 条" in text
    assert "task13 " in text
    assert "ind12 " in text
    assert "task03 " not in text

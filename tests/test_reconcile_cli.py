"""The command: what it prints and writes, and which workbooks it refuses in words."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
import xlsxwriter

from auditor.errors import messages
from auditor.reconcile.marks import read_mark, spellings
from auditor.reconcile.nouns import WORDS, MarkKind
from tests import declared
from tests.declared import STARS, Typist
from tests.workbooks import cell, pack, parts, sheet

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def run(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(sample, tmp_path_factory.mktemp("outcome") / "run")


@pytest.fixture(scope="module")
def lies(run: Path) -> Path:
    """A form with one √ that a case refutes, and names meant to do harm."""
    rows = declared.load(run / "forms" / "annex2.xlsx")
    row = next(one for one in rows if one.county == "望北区")
    row.marks[33] = "√"  # indicator 34: not within 15 days
    other = next(one for one in rows if one.county == "梅浦县")
    other.county = "=HYPERLINK(1)<b>"
    path = run.parent / "lies.xlsx"
    Typist(5).write(path, rows)
    return path


def test_the_page_says_what_is_refuted_by_which_cases(audit, run, lies):
    for lang, word in (("zh", "被推翻"), ("en", "refuted")):
        answer = audit("reconcile", run, lies, "--lang", lang)
        assert (answer.code, answer.err) == (0, "")
        assert f"| {word} | 1 |" in answer.out
        assert "望北区" in answer.out
        assert (run / "reconcile.md").read_text("utf-8").strip() in answer.out
    assert len((run / "reconcile.md").read_text("utf-8").splitlines()) < 80


def test_a_condition_that_holds_ends_with_one(audit, run, lies):
    def code(*conditions: str) -> int:
        words = [word for one in conditions for word in ("--fail-on", one)]
        return audit("reconcile", run, lies, *words).code

    assert code("refuted") == 1
    assert code("not-proven") == 0
    assert code("not-proven", "not-checkable") == 1


def test_json_holds_every_cell_and_names_both_sides(audit, run, lies):
    answer = audit("reconcile", run, lies, "--json")
    found = json.loads(answer.out)
    assert found == json.loads((run / "reconcile.json").read_text("utf-8"))
    assert sum(found["counts"].values()) == len(found["cells"])
    assert list(found["counts"]) == sorted(WORDS) or set(found["counts"]) == set(WORDS)
    assert found["run"]["digest"] in (run / "manifest.json").read_text("utf-8")
    assert found["declared"]["name"] == "lies.xlsx"
    (bad,) = [one for one in found["cells"] if one["word"] == "refuted"]
    assert (bad["name"], bad["indicator"]) == ("望北区", "ind34")
    assert len(bad["cases"]) == bad["refuting"] > 0
    (lost,) = [c for c in found["counties"] if c["how"] == "unknown"]
    assert lost["name"] == "=HYPERLINK(1)<B>"


def test_the_workbook_lists_every_cell_worst_first_and_nothing_that_acts(
    run, lies, audit
):
    found = json.loads(audit("reconcile", run, lies, "--json").out)
    book = openpyxl.load_workbook(run / "reconcile.xlsx")
    assert book.sheetnames == ["摘要", "逐格", "表内问题"]
    rows = list(book["逐格"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(found["cells"])
    order = [messages()[f"cell.{word}"]["zh"] for word in WORDS]
    ranks = [order.index(row[8]) for row in rows]
    assert ranks == sorted(ranks)
    bad = next(one for one in found["cells"] if one["word"] == "refuted")
    assert rows[0][13] == " ".join(bad["cases"])
    assert book["表内问题"].max_row == len(found["lints"]) + 1
    with zipfile.ZipFile(run / "reconcile.xlsx") as packed:
        text = "".join(packed.read(n).decode() for n in packed.namelist())
    assert "<f>" not in text
    assert "hyperlink" not in text.replace("=HYPERLINK(1)", "")


def test_every_word_and_every_problem_has_a_sentence():
    code = (ROOT / "auditor" / "reconcile").glob("*.py")
    source = "".join(path.read_text("utf-8") for path in code)
    keys = {key.partition(".")[2] for key in messages() if key.startswith("lint.")}
    dynamic = {
        "mark_unreadable",
        "mark_merged",
        "mark_number",
        "cells_blank",
        "cells_no",
    }
    dynamic |= {f"no_total_{one}" for one in declared.TOTALS}
    dynamic |= {f"county_{how}" for how in ("unknown", "ambiguous", "contradictory")}
    assert {key for key in keys if f'"{key}"' not in source} == dynamic
    kinds = get_args(MarkKind)
    assert all(f"cell.note_{kind}" in messages() for kind in kinds)


# ---------------------------------------------------------------- what a cell may say


def mark(
    value: str, kind: str = "text", code: str = "General", *, is_1904: bool = False
):
    return read_mark(value, kind, code, is_1904=is_1904)


@pytest.mark.parametrize(
    "text", ["√", "✓", "✔", "✔\ufe0f", " √ ", "是", "有", "已完成", "已 完 成"]
)
def test_ticks_are_ticks(text):
    assert mark(text).kind == "tick"


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2021年8月", (2021, 8)),
        ("２０２１年８月", (2021, 8)),
        ("2021 年 8 月", (2021, 8)),
        ("2021-08", (2021, 8)),
        ("2021/8/31", (2021, 8)),
        ("2021.8", (2021, 8)),
        ("预计2021年8月底前", (2021, 8)),
        ("2021年8月前完成", (2021, 8)),
        ("2021年底前", (2021, 12)),
        ("2021年", (2021, 12)),
        ("202108", (2021, 8)),
        ("20210831", (2021, 8)),
        ("44409", (2021, 8)),
    ],
)
def test_expected_dates_are_read_in_many_spellings(text, month):
    assert (mark(text).kind, mark(text).month) == ("date", month)


def test_serial_dates_follow_their_calendar():
    assert mark("44409", "number", "yyyy/m/d").text == "2021-08-01"
    assert mark("42947", "number", "yyyy/m/d", is_1904=True).text == "2021-08-01"
    assert mark("44409", "number").month == (2021, 8)
    assert mark("202108", "number").month == (2021, 8)
    assert (mark("2021.1", "number").kind, mark("2021.1", "number").month) == (
        "date",
        None,
    )


UNKNOWN = (
    *("基本完成", "V", "1√", "√?", "。"),
    *("2021年8月完成", "2021年13月", "8月", "1021年8月"),
)


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_stands_in_no_list_is_not_guessed(text):
    assert mark(text).kind == "unreadable"


def test_other_marks():
    assert mark("/").kind == mark("／").kind == mark("—").kind == "slash"
    assert mark("").kind == mark("　").kind == "blank"
    assert mark("×").kind == mark("否").kind == "no"
    assert mark("1", "bool").kind == "tick"
    assert mark("√", "error").kind == "unreadable"
    assert [str(v) for v in mark("９０．３％").values] == ["90.3"]
    assert [str(v) for v in mark("6 个").values] == ["6"]
    assert mark("0.90322580645161288", "number", "0.0%").text == "90.32%"
    assert mark("nan", "number").kind == mark("1E400", "number").kind == "unreadable"


def test_a_word_stands_in_one_list_only():
    lists = spellings().marks
    assert sum(map(len, lists.values())) == len(frozenset().union(*lists.values()))


# ---------------------------------------------------------------------- what is refused


def form_of(path: Path, change=lambda _page: None, sheets: int = 1) -> Path:
    """A small form of the sample's first county; ``change`` spoils it."""
    with xlsxwriter.Workbook(str(path)) as out:
        for number in range(sheets):
            page = out.add_worksheet(f"表{number + 1}")
            page.write_row(1, 0, ["序号", "省", "地市", "县", *range(1, 39)])
            page.write_row(1, 42, ["完成个数", "未完成个数", "完成百分比"])
            marks = ["/" if n in STARS else "√" for n in range(1, 39)]
            page.write_row(2, 0, ["1.1", "", "青岚市", "湖东区", *marks, 31, 0, 1])
            change(page)
    return path


def test_a_small_form_is_enough(audit, run, tmp_path):
    answer = audit("reconcile", run, form_of(tmp_path / "a.xlsx"), "--json")
    found = json.loads(answer.out)
    assert sum(one["how"] == "name" for one in found["counties"]) == 1
    assert sum(one["how"] == "missing" for one in found["counties"]) == 11
    assert found["counts"]["confirmed"] == 34
    assert found["counts"]["not_checkable"] == 11 * 31


def write(row: int, column: int, *values: object):
    return lambda page: page.write_row(row, column, values)


def out_of_step(page) -> None:
    page.write(1, 8, "五")
    page.write_row(2, 4, ["/", "√"] * 19)


SPOILED = {
    "no caption": ("AUD511", write(1, 3, "单位"), "表1"),
    "no numbers": ("AUD511", write(1, 4, *"x" * 38), "表1"),
    "a number twice": ("AUD520", write(1, 10, 6), "第 2 行"),
    "two captions": ("AUD513", write(1, 1, "县"), "B2, D2"),
    "head out of step": ("AUD514", out_of_step, "第 2 行"),
    "far row": ("AUD516", write(30_000, 3, "x"), "D30001"),
    "far column": ("AUD516", write(3, 500, "x"), "SG4"),
    "no known county": ("AUD518", write(2, 3, "某县"), "第 3 行"),
    "no county": ("AUD518", write(2, 3, *" " * 42), "第 2 行"),
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILED)
def test_a_form_that_cannot_be_told_is_refused_with_its_place(
    audit, run, tmp_path, what
):
    code, change, said = SPOILED[what]
    before = sorted(run.iterdir())
    answer = audit("reconcile", run, form_of(tmp_path / "a.xlsx", change))
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(code)
    assert said in answer.err
    assert sorted(run.iterdir()) == before


def test_two_forms_of_one_province_are_refused(audit, run, tmp_path):
    answer = audit("reconcile", run, form_of(tmp_path / "a.xlsx", sheets=2))
    assert (answer.code, answer.err[:6]) == (2, "AUD512")
    assert "表1" in answer.err
    assert "表2" in answer.err


def hostile(folder: Path, what: str) -> Path:
    path = folder / "form.xlsx"
    row = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    if what == "bomb":
        return pack(path, parts(sheet("<row>" + " " * (40 << 20) + "</row>")))
    if what == "far cell":
        return pack(path, parts(sheet(row)))
    if what == "doctype":
        found = parts(sheet('<row r="1">' + cell("A1", 1) + "</row>"))
        found["xl/workbook.xml"] = "<!DOCTYPE a>" + found["xl/workbook.xml"]
        return pack(path, found)
    if what == "link":
        path.symlink_to(form_of(folder / "real.xlsx"))
    elif what == "text":
        path.write_text("序号,省,地市,县")
    return path


@pytest.mark.parametrize(
    "what", ["bomb", "far cell", "doctype", "text", "link", "nothing"]
)
def test_a_hostile_workbook_costs_a_message(audit, run, tmp_path, what):
    answer = audit("reconcile", run, hostile(tmp_path, what), "--lang", "en")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("AUD510 form.xlsx cannot be read")


def test_a_run_without_a_roster_has_no_form_to_compare(audit, tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "cases.csv").write_text("case_id,county_code,customer_type\n1,2,resident\n")
    (dump / "events.csv").write_text("case_id,step,finished_at\n1,accept,2021-03-01\n")
    out = tmp_path / "run"
    assert audit("run", dump, "--out", out).code == 0
    answer = audit("reconcile", out, form_of(tmp_path / "a.xlsx"))
    assert (answer.code, answer.err[:6]) == (2, "AUD515")
    answer = audit("reconcile", dump, form_of(tmp_path / "a.xlsx"))
    assert (answer.code, answer.err[:6]) == (2, "AUD501")

"""From a dump whose mapping is hidden to the right verdicts, by way of a draft."""

import json
import re
import tomllib

import openpyxl
import pytest

import auditor
from auditor.clean import load_mapping
from auditor.errors import AuditError
from auditor.inspect import draft, inspect
from auditor.inspect.lines import pattern
from tests.raws import PACK
from tests.shapes import SHAPES, WORDS, judged
from tests.test_docs import README, blocks
from tests.test_mapping_page import PAGE

CONFIRMED = {
    block.name.removeprefix("confirm/").removesuffix(".toml"): tomllib.loads(block.text)
    for block in blocks(PAGE)
    if block.name and block.name.startswith("confirm/")
}


def confirmed(text, answers):
    """Do what the page tells a person to do: take every guess, add the answers."""
    taken = text.replace("#? ", "")
    head, *entries = re.split(r"^\[\[table\]\]\n", taken, flags=re.MULTILINE)
    done = [head]
    for entry in entries:
        to = tomllib.loads("\n".join(entry.splitlines()[:4]))["to"] if entry else ""
        done.append("[[table]]\n" + with_answers(entry, answers.get(to, {})))
    *tables, last = done
    body, mark, steps = last.partition("[steps]\n")
    added = "".join(map(as_entry, answers.get("table", ())))
    return "".join(tables) + body + added + mark + steps


def with_answers(entry, answers):
    for section, columns in answers.items():
        if section == "rename":
            lines = "".join(f"{key} = {q(head)}\n" for key, head in columns.items())
            entry = entry.replace("[table.rename]\n", f"[table.rename]\n{lines}", 1)
            continue
        for column, words in columns.items():
            lines = "".join(f"{q(key)} = {q(word)}\n" for key, word in words.items())
            title = f"[table.values.{column}]\n"
            if title not in entry:
                entry += f"\n{title}"
            entry = entry.replace(title, title + lines, 1)
    return entry


def as_entry(rule):
    lines = [f"{key} = {q(rule[key])}\n" for key in ("file", "to", "delimiter")]
    for part in ("rename", "constant"):
        lines.append(f"[table.{part}]\n")
        lines += [f"{key} = {q(value)}\n" for key, value in rule[part].items()]
    return "\n[[table]]\n" + "".join(lines) + "\n"


def q(text):
    return json.dumps(text, ensure_ascii=False)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """A folder of known mappings in which there is none."""
    return tmp_path_factory.mktemp("mappings")


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "shape",
    ["state-grid", *(pytest.param(s, marks=SLOW) for s in ("southern-grid", "wide"))],
)
def test_a_confirmed_draft_gives_every_verdict_of_the_hidden_mapping(
    shape, shapes, nothing, tmp_path
):
    path = tmp_path / "draft.toml"
    found = inspect([SHAPES / shape], mappings=nothing)
    assert found.fits == ()
    auditor.write_mapping(found, path)
    load_mapping(path, PACK)  # as it is, before anybody has confirmed anything
    path.write_text(
        confirmed(path.read_text("utf-8"), CONFIRMED.get(shape, {})), "utf-8"
    )
    by_draft, by_shipped = judged(shape, path, tmp_path / "draft"), shapes[shape]
    assert set(by_draft) == set(by_shipped)
    wrong = [
        (case, rule, row[rule], by_draft[case][rule])
        for case, row in by_shipped.items()
        for rule in WORDS
        if row[rule] != by_draft[case][rule]
    ]
    assert wrong == []


def test_the_page_documents_what_a_person_adds_for_each_layout_that_needs_it():
    assert set(CONFIRMED) == {"state-grid", "southern-grid"}


def test_the_lines_of_a_draft_on_the_front_page_are_what_is_drafted():
    (shown,) = (b.text for b in blocks(README) if b.lang == "toml" and "#?" in b.text)
    drafted = draft(inspect([SHAPES / "wide"]), lang="zh").splitlines()
    assert [line for line in shown.splitlines() if line not in drafted] == []


def test_a_draft_never_replaces_a_file(tmp_path, nothing):
    path = tmp_path / "draft.toml"
    path.write_text("mine", "utf-8")
    found = inspect([SHAPES / "wide"], mappings=nothing)
    with pytest.raises(AuditError) as error:
        auditor.write_mapping(found, path)
    assert (error.value.code, path.read_text("utf-8")) == ("AUD162", "mine")


HOSTILE = 'case_id\r\n[mapping]\nzone = "Asia/Tokyo"\n# "'


def test_a_header_or_a_value_cannot_write_a_line_of_the_draft(tmp_path, nothing):
    dump = tmp_path / "dump"
    dump.mkdir()
    quoted = HOSTILE.replace('"', '""')
    rows = f'case_id,step,"{quoted}",状态\nA,送电,1,"{quoted}"\nB,"{quoted}",2,x\n'
    (dump / "events.csv").write_text(rows, "utf-8", newline="")
    (dump / 'a"\x7fb.csv').write_text("case_id,county_code\nA,1\n", "utf-8")
    text = draft(inspect([dump], mappings=nothing))
    for taken in (text, text.replace("#? ", "")):
        (tmp_path / "draft.toml").write_text(taken, "utf-8")
        assert load_mapping(tmp_path / "draft.toml", PACK).zone is None


@pytest.mark.parametrize(
    ("names", "others", "globs"),
    [
        (["a-1.csv", "a-2.csv"], ["b.csv"], ["a-*"]),
        (["a-1.csv", "a-2.csv"], ["a-x.csv"], ["a-1.csv", "a-2.csv"]),
        (["x[1].csv"], [], ["x[[]1]*"]),
        (["1.csv"], [], ["1.csv"]),
        (["工单环节.csv"], ["工单.csv"], ["工单环节*"]),
        (["工单.csv"], ["工单环节.csv"], ["工单.csv"]),
    ],
)
def test_the_glob_of_files_matches_them_and_no_others(names, others, globs):
    assert [glob for _, glob in pattern(names, others)] == globs


SHEETS = {
    "台账2022上半年": [
        ["某公司2022年业扩报装台账"],
        [
            "工单编号",
            "客户名称",
            "用户类别",
            "申请容量(kVA)",
            "报装日期",
            "送电日期",
            "县(区)",
        ],
        ["YK1", "某人", "低压居民", 8, "2022-01-04", "2022-01-07", "湖东区"],
        ["YK2", "某某", "高压", 400, "2022-01-04", "2022-03-07", "湖东区\u200b"],
    ],
    "环节": [
        ["工单编号", "环节", "开始", "完成"],
        ["YK1", "业务受理", "2022-01-04 09:00:00", "2022-01-05 09:00:00"],
        ["YK1", "装表送电", "2022-01-06 09:00:00", "2022-01-07 09:00:00"],
    ],
}


def workbook(path):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in SHEETS.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_the_sheets_of_a_workbook_are_drafted_confirmed_and_run(tmp_path, nothing):
    dump = tmp_path / "dump"
    dump.mkdir()
    workbook(dump / "业扩台账.xlsx")
    found = inspect([dump], mappings=nothing)
    assert [(f.source, f.table) for f in found.files] == [
        ("业扩台账.xlsx!台账2022上半年", "cases"), ("业扩台账.xlsx!环节", "events"),
    ]  # fmt: skip
    text = draft(found)
    # A capacity in kVA is compared as it stands, and must say so.
    assert '#? capacity_requested_kw = "kVA"' in text
    assert '#? capacity_unit = "kVA"' in text
    path = tmp_path / "draft.toml"
    path.write_text(text.replace("#? ", ""), "utf-8")
    check = inspect([dump], mapping=path).check
    assert check.error is None
    assert check.rows["cases"]["accepted"] == check.rows["events"]["accepted"] == 2
    assert check.unmapped == (("装表送电", 1),)
    assert check.unused == ("cases.客户名称",)


def test_names_that_look_alike_are_told_and_stay_two_names(tmp_path, nothing):
    workbook(tmp_path / "a.xlsx")
    found = inspect([tmp_path], mappings=nothing)
    county = next(c for c in found.files[0].columns if c.header == "县(区)")
    assert county.alike == (("湖东区", "湖东区\u200b"),)


def test_what_is_too_much_to_list_or_to_try_is_said(tmp_path, nothing, audit):
    rows = "".join(f"A{n},种类{n},第{n}天\n" for n in range(20_300))
    (tmp_path / "cases.csv").write_text(f"case_id,业务类型,申请时间\n{rows}", "utf-8")
    found = inspect([tmp_path], mappings=nothing)
    _, kind, day = found.files[0].columns
    assert (len(kind.unknown), kind.unknown_values) == (200, 20_300)
    assert day.dates.unseen == 300
    assert "另有 20,100 种值没有列出" in draft(found)
    said = audit("inspect", tmp_path, "--lang", "en").out
    assert "+20,292" in said
    assert "300 cells more were not tried" in said


def test_cells_that_only_their_writing_spoils_are_drafted_with_what_mends_them(
    tmp_path,
):
    dump = tmp_path / "dump"
    dump.mkdir()
    rows = [
        ("A", "１６０KVA", "1,200.00"),
        ("B", "160kVA", "１,２００"),
        ("C", "约80", "0"),
        ("D", "９０", "免费"),
        ("E", "1,000 KVA", "8000元"),
        ("F", "200kVA", "８０００ 元"),
        ("G", "50kW", "1.2万元"),
    ]
    lines = [
        "case_id,county_code,business_type,customer_type,capacity_kw,user_cost_yuan"
    ]
    lines += [f'{case},330102,new,resident,"{kw}","{cost}"' for case, kw, cost in rows]
    (dump / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (dump / "events.csv").write_text("case_id,step\nA,accept\n", "utf-8")
    path = tmp_path / "draft.toml"
    auditor.write_mapping(inspect([dump]), path)
    text = path.read_text("utf-8")
    found = re.findall(r"(?m)^(#\? (?:halfwidth|thousands).*?)   # ", text)
    assert found == [
        '#? halfwidth = ["capacity_kw", "user_cost_yuan"]',
        '#? thousands = ["capacity_kw", "user_cost_yuan"]',
    ]
    asked = "".join(one for one in text.splitlines() if one.startswith("#!"))
    told = ("约80", "免费", "50kW", "1.2万元", "1,200.00", "１６０", "KVA", "8000元")
    assert [one in asked for one in told] == [True] * 4 + [False] * 4
    units = ('#? capacity_kw = "kVA"   #', '#? user_cost_yuan = "元"   #')
    assert [one in text for one in (*units, '#? capacity_unit = "kVA"')] == [True] * 3
    path.write_text(re.sub(r"(?m)^#\? (halfwidth|thousands)", r"\1", text), "utf-8")
    taken = {rule.thousands for rule in load_mapping(path, PACK).tables}
    assert ("capacity_kw", "user_cost_yuan") in taken


def test_one_cell_with_its_unit_says_nothing_of_the_others(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    cells = [("8000 kVA", "5万元"), ("160", "1990"), ("50kW", "30"), ("90", "0")]
    lines = ["case_id,county_code,business_type,capacity_kw,user_cost_yuan"]
    lines += [f"{at},330102,new,{kw},{cost}" for at, (kw, cost) in enumerate(cells)]
    (dump / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (dump / "events.csv").write_text("case_id,step\n1,accept\n", "utf-8")
    text = draft(inspect([dump]), lang="en")
    units = text.partition("[table.unit]")[2].partition("[")[0]
    assert re.findall("(?m)^#[?!] (.*)$", units) == [
        'capacity_kw = "kW"   # 1 of 4 cells of “capacity_kw” end with it; '
        "the others are read in it, too"
    ]
    asked = "".join(one for one in text.splitlines() if one.startswith("#!"))
    assert ["8000 kVA" in asked, "5万元" in asked] == [True, True]

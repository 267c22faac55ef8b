"""What `audit inspect` tells of a messy dump, and what it keeps to itself."""

import json
from pathlib import Path

import polars as pl
import pytest

import auditor
from auditor.errors import AuditError
from auditor.inspect.lexicon import with_mappings
from auditor.inspect.tables import read_as
from auditor.pack import load_pack
from tests.conftest import ROOT
from tests.shapes import SHAPES

ORDERS = """某供电公司业扩台账,,,,,,,,,
工单编号,客户姓名,联系电话,地址,用电性质,报装容量（kW）,受理日,通电日,县,备注
A-001,张三,13800138000,青岚路1号,居民,8,03/04/2022,15/04/2022,湖东区,客户催办两次
A-002,李四,13900139000,青岚路2号,居民,8,13/04/2022,20/04/2022,湖东区,无
Ａ００３,王五,13700137000,青岚路3号,低压,１６０,2022-04-05 24:00,2022-04-28,湖東区,
a-001,赵六,13600136000,青岚路4号,高压,800,2022-04-05,昨天,湖东区,
A-002,李四,13900139000,青岚路2号,居民,8,13/04/2022,21/04/2022,湖东区,无
合计,,,,,984,,,,
"""
NODES = """工单编号;环节名称;开始时间;完成时间
A-001;业务受理;2022-04-03 08:00;2022-04-03 09:00
A-001;三方会签;2022-04-03 08:00;2022-04-03 09:00
a-0001;送电;2022-04-05 08:00;2022-04-05 09:00
"""
SECRETS = ("张三", "13800138000", "青岚路1号", "客户催办两次")


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("messy")
    (folder / "台账.csv").write_bytes(ORDERS.encode("gb18030"))
    (folder / "流程.txt").write_text(NODES, "utf-8")
    (folder / "说明.pdf").write_bytes(b"%PDF-1.4\n\x00\x01\xff\xfe\x80")
    (folder / "README.md").write_text("read me", "utf-8")
    (folder / "link.csv").symlink_to(folder / "台账.csv")
    return folder


@pytest.fixture(scope="module")
def found(dump: Path) -> auditor.Inspection:
    return auditor.inspect([dump])


def file_of(found, name):
    return next(file for file in found.files if file.source == name)


def column_of(found, name, header):
    return next(c for c in file_of(found, name).columns if c.header == header)


def test_each_file_is_told_by_what_is_in_it_and_not_by_its_name(found):
    orders, nodes = file_of(found, "台账.csv"), file_of(found, "流程.txt")
    assert (orders.table, orders.encoding, orders.rows) == ("cases", "gb18030", 5)
    assert dict(orders.rejected) == {"title_line": 1, "total_line": 1}
    assert (nodes.table, nodes.delimiter, nodes.named) == ("events", ";", False)


def test_approvals_are_told_by_their_own_id(tmp_path):
    text = "project_id,county_code,受理,decided_at\nP1,900101,1,2022-01-04\n"
    (tmp_path / "项目.csv").write_text(text, "utf-8")
    (file,) = auditor.inspect([tmp_path]).files
    assert (file.table, file.lacking) == ("approvals", ())


def test_what_cannot_be_read_is_told_with_its_reason_and_a_readme_is_not(found):
    assert {name for name, _, _ in found.refused} == {"说明.pdf", "link.csv"}
    assert ("link.csv", "refused_link", "") in found.refused
    assert "README.md" not in {file.source for file in found.files}


@pytest.mark.parametrize(
    ("header", "column", "how", "sure"),
    [
        ("工单编号", "case_id", "alias", True),
        ("报装容量（kW）", "capacity_requested_kw", "spelling", False),
        ("县", "county_code", "lexicon", False),
    ],
)
def test_a_header_is_recognised_with_the_evidence_for_it(
    found, header, column, how, sure
):
    guess = column_of(found, "台账.csv", header).guess
    assert (guess.column, guess.how, guess.sure) == (column, how, sure)


def test_what_a_table_requires_and_no_header_names_is_told(found):
    assert file_of(found, "台账.csv").lacking == ("customer_type",)


@pytest.mark.parametrize("header", ["客户姓名", "联系电话", "地址"])
def test_columns_about_persons_are_counted_and_never_shown(found, header):
    column = column_of(found, "台账.csv", header)
    assert (column.private, column.filled, column.values) == (True, 5, ())


def test_nothing_personal_is_in_the_answer_the_draft_or_the_terminal(
    found, dump, audit, tmp_path
):
    said = [
        json.dumps(found.to_json(), ensure_ascii=False, default=str),
        audit("inspect", dump, "--write-mapping", tmp_path / "draft.toml").out,
        (tmp_path / "draft.toml").read_text("utf-8"),
        audit("inspect", dump, "--lang", "en").out,
        audit("inspect", dump, "--json").out,
    ]
    for text in said:
        assert text
        assert [word for word in SECRETS if word in text] == []


def test_a_column_of_telephone_numbers_is_private_whatever_it_is_called(tmp_path):
    rows = "".join(f"A{n},1380013800{n}\n" for n in range(5))
    (tmp_path / "x.csv").write_text("case_id,标识\n" + rows, "utf-8")
    assert column_of(auditor.inspect([tmp_path]), "x.csv", "标识").private


def test_free_text_is_not_shown(tmp_path):
    rows = "".join(f"A{n},客户{n}说了些什么\n" for n in range(300))
    (tmp_path / "x.csv").write_text("case_id,意见\n" + rows, "utf-8")
    column = column_of(auditor.inspect([tmp_path]), "x.csv", "意见")
    assert (column.filled, column.distinct, column.values) == (300, 300, ())


def test_forms_of_dates_are_proposed_and_ambiguous_cells_are_counted(found):
    dates = column_of(found, "台账.csv", "受理日").dates
    forms = {form.form: form.cells for form in dates.forms}
    assert forms["%d/%m/%Y"] == 3  # the thirteenth is no month
    assert forms["%m/%d/%Y"] == 1
    assert (dates.plain, dates.either, dates.midnight) == (1, 1, 1)
    assert column_of(found, "台账.csv", "通电日").dates.unread == (("昨天", 1),)


def test_serial_numbers_and_years_of_the_republic_are_proposed(tmp_path):
    rows = "A,44256.5,110/03/01\nB,44257.25,110/13/01\n"
    (tmp_path / "x.csv").write_text("case_id,申请时间,归档时间\n" + rows, "utf-8")
    found = auditor.inspect([tmp_path])
    serial = column_of(found, "x.csv", "申请时间").dates
    assert [form.form for form in serial.forms] == ["serial 1900", "serial 1904"]
    republic = column_of(found, "x.csv", "归档时间").dates
    assert [(f.form, f.cells) for f in republic.forms] == [("minguo %Y/%m/%d", 1)]
    assert republic.unread == (("110/13/01", 1),)


def test_ids_that_repeat_look_alike_or_belong_to_nobody_are_told(found):
    orders, nodes = (
        next(one for one in found.ids if one.source == name)
        for name in ("台账.csv", "流程.txt")
    )
    assert (orders.distinct, orders.repeated) == (4, 1)
    assert orders.alike == (("A-001", "a-001"),)
    assert (nodes.unknown, nodes.folded) == (1, 1)  # a-0001 is no id, A-001 is


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_ids_that_a_spreadsheet_rounded_are_told_with_what_to_ask_for(
    audit, tmp_path, lang
):
    tail = ",330102,new,lv_nonresident\n"
    head = "case_id,county_code,business_type,customer_type\n"
    rows = ["3.30102E+17", "3.30102E+17", *(f"33010200{n:07}000" for n in range(30))]
    text = head + "".join(f"{one}{tail}" for one in rows)
    (tmp_path / "cases.csv").write_text(text, "utf-8")
    (tmp_path / "events.csv").write_text("case_id,step\n3E+17,accept\n", "utf-8")
    found = {
        one.table: (one.rounded, one.cut) for one in auditor.inspect([tmp_path]).ids
    }
    assert found == {"cases": (2, 30), "events": (1, 0)}
    said = audit("inspect", tmp_path, "--lang", lang).out
    asked = {"zh": "以文本格式重新导出", "en": "exported again"}[lang]
    assert said.count(asked) == 3


def test_unknown_steps_are_told_with_their_rows(found):
    assert [(s.raw, s.rows) for s in found.steps if s.step == "unmapped"] == [
        ("三方会签", 1)
    ]


def test_values_that_a_column_cannot_mean_are_told(found):
    capacity = column_of(found, "台账.csv", "报装容量（kW）")
    assert capacity.unknown == (("１６０", 1),)


@pytest.mark.parametrize(
    ("place", "mapping"),
    [
        ("shapes/state-grid", "state-grid-nodes"),
        ("shapes/southern-grid", "southern-grid"),
        ("shapes/wide", "wide"),
        pytest.param("dump", "state-grid", marks=pytest.mark.slow),
    ],
)
def test_the_shipped_mapping_that_fits_is_found_with_all_its_headers(place, mapping):
    best = auditor.inspect([ROOT / "sample_data" / place]).best
    assert (best.mapping, best.missing) == (mapping, ())


def test_a_mapping_of_another_regulation_is_not_proposed(found):
    assert "wabo-receipt" not in {fit.mapping for fit in found.fits}
    assert found.best is None


def test_a_mapping_is_tried_on_the_dump_without_judging_anything():
    mapping = ROOT / "rules" / "mappings" / "wide.toml"
    check = auditor.inspect([SHAPES / "wide"], mapping=mapping).check
    assert check.error is None
    assert check.rows["cases"] == {
        "read": 258, "accepted": 253, "duplicate": 1, "rejected": 4,
    }  # fmt: skip
    assert check.unused == ("cases.备注",)
    worst = check.rejects[0]
    assert (worst["reason"], worst["column"], worst["count"]) == (
        "unreadable_date", "finished_at", 3,
    )  # fmt: skip


def test_a_mapping_that_does_not_fit_says_why_and_the_rest_is_told_all_the_same():
    mapping = ROOT / "rules" / "mappings" / "southern-grid.toml"
    found = auditor.inspect([SHAPES / "wide"], mapping=mapping)
    assert "AUD150" in found.check.error["zh"]
    assert file_of(found, "报装工程明细.csv").table == "cases"


def test_a_mapping_with_problems_stops_at_once(tmp_path):
    (tmp_path / "m.toml").write_text("[mapping]\ncolour = 1\n", "utf-8")
    with pytest.raises(AuditError) as error:
        auditor.inspect([SHAPES / "wide"], mapping=tmp_path / "m.toml")
    assert error.value.code == "AUD220"


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "zh",
            (
                "从表头看像 cases",
                "个人信息，不显示",
                "三方会签",
                "日和月分不清",
                "形近的案件号",
            ),
        ),
        (
            "en",
            (
                "looks like cases",
                "not shown",
                "三方会签",
                "cannot be told apart",
                "look alike",
            ),
        ),
    ],
)
def test_the_terminal_says_it_in_both_languages(audit, dump, lang, words):
    answer = audit("inspect", dump, "--lang", lang)
    assert answer.code == 0, answer.err
    assert [word for word in words if word not in answer.out] == []
    assert "{" not in answer.out


def test_json_holds_what_the_function_returns(audit, dump, found):
    answer = audit("inspect", dump, "--json")
    told = json.loads(answer.out)
    assert [file["source"] for file in told["files"]] == [f.source for f in found.files]
    assert told["steps"][0]["raw"] == found.steps[0].raw


def test_a_dump_that_is_not_there_is_an_error(audit, tmp_path):
    answer = audit("inspect", tmp_path / "none")
    assert (answer.code, "AUD101" in answer.err) == (2, True)


def test_nothing_is_written_but_the_draft(audit, dump, tmp_path, monkeypatch):
    before = {p: p.lstat().st_mtime_ns for p in dump.iterdir()}
    monkeypatch.chdir(tmp_path)
    audit("inspect", dump, "--write-mapping", "draft.toml")
    assert [p.name for p in tmp_path.iterdir()] == ["draft.toml"]
    assert {p: p.lstat().st_mtime_ns for p in dump.iterdir()} == before


def test_a_header_of_two_lines_is_guessed_by_its_lower_one_only_where_that_is_its_own():
    known = with_mappings(load_pack(), None)
    tables = load_pack().tables
    heads = [
        "工单编号",
        "客户信息/是否三零",
        "客户信息/户号",
        "受理/完成时间",
        "送电/完成时间",
    ]
    guesses = read_as(heads, tables["cases"], known).guesses
    three_zero = guesses["客户信息/是否三零"]
    assert (three_zero.column, three_zero.how) == ("three_zero", "below")
    assert not three_zero.sure
    assert guesses["客户信息/户号"].column == "customer_id"
    log = read_as(heads, tables["events"], known).guesses
    assert not {"受理/完成时间", "送电/完成时间"} & set(log)
    alone = read_as(["工单编号", "受理/完成时间"], tables["events"], known).guesses
    assert alone["受理/完成时间"].column == "finished_at"


def test_stamps_that_are_no_text_are_told_like_the_text_they_stand_for(tmp_path):
    log = {
        "case_id": ["A-1", "A-2", "A-2", None],
        "submitted_at": ["2022-03-01 08:30:00", None, "2022-03-02 00:00:00", None],
        "energised_on": ["2022-03-09", "2022-03-09", "2022-03-09", None],
    }
    pl.DataFrame(log).with_columns(
        pl.col("submitted_at").str.to_datetime(), pl.col("energised_on").str.to_date()
    ).write_parquet(tmp_path / "cases.parquet")
    found = auditor.inspect([tmp_path])
    stamps, days = (
        column_of(found, "cases.parquet", name)
        for name in ("submitted_at", "energised_on")
    )
    assert stamps.values == (("2022-03-01 08:30:00", 1), ("2022-03-02 00:00:00", 1))
    assert days.values == (("2022-03-09", 3),)
    assert (stamps.dates.plain, days.dates.plain) == (2, 3)
    assert [(one.distinct, one.repeated) for one in found.ids] == [(2, 1)]

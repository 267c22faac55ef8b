"""Mappings: foreign headers, values, steps and layouts become canonical, or say why."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from auditor.clean import load_mapping, read_plan
from auditor.errors import AuditError, PackError
from auditor.frames import REJECTS
from tests.raws import CASE, PACK, cleaned, loaded, raw_file, told


def mapping(folder, text):
    path = folder / "mapping.toml"
    path.write_text(text, "utf-8")
    return load_mapping(path, PACK)


def problems(folder, text):
    with pytest.raises(PackError) as error:
        mapping(folder, text)
    assert error.value.exit_code == 2
    found = error.value.problems
    assert all(str(problem.fields["line"]) in problem.render("zh") for problem in found)
    return [(problem.code, problem.fields["line"]) for problem in found]


NODES = """
[mapping]
id = "work-order-nodes"
[[table]]
file = "工单环节*"
to = "events"
encoding = "gb18030"
[table.rename]
case_id = "申请编号"
step = "环节名称"
started_at = "开始时间"
finished_at = "完成时间"
[[table]]
file = "工单环节*"
to = "cases"
also = true
[table.rename]
case_id = "申请编号"
county_code = "供电单位"
customer_type = "类别"
submitted_at = "受理日期"
[table.constant]
capacity_unit = "kW"
online = true
[table.values.customer_type]
"03" = "resident"
"02" = "lv_nonresident"
"00" = ""
[table.values.county_code]
"33401" = "330101"
[steps."业务受理"]
step = "accept"
[steps."设计文件受理"]
step = "design_review"
start = "started_at"
[steps."设计文件审核"]
step = "design_review"
finish = "finished_at"
[steps."竣工报验"]
step = "completion_check"
start = "finished_at"
"""


def test_one_node_list_fills_events_and_cases(tmp_path):
    about = {"申请编号": "A", "供电单位": "33401", "类别": "03", "受理日期": "2021/3/1"}
    nodes = [
        about
        | {"环节名称": "业务受理", "开始时间": "20210301", "完成时间": "20210302"},
        about | {"环节名称": "送电", "开始时间": "", "完成时间": "20210305"},
        about | {"申请编号": "B", "类别": "09", "环节名称": "送电", "完成时间": "x"},
    ]
    file = raw_file(tmp_path, "events", nodes, "工单环节清单.csv")
    tables = cleaned(tmp_path, file, mapping=mapping(tmp_path, NODES))
    cases = loaded(tables, "cases")
    columns = ("case_id", "county_code", "customer_type", "capacity_unit", "online")
    assert cases.select(columns).rows() == [
        ("A", "330101", "resident", "kW", True), ("B", "330101", None, "kW", True),
    ]  # fmt: skip
    assert tables.accounting["cases"] == {
        "read": 3, "accepted": 2, "duplicate": 1, "rejected": 0,
    }  # fmt: skip
    assert loaded(tables, "events")["step"].to_list() == [
        "accept",
        "connect",
        "connect",
    ]
    assert told(tables, "table", "value", "reason") == [
        ("cases", "09", "unknown_word"), ("events", "x", "unreadable_date"),
    ]  # fmt: skip


def test_a_value_translated_to_nothing_is_empty(tmp_path):
    node = {"申请编号": "A", "供电单位": "1", "类别": "00", "环节名称": "送电"}
    file = raw_file(tmp_path, "events", [node], "工单环节清单.csv")
    tables = cleaned(tmp_path, file, mapping=mapping(tmp_path, NODES))
    assert told(tables, "value", "reason", kind="cell") == [(None, "empty_required")]


def test_a_step_rule_says_which_stamp_is_which_edge_and_loses_only_that(tmp_path):
    stamps = {"开始时间": "2021-03-01 08:00", "完成时间": "2021-03-09"}
    names = ["业务受理", "设计文件受理", "设计文件审核", "竣工报验"]
    nodes = [{"申请编号": "A", "环节名称": name} | stamps for name in names]
    nodes.append({"申请编号": "A", "环节名称": "设计文件受理", "完成时间": "?"})
    nodes.append({"申请编号": "A", "环节名称": "竣工报验", "完成时间": "?"})
    file = raw_file(tmp_path, "events", nodes, "工单环节清单.csv")
    cases = raw_file(tmp_path, "cases", [CASE])
    tables = cleaned(tmp_path, cases, file, mapping=mapping(tmp_path, NODES))
    first, ninth = date(2021, 3, 1), date(2021, 3, 9)
    eight = 8 * 3600
    start = PACK.tables["events"].bit("started_at")
    kept = loaded(tables, "events").select(
        "step", "started_at", "started_at_tod", "finished_at", "_bad"
    )
    assert kept.rows() == [
        ("accept", first, eight, ninth, 0),
        ("design_review", first, eight, None, 0),
        ("design_review", None, None, ninth, 0),
        ("completion_check", ninth, None, None, 0),
        ("design_review", None, None, None, 0),
        ("completion_check", None, None, None, start),
    ]
    assert len(told(tables, "value", value="?")) == 2


def test_a_document_is_asked_for_at_a_step_that_has_edges_in_the_log(tmp_path):
    text = NODES + '[[table]]\nto = "materials"\nfile = "资料*"\n'
    row = {"申请编号": "A", "环节名称": "设计文件受理", "资料名称": "图纸"}
    files = [("cases", [CASE]), raw_file(tmp_path, "materials", [row], "资料.csv")]
    tables = cleaned(tmp_path, *files, mapping=mapping(tmp_path, text))
    assert loaded(tables, "materials")["step"].to_list() == ["design_review"]


WIDE = """
[[table]]
to = "cases"
file = "宽表*"
rename = { case_id = "编号", county_code = "县", customer_type = "类" }
[[table]]
to = "events"
file = "宽表*"
also = true
rename = { case_id = "编号" }
[table.milestones.accept]
started_at = "申请"
finished_at = "受理"
[table.milestones.connect]
finished_at = "送电"
"""


def test_a_wide_row_becomes_an_event_for_each_filled_milestone(tmp_path):
    rows = [
        {
            "编号": "A",
            "县": "1",
            "类": "hv",
            "申请": "2021-03-01",
            "受理": "2021-03-02",
        },
        {"编号": "B", "县": "1", "类": "hv", "送电": "24:00", "受理": ""},
        {"编号": "", "县": "1", "类": "hv", "送电": "2021-03-01"},
    ]
    file = raw_file(tmp_path, "cases", rows, "宽表.csv")
    tables = cleaned(tmp_path, file, mapping=mapping(tmp_path, WIDE))
    kept = loaded(tables, "events").select("case_id", "step", "finished_at", "_row")
    assert kept.rows() == [
        ("A", "accept", date(2021, 3, 2), 2), ("B", "connect", None, 3),
    ]  # fmt: skip
    assert tables.accounting["events"] == {
        "read": 3, "accepted": 2, "duplicate": 0, "rejected": 1,
    }  # fmt: skip
    assert told(tables, "column", "value", kind="cell", table="events") == [
        ("finished_at", "24:00")
    ]


def test_milestones_that_differ_only_in_unreadable_text_are_two_events(tmp_path):
    row = {"编号": "A", "县": "1", "类": "hv", "送电": "24:00"}
    file = raw_file(tmp_path, "cases", [row, row | {"送电": "25:00"}, row], "宽表.csv")
    tables = cleaned(tmp_path, file, mapping=mapping(tmp_path, WIDE))
    assert tables.accounting["events"]["accepted"] == 2
    assert tables.accounting["cases"]["duplicate"] == 1


def test_a_prefix_keeps_the_cases_of_two_utilities_apart(tmp_path):
    text = '[mapping]\ncase_id_prefix = "utility"\n'
    text += '[[table]]\nto = "events"\nrename = { utility = "单位" }\n'
    lost = dict.fromkeys(REJECTS) | {"kind": "row", "table": "fees", "case_id": "A "}
    lost |= {"source": "fees.csv", "row": 7, "reason": "row_width"}
    cases = [CASE | {"utility": "U1"}, CASE | {"utility": "U2"}, CASE | {"utility": ""}]
    events = [{"case_id": "A", "step": "", "单位": "U1"}]
    events.append({"case_id": "A", "step": "accept", "单位": "U2"})
    tables = cleaned(
        tmp_path,
        ("cases", cases),
        ("events", events),
        mapping=mapping(tmp_path, text),
        rejects=pl.DataFrame([lost], schema=REJECTS),
    )
    assert loaded(tables, "cases")["case_id"].to_list() == ["U1:A", "U2:A"]
    assert loaded(tables, "events")["case_id"].to_list() == ["U2:A"]
    assert tables.lost.rows() == [
        ("U1:A", "events"), ("U1:A", "fees"), ("U2:A", "fees"),
    ]  # fmt: skip
    assert tables.accounting["cases"]["rejected"] == 1


def test_declared_dates_zone_and_midnight_apply(tmp_path):
    text = '[mapping]\nzone = "Europe/Amsterdam"\n'
    text += '[dates]\nformats = ["%d.%m.%Y"]\n"24:00" = "next_day"\n'
    cases = [
        CASE | {"case_id": "A", "submitted_at": "1.3.2021"},
        CASE | {"case_id": "B", "submitted_at": "2021-03-01 24:00"},
        CASE | {"case_id": "C", "submitted_at": "2021-03-01T23:30:00Z"},
    ]
    tables = cleaned(tmp_path, ("cases", cases), mapping=mapping(tmp_path, text))
    assert loaded(tables, "cases")["submitted_at"].to_list() == [
        date(2021, 3, 1), date(2021, 3, 2), date(2021, 3, 2),
    ]  # fmt: skip


def test_a_mapped_header_that_the_file_lacks_is_noted_or_refuses_the_file(tmp_path):
    text = '[[table]]\nto = "fees"\nrename = { amount_yuan = "钱" }\n'
    files = (("cases", [CASE]), ("fees", [{"case_id": "A", "金额": "5"}]))
    tables = cleaned(tmp_path, *files, mapping=mapping(tmp_path, text))
    assert tables.notes.select("column", "note").rows() == [
        ("金额", "ignored_columns"), ("钱", "missing_source_column"),
    ]  # fmt: skip
    text = '[[table]]\nto = "fees"\nrename = { case_id = "单号" }\n'
    tables = cleaned(tmp_path / "2", *files, mapping=mapping(tmp_path, text))
    assert told(tables, "reason", "column", "value") == [
        ("missing_column", "case_id", "单号")
    ]


def test_the_reader_is_told_files_encodings_and_headers_of_ids(tmp_path):
    plan = mapping(tmp_path, NODES).read_plan(PACK)
    rule = plan.rule_for("工单环节-2021.csv")
    assert (rule.table, rule.encoding) == ("events", "gb18030")
    assert plan.rule_for("其他.csv") is None
    assert plan.keys["events"][:2] == ("申请编号", "case_id")
    assert "roster" not in plan.tables
    assert read_plan(None, PACK).files == ()


def test_all_problems_of_a_mapping_are_told_at_once_with_their_lines(tmp_path):
    text = """[mapping]
id = "x"
colour = "red"
zone = "Mars/Base"
case_id_prefix = "nothing"
[dates]
formats = ["%Y-%m"]
"24:00" = "today"
[[table]]
to = "cases"
fil = "a"
[table.rename]
customer = "a"
area = 3
[table.constant]
area = "moon"
capacity_kw = 1
[table.values.customer_type]
"01" = "castle"
[[table]]
to = "roster"
[[table]]
to = "events"
[table.milestones.dance]
finished_at = "x"
[steps."受理"]
step = "acceptance"
[steps."送电"]
step = "connect"
finish = "operator"
[else]
"""
    assert problems(tmp_path, text) == [
        ("AUD222", 31),
        ("AUD222", 3),
        ("AUD224", 4),
        ("AUD225", 7),
        ("AUD225", 8),
        ("AUD226", 5),
        ("AUD222", 11),
        ("AUD226", 13),
        ("AUD223", 14),
        ("AUD230", 16),
        ("AUD230", 19),
        ("AUD228", 21),
        ("AUD227", 24),
        ("AUD227", 26),
        ("AUD226", 30),
    ]


def test_a_column_may_not_be_both_renamed_and_constant(tmp_path):
    text = '[[table]]\nto = "cases"\n[table.rename]\narea = "a"\n'
    text += '[table.constant]\narea = "urban"\n'
    assert problems(tmp_path, text) == [("AUD229", 6)]


@pytest.mark.parametrize("text", ["[mapping", "a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_one_error(tmp_path, text):
    with pytest.raises(AuditError) as error:
        mapping(tmp_path, text)
    assert error.value.code == "AUD221"


def test_a_mapping_that_is_not_there_is_an_error_with_advice(tmp_path):
    with pytest.raises(AuditError) as error:
        load_mapping(tmp_path / "none.toml", PACK)
    assert "UTF-8" in error.value.render("en")


def test_a_shipped_mapping_is_found_by_its_bare_name_and_a_file_goes_before_it(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wide").mkdir()
    assert load_mapping(Path("wide"), PACK).id == "wide"
    (tmp_path / "wide").rmdir()
    (tmp_path / "wide").write_text('[mapping]\nid = "mine"\n', "utf-8")
    assert load_mapping(Path("wide"), PACK).id == "mine"
    with pytest.raises(AuditError):
        load_mapping(Path("elsewhere/wide"), PACK)

"""A step, a charge or a county that nobody knows is told, and no verdict changes."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import auditor
from auditor.line.names import MOST
from auditor.settings import Settings
from auditor.write.papers import told_names
from tests.runs import frame, pipeline

CUTOFF = date(2022, 12, 31)
HEAD = "case_id,county_code,customer_type,submitted_at,energised_at\n"
ROSTER = """county_code,county,city_code,city,province_code,province
330102,上城区,330100,杭州市,330000,浙江省
330103,鼓楼区,330100,杭州市,330000,浙江省
330203,鼓楼区,330200,宁波市,330000,浙江省
"""
# case: its county, steps beside the known ones, items of charges with their receipts
CASES = {
    "A1": ("330102", ["预约上门"], []),
    "A2": ("上城区", ["预约上门", "预约上门"], [("代维费", "R1")]),
    "A3": ("上城区", ["资金担保审核", "interim_check"], [("代维费", "")]),
    "A4": ("鼓楼区", [], [("代维费", "R2"), ("点火费", "R3")]),
    "A5": ("别处", [], [("变压器", "R4")]),
    "A6": ("330103", [], [("计量箱费用", "R5")]),
}
MAPPING = """
[steps]
"预约上门" = { step = "internal" }

[[table]]
to = "cases"
[table.values.county_code]
"上城区" = "330102"

[[table]]
to = "fees"
[table.values.item]
"代维费" = "变压器"
"""


@pytest.fixture(scope="module")
def dump(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("names") / "dump"
    folder.mkdir()
    cases, events, fees = [HEAD], ["case_id,step,started_at,finished_at\n"], []
    fees.append("case_id,收费项目,amount_yuan,payer,inside_redline,receipt_id\n")
    for case, (county, steps, items) in CASES.items():
        cases.append(f"{case},{county},resident,2022-03-01,2022-03-03\n")
        for step in ("accept", *steps):
            events.append(f"{case},{step},2022-03-01,2022-03-0{len(events) % 9 + 1}\n")
        fees += [f"{case},{item},90,user,否,{paid}\n" for item, paid in items]
    for name, rows in (("cases", cases), ("events", events), ("fees", fees)):
        (folder / f"{name}.csv").write_text("".join(rows), "utf-8")
    agency = folder.parent / "dossier"
    agency.mkdir()
    (agency / "roster.csv").write_text(ROSTER, "utf-8")
    return folder


@pytest.fixture(scope="module")
def said(audit, dump):
    out, dossier = dump.parent / "run", dump.parent / "dossier"
    words = ("--cutoff", "2022-12-31", "--dossier", dossier, "--out", out)
    answer = audit("run", dump, *words)
    assert answer.code == 0, answer.err
    return answer, out


def notes(out: Path, note: str) -> dict[str | None, int]:
    rows = auditor.query(out, "SELECT note, value, count FROM notes").filter(note=note)
    return dict(rows.select("value", "count").iter_rows())


def verdicts(out: Path, rule: str) -> dict[str, str]:
    rows = frame(out, "verdicts").select("case_id", pl.col(rule).cast(pl.String))
    return dict(rows.iter_rows())


def test_unknown_steps_are_told_with_rows_and_the_cases_failed_for_them_alone(said):
    answer, out = said
    assert notes(out, "unknown_step") == {None: 4, "预约上门": 3, "资金担保审核": 1}
    assert notes(out, "unknown_step_names") == {None: 2}
    # A3 had an interim check as well and fails whatever the other step is.
    assert verdicts(out, "task25a")["A3"] == "fail"
    assert notes(out, "unknown_step_cases") == {None: 2}
    doubt = {c for c, word in verdicts(out, "ind08").items() if word == "undetermined"}
    assert doubt and notes(out, "unknown_step_open") == {None: len(doubt)}
    assert "AUD462" in answer.out
    assert "预约上门（3 行）、资金担保审核（1 行）" in answer.out


def test_unknown_charges_are_told_with_rows_and_the_cases_failed_for_them_alone(said):
    answer, out = said
    assert notes(out, "unknown_charge") == {
        None: 5, "代维费": 3, "点火费": 1, "计量箱费用": 1
    }  # fmt: skip
    # A3 has no receipt either.
    failed = {c for c, word in verdicts(out, "task37").items() if word == "fail"}
    assert failed == {"A2", "A3", "A4", "A6"}
    assert notes(out, "unknown_charge_cases") == {None: 3}
    assert "AUD463" in answer.out and "代维费（3 行）" in answer.out


def test_counties_off_the_roster_are_told_and_those_called_by_their_name(said):
    answer, out = said
    assert notes(out, "unknown_county") == {
        None: 4,
        "上城区": 2,
        "别处": 1,
        "鼓楼区": 1,
    }
    assert notes(out, "county_by_name") == {
        None: 3, "上城区 = 330102": 2, "鼓楼区 = 330103 / 330203": 1
    }  # fmt: skip
    assert "AUD464" in answer.out and "上城区 = 330102（2 件）" in answer.out
    rows = frame(out, "rollup").filter(pl.col("code") == "unknown")
    assert rows.height  # the name is told and taken for no code


def test_without_a_roster_no_county_is_strange(audit, dump):
    out = dump.parent / "bare"
    answer = audit("run", dump, "--cutoff", "2022-12-31", "--out", out)
    assert "AUD464" not in answer.out and not notes(out, "unknown_county")


def test_a_mapping_of_the_names_settles_verdicts_and_notes(dump):
    page, out = dump.parent / "map.toml", dump.parent / "mapped"
    page.write_text(MAPPING, "utf-8")
    dossier = dump.parent / "dossier"
    asked = Settings((dump,), out, mapping=page, dossier=dossier, cutoff=CUTOFF)
    pipeline.run(asked)
    assert verdicts(out, "task25a")["A1"] != "fail"
    assert verdicts(out, "task37")["A2"] != "fail"
    assert notes(out, "unknown_step") == {None: 1, "资金担保审核": 1}
    assert set(notes(out, "unknown_charge")) == {None, "点火费", "计量箱费用"}
    assert set(notes(out, "unknown_county")) == {None, "别处", "鼓楼区"}
    tried = auditor.inspect([dump], mapping=page).check
    assert tried.charges == (("点火费", 1), ("计量箱费用", 1))


def test_an_inspection_lists_unknown_charges_and_drafts_a_line_for_each(audit, dump):
    (fees,) = (one for one in auditor.inspect([dump]).files if one.table == "fees")
    (item,) = (c for c in fees.columns if c.guess and c.guess.column == "item")
    assert dict(item.unknown) == {"代维费": 3, "点火费": 1, "计量箱费用": 1}
    assert item.words == {"计量箱费用": "计量箱"}
    shown = audit("inspect", dump, "--lang", "en").out
    assert "charges in “收费项目” that stand on no list" in shown
    page = dump.parent / "draft.toml"
    auditor.write_mapping(auditor.inspect([dump]), page)
    text = page.read_text("utf-8")
    assert "[table.values.item]" in text
    assert '#? "计量箱费用" = "计量箱"   # 1' in text
    assert '#! "代维费" = ""   # 3; 不在清单上' in text


def test_a_message_counts_all_names_though_the_notes_hold_the_most_frequent(
    audit, tmp_path
):
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "cases.csv").write_text(
        f"{HEAD}A1,B,resident,2022-03-01,2022-03-03\n", "utf-8"
    )
    rows = "".join(f"A1,怪环节{n},2022-03-01,2022-03-02\n" for n in range(MOST + 5))
    head = "case_id,step,started_at,finished_at\n"
    (folder / "events.csv").write_text(head + rows, "utf-8")
    out = tmp_path / "out"
    audit("run", folder, "--cutoff", "2022-12-31", "--out", out, "--lang", "en")
    rows = auditor.query(
        out, 'SELECT source, "table", "column", note, count, value FROM notes'
    )
    assert rows.filter(note="unknown_step").height == MOST + 1
    (told,) = told_names(rows, "en")
    assert told.startswith(f"AUD462 {MOST + 5} names of steps")

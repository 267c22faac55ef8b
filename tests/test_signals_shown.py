"""What people see of signals: rows, stamps, passes in doubt, what is unrecorded."""

import json
import re
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from auditor.pack import load_pack
from auditor.rehearsal import run_examples
from tests.runs import frame, pipeline, write_dump

DAYS = {"accept": "2022-03-01", "plan_reply": "2022-03-02", "connect": "2022-03-03"}
PLACES = {"EARLY": "330101", "SOUND": "330101", "NOWHERE": "330102"}
METERS = {"EARLY": "2022-02-27", "SOUND": "2022-03-03"}


def tables() -> dict[str, list[dict]]:
    """Three homes, two days each: one meter early, one in time, one not on record.

    The rows of ``EARLY`` were entered within two minutes on its last day, by one hand.
    """
    dated = {"submitted_at": DAYS["accept"], "energised_at": DAYS["connect"]}
    cases = [
        {"case_id": one, "county_code": code, "customer_type": "resident", **dated}
        for one, code in PLACES.items()
    ]
    events = [
        {
            "case_id": case,
            "step": step,
            "started_at": day,
            "finished_at": day,
            "operator": f"hand of {case}",
            "recorded_at": f"2022-03-03 09:0{n}" if case == "EARLY" else day,
        }
        for case in PLACES
        for n, (step, day) in enumerate(DAYS.items())
    ]
    stamps = ("installed_at", "first_reading_at", "first_energy_at")
    meters = [
        {"case_id": case, **dict.fromkeys(stamps, DAYS["connect"]), "installed_at": day}
        for case, day in METERS.items()
    ]
    return {"cases": cases, "events": events, "meters": meters}


def judged(folder: Path, omit: tuple[str, ...] = (), **settings: object) -> Path:
    made = write_dump(folder, tables(), omit)
    made = replace(made, cutoff=date(2022, 12, 31), **settings)
    pipeline.run(made)
    return made.out


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("signals")
    key = folder / "key"
    key.write_bytes(b"0123456789abcdef")
    return judged(folder, outputs=("evidence", "report"), key_file=key)


@pytest.fixture(scope="module")
def unrecorded(tmp_path_factory) -> Path:
    """The same, delivered without the times of entry."""
    folder = tmp_path_factory.mktemp("unrecorded")
    return judged(folder, omit=("events.recorded_at",))


def said(audit, run: Path, case: str, rule: str, lang: str) -> str:
    answer = audit("explain", run, case, "--rule", rule, "--lang", lang)
    assert answer.code == 0, answer.err
    return answer.out


@pytest.mark.parametrize(
    ("lang", "words", "proof"),
    [
        ("zh", "int01  有疑点（疑似体外循环：表计早于报装申请。）", "不是证据"),
        ("en", "int01  signal（Reason to look: a meter is older than", "never proof"),
    ],
)
def test_a_signal_is_argued_as_a_suspicion_by_the_row_that_shows_it(
    audit, run, lang, words, proof
):
    text = said(audit, run, "EARLY", "int01", lang)
    head, _, _ = text.partition("cases.csv:2")
    assert words in text
    assert proof in text
    assert re.search(r"meters\.csv:2\s+installed_at=2022-02-27", head)
    assert not re.search(r"不合格|\bfail\b|violation", text)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_entries_are_argued_by_their_rows_stamps_and_hand_but_no_name(audit, run, lang):
    text = said(audit, run, "EARLY", "int04", lang)
    rows = re.findall(
        r"events\.csv:(\d)\s+raw_step=(\w+)  operator=(\w{32})"
        r"  recorded_at=2022-03-03 (09:0\d:00)  started_at=(\S+)",
        text,
    )
    assert [row[0] for row in rows] == ["2", "3", "4"]
    assert [row[1] for row in rows] == list(DAYS)
    assert len({row[2] for row in rows}) == 1
    assert [row[3] for row in rows] == ["09:00:00", "09:01:00", "09:02:00"]
    assert [row[4] for row in rows] == list(DAYS.values())
    assert "hand of" not in text


@pytest.mark.parametrize(
    ("lang", "doubted", "plain"),
    [
        ("zh", "ind06  合格（存疑：int01）", "ind06  合格  "),
        ("en", "ind06  pass (in doubt: int01)", "ind06  pass  "),
    ],
)
def test_a_pass_beside_a_grave_signal_says_that_it_is_in_doubt(
    audit, run, lang, doubted, plain
):
    assert doubted in said(audit, run, "EARLY", "ind06", lang)
    assert plain in said(audit, run, "SOUND", "ind06", lang)


def test_a_doubt_is_also_told_to_machines(audit, run):
    told = json.loads(audit("explain", run, "EARLY", "--json").out)
    doubts = {r["rule"]["id"]: r["doubts"] for r in told["rulings"]}
    assert doubts["ind06"] == ["int01"]
    assert doubts["int04"] == []


def test_doubtful_passes_are_counted_beside_the_passes_and_change_none(run):
    rows = frame(run, "rollup").filter(pl.col("level") == "county")
    told = {
        (row["code"], row["rule_id"]): (row["pass"], row["fail"], row["doubtful"])
        for row in rows.iter_rows(named=True)
    }
    assert told["330101", "ind06"] == (2, 0, 1)
    assert told["330101", "ind08"] == (0, 2, 0)  # three steps: what fails is no doubt
    assert told["330102", "ind06"] == (1, 0, 0)
    assert told["330101", "int01"] == (1, 1, 0)  # nobody doubts a signal


def test_an_unknown_meter_is_no_signal_and_puts_no_pass_in_doubt(run):
    rows = frame(run, "verdicts").filter(pl.col("case_id") == "NOWHERE")
    row = rows.row(0, named=True)
    assert (row["int01"], row["int01_reason"]) == ("undetermined", "cannot_exclude")
    assert row["ind06"] == "pass"


def test_the_report_counts_signals_and_lists_them_with_their_rows(run):
    page = unescape((run / "report.html").read_text("utf-8"))
    text = re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", " ", page))
    _, _, section = text.partition("记录真实性的疑点")
    assert "不是证据，也不改变其他结论" in section
    assert re.search(r"int01 A 疑似体外循环：\S+ Works outside.*? 1 1 1 0 ", section)
    assert re.search(r"EARLY int01 .*?meters\.csv:2", section)
    assert re.search(r"存疑 in doubt 1 ", text)


def test_a_column_that_nobody_delivered_is_one_finding_a_county_and_rule(unrecorded):
    found = frame(unrecorded, "findings").filter(pl.col("rule_id") == "int05")
    keys = ("county_code", "case_id", "verdict", "reason", "measured")
    assert sorted(found.select(keys).iter_rows()) == [
        ("330101", None, "undetermined", "cannot_exclude", 2.0),
        ("330102", None, "undetermined", "cannot_exclude", 1.0),
    ]
    verdicts = frame(unrecorded, "verdicts")
    assert set(verdicts["int05"]) == {"undetermined"}
    assert set(verdicts["ind06"]) == {"pass"}


HEAD = """[pack]
id = "province-p-2021"
version = "1"
title_zh = "某省另看的疑点"
title_en = "What a province also looks for"
parent = "nea-2021-37"
"""
WORDED = """id = "int14"
[[sign]]
check = "step_worded"
needs = ["events.step"]
severity = "C"
words = ["重新申请"]
[[case]]
name = "asked to apply again"
given = { customer_type = "resident", submitted_at = 2022-03-01, events = [
  { step = "请客户重新申请", finished_at = 2022-03-01, returned = false }] }
expect = "fail"
reason = "step_worded"
[[case]]
name = "not asked"
given = { customer_type = "resident", submitted_at = 2022-03-01, events = [
  { step = "accept", finished_at = 2022-03-01, returned = false }] }
expect = "pass"
[[case]]
name = "no log at all"
given = { customer_type = "resident", submitted_at = 2022-03-01 }
expect = "undetermined"
"""


def test_a_province_adds_a_sign_by_a_page_and_keeps_those_of_the_notice(tmp_path):
    (tmp_path / "integrity").mkdir()
    (tmp_path / "pack.toml").write_text(HEAD, "utf-8")
    page = WORDED.replace("events = [\n  ", "events = [")
    (tmp_path / "integrity" / "int14.toml").write_text(page, "utf-8")
    pack, parent = load_pack(tmp_path), load_pack()
    checks = [sign.check for sign in pack.rule("int14").signs]
    kept = [sign.check for sign in parent.rule("int14").signs]
    assert checks == [*kept, "step_worded"]
    told = [one for one in run_examples(pack) if one.rule.id == "int14"]
    assert {"asked to apply again", "not asked"} <= {one.example.name for one in told}
    assert all(one.agrees for one in told)

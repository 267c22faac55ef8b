"""What a hostile delivery tried, and what it gets now."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from tests.runs import frame, pipeline, write_dump

CASE = {"case_id": "1", "county_code": "A", "customer_type": "resident",
        "submitted_at": "2022-03-01", "energised_at": "2022-03-04"}  # fmt: skip
ROSTER = {"county_code": "A", "county": "a", "city_code": "C", "city": "c",
          "province_code": "P", "province": "p", "valid_from": "2020-01-01",
          }  # fmt: skip
PAPER = {"level": "county", "code": "A", "indicator": "ind01", "value": "met",
         "dated": "2022-03-01", "signer": "S", "evidence": "E"}  # fmt: skip
PROJECT = {"project_id": "P", "county_code": "A", "voltage_kv": "0.4",
           "accepted_at": "2022-03-01", "decided_at": "2022-03-03"}  # fmt: skip


def run(folder, **tables):
    settings = write_dump(folder, {"cases": [CASE], "events": [], **tables})
    pipeline.run(replace(settings, cutoff=date(2022, 12, 31)))
    return settings.out


def status(out, rule, code="A"):
    rows = frame(out, "rollup").filter(
        pl.col("rule_id") == rule, pl.col("code") == code
    )
    return rows["status"].item()


def verdict(out, rule, case="1"):
    return frame(out, "verdicts").filter(pl.col("case_id") == case)[rule].item()


def test_a_project_without_an_id_is_a_rejected_row_and_not_an_excluded_project(
    tmp_path,
):
    late = {**PROJECT, "project_id": "", "decided_at": "2022-06-01"}
    out = run(
        tmp_path, approvals=[late, PROJECT], attestations=[PAPER], roster=[ROSTER]
    )
    assert frame(out, "projects")["project_id"].to_list() == ["P"]
    assert frame(out, "rejects")["reason"].to_list() == ["empty_key"]


def test_a_project_that_lost_a_row_cannot_pass(tmp_path):
    settings = write_dump(
        tmp_path,
        {"cases": [CASE], "events": [], "approvals": [PROJECT], "roster": [ROSTER]},
    )
    path = settings.dossier / "approvals.csv"
    with path.open("a", encoding="utf-8") as handle:
        handle.write("P,A,0.4,2022-03-01,2022-06-01,one cell too many\n")
    pipeline.run(replace(settings, cutoff=date(2022, 12, 31)))
    row = frame(settings.out, "projects").row(0, named=True)
    assert (row["ind01"], row["ind01_reason"]) == ("undetermined", "rejected_rows")


@pytest.mark.parametrize("amount", ["4611686018427.387904", "100000000000000"])
def test_an_amount_beyond_belief_neither_wraps_to_zero_nor_stops_the_run(
    tmp_path, amount
):
    fee = {"case_id": "1", "item": "外线工程", "payer": "user", "inside_redline": False}
    fees = [{**fee, "amount_yuan": amount, "receipt_id": f"R{n}"} for n in range(4)]
    assert verdict(run(tmp_path, fees=fees), "ind16") == "undetermined"


@pytest.mark.parametrize("count", [0, 4])
def test_a_number_of_sources_that_cannot_be_exempts_from_nothing(tmp_path, count):
    case = {**CASE, "customer_type": "hv", "source_count": count}
    out = run(tmp_path, cases=[case])
    assert [verdict(out, rule) for rule in ("ind04", "ind05")] == ["undetermined"] * 2


def test_a_document_under_a_step_nobody_knows_hides_nothing(tmp_path):
    papers = [("accept", "有效身份证件"), ("受理环节", "无违建证明")]
    rows = [{"case_id": "1", "step": a, "document": b} for a, b in papers]
    assert verdict(run(tmp_path, materials=rows), "ind13") == "undetermined"


def test_a_case_off_the_roster_bars_the_mark_of_every_province(tmp_path):
    rosters = [
        ROSTER,
        {**ROSTER, "county_code": "B", "city_code": "D", "province_code": "Q"},
    ]
    cases = [CASE, {**CASE, "case_id": "2", "county_code": "Z"}]
    out = run(tmp_path, cases=cases, roster=rosters)
    assert [status(out, "ind06", code) for code in "AP"] == ["met", "undetermined"]


def test_a_roster_without_a_province_is_no_defect_of_the_program(tmp_path):
    rosters = [ROSTER, {**ROSTER, "county_code": "B", "province_code": ""}]
    cases = [CASE, {**CASE, "case_id": "2", "county_code": "B"}]
    out = run(tmp_path, cases=cases, roster=rosters)
    assert status(out, "ind06", "B") == "met"


def test_a_payment_names_the_row_of_the_charge(tmp_path):
    fee = {
        "case_id": "1",
        "item": "外线工程",
        "payer": "user",
        "inside_redline": False,
        "amount_yuan": 5,
    }
    out = run(tmp_path, fees=[fee])
    found = frame(out, "findings").filter(pl.col("rule_id") == "ind16")
    assert "fees.csv:2" in found["rows"].item()

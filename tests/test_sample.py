"""The sample province comes out as planted, to the last case, count and star."""

import csv
import json
from collections import Counter
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from auditor.pack import load_pack
from auditor.vocabulary import VERDICTS

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data"
TRUTH = json.loads((SAMPLE / "truth.json").read_text("utf-8"))
RULES = tuple(TRUTH["rules"])
WORDS = tuple(TRUTH["words"])
NOBODY_OUTSIDE = {"ind36"}  # speaks of every user: never not_applicable


def planted() -> list[dict[str, str]]:
    with (SAMPLE / "truth.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def verdicts(sample: Path) -> dict[str, dict]:
    rows = pl.read_parquet(sample / "verdicts.parquet").iter_rows(named=True)
    return {row["case_id"]: row for row in rows}


@pytest.fixture(scope="module")
def rollup(sample: Path) -> dict[tuple[str, str], dict]:
    rows = pl.read_parquet(sample / "rollup.parquet").iter_rows(named=True)
    return {(row["code"], row["rule_id"]): row for row in rows}


@pytest.fixture(scope="module")
def manifest(sample: Path) -> dict:
    return json.loads((sample / "manifest.json").read_text("utf-8"))


def test_the_pack_has_every_rule_of_the_truth():
    assert set(RULES) <= {rule.id for rule in load_pack().case_rules}


def test_every_case_of_the_truth_has_one_line_of_verdicts_and_no_other(verdicts):
    assert sorted(verdicts) == sorted(row["case_id"] for row in planted())


def test_every_case_belongs_where_it_was_planted(verdicts):
    wrong = [
        f"{row['case_id']}: {told['county_code']} {told['cohort']} instead of"
        f" {row['county_code']} {row['cohort']}"
        for row in planted()
        if (told := verdicts[row["case_id"]])["cohort"] != row["cohort"]
        or told["county_code"] != row["county_code"]
    ]
    assert wrong == []


@pytest.mark.parametrize("rule", RULES)
def test_every_case_is_judged_as_planted_and_for_the_planted_reason(verdicts, rule):
    wrong = []
    for row in planted():
        word, _, reason = (row[rule] or "not_applicable").partition(":")
        told = verdicts[row["case_id"]]
        reason_told = told[f"{rule}_reason"]
        if told[rule] != word or (reason and reason_told != reason):
            wrong.append(
                f"{row['case_id']} ({row['scenario']}): {told[rule]}:{reason_told}"
                f" instead of {word}:{reason}"
            )
    assert wrong == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_gives_every_verdict(verdicts, rule):
    nobody = {"not_applicable"} if rule in NOBODY_OUTSIDE else set()
    seen = Counter(row[rule] for row in verdicts.values())
    assert set(seen) == set(VERDICTS) - nobody


def test_the_books_say_what_became_of_every_row(manifest):
    told = manifest["accounting"]["rows"]
    assert {name: told[name] for name in TRUTH["accounting"]} == TRUTH["accounting"]


def test_rejects_hold_the_rows_that_the_books_call_rejected(sample, manifest):
    rejects = pl.read_parquet(sample / "rejects.parquet").filter(kind="row")
    counted = Counter(rejects["table"])
    rows = manifest["accounting"]["rows"]
    assert {name: book["rejected"] for name, book in rows.items()} == {
        name: counted[name] for name in rows
    }


@pytest.mark.parametrize("code", TRUTH["rollup"])
def test_every_place_has_the_planted_status_and_counts(rollup, code):
    wrong = []
    for rule, (status, *counts) in TRUTH["rollup"][code].items():
        told = rollup[code, rule]
        if told["status"] != status:
            wrong.append(f"{rule}: {told['status']} instead of {status}")
        found = [told[word] for word in WORDS]
        if counts and found != counts:
            wrong.append(f"{rule}: {found} instead of {counts}")
    assert wrong == []


def test_the_rollup_speaks_of_no_other_place(rollup):
    assert {code for code, _ in rollup} == set(TRUTH["rollup"])


def test_the_stars_of_the_province_are_those_attested(rollup):
    province = next(code for code, row in rollup.items() if row["level"] == "province")
    told = {rule: rollup[province[0], rule]["status"] for rule in TRUTH["stars"]}
    assert told == TRUTH["stars"]


def test_the_run_is_incomplete_and_says_why(manifest):
    assert manifest["complete"] is False
    assert manifest["accounting"]["complete"] is False
    assert manifest["accounting"]["reasons"] == [
        "rows_rejected",
        "utility_missing",
        "county_off_roster",
    ]


def test_the_manifest_names_the_options_and_every_input(manifest):
    files = [p for place in ("dump", "dossier") for p in (SAMPLE / place).iterdir()]
    assert {row["name"].rpartition("/")[2] for row in manifest["inputs"]} == {
        path.name for path in files
    }
    assert manifest["period"] == ["2022-01-01", "2022-12-31"]
    assert manifest["cutoff"] == {"date": "2022-12-31", "derived": False}


def test_the_manifest_counts_the_verdicts_of_each_rule(manifest, verdicts):
    for rule in RULES:
        seen = Counter(row[rule] for row in verdicts.values())
        told = manifest["accounting"]["verdicts"][rule]
        assert told == {word: seen[word] for word in VERDICTS}


def test_the_official_form_is_a_workbook_that_opens(sample):
    book = openpyxl.load_workbook(sample / "forms" / "annex2.xlsx")
    text = {str(cell.value) for sheet in book for row in sheet for cell in row}
    assert any("湖东区" in cell for cell in text)
    assert any("不可报送" in cell for cell in text)
    assert "√" in text


def test_the_database_answers_a_query(sample):
    with duckdb.connect(str(sample / "results.duckdb"), read_only=True) as base:
        query = "SELECT count(*), count(DISTINCT case_id) FROM verdicts"
        assert base.execute(query).fetchone() == (TRUTH["cases"], TRUTH["cases"])
        failing = "SELECT count(*) FROM findings WHERE verdict = 'fail' AND rule_id = ?"
        (found,) = base.execute(failing, ["ind34"]).fetchone()
    province = TRUTH["rollup"]["900000"]["ind34"]
    assert found == province[1 + WORDS.index("fail")]


def test_every_output_of_the_manifest_is_there_and_nothing_else(sample, manifest):
    files = {p.relative_to(sample).as_posix() for p in sample.rglob("*") if p.is_file()}
    assert {row["name"] for row in manifest["outputs"]} | {"manifest.json"} == files

"""A run under other limits comes out as a run whose pages say so."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

import auditor
from auditor.errors import AuditError
from auditor.vocabulary import VERDICTS
from tests.conftest import SAMPLE_RUN
from tests.packs import copied_pack

ASKED = ("ind34.limit=12", "ind03.acceptance.limit=2", "ind34.in_force_from=2022-06-01")


@pytest.fixture(scope="module")
def edited(audit, tmp_path_factory) -> Path:
    """The sample, run with pages that say what is asked."""
    folder = tmp_path_factory.mktemp("edited")
    pack = copied_pack(folder / "pack")
    (page,) = (pack / "indicators").glob("ind34*.toml")
    text = re.sub(r"(value\s*=) 15", r"\1 12", page.read_text("utf-8"))
    text = re.sub(r"(in_force_from\s*=) \S+", r"\1 2022-06-01", text)
    page.write_text(text, "utf-8")
    (page,) = (pack / "indicators").glob("ind03*.toml")
    text = page.read_text("utf-8")
    text = re.sub(r'(fact\s*= "acceptance"\nvalue\s*=) 1\b', r"\1 2", text)
    page.write_text(text, "utf-8")
    answer = audit(*SAMPLE_RUN, "--rules", pack, "--out", folder / "run")
    assert answer.code == 0, answer.err
    return folder / "run"


@pytest.fixture(scope="module")
def supposed(sample) -> auditor.WhatIf:
    return auditor.whatif(sample, ASKED)


def test_every_place_has_the_counts_and_status_of_a_run_with_such_pages(
    edited, supposed
):
    keys = ["level", "code", "rule_id"]
    said = [*VERDICTS, "status"]
    rows = pl.read_parquet(edited / "rollup.parquet")
    wanted = rows.filter(pl.col("rule_id").is_in(["ind03", "ind34"])).sort(keys)
    now = supposed.places.select(*keys, *(pl.col(f"{n}_now").alias(n) for n in said))
    assert now.sort(keys).equals(wanted.select(*keys, *said))
    assert set(supposed.places["rule_id"]) == {"ind03", "ind34"}


def test_before_stands_what_the_run_recorded(sample, supposed):
    keys = ["level", "code", "rule_id"]
    said = [*VERDICTS, "status"]
    rows = pl.read_parquet(sample / "rollup.parquet")
    wanted = rows.filter(pl.col("rule_id").is_in(["ind03", "ind34"])).sort(keys)
    was = supposed.places.sort(keys).select(*keys, *said)
    assert was.equals(wanted.select(*keys, *said))


def test_violations_are_the_failures_of_a_binding_limit(sample, edited, supposed):
    for folder, name in ((sample, "violations"), (edited, "violations_now")):
        found = pl.read_parquet(folder / "findings.parquet").filter(
            pl.col("rule_id").is_in(["ind03", "ind34"]),
            pl.col("verdict") == "fail",
            pl.col("in_force"),
        )
        assert supposed.places[name].sum() == found.height > 0


def test_the_cases_are_those_whose_verdict_differs(sample, edited, supposed):
    was, now = (pl.read_parquet(run / "verdicts.parquet") for run in (sample, edited))
    for rule in ("ind03", "ind34"):
        differs = was[rule].cast(pl.String) != now[rule].cast(pl.String)
        wanted = was.filter(differs)["case_id"].sort().to_list()
        found = supposed.cases.filter(rule_id=rule)
        assert found["case_id"].sort().to_list() == wanted != []
    assert set(supposed.cases.filter(rule_id="ind34")["now"]) >= {"fail"}


def test_limits_as_they_are_change_nothing(sample):
    found = auditor.whatif(sample, ["ind34.limit=15"])
    assert found.cases.is_empty()
    same = [
        pl.col(n).eq_missing(pl.col(f"{n}_now")).all() for n in (*VERDICTS, "status")
    ]
    assert all(found.places.select(pl.all_horizontal(same)).to_series())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ind34=12", "AUD540"),
        ("ind34.limit=-1", "AUD540"),
        ("ind34.limit=NaN", "AUD540"),
        ("ind34.in_force_from=2022-02-30", "AUD540"),
        ("ind99.limit=3", "AUD504"),
        ("ind03.limit=2", "AUD541"),
        ("ind34.acceptance.limit=2", "AUD541"),
        ("ind34.limit@2022-01-01=2", "AUD541"),
        ("ind13.limit=1", "AUD541"),
        ("ind01.limit=3", "AUD545"),
    ],
)
def test_what_cannot_be_asked_is_told(sample, text, code):
    with pytest.raises(AuditError) as caught:
        auditor.whatif(sample, [text])
    assert caught.value.code == code
    assert caught.value.exit_code == 2


def test_one_limit_is_asked_once(sample):
    with pytest.raises(AuditError) as caught:
        auditor.whatif(sample, ["ind34.limit=12", "ind34.whole_process.limit=13"])
    assert caught.value.code == "AUD542"


def test_the_command_shows_and_writes_what_would_differ(
    audit, sample, supposed, tmp_path
):
    words = [word for text in ASKED for word in ("--set", text)]
    shown = audit("whatif", sample, *words, "--lang", "en", "--out", tmp_path / "out")
    assert shown.code == 0, shown.err
    assert "ind34.whole_process.limit: 15 → 12" in shown.out
    assert "met → not met" in shown.out
    for name, frame in (("places", supposed.places), ("cases", supposed.cases)):
        assert pl.read_parquet(tmp_path / "out" / f"whatif-{name}.parquet").equals(
            frame
        )
    told = json.loads(audit("whatif", sample, *words, "--json").out)
    assert told["places"] == supposed.to_json()["places"]
    assert told["changes"][0]["now"] == 12
    refused = audit("whatif", sample, *words, "--out", sample)
    assert (refused.code, refused.err[:6]) == (2, "AUD534")

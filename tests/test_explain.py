"""The argument for a case can be followed by hand, back to the rows of the files."""

import csv
import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

import chinese_calendar
import polars as pl
import pytest

from auditor.explain import explain
from auditor.pack import load_pack
from tests.reference.cells import read_date

ROOT = Path(__file__).resolve().parents[1]
DUMP = ROOT / "sample_data" / "dump"
MAPPING = tomllib.loads((ROOT / "rules/mappings/state-grid.toml").read_text("utf-8"))
TIME_RULES = tuple(rule.id for rule in load_pack().case_rules if rule.kind == "time")
NOTICE = re.compile(r"国办发明电〔20\d\d〕\d+号")
DOTTED = re.compile(r"(\d{4})\.(\d\d)\.(\d\d)")  # as the mapping declares


@pytest.fixture(scope="module")
def verdicts(sample: Path) -> dict[str, dict]:
    rows = pl.read_parquet(sample / "verdicts.parquet")
    plain = rows.with_columns(pl.col(pl.Enum, pl.Categorical).cast(pl.String))
    return {row["case_id"]: row for row in plain.iter_rows(named=True)}


@pytest.fixture(scope="module")
def late(sample: Path) -> pl.DataFrame:
    """Every failure of a rule that counts days."""
    findings = pl.read_parquet(sample / "findings.parquet")
    return findings.filter(
        pl.col("verdict") == "fail", pl.col("rule_id").is_in(TIME_RULES)
    )


@pytest.fixture(scope="module")
def argued(audit, sample: Path):
    @cache
    def argue(case_id: str) -> dict:
        said = audit("explain", sample, case_id, "--json")
        assert said.code == 0, said.err
        return json.loads(said.out)

    return argue


@cache
def lines_of(name: str) -> tuple[str, ...]:
    """The physical lines of a file of the dump; line 1 is its header."""
    return tuple((DUMP / name).read_bytes().decode("gb18030").splitlines())


def cells_at(name: str, row: int) -> dict[str, str]:
    header, cells = csv.reader([lines_of(name)[0], lines_of(name)[row - 1]])
    return dict(zip(header, cells, strict=True))


def column_of(name: str, canonical: str) -> str:
    """The header of the source system, as the mapping has it."""
    table = next(t for t in MAPPING["table"] if Path(name).match(t["file"]))
    return table["rename"][canonical]


def day_in(text: str) -> date:
    return read_date(DOTTED.sub(r"\1-\2-\3", text.strip()))


def spans_of(argument: dict) -> Iterator[tuple[str, dict]]:
    for ruling in argument["rulings"]:
        for span in ruling["spans"]:
            yield ruling["rule"]["id"], span


def drawn(verdicts: dict, first: int, last: int) -> list[str]:
    return Random(37).sample(sorted(verdicts), 300)[first:last]


SAMPLES = [(0, 12), pytest.param(12, 300, marks=pytest.mark.slow)]
OF_A_RULE = [2, pytest.param(1_000, marks=pytest.mark.slow)]  # failures argued
every_late = pytest.mark.parametrize("most", OF_A_RULE)


def some(late: pl.DataFrame, most: int) -> pl.DataFrame:
    """The first failures of each rule that counts days."""
    return late.group_by("rule_id", maintain_order=True).head(most)


@pytest.mark.parametrize(("first", "last"), SAMPLES)
def test_the_argument_for_a_case_gives_the_verdicts_of_the_run(
    verdicts, argued, first, last
):
    for case_id in drawn(verdicts, first, last):
        argument, row = argued(case_id), verdicts[case_id]
        told = {
            r["rule"]["id"]: (r["verdict"], r["reason"]) for r in argument["rulings"]
        }
        rules = [rule.id for rule in load_pack().case_rules]
        assert told == {rule: (row[rule], row[f"{rule}_reason"]) for rule in rules}
        keys = {k: None if v is None else str(v) for k, v in argument["keys"].items()}
        assert keys == {k: None if row[k] is None else str(row[k]) for k in keys}


@pytest.mark.parametrize(("first", "last"), SAMPLES)
def test_days_are_counted_as_another_calendar_counts_them(
    verdicts, argued, first, last
):
    seen = 0
    for case_id in drawn(verdicts, first, last):
        for rule, span in spans_of(argued(case_id)):
            if span["counted"] or span["skipped"]:
                check_days(span, f"{case_id} {rule} {span['fact']}")
                seen += 1
    assert seen > (last - first) / 3


def check_days(span: dict, where: str) -> None:
    """The days after the start and up to the end are counted or skipped, rightly."""
    start = date.fromisoformat(span["start"][1])
    end = date.fromisoformat(span["end"][0])
    days = [start + timedelta(n + 1) for n in range((end - start).days)]
    worked = [str(day) for day in days if chinese_calendar.is_workday(day)]
    assert span["counted"] == worked, where
    skipped = [str(day) for day in days if str(day) not in worked]
    assert [day for day, _, _ in span["skipped"]] == skipped, where
    for day, reason, notice in span["skipped"]:
        if date.fromisoformat(day).weekday() < 5:
            assert reason, (where, day)
            assert NOTICE.fullmatch(notice), (where, day)
        else:
            assert (reason == "") == (notice == ""), (where, day)


@every_late
def test_the_days_counted_of_every_late_case_are_its_measured_days(argued, late, most):
    assert late.height > 70
    assert late["rule_id"].n_unique() == len(TIME_RULES)
    for row in some(late, most).iter_rows(named=True):
        first = row["parts"].partition(";")[0]
        ((_, span),) = [
            (rule, span)
            for rule, span in spans_of(argued(row["case_id"]))
            if rule == row["rule_id"] and span["fact"] == first
        ]
        where = f"{row['case_id']} {row['rule_id']} {first}"
        check_days(span, where)
        least, most = span["excused"]
        assert least <= most
        assert len(span["counted"]) - most == row["measured"], where
        assert span["limit"] == row["limit"] < row["measured"], where


@every_late
def test_days_off_for_force_majeure_rest_on_a_row_that_says_so(
    argued, late, most, sample
):
    rows = pl.read_parquet(sample / "evidence" / "suspensions.parquet")
    stopped = late["case_id"].is_in(rows["case_id"].implode())
    excused = 0
    asked = late if most > 2 else late.filter(stopped)
    for case_id in asked["case_id"].unique(maintain_order=True):
        for _, span in spans_of(argued(case_id)):
            if any(span["excused"]):
                rows = argued(case_id)["suspensions"]
                assert any(row["reason"] == "force_majeure" for row in rows), case_id
                excused += 1
    assert excused > 0


@every_late
def test_every_stamp_of_a_late_case_stands_in_the_row_of_the_file_that_is_named(
    argued, late, most
):
    checked = 0
    for case_id in some(late, most)["case_id"].unique(maintain_order=True):
        for _, span in spans_of(argued(case_id)):
            for witness in span["witnesses"]:
                cells = cells_at(witness["source"], witness["row"])
                assert cells["申请编号"] == case_id
                raw, _, column = witness["what"].rpartition("·")
                text = cells[column_of(witness["source"], column)]
                assert str(day_in(text)) == witness["date"], (case_id, witness)
                assert not raw or cells["环节名称"] == raw
                checked += 1
    assert checked > (300 if most > 2 else 60)


@pytest.mark.parametrize(("first", "last"), SAMPLES)
def test_every_row_of_the_argument_is_a_row_of_the_case_in_its_file(
    verdicts, argued, first, last
):
    for case_id in drawn(verdicts, first, last):
        argument = argued(case_id)
        assert argument["rows"]
        for row in argument["rows"]:
            cells = cells_at(row["source"], row["row"])
            assert cells["申请编号"] == case_id
            for column, value in row.items():
                if column.endswith(("_at", "_date")):
                    text = cells[column_of(row["source"], column)]
                    assert str(day_in(text)) == value, (case_id, row)


def test_the_argument_has_every_accepted_row_of_the_case(argued, late):
    ids = some(late, 2)["case_id"].unique(maintain_order=True).to_list()
    assert len(ids) > 10
    for case_id in ids:
        told = [(row["source"], row["row"]) for row in argued(case_id)["rows"]]
        held = [
            (path.name, number)
            for path in sorted(DUMP.iterdir())
            for number, line in enumerate(lines_of(path.name), 1)
            if case_id in line
        ]
        refused = {(r["source"], r["row"]) for r in argued(case_id)["rejects"]}
        missing = {place for place in held if place not in told} - refused
        assert missing == set(), case_id
        assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("lang", "wording"),
    [
        ("zh", "{source} 第 {row} 行"),
        pytest.param("en", "{source} row {row}", marks=pytest.mark.slow),
    ],
)
def test_the_text_names_file_row_dates_and_holidays(
    audit, sample, argued, late, lang, wording
):
    for row in late.unique("rule_id", keep="first", maintain_order=True).to_dicts():
        said = audit(
            "explain", sample, row["case_id"], "--rule", row["rule_id"], "--lang", lang
        )
        assert said.code == 0
        for rule, span in spans_of(argued(row["case_id"])):
            if rule != row["rule_id"]:
                continue
            for witness in span["witnesses"]:
                assert wording.format(**witness) in said.out
                assert witness["date"] in said.out
            for _, _, notice in span["skipped"]:
                assert notice in said.out
        assert f"{row['measured']:g}" in said.out
        assert row["clause"] in said.out


@pytest.mark.parametrize(
    ("first", "last"), [(0, 4), pytest.param(4, 16, marks=pytest.mark.slow)]
)
def test_no_text_shows_a_key_instead_of_words(audit, sample, late, first, last):
    one_a_rule = some(late, 1)["case_id"].to_list()
    ids = list(dict.fromkeys(one_a_rule + late["case_id"].to_list()))[first:last]
    key = re.compile(r"\b(ui|fact|part|reason|verdict|state|kind|reject)\.[a-z_]+\b")
    for case_id in ids:
        for lang in ("zh", "en"):
            said = audit("explain", sample, case_id, "--lang", lang)
            assert key.findall(said.out) == []
            assert not re.search(r"\{[a-z_]+\}", said.out)


def test_one_rule_alone_is_argued_when_it_is_asked_for(audit, sample, late):
    row = late.row(0, named=True)
    words = ("explain", sample, row["case_id"], "--rule", row["rule_id"])
    (ruling,) = json.loads(audit(*words, "--json").out)["rulings"]
    assert ruling["rule"]["id"] == row["rule_id"]
    assert ruling["verdict"] == "fail"


def test_what_cannot_be_explained_is_an_error_with_a_code(
    audit, sample, tmp_path, late
):
    case_id = late["case_id"][0]
    wrong = {
        ("explain", sample, "no such case"): "AUD502",
        ("explain", sample, case_id, "--rule", "ind99"): "AUD504",
        ("explain", tmp_path, case_id): "AUD501",
        ("explain", tmp_path / "nowhere", case_id): "AUD501",
    }
    for words, code in wrong.items():
        said = audit(*words)
        assert (said.code, said.err[:6], said.out) == (2, code, "")


def test_a_run_whose_evidence_was_altered_is_not_explained(
    audit, sample, tmp_path, late
):
    row = late.filter(rule_id="ind34", reason="over_limit").row(0, named=True)
    run = tmp_path / "run"
    shutil.copytree(sample, run)
    path = run / "evidence" / "cases.parquet"
    cases = pl.read_parquet(path).with_columns(pl.col("energised_at") - timedelta(60))
    cases.write_parquet(path)
    said = audit("explain", run, row["case_id"])
    assert (said.code, said.err[:6]) == (4, "AUD590")


def test_a_failure_on_documents_names_each_paper_its_row_and_the_list(audit, sample):
    findings = pl.read_parquet(sample / "findings.parquet")
    failed = findings.filter(pl.col("rule_id") == "ind13", pl.col("verdict") == "fail")
    case_id = failed["case_id"].sort()[0]
    (ruling,) = explain(sample, case_id, "ind13").rulings
    delivered = pl.read_parquet(sample / "evidence" / "materials.parquet").filter(
        pl.col("case_id") == case_id,
        pl.col("step") == "accept",
        ~pl.col("document").is_in(["有效身份证件", "用电地址物权证件"]),
    )
    assert [(p["document"], p["row"]) for p in ruling.papers] == list(
        delivered.select("document", "_row").rows()
    )
    assert ruling.papers
    said = audit("explain", sample, case_id, "--rule", "ind13", "--lang", "en").out
    for paper in ruling.papers:
        assert f"beyond the list: {paper['document']} " in said
        assert f"{paper['source']} row {paper['row']}" in said
        assert "listed: 有效身份证件 用电地址物权证件" in said


def test_a_sign_that_needs_no_column_is_argued_too(audit, sample):
    free = {r.id for r in load_pack().case_rules if any(not s.needs for s in r.signs)}
    findings = pl.read_parquet(sample / "findings.parquet")
    failed = findings.filter(
        pl.col("rule_id").is_in(list(free)), pl.col("verdict") == "fail"
    ).unique("rule_id", keep="first", maintain_order=True)
    assert failed.height
    for case_id, rule_id in failed.select("case_id", "rule_id").rows():
        said = audit("explain", sample, case_id, "--rule", rule_id)
        assert said.code == 0, said.err

"""A second regulation in TOML alone: permits against their own deadlines."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from auditor import pipeline
from auditor.cli import cli
from auditor.explain import explain
from auditor.fsops import sha256_file
from auditor.pack import load_pack
from auditor.rehearsal import run_examples
from auditor.settings import Settings
from tests.logs import (
    CASE,
    NAME,
    STAMP,
    Rows,
    read_xes,
    write_csv,
    write_parquet,
    write_xes,
    write_xlsx,
    write_zip,
)

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "real" / "wabo-receipt.xes.gz"
MAPPING = ROOT / "rules" / "mappings" / "wabo-receipt.toml"

# Each case begins at START; then its end and its deadline, None if the log has none.
START = "2011-03-01T09:00:00+01:00"
MADE_UP = {
    "on the day": ("2011-04-26T16:30:00+02:00", "2011-04-26T00:00:00+02:00"),
    "a day late": ("2011-04-27T00:00:00+02:00", "2011-04-26T23:59:59+02:00"),
    "not late in UTC": ("2011-04-26T22:30:00Z", "2011-04-26T00:00:00+02:00"),
    "late in Asia": ("2011-04-27T02:30:00+05:00", "2011-04-26T00:00:00+02:00"),
    "open, last day": (None, "2011-06-30T00:00:00+02:00"),
    "open, over": (None, "2011-06-29T23:59:00+02:00"),
    "no deadline": ("2011-04-01T09:00:00+02:00", None),
    "no readable end": ("soon", "2012-12-31T00:00:00+01:00"),
    "ends before it starts": ("2011-02-28T09:00:00+01:00", "2011-04-26T00:00:00+02:00"),
}
EXPECTED = {
    "on the day": ("pass", None),
    "a day late": ("fail", "over_limit"),
    "not late in UTC": ("fail", "over_limit"),
    "late in Asia": ("pass", None),
    "open, last day": ("pending", "within_limit"),
    "open, over": ("fail", "open_overdue"),
    "no deadline": ("undetermined", "limit_missing"),
    "no readable end": ("undetermined", "end_lost"),
    "ends before it starts": ("undetermined", "end_before_start"),
}
LAST = "2011-06-30T18:00:00+02:00"


def log_rows() -> tuple[Rows, Rows]:
    cases, events = [], []
    for name, (end, deadline) in MADE_UP.items():
        row = {
            NAME: name,
            "department": "General",
            "startdate": START,
            "enddate": end,
            "deadline": deadline,
        }
        cases.append({key: value for key, value in row.items() if value is not None})
        events.append({CASE: name, NAME: "Confirmation of receipt", STAMP: LAST})
        events.append({CASE: name, NAME: "T99 Unheard of", STAMP: START})
    return cases, events


def audit(dump: Path, out: Path, outputs: tuple[str, ...] = ()) -> pipeline.Run:
    settings = Settings(
        inputs=(dump,), out=out, rules="wabo-receipt", mapping=MAPPING, outputs=outputs
    )
    return pipeline.run(settings)


def verdicts(run: pipeline.Run) -> pl.DataFrame:
    return pl.read_parquet(run.out / "verdicts.parquet", glob=False)


def digests(tmp_path: Path, log: Path, tables: tuple[Rows, Rows]) -> set[str]:
    folder = write_csv(tmp_path / "csv", tables)
    dumps = (
        log,
        folder,
        write_parquet(tmp_path / "parquet", tables),
        write_xlsx(tmp_path / "log.xlsx", tables),
        write_zip(tmp_path / "log.zip", folder),
    )
    runs = [audit(dump, tmp_path / f"run{at}") for at, dump in enumerate(dumps)]
    return {sha256_file(run.out / "verdicts.parquet")[0] for run in runs}


@pytest.fixture(scope="module")
def real() -> Path:
    if not REAL.parent.is_dir():
        pytest.skip("the folder of real logs is absent")
    return REAL


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Run:
    folder = tmp_path_factory.mktemp("permits")
    log = write_xes(folder / "permits.xes", log_rows())
    return audit(log, folder / "run", Settings((), folder).outputs)


def test_every_example_on_the_rule_page_comes_out():
    outcomes = run_examples(load_pack("wabo-receipt"))
    assert len(outcomes) >= 3
    assert [
        (o.example.name, o.verdict, o.reason) for o in outcomes if not o.agrees
    ] == []


def test_no_code_knows_the_second_regulation():
    files = (ROOT / "auditor").rglob("*.*")
    texts = [
        path.read_text("utf-8").casefold()
        for path in files
        if path.suffix in {".py", ".toml", ".jinja"}
    ]
    assert len(texts) > 100
    assert not any("wabo" in text for text in texts)


def test_the_real_log_is_judged_by_each_application_s_own_deadline(real, tmp_path):
    run = audit(real, tmp_path / "run")
    table = verdicts(run)
    assert (run.clock.cutoff, run.clock.derived) == (date(2012, 1, 23), True)
    assert Counter(table["wabo01"]) == {"pass": 1020, "fail": 346, "pending": 68}
    reasons = Counter(table.filter(pl.col("wabo01") == "fail")["wabo01_reason"])
    assert reasons == {"over_limit": 309, "open_overdue": 37}
    assert Counter(table["cohort"]) == {"energised": 1329, "open": 105}
    assert run.accounting["rows"] == {
        "cases": {"read": 1434, "accepted": 1434, "duplicate": 0, "rejected": 0},
        "events": {"read": 8577, "accepted": 8577, "duplicate": 0, "rejected": 0},
    }
    assert run.rejects.is_empty()
    facts = pl.read_parquet(run.out / "facts.parquet", glob=False)
    assert not facts["has_unmapped"].any()


def test_the_real_log_gives_the_same_bytes_in_five_formats(real, tmp_path):
    assert len(digests(tmp_path, real, read_xes(real))) == 1


def test_a_made_up_log_gives_the_same_bytes_in_five_formats(tmp_path):
    tables = log_rows()
    log = write_xes(tmp_path / "permits.xes", tables)
    assert len(digests(tmp_path, log, tables)) == 1


def test_days_are_local_and_the_cutoff_is_the_last_thing_that_happened(made_up):
    rows = {
        row["case_id"]: (row["wabo01"], row["wabo01_reason"])
        for row in verdicts(made_up).iter_rows(named=True)
    }
    assert rows == EXPECTED
    assert made_up.clock.cutoff == date(2011, 6, 30)


def test_findings_count_the_days_past_the_deadline(made_up):
    failed = made_up.findings.filter(pl.col("verdict") == "fail").sort("case_id")
    assert failed["measured"].to_list() == [1.0, 1.0, 1.0]
    assert failed["limit"].to_list() == [0.0, 0.0, 0.0]
    assert failed["in_force"].to_list() == [True, True, True]
    facts = pl.read_parquet(made_up.out / "facts.parquet", glob=False)
    assert facts.filter(pl.col("case_id") == "a day late")["deadline"].to_list() == [
        date(2011, 4, 26)
    ]


def test_a_lost_row_of_an_event_blocks_no_rule_that_reads_no_event(tmp_path):
    cases, events = log_rows()
    lost = {CASE: "on the day", NAME: "", STAMP: LAST}
    run = audit(write_csv(tmp_path / "csv", (cases, [*events, lost])), tmp_path / "run")
    assert run.accounting["rows"]["events"]["rejected"] == 1
    assert verdicts(run).filter(pl.col("case_id") == "on the day")[
        "wabo01"
    ].to_list() == ["pass"]


def test_the_argument_for_a_case_shows_its_deadline_and_where_it_stands(made_up):
    argument = explain(made_up.out, "a day late")
    (span,) = argument.rulings[0].spans
    assert (span.low, span.high, span.limit) == (
        date(2011, 4, 27),
        date(2011, 4, 27),
        date(2011, 4, 26),
    )
    assert [w.edge for w in span.witnesses] == ["cases.closed_at", "cases.deadline"]
    for lang, words in (("en", "1 days past it"), ("zh", "已过期限 1 日")):
        done = CliRunner().invoke(
            cli, ["explain", str(made_up.out), "a day late", "--lang", lang]
        )
        assert done.exit_code == 0, done.output
        assert "2011-04-26" in done.stdout
        assert words in done.stdout
    done = CliRunner().invoke(
        cli, ["explain", str(made_up.out), "open, last day", "--json"]
    )
    assert json.loads(done.stdout)["rulings"][0]["spans"][0]["limit"] == "2011-06-30"


def test_a_pack_without_form_stages_fees_and_classes_still_fills_the_run_folder(
    made_up,
):
    names = {
        path.relative_to(made_up.out).as_posix()
        for path in made_up.out.rglob("*")
        if path.is_file()
    }
    wanted = {
        "report.html",
        "results.duckdb",
        "findings.xlsx",
        "figures/heatmap.png",
        "manifest.json",
    }
    assert wanted <= names
    assert not any(name.startswith("forms/") for name in names)
    (row,) = made_up.rollup.iter_rows(named=True)
    assert (row["code"], row["rule_id"], row["status"], row["basis"]) == (
        "General",
        "wabo01",
        "not_met",
        "attributes",
    )
    page = (made_up.out / "report.html").read_text("utf-8")
    assert load_pack("wabo-receipt").title_zh in page
    assert "用电" not in page


def test_a_run_of_the_second_pack_repeats_byte_for_byte(made_up, tmp_path):
    log = write_xes(tmp_path / "permits.xes", log_rows())
    settings = Settings((log,), tmp_path / "run", rules="wabo-receipt", mapping=MAPPING)
    again = pipeline.run(replace(settings, outputs=("evidence",)))
    for name in ("verdicts", "facts", "findings", "rollup"):
        assert sha256_file(again.out / f"{name}.parquet") == sha256_file(
            made_up.out / f"{name}.parquet"
        )

"""Findings in words, the one-page report, the result store and the heat map."""

import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from auditor.errors import AuditError, messages
from auditor.judge.findings import NOTES
from auditor.judge.words import FIXED_REASONS
from auditor.vocabulary import STATUSES
from auditor.write import findings as findings_module
from auditor.write import write
from auditor.write.figures import write_figures
from auditor.write.findings import write_findings
from auditor.write.lines import Lines
from auditor.write.report import write_report
from auditor.write.sheet import workbook
from auditor.write.store import store_digest, write_store
from auditor.write.tables import write_tables
from auditor.write.words import sentence
from auditor.write.worst import worst
from tests.test_write_results import findings, make_results, rollup, roster

EVIL = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    '" onmouseover="x',
    "http://evil.example/",
    "external:\\\\host\\x",
    "<r><t>x</t></r>",
    "'); ATTACH 'x' AS y; --",
    "{{ 7 * 7 }}",
    "$\\frac{1}{0}$",
    "a\x00\x07\x1b[2J\u202e\u2028b",
    "_x0041_",
    "{measured.__class__}",
    "x" * 40_000,
]


def hostile() -> pl.DataFrame:
    base = findings().head(1)
    rows = [
        base.with_columns(
            pl.lit(text).alias("case_id"),
            pl.lit(text).alias("source"),
            pl.lit(text).alias("parts"),
        )
        for text in EVIL
    ]
    return pl.concat(rows)


def listed(path: Path) -> list[tuple]:
    sheet = openpyxl.load_workbook(path / "findings.xlsx")["问题清单"]
    return list(sheet.iter_rows(min_row=2, values_only=True))


def test_findings_come_worst_first():
    rows = pl.DataFrame(
        {
            "severity": ["B", "A", "A", "A", "A", "Z"],
            "verdict": ["fail", "undetermined", "fail", "fail", "fail", "fail"],
            "measured": [90.0, None, 7.0, 30.0, None, 1.0],
            "limit": [5.0, None, 5.0, 5.0, None, 1.0],
            "case_id": ["a", "b", "c", "d", "e", "f"],
            "reason": ["over_limit", None, *["over_limit"] * 4],
        }
    )
    assert worst(rows.lazy(), rows.height)["case_id"].to_list() == list("fdceba")


def test_days_are_not_set_against_yuan():
    over = {"u1": 46_000.0, "u2": 800.0, "u3": 300.0, "d1": 39.0, "d2": 7.0, "s1": 3.0}
    reasons = {"u": "user_paid", "d": "over_limit", "s": "too_many_steps"}
    rows = pl.DataFrame(
        {
            "severity": "A",
            "verdict": "fail",
            "case_id": list(over),
            "measured": list(over.values()),
            "limit": [0.0, 0.0, 0.0, 5.0, 5.0, 2.0],
            "reason": [reasons[case[0]] for case in over],
        }
    ).with_columns(
        pl.when(case_id=pl.lit("d1"))
        .then(pl.lit("open_overdue"))  # days as well
        .otherwise("reason")
        .alias("reason")
    )
    order = worst(rows.lazy(), rows.height)["case_id"].to_list()
    assert {*order[:3]} == {"u1", "d1", "s1"}
    assert {*order[3:5]} == {"u2", "d2"}
    assert order[5] == "u3"


def test_the_list_says_what_it_leaves_out(tmp_path, monkeypatch):
    monkeypatch.setattr(findings_module, "MOST", 10)
    tables = write_tables(make_results(), tmp_path)
    write_findings(make_results(), tables["findings"], tmp_path)
    assert len(listed(tmp_path)) == 10
    front = openpyxl.load_workbook(tmp_path / "findings.xlsx")["说明"]
    assert "共 60 条" in front["A1"].value
    assert "10 条" in front["A1"].value
    assert "50 条" in front["A1"].value
    counts = [row[4] for row in front.iter_rows(min_row=8, values_only=True)]
    assert sum(counts) == 60


def test_hostile_text_stays_text_in_the_list(tmp_path: Path):
    results = make_results(findings=hostile())
    tables = write_tables(results, tmp_path)
    write_findings(results, tables["findings"], tmp_path)
    shown = {row[2] for row in listed(tmp_path)}
    assert {"=1+1", "http://evil.example/", "@SUM(A1)"} <= shown
    # Escaped once for the format; the reader used here leaves inline text escaped.
    assert "_x005F_x0041_" in shown
    assert "<r><t>x</t></r> " in shown
    assert any(text.startswith("xxx") and "40000 个字符" in text for text in shown)
    with zipfile.ZipFile(tmp_path / "findings.xlsx") as packed:
        parts = [packed.read(name).decode() for name in packed.namelist()]
    assert not any("<f>" in text or "TargetMode" in text for text in parts)


def test_rows_written_at_once_are_those_written_cell_by_cell(tmp_path: Path):
    texts = [*EVIL[:-1], "", None, " x", "中文，“句”。", "a&b", "1 < 2", "op\u3000"]
    numbers = [None, 0.0, 6.0, 1e20, 0.1, -2.5, 1 / 3, *range(len(texts) - 7)]
    frame = pl.DataFrame({"text": texts, "number": numbers}, strict=False)
    style, markup = {"num_format": "@"}, []
    for at_once in (True, False):
        target = tmp_path / "x.xlsx"
        with workbook(target, {"font_size": 10}, streaming=True) as book:
            sheet = book.sheet("a")
            sheet.write(0, 0, "head")
            if at_once:
                book.fill(sheet, Lines(frame, 2_000, str), **style)
            for row, (text, number) in enumerate(() if at_once else frame.rows(), 1):
                if text is not None:
                    sheet.write(row, 0, text, **style)
                if number is not None:
                    sheet.write(row, 1, number)
        with zipfile.ZipFile(target) as packed:
            markup.append({name: packed.read(name) for name in packed.namelist()})
    assert markup[0] == markup[1]


def test_a_text_beyond_a_cell_is_an_error_and_leaves_no_file(tmp_path: Path):
    target = tmp_path / "x.xlsx"
    with pytest.raises(AuditError) as caught, workbook(target, {}) as book:
        book.sheet("a").write(0, 0, "x" * 32_768)
    assert caught.value.code == "AUD410"
    with pytest.raises(AuditError), workbook(target, {}) as book:
        book.sheet("a").write(1_048_576, 0, "x")
    with pytest.raises(AuditError), workbook(target, {}) as book:
        book.sheet("a").write(0, 0, float("nan"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reason", [*FIXED_REASONS, *NOTES])
def test_every_reason_is_a_sentence_in_both_languages(reason: str):
    row = messages()[f"reason.{reason}"]
    assert row["zh"].endswith("。")
    assert row["en"].endswith(".")


def test_a_reason_names_the_part_and_the_numbers():
    told = {"measured": 7.0, "limit": 5.0, "parts": "whole_process;connect_wd"}
    assert sentence("over_limit", **told) == (
        "全过程（工作日）、装表接电（工作日）：实测 7，限值 5，超出限值。"
    )
    assert "三零" in sentence("missing_three_zero")
    assert sentence("never_heard_of") == "never_heard_of"


class Page(HTMLParser):
    """Collects tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def report(folder: Path, **changes) -> str:
    results = make_results(**changes)
    tables = write_tables(results, folder)
    write_report(results, tables, folder)
    return (folder / "report.html").read_text("utf-8")


def test_the_page_needs_no_network_and_runs_no_script(tmp_path: Path):
    page = Page(report(tmp_path))
    assert not {"script", "link", "img", "iframe", "object"} & {t for t, _ in page.tags}
    for tag, attributes in page.tags:
        assert not {"src", "href", "style"} & set(attributes), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)
    policy = next(a["content"] for t, a in page.tags if "http-equiv" in a)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_hostile_text_is_escaped_on_the_page(tmp_path: Path):
    names = roster().with_columns(county=pl.lit("<b>x</b>"))
    evil = rollup().with_columns(name=pl.lit("<script>alert(2)</script>"))
    page = Page(report(tmp_path, findings=hostile(), roster=names, rollup=evil))
    assert "script" not in {tag for tag, _ in page.tags}
    text = "".join(page.texts)
    assert "<script>alert(2)</script>" in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_an_incomplete_run_says_why_in_red(tmp_path: Path):
    reasons = ["rows_rejected", "no_roster", "utility_missing", "something_new"]
    accounting = make_results().accounting | {"reasons": reasons}
    text = report(tmp_path, accounting=accounting)
    assert 'class="box bad"' in text
    for said in ("表 events 有 1 行退回", "没有县名册", "没有报数据", "something_new"):
        assert said in text
    assert "截止日（由数据推得）" in text
    whole = report(tmp_path, accounting=accounting | {"complete": True})
    assert 'class="box good"' in whole
    assert "数据不完整" not in whole


def test_what_a_run_was_asked_stands_in_words(tmp_path: Path, sample: Path):
    asked = json.loads((sample / "manifest.json").read_text("utf-8"))["parameters"]
    assert {key for key in asked if f"parameter.{key}" not in messages()} == set()
    page = (sample / "report.html").read_text("utf-8")
    assert "<th>limits</th>" not in page
    assert "{}" not in page
    label = '散列密钥的指纹</span><span class="en">fingerprint of the hashing key'
    none = '没有</span><span class="en">none'
    assert f'{label}</span></th><td><span class="zh">{none}</span></td>' in page
    capped = asked | {"limits": {"columns": 60, "cells": 9}}
    identity = {**make_results().identity, "parameters": capped}
    assert "cells = 9, columns = 60" in report(tmp_path, identity=identity)


def test_the_page_shows_rate_and_coverage_and_at_most_five_cases_a_county(tmp_path):
    text = report(tmp_path)
    assert re.search(r"<small>95%<br>100%</small>", text)
    many = findings().with_columns(county_code=pl.lit("900101"), verdict=pl.lit("fail"))
    assert report(tmp_path, findings=many).count("<td>C00") == 5


def test_the_store_holds_every_table_in_order_and_with_its_meaning(tmp_path: Path):
    results = make_results()
    tables = write_tables(results, tmp_path)
    write_store(results, tables, tmp_path)
    with duckdb.connect(str(tmp_path / "results.duckdb"), read_only=True) as con:
        names = con.execute(
            "SELECT table_name, comment FROM duckdb_tables()"
        ).fetchall()
        assert {name for name, _ in names} == {*tables, "inputs", "run"}
        assert all(comment for _, comment in names)
        for name, path in tables.items():
            stored = con.table(name).pl()
            wanted = pl.read_parquet(path).with_columns(
                pl.col(pl.Enum, pl.Categorical).cast(pl.String)
            )
            assert stored.equals(wanted), name
        fails = findings().filter(verdict="fail").height
        assert con.execute("SELECT count(*) FROM v_failures").fetchone() == (fails,)
        met = con.execute("SELECT count(*) FROM v_county_status").fetchone()
        assert met == (results.rollup.filter(level="county").height,)
        version = con.execute("SELECT tags FROM duckdb_databases()").fetchone()
        assert version is not None
    assert not list(tmp_path.glob(".*")), "no scratch file is left"


def test_words_of_a_list_are_of_a_list_in_the_store_too(tmp_path: Path):
    digests = []
    for number, words in enumerate((["low", "it's"], ["it's", "low"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        listed = pl.Series("word", ["it's", None, "low"] * 20, pl.Enum(words))
        results = make_results(findings=findings().with_columns(listed))
        write_store(results, write_tables(results, folder), folder)
        with duckdb.connect(str(folder / "results.duckdb"), read_only=True) as con:
            kind = "SELECT data_type FROM duckdb_columns() WHERE column_name = 'word'"
            told = con.execute(kind).fetchall()[0][0]
            asked = "SELECT count(*) FROM findings WHERE word = "
            found = [con.execute(asked + w).fetchall()[0][0] for w in ("'low'", "'no'")]
            stored = con.table("findings").pl().select(pl.col("word").cast(pl.String))
        assert told == f"ENUM({', '.join(_quoted(word) for word in words)})"
        assert found == [20, 0], "a word that is on no list is in no row"
        wanted = pl.read_parquet(folder / "findings.parquet").select("word")
        assert stored.equals(wanted.cast(pl.String))
        digests.append(store_digest(folder / "results.duckdb"))
    assert digests[0] != digests[1], "the list tells what a word's number means"


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"


def test_the_store_digest_sees_rows_and_not_how_they_are_stored(tmp_path: Path):
    digests = []
    for number, cases in enumerate([findings(), findings(), findings().head(59)]):
        folder = tmp_path / f"run [{number}] 'q' *"
        folder.mkdir()
        results = make_results(findings=cases)
        write_store(results, write_tables(results, folder), folder)
        digests.append(store_digest(folder / "results.duckdb"))
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]
    assert digests[0][1] - digests[2][1] == 1


def test_hostile_text_reaches_the_store_as_it_is(tmp_path: Path):
    results = make_results(findings=hostile())
    write_store(results, write_tables(results, tmp_path), tmp_path)
    with duckdb.connect(str(tmp_path / "results.duckdb"), read_only=True) as con:
        stored = {
            row[0] for row in con.execute("SELECT case_id FROM findings").fetchall()
        }
    assert stored == set(EVIL)


def test_the_heat_map_is_repeatable_and_draws_names_as_text(tmp_path: Path):
    one, other = tmp_path / "a", tmp_path / "b"
    one.mkdir()
    other.mkdir()
    odd = rollup().with_columns(name=pl.lit("$\\frac{1}{0}$县 𠮷"))
    for folder in (one, other):
        write_figures(make_results(rollup=odd), folder)
    for name in ("heatmap.png", "heatmap.svg"):
        first = (one / "figures" / name).read_bytes()
        assert first == (other / "figures" / name).read_bytes()
    svg = (one / "figures" / "heatmap.svg").read_text("utf-8")
    assert "<dc:date>" not in svg
    assert "<script" not in svg


def test_a_run_without_indicators_has_no_picture(tmp_path: Path):
    write_figures(replace(make_results(), indicators=()), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_status_has_words_and_a_sign():
    for status in STATUSES:
        assert {"zh", "en"} <= set(messages()[f"status.{status}"])


def test_the_page_renders_in_a_browser_without_any_request(tmp_path: Path):
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    report(tmp_path, findings=hostile())
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    page = (tmp_path / "report.html").as_uri()
    done = subprocess.run(
        [*command, profile, page], capture_output=True, text=True, timeout=120
    )
    assert "用电报装逐件审计报告" in done.stdout
    assert "Content Security Policy" not in done.stderr


def test_a_pack_without_forms_or_indicators_still_gets_its_folder(tmp_path: Path):
    bare = make_results(
        pack_folder=tmp_path, indicators=(), roster=None, expected=None, form={}
    )
    write(bare, tmp_path)
    assert not (tmp_path / "forms").exists()
    assert not (tmp_path / "figures").exists()
    assert (tmp_path / "report.html").is_file()
    assert (tmp_path / "results.duckdb").is_file()


def test_outputs_that_nobody_asked_for_are_left_out(tmp_path: Path):
    write(make_results(), tmp_path, ("forms",))
    assert (tmp_path / "forms" / "annex2.xlsx").is_file()
    assert not (tmp_path / "results.duckdb").exists()
    assert (tmp_path / "rollup.csv").is_file()

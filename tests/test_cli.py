"""The command line: help at once, one job a command, exit codes that mean one thing."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import click
import polars as pl
import pytest

from auditor.cli import cli
from auditor.demo import MIN_CASES, read_truth
from auditor.errors import messages
from auditor.pack import load_pack, shipped_packs
from tests.conftest import Answer

ROOT = Path(__file__).resolve().parents[1]
HELP_S = 0.2  # what the design promises; the test allows three times as much
HEAVY = ("polars", "duckdb", "matplotlib", "pyarrow", "lxml", "xlsxwriter", "pandera")
MAPPING = ROOT / "rules" / "mappings" / "state-grid.toml"


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> list[tuple]:
    """Every command with the words that call it."""
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
        else:
            found.append(((*path, name), command))
    return found


WORDS = [words for words, _ in commands()]


# --------------------------------------------------------------------------- help


@pytest.mark.parametrize("words", [(), ("rules",), *WORDS], ids=" ".join)
def test_every_command_has_help_in_both_languages(audit, words):
    said = audit(*words, "--help")
    assert said.code == 0
    assert re.search(r"[\u4e00-\u9fff]", said.out)
    assert re.search(r"[a-z]{3,} [a-z]{2,}", said.out)
    assert said.err == ""


SLIPS = [  # what was typed; the code; words in Chinese; words in English
    ("run x", "AUD250", "缺少 --out", "needs --out"),
    ("run --out {new}", "AUD250", "缺少 DUMP", "needs DUMP"),
    ("run x --cutof 2022", "AUD251", "没有选项 --cutof", "no option --cutof"),
    ("rules shw", "AUD252", "没有命令 shw", "no command shw"),
    (
        "run x --out {new} --cutoff 2022",
        "AUD253",
        "应为：YYYY-MM-DD",
        "takes: YYYY-MM-DD",
    ),
    ("run x --out {new} --engine dask", "AUD253", "local | spark", "local | spark"),
    ("demo {new} --cases few", "AUD253", "“few”", "“few”"),
    ("demo {new} --cases 3", "AUD253", "“3”", "“3”"),
    ("explain a b c d", "AUD254", "写法有误", "not written in a way"),
]


@pytest.mark.parametrize(("typed", "code", "zh", "en"), SLIPS, ids=lambda v: v[:24])
def test_a_slip_on_the_command_line_is_answered_in_the_language_asked_for(
    audit, tmp_path, typed, code, zh, en
):
    words = typed.format(new=tmp_path / "new").split()
    for lang, told in (("zh", zh), ("en", en)):
        said = audit(*words, "--lang", lang)
        assert said.code == 2
        assert said.err.startswith(f"{code} ")
        assert told in said.err
        assert said.out == ""
    assert not (tmp_path / "new").exists()


def test_the_closest_option_is_named(audit):
    assert "--cutoff" in audit("run", "x", "--cutof", "2022").err


def test_every_option_says_what_it_takes():
    for words, command in commands():
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                told = option.help or isinstance(option.type, click.Choice)
                assert told or option.name in ("as_json", "seed", "cases"), (
                    words,
                    option,
                )


def test_help_comes_at_once():
    """The median of several processes, since one may be unlucky."""
    words = [sys.executable, "-m", "auditor", "--help"]
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
        taken.append(time.perf_counter() - began)
    assert statistics.median(taken) <= 3 * HELP_S


def python(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines in an interpreter of their own."""
    asked = [sys.executable, "-c", code, *words]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("--version",)])
def test_help_loads_no_engine(words):
    code = f"""
import sys
from auditor.cli import cli
try:
    cli({list(words)!r}, standalone_mode=False)
finally:
    print("loaded:", sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    done = python(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_the_version_is_that_of_the_package(audit):
    assert audit("--version").out.strip() == f"audit, version {version('auditor')}"


# ------------------------------------------------------------------- from end to end


@pytest.fixture(scope="module")
def province(process, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic province, as ``audit demo`` writes it."""
    folder = tmp_path_factory.mktemp("province") / "data"
    said = process("demo", folder, "--cases", MIN_CASES, "--seed", 5)
    assert said.code == 0, said.err
    return folder


def run_words(province: Path, out: Path) -> list[object]:
    return [
        "run", province / "dump", "--dossier", province / "dossier",
        "--mapping", MAPPING, "--period", "2022", "--cutoff", "2022-12-31",
        "--out", out,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def ended(process, province: Path) -> tuple[Answer, Path]:
    """What a run says as a process of its own, and its folder."""
    out = province.parent / "run"
    said = process(*run_words(province, out))
    assert said.code == 0, said.err
    return said, out


@pytest.fixture(scope="module")
def finished(ended) -> Path:
    return ended[1]


def test_a_demo_is_audited_and_explained_from_end_to_end(process, province, finished):
    truth = read_truth(province)
    rows = pl.read_parquet(finished / "verdicts.parquet").to_dicts()
    assert {row["case_id"] for row in rows} == set(truth)
    wrong = [
        (row["case_id"], rule)
        for row in rows
        for rule, (word, _) in truth[row["case_id"]].items()
        if row[rule] != word
    ]
    assert wrong == []
    case_id = next(row["case_id"] for row in rows if row["ind34"] == "fail")
    said = process("explain", finished, case_id, "--rule", "ind34")
    assert said.code == 0
    assert case_id in said.out
    assert "ind34" in said.out


def test_a_demo_never_overwrites_files(audit, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    said = audit("demo", tmp_path, "--cases", MIN_CASES)
    assert (said.code, said.err[:6]) == (5, "AUD406")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture(scope="module")
def spoken(audit, ended, province: Path, tmp_path_factory) -> dict:
    """What a run says in Chinese and in English, with its folder."""
    out = tmp_path_factory.mktemp("spoken") / "run"
    said = audit(*run_words(province, out), "--lang", "en")
    return {"zh": ended, "en": (said, out)}


def test_progress_goes_to_stderr_and_results_to_stdout(spoken):
    said, _ = spoken["en"]
    assert said.code == 0
    told = [line for line in said.err.splitlines() if line]
    assert all(line.startswith("· ") for line in told)
    assert len(told) >= 5
    assert "read" in said.out
    assert "· " not in said.out


@pytest.mark.parametrize(("lang", "word"), [("zh", "数据不完整"), ("en", "INCOMPLETE")])
def test_a_run_says_whether_it_is_complete_and_where_it_lies(spoken, lang, word):
    said, out = spoken[lang]
    assert str(out) in said.out
    assert word in said.out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_run_shows_words_and_not_their_keys(spoken, lang):
    said, _ = spoken[lang]
    keys = r"\{[a-z_]+\}|\b(?:ui|reason|status|incomplete|part|reject)\.[a-z_]+"
    assert re.findall(keys, said.out) == []


def test_a_run_in_english_speaks_no_chinese_of_its_own(spoken, province):
    said, _ = spoken["en"]
    files = [p for place in ("dump", "dossier") for p in (province / place).iterdir()]
    data = "".join(p.name + p.read_bytes().decode("gb18030", "ignore") for p in files)
    data += "".join(p.read_bytes().decode("utf-8", "ignore") for p in files)
    words = re.findall(r"[\u4e00-\u9fff]+", said.out)
    assert [word for word in words if word not in data] == []


# --------------------------------------------------------------------------- json


def test_the_json_of_a_run_holds_books_and_rollup(audit, tmp_path):
    dump, out = small_dump(tmp_path / "dump", *CONDITIONS["rejects"]), tmp_path / "run"
    told = json.loads(audit("run", dump, "--out", out, "--json").out)
    assert told["complete"] is False
    assert told["accounting"]["rows"]["cases"]["rejected"] == 1
    rollup = pl.read_parquet(out / "rollup.parquet")
    assert len(told["rollup"]) == rollup.height
    assert {row["rule_id"] for row in told["rollup"]} == set(rollup["rule_id"])


def test_the_json_of_an_argument_names_the_case(audit, finished):
    case_id = pl.read_parquet(finished / "verdicts.parquet")["case_id"][0]
    assert (
        json.loads(audit("explain", finished, case_id, "--json").out)["case_id"]
        == case_id
    )


@pytest.mark.parametrize("pack", shipped_packs())
def test_the_json_of_rules_is_that_of_their_pages(audit, pack):
    listed = json.loads(audit("rules", "list", "--rules", pack, "--json").out)
    rules = load_pack(pack).rules
    assert [row["id"] for row in listed] == [rule.id for rule in rules]
    one = json.loads(audit("rules", "show", rules[0].id, "--rules", pack, "--json").out)
    assert one["clause"] == rules[0].clause
    assert len(one["examples"]) == len(rules[0].examples)


# --------------------------------------------------------------------- exit codes


CASES = """\
case_id,county_code,customer_type,business_type,submitted_at,energised_at
A1,330102,resident,new,2022-03-01,2022-03-02
"""
EVENTS = "case_id,step,finished_at\nA1,accept,2022-03-01\n"
CONDITIONS = {
    "rejects": (CASES + "A2,330102\n", EVENTS),
    "undetermined": (CASES + "A2,330102,resident,new,,2022-03-02\n", EVENTS),
    "not-met": (CASES.replace("2022-03-02", "2022-06-02"), EVENTS),
}


def small_dump(folder: Path, cases: str, events: str) -> Path:
    folder.mkdir()
    (folder / "cases.csv").write_text(cases, "utf-8")
    (folder / "events.csv").write_text(events, "utf-8")
    return folder


@pytest.mark.parametrize(
    "condition",
    [
        n if n == "not-met" else pytest.param(n, marks=pytest.mark.slow)
        for n in CONDITIONS
    ],
)
def test_a_condition_that_holds_ends_in_1_and_the_run_stays(audit, tmp_path, condition):
    dump = small_dump(tmp_path / "dump", *CONDITIONS[condition])
    said = audit("run", dump, "--out", tmp_path / "run", "--fail-on", condition)
    assert said.code == 1, said.err
    assert condition in said.out
    assert (tmp_path / "run" / "manifest.json").is_file()


def test_a_condition_that_does_not_hold_ends_in_0(audit, tmp_path):
    dump = small_dump(tmp_path / "dump", CASES, EVENTS)
    words = ("--fail-on", "rejects", "--fail-on", "not-met")
    said = audit("run", dump, "--out", tmp_path / "run", *words)
    assert said.code == 0, said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--help",), 0),
        (("rules", "check"), 0),
        (("rules", "list"), 0),
        (("frobnicate",), 2),
        (("run",), 2),
        (("run", "nowhere", "--out", "run"), 2),
        (("run", "nowhere"), 2),
        (("rules", "show", "ind99"), 2),
        (("rules", "list", "--rules", "no-such-pack"), 2),
        (("explain", "nowhere", "A1"), 2),
        (("demo", "data", "--cases", "1"), 2),
        (("rules", "check", "/proc"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)  # fmt: skip
def test_exit_codes_are_those_of_the_table(audit, tmp_path, monkeypatch, words, code):
    monkeypatch.chdir(tmp_path)
    said = audit(*words)
    assert said.code == code
    assert bool(said.err) == bool(code)
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []


def test_every_error_has_an_exit_code_of_the_design():
    codes = {
        key: row["exit"]
        for key, row in messages().items()
        if key.startswith("AUD") and "exit" in row
    }
    assert set(codes.values()) <= {0, 1, 2, 3, 4, 5, 70}
    assert all(
        exit_code == 5
        for key, exit_code in codes.items()
        if key in ("AUD401", "AUD402", "AUD403", "AUD404", "AUD405", "AUD406")
    )


def test_advice_names_only_options_that_exist():
    known = {"--help"} | {
        word for _, command in commands() for p in command.params for word in p.opts
    }
    for key, row in messages().items():
        for text in row.values():
            for option in re.findall(r"--[a-z][a-z-]+", str(text)):
                assert option in known, (key, option)


def test_a_reader_that_leaves_early_is_no_internal_error(finished):
    case_id = pl.read_parquet(finished / "verdicts.parquet")["case_id"][0]
    words = [sys.executable, "-m", "auditor", "explain", finished, case_id, "--json"]
    with subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as explaining:
        explaining.stdout.close()
        told = explaining.stderr.read()
    assert told == ""


def test_an_unforeseen_fault_is_told_in_one_line_and_ends_in_70(finished, tmp_path):
    code = """
import auditor.pipeline, sys
from auditor.cli import cli
def broken(*_):
    raise RuntimeError("first line\\nsecond line")
auditor.pipeline.run = broken
cli(sys.argv[1:])
"""
    words = ["run", "x", "--out", tmp_path / "run"]
    done = python(code, *words)
    assert done.returncode == 70
    assert done.stderr.startswith("AUD999")
    assert "first line" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_narrow_terminal_gets_every_character_in_some_form(finished, tmp_path):
    case_id = pl.read_parquet(finished / "verdicts.parquet")["case_id"][0]
    words = [sys.executable, "-m", "auditor", "explain", str(finished), case_id]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True)
    assert done.returncode == 0
    assert b"\\u" in done.stdout


# -------------------------------------------------------------------------- rules


@pytest.mark.parametrize("pack", shipped_packs())
@pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=pytest.mark.slow)])
def test_rules_are_listed_shown_checked_and_tested(audit, pack, lang):
    rules = load_pack(pack).rules
    listed = audit("rules", "list", "--rules", pack, "--lang", lang)
    assert listed.code == 0
    for rule in rules:
        assert rule.id in listed.out
        shown = audit("rules", "show", rule.id, "--rules", pack, "--lang", lang)
        assert shown.code == 0
        assert rule.clause in shown.out
        assert rule.page in shown.out
        for example in rule.examples:
            assert example.name in shown.out
    checked = audit("rules", "check", pack, "--lang", lang)
    assert checked.code == 0
    assert load_pack(pack).digest[:12] in checked.out
    tested = audit("rules", "test", pack, "--lang", lang)
    assert tested.code == 0
    assert str(sum(len(rule.examples) for rule in rules)) in tested.out


def test_without_a_name_every_shipped_pack_is_checked_and_tested(audit):
    for command in ("check", "test"):
        said = audit("rules", command)
        assert said.code == 0
        assert all(pack in said.out for pack in shipped_packs())


def test_an_example_that_comes_out_otherwise_is_told(audit, tmp_path):
    pack = tmp_path / "pack"
    shutil.copytree(load_pack().folder, pack)
    page = pack / "indicators" / "ind34-three-zero-whole-process-15.toml"
    page.write_text(page.read_text("utf-8").replace("= 15\n", "= 12\n"), "utf-8")
    said = audit("rules", "test", pack, "--lang", "en")
    assert said.code == 2
    assert page.name in said.out
    assert "the limit itself is met" in said.out


def test_whoever_starts_a_run_after_loading_polars_loosens_no_bound_of_memory():
    """Polars hands its settings of the allocator on to every process it starts."""
    asked = "import os, auditor.cli; print(os.environ['_RJEM_MALLOC_CONF'])"
    code = f"""
import polars, subprocess, sys
subprocess.run([sys.executable, "-c", {asked!r}], check=True)
"""
    done = python(code)
    assert done.returncode == 0, done.stderr
    last = dict(one.split(":") for one in done.stdout.strip().split(","))
    assert last["retain"] == "false"
    assert last["muzzy_decay_ms"] == "0"

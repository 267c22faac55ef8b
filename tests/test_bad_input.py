"""Bad input ends in a listed exit code, says where and why, and never loses a row."""

import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from auditor.pack import load_pack

ROOT = Path(__file__).resolve().parents[1]
CASES = """\
case_id,county_code,business_type,customer_type,three_zero,capacity_kw,submitted_at,energised_at
A1,330102,new,lv_nonresident,true,50,2022-03-01,2022-03-10
A2,330102,new,resident,,8,2022-03-01,2022-03-03
A3,330102,increase,lv_nonresident,true,90,2022-03-01,2022-05-10
"""
EVENTS = """\
case_id,step,started_at,finished_at
A1,accept,2022-03-01,2022-03-01
A1,plan_reply,2022-03-01,2022-03-03
A1,connect,2022-03-08,2022-03-10
A2,accept,2022-03-01,2022-03-01
A2,connect,2022-03-02,2022-03-03
A3,accept,2022-03-01,2022-03-01
A3,connect,2022-05-09,2022-05-10
"""
GOOD = {"cases.csv": CASES, "events.csv": EVENTS}

Deliver = Callable[..., Path]


def deliver(folder: Path, **files: str | bytes) -> Path:
    """Write the good dump with files added or replaced; ``__`` stands for a dot."""
    folder.mkdir(exist_ok=True)
    for name, content in (GOOD | named(files)).items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return folder


def named(files: dict[str, str | bytes]) -> dict[str, str | bytes]:
    return {name.replace("__", "."): content for name, content in files.items()}


def run_words(dump: Path, *more: object) -> list[object]:
    return ["run", dump, "--out", dump.parent / "run", "--lang", "en", *more]


def books(out: Path) -> dict:
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    for name, book in manifest["accounting"]["rows"].items():
        kept = book["accepted"] + book["duplicate"] + book["rejected"]
        assert book["read"] == kept, name
    return manifest["accounting"]


def rejects(out: Path, kind: str) -> list[tuple]:
    rows = pl.read_parquet(out / "rejects.parquet").filter(kind=kind)
    return rows.select("source", "row", "column", "value", "reason").rows()


def verdict(out: Path, case: str, rule: str) -> tuple[str, str | None]:
    rows = pl.read_parquet(out / "verdicts.parquet").filter(case_id=case)
    assert rows.height == 1
    return rows.select(pl.col(rule).cast(pl.String), f"{rule}_reason").row(0)


def test_the_good_dump_is_good(audit, tmp_path):
    said = audit(*run_words(deliver(tmp_path / "dump")))
    assert said.code == 0, said.err
    accounting = books(tmp_path / "run")
    assert accounting["reasons"] == ["no_roster"]
    assert accounting["rows"]["events"]["accepted"] == 7
    assert verdict(tmp_path / "run", "A1", "ind34") == ("pass", None)
    assert verdict(tmp_path / "run", "A3", "ind34") == ("fail", "over_limit")


# ------------------------------------------------------- one dump with every fault

CELLS = {
    "a word that is not in the list": (
        "cases", "A1,330102,new", "A1,330102,newish", "business_type", "unknown_word",
    ),
    "a customer type nobody knows": (
        "cases", "A2,330102,new,resident", "A2,330102,new,居民?",
        "customer_type", "unknown_word",
    ),
    "a day that does not exist": (
        "cases", "2022-03-10", "2022-02-30", "energised_at", "unreadable_date",
    ),
    "a year of two digits": (
        "cases", "2022-03-10", "22-03-10", "energised_at", "unreadable_date",
    ),
    "midnight as 24:00": (
        "events", "2022-03-08,2022-03-10", "2022-03-08,2022-03-10 24:00",
        "finished_at", "unreadable_date",
    ),
    "an Excel serial number": (
        "events", "2022-03-08,2022-03-10", "2022-03-08,44630",
        "finished_at", "unreadable_date",
    ),
    "a number in words": (
        "cases", "true,50,", "true,五十,", "capacity_kw", "unreadable_number",
    ),
    "a number that is infinite": (
        "cases", "true,50,", "true,inf,", "capacity_kw", "unreadable_number",
    ),
    "a yes that is neither yes nor no": (
        "cases", "lv_nonresident,true,50", "lv_nonresident,或许,50",
        "three_zero", "unreadable_bool",
    ),
    "no county": ("cases", "A1,330102", "A1,", "county_code", "empty_required"),
}  # fmt: skip
ROWS = {
    "an event of a case that nobody delivered": (
        "events", "GHOST,accept,2022-03-01,2022-03-01", "unknown_case",
    ),
    "an event without a case": (
        "events", ",accept,2022-03-01,2022-03-01", "empty_key",
    ),
    "an event without a step": ("events", "A1,,2022-03-01,2022-03-01", "empty_key"),
    "a case without a number": (
        "cases", ",330102,new,resident,,8,2022-03-01,2022-03-03", "empty_key",
    ),
    "a row that is too short": ("events", "A1,archive,2022-03-10", "row_width"),
    "a row that is too long": (
        "events", "A1,archive,2022-03-10,2022-03-11,2022-03-12", "row_width",
    ),
    "the header a second time": (
        "events", "case_id,step,started_at,finished_at", "repeated_header",
    ),
    "a line of totals": ("events", "合计,7,,", "total_line"),
}  # fmt: skip
HALF = gzip.compress(EVENTS.encode())[:-12]
CHINESE = EVENTS.replace("accept", "业务受理")
FILES = {
    "an empty file": (".csv", b"", "empty_file"),
    "a file of empty lines": (".csv", b"\n\r\n\n", "empty_file"),
    "text in latin-1": (
        ".csv", EVENTS.replace("accept", "accepté").encode("latin-1"),
        "not_utf8_or_gb18030",
    ),
    "text in UTF-16 without a mark": (
        ".csv", EVENTS.encode("utf-16-le"), "control_character",
    ),
    "an encoding that changes half-way": (
        ".csv", CHINESE.encode() + CHINESE.encode("gb18030"), "mixed_encoding",
    ),
    "a gzip that was cut off": (".csv.gz", HALF, "bad_gzip"),
    "a gzip inside a gzip": (
        ".csv.gz", gzip.compress(gzip.compress(EVENTS.encode())), "unsupported_format",
    ),
    "a workbook of an old Excel": (
        ".csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "unsupported_format",
    ),
    "a web page": (".csv", b"<html><body>404</body></html>", "html_table"),
    "parquet that is none": (".parquet", b"PAR1" + b"x" * 64 + b"PAR1", "bad_parquet"),
    "two columns of one name": (
        ".csv", b"case_id,step,step\nA1,accept,connect\n", "duplicate_header",
    ),
    "two headers that mean the same": (
        ".csv", "case_id,申请编号,step\nA1,A2,accept\n".encode(), "ambiguous_column",
    ),
    "no column of steps": (
        ".csv", b"case_id,finished_at\nA1,2022-03-01\n", "missing_column",
    ),
}  # fmt: skip
LINKS = {
    "events-link.csv": "refused_link",
    "events-pipe.csv": "not_a_file",
    "county=330103": "folder",
    "notes.csv": "unknown_table",
    "roster.csv": "dossier_only",
}


def own(text: str, what: str) -> str:
    """Give each fault cases of its own, so that one run holds them all."""
    faults = (*CELLS, *ROWS, *FILES)
    return re.sub(r"\bA(\d)\b", rf"A\1-{faults.index(what):02}", text)


def name_of(what: str, table: str, suffix: str = ".csv") -> str:
    return f"{table}-{what.replace(' ', '-').replace(':', '')}{suffix}"


@pytest.fixture(scope="module")
def mixed(audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The good dump, and beside it every fault in files and cases of its own."""
    dump = deliver(tmp_path_factory.mktemp("mixed") / "dump")
    for what, (table, old, new, *_) in CELLS.items():
        assert GOOD[f"{table}.csv"].count(old) == 1
        pair = {**GOOD, f"{table}.csv": GOOD[f"{table}.csv"].replace(old, new)}
        write_pair(dump, what, pair)
    for what, (table, line, _) in ROWS.items():
        write_pair(dump, what, {**GOOD, f"{table}.csv": GOOD[f"{table}.csv"] + line})
    for what, (suffix, content, _) in FILES.items():
        (dump / name_of(what, "events", suffix)).write_bytes(content)
    (dump / "events-link.csv").symlink_to(dump / "events.csv")
    os.mkfifo(dump / "events-pipe.csv")
    (dump / "county=330103").mkdir()
    (dump / "notes.csv").write_bytes(b"a,b\n1,2\n")
    (dump / "roster.csv").write_bytes(b"county_code\n330102\n")
    said = audit(*run_words(dump, "--cutoff", "2022-06-30"))
    assert said.code == 0, said.err
    return dump.parent / "run"


def write_pair(dump: Path, what: str, pair: dict[str, str]) -> None:
    for name, text in pair.items():
        table = name.removesuffix(".csv")
        (dump / name_of(what, table)).write_text(own(text, what), "utf-8")


@pytest.mark.parametrize("what", CELLS)
def test_an_unreadable_cell_is_told_and_its_row_kept(mixed, what):
    table, _, new, column, reason = CELLS[what]
    file = name_of(what, table)
    lines = (mixed.parent / "dump" / file).read_text("utf-8").splitlines()
    row = next(n for n, line in enumerate(lines, 1) if own(new, what) in line)
    value = lines[row - 1].split(",")[lines[0].split(",").index(column)]
    told = [reject for reject in rejects(mixed, "cell") if reject[0] == file]
    assert told == [(file, row, column, value or None, reason)]
    assert file not in {reject[0] for reject in rejects(mixed, "row")}


@pytest.mark.parametrize("what", ROWS)
def test_a_row_that_is_none_is_rejected_with_its_reason(mixed, what):
    table, _, reason = ROWS[what]
    file = name_of(what, table)
    told = [reject for reject in rejects(mixed, "row") if reject[0] == file]
    assert [(row[1], row[-1]) for row in told] == [
        (len(GOOD[f"{table}.csv"].splitlines()) + 1, reason)
    ]


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_cannot_be_used_is_refused_with_its_reason(mixed, what):
    suffix, _, reason = FILES[what]
    told = {row[0]: row[-1] for row in rejects(mixed, "file")}
    assert told[name_of(what, "events", suffix)] == reason


def test_links_pipes_folders_and_strangers_in_a_dump_are_refused(mixed):
    told = {row[0]: row[-1] for row in rejects(mixed, "file")}
    assert {name: told[name] for name in LINKS} == LINKS


def test_among_all_these_faults_no_row_is_lost(mixed):
    accounting = books(mixed)
    for table in ("cases", "events"):
        pairs = 1 + len(CELLS) + len(ROWS)
        wrong = sum(fault[0] == table for fault in ROWS.values())
        good = pairs * (len(GOOD[f"{table}.csv"].splitlines()) - 1)
        assert accounting["rows"][table] == {
            "read": good + wrong, "accepted": good, "duplicate": 0, "rejected": wrong,
        }  # fmt: skip
    assert len(rejects(mixed, "file")) == len(FILES) + len(LINKS)
    assert accounting["complete"] is False
    assert accounting["reasons"] == ["file_refused", "rows_rejected", "no_roster"]


def test_among_all_these_faults_the_good_cases_are_judged_as_ever(mixed):
    assert verdict(mixed, "A1", "ind34") == ("pass", None)
    assert verdict(mixed, "A2", "ind06") == ("pass", None)
    assert verdict(mixed, "A3", "ind34") == ("fail", "over_limit")


@pytest.mark.parametrize(
    ("what", "case", "rule", "reason"),
    [
        ("a day that does not exist", "A1", "ind34", "end_lost"),
        ("midnight as 24:00", "A1", "ind34", "end_lost"),
        ("a customer type nobody knows", "A2", "ind06", "missing_customer_type"),
        ("an event without a step", "A1", "ind34", "rejected_rows"),
        ("a row that is too short", "A1", "ind34", "rejected_rows"),
    ],
)
def test_what_was_lost_bars_a_pass(mixed, what, case, rule, reason):
    assert verdict(mixed, own(case, what), rule) == ("undetermined", reason)


def test_what_was_lost_does_not_hide_a_breach(mixed):
    for what in ("a day that does not exist", "a row that is too short"):
        assert verdict(mixed, own("A3", what), "ind34")[0] == "fail"


@pytest.mark.parametrize("what", FILES)
def test_without_another_file_of_events_nothing_is_written(audit, tmp_path, what):
    suffix, content, reason = FILES[what]
    dump = deliver(tmp_path / "dump")
    (dump / "events.csv").unlink()
    (dump / f"events-2{suffix}").write_bytes(content)
    said = audit(*run_words(dump))
    assert said.code == 3
    assert "AUD150" in said.err
    assert f"events-2{suffix} {reason}" in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dump"]


@pytest.mark.parametrize("column", ["case_id", "county_code", "customer_type"])
def test_cases_without_a_required_column_cannot_be_judged(audit, tmp_path, column):
    without = CASES.replace(column, "unsaid")
    said = audit(*run_words(deliver(tmp_path / "dump", cases__csv=without)))
    assert said.code == 3
    assert "cases.csv missing_column" in said.err
    assert column in said.err
    assert not (tmp_path / "run").exists()


def test_the_same_case_twice_is_one_case(audit, tmp_path):
    twice = CASES + CASES.splitlines()[1] + "\n"
    said = audit(*run_words(deliver(tmp_path / "dump", cases__csv=twice)))
    assert said.code == 0, said.err
    rows = books(tmp_path / "run")["rows"]["cases"]
    assert rows == {"read": 4, "accepted": 3, "duplicate": 1, "rejected": 0}
    assert verdict(tmp_path / "run", "A1", "ind34") == ("pass", None)


@pytest.mark.parametrize("first", [True, False], ids=["early first", "late first"])
def test_two_rows_that_contradict_each_other_prove_nothing(audit, tmp_path, first):
    header, early, *rest = CASES.splitlines(keepends=True)
    late = early.replace("2022-03-10", "2022-05-10")
    order = [early, late] if first else [late, early]
    both = "".join([header, *order, *rest])
    said = audit(*run_words(deliver(tmp_path / "dump", cases__csv=both)))
    assert said.code == 0, said.err
    assert books(tmp_path / "run")["rows"]["cases"]["accepted"] == 4
    found = verdict(tmp_path / "run", "A1", "ind34")
    assert found == ("undetermined", "disputed_dates")


def test_no_row_is_lost_however_a_file_is_damaged(audit, tmp_path):
    rng = random.Random(37)
    damaged = {
        f"events-{n:02}__csv": damage(rng, (EVENTS * 3).encode()) for n in range(60)
    }
    said = audit(*run_words(deliver(tmp_path / "dump", **damaged)))
    assert said.code == 0, said.err
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text("utf-8"))
    refused = {row[0] for row in rejects(tmp_path / "run", "file")}
    read = {row["name"]: row["records"] for row in manifest["inputs"]}
    assert {*read, *refused} == {path.name for path in (tmp_path / "dump").iterdir()}
    used = [n for name, n in read.items() if name not in {*refused, "cases.csv"}]
    rows = [row[0] for row in rejects(tmp_path / "run", "row")]
    book = books(tmp_path / "run")["rows"]["events"]
    assert len(used) >= 20
    # A row that the reader rejected stays in the books when its file is refused later.
    assert book["read"] == sum(used) + sum(name in refused for name in rows)
    assert book["rejected"] == len(rows)


def damage(rng: random.Random, data: bytes) -> bytes:
    """Change some bytes as a bad disk, a bad editor or a bad export would."""
    pieces = (b'"', b"\0", b"\r", b"\n\n", b",,", b"\xff", b"\xef\xbb\xbf", b"\t")
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data))
        way = rng.randrange(6)
        if way == 0:
            data = data[: at + 1]
        elif way == 1:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        elif way == 2:
            data = data[:at] + data[at : at + 40] + data[at:]
        else:
            data = data[:at] + rng.choice(pieces) + data[at:]
    return data


# ----------------------------------------------------------------------- options

OPTIONS = {
    "a period that is none": (["--period", "2022Q1"], "AUD241"),
    "a period that ends before it begins": (
        ["--period", "2022-03-01..2022-01-01"], "AUD241",
    ),
    "a period with one end": (["--period", "2022-03-01.."], "AUD241"),
    "a period in the year 0": (["--period", "0000"], "AUD241"),
    "a period of a month that does not exist": (
        ["--period", "2022-13-01..2022-13-31"], "AUD241",
    ),
    "a cut-off after the period": (
        ["--period", "2021", "--cutoff", "2022-01-01"], "AUD242",
    ),
    "a cut-off that is no day": (["--cutoff", "2022-02-30"], "2022-02-30"),
    "a pack that nobody knows": (["--rules", "nea-2021-73"], "AUD201"),
    "a mapping that is not there": (["--mapping", "no-such.toml"], "AUD221"),
    "a dossier that is not there": (["--dossier", "no-such-folder"], "AUD101"),
    "a condition that nobody knows": (["--fail-on", "anything"], "anything"),
    "an option that nobody knows": (["--no-such-option"], "--no-such-option"),
    "a cluster without its engine": (["--master", "spark://host:7077"], "AUD444"),
    "a bound of memory that is none": (["--memory", "much"], "AUD244"),
}  # fmt: skip


@pytest.mark.parametrize("what", OPTIONS)
def test_a_bad_option_ends_the_run_before_it_begins(audit, tmp_path, what):
    words, told = OPTIONS[what]
    said = audit(*run_words(deliver(tmp_path / "dump"), *words))
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dump"]


def test_a_dump_that_is_not_there_is_named(audit, tmp_path):
    said = audit(*run_words(tmp_path / "nowhere"))
    assert said.code == 2
    assert "AUD101" in said.err
    assert "nowhere" in said.err


def test_a_dump_that_is_given_twice_is_told_whatever_it_is_called(audit, tmp_path):
    dump = deliver(tmp_path / "dump")
    (tmp_path / "link").symlink_to(dump)
    for again in (
        dump,
        dump / "events.csv",
        tmp_path / "dump/../dump",
        tmp_path / "link",
    ):
        said = audit("run", dump, again, "--out", tmp_path / "run")
        assert (said.code, said.err.splitlines()[-1][:6]) == (2, "AUD103"), again


def test_a_dump_without_a_date_needs_a_cut_off(audit, tmp_path):
    dateless = {
        "cases__csv": "case_id,county_code,customer_type\nA1,330102,resident\n",
        "events__csv": "case_id,step\nA1,accept\n",
    }
    dump = deliver(tmp_path / "dump", **dateless)
    said = audit(*run_words(dump))
    assert (said.code, said.err[:6]) != (0, "")
    assert said.code == 2
    assert "AUD243" in said.err
    assert not (tmp_path / "run").exists()
    assert audit(*run_words(dump, "--cutoff", "2022-12-31")).code == 0


# ------------------------------------------------------------------------ mappings

MAPPING = """\
[mapping]
id = "demo"
zone = "Asia/Shangri-La"

[[table]]
file = "cases*"
to   = "cases"
fill = "cases"

[[table]]
file = "events*"
to   = "evnts"

[steps."业务受理"]
step = "acept"

[dates]
formats = ["%Q"]
"""
PROBLEMS = {
    "AUD224": (3, "Asia/Shangri-La"),
    "AUD222": (8, "fill"),
    "AUD228": (12, "evnts"),
    "AUD227": (14, "acept"),
    "AUD225": (18, "%Q"),
}


def test_every_problem_of_a_mapping_is_told_at_once_with_its_line(audit, tmp_path):
    path = tmp_path / "source.toml"
    path.write_text(MAPPING, "utf-8")
    said = audit(*run_words(deliver(tmp_path / "dump"), "--mapping", path))
    assert said.code == 2
    assert "AUD220" in said.err
    for code, (line, word) in PROBLEMS.items():
        (told,) = [row for row in said.err.splitlines() if code in row]
        assert f"source.toml:{line}:" in told
        assert word in told
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("content", [b"[mapping\n", b"\xff\xfe", b"id = 1\nid = 2\n"])
def test_a_mapping_that_is_no_toml_is_an_error_of_configuration(
    audit, tmp_path, content
):
    path = tmp_path / "source.toml"
    path.write_bytes(content)
    said = audit(*run_words(deliver(tmp_path / "dump"), "--mapping", path))
    assert said.code == 2
    assert "AUD221" in said.err
    assert "source.toml" in said.err


# -------------------------------------------------------------------------- packs

PAGE = "indicators/ind34-three-zero-whole-process-15.toml"
FIRST_CASE = '[[case]]\nname   = "the limit itself is met"'
SECOND_LIMIT = """
[[limit]]
fact = "whole_process"
value = 12
source = "省文件"
"""
PACKS = {
    "an unknown key": (PAGE, 'severity = "A"', 'severty = "A"', "severty"),
    "an unknown kind": (PAGE, '"time"', '"tyme"', "tyme"),
    "a limit that is no number": (
        PAGE, "value         = 15", 'value = "15"', "value",
    ),
    "a fact that nobody measures": (
        PAGE, '"whole_process"', '"whole_proces"', "whole_proces",
    ),
    "a word outside the vocabulary": (
        PAGE, '["lv_nonresident"]', '["lv_nonresidnt"]', "lv_nonresidnt",
    ),
    "an unknown column": (
        PAGE, "three_zero = [true]", "three_nil = [true]", "three_nil",
    ),
    "no example that passes": (
        PAGE, 'expect = "pass"', 'expect = "pending"', "pass",
    ),
    "an example with an unknown verdict": (
        PAGE, 'expect = "excluded"', 'expect = "exempt"', "exempt",
    ),
    "two limits and no day between them": (
        PAGE, FIRST_CASE, SECOND_LIMIT + FIRST_CASE, "since",
    ),
    "no limit": (PAGE, "[[limit]]", "[[limits]]", "limits"),
    "a day in quotes": (
        PAGE, "in_force_from = 2023-01-01", 'in_force_from = "2023"', "in_force_from",
    ),
    "a rule that is there twice": (PAGE, '"ind34"', '"ind22"', "ind22"),
    "TOML that is none": (PAGE, "[applies]", "[applies", "TOML"),
    "an unknown step": ("steps.toml", '"plan_reply"', '"plan_repply"', "plan_repply"),
    "a window to nowhere": (
        "pack.toml", '"plan_reply.finished"', '"plan_reply.fnished"', "fnished",
    ),
    "a pack without a version": ("pack.toml", 'version  = "2021.1"', "", "version"),
    "a charge on both lists": (
        "fees.toml", "not_counting = [", 'not_counting = [\n  "外线工程",', "外线工程",
    ),
}  # fmt: skip


def broken(folder: Path, *changes: tuple[str, str, str, str]) -> Path:
    shutil.copytree(load_pack().folder, folder)
    for file, old, new, _ in changes:
        text = (folder / file).read_text("utf-8")
        assert old in text, old
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return folder


@pytest.mark.parametrize("what", PACKS)
def test_a_broken_pack_is_told_with_file_and_line(audit, tmp_path, what):
    change = PACKS[what]
    file, _, _, word = change
    pack = broken(tmp_path / "pack", change)
    said = audit("rules", "check", pack, "--lang", "en")
    assert said.code == 2
    assert "AUD202" in said.err
    told = [line for line in said.err.splitlines() if f"{file}:" in line]
    assert any(word in line for line in told), said.err
    assert all(line.split(":")[1].isdigit() for line in told)


def test_all_problems_of_a_pack_are_told_at_once(audit, tmp_path):
    chosen = (
        "an unknown key",
        "no example that passes",
        "a window to nowhere",
        "a charge on both lists",
    )
    pack = broken(tmp_path / "pack", *(PACKS[what] for what in chosen))
    said = audit(*run_words(deliver(tmp_path / "dump"), "--rules", pack))
    assert said.code == 2
    for what in chosen:
        assert PACKS[what][3] in said.err
    assert not (tmp_path / "run").exists()


def test_a_holiday_table_with_an_impossible_day_is_told_with_its_line(audit, tmp_path):
    change = (
        "calendar/2021.csv",
        "2021-02-07,makeup",
        "2021-02-08,makeup",
        "2021-02-08",
    )
    pack = broken(tmp_path / "pack", change)
    said = audit(*run_words(deliver(tmp_path / "dump"), "--rules", pack))
    assert said.code == 2
    assert "2021.csv:5" in said.err
    assert "2021-02-08" in said.err


# ------------------------------------------------------------------------- outputs


def test_an_existing_run_is_replaced_only_by_force(audit, tmp_path):
    dump = deliver(tmp_path / "dump")
    assert audit(*run_words(dump)).code == 0
    before = (tmp_path / "run" / "manifest.json").read_bytes()
    said = audit(*run_words(dump))
    assert (said.code, said.err[:6]) == (5, "AUD402")
    assert (tmp_path / "run" / "manifest.json").read_bytes() == before
    assert audit(*run_words(dump, "--force")).code == 0
    assert (tmp_path / "run" / "manifest.json").read_bytes() != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dump", "run"]


def test_a_failed_run_leaves_the_old_one_as_it_was(audit, tmp_path):
    dump = deliver(tmp_path / "dump")
    assert audit(*run_words(dump)).code == 0
    before = {
        p.name: p.read_bytes() for p in (tmp_path / "run").iterdir() if p.is_file()
    }
    (dump / "events.csv").write_bytes(b"")
    assert audit(*run_words(dump, "--force")).code == 3
    after = {
        p.name: p.read_bytes() for p in (tmp_path / "run").iterdir() if p.is_file()
    }
    assert before == after


def test_force_never_replaces_what_is_not_a_run(audit, tmp_path):
    dump = deliver(tmp_path / "dump")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.doc").write_bytes(b"three years of work")
    said = audit(*run_words(dump, "--force"))
    assert (said.code, said.err[:6]) == (5, "AUD405")
    assert (tmp_path / "run" / "thesis.doc").read_bytes() == b"three years of work"


def test_an_output_that_cannot_be_written_is_an_error_and_not_a_crash(audit, tmp_path):
    dump = deliver(tmp_path / "dump")
    (tmp_path / "file").write_bytes(b"")
    for out in (tmp_path / "file" / "run", tmp_path / ("x" * 300), Path("/proc/run")):
        said = audit("run", dump, "--out", out)
        assert (said.code, said.err[:6]) == (5, "AUD403"), said.err
    for out in ("/", dump, dump / ".."):
        said = audit("run", dump, "--out", out)
        assert (said.code, said.err[:6]) == (5, "AUD402"), said.err


HOLDER = """
import sys
from pathlib import Path
from auditor.fsops import RunFolder
with RunFolder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_an_output_that_another_run_holds_is_left_alone(audit, tmp_path):
    dump = deliver(tmp_path / "dump")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path / "run"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        said = audit(*run_words(dump))
        holder.communicate("\n")
    assert (said.code, said.err[:6]) == (5, "AUD401")
    assert audit(*run_words(dump)).code == 0


# ------------------------------------------------------------------ whole processes

PROCESSES = {
    "a good dump": ({}, [], 0),
    "unreadable cells": ({"cases__csv": CASES.replace("2022-03-10", "soon")}, [], 0),
    "an event of nobody": ({"events__csv": EVENTS + "GHOST,accept,,\n"}, [], 0),
    "a condition that holds": (
        {"events__csv": EVENTS + "GHOST,accept,,\n"}, ["--fail-on", "rejects"], 1,
    ),
    "no readable events": ({"events__csv": b"\xff\xfeA\0"}, [], 3),
    "no required column": ({"cases__csv": CASES.replace("county_code", "x")}, [], 3),
    "an empty file": ({"events__csv": b""}, [], 3),
    "a cut gzip beside a good file": ({"events-2__csv__gz": HALF}, [], 0),
    "a bad period": ({}, ["--period", "2022Q1"], 2),
    "a cut-off after the period": (
        {}, ["--period", "2021", "--cutoff", "2022-01-01"], 2,
    ),
    "no such pack": ({}, ["--rules", "none"], 2),
    "an output that exists": ({}, ["--out", "dump"], 5),
    "an option that nobody knows": ({}, ["--what"], 2),
}  # fmt: skip


# Each of these is a whole run in a new process, and what it shows is shown by another.
LONG = ("unreadable cells", "an event of nobody", "a cut gzip beside a good file")


@pytest.mark.parametrize(
    "what",
    [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in PROCESSES],
)
def test_a_process_ends_in_its_exit_code_without_a_traceback(process, tmp_path, what):
    files, words, code = PROCESSES[what]
    deliver(tmp_path / "dump", **files)
    said = process("run", "dump", "--out", "run", *words, cwd=tmp_path)
    assert said.code == code, said.err
    assert "Traceback" not in said.out + said.err
    assert "AUD999" not in said.err
    assert (tmp_path / "run").exists() == (code in (0, 1))
    if code in (0, 1):
        books(tmp_path / "run")
    elif code != 2 or "AUD" in said.err:
        assert said.err.splitlines()[-1].strip()
    left = {path.name for path in tmp_path.iterdir()} - {"dump", "run"}
    assert left == set()


@pytest.mark.parametrize("name", ["what?", "what?/run", "of [2021]", "it's 100% #1"])
def test_a_name_that_the_database_cannot_have_is_refused_before_anything_is_read(
    audit, tmp_path, name
):
    dump = deliver(tmp_path / "dump")
    answer = audit("run", dump, "--out", tmp_path / name, "--lang", "en")
    if "?" not in name:
        assert answer.code == 0, answer.err
        assert audit("verify", tmp_path / name).code == 0
        return
    assert answer.code == 2
    assert "AUD249" in answer.err
    assert f"{tmp_path / name}" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["dump"]

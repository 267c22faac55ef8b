"""Two runs side by side: every planted change is found with its cause, nothing else."""

import json
import re
import shutil
from copy import deepcopy
from datetime import date, timedelta

import openpyxl
import polars as pl
import pytest

import auditor
from auditor.compare import OUTPUTS
from auditor.errors import AuditError
from tests.deliveries import CUTOFF, after, audited, event, history, write
from tests.packs import child_pack, copied_pack, without_rules

CASES = 2_000


def ids(*numbers: int) -> set[str]:
    return {f"C-{n:05}" for n in numbers}


def of(rows: pl.DataFrame, kind: str) -> set[str]:
    return set(rows.filter(kind=kind)["case_id"])


def moved(rows: pl.DataFrame, cause: str) -> set[tuple[str, str]]:
    return set(rows.filter(cause=cause).select("case_id", "rule_id").rows())


# ------------------------------------------------------------------ the planted truth

EARLIER = [n for n in range(200) if n % 10 != 9]  # energised earlier than first said
REMOVED = [n for n in range(200, 320) if n % 10 != 9][:100]
FILLED = [n for n in range(330, 460) if n % 10 != 9][:100]
LATER = [n for n in range(470, 620) if n % 10 != 9][:120]  # a start moved by one day
GONE = list(range(700, 800))
LATE = [
    n for n in range(900, 1000) if n % 10 == 9
]  # honestly finished after the cut-off
BACK = 12  # cases that should have been in the first delivery
NEW = 15


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A first delivery, and a second with 500 rewrites and 100 cases gone."""
    folder = tmp_path_factory.mktemp("planted")
    first = history(CASES)
    for n in FILLED:
        event(first, n, 1)["finished_at"] = ""
    second = deepcopy(first)
    _plant(first, second)
    a = audited(write(folder / "a", first))
    dump = write(folder / "b", second, shuffle=7)
    b = audited(dump, rules=str(child_pack(folder / "pack")))
    return auditor.compare(a, b)


def _plant(first: dict, second: dict) -> None:
    for n in EARLIER[:180]:
        ended = after(first["cases"][n]["submitted_at"], 5)
        second["cases"][n]["energised_at"] = event(second, n, 2)["finished_at"] = ended
    for n in REMOVED:
        event(second, n, 1)["finished_at"] = ""
    for n in FILLED:
        event(second, n, 1)["finished_at"] = first["cases"][n]["submitted_at"]
    for n in LATER:
        event(second, n, 0)["started_at"] += timedelta(days=1)
    _plant_others(second)


def _plant_others(second: dict) -> None:
    for n in LATE:
        ended = date(2023, 1, 5)
        second["cases"][n] |= {"energised_at": ended, "status": "completed"}
        event(second, n, 2)["finished_at"] = ended
    for n in GONE:
        second["cases"][n] = {}
        for step in range(3):
            event(second, n, step).clear()
    extra = history(BACK + NEW)
    for n, case in enumerate(extra["cases"]):
        submitted = date(2022, 6, 1) if n < BACK else date(2022, 12, 30)
        case |= {"case_id": f"N-{n:05}", "submitted_at": submitted, "energised_at": ""}
        case["status"] = "open"
    second["cases"] += extra["cases"]


def test_every_planted_rewrite_is_found_and_nobody_else_is_accused(planted):
    found = planted.rewritten
    assert len(EARLIER[:180]) + len(REMOVED) + len(FILLED) + len(LATER) == 500
    untouched = {n for n in EARLIER[:180] if n % 20 == 0}  # five days were the truth
    rewritten = set(EARLIER[:180]) - untouched | set(LATER)
    assert of(found, "rewritten") == ids(*rewritten)
    assert of(found, "removed") == ids(*REMOVED)
    assert of(found, "back_filled") == ids(*FILLED)
    assert of(found, "moved") | of(found, "emptied") == set()
    assert planted.summary["counts"]["moved"] == 0


def test_a_rewrite_names_both_values_with_file_and_row(planted):
    (row,) = planted.rewritten.filter(case_id=f"C-{LATER[0]:05}").to_dicts()
    assert (row["table"], row["step"], row["column"]) == (
        "events",
        "accept",
        "started_at",
    )
    assert date.fromisoformat(row["value_b"]) - date.fromisoformat(
        row["value_a"]
    ) == timedelta(days=row["days"] or 1)
    assert row["source_a"] == "events.csv"
    assert row["row_a"] == 2 + 3 * LATER[0]
    assert re.fullmatch(r"events-[ab]\.csv", row["source_b"])


def test_every_vanished_case_is_found_and_none_besides(planted):
    gone = planted.vanished
    is_open = {n for n in GONE if n % 10 == 9}
    assert of(gone, "vanished_open") == ids(*is_open)
    assert of(gone, "vanished") == ids(*set(GONE) - is_open)
    assert gone.height == len(GONE)


def test_a_vanished_case_keeps_what_its_run_said_of_it(planted):
    limits = {"ind34": 15, "ind22": 20, "ind07": 25}
    for row in planted.vanished.iter_rows(named=True):
        n = int(row["case_id"][2:])
        if n % 10 != 9:  # an open one is late by now whatever it took
            late = {rule for rule, most in limits.items() if 5 + n % 20 > most}
            assert {*(row["failed"] or "").split("; ")} & {*limits} == late, n
    told = planted.vanished
    assert told.filter(kind="vanished_open")["failed"].str.contains("ind34").all()
    assert not told["failed"].drop_nulls().str.contains("int").any()
    assert told["doubtful"].str.contains("ind23").all()  # whether small is not said


def test_a_case_with_a_past_should_have_been_there_and_a_new_one_not(planted):
    came = planted.appeared
    assert of(came, "back_filled_case") == {f"N-{n:05}" for n in range(BACK)}
    assert of(came, "new") == {f"N-{n:05}" for n in range(BACK, BACK + NEW)}


def test_the_two_pages_between_runs_have_their_verdicts_counted(planted):
    told = planted.summary["signals"]
    accused = len(EARLIER[:180]) - 10 + len(REMOVED) + len(FILLED) + len(LATER)
    both = CASES - len(GONE)
    assert told["rewritten"] == {
        "rule_id": "int18", "fail": accused, "undetermined": 0, "pass": both - accused,
    }  # fmt: skip
    failed = len(GONE) + BACK
    every = CASES + BACK + NEW
    assert told["vanished"] == {
        "rule_id": "int19", "fail": failed, "undetermined": 0, "pass": every - failed,
    }  # fmt: skip


def test_the_cases_of_the_first_run_add_up(planted):
    moves = pl.DataFrame(planted.summary["moves"], infer_schema_length=None)
    there = moves.filter(pl.col("was").is_not_null())
    assert there["n"].sum() == CASES == planted.summary["cases"]["a"]
    gone = there.filter(pl.col("now").is_null())
    assert gone["n"].sum() == len(GONE)


def test_each_changed_verdict_has_the_planted_cause(planted):
    """The days of every case are known, so what each change must do is as well."""
    rows = planted.changed
    data, rule = set(), set()
    for n in range(CASES):
        if n in GONE or n % 10 == 9:
            continue
        days = 5 + n % 20
        now = 5 if n in EARLIER[:180] else days
        for name, was_limit, limit in (
            ("ind34", 15, 12),
            ("ind22", 20, 20),
            ("ind07", 25, 25),
        ):
            was, middle, end = days <= was_limit, now <= was_limit, now <= limit
            if was != end:
                (data if was != middle else rule).add((*ids(n), name))
    assert len(data) > 100
    assert len(rule) > 100
    assert moved(rows, "rule") == rule
    assert {
        (c, r) for c, r in moved(rows, "data") if r[3:] in ("34", "22", "07")
    } == data
    assert set(rows["cause"]) == {"data", "rule"}
    touched = ids(*EARLIER[:180], *REMOVED, *FILLED, *LATER)
    assert set(rows.filter(cause="data")["case_id"]) <= touched


def test_the_changed_limit_or_stamp_is_named(planted):
    by_rule = planted.changed.filter(cause="rule")["because"].unique().to_list()
    assert by_rule == [
        "whole_process: 15, in force from 2023-01-01 → 12, in force from 2022-07-01"
    ]
    row = planted.changed.filter(case_id=f"C-{EARLIER[15]:05}", rule_id="ind34").row(
        0, named=True
    )
    case = planted.rewritten.filter(case_id=row["case_id"], column="energised_at").row(
        0, named=True
    )
    assert f"energised_at {case['value_a']} → {case['value_b']}" in row["because"]


# ---------------------------------------------------------------------- laws


def test_a_run_against_itself_differs_in_nothing(tmp_path):
    run = audited(write(tmp_path, history(200)))
    found = auditor.compare(run, run)
    lists = (found.changed, found.rewritten, found.vanished, found.appeared)
    assert [rows.height for rows in lists] == [0, 0, 0, 0]
    assert set(found.summary["counts"].values()) == {0}


def test_the_order_of_rows_and_their_files_change_nothing(tmp_path):
    first = history(300)
    a = audited(write(tmp_path / "a", first))
    b = audited(write(tmp_path / "b", first, shuffle=3))
    found = auditor.compare(a, b)
    assert set(found.summary["counts"].values()) == {0}
    second = deepcopy(first)
    event(second, 5, 0)["started_at"] += timedelta(days=1)
    plain = auditor.compare(a, audited(write(tmp_path / "c", second)))
    mixed = auditor.compare(a, audited(write(tmp_path / "d", second, shuffle=9)))
    places = ("source_b", "row_b")
    assert plain.rewritten.height == 1
    assert plain.rewritten.drop(places).equals(mixed.rewritten.drop(places))


# ----------------------------------------------------------- one cause at a time


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """One delivery and its run."""
    folder = tmp_path_factory.mktemp("plain")
    dump = write(folder, history(400))
    return dump, audited(dump)


def only_cause(found, cause: str) -> pl.DataFrame:
    assert found.changed.height > 0
    assert set(found.changed["cause"]) == {cause}
    counts = found.summary["counts"]
    assert {k: n for k, n in counts.items() if n} == {"changed": found.changed.height}
    return found.changed


def test_a_day_taken_off_the_calendar_is_the_calendar(plain, tmp_path):
    dump, a = plain
    pack = copied_pack(tmp_path / "pack")
    page = pack / "calendar" / "2022.csv"
    rows = page.read_text("utf-8").splitlines()
    notice = rows[1].split(",")[3]
    rows.append(f"2022-04-13,off,x,{notice},")
    page.write_text("\n".join([rows[0], *sorted(rows[1:])]) + "\n", "utf-8")
    b = audited(dump, rules=str(pack), out=tmp_path / "run")
    rows = only_cause(auditor.compare(a, b), "calendar")
    assert set(rows["because"]) == {"2022-04-13 — → off"}


def test_another_mapping_of_a_step_is_the_mapping(plain, tmp_path):
    dump, _ = plain
    pages = {}
    for step in ("plan_reply", "internal"):
        text = f'[mapping]\nid = "m"\n[steps."答复方案"]\nstep = "{step}"\n'
        pages[step] = tmp_path / step / "mapping.toml"
        pages[step].parent.mkdir()
        pages[step].write_text(text, "utf-8")
    a, b = (
        audited(dump, mapping=page, out=tmp_path / f"run-{name}")
        for name, page in pages.items()
    )
    rows = only_cause(auditor.compare(a, b), "mapping")
    assert "ind09" in set(rows["rule_id"])


def test_another_cutoff_or_period_is_the_parameter(plain, tmp_path):
    dump, a = plain
    b = audited(dump, cutoff=date(2022, 3, 15), out=tmp_path / "cutoff")
    rows = only_cause(auditor.compare(a, b), "parameter")
    assert set(rows["because"]) == {"cutoff 2022-12-31 → cutoff 2022-03-15"}
    c = audited(dump, period="2022H2", out=tmp_path / "period")
    rows = only_cause(auditor.compare(a, c), "parameter")
    assert set(rows["because"]) == {"period — → period 2022-07-01..2022-12-31"}


def test_a_page_edited_in_place_cannot_be_found_and_that_is_said(plain, tmp_path):
    dump, a = plain
    pack = child_pack(tmp_path / "pack")
    b = audited(dump, rules=str(pack), cutoff=date(2022, 3, 15), out=tmp_path / "run")
    page = pack / "indicators" / "ind34.toml"
    page.write_text(page.read_text("utf-8").replace("某省", "某某省"), "utf-8")
    assert "pack_b_gone" not in auditor.compare(a, b).summary["notes"]
    found = auditor.compare(a, without_rules(b))
    assert set(found.changed["cause"]) == {"cannot_tell"}
    assert found.summary["notes"].count("pack_b_gone") == 1
    with pytest.raises(AuditError) as caught:
        auditor.compare(a, b, (None, pack))
    assert caught.value.code == "AUD531"


def test_without_either_pack_histories_are_still_compared(plain, tmp_path):
    dump, _ = plain
    pack = child_pack(tmp_path / "pack")
    a, b = (
        without_rules(
            audited(dump, rules=str(pack), cutoff=day, out=tmp_path / f"{day}")
        )
        for day in (date(2022, 3, 15), CUTOFF)
    )
    page = pack / "indicators" / "ind34.toml"
    page.write_text(page.read_text("utf-8").replace("某省", "某某省"), "utf-8")
    found = only_cause(auditor.compare(a, b), "parameter")
    assert found.height > 0
    shutil.rmtree(pack)
    with pytest.raises(AuditError) as caught:
        auditor.compare(a, b)
    assert caught.value.code == "AUD530"


def test_a_run_whose_verdicts_were_touched_is_refused(plain, tmp_path):
    dump, a = plain
    b = audited(dump, out=tmp_path / "run")
    path = b / "verdicts.parquet"
    rows = pl.read_parquet(path)
    words = pl.lit("pass").cast(rows.schema["ind34"])
    rows.with_columns(words.alias("ind34")).write_parquet(path)
    with pytest.raises(AuditError) as caught:
        auditor.compare(a, b)
    assert caught.value.code == "AUD532"


def test_runs_without_a_common_case_are_refused(plain, tmp_path):
    other = history(20)
    for rows in other.values():
        for row in rows:
            row["case_id"] = "X" + row["case_id"]
    with pytest.raises(AuditError) as caught:
        auditor.compare(plain[1], audited(write(tmp_path, other)))
    assert caught.value.code == "AUD533"


# ------------------------------------------------------- what cannot be compared


def test_operators_are_compared_under_one_key_only(tmp_path):
    first = history(30)
    for row in first["events"]:
        row["operator"] = "甲"
    second = deepcopy(first)
    event(second, 3, 0)["operator"] = "乙"
    keys = [tmp_path / name for name in ("one", "other")]
    for key in keys:
        key.write_bytes(f"a key for {key.name} only".encode())
    dumps = [write(tmp_path / n, rows) for n, rows in (("a", first), ("b", second))]
    a = audited(dumps[0], key_file=keys[0])
    same = audited(dumps[1], key_file=keys[0])
    found = auditor.compare(a, same)
    assert found.rewritten.select("case_id", "kind", "column").rows() == [
        ("C-00003", "moved", "operator")
    ]
    assert "keys_differ" not in found.summary["notes"]
    other = audited(dumps[1], key_file=keys[1], out=tmp_path / "other-run")
    found = auditor.compare(a, other)
    assert found.rewritten.is_empty()
    assert "keys_differ" in found.summary["notes"]


def test_a_clock_that_is_new_is_no_rewriting_and_another_clock_is(tmp_path):
    first = history(20)
    event(first, 2, 0)["finished_at"] = f"{event(first, 2, 0)['finished_at']} 16:00:00"
    second = deepcopy(first)
    event(second, 1, 0)["finished_at"] = (
        f"{event(second, 1, 0)['finished_at']} 09:30:00"
    )
    event(second, 2, 0)["finished_at"] = str(
        event(second, 2, 0)["finished_at"]
    ).replace("16:00", "09:30")
    runs = [
        audited(write(tmp_path / n, rows)) for n, rows in (("a", first), ("b", second))
    ]
    (row,) = auditor.compare(*runs).rewritten.to_dicts()
    assert (row["case_id"], row["kind"], row["days"]) == ("C-00002", "rewritten", 0)
    assert row["value_b"].endswith("09:30:00")


def test_what_a_reject_explains_accuses_nobody(tmp_path):
    first = history(20)
    second = deepcopy(first)
    event(second, 4, 1)["finished_at"] = "2022-02-30"
    second["cases"][5]["submitted_at"] = "soon"
    runs = [
        audited(write(tmp_path / n, rows)) for n, rows in (("a", first), ("b", second))
    ]
    found = auditor.compare(*runs)
    assert set(found.rewritten["kind"]) == {"unreadable"}
    assert of(found.rewritten, "unreadable") == ids(4, 5)
    told = found.summary["signals"]["rewritten"]
    assert (told["fail"], told["undetermined"]) == (0, 2)
    assert found.summary["counts"]["rewritten"] == 0


def test_new_files_under_a_new_mapping_leave_the_cause_open(tmp_path):
    first = history(40)
    second = deepcopy(first)
    for n in (0, 15):
        second["cases"][n]["energised_at"] = second["cases"][n]["submitted_at"]
        event(second, n, 2)["finished_at"] = second["cases"][n]["submitted_at"]
    pages = {}
    for name in ("plan_reply", "internal"):
        pages[name] = tmp_path / f"{name}.toml"
        text = f'[mapping]\nid = "m"\n[steps."答复方案"]\nstep = "{name}"\n'
        pages[name].write_text(text, "utf-8")
    a = audited(write(tmp_path / "a", first), mapping=pages["plan_reply"])
    b = audited(write(tmp_path / "b", second), mapping=pages["internal"])
    found = auditor.compare(a, b)
    told = found.changed.filter(rule_id="ind34")
    assert told.select("case_id", "cause", "because").rows() == [
        ("C-00015", "cannot_tell", "data | mapping")
    ]
    # The other cases differ in nothing but the name of a step.
    others = found.changed.filter(~pl.col("case_id").is_in(ids(0, 15)))
    assert set(others["cause"]) == {"mapping"}
    assert of(found.rewritten, "rewritten") == ids(0, 15)


# ------------------------------------------------------------------- as a command


@pytest.fixture(scope="module")
def spoilt(plain, tmp_path_factory):
    """The plain run and one in which two stamps and a capacity say something else."""
    _, a = plain
    folder = tmp_path_factory.mktemp("spoilt")
    second = history(400)
    event(second, 14, 2)["finished_at"] = second["cases"][14]["submitted_at"]
    second["cases"][14]["energised_at"] = second["cases"][14]["submitted_at"]
    second["cases"][3]["capacity_kw"] = 500.0
    second["cases"][4]["case_id"] = "Ｃ_OOOO4"
    for step in range(3):
        event(second, 4, step)["case_id"] = "Ｃ_OOOO4"
    return a, audited(write(folder, second))


def test_the_command_writes_its_files_beside_the_later_run(audit, spoilt):
    a, b = spoilt
    answer = audit("compare", a, b, "--lang", "en", "--fail-on", "rewritten")
    assert answer.code == 1, answer.err
    assert "--fail-on holds: rewritten" in answer.out
    out = b.with_name(f"{b.name}.compare")
    assert sorted(path.name for path in out.iterdir()) == sorted(OUTPUTS)
    assert audit("compare", a, b, "--fail-on", "appeared", "--out", out).code == 1
    assert audit("compare", a, a, "--fail-on", "changed", "--out", out).code == 0
    refused = audit("compare", a, b, "--out", a)
    assert (refused.code, refused.err[:6]) == (2, "AUD534")


def test_json_and_workbook_say_the_same(audit, spoilt, tmp_path):
    a, b = spoilt
    answer = audit("compare", a, b, "--json", "--out", tmp_path)
    told = json.loads(answer.out)
    assert json.loads((tmp_path / "compare.json").read_text("utf-8")) == told
    assert told["counts"]["rewritten"] == 2
    assert told["counts"]["moved"] == 1
    (cell,) = [row for row in told["rewritten"]["rows"] if row["kind"] == "moved"]
    assert (cell["case_id"], cell["value_a"], cell["value_b"]) == (
        "C-00003",
        "50.0",
        "500.0",
    )
    book = openpyxl.load_workbook(tmp_path / "compare.xlsx")
    assert book.sheetnames == [
        "摘要",
        "改变的结论",
        "改写的时间",
        "消失的案件",
        "新出现的案件",
    ]
    rows = list(book["改写的时间"].iter_rows(values_only=True))
    assert len(rows) == 1 + 3
    assert "C-00014" in {row[0] for row in rows}


def test_a_renamed_id_is_hinted_at_but_still_gone(spoilt):
    found = auditor.compare(*spoilt)
    (gone,) = found.vanished.to_dicts()
    assert (gone["case_id"], gone["renamed_to"]) == ("C-00004", "Ｃ_OOOO4")
    assert found.appeared["kind"].to_list() == ["back_filled_case"]

"""Hostile inputs cost one file, never the run: links, bombs, dead and stuck parsers."""

import gzip
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.errors import AuditError
from auditor.read import FileRule, RawTables, ReadPlan, child, read
from auditor.read.child import Child
from auditor.read.intake import SourceRefused, take_copy
from auditor.read.job import Job
from auditor.settings import Limits
from tests.conftest import Stage
from tests.raws import refusals
from tests.workbooks import pack, parts, sheet

ROOT = Path(__file__).parents[1]
GOOD = b"case_id,step\n1,a\n"


@pytest.fixture
def dump(dump: Path) -> Path:
    (dump / "events-good.csv").write_bytes(GOOD)
    return dump


def sources(raw: RawTables) -> list[tuple[str, str]]:
    return [(file.source, file.table) for file in raw.files]


def test_links_pipes_and_devices_are_refused(dump: Path, stage: Stage) -> None:
    (dump / "events-link.csv").symlink_to(dump / "events-good.csv")
    (dump / "events-dangling.csv").symlink_to("nowhere")
    os.mkfifo(dump / "events-pipe.csv")
    raw = stage()
    assert refusals(raw)["events-link.csv"] == "refused_link"
    assert refusals(raw)["events-dangling.csv"] == "refused_link"
    assert refusals(raw)["events-pipe.csv"] == "not_a_file"
    assert sources(raw) == [("events-good.csv", "events")]
    with pytest.raises(SourceRefused) as caught:
        take_copy(Path("/dev/zero"), dump / "copy", 1 << 30)
    assert caught.value.reason == "not_a_file"


def test_every_entry_of_a_folder_is_told_about(dump: Path, stage: Stage) -> None:
    for name in (
        ".DS_Store",
        "README.txt",
        "notes.md",
        "a.toml",
        "roster.csv",
        "x.csv",
    ):
        (dump / name).write_bytes(GOOD)
    (dump / "county=EVIL").mkdir()
    assert refusals(stage()) == {
        ".DS_Store": "unknown_table",
        "README.txt": "not_a_table",
        "a.toml": "not_a_table",
        "county=EVIL": "folder",
        "notes.md": "not_a_table",
        "roster.csv": "dossier_only",
        "x.csv": "unknown_table",
    }


def test_a_mapping_names_tables_and_one_file_may_fill_two(
    dump: Path, stage: Stage
) -> None:
    (dump / "业扩工单[1].csv").write_bytes(GOOD)
    raw = stage(
        FileRule("业扩工单*", "cases"),
        FileRule("业扩工单*", "events"),
        FileRule("业扩*", "cases"),
    )
    first, second, third = raw.files
    assert sources(raw)[1:] == [
        ("业扩工单[1].csv", "cases"),
        ("业扩工单[1].csv", "events"),
    ]
    assert second.staged == third.staged
    assert first.staged != second.staged


def test_rejected_rows_of_a_file_for_two_tables_are_logged_under_both(
    dump: Path, stage: Stage
) -> None:
    (dump / "wide.csv").write_bytes(GOOD + b"2\n")
    raw = stage(FileRule("wide.csv", "cases"), FileRule("wide.csv", "events"))
    assert raw.rejects.select("table", "row", "case_id").rows() == [
        ("cases", 3, "2"),
        ("events", 3, "2"),
    ]


def test_a_decoy_column_does_not_hide_the_case_of_a_rejected_row(
    tmp_path: Path, dump: Path
) -> None:
    (dump / "events-good.csv").write_bytes("case_id,申请编号,step\nx,1,a,b\n".encode())
    plan = ReadPlan(("events",), keys={"events": ("申请编号", "case_id")})
    raw = read([dump], None, plan, Limits(), tmp_path / "work")
    assert raw.rejects["case_id"].to_list() == ["1"]


def test_the_dossier_is_read_apart_and_its_form_only_hashed(
    tmp_path: Path, dump: Path, stage: Stage
) -> None:
    dossier = tmp_path / "agency"
    dossier.mkdir()
    (dossier / "roster.csv").write_bytes(b"county_code,county\n330102,x\n")
    (dossier / "form.toml").write_bytes(b"province = 1\n")
    (dossier / "pack").mkdir()
    (dossier / "events.csv").write_bytes(GOOD)
    raw = stage(dossier=dossier)
    told = [
        (file.source, file.origin, file.table, file.format) for file in raw.files[1:]
    ]
    assert told == [
        ("dossier/form.toml", "dossier", "form", "toml"),
        ("dossier/roster.csv", "dossier", "roster", "csv"),
    ]
    assert raw.files[1].staged.read_bytes() == b"province = 1\n"
    assert refusals(raw) == {
        "dossier/events.csv": "unknown_table",
        "dossier/pack": "not_a_table",
    }


def test_files_of_one_name_in_two_folders_stay_apart(
    tmp_path: Path, dump: Path, stage: Stage
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "events-good.csv").write_bytes(GOOD)
    raw = stage(inputs=(dump, other))
    assert sources(raw) == [
        ("dump/events-good.csv", "events"),
        ("other/events-good.csv", "events"),
    ]


def test_inputs_that_are_missing_empty_or_given_twice_are_errors(
    tmp_path: Path, dump: Path, stage: Stage
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    wrong = {
        "AUD101": (tmp_path / "absent",),
        "AUD102": (empty,),
        "AUD103": (dump, dump / "events-good.csv"),
    }
    for code, inputs in wrong.items():
        with pytest.raises(AuditError) as caught:
            stage(inputs=inputs)
        assert caught.value.code == code
        assert "{" not in caught.value.render("zh") + caught.value.render("en")


def test_a_file_that_grows_while_it_is_copied_is_refused(
    dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = dump / "events-good.csv"
    honest = os.read

    def read_then_append(fd: int, size: int) -> bytes:
        with source.open("ab") as handle:
            handle.write(b"2,b\n")
        monkeypatch.setattr(os, "read", honest)
        return honest(fd, size)

    monkeypatch.setattr(os, "read", read_then_append)
    with pytest.raises(SourceRefused) as caught:
        take_copy(source, dump / "copy", 1 << 20)
    assert caught.value.reason == "changed_while_reading"


def test_a_gzip_bomb_is_refused_before_it_fills_the_disk(
    tmp_path: Path, dump: Path, stage: Stage
) -> None:
    (dump / "events-bomb.csv.gz").write_bytes(gzip.compress(b"x" * (100 << 20), 9))
    raw = stage()
    assert refusals(raw) == {"events-bomb.csv.gz": "unpacked_too_large"}
    assert sources(raw) == [("events-good.csv", "events")]
    assert sum(path.stat().st_size for path in (tmp_path / "work").rglob("*")) < 1 << 20


def test_gzip_is_read_through_members_and_refused_when_damaged(
    dump: Path, stage: Stage
) -> None:
    whole = gzip.compress(GOOD) + gzip.compress(b"2,b\n")
    (dump / "events-1.csv.gz").write_bytes(whole)
    (dump / "events-2.csv.gz").write_bytes(whole[:-9])
    (dump / "events-3.csv.gz").write_bytes(gzip.compress(gzip.compress(GOOD)))
    (dump / "events-4.csv.gz").write_bytes(whole + b"trailing rubbish")
    raw = stage()
    assert [file.read for file in raw.files] == [2, 1]
    assert refusals(raw) == {
        "events-2.csv.gz": "bad_gzip",
        "events-3.csv.gz": "unsupported_format",
        "events-4.csv.gz": "bad_gzip",
    }


def test_one_endless_line_is_refused_within_a_small_memory(
    dump: Path, stage: Stage
) -> None:
    (dump / "events-long.csv").write_bytes(b"x" * (80 << 20))
    raw = stage(child_memory=128 << 20)
    assert refusals(raw) == {"events-long.csv": "record_too_long"}
    assert sources(raw) == [("events-good.csv", "events")]


def test_a_file_that_takes_too_much_memory_costs_only_itself(
    dump: Path, stage: Stage
) -> None:
    # Were such a record allowed, it would not fit.
    (dump / "events-a.csv").write_bytes(b"x" * (80 << 20))
    (dump / "events-z.csv").write_bytes(GOOD)
    raw = stage(child_memory=128 << 20, record_bytes=1 << 30)
    assert list(refusals(raw)) == ["events-a.csv"]
    assert set(refusals(raw).values()) <= {"memory_limit", "reader_died"}
    assert sources(raw) == [("events-good.csv", "events"), ("events-z.csv", "events")]


def test_a_parquet_page_that_unpacks_to_too_much_costs_only_itself(
    dump: Path, stage: Stage
) -> None:
    huge = pa.table({"case_id": pa.array(["x" * (64 << 20)] * 2, pa.large_string())})
    pq.write_table(huge, dump / "events-a.parquet", write_statistics=False)
    raw = stage(child_memory=128 << 20)
    assert list(refusals(raw)) == ["events-a.parquet"]
    assert set(refusals(raw).values()) <= {"memory_limit", "reader_died"}
    assert sources(raw) == [("events-good.csv", "events")]


def test_a_file_that_takes_too_much_time_costs_only_itself(
    dump: Path, stage: Stage
) -> None:
    # Tiny steps make this file slow enough to meet the smallest limit.
    (dump / "events-a.csv").write_bytes(GOOD + b"1,aaaaaaaa\n" * 1_500_000)
    (dump / "events-z.csv").write_bytes(GOOD)
    raw = stage(child_cpu_s=1, record_bytes=16)
    assert refusals(raw) == {"events-a.csv": "processor_limit"}
    assert ("events-z.csv", "events") in sources(raw)


@pytest.mark.parametrize("megabytes", [1, 20, 40, 50, 60, 64, 72, 90])
def test_a_memory_cap_however_small_ends_in_a_word_and_not_in_waiting(
    dump: Path, stage: Stage, megabytes: int
) -> None:
    pq.write_table(pa.table({"case_id": ["1"]}), dump / "cases.parquet")
    begin = time.monotonic()
    raw = stage(child_memory=megabytes << 20)
    assert time.monotonic() - begin < 20
    assert set(refusals(raw).values()) <= {"memory_limit", "reader_died"}
    assert len(raw.files) + len(refusals(raw)) == 2


def pipe_job(tmp_path: Path) -> Job:
    """A job on which any parser hangs: nobody ever writes to the pipe."""
    os.mkfifo(tmp_path / "pipe")
    return Job(str(tmp_path / "pipe"), str(tmp_path / "out"), Limits(child_cpu_s=1))


def good_job(tmp_path: Path) -> Job:
    (tmp_path / "good.csv").write_bytes(GOOD)
    return Job(str(tmp_path / "good.csv"), str(tmp_path / "out-good"), Limits())


def test_a_parser_that_is_killed_is_a_refusal_and_the_next_file_is_read(
    tmp_path: Path,
) -> None:
    worker = Child(tmp_path)

    def kill() -> None:
        while worker.pid is None:
            time.sleep(0.01)
        os.kill(worker.pid, signal.SIGKILL)

    threading.Thread(target=kill).start()
    answer = worker.parse(pipe_job(tmp_path))
    assert answer.refused is not None
    assert (answer.refused["reason"], answer.refused["value"]) == (
        "reader_died",
        "SIGKILL",
    )
    assert worker.parse(good_job(tmp_path)).tables[0].read == 1
    worker.close()
    assert worker.pid is None


def test_a_parser_that_hangs_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "GRACE", -1.5)
    worker = Child(tmp_path)
    answer = worker.parse(pipe_job(tmp_path))
    assert answer.refused is not None
    assert answer.refused["reason"] == "reader_timeout"
    worker.close()


def test_a_parser_that_only_waits_is_given_up_long_before_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "IDLE", 2)
    os.mkfifo(tmp_path / "pipe")
    worker = Child(tmp_path)
    answer = worker.parse(Job(str(tmp_path / "pipe"), str(tmp_path / "out"), Limits()))
    assert answer.refused is not None
    assert answer.refused["reason"] == "reader_timeout"
    assert "idle" in answer.refused["value"]
    worker.close()


def test_nothing_of_the_parents_surroundings_reaches_the_parser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "evil"))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "evil" / "json.py"))
    monkeypatch.chdir(tmp_path / "evil")
    worker = Child(tmp_path)
    assert worker.parse(good_job(tmp_path)).refused is None
    worker.close()


def test_the_parent_never_loads_a_parser(dump: Path, tmp_path: Path) -> None:
    text = '<c r="A1" t="inlineStr"><is><t>case_id</t></is></c>'
    name = '<c r="A2" t="inlineStr"><is><t>7</t></is></c>'
    book = sheet(f'<row r="1">{text}</row><row r="2">{name}</row>')
    pack(dump / "events-x.xlsx", parts(book))
    pack(dump / "events-z.zip", {"events.csv": GOOD})
    code = """
import sys
from pathlib import Path
from auditor.read import ReadPlan, read
from auditor.settings import Limits
dump, work = map(Path, sys.argv[1:])
raw = read([dump], None, ReadPlan(("events",)), Limits(), work)
assert [file.read for file in raw.files] == [1, 1, 1], raw.rejects
parsers = {"lxml", "openpyxl", "pyarrow", "gzip", "xml.etree", "numpy"}
ours = {"archive", "book", "delimited", "large", "parquet", "sheettables", "strict"}
ours |= {"text", "unpack", "xes", "xlsx", "zipped"}
parsers |= {f"auditor.read.{name}" for name in ours}
print(sorted(parsers & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, dump, tmp_path / "work"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "[]"


def test_many_files_in_many_processes_give_what_one_gives(
    dump: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        (dump / f"events-{number}.csv").write_bytes(GOOD * (number + 1))
    one = stage()
    monkeypatch.setattr("auditor.read.collect._SMALL", 0)
    many = stage()
    assert [(f.source, f.read, f.sha256) for f in many.files] == [
        (f.source, f.read, f.sha256) for f in one.files
    ]
    assert many.rejects.equals(one.rejects)
    assert pl.read_parquet(many.files[-1].staged).height == 1


def test_copies_and_transcoded_text_are_not_kept(
    dump: Path, tmp_path: Path, stage: Stage
) -> None:
    (dump / "events-gb.csv").write_bytes("case_id,step\n1,受理\n".encode("gb18030"))
    (dump / "events-gz.csv.gz").write_bytes(gzip.compress(GOOD))
    stage()
    left = [path.name for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert sorted(left) == ["0.parquet", "1.parquet", "2.parquet", "worker.log"]

"""What was delivered is accounted for: bytes, lines, records, rejects, rows."""

import json
from dataclasses import replace

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.errors import AuditError
from auditor.read import ReadPlan, collect, read
from auditor.settings import Limits

CASES = "case_id,county_code,customer_type\nA,330101,resident\n"
EVENTS = "title\n\ncase_id,step,finished_at\nA,accept,2022-03-01\nA,accept\n合计,1,\n"


@pytest.fixture
def dump(tmp_path):
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "cases.csv").write_text(CASES)
    (folder / "events.csv").write_bytes(EVENTS.encode("gb18030"))
    made = openpyxl.Workbook()
    made.active.append(["case_id", "step", "finished_at"])
    made.active.append(["A", "energise", "2022-03-09"])
    made.save(folder / "events-2.xlsx")
    columns = {"case_id": ["A"], "step": ["survey"], "finished_at": ["2022-03-03"]}
    pq.write_table(pa.table(columns), folder / "events-3.parquet")
    return folder


def test_the_manifest_accounts_for_every_record_of_every_file(audit, dump, tmp_path):
    out = tmp_path / "run"
    answer = audit("run", dump, "--cutoff", "2022-12-31", "--out", out)
    assert answer.code == 0, answer.err
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    files = {row["file"]: row for row in manifest["accounting"]["files"]}
    assert list(files) == sorted(
        ["cases.csv", "events.csv", "events-2.xlsx!Sheet", "events-3.parquet"]
    )
    told = ("lines", "records", "rejected", "accepted")
    assert [files["events.csv"][key] for key in told] == [6, 4, 3, 1]
    assert [files["events-2.xlsx!Sheet"][key] for key in told] == [None, 1, 0, 1]
    assert [files["events-3.parquet"][key] for key in told] == [None, 1, 0, 1]
    for row in files.values():
        assert row["records"] == row["read"]
        assert row["bytes"] == (dump / row["file"].partition("!")[0]).stat().st_size
    rows = manifest["accounting"]["rows"]["events"]
    assert rows["read"] == sum(
        row["records"] for row in files.values() if row["table"] == "events"
    )
    assert rows["read"] == rows["accepted"] + rows["duplicate"] + rows["rejected"]


def test_books_that_do_not_balance_stop_the_run(dump, tmp_path, monkeypatch):
    real = collect.files_of

    def short(*given):
        return [replace(file, read=file.read - 1) for file in real(*given)]

    monkeypatch.setattr(collect, "files_of", short)
    with pytest.raises(AuditError) as caught:
        read([dump], None, ReadPlan(("cases", "events")), Limits(), tmp_path / "work")
    assert caught.value.code == "AUD113"


def test_a_file_of_nothing_but_bad_rows_is_refused_as_a_whole(dump, tmp_path):
    (dump / "events-4.csv").write_text("case_id,step\n" + "x\n" * 2_000)
    plan, limits = ReadPlan(("cases", "events")), Limits(rejects=1_000)
    raw = read([dump], None, plan, limits, tmp_path / "work")
    refused = raw.rejects.filter(kind="file")
    assert refused.select("source", "reason", "row").rows() == [
        ("events-4.csv", "too_many_rejects", 1_002)
    ]

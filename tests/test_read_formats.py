"""Parquet and XES: values become text exactly, and hostile files are refused."""

import datetime as dt
import gzip
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.frames.staged import texts
from auditor.read import RawTables
from tests.conftest import Stage

WABO = Path(__file__).parents[2] / "shared" / "real" / "wabo-receipt.xes.gz"


def staged(raw: RawTables, table: str) -> pl.DataFrame:
    (file,) = [file for file in raw.files if file.table == table]
    return texts(pl.read_parquet(file.staged))


def refusal(raw: RawTables) -> dict[str, Any]:
    (row,) = raw.rejects.filter(kind="file").rows(named=True)
    return row


def test_parquet_values_become_the_text_a_person_would_write(
    dump: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Spark may have set this; the file would then be written without its zone.
    monkeypatch.delenv("PYARROW_IGNORE_TIMEZONE", raising=False)
    texts = ["2021-03-05T09:00:00", "2021-03-05T09:00:00.120000"]
    stamps = [dt.datetime.fromisoformat(text) for text in texts]
    china = dt.timezone(dt.timedelta(hours=8))
    columns = {
        "text": pa.array(["001", None]),
        "large": pa.array(["a", "b"], pa.large_string()),
        "word": pa.array(["x", "y"]).dictionary_encode(),
        "yes": pa.array([True, False]),
        "whole": pa.array([330100000012345678, 330100000012345679]),
        "unsigned": pa.array([2**64 - 1, 0], pa.uint64()),
        "float": pa.array([160.0, 160.5]),
        "id": pa.array([123456789012.0, 1e-7]),
        "short": pa.array([0.1, 5.0], pa.float32()),
        "money": pa.array([Decimal("160.50"), Decimal("0.00")]),
        "day": pa.array([dt.date(2021, 3, 5), None]),
        "naive": pa.array(stamps, pa.timestamp("us")),
        "milli": pa.array(stamps, pa.timestamp("ms")),
        "nano": pa.array([1614934799999999999, None], pa.timestamp("ns")),
        "aware": pa.array(
            [stamp.replace(tzinfo=china) for stamp in stamps],
            pa.timestamp("us", "Asia/Shanghai"),
        ),
        "nothing": pa.nulls(2),
    }
    pq.write_table(pa.table(columns), dump / "cases.parquet")
    raw = stage()
    assert raw.rejects.is_empty()
    frame = staged(raw, "cases")
    assert frame.row(0) == (
        "001", "a", "x", "true", "330100000012345678", "18446744073709551615", "160",
        "123456789012", "0.1", "160.50", "2021-03-05", "2021-03-05 09:00:00",
        "2021-03-05 09:00:00", "2021-03-05 08:59:59.999999",
        "2021-03-05 01:00:00+00:00", "", 1,
    )  # fmt: skip
    assert frame.row(1) == (
        "", "b", "y", "false", "330100000012345679", "0", "160.5", "0.0000001", "5",
        "0.00", "", "2021-03-05 09:00:00.120000", "2021-03-05 09:00:00.120", "",
        "2021-03-05 01:00:00.120000+00:00", "", 2,
    )  # fmt: skip


def test_a_float_too_large_to_be_an_id_is_emptied_and_logged(
    dump: Path, stage: Stage
) -> None:
    pq.write_table(pa.table({"case_id": [2.0**60, 7.0]}), dump / "cases.parquet")
    raw = stage()
    assert staged(raw, "cases")["case_id"].to_list() == ["", "7"]
    assert raw.rejects["reason"].to_list() == ["precision_lost"]
    assert raw.rejects["value"].to_list() == ["1152921504606847000"]


def test_a_lost_number_of_another_column_is_no_empty_cell(
    dump: Path, stage: Stage
) -> None:
    columns = {"case_id": ["a", "b"], "capacity_kw": [1e300, 160.0]}
    pq.write_table(pa.table(columns), dump / "cases.parquet")
    assert staged(stage(), "cases")["capacity_kw"].to_list() == ["\ufffd1", "160"]


def test_attributes_that_are_not_read_are_counted(dump: Path, stage: Stage) -> None:
    deep = '<string key="x" value="1"><int key="y"><int key="z"/></int></string>'
    text = LOG.replace("<event>", f"<event>{deep}<string/>", 1)
    (dump / "log.xes").write_text(text)
    raw = stage()
    (row,) = raw.rejects.rows(named=True)
    told = (row["kind"], row["reason"], row["value"], row["row"])
    assert told == ("cell", "ignored_attributes", "3", None)


def test_parquet_rows_are_numbered_over_row_groups(dump: Path, stage: Stage) -> None:
    table = pa.table({"case_id": [str(n) for n in range(100_000)]})
    pq.write_table(table, dump / "cases.parquet", row_group_size=999)
    frame = staged(stage(), "cases")
    assert (frame["case_id"].cast(pl.UInt64) + 1 == frame["_row"]).all()


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pa.array([[1]]), "unsupported_column"),
        (pa.array([{"a": 1}]), "unsupported_column"),
        (pa.array([b"x"]), "unsupported_column"),
        (pa.array([dt.time(9)]), "unsupported_column"),
    ],
)
def test_columns_that_are_not_plain_are_refused(
    dump: Path, stage: Stage, column: pa.Array, reason: str
) -> None:
    pq.write_table(pa.table({"case_id": ["1"], "odd": column}), dump / "cases.parquet")
    assert (refusal(stage())["reason"], refusal(stage())["column"]) == (reason, "odd")


def test_parquet_headers_that_stand_twice_are_refused(dump: Path, stage: Stage) -> None:
    table = pa.Table.from_arrays([pa.array(["1"])] * 2, ["case_id", "case_id "])
    pq.write_table(table, dump / "cases.parquet")
    assert refusal(stage())["reason"] == "duplicate_header"


def test_damaged_parquet_is_refused_and_other_files_go_on(
    dump: Path, stage: Stage
) -> None:
    pq.write_table(pa.table({"case_id": ["1"] * 1000}), dump / "cases-1.parquet")
    data = (dump / "cases-1.parquet").read_bytes()
    (dump / "cases-2.parquet").write_bytes(data[: len(data) // 2])
    (dump / "cases-3.parquet").write_bytes(data[:20] + b"\xff" * 40 + data[60:])
    (dump / "cases-4.parquet").write_bytes(b"PAR1PAR1")
    raw = stage()
    assert [file.source for file in raw.files] == ["cases-1.parquet"]
    assert set(raw.rejects["reason"]) == {"bad_parquet"}
    assert raw.rejects.height == 3


def test_the_first_bytes_decide_the_format_not_the_name(
    dump: Path, stage: Stage
) -> None:
    pq.write_table(pa.table({"case_id": ["1"]}), dump / "cases.csv")
    (dump / "events.parquet").write_bytes(b"case_id,step\n1,a\n")
    (dump / "cases-x.xlsx").write_bytes(b"PK\x03\x04rest")
    (dump / "cases-y.xls").write_bytes(b"\xd0\xcf\x11\xe0rest")
    (dump / "cases-z.xls").write_bytes(b"<html><table>")
    raw = stage()
    assert [(file.source, file.format) for file in raw.files] == [
        ("cases.csv", "parquet"),
        ("events.parquet", "csv"),
    ]
    reasons = ["bad_zip", "unsupported_format", "html_table"]
    assert raw.rejects["reason"].to_list() == reasons


LOG = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
  <!-- <trace><event/></trace> -->
  <trace>
    <string key="concept:name" value="c1"/>
    <string key="county" value="330102"><string key="name" value="上城"/></string>
    <event><string key="concept:name" value="受理"/>
      <date key="time:timestamp" value="2021-03-05T09:00:00.000+08:00"/></event>
    <event><string key="concept:name" value="送电"/><int key="round" value="1"/></event>
  </trace>
  <trace>
    <event><string key="concept:name" value="受理"/></event>
    <string key="concept:name" value="c2"/><float key="kw" value="160.0"/>
  </trace>
</log>
"""


def test_an_xes_log_becomes_cases_and_events(dump: Path, stage: Stage) -> None:
    (dump / "log.xes").write_text(LOG)
    raw = stage()
    assert raw.rejects.is_empty()
    assert [(file.table, file.records, file.read) for file in raw.files] == [
        ("cases", 2, 2),
        ("events", 3, 3),
    ]
    assert len({file.sha256 for file in raw.files}) == 1
    cases = staged(raw, "cases")
    assert cases.columns == ["concept:name", "county", "county:name", "kw", "_row"]
    assert cases.rows() == [("c1", "330102", "上城", "", 1), ("c2", "", "", "160.0", 2)]
    events = staged(raw, "events")
    assert events.columns == [
        "case:concept:name", "concept:name", "time:timestamp", "round", "_row",
    ]  # fmt: skip
    assert events.row(0) == ("c1", "受理", "2021-03-05T09:00:00.000+08:00", "", 1)
    assert events.row(2) == ("c2", "受理", "", "", 3)


def test_an_xes_log_is_known_by_its_bytes_and_may_be_packed(
    dump: Path, stage: Stage
) -> None:
    (dump / "events.csv").write_bytes(gzip.compress(LOG.encode()))
    raw = stage()
    assert [(file.table, file.format) for file in raw.files] == [
        ("cases", "xes"),
        ("events", "xes"),
    ]


def test_an_xes_log_in_gb18030_is_decoded_as_it_declares(
    dump: Path, stage: Stage
) -> None:
    text = LOG.replace("UTF-8", "GB18030")
    (dump / "log.xes").write_bytes(text.encode("gb18030"))
    assert staged(stage(), "events")["concept:name"].to_list() == [
        "受理",
        "送电",
        "受理",
    ]


@pytest.mark.skipif(not WABO.exists(), reason="the shared real logs are not here")
def test_the_real_log_has_the_cases_and_events_that_others_counted(
    dump: Path, stage: Stage
) -> None:
    shutil.copy(WABO, dump)
    raw = stage()
    assert [(file.table, file.records, file.read) for file in raw.files] == [
        ("cases", 1434, 1434),
        ("events", 8577, 8577),
    ]
    assert raw.rejects.is_empty()
    cases = staged(raw, "cases")
    assert cases["concept:name"].n_unique() == 1434
    assert (cases["enddate"] == "").sum() == 105


SECRET = """<?xml version="1.0"?><!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<log><trace><string key="concept:name" value="c1"/><event/></trace></log>"""
LAUGHS = """<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "h"><!ENTITY b "&a;&a;&a;">]>
<log><trace><string key="concept:name" value="&b;"/></trace></log>"""


@pytest.mark.parametrize(
    "text", [SECRET, LAUGHS, SECRET.lower().replace("entity", "ENTITY")]
)
def test_a_doctype_anywhere_is_refused(dump: Path, stage: Stage, text: str) -> None:
    (dump / "log.xes").write_text(text)
    assert refusal(stage())["reason"] in {"doctype", "bad_xml"}


def test_a_doctype_in_another_encoding_is_refused(dump: Path, stage: Stage) -> None:
    (dump / "log.xes").write_bytes(SECRET.encode("utf-16"))
    assert refusal(stage())["reason"] in {"doctype", "utf_16"}
    head = b'<?xml version="1.0" encoding="UTF-7"?>'
    (dump / "log.xes").write_bytes(head + SECRET[21:].encode("utf-7"))
    assert refusal(stage())["reason"] in {"doctype", "bad_xml"}


def test_a_truncated_log_is_refused_with_its_line(dump: Path, stage: Stage) -> None:
    (dump / "log.xes").write_text(LOG[: LOG.rindex("</trace>")])
    row = refusal(stage())
    assert (row["reason"], row["row"]) == ("bad_xml", 15)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<?xml version='1.0'?><html/>", "not_xes"),
        ("<log><trace><trace/></trace></log>", "nested_trace"),
        ("<log>" + "<list>" * 90 + "</list>" * 90 + "</log>", "too_deep"),
        ("<log><trace><string key='_row' value='1'/></trace></log>", "reserved_header"),
    ],
)
def test_logs_of_the_wrong_shape_are_refused(
    dump: Path, stage: Stage, text: str, reason: str
) -> None:
    (dump / "log.xes").write_text(text)
    assert refusal(stage())["reason"] == reason


def test_an_attribute_that_comes_twice_has_no_value(dump: Path, stage: Stage) -> None:
    text = LOG.replace('key="county" value="330102">', 'key="concept:name" value="c9">')
    (dump / "log.xes").write_text(text)
    raw = stage()
    assert staged(raw, "cases")["concept:name"].to_list() == ["", "c2"]
    (row,) = raw.rejects.rows(named=True)
    assert (row["kind"], row["reason"], row["row"], row["table"], row["value"]) == (
        "cell", "duplicate_attribute", 1, "cases", "c9",
    )  # fmt: skip


def test_an_event_outside_every_trace_is_rejected(dump: Path, stage: Stage) -> None:
    (dump / "log.xes").write_text(LOG.replace("</log>", "<event/></log>"))
    raw = stage()
    (row,) = raw.rejects.rows(named=True)
    assert (row["kind"], row["reason"], row["table"]) == (
        "row",
        "event_outside_trace",
        "events",
    )
    assert [(file.records, file.read) for file in raw.files] == [(2, 2), (4, 3)]


def test_columns_that_appear_late_are_empty_before(dump: Path, stage: Stage) -> None:
    traces = [
        f'<trace><string key="concept:name" value="{n}"/>'
        + ('<string key="late" value="x"/>' if n == 39_999 else "")
        + "</trace>"
        for n in range(40_000)
    ]
    (dump / "log.xes").write_text("<log>" + "".join(traces) + "</log>")
    cases = staged(stage(), "cases")
    assert cases["concept:name"].to_list() == [str(n) for n in range(40_000)]
    assert cases["late"].to_list() == [""] * 39_999 + ["x"]
    assert cases["_row"].to_list() == list(range(1, 40_001))

"""Stamps of a Parquet file mean what their text would mean, cell by cell."""

import datetime as dt
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from auditor.clean import clean, read_plan
from auditor.pack import load_pack
from auditor.read import read
from auditor.settings import Limits

PACK = load_pack()
DAY = dt.date(2021, 3, 5)
at = dt.datetime.fromisoformat
STAMPS = [
    at("2021-03-05T00:00:00"),
    at("2021-03-05T23:59:59.999999"),
    at("1989-12-31T23:59:00"),
    at("1990-01-01T00:00:00"),
    at("2100-12-31T23:59:59"),
    at("2101-01-01T00:00:00"),
    at("0001-01-01T00:00:00"),
    at("9999-12-31T12:00:00"),
    None,
]


def events(unit: str, stamps: list) -> pa.Table:
    ids = [f"A{number}" for number in range(len(stamps))]
    step = ["accept"] * len(ids)
    kind = pa.date32() if unit == "day" else pa.timestamp(unit)
    columns = {"case_id": ids, "step": step, "started_at": pa.array(stamps, kind)}
    return pa.table(columns)


def as_written(table: pa.Table) -> pa.Table:
    """Write every stamp as text, as any other exporter would."""
    column = table.column("started_at")
    text = pc.cast(column, pa.string())
    text = pc.replace_substring_regex(text, r"\.0+$", "")
    return table.set_column(2, "started_at", text)


def tables(folder: Path, **files: pa.Table):
    dump, work = folder / "dump", folder / "work"
    dump.mkdir(parents=True)
    ids = sorted({i for t in files.values() for i in t.column("case_id").to_pylist()})
    cases = {"case_id": ids, "county_code": ["1"] * len(ids)}
    cases |= {"customer_type": ["resident"] * len(ids)}
    pq.write_table(pa.table(cases), dump / "cases.parquet")
    for name, table in files.items():
        pq.write_table(table, dump / f"events-{name}.parquet")
    raw = read((dump,), None, read_plan(None, PACK), Limits(), work)
    return clean(raw, None, PACK, work)


@pytest.mark.parametrize("unit", ["day", "ms", "us", "ns"])
def test_a_stamp_is_what_its_text_is(tmp_path, unit):
    stamps = [s and s.date() for s in STAMPS] if unit == "day" else STAMPS
    if unit == "ms":
        stamps = [
            s and s.replace(microsecond=s.microsecond // 1000 * 1000) for s in stamps
        ]
    if unit == "ns":
        stamps = [s for s in stamps if s is None or 1700 < s.year < 2200]
    typed = events(unit, stamps)
    given = {"typed": typed, "text": as_written(typed)}
    one, other = (tables(tmp_path / k, events=v) for k, v in given.items())
    assert one.parts[0].load("events").equals(other.parts[0].load("events"))
    assert one.rejects.equals(other.rejects)
    assert one.rejects.height == (2 if unit == "ns" else 4)
    assert one.accounting == other.accounting


def test_a_stamp_that_no_calendar_has_is_rejected_and_stops_nothing(tmp_path):
    for unit in ("ms", "us", "ns"):
        table = events("us", [None] * 3)
        numbers = pa.array([2**63 - 1, -(2**63) + 1, 0], pa.int64())
        stamps = numbers.view(pa.timestamp(unit))
        found = tables(
            tmp_path / unit, events=table.set_column(2, "started_at", stamps)
        )
        reasons = found.rejects.get_column("reason").to_list()
        assert reasons == ["unreadable_date"] * 3
    days = pa.array([2**31 - 1, -(2**31), 20_210_301], pa.int32()).view(pa.date32())
    found = tables(tmp_path / "day", events=table.set_column(2, "started_at", days))
    assert found.rejects.height == 3


def test_a_row_is_a_duplicate_of_its_like_in_stamps_and_in_text(tmp_path):
    typed = events("us", [at("2021-03-05T08:00:00"), None])
    text = as_written(typed)
    for name, files in {
        "both": {"a": typed, "b": text},
        "stamps": {"a": typed, "b": typed},
        "units": {"a": typed, "b": events("ms", typed.column(2).to_pylist())},
    }.items():
        found = tables(tmp_path / name, **files)
        assert found.accounting["events"]["duplicate"] == 2, name


def test_a_stamp_in_a_column_of_text_is_its_text(tmp_path):
    table = events("us", [at("2021-03-05T08:00:00")])
    named = table.append_column("operator", table.column("started_at"))
    found = tables(tmp_path, events=named).parts[0].load("events")
    assert found.select("operator").item() == "2021-03-05 08:00:00"


def test_a_total_line_among_stamps_is_set_aside(tmp_path):
    table = pa.table(
        {
            "case_id": ["A0", "合计"],
            "step": ["accept", ""],
            "started_at": pa.array(
                [at("2021-03-05T00:00:00"), None], pa.timestamp("us")
            ),
            "round": ["1", "12"],
        }
    )
    found = tables(tmp_path, events=table)
    assert found.rejects.select("reason", "row").rows() == [("total_line", 2)]
    assert found.parts[0].load("events").get_column("started_at").to_list() == [DAY]


def test_a_stamp_before_1970_is_never_rounded_into_the_next_day(tmp_path):
    late = at("1995-12-31T23:59:59.999999")
    found = tables(tmp_path, events=events("us", [late])).parts[0].load("events")
    row = found.select(pl.col("started_at"), pl.col("started_at_tod")).row(0)
    assert row == (dt.date(1995, 12, 31), 86_399)

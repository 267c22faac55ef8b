"""Large plain Parquet is handed on as delivered, and says what a careful copy says."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from auditor.clean import clean, read_plan
from auditor.frames.staged import scan_staged, texts
from auditor.read import read
from auditor.read.delivered import LARGE
from auditor.settings import Limits
from tests.raws import PACK, loaded, refusals

CAREFUL = Limits(child_memory=(1 << 30) - 1)  # too little to hold both decoders
ROWS = 60_000
COUNTIES = ["330101", " 330102", None, "", "330103"]


def noise(count: int, width: int = 140) -> list[str]:
    """Return text that no packer shortens much, so that a file is large."""
    draw = random.Random(37)
    return [f"{draw.getrandbits(4 * width):0{width}x}" for _ in range(count)]


def plain_cases(count: int = ROWS) -> dict[str, pa.Array]:
    """Return columns of every type that may stay as it is, with odd values."""
    draw = random.Random(7)
    number = [0.0, -0.0, 1e-7, 0.1 + 0.2, 160.0, 2.0**53, 1 / 3, None, -12.5, 1e-200]
    stamp = datetime.fromisoformat("2021-03-01 09:30")
    return {
        "case_id": pa.array([f"C{n:07}" for n in range(count)]),
        "county_code": pa.array(
            ["330101", " 330102", None, "", "330103"] * (count // 5)
        ),
        "customer_type": pa.array(["resident", "hv", "nobody", None] * (count // 4)),
        "three_zero": pa.array([True, False, None] * (count // 3)),
        "source_count": pa.array([1, 2, None, 77] * (count // 4), pa.int16()),
        "capacity_kw": pa.array(number * (count // 10)),
        "user_cost_yuan": pa.array([12, None, 0, -3] * (count // 4), pa.int64()),
        "micro_small": pa.array([1, 0, None, 5] * (count // 4), pa.int32()),
        "energised_at": pa.array(
            [stamp + timedelta(seconds=draw.randrange(10**8)) for _ in range(count)],
            pa.timestamp("ms"),
        ),
        "withdrawn_at": pa.array(
            [date(1989, 12, 31), date(2022, 2, 28), None] * (count // 3), pa.date32()
        ),
        "extra": pa.array(noise(count)),
    }


def plain_events(count: int = ROWS) -> dict[str, pa.Array]:
    return {
        "case_id": pa.array([f"C{n // 2:07}" for n in range(count)]),
        "step": pa.array(["accept", "", "energise"] * (count // 3)),
        "started_at": pa.array([date(2021, 3, 1)] * count).cast(pa.timestamp("us")),
        "operator": pa.array(noise(count)),
    }


def read_it(folder: Path, *, limits: Limits = Limits(), **tables):  # noqa: B008
    dump, work = folder / "dump", folder / f"work{limits.child_memory}"
    dump.mkdir(parents=True, exist_ok=True)
    work.mkdir()
    for name, table in tables.items():
        made = table if isinstance(table, pa.Table) else pa.table(table)
        pq.write_table(made, dump / f"{name}.parquet", compression="zstd")
    raw = read((dump,), None, read_plan(None, PACK), limits, work)
    return raw, work


def is_as_delivered(raw, folder: Path, table: str = "cases") -> bool:
    file = next(file for file in raw.files if file.table == table)
    return (
        file.staged.read_bytes() == (folder / "dump" / f"{table}.parquet").read_bytes()
    )


def test_a_plain_file_says_as_delivered_what_its_careful_copy_says(tmp_path):
    made = {"cases": plain_cases(), "events": plain_events()}
    # Twice the same case, word for word; and a negative zero for a zero.
    first = pa.table(made["cases"])
    again = first.slice(0, 10)
    power = again["capacity_kw"]
    turned = pc.if_else(pc.equal(power, 0.0), -0.0, power)
    at = again.schema.get_field_index("capacity_kw")
    again = again.set_column(at, "capacity_kw", turned)
    made["cases"] = pa.concat_tables([first, again])
    told = {}
    for limits in (Limits(), CAREFUL):
        raw, work = read_it(tmp_path, limits=limits, **made)
        assert is_as_delivered(raw, tmp_path) == (limits is not CAREFUL)
        assert is_as_delivered(raw, tmp_path, "events") == (limits is not CAREFUL)
        same = [texts(scan_staged(file.staged).collect()) for file in raw.files]
        tables = clean(raw, None, PACK, work, 3)
        books = [replace(file, staged=Path()) for file in raw.files]
        told[limits] = (books, same, tables)
    (books, same, tables), (books2, same2, tables2) = told.values()
    assert books == books2
    for one, two in zip(same, same2, strict=True):
        number = pl.col("_row").cast(pl.UInt64)
        assert (
            one.with_columns(pl.exclude("_row").fill_null(""), number)
            .select(two.columns)
            .equals(two)
        )
    for name in ("cases", "events"):
        one, two = loaded(tables, name), loaded(tables2, name)
        assert [n for n in one.columns if not one[n].equals(two[n])] == []
    assert tables.rejects.equals(tables2.rejects)
    assert tables.accounting == tables2.accounting
    assert tables.accounting["cases"]["duplicate"] == 10
    assert tables.copies.equals(tables2.copies)
    assert tables.notes.equals(tables2.notes)


def put(column: str, value: object, kind: pa.DataType | None = None):
    """Return a change of one cell in the midst of a table."""

    def change(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index(column)
        cells = table[column].to_pylist()
        cells[ROWS // 2] = value
        return table.set_column(at, column, pa.array(cells, kind or table[column].type))

    return change


def retyped(column: str, kind: pa.DataType):
    def change(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index(column)
        return table.set_column(at, column, table[column].cast(kind))

    return change


ODD = {
    "a total": put("case_id", "合计"),
    "a total behind an empty cell": lambda t: put("county_code", "总计")(
        put("case_id", None)(t)
    ),
    "the header again": put("case_id", "case_id"),
    "a cell too long": put("extra", "x" * 70_000),
    "no number": put("capacity_kw", float("nan")),
    "a number that may be a damaged id": put("capacity_kw", 2.0**60),
    "a number too small to be written out": put("capacity_kw", 5e-324),
    "numbers of half the precision": retyped("user_cost_yuan", pa.float32()),
    "numbers without a sign": retyped("source_count", pa.uint64()),
    "stamps with a zone": retyped("energised_at", pa.timestamp("ms", "UTC")),
    "nanoseconds": retyped("energised_at", pa.timestamp("ns")),
    "a dictionary": retyped("extra", pa.dictionary(pa.int32(), pa.string())),
    "a header with blanks": lambda t: t.rename_columns(
        [*t.column_names[:-1], " extra "]
    ),
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD.keys())
def test_what_needs_care_is_copied(tmp_path, change):
    table = change(pa.table(plain_cases()))
    raw, _ = read_it(tmp_path, cases=table, events=plain_events(3))
    assert not is_as_delivered(raw, tmp_path)
    cases = raw.files[0]
    rejected = raw.rejects.filter(kind="row").height
    assert cases.read == scan_staged(cases.staged).collect().height == ROWS - rejected


def test_a_footer_that_calls_rows_sorted_is_not_believed(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    table = pa.table(plain_cases())
    sorting = [pq.SortingColumn(2)]
    pq.write_table(table, dump / "cases.parquet", sorting_columns=sorting)
    raw, _ = read_it(tmp_path, events=plain_events(3))
    assert not is_as_delivered(raw, tmp_path)


def test_a_footer_that_lies_about_values_hides_no_row(tmp_path):
    truth, _ = read_it(tmp_path / "true", cases=plain_cases(), events=plain_events())
    path = tmp_path / "false" / "dump" / "events.parquet"
    path.parent.mkdir(parents=True)
    data = (tmp_path / "true" / "dump" / "events.parquet").read_bytes()
    last = f"C{(ROWS - 1) // 2:07}".encode()
    footer = len(data) - 4000
    assert last in data[footer:]
    path.write_bytes(data[:footer] + data[footer:].replace(last, b"C0000001"))
    raw, work = read_it(tmp_path / "false", cases=plain_cases())
    assert is_as_delivered(raw, tmp_path / "false", "events")
    tables = clean(raw, None, PACK, work, 4)
    whole = clean(truth, None, PACK, work, 1)
    assert loaded(tables, "events").equals(loaded(whole, "events"))


@pytest.mark.parametrize("kind", ["torn text", "a torn page"])
def test_bytes_that_are_no_data_refuse_the_file(tmp_path, kind):
    dump = tmp_path / "dump"
    dump.mkdir()
    columns = plain_cases()
    if kind == "torn text":
        torn = pa.array([b"\xff\xfe" + bytes(38)] * ROWS, pa.binary())
        columns["area"] = pa.Array.from_buffers(pa.string(), ROWS, torn.buffers())
    path = dump / "cases.parquet"
    pq.write_table(pa.table(columns), path, write_page_checksum=True)
    if kind == "a torn page":
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    assert path.stat().st_size > LARGE
    raw, _ = read_it(tmp_path, events=plain_events(3))
    assert refusals(raw) == {"cases.parquet": "bad_parquet"}

"""A zip of files: one level, within limits, each member by its own name."""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.frames import FileRule
from tests.raws import refusals
from tests.workbooks import pack, parts, sheet, zipped

CSV = "case_id,step\n1,受理\n"
LOG = (
    '<log><trace><string key="concept:name" value="c"/><event>'
    '<string key="concept:name" value="e"/></event></trace></log>'
)


@pytest.fixture
def dump(dump: Path) -> Path:
    (dump / "events-good.csv").write_text(CSV)
    return dump


def workbook(path: Path) -> bytes:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{a}</t></is></c>'
        f'<c r="B{n}" t="inlineStr"><is><t>{b}</t></is></c></row>'
        for n, (a, b) in enumerate((("case_id", "step"), ("9", "x")), 1)
    )
    return pack(path, parts(sheet(rows))).read_bytes()


def table() -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table({"case_id": ["1"]}), target)
    return target.getvalue()


def test_every_format_may_come_in_a_zip(dump, stage, tmp_path):
    files = {
        "dump/": b"",
        "dump/events-1.csv": CSV.encode("gb18030"),
        "dump/events-2.csv.gz": gzip.compress(CSV.encode()),
        "cases.parquet": table(),
        "log.xes": LOG.encode(),
        "events-3.xlsx": workbook(tmp_path / "book"),
    }
    (dump / "all.zip").write_bytes(zipped(files))
    raw = stage()
    assert refusals(raw) == {}
    assert [(f.source, f.table, f.format, f.read) for f in raw.files] == [
        ("all.zip/dump/events-1.csv", "events", "csv", 1),
        ("all.zip/dump/events-2.csv.gz", "events", "csv", 1),
        ("all.zip/cases.parquet", "cases", "parquet", 1),
        ("all.zip/log.xes", "cases", "xes", 1),
        ("all.zip/log.xes", "events", "xes", 1),
        ("all.zip/events-3.xlsx!S1", "events", "xlsx", 1),
        ("events-good.csv", "events", "csv", 1),
    ]
    assert pl.read_parquet(raw.files[0].staged).rows() == [("1", "受理", 2)]
    assert len({f.sha256 for f in raw.files}) == 2
    left = [path.name for path in (tmp_path / "work" / "in").iterdir()]
    assert left == []


def test_names_from_a_chinese_machine_are_read_as_they_were_meant(dump, stage):
    data = zipped({"AAAAAAAA.csv": CSV.encode()})
    name = "业扩工单".encode("gb18030")
    (dump / "x.zip").write_bytes(data.replace(b"AAAAAAAA", name))
    raw = stage(FileRule("业扩*.csv", "events"))
    assert [f.source for f in raw.files] == ["events-good.csv", "x.zip/业扩工单.csv"]


def test_a_member_whose_name_tells_nothing_goes_by_the_archive_s(dump, stage):
    (dump / "events.zip").write_bytes(zipped({"2021-03.csv": CSV.encode()}))
    (dump / "x.zip").write_bytes(zipped({"2021-03.csv": CSV.encode()}))
    raw = stage()
    assert [f.source for f in raw.files] == [
        "events-good.csv",
        "events.zip/2021-03.csv",
    ]
    assert refusals(raw) == {"x.zip/2021-03.csv": "unknown_table"}


@pytest.mark.parametrize(
    "name",
    [
        "../events.csv",
        "/events.csv",
        "a/../../events.csv",
        "C:events.csv",
        "..\\events.csv",
    ],
)
def test_a_name_that_leaves_the_archive_is_refused_and_others_are_read(
    dump, stage, name
):
    data = {name: CSV.encode(), "events-1.csv": CSV.encode()}
    (dump / "x.zip").write_bytes(zipped(data))
    raw = stage()
    assert list(refusals(raw).values()) == ["unsafe_name"]
    assert len(raw.files) == 2


def test_a_link_in_an_archive_is_refused(dump, stage):
    link = zipfile.ZipInfo("events.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(dump / "x.zip", "w") as out:
        out.writestr(link, "/etc/passwd")
    assert refusals(stage()) == {"x.zip/events.csv": "refused_link"}


def test_only_one_level_is_opened(dump, stage):
    inner = zipped({"events.csv": CSV.encode()})
    (dump / "x.zip").write_bytes(zipped({"events.zip": inner, "in.zip": inner}))
    assert refusals(stage()) == {
        "x.zip/events.zip": "nested_archive",
        "x.zip/in.zip": "nested_archive",
    }


def test_a_bomb_inside_a_member_counts_against_the_archive(dump, stage):
    bomb = gzip.compress(bytes(30 << 20))
    (dump / "x.zip").write_bytes(zipped({"events.csv.gz": bomb}))
    assert refusals(stage()) == {"x.zip/events.csv.gz": "unpacked_too_large"}
    ten = gzip.compress(CSV.encode() + b"1,aaaaaaaa\n" * 900_000)
    several = {f"events-{n}.csv.gz": ten for n in range(3)}
    (dump / "x.zip").write_bytes(zipped(several))
    assert refusals(stage(ratio=1)) == {
        "x.zip/events-1.csv.gz": "unpacked_too_large",
        "x.zip/events-2.csv.gz": "unpacked_too_large",
    }


def test_archives_that_are_unsound_are_refused_as_a_whole(dump, stage):
    good = zipped({"events.csv": CSV.encode()})
    (dump / "a.zip").write_bytes(good[:-10])
    (dump / "b.zip").write_bytes(b"PK\x03\x04" + good[4:40] + bytes(30) + good[40:])
    with zipfile.ZipFile(dump / "c.zip", "w") as out:
        out.writestr("events.csv", CSV)
        with pytest.warns(UserWarning):
            out.writestr("events.csv", CSV)
    (dump / "d.zip").write_bytes(zipped({f"{n}.csv": b"x" for n in range(30)}))
    (dump / "e.zip").write_bytes(zipped({}))
    told = refusals(stage(zip_entries=20))
    assert told == {
        "a.zip": "bad_zip",
        "b.zip": "bad_zip",
        "c.zip": "duplicate_entry",
        "d.zip": "too_many_entries",
        "e.zip": "empty_file",
    }


def test_entries_that_share_bytes_are_refused(dump, stage):
    data = bytearray(
        zipped({"events-1.csv": CSV.encode(), "events-2.csv": CSV.encode()})
    )
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, second + 42, 0)  # both entries begin at the first byte
    (dump / "x.zip").write_bytes(data)
    assert refusals(stage()) == {"x.zip": "bad_zip"}


def test_a_damaged_member_costs_only_itself(dump, stage):
    data = bytearray(
        zipped({"events-1.csv": CSV.encode(), "events-2.csv": CSV.encode()})
    )
    data[45] ^= 0xFF
    (dump / "x.zip").write_bytes(data)
    raw = stage()
    assert refusals(raw) == {"x.zip/events-1.csv": "bad_zip"}
    assert [f.source for f in raw.files] == ["events-good.csv", "x.zip/events-2.csv"]

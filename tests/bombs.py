"""Files made to exhaust whoever opens them, each built small and fast."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.workbooks import NS, pack, parts, relations, sheet, zipped

MB = 1 << 20
HEAD = b"case_id,step\n"
LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)
)
XXE = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>"
TRACE = "<log><trace><string key='concept:name' value='%s'/><event/></trace></log>"


def packed(data: bytes, times: int, level: int = 1) -> bytes:
    """gzip of a repeated text without ever holding it."""
    target = io.BytesIO()
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=level) as out:
        for _ in range(times):
            out.write(data)
    return target.getvalue()


def overlapping() -> bytes:
    """Five hundred entries of the directory that share the bytes of one file."""
    data = zipped({"events.csv": bytes(10 * MB)})
    at = data.index(b"PK\x01\x02")
    entry = data[at : data.index(b"PK\x05\x06")]
    names = [b"events%03d" % n for n in range(500)]
    entries = b"".join(entry.replace(b"events.csv", name) for name in names)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 500, 500, len(entries), at, 0)
    return data[:at] + entries + end


def lying(size: int) -> bytes:
    """An archive whose directory says that its member is small."""
    data = bytearray(zipped({"events.csv": bytes(100 * MB)}))
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, size)
    return bytes(data)


def many_entries(count: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as out:
        for number in range(count):
            out.writestr(zipfile.ZipInfo(f"{number}"), b"")
    return target.getvalue()


def book(*sheets: str, **given: str) -> bytes:
    path = Path("/dev/shm" if Path("/dev/shm").is_dir() else ".") / "bomb.xlsx"
    try:
        return pack(path, {**parts(*sheets), **given}).read_bytes()
    finally:
        path.unlink(missing_ok=True)


def table(columns: dict[str, object], **options: object) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target, **options)
    return target.getvalue()


def forged(value: int) -> bytes:
    """Parquet whose footer tells another number of rows wherever it tells it."""
    data = table({"case_id": [str(n) for n in range(1_000)]}, use_dictionary=False)
    true, false = _varint(1_000), _varint(value)
    size = struct.unpack("<L", data[-8:-4])[0]
    footer = data[-8 - size : -8].replace(true, false)
    return data[: -8 - size] + footer + struct.pack("<L", len(footer)) + b"PAR1"


def _varint(value: int) -> bytes:
    number, out = value << 1, b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def repeated() -> bytes:
    """Twelve megabytes of text, a million times over, in a few kilobytes."""
    text = pa.DictionaryArray.from_arrays(
        pa.array([0] * 1_000_000, pa.int32()), pa.array(["x" * (12 * MB)])
    )
    return table({"case_id": text}, compression="zstd")


def wide(count: int) -> bytes:
    return ",".join(f"c{n}" for n in range(count)).encode() + b"\n"


def row(cells: str) -> str:
    return sheet(f'<row r="1">{cells}</row>')


INLINE = '<c r="{0}" t="inlineStr"><is><t>x</t></is></c>'
TALL = "".join(
    f'<row r="{n}"><c r="AZ{n}"><v>1</v></c></row>' for n in range(2, 60_000)
)
NAMED = (
    '<row r="1">'
    + "".join(
        f'<c r="{name}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for name in (a + b for a in ("", "A") for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    )
    + "</row>"
)
MERGED = '<mergeCells><mergeCell ref="A2:AY1048576"/></mergeCells>'
SHEET = '<sheet name="{0}" x:id="r1" xmlns:x="y"/>'
FAR = row(INLINE.format("A1") + INLINE.format("B1") + INLINE.format("XFD1"))

BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "one line of 200 MB": ("events-x.csv", lambda: b"x" * (200 * MB)),
    "200 MB of zeros": ("events-x.csv", lambda: bytes(200 * MB)),
    "a quoted cell of 150 MB": (
        "events-x.csv", lambda: HEAD + b'1,"' + b"x\n" * (75 * MB)),
    "a million open quotes": ("events-x.csv", lambda: HEAD + b'1,"a\n' * 400_000),
    "200,000 columns": ("events-x.csv", lambda: wide(200_000)),
    "ten million blank lines": ("events-x.csv", lambda: b"\n" * (10 * MB)),
    "gzip of a gigabyte of zeros": ("events-x.csv.gz", lambda: packed(bytes(MB), 1024)),
    "gzip of one endless line": ("events-x.csv.gz", lambda: packed(b"y" * MB, 1024)),
    "gzip in gzip": ("events-x.csv.gz", lambda: gzip.compress(packed(bytes(MB), 64))),
    "zip of 400 MB of zeros": ("events-x.zip", lambda: zipped({"a": bytes(400 * MB)})),
    "zip whose size lies": ("events-x.zip", lambda: lying(1_000)),
    "zip of overlapping entries": ("events-x.zip", overlapping),
    "zip of 20,000 entries": ("events-x.zip", lambda: many_entries(20_000)),
    "zip in zip in zip": (
        "events-x.zip",
        lambda: zipped({"a.zip": zipped({"b.zip": zipped({"c": bytes(MB)})})})),
    "zip of a gzip bomb": (
        "events-x.zip", lambda: zipped({"events.csv.gz": packed(bytes(MB), 1024)})),
    "the farthest cell of a sheet": ("events-x.xlsx", lambda: book(FAR)),
    "a workbook of shared texts": (
        "events-x.xlsx",
        lambda: book(row(""), **{"xl/sharedStrings.xml": "<sst>" + "<si/>" * 30 * MB})),
    "a workbook that laughs": (
        "events-x.xlsx",
        lambda: book(row(""), **{"xl/workbook.xml": f"{LAUGHS}]><workbook>&a9;"})),
    "a workbook that reads another file": (
        "events-x.xlsx", lambda: book(f"{XXE}]><worksheet>&a;</worksheet>")),
    "a workbook of deep elements": (
        "events-x.xlsx", lambda: book(f'<worksheet xmlns="{NS}">' + "<a>" * 300_000)),
    "a workbook of 5,000 sheets": (
        "events-x.xlsx",
        lambda: book(
            row(""),
            **{
                "xl/workbook.xml": f'<workbook xmlns="{NS}">'
                + "".join(SHEET.format(n) for n in range(5_000))
                + "</workbook>",
                "xl/_rels/workbook.xml.rels": relations(("r1", "worksheet", "a.xml")),
            })),
    "a range merged over three million cells": (
        "events-x.xlsx", lambda: book(sheet(NAMED + TALL, MERGED))),
    "parquet that claims 2^31 rows": ("events-x.parquet", lambda: forged(2**31)),
    "parquet that claims 2^60 rows": ("events-x.parquet", lambda: forged(2**60)),
    "parquet that claims no row": ("events-x.parquet", lambda: forged(0)),
    "parquet of one long text a million times": ("events-x.parquet", repeated),
    "parquet of 20,000 columns": (
        "events-x.parquet", lambda: table({f"c{n}": ["x"] for n in range(20_000)})),
    "parquet whose footer is huge": (
        "events-x.parquet", lambda: b"PAR1" + bytes(99) + b"\xff\xff\xff\x7fPAR1"),
    "a log that laughs": ("x.xes", lambda: f"{LAUGHS}]>{TRACE % '&a9;'}".encode()),
    "a log that reads another file": (
        "x.xes", lambda: f"{XXE}]>{TRACE % '&a;'}".encode()),
    "a log of 200,000 levels": ("x.xes", lambda: b"<log>" + b"<list>" * 200_000),
    "an attribute of 12 MB": ("x.xes", lambda: (TRACE % ("x" * 12 * MB)).encode()),
    "gzip of a log without end": (
        "x.xes.gz", lambda: packed(b"<log>" + b"<event/>" * (MB // 8), 400, 9)),
    "an old workbook of 100 MB": (
        "events-x.xls", lambda: b"\xd0\xcf\x11\xe0" + bytes(100 * MB)),
}  # fmt: skip

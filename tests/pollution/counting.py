"""Count what was delivered and what came out, with the standard library alone."""

import gzip
import hashlib
import json
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"), (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
LADDER = ("utf-8", "gb18030")
QUOTE = '"'
DELIMITERS = (",", ";", "\t", "|")
ENDS = ("", "\n", "\r", *DELIMITERS)
STRAY = ("\x85", "\u2028", "\u2029")


@dataclass(frozen=True)
class Counted:
    """The bytes of a delivered file; ``text`` is None where it has no reading.

    ``records`` counts those of the grammar without the first, which names columns;
    ``nonblank`` the lines with a character in them, without the first. ``stray`` are
    line ends to other programs: each may make two rejected rows of one.
    """

    sha256: str
    size: int
    text: str | None
    lines: int = 0
    nonblank: int = 0
    records: int | None = None
    stray: int = 0

    @property
    def allowed(self) -> set[int]:
        """How many records an honest reader may tell of."""
        least = self.nonblank if self.records is None else self.records
        # Lines inside a quoted cell are rows of their own where rows hide in it.
        return {least, least + self.stray, self.nonblank}


def count(data: bytes) -> Counted:
    sha256, size = hashlib.sha256(data).hexdigest(), len(data)
    text = readable(data)
    if not text:
        return Counted(sha256, size, None)
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    nonblank = sum(bool(line.strip("\r")) for line in lines) - 1
    stray = sum(text.count(mark) for mark in STRAY)
    stray += text.count("\r") - text.count("\r\n")
    return Counted(sha256, size, text, len(lines), nonblank, records(text), stray)


def readable(data: bytes) -> str | None:
    """Return the text of plain or packed bytes in the first encoding that fits."""
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            return None
    marked = next((name for bom, name in BOMS if data.startswith(bom)), None)
    for name in (marked,) if marked else LADDER:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return None


def records(text: str) -> int | None:
    """Count records by the grammar; None where a quote stands against it.

    A cell is bare and without quotes, or it is quoted from end to end; a line end
    outside quotes ends a record, and a blank line is none.
    """
    count, at, size, blank = 0, 0, len(text), True
    while at < size:
        if text[at] == QUOTE:
            at = text.find(QUOTE, at + 1)
            while at >= 0 and text[at : at + 2] == QUOTE * 2:
                at = text.find(QUOTE, at + 2)
            if at < 0 or text[at + 1 : at + 2] not in ENDS:
                return None
            at, blank = at + 1, False
        end = min(place for place in _ends(text, at))
        if QUOTE in text[at:end]:
            return None
        blank &= end == at or not text[at:end].strip("\r")
        if text[end : end + 1] in ("\n", ""):
            count += not blank
            blank = True
        else:
            blank = False
        at = end + 1
    return count - 1 + (not blank)


def _ends(text: str, at: int):
    """Places where the cell that begins here may end."""
    yield len(text)
    for mark in (*DELIMITERS, "\n"):
        if (place := text.find(mark, at)) >= 0:
            yield place


# ------------------------------------------------- the dump against the run's books


def unbalanced(folder: Path) -> list[str]:
    """Hold ``dump`` against ``run``: say which bytes, lines, records or rows are lost.

    Every file is an input with its hash or a refused one; its lines and records are
    those counted here; read = accepted + duplicate + rejected for each file, for each
    table and in the tables that were written.
    """
    manifest = json.loads((folder / "run" / "manifest.json").read_text("utf-8"))
    books = manifest["accounting"]
    inputs = {one["name"]: one for one in manifest["inputs"]}
    lines = {one["file"]: one["lines"] for one in books["files"]}
    paths = {path.name: path for path in (folder / "dump").iterdir()}
    wrong = []
    if paths.keys() - inputs.keys() and "file_refused" not in books["reasons"]:
        wrong.append(f"files are nowhere: {sorted(paths.keys() - inputs.keys())}")
    for name in sorted(paths.keys() & inputs.keys()):
        counted = count(paths[name].read_bytes())
        wrong += _miscounted(inputs[name], lines.get(name), counted)
    for row in [*books["files"], *books["rows"].values()]:
        if row["read"] != row["accepted"] + row["duplicate"] + row["rejected"]:
            wrong.append(f"does not balance: {row}")
    return wrong + list(_miswritten(folder / "run", manifest))


def _miscounted(told: dict, lines: int | None, counted: Counted) -> list[str]:
    wrong = []
    if (told["sha256"], told["size"]) != (counted.sha256, counted.size):
        wrong.append("other bytes")
    if told["records"] not in counted.allowed:
        wrong.append(f"{told['records']} records, not {sorted(counted.allowed)}")
    if lines not in (None, counted.lines):
        wrong.append(f"{lines} lines, not {counted.lines}")
    return [f"{told['name']}: {line}" for line in wrong]


def _miswritten(run: Path, manifest: dict):
    """Tables that have other rows than were accepted, or than the manifest says."""
    rows = {
        one["name"]: (one["rows"], parquet_rows((run / one["name"]).read_bytes()))
        for one in manifest["outputs"]
        if one["name"].endswith(".parquet")
    }
    for name, (told, found) in rows.items():
        if told != found:
            yield f"{name}: {found} rows, not {told}"
    books = manifest["accounting"]
    for table, book in books["rows"].items():
        more = books["only_named_cases"] if table == "cases" else 0
        found = rows.get(f"evidence/{table}.parquet")
        if found is not None and found[1] != book["accepted"] + more:
            yield f"{table}: {found[1]} rows, not those that were accepted"


# -------------------------------------------------------------- parquet by hand


def parquet_rows(data: bytes) -> int:
    """Return the number of rows that a parquet footer states (field 3)."""
    assert data[:4] == data[-4:] == b"PAR1"
    (size,) = struct.unpack("<I", data[-8:-4])
    footer = Thrift(data[-8 - size : -8])
    for field, kind in footer.fields():
        if field == 3:
            return footer.integer()
        footer.skip(kind)
    raise AssertionError("no number of rows")


class Thrift:
    """As much of the compact protocol as passing over fields takes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def integer(self) -> int:
        value = self.number()
        return (value >> 1) ^ -(value & 1)

    def fields(self):
        field = 0
        while head := self.byte():
            field = field + (head >> 4) if head >> 4 else self.integer()
            yield field, head & 15

    def skip(self, kind: int) -> None:
        if kind in (3, 7):
            self.at += 1 if kind == 3 else 8
        elif kind in (4, 5, 6):
            self.number()
        elif kind == 8:
            size = self.number()
            self.at += size
        elif kind in (9, 10):
            head = self.byte()
            for _ in range(head >> 4 if head >> 4 < 15 else self.number()):
                self.byte() if head & 15 in (1, 2) else self.skip(head & 15)
        elif kind == 12:
            for _, inner in self.fields():
                self.skip(inner)

"""Pollution of bytes: line ends, encodings, byte order marks, control characters."""

import gzip

from tests.pollution.dump import Delivery, Table, delivered
from tests.pollution.lines import changed, joined, raw_cell
from tests.pollution.operators import Place, operator

FILE = "the file is refused, and the byte is named"


def fused(table: Table, at: Place, mark: str) -> Delivery:
    """The table with a mark in place of the line end between two rows."""
    lines = table.lines()
    row = 1 + at.row % (len(table.rows) - 1)
    both = mark.join(lines[row : row + 2])
    return delivered(table, joined([*lines[:row], both, *lines[row + 2 :]]))


for _name, _end in (("CR LF", "\r\n"), ("CR alone", "\r")):

    @operator(
        f"lines that end in {_name}", "T27", "nothing changes", "nothing",
        harmless=True,
    )  # fmt: skip
    def line_ends(table: Table, at: Place, end: str = _end) -> Delivery:
        return delivered(table, joined(table.lines(), end))


@operator(
    "line ends of two kinds in one file", "T27", "nothing changes", "nothing",
    harmless=True,
)  # fmt: skip
def mixed_line_ends(table: Table, at: Place) -> Delivery:
    lines = table.lines()
    cut = at.row + 1
    return delivered(table, joined(lines[:cut], "\r\n") + joined(lines[cut:]))


@operator(
    "one line that ends in CR CR LF", "T27",
    "the line is read or rejected, and no other", "a row", "stray_return",
)  # fmt: skip
def double_return(table: Table, at: Place) -> Delivery:
    lines = table.lines()
    lines[at.row + 1] += "\r\r"
    return delivered(table, joined(lines))


@operator(
    "two rows with a bare CR between them", "T27",
    "both rows are rejected, each with its case", "rows", "stray_return",
)  # fmt: skip
def bare_return(table: Table, at: Place) -> Delivery:
    return fused(table, at, "\r")


for _name, _mark in (("NEL", "\x85"), ("U+2028", "\u2028")):

    @operator(
        f"two rows with {_name} between them", "T27",
        "no line ends there: both rows are rejected, each with its case", "rows",
        "stray_return",
    )  # fmt: skip
    def odd_line_end(table: Table, at: Place, mark: str = _mark) -> Delivery:
        return fused(table, at, mark)


for _name, _mark in (("a NUL", "\0"), ("a Ctrl-Z", "\x1a"), ("an escape", "\x1b")):

    @operator(
        f"{_name} character in a cell", "T30", FILE, "the file", "control_character"
    )
    def control(table: Table, at: Place, mark: str = _mark) -> Delivery:
        column = at.column(table, "text", "word", "id", "date")
        raw = table.cell(at.row, column) + mark
        return changed(table, at.row, raw_cell(table, at, column, raw))


@operator(
    "a Ctrl-Z at the end of the file", "T27", FILE, "the file", "control_character"
)
def end_of_file(table: Table, at: Place) -> Delivery:
    return delivered(table, table.text() + "\x1a")


@operator(
    "a byte order mark at the start", "T30", "nothing changes", "nothing",
    harmless=True,
)  # fmt: skip
def mark_at_start(table: Table, at: Place) -> Delivery:
    return delivered(table, "\ufeff" + table.text())


@operator(
    "a file written in GB18030", "T28", "nothing changes", "nothing", harmless=True,
    tables=("cases", "fees"),
)  # fmt: skip
def gb18030(table: Table, at: Place) -> Delivery:
    return delivered(table, table.text().encode("gb18030"))


@operator(
    "a file whose encoding changes in its middle", "T28", FILE, "the file",
    "not_utf8_or_gb18030", "mixed_encoding", tables=("cases",),
)  # fmt: skip
def encoding_switch(table: Table, at: Place) -> Delivery:
    lines = [line + "\n" for line in table.lines()]
    cut = 2 + at.row % (len(table.rows) - 2)
    data = "".join(lines[:cut]).encode() + "".join(lines[cut:]).encode("gb18030")
    return delivered(table, data)


for _name, _bytes in (
    ("0xFF", b"\xff"), ("an overlong slash", b"\xc0\xaf"),
    ("half a character", b"\xe4\xbe"),
):  # fmt: skip

    @operator(
        f"{_name} in a cell", "T28", FILE, "the file", "not_utf8_or_gb18030",
        "mixed_encoding", tables=("cases", "fees"),
    )  # fmt: skip
    def bad_byte(table: Table, at: Place, data: bytes = _bytes) -> Delivery:
        lines = [line.encode() for line in table.lines()]
        lines[at.row + 1] += data
        return delivered(table, b"".join(line + b"\n" for line in lines))


for _name in ("utf-16", "utf-16-be", "utf-32"):

    @operator(
        f"a file written in {_name}", "T28",
        "the file is read as it was meant, or refused", "the file", "utf_16",
        "utf_32", "control_character", "not_utf8_or_gb18030", told=False,
    )  # fmt: skip
    def wide(table: Table, at: Place, name: str = _name) -> Delivery:
        return delivered(table, table.text().encode(name))


@operator(
    "a file packed by gzip", "T38", "nothing changes", "nothing", harmless=True,
)  # fmt: skip
def packed(table: Table, at: Place) -> Delivery:
    return Delivery({".csv.gz": gzip.compress(table.text().encode(), mtime=0)}, table)


@operator(
    "a packed file that was cut", "T38", "the file is refused", "the file", "bad_gzip",
)  # fmt: skip
def cut_gzip(table: Table, at: Place) -> Delivery:
    data = gzip.compress(table.text().encode(), mtime=0)
    return Delivery({".csv.gz": data[: -9 - at.choice % 20]}, table)


@operator(
    "a packed file with other bytes behind it", "T38", "the file is refused",
    "the file", "bad_gzip",
)  # fmt: skip
def gzip_with_tail(table: Table, at: Place) -> Delivery:
    data = gzip.compress(table.text().encode(), mtime=0)
    return Delivery({".csv.gz": data + b"hidden rows"}, table)


@operator(
    "a file packed twice", "T38", "the file is refused", "the file",
    "unsupported_format",
)  # fmt: skip
def packed_twice(table: Table, at: Place) -> Delivery:
    data = gzip.compress(gzip.compress(table.text().encode(), mtime=0), mtime=0)
    return Delivery({".csv.gz": data}, table)


@operator(
    "an empty file", "T25", "the file is refused", "the file", "empty_file",
)  # fmt: skip
def empty_file(table: Table, at: Place) -> Delivery:
    return delivered(table, "")


@operator(
    "a web page under the name of a table", "T34", "the file is refused", "the file",
    "html_table",
)  # fmt: skip
def web_page(table: Table, at: Place) -> Delivery:
    rows = "".join(f"<tr><td>{'</td><td>'.join(r)}</td></tr>" for r in table.rows)
    return delivered(table, f"<html><table>{rows}</table></html>")

"""Every pair of bytes, and files that switch encoding: exact, or refused there."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from auditor.read import delimited, large
from auditor.read.job import Job, Refused
from auditor.settings import Limits

DELIMITERS = (",", "\t", ";", "|")
PAIRS = [bytes((a, b)) for a in range(256) for b in range(256)]
MB = 1 << 20


def staged(folder: Path, data: bytes, delimiter: str | None, encoding: str | None):
    """The rows of a file, or the refusal."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "in").write_bytes(data)
    job = Job(str(folder / "in"), str(folder / "out"), Limits(), encoding, delimiter)
    try:
        answer = delimited.read_file(job)
    except Refused as error:
        return error
    (table,) = answer.tables
    frame = pl.read_parquet(table.path)
    lost = pl.read_parquet(answer.rejects).height if answer.rejects else 0
    assert table.records == frame.height + lost
    return frame.rows()


def sort(pair: bytes, delimiter: str) -> str:
    """What must become of a cell of these two bytes, by the codec of the language."""
    special = set(b'"\r\n' + delimiter.encode())
    plain = all(0x20 <= byte < 0x7F or byte == 9 for byte in pair)
    if pair[0] < 0x80 and (pair[0] in special or pair[1] in special):
        return "structure"
    try:
        (b"1" + delimiter.encode() + pair + delimiter.encode() + b"x\n").decode(
            "gb18030"
        )
    except UnicodeDecodeError:
        return "damaged"
    if pair[0] < 0x80 <= pair[1]:
        return "structure"  # the second byte takes the delimiter as its own
    return "exact" if plain or pair[0] >= 0x80 else "control"


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_all_pairs_that_are_text_come_through_exactly(tmp_path, delimiter):
    good = [pair for pair in PAIRS if sort(pair, delimiter) == "exact"]
    rows = [b"%d%b%b%bx" % (n, delimiter.encode(), pair, delimiter.encode())
            for n, pair in enumerate(good)]  # fmt: skip
    head = delimiter.join(("a", "b", "c")).encode()
    data = b"\n".join((head, *rows)) + b"\n"
    found = staged(tmp_path / "f", data, delimiter, "gb18030")
    told = [(str(n), pair.decode("gb18030"), "x", n + 2) for n, pair in enumerate(good)]
    assert found == told
    assert len(good) > 32_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "LARGE", 0)
        assert staged(tmp_path / "f", data, delimiter, "gb18030") == told


def bad_pairs(tmp_path: Path, delimiter: str, step: int) -> dict[str, int]:
    """Read a file for each other pair; count what became of them."""
    found = {"damaged": 0, "control": 0, "structure": 0}
    comma = delimiter.encode()
    head = delimiter.join(("a", "b", "c")).encode() + b"\n1" + comma
    for pair in PAIRS[::step]:
        kind = sort(pair, delimiter)
        if kind == "exact":
            continue
        data = head + pair + comma + b"x\n"
        told = staged(tmp_path / "f", data, delimiter, "gb18030")
        found[kind] += 1
        if kind == "structure":
            continue  # the sums were checked
        assert isinstance(told, Refused), pair
        assert told.byte_offset is not None, pair
        assert len(head) <= told.byte_offset <= len(head) + 2, pair
    return found


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_some_other_pairs_are_refused_at_their_byte(tmp_path, delimiter):
    assert sum(bad_pairs(tmp_path, delimiter, 151).values()) > 100


@pytest.mark.slow
def test_all_other_pairs_are_refused_at_their_byte(tmp_path, capsys):
    for delimiter in DELIMITERS:
        found = bad_pairs(tmp_path, delimiter, 1)
        good = sum(sort(pair, delimiter) == "exact" for pair in PAIRS)
        assert sum(found.values()) + good == 65_536
        with capsys.disabled():
            print(f"{delimiter!r}: {good} exact, {found}")  # noqa: T201


LINES = {
    "utf-8": "3,竣工检验送电\n".encode(),
    "gb18030": "3,竣工检验送电\n".encode("gb18030"),
    "utf-16-le": "3,竣工检验送电\n".encode("utf-16-le"),
}
FIRST = {"utf-8": "1,业务受理\n".encode(), "gb18030": "1,业务受理\n".encode("gb18030")}


@pytest.mark.parametrize("size", [0, 1, 2, 3, MB - 40, MB - 1, MB, MB + 1, 3 * MB])
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("second", LINES)
def test_a_switch_of_encoding_is_refused_behind_it(tmp_path, first, second, size):
    if first == second:
        return
    head = b"case_id,step\n" + FIRST[first]
    filler = b"2," + b"x" * 70 + b"\n"
    head += filler * (size // len(filler)) + b"2," + b"y" * (size % len(filler)) + b"\n"
    data = head + LINES[second] + FIRST[first] * 3
    told = staged(tmp_path / "f", data, None, None)
    assert isinstance(told, Refused)
    assert told.byte_offset is not None
    assert told.byte_offset >= len(head) or second == "utf-16-le"
    assert told.byte_offset <= len(head) + len(LINES[second]) + 40

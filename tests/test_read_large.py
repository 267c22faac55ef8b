"""The quick way through a large text says what the careful way says, or steps aside."""

import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from auditor.read import aside, delimited, large
from auditor.read.counter import Count
from auditor.read.job import Answer, Job, Refused
from auditor.settings import Limits

HEAD = "case_id,step,note\n"
BODY = "".join(f"{n},业务受理,x{n % 7}\n" for n in range(900))
PLAIN = {
    "utf-8": (HEAD + BODY).encode(),
    "with a mark": b"\xef\xbb\xbf" + (HEAD + BODY).encode(),
    "gb18030": (HEAD + BODY).encode("gb18030"),
    "utf-16": ("\ufeff" + HEAD + BODY).encode("utf-16-le"),
    "carriage returns": (HEAD + BODY).replace("\n", "\r\n").encode("gb18030"),
    "blank lines": (HEAD + BODY + "\n\n1,b,c\n\n2,b,c").encode("gb18030"),
    "titles": ("业扩明细表\n单位\n" + HEAD + BODY).encode("gb18030"),
    "bad widths": (HEAD + BODY + "1,2\n1,2,3,4\n" + BODY).encode(),
    "totals": (HEAD + BODY + "合计,,900\n" + HEAD + BODY).encode("gb18030"),
    "long cells": (HEAD + BODY + f"1,{'业' * 2_000},x\n").encode("gb18030"),
    "quotes": b'"case_id","step","note"\n'
    + ('"1","a,b",c\n"2","业务""x""",\n3,,""\n\n"4",""\n' * 300).encode("gb18030"),
    "quotes and returns": (HEAD + '"1","a|,b",c\r\n2,"x",""\r\n' * 300).encode(),
    "tabs": (HEAD + BODY).replace(",", "\t").encode(),
}
ODD = {
    "a quoted line end": (HEAD + '"1","a",c\n' * 300 + '"1","a\nb",c\n').encode(),
    "a quote that stays open": (HEAD + '"1","a",c\n' * 900 + '"1","a,c').encode(),
    "a quote": (HEAD + BODY + '1,"a,b",c\n' + BODY).encode(),
    "a stray quote": (HEAD + BODY + '1,5" pipe,c\n' + BODY).encode("gb18030"),
    "a lone return": (HEAD + BODY + "1,a\rb,c\n").encode(),
    "a return at the end": (HEAD + BODY + "1,a,c\r").encode(),
    "returns alone": (HEAD + BODY).replace("\n", "\r").encode(),
    "half a character": (HEAD + BODY).encode("gb18030") + b"1,\x81",
    "another encoding": (HEAD + BODY).encode() + BODY.encode("gb18030"),
    "utf-8 in gb18030": (HEAD + BODY).encode("gb18030") + "1,业务受理申请,\n".encode(),
    "a control character": (HEAD + BODY).encode("gb18030") + b"1,\x07,x\n",
    "no row": HEAD.encode(),
    "nothing": b"\n\n",
    "one column": ("case_id\n" + "7\n" * 900).encode(),
    "twice the same header": ("a,a\n" + BODY).encode(),
    "a mark below the header": HEAD.encode() + b"\xef\xbb\xbf" + BODY.encode(),
    "an end of a line to other programs": (HEAD + BODY + "1,a\u2028b,c\n").encode(),
    "a long line": (HEAD + BODY + "1," + "x" * 9_000 + ",y\n" + BODY).encode(),
}
LIMITS = Limits(record_bytes=8_000, field_bytes=5_000)


def told(folder: Path, data: bytes) -> tuple[object, ...]:
    """Everything a reader says of a file."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "in").write_bytes(data)
    try:
        job = Job(str(folder / "in"), str(folder / "out"), LIMITS)
        answer = delimited.read_file(job)
    except Refused as error:
        return ("refused", *error.to_json().values())
    (table,) = answer.tables
    lost = pl.read_parquet(answer.rejects).rows() if answer.rejects else []
    rows = pl.read_parquet(table.path)
    counts = table.records, table.read, answer.lines
    form = answer.encoding, answer.delimiter, table.header
    return (rows.rows(), rows.schema, sorted(map(str, lost)), counts, form)


@pytest.fixture
def quick(monkeypatch):
    """Send every file the quick way first; tell which came through."""
    came: list[bool] = []

    def read_large(job: Job) -> Answer | None:
        answer = large.read_large(job)
        came.append(answer is not None)
        return answer

    monkeypatch.setattr(large, "LARGE", 0)
    monkeypatch.setattr(large, "_TOP", 4_000)
    monkeypatch.setattr(delimited, "read_large", read_large)
    return came


@pytest.mark.parametrize("name", [*PLAIN, *ODD])
def test_both_ways_say_the_same(tmp_path, quick, name):
    data = PLAIN.get(name) or ODD[name]
    fast = told(tmp_path / "both", data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "read_large", lambda job: None)
        assert fast == told(tmp_path / "both", data)
    assert quick == [name in PLAIN]


def test_a_size_below_the_mark_goes_the_careful_way(tmp_path, monkeypatch):
    monkeypatch.setattr(large, "decoding", None)
    assert told(tmp_path / "small", PLAIN["utf-8"])[3][0] == 900


@pytest.mark.parametrize("lines", [901, 900])
def test_a_count_that_differs_refuses_the_file(tmp_path, monkeypatch, lines):
    monkeypatch.setattr(large, "LARGE", 0)
    monkeypatch.setattr(
        large, "counted", lambda _: Count(lines, 0, 902 - (lines == 900))
    )
    assert told(tmp_path / "file", PLAIN["utf-8"])[1] == "count_mismatch"


@pytest.mark.parametrize("what", ["decode", "count"])
def test_a_helper_that_dies_leaves_the_file_to_the_careful_way(
    tmp_path, quick, monkeypatch, what
):
    real = aside.Aside

    def dying(name: str, *words: str) -> aside.Aside:
        return real("no_such_helper" if name == what else name, *words)

    monkeypatch.setattr(aside, "Aside", dying)
    assert told(tmp_path / "file", PLAIN["gb18030"])[3] == (900, 900, 901)
    assert quick == [False]


BITS = ["1,a,b\n", "2,业务受理,\n", "\n", "x\n", "1,a,b\r\n", "\r\n", '1,"a",b\n', "\r",
        "合计,,3\n", "case_id,step,note\n", ",,\n"]  # fmt: skip


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    body=st.lists(st.sampled_from(BITS), max_size=30).map("".join),
    encoding=st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_whatever_the_text_both_ways_agree(tmp_path, quick, body, encoding):
    data = (HEAD + body).encode(encoding)
    fast = told(tmp_path / "any", data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "read_large", lambda job: None)
        assert fast == told(tmp_path / "any", data)

"""Delimited files: every record is handed on exactly, or rejected in plain sight."""

import codecs
import hashlib
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from auditor.errors import AuditError, messages
from auditor.read import FileRule, RawTables, ReadPlan, census, delimited, read
from auditor.read.job import Job, Refused
from auditor.settings import Limits
from tests.conftest import Stage
from tests.raws import refusals

HEAD = b"case_id,step,note\n"


@pytest.fixture
def stage(dump: Path, stage: Stage) -> Stage:
    """Write files into a dump folder, read it, return the raw tables."""

    def run(files: dict[str, bytes], *rules: FileRule, **limits: int) -> RawTables:
        for name, data in files.items():
            (dump / name).write_bytes(data)
        return stage(*rules, **limits)

    return run


def rows(raw: RawTables, at: int = 0) -> list[tuple[object, ...]]:
    return pl.read_parquet(raw.files[at].staged).rows()


def rejected(raw: RawTables, kind: str = "row") -> list[tuple[object, ...]]:
    return raw.rejects.filter(kind=kind).select("row", "reason", "case_id").rows()


def test_a_plain_file_is_handed_on_as_text_with_its_lines(stage: Stage) -> None:
    raw = stage({"events-2021.csv": HEAD + b"001,accept, x \n002,,NULL\n"})
    (file,) = raw.files
    assert rows(raw) == [("001", "accept", " x ", 2), ("002", "", "NULL", 3)]
    assert (file.source, file.table, file.origin) == (
        "events-2021.csv",
        "events",
        "dump",
    )
    assert (file.format, file.encoding, file.delimiter) == ("csv", "utf-8", ",")
    assert (file.records, file.read, file.header) == (2, 2, ("case_id", "step", "note"))
    assert pl.read_parquet_schema(file.staged)["_row"] == pl.UInt64
    assert raw.rejects.is_empty()


def test_the_digest_is_of_the_very_bytes_that_were_parsed(stage: Stage) -> None:
    (file,) = stage({"events.csv": b"a,b\n"}).files
    assert file.size == 4
    assert file.sha256 == hashlib.sha256(b"a,b\n").hexdigest()


def test_two_inch_marks_cost_two_rows_and_hide_none_between(stage: Stage) -> None:
    text = b'case_id,note\n1,5" pipe\n2,x\n3,y\n4,z\n5,7" pole\n6,w\n'
    raw = stage({"events.csv": text})
    assert [row[0] for row in rows(raw)] == ["2", "3", "4", "6"]
    assert rejected(raw) == [(2, "bad_quote", "1"), (6, "bad_quote", "5")]
    assert raw.files[0].records == 6


def test_an_unterminated_quote_costs_its_line_only(stage: Stage) -> None:
    raw = stage({"events.csv": HEAD + b'a,"b,c\nd,e,f\ng,h,i\n'})
    assert [row[0] for row in rows(raw)] == ["d", "g"]
    assert rejected(raw) == [(2, "bad_quote", "a")]


def test_a_note_with_line_breaks_is_one_row_on_its_first_line(stage: Stage) -> None:
    raw = stage({"events.csv": HEAD + b'a,"b\nx\n\ny",c\nd,"e""q",f\n'})
    assert rows(raw) == [("a", "b\nx\n\ny", "c", 2), ("d", 'e"q', "f", 6)]
    assert raw.rejects.is_empty()


def test_rows_hidden_inside_a_quoted_note_are_each_rejected(stage: Stage) -> None:
    raw = stage({"events.csv": HEAD + b'2,s,"open\n3,x,y\n4,z,close"\n5,6,7\n'})
    assert [row[0] for row in rows(raw)] == ["5"]
    assert rejected(raw) == [
        (2, "embedded_rows", "2"),
        (3, "embedded_rows", "3"),
        (4, "embedded_rows", "4"),
    ]
    assert raw.files[0].records == 4


def test_quoted_cells_on_single_lines_keep_delimiters_and_quotes(stage: Stage) -> None:
    text = b'"case_id","step"\r\n"1","a,b"\r\n"2"\r\n\r\n"4",""""\r\n'
    raw = stage({"events.csv": text})
    assert rows(raw) == [("1", "a,b", 2), ("4", '"', 5)]
    assert rejected(raw) == [(3, "row_width", "2")]


def test_a_glob_in_a_file_name_is_just_a_name(stage: Stage) -> None:
    raw = stage(
        {"events-g[1].csv": b"case_id,step\nA,b\n", "events-g1.csv": b"case_id,step\n"}
    )
    told = {file.source: file.read for file in raw.files}
    assert told == {"events-g[1].csv": 1, "events-g1.csv": 0}


def test_a_folder_named_like_a_partition_supplies_no_column(tmp_path: Path) -> None:
    folder = tmp_path / "county=EVIL"
    folder.mkdir()
    (folder / "cases.csv").write_bytes(b"case_id,county\n1,A\n")
    raw = read([folder], None, ReadPlan(("cases",)), Limits(), tmp_path / "work")
    assert rows(raw) == [("1", "A", 2)]
    assert raw.files[0].header == ("case_id", "county")


def test_a_short_file_loses_no_row_to_a_sniffer(stage: Stage) -> None:
    raw = stage({"events.csv": b"case_id,step\n1,2\n3\n"})
    assert rows(raw) == [("1", "2", 2)]
    assert rejected(raw) == [(3, "row_width", "3")]


@pytest.mark.parametrize(
    ("end", "last"), [(b"\n", b""), (b"\r\n", b"\r\n"), (b"\r", b"\r"), (b"\r\n", b"")]
)
def test_all_three_line_ends_give_the_same_rows(
    stage: Stage, end: bytes, last: bytes
) -> None:
    raw = stage({"events.csv": end.join([b"case_id,step", b"a,b", b"c,d"]) + last})
    assert rows(raw) == [("a", "b", 2), ("c", "d", 3)]


def test_line_feeds_with_and_without_returns_may_mix(stage: Stage) -> None:
    raw = stage({"events.csv": b"case_id,step\r\na,b\nc,d\r\n"})
    assert rows(raw) == [("a", "b", 2), ("c", "d", 3)]


def test_a_lone_return_hides_no_row(stage: Stage) -> None:
    raw = stage({"events.csv": HEAD + b"a,b,c\rd,e,f\ng,h,i\n"})
    assert [row[0] for row in rows(raw)] == ["g"]
    assert rejected(raw) == [(2, "stray_return", "a"), (2, "stray_return", "d")]
    raw = stage({"events.csv": HEAD.replace(b"\n", b"\r\r\n") + b"a,b,c\r\r\n"})
    assert refusals(raw) == {"events.csv": "stray_return"}


def test_separators_of_other_scripts_do_not_end_a_line(stage: Stage) -> None:
    raw = stage({"events.csv": "case_id,step\n1,a\u2028b\x85c\n".encode()})
    assert rows(raw) == [("1", "a\u2028b\x85c", 2)]


def test_blank_lines_are_not_records_but_count_as_lines(stage: Stage) -> None:
    raw = stage({"events.csv": b"\n\n" + HEAD + b"\na,b,c\n\n\r\nd,e\nf,g,h\n\n"})
    assert rows(raw) == [("a", "b", "c", 5), ("f", "g", "h", 9)]
    assert rejected(raw) == [(8, "row_width", "d")]
    assert raw.files[0].records == 3


def test_a_byte_order_mark_is_no_part_of_the_first_name(stage: Stage) -> None:
    raw = stage({"events.csv": codecs.BOM_UTF8 + HEAD + b"a,b,c\n"})
    assert raw.files[0].header[0] == "case_id"
    assert raw.files[0].encoding == "utf-8-sig"


def test_gb18030_reads_characters_that_gbk_does_not_have(stage: Stage) -> None:
    raw = stage({"events.csv": "case_id,step\n1,䶮𠀀业务受理€\n".encode("gb18030")})
    assert rows(raw) == [("1", "䶮𠀀业务受理€", 2)]
    assert raw.files[0].encoding == "gb18030"


def test_a_gbk_trail_byte_that_looks_like_a_delimiter_splits_nothing(
    stage: Stage,
) -> None:
    cell = b"\x81\x7c\x81\x5c"  # two characters; the second bytes are | and a backslash
    raw = stage({"events.csv": b"case_id|step\n1|" + cell + b"\n"})
    assert rows(raw) == [("1", cell.decode("gb18030"), 2)]


@pytest.mark.parametrize("first", ["utf-8", "gb18030"])
def test_an_encoding_that_switches_mid_file_is_refused_at_the_switch(
    stage: Stage, first: str
) -> None:
    second = "gb18030" if first == "utf-8" else "utf-8"
    head = "case_id,step\n1,业务受理申请\n2,供电方案答复\n".encode(first)
    raw = stage({"events.csv": head + "3,竣工检验送电\n".encode(second)})
    (row,) = raw.rejects.rows(named=True)
    assert row["reason"] in {"mixed_encoding", "not_utf8_or_gb18030"}
    assert row["byte_offset"] >= len(head)


def test_bytes_of_no_encoding_are_refused_with_their_offset(stage: Stage) -> None:
    raw = stage({"events.csv": HEAD + b"1,\xff\xff,x\n"})
    (row,) = raw.rejects.rows(named=True)
    assert (row["reason"], row["byte_offset"]) == ("not_utf8_or_gb18030", len(HEAD) + 2)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_its_mark_is_read_like_any_other(stage: Stage, codec: str) -> None:
    # The second line has units that hold 0A and 22.
    text = 'case_id,step\r\n1,"业\n务"\r\n\r\n2,ਊਢ\r\n3,𠀀\r\n'
    raw = stage({"events.csv": ("\ufeff" + text).encode(codec)})
    assert rows(raw) == [("1", "业\n务", 2), ("2", "ਊਢ", 5), ("3", "𠀀", 6)]
    assert (raw.files[0].encoding, raw.files[0].records) == (codec, 3)


def test_utf_16_that_breaks_off_is_refused_at_the_byte(stage: Stage) -> None:
    whole = "\ufeffcase_id,step\n1,x\n".encode("utf-16-le")
    raw = stage({"events-1.csv": whole[:-1], "events-2.csv": whole + b"\x00\xd8a\0"})
    told = dict(raw.rejects.select("source", "byte_offset").iter_rows())
    assert told == {"events-1.csv": len(whole) - 2, "events-2.csv": len(whole)}


def test_utf_16_hides_no_control_character(stage: Stage) -> None:
    head = "\ufeffcase_id,step\n1,业".encode("utf-16-le")
    raw = stage({"events.csv": head + "\x01\n".encode("utf-16-le")})
    (row,) = raw.rejects.rows(named=True)
    assert (row["reason"], row["byte_offset"]) == ("control_character", len(head))


def test_utf_16_without_a_mark_needs_the_mapping(stage: Stage) -> None:
    data = "case_id,step\n1,x\n".encode("utf-16-le")
    assert refusals(stage({"events.csv": data})) == {"events.csv": "control_character"}
    rule = FileRule("events.csv", "events", encoding="utf-16-le")
    assert rows(stage({"events.csv": data}, rule)) == [("1", "x", 2)]


def test_utf_32_is_refused(stage: Stage) -> None:
    raw = stage({"events.csv": "case_id,step\n1,x\n".encode("utf-32")})
    assert refusals(raw) == {"events.csv": "utf_32"}


@pytest.mark.parametrize("delimiter", ["\x01", "^", "~", "¦", "，"])
def test_any_character_may_be_declared_to_separate_cells(
    stage: Stage, delimiter: str
) -> None:
    rule = FileRule("dump.txt", "events", delimiter=delimiter)
    lines = (["case_id", "step"], ["1", "a,b"], ["2"], ["3", ""])
    text = "".join(delimiter.join(line) + "\n" for line in lines)
    raw = stage({"dump.txt": text.encode("gb18030")}, rule)
    assert raw.files[0].delimiter == delimiter
    assert rows(raw) == [("1", "a,b", 2), ("3", "", 4)]
    assert rejected(raw) == [(3, "row_width", "2")]


@pytest.mark.parametrize("delimiter", ["", "||", '"', "\n", " ", "a", "7", "业"])
def test_a_delimiter_that_cannot_be_one_is_an_error_of_the_mapping(
    stage: Stage, delimiter: str
) -> None:
    with pytest.raises(AuditError) as caught:
        stage({"a.csv": b"x"}, FileRule("a.csv", "events", delimiter=delimiter))
    assert caught.value.code == "AUD110"


@pytest.mark.parametrize("code", [0, 1, 8, 11, 12, 26, 27, 31, 127])
def test_control_characters_are_refused_with_their_offset(
    stage: Stage, code: int
) -> None:
    raw = stage({"events.csv": HEAD + b"a," + bytes([code]) + b",b\n"})
    (row,) = raw.rejects.rows(named=True)
    assert (row["reason"], row["byte_offset"]) == ("control_character", len(HEAD) + 2)


def test_a_mapping_may_force_encoding_and_delimiter(stage: Stage) -> None:
    rule = FileRule("dump?.txt", "events", encoding="GBK", delimiter=";")
    raw = stage({"dump1.txt": "case_id;step,x\n1;受理,y\n".encode("gbk")}, rule)
    assert rows(raw) == [("1", "受理,y", 2)]
    utf8 = FileRule("dump?.txt", "events", encoding="utf-8")
    raw = stage({"dump1.txt": "case_id;step\n1;受理\n".encode("gbk")}, utf8)
    assert refusals(raw) == {"dump1.txt": "not_utf8_or_gb18030"}


def test_an_encoding_nobody_reads_is_an_error_of_the_mapping(stage: Stage) -> None:
    with pytest.raises(AuditError) as caught:
        stage({"a.csv": b"x"}, FileRule("a.csv", "events", encoding="ebcdic-cp-be"))
    assert caught.value.code == "AUD105"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_header_tells_the_delimiter(stage: Stage, delimiter: str) -> None:
    raw = stage({"events.csv": f"case_id{delimiter}step\n1{delimiter}a,b;c\n".encode()})
    if delimiter in ",;":
        assert [row[1] for row in rejected(raw)] == ["row_width"]
    else:
        assert rows(raw) == [("1", "a,b;c", 2)]
    assert raw.files[0].delimiter == delimiter


def test_a_header_that_two_delimiters_split_alike_is_refused(stage: Stage) -> None:
    assert refusals(stage({"events.csv": b"a;b,c\n1;2,3\n"})) == {
        "events.csv": "ambiguous_delimiter"
    }


def test_titles_totals_and_repeated_headers_are_rejected_each_by_its_name(
    stage: Stage,
) -> None:
    text = (
        "业扩明细表,,\n单位：某公司,,\ncase_id,step,note\na,b,c\n"
        "合计,,3\ncase_id,step,note\n 总 计,2,\n"
    )
    raw = stage({"events.csv": text.encode()})
    assert rows(raw) == [("a", "b", "c", 4)]
    assert rejected(raw) == [
        (1, "title_line", None),
        (2, "title_line", None),
        (5, "total_line", None),
        (6, "repeated_header", None),
        (7, "total_line", None),
    ]
    assert raw.files[0].records == raw.files[0].read + 5


def test_a_case_whose_id_begins_like_a_total_is_no_total(stage: Stage) -> None:
    text = "case_id,step,started_at\n合计01,受理,2021-03-05 09:00\n"
    raw = stage({"events.csv": text.encode()})
    assert raw.files[0].read == 1


def test_a_file_without_a_header_loses_no_row_in_silence(stage: Stage) -> None:
    raw = stage({"events.csv": b"330100,accept,2021-03-05\n330101,accept,2021-03-05\n"})
    assert raw.files[0].header == ("330100", "accept", "2021-03-05")
    assert raw.files[0].read == 1


def test_headers_that_stand_twice_or_are_ours_are_refused(stage: Stage) -> None:
    raw = stage(
        {
            "events-1.csv": b"a,a\n",
            "events-2.csv": b"a,_row\n",
            "events-3.csv": b"a, a \n",
        }
    )
    assert refusals(raw) == {
        "events-1.csv": "duplicate_header",
        "events-2.csv": "reserved_header",
        "events-3.csv": "duplicate_header",
    }


def test_a_nameless_column_is_kept_under_its_place(stage: Stage) -> None:
    raw = stage({"events.csv": b"case_id,step,\n1,a,x\n"})
    assert raw.files[0].header == ("case_id", "step", "#3")
    assert rows(raw) == [("1", "a", "x", 2)]


def test_a_header_alone_is_a_table_without_rows(stage: Stage) -> None:
    raw = stage(
        {"events-1.csv": b"case_id,step", "events-2.csv": b"case_id,step\n\n\n"}
    )
    assert [(file.records, file.read) for file in raw.files] == [(0, 0), (0, 0)]
    assert raw.rejects.is_empty()


@pytest.mark.parametrize("data", [b"", codecs.BOM_UTF8, b"\n\r\n"])
def test_an_empty_file_is_refused(stage: Stage, data: bytes) -> None:
    assert refusals(stage({"events.csv": data})) == {"events.csv": "empty_file"}


def test_over_long_records_and_cells_cost_only_themselves(stage: Stage) -> None:
    text = HEAD + b"a," + b"x" * 3000 + b",c\nd," + b"y" * 900 + b",e\nf,g,h\n"
    raw = stage({"events.csv": text}, record_bytes=2000, field_bytes=500)
    assert rows(raw) == [("d", "\ufffd3", "e", 3), ("f", "g", "h", 4)]
    assert rejected(raw) == [(2, "record_too_long", "a")]
    assert rejected(raw, "cell") == [(3, "field_too_long", "d")]


def test_too_many_columns_are_refused(stage: Stage) -> None:
    wide = ",".join(f"c{n}" for n in range(300)).encode()
    assert refusals(stage({"events.csv": wide}, columns=200)) == {
        "events.csv": "too_many_columns"
    }


def test_many_bad_rows_keep_their_lines_across_blocks(
    stage: Stage,
) -> None:
    lines = [b"%d,a" % n if n % 7 else b"%d" % n for n in range(2, 60_000)]
    lines[1000] = lines[50_000] = b""
    raw = stage({"events.csv": b"case_id,step\n" + b"\n".join(lines)})
    staged = pl.read_parquet(raw.files[0].staged)
    assert (staged["case_id"].cast(pl.UInt64) == staged["_row"]).all()
    wrong = raw.rejects
    assert (wrong["case_id"].cast(pl.UInt64) == wrong["row"]).all()
    assert raw.files[0].records == len(lines) - 2 == staged.height + wrong.height


def test_more_blank_lines_than_are_listed_are_read_slowly_but_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(census, "_MANY", 10)
    path = tmp_path / "a.csv"
    path.write_bytes(b"case_id,step\n" + b"\n" * 2000 + b"1,a\n")
    answer = delimited.read_file(Job(str(path), str(tmp_path / "out"), Limits()))
    assert pl.read_parquet(answer.tables[0].path).rows() == [("1", "a", 2002)]


def test_every_reason_has_words_in_both_languages() -> None:
    source = "".join(
        path.read_text("utf-8") for path in Path(delimited.__file__).parent.glob("*.py")
    )
    used = set(re.findall(r'(?:Refused|reason=)\(?\n?\s*"([a-z0-9_]+)"', source))
    known = {
        key.removeprefix("reject.") for key in messages() if key.startswith("reject.")
    }
    assert used - known == set()
    assert len(used) > 20


CELLS = st.sampled_from(
    [b"", b"a", b"1", b'"', b'""', b"\xc3\xa9", b",", b"\n", b"\r", b"\r\n", b" "]
)
TEXTS = st.lists(CELLS, max_size=40).map(b"".join)


def parse(
    folder: Path, data: bytes, **limits: int
) -> tuple[list[tuple[object, ...]], int, int]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "in").write_bytes(data)
    answer = delimited.read_file(
        Job(str(folder / "in"), str(folder / "out"), Limits(**limits))
    )
    (table,) = answer.tables
    lost = (
        pl.read_parquet(answer.rejects).filter(kind="row").height
        if answer.rejects
        else 0
    )
    return pl.read_parquet(table.path).rows(), lost, table.records


@hypothesis_settings(max_examples=250, deadline=None)
@given(body=TEXTS)
def test_whatever_the_text_rows_and_rejects_add_up(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp() / "sums"
    handed, lost, records = parse(folder, b"c1,c2,c3\n" + body)
    assert len(handed) + lost == records
    filled = [line for line in body.split(b"\n") if line.strip(b"\r")]
    if b'"' not in body and b"\r" not in body:
        assert records == len(filled)


@hypothesis_settings(max_examples=150, deadline=None)
@given(body=TEXTS)
def test_the_fast_and_the_slow_reader_agree(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp() / "paths"
    data = b"c1,c2,c3\n" + body
    first = parse(folder, data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_is_a_record_a_line", lambda text, header: False)
        patch.setattr(census.Census, "has_lone_return", True)
        assert parse(folder, data) == first


def test_a_parser_that_stops_early_is_caught_by_the_second_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "read_lines", lambda *args, **kwargs: None)
    (tmp_path / "a.csv").write_bytes(HEAD + b"a,b,c\n")
    with pytest.raises(Refused) as caught:
        delimited.read_file(
            Job(str(tmp_path / "a.csv"), str(tmp_path / "out"), Limits())
        )
    assert caught.value.reason == "count_mismatch"

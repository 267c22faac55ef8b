"""What a run says of files that it cannot use, of columns unread, and of rejects."""

import pytest

from tests.conftest import SAMPLE, SAMPLE_RUN

EVENTS = "case_id,step,finished_at\nA,送电,2022-01-01\n"


def deliver(folder, cases, name="cases.csv"):
    folder.mkdir()
    (folder / name).write_text(cases, "utf-8")
    (folder / "events.csv").write_text(EVENTS, "utf-8")
    return folder


def refused(audit, dump, *more):
    said = audit("run", dump, "--out", dump.parent / "out", "--lang", "en", *more)
    assert said.code == 3
    assert not (dump.parent / "out").exists()
    return said.err


def test_missing_columns_are_told_all_at_once_with_the_headers_that_are_there(
    audit, tmp_path
):
    dump = deliver(
        tmp_path / "dump", "申请编号,所属区县,用户类型,用电类别\nA,1,居民,x\n"
    )
    said = refused(audit, dump)
    assert "as cases it lacks county_code, customer_type." in said
    assert "申请编号、所属区县、用户类型、用电类别" in said


def test_a_missing_column_is_paired_with_the_unused_header_most_like_it(
    audit, tmp_path
):
    dump = deliver(tmp_path / "dump", "申请编号,县区编号,用户类型\nA,1,居民\n")
    said = refused(audit, dump)
    assert "county_code = “县区编号”?" in said
    assert "customer_type = “用户类型”?" in said


def test_the_shipped_mapping_of_which_the_headers_are_there_is_named(audit, tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    for name, table in (
        ("业扩工单-望川市.csv", "cases"),
        ("业扩工单环节-202111.csv", "events"),
    ):
        text = (SAMPLE / "dump" / name).read_bytes()
        (dump / f"{table}.csv").write_bytes(
            text.replace("区县编码".encode("gb18030"), b"QX")
        )
    assert "AUD165 the shipped mapping state-grid finds" in refused(audit, dump)


@pytest.mark.parametrize(
    ("place", "mapping"), [("dump", "state-grid"), ("shapes/wide", "wide")]
)
def test_the_shipped_mapping_is_also_told_by_the_names_of_files(
    audit, tmp_path, place, mapping
):
    said = audit("run", SAMPLE / place, "--out", tmp_path / "out")
    assert said.code == 3
    assert f"--mapping {mapping}" in said.err
    assert said.err.count("AUD163") <= 4  # many files of one reason are one line


def test_a_run_with_a_mapping_is_not_told_to_use_another(audit, tmp_path):
    mapping = tmp_path / "mine.toml"
    mapping.write_text('[mapping]\nid = "mine"\n', "utf-8")
    said = audit(
        "run", SAMPLE / "dump", "--out", tmp_path / "out", "--mapping", mapping
    )
    assert said.code == 3
    assert "state-grid" not in said.err


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_an_unread_column_is_told_once_with_the_number_of_its_files(
    audit, sampled, tmp_path, lang
):
    _, said = sampled  # in Chinese, as nothing else was asked
    if lang != "zh":
        said = audit(*SAMPLE_RUN, "--out", tmp_path / "run", "--lang", lang)
    line = next(ln for ln in said.out.splitlines() if "events.备注" in ln)
    wanted = {
        "zh": "events.备注、events.环节编号（15 个文件）",
        "en": "events.备注, events.环节编号 (15 files)",
    }
    assert wanted[lang] in line
    assert line.count("备注") == 1


def test_rejects_are_grouped_with_their_number_and_first_place(audit, tmp_path):
    rows = "".join(f"A{n},1,resident,bad\n" for n in range(1204))
    dump = deliver(
        tmp_path / "dump", f"case_id,county_code,customer_type,申请日期\n{rows}"
    )
    said = audit(
        "run", dump, "--out", tmp_path / "out", "--cutoff", "2022-12-31", "--lang", "en"
    )
    line = next(ln for ln in said.out.splitlines() if "cases.submitted_at" in ln)
    for part in (
        "cell",
        "unreadable date",
        "unreadable_date",
        "1,204",
        "cases.csv:2 bad",
    ):
        assert part in line
    assert "rejects.parquet" in said.out

"""A document or step under the utility's own name is told, guessed at, and mapped."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import auditor
from auditor.frames.columns import NOTES
from auditor.inspect.lexicon import with_mappings
from auditor.inspect.names import _guess
from auditor.pack import forbidden_words, listed_documents, load_pack
from auditor.settings import Settings
from auditor.write.papers import told_names
from tests.runs import frame, pipeline

PACK = load_pack()
CUTOFF = date(2022, 12, 31)
ALL_NOTES = 'SELECT source, "table", "column", note, count, value FROM notes'
HEAD = "case_id,county_code,customer_type,submitted_at,energised_at\n"
STEPS = "case_id,step,started_at,finished_at\n"
# case, step as delivered, documents as delivered; what ind13 must say
ASKED = {
    "A1": ("accept", ["用电人有效身份证件"], "fail"),
    "A2": ("accept", ["用电人有效身份证件", "有效身份证件"], "fail"),
    "A3": ("accept", ["用电人有效身份证件", "无欠费承诺书"], "fail"),
    "A4": ("accept", ["无欠费承诺书"], "fail"),
    "A5": ("accept", ["有效身份证件"], "pass"),
    "A6": ("accept", ["古怪的纸"], "fail"),
    "A7": ("受理收资", ["有效身份证件"], "undetermined"),
    "A8": ("受理收资", ["有效身份证件"], "undetermined"),
    "A9": ("神秘环节", ["有效身份证件"], "undetermined"),
}
MAPPING = """
[[table]]
to = "materials"

[table.values.document]
"用电人有效身份证件" = "有效身份证件"

[table.values.step]
"受理收资" = "accept"
"""


@pytest.fixture(scope="module")
def dump(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("papers") / "dump"
    folder.mkdir()
    cases = [f"{case},B,resident,2022-03-01,2022-03-03\n" for case in ASKED]
    events = [f"{case},accept,2022-03-01,2022-03-01\n" for case in ASKED]
    papers = [
        f"{case},{step},{document}\n"
        for case, (step, documents, _) in ASKED.items()
        for document in documents
    ]
    (folder / "cases.csv").write_text(HEAD + "".join(cases), "utf-8")
    (folder / "events.csv").write_text(STEPS + "".join(events), "utf-8")
    text = "case_id,环节名称,资料名称\n" + "".join(papers)
    (folder / "materials.csv").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def said(audit, dump):
    out = dump.parent / "run"
    answer = audit("run", dump, "--cutoff", "2022-12-31", "--out", out)
    assert answer.code == 0, answer.err
    return answer, out


def judged(dump: Path, page: Path, name: str) -> tuple[dict[str, str], Path]:
    """Judge the dump under a mapping; return what ind13 says of each case."""
    out = dump.parent / name
    asked = Settings((dump,), out, mapping=page, cutoff=CUTOFF, outputs=("store",))
    pipeline.run(asked)
    rows = frame(out, "verdicts").select("case_id", pl.col("ind13").cast(pl.String))
    return dict(rows.iter_rows()), out


def noted(out: Path, note: str) -> dict[str | None, int]:
    told = auditor.query(out, "SELECT value, count, note, source FROM notes")
    rows = told.filter(note=note)
    assert set(rows["source"]) <= {"materials.csv"}
    return dict(rows.select("value", "count").iter_rows())


def test_the_verdicts_are_those_of_the_names_as_they_stand(said):
    rows = frame(said[1], "verdicts")
    found = dict(rows.select("case_id", pl.col("ind13").cast(pl.String)).iter_rows())
    assert found == {case: word for case, (_, _, word) in ASKED.items()}


def test_a_run_notes_unknown_documents_and_the_cases_that_rest_on_them_alone(said):
    # A3 was asked for a pledge as well and fails whatever the other paper is.
    found = noted(said[1], "unknown_document")
    assert found == {None: 3, "用电人有效身份证件": 2, "古怪的纸": 1}


def test_a_run_notes_unknown_steps_of_documents_and_the_cases_they_leave_open(said):
    found = noted(said[1], "unknown_paper_step")
    assert found == {None: 3, "受理收资": 2, "神秘环节": 1}


def test_the_run_ends_with_the_most_frequent_names_and_what_to_do(said):
    out = said[0].out
    assert "AUD460" in out and "用电人有效身份证件（2 件）、古怪的纸（1 件）" in out
    assert "AUD461" in out and "受理收资（2 件）" in out
    assert "无欠费承诺书（" not in out  # a name that the pack forbids is no unknown one
    notes = pl.concat([pl.DataFrame(schema=NOTES), auditor.query(said[1], ALL_NOTES)])
    told = told_names(notes, "en")
    assert [line[:6] for line in told] == ["AUD460", "AUD461"]
    assert "用电人有效身份证件 (2), 古怪的纸 (1)" in told[0]
    assert "For 3 cases" in told[0]


def test_the_report_tells_them_too(said):
    page = (said[1] / "report.html").read_text("utf-8")
    assert "没有人认得的名称" in page
    assert page.count("AUD460") == page.count("AUD461") == 2  # in both languages
    assert "用电人有效身份证件（2 件）" in page


def test_a_program_is_told_the_same(audit, dump):
    words = ("run", dump, "--cutoff", "2022-12-31", "--out", dump.parent / "json")
    rows = json.loads(audit(*words, "--json").out)["unknown_names"]
    assert {row["value"] for row in rows} >= {"古怪的纸", "神秘环节", None}
    totals = {row["note"]: row["count"] for row in rows if row["value"] is None}
    assert totals["unknown_document"] == totals["unknown_paper_step"] == 3
    assert totals["unknown_document_names"] == 2


def test_a_mapping_of_the_names_settles_the_verdicts_and_the_notes(dump):
    page = dump.parent / "map.toml"
    page.write_text(MAPPING, "utf-8")
    found, out = judged(dump, page, "mapped")
    still = {"A3": "fail", "A4": "fail", "A6": "fail", "A9": "undetermined"}
    assert found == {case: still.get(case, "pass") for case in ASKED}
    assert noted(out, "unknown_document") == {None: 1, "古怪的纸": 1}
    assert noted(out, "unknown_paper_step") == {None: 1, "神秘环节": 1}
    tried = auditor.inspect([dump], mapping=page).check
    assert tried.documents == (("古怪的纸", 1),)
    assert tried.paper_steps == (("神秘环节", 1),)


def test_the_number_of_partitions_changes_no_note(audit, said, dump):
    from auditor.clean import clean, read_plan
    from auditor.line.names import unknown_names
    from auditor.line.papers import paper_notes
    from auditor.read import read
    from auditor.settings import Limits

    work = dump.parent / "work"
    work.mkdir()
    raw = read((dump,), None, read_plan(None, PACK), Limits(), work)
    tables = clean(raw, None, PACK, work, partitions=4)
    assert len(tables.parts) == 4
    sources = [file.source for file in raw.files]
    names = unknown_names(tables.parts, PACK, sources)
    notes = paper_notes(tables, PACK, said[1], sources, names)
    for note in ("unknown_document", "unknown_paper_step"):
        rows = notes.filter(note=note).select("value", "count")
        assert dict(rows.iter_rows()) == noted(said[1], note)


def test_an_inspection_lists_them_with_counts_and_a_guess(audit, dump):
    found = auditor.inspect([dump])
    (papers,) = (file for file in found.files if file.table == "materials")
    told = {c.guess.column: c for c in papers.columns if c.guess}
    assert dict(told["document"].unknown) == {"用电人有效身份证件": 3, "古怪的纸": 1}
    assert told["document"].words == {"用电人有效身份证件": "有效身份证件"}
    assert dict(told["step"].unknown) == {"受理收资": 2, "神秘环节": 1}
    shown = audit("inspect", dump, "--lang", "en").out
    assert "用电人有效身份证件  3  → ? 有效身份证件" in shown
    assert "stand on no list" in shown
    assert "unknown steps in “环节名称”" in shown


def test_the_draft_holds_a_line_for_each_and_confirmed_it_settles_them(dump):
    page = dump.parent / "draft.toml"
    auditor.write_mapping(auditor.inspect([dump]), page)
    text = page.read_text("utf-8")
    assert '#? "用电人有效身份证件" = "有效身份证件"   # 3' in text
    assert '#! "古怪的纸" = ""   # 1; 不在清单上' in text
    lines = text.replace('#? "', '"').replace(
        '#! "受理收资" = ""', '"受理收资" = "accept"'
    )
    page.write_text(lines, "utf-8")
    found, out = judged(dump, page, "drafted")
    assert (found["A1"], found["A7"]) == ("pass", "pass")
    assert "古怪的纸" in noted(out, "unknown_document")


GUESSES = {
    "用电人有效身份证件": "有效身份证件",
    "用电主体资格证明": "有效身份证件",
    "有效身份证件（复印件）": "有效身份证件",
    "用电地址物权证明": "用电地址物权证件",
    "有效身份证件及房产证": None,  # two documents are neither of them
    "古怪的纸": None,
    "税务登记证": None,
}


@pytest.mark.parametrize("name", GUESSES)
def test_a_guess_is_near_and_never_takes_two_documents_for_one(name):
    known = with_mappings(PACK, None)
    assert _guess(name, "document", known.words["document"], PACK) == GUESSES[name]


def test_every_guess_of_the_lexicon_is_a_name_of_a_list():
    listed = {n for names in listed_documents(PACK).values() for n in names}
    guesses = with_mappings(PACK, None).words["document"]
    assert set(guesses.values()) == listed - {"施工现场材料"}
    assert not set(guesses) & listed
    assert not [
        name for name in guesses if any(w in name for w in forbidden_words(PACK))
    ]

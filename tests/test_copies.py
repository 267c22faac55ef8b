"""Rows that say a thing again are counted by class, and each can be looked up."""

from dataclasses import replace
from datetime import date

import pytest

from tests.runs import frame, pipeline, write_dump

CASE = {"case_id": "1", "county_code": "A", "customer_type": "resident",
        "submitted_at": "2022-03-01", "energised_at": "2022-03-04"}  # fmt: skip
EVENT = {"case_id": "1", "step": "accept", "started_at": "2022-03-01",
         "finished_at": "2022-03-01"}  # fmt: skip
CHECK = {**EVENT, "step": "completion_check"}
FEE = {"case_id": "1", "receipt_id": "R1", "item": "外线工程", "amount_yuan": "5",
       "payer": "user", "inside_redline": "false"}  # fmt: skip

CLASSES = ("complete", "consistent", "inconsistent")
# table, rows beside the first; complete, consistent, inconsistent; differing columns
AGAIN = {
    "the same row": ("cases", [CASE], (1, 0, 0), {""}),
    "the same row thrice": ("cases", [CASE, CASE], (2, 0, 0), {""}),
    "a cell left empty": (
        "cases", [{**CASE, "energised_at": ""}], (0, 1, 0), {"energised_at"},
    ),
    "another date": (
        "cases", [{**CASE, "energised_at": "2022-03-03"}], (0, 0, 1), {"energised_at"},
    ),
    "an empty cell and another date": (
        "cases", [{**CASE, "energised_at": "2022-03-03", "submitted_at": ""}],
        (0, 0, 1), {"submitted_at;energised_at"},
    ),
    "two other rows": (
        "cases",
        [{**CASE, "energised_at": "2022-03-03"}, {**CASE, "energised_at": ""}],
        (0, 0, 2), {"energised_at"},
    ),
    "an event again": ("events", [EVENT], (1, 0, 0), {""}),
    "an event with an earlier end": (
        "events", [{**EVENT, "finished_at": "2022-02-28"}], (0, 0, 1), {"finished_at"},
    ),
    "an event without its start": (
        "events", [{**EVENT, "started_at": ""}], (0, 1, 0), {"started_at"},
    ),
    "another step": ("events", [{**EVENT, "step": "connect"}], (0, 0, 0), set()),
    "a second round": (
        "events", [CHECK, {**CHECK, "started_at": "2022-03-02"}], (0, 0, 0), set(),
    ),
    "a receipt with two amounts": (
        "fees", [{**FEE, "amount_yuan": "3"}], (0, 0, 1), {"amount_yuan"},
    ),
    "another item of it": ("fees", [{**FEE, "item": "变压器"}], (0, 0, 0), set()),
}  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """One run over all of them, each a case of its own."""
    tables = {"cases": [], "events": [], "fees": []}
    for number, (table, more, *_) in enumerate(AGAIN.values()):
        mine = {"cases": [CASE], "events": [EVENT], "fees": [FEE]}
        mine[table] = mine[table] + more
        for name, rows in mine.items():
            tables[name] += [{**row, "case_id": f"{number:03}X"} for row in rows]
    settings = write_dump(tmp_path_factory.mktemp("copies"), tables)
    settings = replace(settings, cutoff=date(2022, 12, 31), outputs=("evidence",))
    return pipeline.run(settings), frame(settings.out / "evidence", "duplicates")


@pytest.mark.parametrize("what", AGAIN)
def test_a_row_that_says_a_thing_again_is_classed(told, what):
    table, _, counts, columns = AGAIN[what]
    rows = told[1].filter(case_id=f"{[*AGAIN].index(what):03}X")
    assert set(rows["table"]) <= {table}
    assert set(rows["columns"]) == columns
    assert rows["source"].unique().to_list() in ([], [f"{table}.csv"])
    for word, count in zip(CLASSES, counts, strict=True):
        stays = bool(count) and word != "complete"
        assert (rows["class"] == word).sum() == count + stays, word


def test_the_books_count_every_class_of_each_table(told):
    for table in ("cases", "events", "fees"):
        sums = [counts for name, _, counts, _ in AGAIN.values() if name == table]
        wanted = dict(zip(CLASSES, map(sum, zip(*sums, strict=True)), strict=True))
        books = told[0].accounting["duplicates"][table]
        assert {word: books[word] for word in CLASSES} == wanted
        assert told[0].accounting["rows"][table]["duplicate"] == wanted["complete"]


def test_ids_of_one_look_are_told_and_listed(tmp_path):
    cases = [{**CASE, "case_id": name} for name in ("A01", "AO1", "A2", "A3")]
    settings = write_dump(tmp_path, {"cases": cases, "events": []})
    done = pipeline.run(replace(settings, outputs=("evidence",)))
    assert done.accounting["look_alike_ids"] == 2
    listed = frame(settings.out / "evidence", "look_alikes")
    assert listed["case_id"].to_list() == ["A01", "AO1"]
    (note,) = done.notes.filter(note="look_alike_ids").rows(named=True)
    assert (note["source"], note["count"]) == ("cases.csv", 2)

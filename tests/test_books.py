"""The books balance, and a gap in them stops the run."""

from dataclasses import replace

import pytest

from auditor.errors import AuditError
from auditor.frames import RawTables
from auditor.line.balance import balance
from tests.pollution.counting import count
from tests.raws import CASE, cleaned, raw_tables

EVENT = {"case_id": "A", "step": "accept"}


@pytest.fixture
def books(tmp_path):
    files = (("cases", [CASE]), ("events", [EVENT, EVENT, {**EVENT, "case_id": "Z"}]))
    raw = raw_tables(tmp_path / "raw", *files)
    return raw, cleaned(tmp_path / "clean", *files)


def test_every_file_has_its_accounts(books):
    rows = {row["file"]: row for row in balance(*books)}
    events = rows["events.csv"]
    assert [events[n] for n in ("read", "accepted", "duplicate", "rejected")] == [
        3, 1, 1, 1,
    ]  # fmt: skip
    assert events["records"] == 3


GAPS = {
    "a row that was accepted and is gone": ("events", "accepted", -1),
    "a row out of nowhere": ("events", "accepted", 1),
    "a reject that nobody read": ("cases", "rejected", 1),
    "a row that was read and is nothing": ("cases", "read", 1),
}


@pytest.mark.parametrize("what", GAPS)
def test_a_gap_in_the_books_of_a_file_is_an_error_with_a_code(books, what):
    table, account, change = GAPS[what]
    raw, tables = books
    tables.files[f"{table}.csv", table][account] += change
    with pytest.raises(AuditError) as error:
        balance(raw, tables)
    assert error.value.code == "AUD142"


def test_a_table_that_is_not_the_sum_of_its_files_is_an_error(books):
    raw, tables = books
    tables.accounting["events"]["accepted"] += 1
    tables.accounting["events"]["read"] += 1
    with pytest.raises(AuditError, match="AUD142"):
        balance(raw, tables)


def test_records_that_were_counted_but_not_read_are_an_error(books):
    raw, tables = books
    more = tuple(replace(file, records=9) for file in raw.files)
    with pytest.raises(AuditError, match="AUD142"):
        balance(RawTables(more, raw.rejects), tables)


COUNTS = {
    "lines": (b"a,b\n1,2\n3,4\n", 2, 3),
    "no last line end": (b"a,b\n1,2\n3,", 2, 3),
    "blank lines": (b"a,b\n\n1,2\n\n\n3,4\n", 2, 6),
    "a line end inside quotes": (b'a,b\n1,"2\n3"\n4,5\n', 2, 4),
    "carriage returns": (b"a,b\r1,2\r3,4\r", 2, 3),
    "doubled quotes": (b'a,b\n1,"2""3"\n4,""\n', 2, 3),
}


@pytest.mark.parametrize("what", COUNTS)
def test_the_independent_count_counts(what):
    data, records, lines = COUNTS[what]
    counted = count(data)
    assert (counted.records, counted.lines) == (records, lines)


@pytest.mark.parametrize(
    "data", [b'a,b\n1,5" pipe\n', b'a,b\n"1"x,2\n', b'a,b\n"1,2\n']
)
def test_a_quote_against_the_grammar_has_no_count_of_records(data):
    assert count(data).records is None

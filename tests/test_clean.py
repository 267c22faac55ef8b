"""Cleaning: what a cell means, which rows stay, and books that always balance."""

from datetime import date

import polars as pl
import pytest

from auditor.errors import AuditError, PackError
from auditor.frames import REJECTS, RawFile, canonical_schema, check, dtypes
from tests.raws import CASE, PACK, cleaned, loaded, raw_file, told
from tests.reference.rows import is_rounded

CASES = ("cases", [CASE])


def cells(tmp_path, **given):
    """Clean one case with these cells; return its typed row and the rejects."""
    tables = cleaned(tmp_path, ("cases", [CASE | given]))
    return loaded(tables, "cases").row(0, named=True), told(
        tables, "kind", "column", "value", "reason"
    )


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("business_type", "new", "new"),
        ("business_type", " new\u3000", "new"),
        ("customer_type", "hv", "hv"),
        ("three_zero", "TRUE", True),
        ("three_zero", "是", True),
        ("three_zero", "y", True),
        ("three_zero", "否", False),
        ("three_zero", "0", False),
        ("three_zero", "f", False),
        ("capacity_kw", "160", 160.0),
        ("capacity_kw", "-0.50", -0.5),
        ("capacity_kw", "+7", 7.0),
        ("source_count", "2", 2),
        ("household_count", "-3", -3),
        ("utility", "甲 公司", "甲 公司"),
        ("submitted_at", "2021/3/1 10:00", date(2021, 3, 1)),
        ("utility", "", None),
        ("utility", " \t\u3000", None),
        ("submitted_at", "", None),
        ("user_cost_yuan", None, None),
    ],
)
def test_a_readable_cell_is_typed_and_an_empty_optional_one_is_null(
    tmp_path, column, text, value
):
    row, rejects = cells(tmp_path, **{column: text})
    assert row[column] == value
    assert type(row[column]) is type(value)
    assert row["_bad"] == 0
    assert rejects == []


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("business_type", "New", "unknown_word"),
        ("customer_type", "居民", "unknown_word"),
        ("customer_type", "", "empty_required"),
        ("county_code", " ", "empty_required"),
        ("three_zero", "maybe", "unreadable_bool"),
        ("three_zero", "2", "unreadable_bool"),
        ("capacity_kw", "1e3", "unreadable_number"),
        ("capacity_kw", "1,000", "unreadable_number"),
        ("capacity_kw", "１６０", "unreadable_number"),
        ("capacity_kw", "160kW", "unreadable_number"),
        ("capacity_kw", ".5", "unreadable_number"),
        ("capacity_kw", "5.", "unreadable_number"),
        ("capacity_kw", "nan", "unreadable_number"),
        ("capacity_kw", "inf", "unreadable_number"),
        ("capacity_kw", "9" * 400, "unreadable_number"),
        ("source_count", "2.0", "unreadable_number"),
        ("source_count", "9" * 19, "unreadable_number"),
        ("utility", "\ufffd\ufffd公司", "damaged_text"),
        ("county_code", "\ufffd2", "damaged_text"),
        ("submitted_at", "2021-02-30", "unreadable_date"),
        ("submitted_at", "2021-03-01 23:59:60", "unreadable_date"),
        ("submitted_at", "\u00a02021-03-01", "unreadable_date"),
    ],
)
def test_an_unreadable_cell_is_null_named_and_marked_and_the_row_stays(
    tmp_path, column, text, reason
):
    row, rejects = cells(tmp_path, **{column: text})
    value = text.strip(" ") or None
    assert rejects == [("cell", column, value, reason)]
    assert row[column] is None
    assert row["_bad"] == PACK.tables["cases"].bit(column)


def test_a_typed_table_has_every_declared_column_with_its_type(tmp_path):
    tables = cleaned(tmp_path, CASES)
    for name in ("cases", "events", "fees", "meters"):
        frame = tables.parts[0].load(name)
        assert dict(frame.schema) == {
            key: kind() if isinstance(kind, type) else kind
            for key, kind in dtypes(PACK.tables[name]).items()
        }
    assert tables.small.keys() == {"approvals", "attestations", "expected", "roster"}


def test_a_date_keeps_its_clock_only_if_it_had_one(tmp_path):
    rows = [
        CASE | {"submitted_at": "2021-03-01", "energised_at": "2021-03-02 08:00:30"}
    ]
    row = loaded(cleaned(tmp_path, ("cases", rows)), "cases").row(0, named=True)
    assert row["submitted_at_tod"] is None
    assert row["energised_at_tod"] == 8 * 3600 + 30


def test_an_alias_names_a_column_and_an_extra_column_is_only_listed(tmp_path):
    rows = [{"申请编号": "A", "县区编码": "330101", "用户分类": "hv", "电话": "1"}]
    tables = cleaned(tmp_path, ("cases", rows))
    assert loaded(tables, "cases")["customer_type"].to_list() == ["hv"]
    assert tables.columns["cases"] == {"case_id", "county_code", "customer_type"}
    note = {"source": "cases.csv", "table": "cases", "column": "电话"}
    assert tables.notes.rows(named=True) == [
        note | {"note": "ignored_columns", "count": 1, "value": None}
    ]


@pytest.mark.parametrize("header", ["^.*$", "*", "^c.*$", "_raw", "c0"])
def test_a_header_that_is_a_pattern_to_the_engine_is_only_a_name(tmp_path, header):
    tables = cleaned(tmp_path, ("cases", [CASE | {header: "x"}]))
    assert loaded(tables, "cases")["case_id"].to_list() == ["A"]
    assert tables.notes["column"].to_list() == [header]


def test_two_headers_for_one_column_refuse_the_file(tmp_path):
    fees = [{"case_id": "A", "金额": "1", "amount_yuan": "2"}]
    tables = cleaned(tmp_path, CASES, ("fees", fees))
    assert told(tables, "kind", "table", "column", "value", "reason") == [
        ("file", "fees", "amount_yuan", "金额, amount_yuan", "ambiguous_column")
    ]
    assert tables.refused
    assert "fees" not in tables.delivered


def test_a_file_without_a_required_column_is_refused_and_the_others_count(tmp_path):
    bad = raw_file(tmp_path, "events", [{"case_id": "A", "x": "1"}], "events-2.csv")
    good = [{"case_id": "A", "step": "accept", "started_at": "2021-03-01"}]
    tables = cleaned(tmp_path, CASES, ("events", good), bad)
    assert told(tables, "kind", "source", "column", "reason") == [
        ("file", "events-2.csv", "step", "missing_column")
    ]
    assert tables.accounting["events"]["read"] == 1


def test_no_usable_file_of_a_needed_table_stops_the_run_with_exit_3(tmp_path):
    with pytest.raises(AuditError) as error:
        cleaned(tmp_path, CASES, ("events", [{"case_id": "A"}]))
    assert error.value.exit_code == 3
    assert "step" in error.value.render("zh")
    assert "events" in error.value.render("en")


def test_an_empty_key_rejects_the_row_and_the_known_case_has_lost_it(tmp_path):
    events = [
        {"case_id": "A", "step": "accept"},
        {"case_id": "A", "step": " "},
        {"case_id": "", "step": "accept"},
        {"case_id": "Z", "step": ""},
    ]
    tables = cleaned(tmp_path, CASES, ("events", events))
    assert told(tables, "row", "column", "case_id", reason="empty_key", kind="row") == [
        (3, "step", "A"), (4, "case_id", None), (5, "step", "Z"),
    ]  # fmt: skip
    assert tables.lost.rows() == [("A", "events")]
    assert tables.parts[0].load("lost").rows() == [("A", "events")]
    assert tables.accounting["events"] == {
        "read": 4, "accepted": 1, "duplicate": 0, "rejected": 3,
    }  # fmt: skip


def test_a_row_rejected_by_the_reader_counts_and_is_lost_to_its_known_case(tmp_path):
    row = dict.fromkeys(REJECTS) | {
        "kind": "row", "source": "fees.csv", "row": 9, "table": "fees",
        "reason": "row_width", "case_id": "A",
    }  # fmt: skip
    rejects = pl.DataFrame([row, row | {"case_id": "Z"}], schema=REJECTS)
    tables = cleaned(tmp_path, CASES, ("fees", [{"case_id": "A"}]), rejects=rejects)
    assert tables.accounting["fees"] == {
        "read": 3, "accepted": 1, "duplicate": 0, "rejected": 2,
    }  # fmt: skip
    assert tables.lost.rows() == [("A", "fees")]
    assert not tables.refused


ROUNDED = (
    "3.30102E+17", "3e+17", " 3.3E+17 ", "1.23457e+100", "3.30102220100071E17",
    "33.0102E+17", "3.E+17", "'3.3E+11",
)  # fmt: skip
OTHERS = (
    "330E17", "E+17", "A3.3E+17", "3.3E+1", "3.3E+17-1", "SG-3E+17", "2022-1E+12",
    "4E+05", "3.3E+10", "3300.1E+17", "3.3E-17", "E.ON+11", "3.3F+17",
)  # fmt: skip


def test_an_order_whose_id_was_rounded_is_a_case_of_its_own(tmp_path):
    cases = [
        CASE | {"case_id": one, "utility": f"{at}"}
        for at, one in enumerate((*ROUNDED, *OTHERS, ROUNDED[0]))
    ]
    events = [{"case_id": one, "step": "accept"} for one in (ROUNDED[0], OTHERS[0])]
    tables = cleaned(tmp_path, ("cases", cases), ("events", events))
    ids = loaded(tables, "cases")["case_id"].to_list()
    own = [one for one in ids if one not in OTHERS]
    assert set(ids) - set(own) == set(OTHERS)
    shown = [one.strip() for one in (*ROUNDED, ROUNDED[0])]
    assert sorted(one.partition(" [")[0] for one in own) == sorted(shown)
    assert len(set(own)) == len(own)
    told_cells = told(tables, "value", "case_id", reason="precision_lost", kind="cell")
    assert {(one.partition(" [")[0], one) for one in own} == set(told_cells)
    assert told(tables, "table", "row", "case_id", kind="row") == [("events", 2, None)]
    lost = {case for case, table in tables.lost.rows() if table == "events"}
    assert lost == set(own)
    assert tables.accounting["events"] == {
        "read": 2, "accepted": 1, "duplicate": 0, "rejected": 1,
    }  # fmt: skip
    assert {one for one in (*ROUNDED, *OTHERS) if is_rounded(one)} == {*ROUNDED}


def test_rows_that_say_the_same_are_duplicates_though_their_id_was_rounded(tmp_path):
    row = CASE | {"case_id": ROUNDED[0]}
    tables = cleaned(tmp_path, ("cases", [row, row, row | {"utility": "another"}]))
    assert tables.accounting["cases"] == {
        "read": 3, "accepted": 2, "duplicate": 1, "rejected": 0,
    }  # fmt: skip
    split = cleaned(tmp_path / "split", ("cases", [row]), ("cases", [row], "b.csv"))
    assert split.accounting["cases"]["accepted"] == 1
    whole = set(loaded(tables, "cases")["case_id"])
    assert set(loaded(split, "cases")["case_id"]) < whole


def test_an_id_that_the_reader_lost_leaves_a_case_of_its_own(tmp_path):
    rows = [CASE | {"case_id": one} for one in ("A", "", "")]
    reader = dict.fromkeys(REJECTS) | {
        "kind": "cell", "source": "cases.csv", "row": 3, "table": "cases",
        "column": "case_id", "value": "330102000000000123", "reason": "precision_lost",
    }  # fmt: skip
    rejects = pl.DataFrame([reader], schema=REJECTS)
    tables = cleaned(tmp_path, ("cases", rows), rejects=rejects)
    ids = loaded(tables, "cases")["case_id"].to_list()
    assert [one.partition(" [")[0] for one in ids] == ["330102000000000123", "A"]
    assert told(tables, "row", "kind", "reason") == [
        (3, "cell", "precision_lost"), (4, "row", "empty_key"),
    ]  # fmt: skip
    assert (ids[0], "events") in tables.lost.rows()


def test_a_rounded_number_of_a_customer_is_a_lost_cell_and_no_customer(tmp_path):
    cases = [
        CASE | {"case_id": f"{at}", "customer_id": one}
        for at, one in enumerate((ROUNDED[0], ROUNDED[0], "33E01", "3 + 4"))
    ]
    tables = cleaned(tmp_path, ("cases", cases))
    rows = loaded(tables, "cases")
    assert rows["customer_id"].to_list() == [None, None, "33E01", "3 + 4"]
    bit = PACK.tables["cases"].bit("customer_id")
    assert rows["_bad"].to_list() == [bit, bit, 0, 0]
    assert told(tables, "row", "column", "value", "reason", kind="cell") == [
        (row, "customer_id", ROUNDED[0], "precision_lost") for row in (2, 3)
    ]


@pytest.mark.parametrize(
    ("rounded", "others", "noted"),
    [(20, 19, 20), (20, 20, None), (19, 0, None), (600, 400, 600)],
)
def test_ids_that_mostly_end_in_noughts_are_used_and_told(
    tmp_path, rounded, others, noted
):
    ids = [f"33010200{at:07}000" for at in range(rounded)]
    ids += [f"33010200{at:07}123" for at in range(others)]
    tables = cleaned(tmp_path, ("cases", [CASE | {"case_id": one} for one in ids]))
    assert tables.accounting["cases"]["accepted"] == len(ids)
    notes = tables.notes.filter(note="rounded_ids").select("column", "count").rows()
    assert notes == ([] if noted is None else [("case_id", noted)])


def test_a_file_of_rounded_ids_is_told_though_the_others_are_whole(tmp_path):
    cut = [CASE | {"case_id": f"33010200{at:07}000"} for at in range(30)]
    whole = [CASE | {"case_id": f"33010200{at:07}123"} for at in range(90)]
    tables = cleaned(tmp_path, ("cases", whole), ("cases", cut, "cut.csv"))
    notes = tables.notes.filter(note="rounded_ids").select("source", "count").rows()
    assert notes == [("cut.csv", 30)]


def test_a_cell_that_the_reader_lost_is_marked_and_told_once(tmp_path):
    reader = dict.fromkeys(REJECTS) | {
        "kind": "cell", "source": "cases.csv", "row": 2, "table": "cases",
        "column": "用户出资", "value": "1e300", "reason": "precision_lost",
    }  # fmt: skip
    case = CASE | {"用户出资": "\ufffd2", "utility": "\ufffd2"}
    rejects = pl.DataFrame([reader], schema=REJECTS)
    tables = cleaned(tmp_path, ("cases", [case]), rejects=rejects)
    assert told(tables, "column", "reason") == [("用户出资", "precision_lost")]
    row = loaded(tables, "cases").row(0, named=True)
    table = PACK.tables["cases"]
    assert row["user_cost_yuan"] is None
    assert row["_bad"] == table.bit("user_cost_yuan") | table.bit("utility")
    alone = cleaned(tmp_path / "2", ("cases", [case]))
    assert [row[0] for row in told(alone, "reason")] == [
        "unreadable_number", "damaged_text",
    ]  # fmt: skip


def test_rows_equal_in_raw_text_are_one_and_the_first_by_name_and_line_stays(tmp_path):
    row = {"case_id": "A", "step": "accept", "started_at": "2021-03-01"}
    late = raw_file(tmp_path, "events", [row], "events-b.csv")
    early = raw_file(tmp_path, "events", [row | {"备注": ""}, row], "events-a.csv")
    for number, order in enumerate([(late, early), (early, late)]):
        tables = cleaned(tmp_path / str(number), CASES, *order)
        kept = loaded(tables, "events")
        assert kept["_row"].to_list() == [2]
        assert order[kept["_source"][0] - 1].source == "events-a.csv"
        assert tables.accounting["events"]["duplicate"] == 2


@pytest.mark.parametrize(
    "other",
    [{"finished_at": "2021/03/01"}, {"备注": "again"}, {"case_id": "A "}],
)
def test_rows_that_differ_in_raw_text_both_stay(tmp_path, other):
    row = {"case_id": "A", "step": "accept", "finished_at": "2021-03-01", "备注": "x"}
    tables = cleaned(tmp_path, CASES, ("events", [row, row | other]))
    assert tables.accounting["events"]["accepted"] == 2


def test_rows_of_an_unknown_case_are_rejected_and_block_nobody(tmp_path):
    fees = [{"case_id": "Z", "amount_yuan": "5"}, {"case_id": "A", "amount_yuan": "x"}]
    tables = cleaned(tmp_path, CASES, ("fees", fees))
    assert told(tables, "row", "value", reason="unknown_case") == [(2, "Z")]
    assert told(tables, "row", "value", kind="cell") == [(3, "x")]
    assert tables.lost.is_empty()


def test_an_interval_that_ends_before_it_begins_is_rejected_with_its_cells(tmp_path):
    day = {"case_id": "A", "from_date": "2021-03-05", "to_date": "2021-03-05"}
    wrong = {"to_date": "2021-03-04", "reason": "?"}
    rows = [day | wrong, day, day | {"from_date": ""}]
    tables = cleaned(tmp_path, CASES, ("suspensions", rows))
    assert told(tables, "kind", "row", "reason") == [
        ("row", 2, "from_after_to"), ("cell", 4, "empty_required"),
    ]  # fmt: skip
    assert tables.lost.rows() == [("A", "suspensions")]
    assert tables.accounting["suspensions"]["accepted"] == 2


def test_a_duplicate_of_a_row_that_is_rejected_later_is_a_duplicate(tmp_path):
    row = {"case_id": "Z", "step": "accept"}
    tables = cleaned(tmp_path, CASES, ("events", [row, row]))
    assert tables.accounting["events"] == {
        "read": 2, "accepted": 0, "duplicate": 1, "rejected": 1,
    }  # fmt: skip


def test_a_step_is_named_by_alias_or_its_own_name_and_never_guessed(tmp_path):
    names = ["业务受理", "accept", "送电 ", "喝茶", "internal"]
    events = [{"case_id": "A", "step": name} for name in names]
    tables = cleaned(tmp_path, CASES, ("events", events))
    assert loaded(tables, "events").select("raw_step", "step").rows() == [
        ("业务受理", "accept"), ("accept", "accept"), ("送电", "connect"),
        ("喝茶", "unmapped"), ("internal", "internal"),
    ]  # fmt: skip
    assert tables.steps.filter(raw_step="喝茶").row(0)[1:] == (
        "unmapped", "started_at", "finished_at", 1,
    )  # fmt: skip


def test_the_last_date_is_that_of_accepted_rows_of_known_cases(tmp_path):
    cases = [CASE | {"submitted_at": "2021-03-01", "archived_at": "2021-09-09"}]
    events = [
        {"case_id": "A", "step": "accept", "finished_at": "2021-03-07"},
        {"case_id": "Z", "step": "accept", "finished_at": "2021-04-01"},
    ]
    tables = cleaned(tmp_path, ("cases", cases), ("events", events))
    assert tables.last_date == date(2021, 3, 7)
    assert cleaned(tmp_path / "none", CASES).last_date is None


def test_naive_and_aware_stamps_in_one_column_are_noted_over_all_partitions(tmp_path):
    cases = [
        CASE | {"case_id": "A", "submitted_at": "2021-03-01 10:00"},
        CASE | {"case_id": "B", "submitted_at": "2021-03-01T10:00:00Z"},
    ]
    tables = cleaned(tmp_path, ("cases", cases), partitions=2)
    assert tables.notes.rows() == [
        ("cases.csv", "cases", "submitted_at", "mixed_zones", 1, None)
    ]


def test_dossier_tables_are_typed_kept_apart_and_balanced(tmp_path):
    roster = [{"county_code": "330101", "valid_from": "2020-01-01", "valid_to": "?"}]
    vote = {"level": "county", "code": "330101", "indicator": "ind12", "value": "met"}
    tables = cleaned(
        tmp_path,
        CASES,
        raw_file(tmp_path, "roster", roster, origin="dossier"),
        raw_file(tmp_path, "attestations", [vote, vote], origin="dossier"),
    )
    assert tables.small["roster"]["valid_from"].to_list() == [date(2020, 1, 1)]
    assert told(tables, "kind", "table", "value") == [("cell", "roster", "?")]
    assert tables.accounting["attestations"]["duplicate"] == 1


def form(tmp_path, text):
    path = tmp_path / "form.toml"
    path.write_text(text, "utf-8")
    return RawFile(
        "form.toml", "dossier", "form", path, "0", 1, "toml", None, None, 0, 0, ()
    )


def test_the_form_gives_its_lines_as_text(tmp_path):
    file = form(tmp_path, 'province = "浙江省"\ndate = 2022-01-05\n')
    assert cleaned(tmp_path, CASES, file).form == {
        "province": "浙江省",
        "date": "2022-01-05",
    }


def test_an_unknown_line_of_the_form_is_an_error_with_its_place(tmp_path):
    file = form(tmp_path, 'province = "P"\nphne = "1"\nfiller = 3\n')
    with pytest.raises(PackError) as error:
        cleaned(tmp_path, CASES, file)
    assert [problem.fields["line"] for problem in error.value.problems] == [2, 3]
    assert error.value.exit_code == 2


def test_a_staged_file_that_lost_rows_is_an_internal_error(tmp_path):
    good = raw_file(tmp_path, "cases", [CASE])
    short = RawFile(**{n: getattr(good, n) for n in good.__slots__} | {"read": 2})
    with pytest.raises(AuditError) as error:
        cleaned(tmp_path, short)
    assert error.value.code == "AUD151"


def test_a_contract_really_looks_at_values(tmp_path):
    frame = loaded(cleaned(tmp_path, CASES), "cases")
    contract = canonical_schema(PACK, "cases")
    assert check(frame, contract) is frame
    for bad in (
        frame.with_columns(customer_type=pl.lit("castle")),
        frame.with_columns(submitted_at=date(1816, 3, 29)),
        frame.with_columns(submitted_at_tod=pl.lit(1, pl.Int32)),
        frame.with_columns(capacity_kw=float("inf")),
        frame.with_columns(case_id=pl.lit(None, pl.String)),
        frame.with_columns(_row=pl.lit(0, pl.UInt64)),
        frame.with_columns(source_count=pl.lit(1, pl.Int32)),
        frame.drop("area"),
        frame.with_columns(more=1),
    ):
        with pytest.raises(AuditError) as error:
            check(bad, contract)
        assert error.value.exit_code == 70
    with pytest.raises(TypeError):
        check(frame.lazy(), contract)

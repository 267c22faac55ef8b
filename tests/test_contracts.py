"""Every frame has a contract, and a wrong value in it is refused, not passed on."""

from datetime import date

import polars as pl
import pytest

from auditor.errors import AuditError
from auditor.frames import (
    LOST,
    NOTES,
    REJECTS,
    ROLLUP,
    STEPS,
    canonical_schema,
    check,
    dtypes,
    facts_schema,
    findings_schema,
    lost_schema,
    notes_schema,
    projects_schema,
    rejects_schema,
    rollup_schema,
    steps_schema,
    verdicts_schema,
)
from auditor.frames.columns import FINDINGS
from auditor.pack import load_pack
from auditor.vocabulary import COHORTS, VERDICTS

PACK = load_pack()
RULE = PACK.case_rules[0].id
GOOD = {
    "id": "A", "text": "a", "bool": True, "number": 1.5, "integer": 1,
    "date": date(2022, 3, 1),
}  # fmt: skip
BEYOND = {
    "date": {"too early": date(1989, 12, 31), "too late": date(2101, 1, 1)},
    "word": {"a word outside the list": "neverheard"},
    "number": {"an infinite number": float("inf"), "no number": float("nan")},
}  # fmt: skip


def row_of(table):
    """A row of a canonical table of which every cell may stand."""
    row = {}
    for name, column in table.columns.items():
        row[name] = column.words[0] if column.type == "word" else GOOD.get(column.type)
        if column.type == "integer" and column.words:
            row[name] = int(column.words[0])
        if column.type == "date":
            row[f"{name}_tod"] = 3_600
        if name == "step" and table.columns[name].type == "step":
            row[name] = "accept"
    if "step" in row:
        row |= {"step": "accept", "raw_step": "受理", "spare_at": None}
    return row | {"_bad": 0, "_source": 0, "_row": 2}


def frame_of(name):
    table = PACK.tables[name]
    return pl.DataFrame([row_of(table)], schema=dtypes(table))


def planted(name):
    """Every wrong value that a canonical table could be given, each alone."""
    table = PACK.tables[name]
    for column in table.columns.values():
        for what, value in BEYOND.get(column.type, {}).items():
            yield f"{what} in {column.name}", {column.name: value}
        if column.type == "date":
            yield f"a second too many in {column.name}", {f"{column.name}_tod": 86_400}
            yield f"a clock without a day in {column.name}", {column.name: None}
        if column.name == "case_id" and column.required:
            yield "no case", {"case_id": None}
            yield "an empty case", {"case_id": ""}
    if "step" in table.columns:
        yield "a step outside the pack", {"step": "dance"}
        yield "no step", {"step": None}
    for place in ("_bad", "_source"):
        yield f"no {place}", {place: None}
    yield "a row before the first", {"_row": 0}


@pytest.mark.parametrize("name", PACK.tables)
def test_every_wrong_value_in_a_canonical_table_is_refused(name):
    good, contract = frame_of(name), canonical_schema(PACK, name)
    assert check(good, contract).equals(good)
    for what, cells in planted(name):
        wrong = good.with_columns(
            pl.lit(value, good.schema[column]).alias(column)
            for column, value in cells.items()
        )
        with pytest.raises(AuditError) as error:
            check(pl.concat([good, wrong]), contract)
        assert error.value.code == "AUD190", what


@pytest.mark.parametrize("name", PACK.tables)
def test_a_canonical_table_has_its_columns_in_order_and_no_others(name):
    good, contract = frame_of(name), canonical_schema(PACK, name)
    first = good.columns[0]
    for wrong in (
        good.drop(first),
        good.with_columns(extra=1),
        good.select(*good.columns[::-1]),
        good.with_columns(pl.lit(1.5).alias(first)),
    ):
        with pytest.raises(AuditError):
            check(wrong, contract)


def one(schema, **cells):
    kinds = {name: kind for name, kind in schema.items() if kind is not None}
    return pl.DataFrame([cells], schema=kinds)


VERDICT_KINDS = {
    "case_id": pl.String, "county_code": pl.String, "utility": pl.String,
    "user_class": pl.Enum(["resident"]), "submitted_on": pl.Date,
    "energised_on": pl.Date, "cohort": pl.Enum(COHORTS), RULE: pl.Enum(VERDICTS),
    f"{RULE}_reason": pl.Enum(["over_limit"]),
}  # fmt: skip
WINDOWS = {
    f"{w}_wd{part}": pl.Int32 for w in PACK.window_ids for part in ("", "_lo", "_hi")
}
WINDOW = PACK.window_ids[0]
FRAMES = {
    "rejects": (
        rejects_schema(),
        one(REJECTS, kind="cell", source="a.csv", row=2, column="x",
            reason="unreadable_date"),
        ({"kind": "line"}, {"kind": None}, {"reason": "no_such_word"},
         {"reason": None}, {"source": None}, {"row": None}, {"column": None}),
    ),
    "lost": (
        lost_schema(PACK), one(LOST, case_id="A", table="fees?"),
        ({"case_id": None}, {"table": "feels"}, {"table": None}),
    ),
    "notes": (
        notes_schema(), one(NOTES, source="a.csv", note="mixed_zones", count=1),
        ({"note": None}, {"source": None}),
    ),
    "steps": (
        steps_schema(PACK), one(STEPS, raw_step="受理", step="accept", rows=1),
        ({"raw_step": None}, {"step": "dance"}, {"step": None}, {"rows": 0}),
    ),
    "verdicts": (
        verdicts_schema([RULE]),
        one(VERDICT_KINDS, case_id="A", cohort="open", **{RULE: "fail"},
            **{f"{RULE}_reason": "over_limit"}),
        ({"case_id": None}, {"cohort": None}, {RULE: None}, {f"{RULE}_reason": None}),
    ),
    "projects": (
        projects_schema(["ind01"]),
        one({"project_id": pl.String, "county_code": pl.String,
             "ind01": pl.Enum(VERDICTS), "ind01_reason": pl.String},
            project_id="P", ind01="fail", ind01_reason="over_limit"),
        ({"project_id": None}, {"ind01": None}, {"ind01_reason": None}),
    ),
    "facts": (
        facts_schema(PACK),
        one({"case_id": pl.String, "end_state": pl.String, **WINDOWS}, case_id="A",
            **dict.fromkeys(WINDOWS, 3)),
        ({f"{WINDOW}_wd": -1}, {f"{WINDOW}_wd": 4}, {f"{WINDOW}_wd_lo": 5},
         {f"{WINDOW}_wd_hi": 2}),
    ),
    "findings": (
        findings_schema(), one(FINDINGS, case_id="A", verdict="fail"),
        ({"verdict": "pass"}, {"verdict": "late"}),
    ),
    "rollup": (
        rollup_schema(),
        one(ROLLUP, level="county", code="A", rule_id=RULE, status="met",
            **dict.fromkeys(VERDICTS, 0)),
        ({"status": "fine"}, {"status": None}, {"level": "village"}, {"pass": -1},
         {"fail": None}, {"rate": 1.5}, {"coverage": -0.1}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FRAMES)
def test_every_wrong_value_in_a_frame_between_stages_is_refused(name):
    contract, good, wrongs = FRAMES[name]
    assert check(good, contract).equals(good)
    for cells in wrongs:
        wrong = good.with_columns(
            pl.lit(value).cast(good.schema[column], strict=False).alias(column)
            for column, value in cells.items()
        )
        with pytest.raises(AuditError) as error:
            check(wrong, contract)
        assert error.value.code == "AUD190", cells


@pytest.mark.parametrize("name", ["verdicts", "projects"])
def test_a_subject_that_is_judged_twice_is_refused(name):
    contract, good, _ = FRAMES[name]
    with pytest.raises(AuditError):
        check(pl.concat([good, good]), contract)


@pytest.mark.parametrize("name", FRAMES)
def test_a_lazy_frame_is_not_taken_for_a_checked_one(name):
    contract, good, _ = FRAMES[name]
    with pytest.raises(TypeError):
        check(good.lazy(), contract)

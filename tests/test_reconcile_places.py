"""Which row is which county: by code, or by name within its city, never by likeness."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from auditor.read.job import Job
from auditor.read.workbook import Workbook
from auditor.read.xlsx import read_cells
from auditor.reconcile.compare import Reconciliation, compare
from auditor.reconcile.recorded import Recorded, record_of
from auditor.settings import Limits
from auditor.write.forms import write_forms
from auditor.write.forms.units import City, County, Province, provinces
from tests.declared import STARS, Row, Typist
from tests.test_annex2 import statuses, units
from tests.test_write_results import make_results

MARKS = ["/" if n in STARS else "√" for n in range(1, 39)]
EAST = City("1", "东市", (County("100101", "鼓楼区"), County("100102", "甲县")))
WEST = City("2", "西市", (County("200201", "鼓楼区"), County("200202", "乙县")))
AREA = Province("P", "某省", (EAST, WEST))


@pytest.fixture(scope="module")
def recorded(sample: Path) -> Recorded:
    return record_of(sample)


def check(recorded: Recorded, path: Path, *areas: Province) -> Reconciliation:
    answer = read_cells(Job(str(path), str(path), Limits()))
    tables = {str(one.table): pl.read_parquet(one.path) for one in answer.tables}
    run = replace(
        recorded, provinces=areas, manifest=recorded.manifest | {"period": None}
    )
    return compare(run, Workbook(path.name, "", 0, **tables))


def matched(
    recorded: Recorded,
    path: Path,
    *names: tuple[str, str],
    codes: dict[str, str] | None = None,
) -> list[tuple[str, str]]:
    """How each row (city and county) was matched, and to which code."""
    rows = [Row("county", "1.1", "", *name, list(MARKS), [31, 0, 1]) for name in names]
    typist = Typist(4, "extra_columns" if codes else "as_is")
    typist.repeats = "all"
    typist.write(path, rows, codes)
    found = check(replace(recorded, status={}), path, AREA).counties
    return [(one.how, one.code) for one in found if one.row]


def test_a_name_counts_within_its_city_after_folding(recorded, tmp_path):
    path = tmp_path / "a.xlsx"
    names = [("东市", "鼓楼区"), ("西市", "鼓楼区"), ("西 市", "乙　县")]
    wanted = [("name", "100101"), ("name", "200201"), ("name", "200202")]
    assert matched(recorded, path, *names) == wanted


def test_a_city_is_carried_down_until_another_is_named(recorded, tmp_path):
    names = [("东市", "甲县"), ("", "鼓楼区"), ("西市", "乙县"), ("", "鼓楼区")]
    found = matched(recorded, tmp_path / "a.xlsx", *names)
    assert [code for _, code in found] == ["100102", "100101", "200202", "200201"]


def test_what_is_unknown_or_ambiguous_is_listed(recorded, tmp_path):
    path = tmp_path / "a.xlsx"
    names = [
        ("", "甲县"),
        ("", "鼓楼区"),
        ("西市", "甲县"),
        ("西市", "乙縣"),
        ("北市", "乙县"),
    ]
    assert matched(recorded, path, *names) == [
        ("name", "100102"),
        ("ambiguous", ""),
        ("unknown", ""),
        ("unknown", ""),
        ("unknown", ""),
    ]


def test_a_code_decides_unless_the_name_is_another_county(recorded, tmp_path):
    path = tmp_path / "a.xlsx"
    codes = {
        "鼓楼区": "200201",
        "甲县改区": "100102",
        "甲县": "200202",
        "乙县": "999999",
    }
    names = [("", name) for name in codes]
    assert matched(recorded, path, *names, codes=codes) == [
        ("code", "200201"),
        ("code", "100102"),
        ("contradictory", "200202"),
        ("unknown", "999999"),
    ]


MIXED = make_results()
SHAPES = {
    "counties under the province, and a city without counties": MIXED,
    "a municipality": make_results(
        roster=units(("1", "东区", "11", "市辖区"), ("2", "西区", "11", "市辖区")),
        rollup=statuses({"2": {6}}, ["1", "2"]),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_province_is_read_back(recorded, tmp_path, shape):
    results = SHAPES[shape]
    write_forms(results, tmp_path)
    columns = ("level", "code", "rule_id", "status")
    status = {row[:3]: row[3] for row in results.rollup.select(columns).iter_rows()}
    areas = provinces(results.roster, recorded.layout.no_city)
    run = replace(recorded, status=status, fails={})
    found = check(run, tmp_path / "forms" / "annex2.xlsx", *areas)
    assert {one.how for one in found.counties} == {"name"}
    assert found.counts["confirmed"] == len(found.cells)


def test_a_run_of_several_provinces_wants_the_name_of_one(recorded, tmp_path):
    from auditor.errors import AuditError

    path = tmp_path / "a.xlsx"
    row = Row("county", "1.1", "", "东市", "甲县", list(MARKS), [31, 0, 1])
    Typist(6).write(path, [row])  # the title says 示例省
    other = Province("Q", "示例省", (City("1", "东市", (County("300301", "甲县"),)),))
    found = check(replace(recorded, status={}), path, AREA, other).counties[0]
    assert found.code == "300301"
    with pytest.raises(AuditError) as caught:
        check(recorded, path, AREA, replace(other, name="别省"))
    assert caught.value.code == "AUD517"

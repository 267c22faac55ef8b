"""A declared form against a run: the honest are not accused, every lie is found."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from auditor.errors import AuditError
from auditor.read.job import Job
from auditor.read.workbook import Workbook
from auditor.read.xlsx import read_cells
from auditor.reconcile import reconcile
from auditor.reconcile.compare import Reconciliation, compare
from auditor.reconcile.nouns import WORDS
from auditor.reconcile.recorded import Recorded, record_of
from auditor.settings import Limits
from auditor.vocabulary import NOT_MET
from auditor.write.forms.units import City, County, Province
from tests import declared
from tests.declared import HEADS, LOCAL, Row, Typist, recount

HONEST, LIES = 50, 500


@pytest.fixture(scope="module")
def run(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's run folder, where outcomes may be added."""
    return shutil.copytree(sample, tmp_path_factory.mktemp("reconcile") / "run")


@pytest.fixture(scope="module")
def recorded(run: Path) -> Recorded:
    return record_of(run)


@pytest.fixture(scope="module")
def form(run: Path) -> list[Row]:
    return declared.load(run / "forms" / "annex2.xlsx")


def codes(recorded: Recorded) -> dict[str, str]:
    return {c.name: c.code for area in recorded.provinces for c in area.counties}


def book(path: Path) -> Workbook:
    """The workbook as the child reads it, without the child."""
    answer = read_cells(Job(str(path), str(path), Limits()))
    tables = {str(one.table): pl.read_parquet(one.path) for one in answer.tables}
    return Workbook(path.name, "", 0, **tables)


def check(recorded: Recorded, path: Path) -> Reconciliation:
    return compare(recorded, book(path))


def words(result: Reconciliation) -> dict[str, str]:
    """The word of each cell that the sheet has, by its place."""
    return {cell.ref: cell.word for cell in result.cells if cell.ref}


def test_the_form_that_the_product_writes_is_confirmed_in_every_cell(run, recorded):
    result = check(recorded, run / "forms" / "annex2.xlsx")
    cells = 7 + 3 + 12 * (31 + 3) + 2 * (31 + 3) + 3 * 31
    assert result.counts == dict.fromkeys(WORDS, 0) | {"confirmed": cells}
    assert all(one.is_matched for one in result.counties)
    assert {one.weight for one in result.lints} == {"note"}


def test_honest_forms_are_never_accused(tmp_path, recorded, form):
    path = tmp_path / "honest.xlsx"
    for seed in range(HONEST):
        typist = Typist(seed, HEADS[seed % 6], label_in_cell=seed % 4 == 0)
        typist.write(path, form, codes(recorded))
        result = check(recorded, path)
        lost = 3 if typist.label_in_cell else 0  # the label covers three cells
        wanted = {"confirmed": 579 - lost, "not_checkable": lost}
        assert result.counts == dict.fromkeys(WORDS, 0) | wanted, (seed, typist.head)
        assert all(one.is_matched for one in result.counties), seed
        assert not [one for one in result.lints if one.weight == "wrong"], seed


def missed(recorded: Recorded, form: list[Row]) -> list[tuple[int, int]]:
    """Row and indicator of the cells in which a √ would be a lie."""
    known = codes(recorded)
    return [
        (index, n)
        for index, row in enumerate(form)
        for n in LOCAL
        if row.kind == "county" and recorded.missed(known[row.county], f"ind{n:02}")
    ]


def plant_marks(draw, recorded, form) -> tuple[list[Row], dict]:
    """Flip √, then get totals wrong; return the cells and what must be said of them."""
    rows = [row.copy() for row in form]
    lies = dict.fromkeys(draw.sample(missed(recorded, form), 7), "refuted")
    for index, n in lies:
        rows[index].marks[n - 1] = "√"
    rows[0].marks[28] = "已完成"  # attested as not finished
    lies[0, 29] = "refuted"
    if draw.random() < 0.5:
        recount(rows)  # a liar who can count
    fair = recount([row.copy() for row in rows])
    totals = [i for i, row in enumerate(rows) if row.kind not in {"county", "city"}]
    for index in draw.sample(totals, 4):
        n = draw.choice(LOCAL)
        if fair[index].kind in {"province", "percent"}:
            at = draw.choice((0, 1))
            if fair[index].kind == "percent":
                lies[index, n] = "arithmetic_wrong"
                rows[index].marks[n - 1] = other_share(draw, fair[index].marks[n - 1])
            else:
                lies[index, declared.TOTALS[at]] = "arithmetic_wrong"
                rows[index].shares[at] = fair[index].shares[at] + draw.choice((1, 2))
        else:
            lies[index, n] = "arithmetic_wrong"
            rows[index].marks[n - 1] = fair[index].marks[n - 1] + draw.choice((1, 3))
    liars = [i for i, row in enumerate(rows) if row.kind in {"county", "subtotal"}]
    for index in draw.sample(liars, 2):
        at = draw.randrange(3)
        right = fair[index].shares[at]
        rows[index].shares[at] = other_share(draw, right) if at == 2 else right + 1
        lies[index, declared.TOTALS[at]] = "arithmetic_wrong"
    return rows, lies


def other_share(draw, right: float) -> float:
    """A percentage that is off, by a tenth of a point or by a lot."""
    return (right + draw.choice((0.001, 0.01, 0.2)) + 0.0) % 1.001


def test_every_flipped_tick_wrong_total_and_wrong_percentage_is_found(
    tmp_path, recorded, form
):
    draw = random.Random(37)
    path = tmp_path / "lies.xlsx"
    planted = 0
    while planted < LIES - 80:
        rows, lies = plant_marks(draw, recorded, form)
        at = Typist(planted, HEADS[planted % 6]).write(path, rows, codes(recorded))
        said = words(check(recorded, path))
        found = {lie: said[at[lie]] for lie in lies}
        assert found == lies, planted
        planted += len(lies)


def test_every_pair_of_swapped_counties_is_found(tmp_path, recorded, form):
    draw = random.Random(38)
    known = codes(recorded)
    path = tmp_path / "swapped.xlsx"
    counties = [i for i, row in enumerate(form) if row.kind == "county"]
    for seed in range(40):
        while True:
            one, two = draw.sample(counties, 2)
            names = form[two].county, form[one].county
            lies = {
                (index, n): "refuted"
                for index, name in zip((one, two), names, strict=True)
                for n in LOCAL
                if form[index].marks[n - 1] == "√"
                and recorded.missed(known[name], f"ind{n:02}")
            }
            if lies:
                break
        rows = [row.copy() for row in form]
        rows[one].county, rows[two].county = names
        at = Typist(seed, HEADS[seed % 5]).write(path, rows)
        result = check(recorded, path)
        said = words(result)
        if form[one].city == form[two].city:
            assert {lie: said[at[lie]] for lie in lies} == lies
        else:
            lost = {c.name for c in result.counties if not c.is_matched}
            assert set(names) <= lost


def test_every_row_that_slipped_by_a_column_is_found(tmp_path, recorded, form):
    draw = random.Random(39)
    path = tmp_path / "slipped.xlsx"
    counties = [i for i, row in enumerate(form) if row.kind == "county"]
    for seed in range(40):
        rows = [row.copy() for row in form]
        index = draw.choice(counties)
        marks, first = form[index].marks, draw.randrange(20)
        if seed % 2:
            rows[index].marks = [*marks[:first], None, *marks[first:-1]]
        else:
            rows[index].marks = [*marks[:first], *marks[first + 1 :], None]
        at = Typist(seed, HEADS[seed % 5]).write(path, rows)
        result = check(recorded, path)
        said = words(result)
        places = {at[index, item] for item in (*LOCAL, *declared.TOTALS)}
        bad = {said[ref] for ref in places} & {"refuted", "arithmetic_wrong"}
        wrong = {one.key for one in result.lints if one.weight == "wrong"}
        assert bad, (seed, form[index].county)
        assert {"slash_in_county", "star_filled"} <= wrong


def test_a_refuted_cell_names_its_worst_cases_and_counts_all(recorded, form, tmp_path):
    rows = [row.copy() for row in form]
    for index, n in missed(recorded, form):
        rows[index].marks[n - 1] = "√"
    Typist(1).write(tmp_path / "all.xlsx", rows)
    result = check(recorded, tmp_path / "all.xlsx")
    marks = [c for c in result.cells if c.word == "refuted" and c.item == "mark"]
    assert len(marks) == len(missed(recorded, form))
    for cell in marks:
        assert cell.status in NOT_MET
        assert len(cell.cases) == min(cell.refuting, 20)
        assert bool(cell.cases) is (cell.status == "not_met")
    ind06 = next(c for c in marks if c.name == "云溪县" and c.indicator == "ind06")
    assert ind06.cases[0] == "0103220222000665"  # ten days instead of five


def test_a_tick_that_nothing_proves_or_refutes_is_not_proven(recorded, form, tmp_path):
    rows = [row.copy() for row in form]
    index = next(i for i, row in enumerate(rows) if row.county == "沙田县")
    blank = [n for n in LOCAL if rows[index].marks[n - 1] is None]
    for n in blank:
        rows[index].marks[n - 1] = "√"
    at = Typist(2).write(tmp_path / "bold.xlsx", recount(rows))
    result = check(recorded, tmp_path / "bold.xlsx")
    said = words(result)
    assert {said[at[index, n]] for n in blank} == {"not_proven"}
    assert said[at[index, "done"]] == "not_proven"
    assert not result.counts["refuted"]
    assert not result.counts["arithmetic_wrong"]


def test_a_claim_that_is_too_modest_is_confirmed_with_a_note(recorded, form, tmp_path):
    rows = [row.copy() for row in form]
    index = next(i for i, row in enumerate(rows) if row.county == "湖东区")
    rows[index].marks[0] = "2023年8月"
    at = Typist(3).write(tmp_path / "modest.xlsx", recount(rows))
    result = check(recorded, tmp_path / "modest.xlsx")
    cells = {cell.ref: cell for cell in result.cells}
    mark, done = cells[at[index, 1]], cells[at[index, "done"]]
    assert (mark.word, mark.note, mark.run) == ("confirmed", "allows_tick", "√")
    assert (done.word, done.note, done.run) == ("confirmed", "allows_more", "31")


# The table of the notice, cell by cell as it came out of the printed pages: the head a
# cell short, figures a column early, the city given once, labels inside the block.
NOTICE = """
序号|省|地市|县|指标完成情况||||||||||||省、地市、县指标完成情况||
||||2020 年指标|||2021 年指标|||2022 年指标|||持续推进|||完成个数|未完成个数|完成百分比
||||1|2|3|*21|22|*33|34|35|36|*37|*38
|_____省|共 10 个地市|共 150 个县|/|/|/|已完成|/|/|/|/|/|/|/|108|42|72%
1|||2 个县
1.1||A 市|C 区|√|√|√|/|√|√|/|√|√|√|/|31|0|100%
1.2|||D 县|√|2021 年 8 月|√|/|√|√|/|√|√|/|/|28|3|90.3%
1.3|||A 市小计|2|1|2|/|2|2|/|2|1|1|/|1|1|50%
2||B 市|_____个县
2.1|||E 县||||/|||/||||/
.....||||||/|||/||||/
全省各指标的完成情况统计||||已完成县个数|||/|||/||||/|||/
||||未完成县个数|||/|||/||||/|||/
||||完成百分比|||/|||/||||/|||/

填报单位盖章处
"""


def test_the_sample_of_the_notice_is_read_and_its_misprint_found(recorded, tmp_path):
    path = tmp_path / "notice.xlsx"
    with xlsxwriter.Workbook(str(path)) as out:
        sheet = out.add_worksheet()
        for row, line in enumerate(NOTICE.strip().split("\n")):
            for column, text in enumerate(line.split("|")):
                sheet.write_string(row, column, text) if text else None
    a = City("A", "A市", (County("C", "C区"), County("D", "D县")))
    area = Province("P", "某省", (a, City("B", "B市", (County("E", "E县"),))))
    status = {
        ("county", c.code, f"ind{n:02}"): "met" for c in area.counties for n in LOCAL
    }
    result = check(replace(recorded, provinces=(area,), status=status), path)
    assert result.counts["refuted"] == 0
    wrong = [cell for cell in result.cells if cell.word == "arithmetic_wrong"]
    assert [(c.ref, c.indicator, c.declared, c.right) for c in wrong] == [
        ("M8", "ind35", "1", "2")
    ]
    marks = {
        (c.name, c.indicator): c for c in result.cells if c.item == "mark" and c.ref
    }
    assert marks["C区", "ind34"].ref == "L6"
    assert marks["D县", "ind36"].declared == "/"
    assert marks["D县", "ind02"].note == "allows_tick"
    assert ("C区", "ind12") not in marks
    keys = {one.key for one in result.lints}
    assert {"header_moved", "shares_moved", "row_elided", "slash_in_county"} <= keys
    assert {one.how for one in result.counties} == {"name"}


def test_the_run_is_not_touched_and_the_same_form_gives_the_same_bytes(run, tmp_path):
    before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
    first = reconcile(run, run / "forms" / "annex2.xlsx")
    made = {
        name: (run / name).read_bytes()
        for name in ("reconcile.xlsx", "reconcile.json", "reconcile.md")
    }
    assert all(path.read_bytes() == data for path, data in before.items())
    again = reconcile(run, run / "forms" / "annex2.xlsx")
    assert first.cells == again.cells
    assert made == {name: (run / name).read_bytes() for name in made}


def test_a_run_that_is_replaced_meanwhile_gets_no_outcome(run, recorded, monkeypatch):
    from auditor.reconcile import compare as module

    monkeypatch.setattr(module, "read_manifest", lambda _folder: {"digest": "other"})
    with pytest.raises(AuditError) as caught:
        reconcile(run, run / "forms" / "annex2.xlsx")
    assert caught.value.code == "AUD519"

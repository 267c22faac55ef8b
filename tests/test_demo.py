"""The synthetic province: same bytes for the same seed, and a truth that adds up."""

import ast
import csv
import json
import tomllib
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from auditor.demo import MIN_CASES, read_truth, write_demo
from auditor.demo.days import (
    CUTOFF,
    FIRST,
    LAST,
    PERIOD_FIRST,
    date_at,
    is_workday,
    rank,
)
from auditor.demo.plan import RULES, WORDS
from auditor.demo.scenario import mark_of, nodes_of, plant, scenarios

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data"
MAPPING = ROOT / "rules" / "mappings" / "state-grid.toml"
STATUSES = {
    *("met", "not_met", "undetermined", "no_cases"),
    *("attested_met", "attested_not_met", "not_attested"),
}
PLANTED_UNKNOWNS = {
    "专项协调",
    "199",
    "待核",
    "",
}  # on purpose in no table of the mapping


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "small"
    write_demo(folder, cases=MIN_CASES)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def records(path: Path, encoding: str = "gb18030") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file))


def truth_of(folder: Path) -> dict:
    return json.loads((folder / "truth.json").read_text("utf-8"))


def test_the_sample_is_what_the_generator_writes_today(tmp_path: Path) -> None:
    write_demo(tmp_path / "again")
    committed = files_of(SAMPLE)
    extra = {"README.md", ".gitattributes"}
    own = {k for k in committed if k not in extra and not k.startswith("shapes/")}
    assert {k: committed[k] for k in own} == files_of(tmp_path / "again")


def test_the_sample_is_small_enough_to_commit() -> None:
    assert sum(map(len, files_of(SAMPLE).values())) < 5_000_000


def test_one_seed_gives_one_province_and_another_seed_another(
    small: Path, tmp_path: Path
) -> None:
    write_demo(tmp_path / "same", cases=MIN_CASES)
    write_demo(tmp_path / "other", cases=MIN_CASES, seed=38)
    assert files_of(tmp_path / "same") == files_of(small)
    assert files_of(tmp_path / "other") != files_of(small)


def test_too_few_cases_and_an_occupied_folder_are_refused(small: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        write_demo(small / "never", cases=MIN_CASES - 1)
    assert not (small / "never").exists()
    with pytest.raises(FileExistsError):
        write_demo(small, cases=MIN_CASES)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_gives_every_verdict(small: Path, rule: str) -> None:
    for folder in (small, SAMPLE):
        seen = Counter(verdicts[rule][0] for verdicts in read_truth(folder).values())
        # 36 speaks of every user: there is nobody to whom it does not apply
        nobody = {"not_applicable"} if rule == "ind36" else set()
        assert set(seen) == set(WORDS) - nobody


def test_every_status_occurs_and_one_county_has_all_thirty_one(small: Path) -> None:
    for folder in (small, SAMPLE):
        rollup = truth_of(folder)["rollup"]
        counties = {code: rows for code, rows in rollup.items() if code[-2:] != "00"}
        assert {
            row[0] for rows in counties.values() for row in rows.values()
        } == STATUSES
    best = rollup["900101"]
    assert len(best) == 31
    assert {row[0] for row in best.values()} <= {"met", "attested_met"}


def test_the_counties_show_what_the_readme_promises() -> None:
    rollup = truth_of(SAMPLE)["rollup"]
    done = {"met", "attested_met"}
    left = {
        code: {rule: row[0] for rule, row in rows.items() if row[0] not in done}
        for code, rows in rollup.items()
    }
    assert left["900102"] == {"ind17": "attested_not_met"}
    assert left["900202"] == {"ind34": "not_met"}
    assert left["900105"]["ind04"] == left["900105"]["ind05"] == "no_cases"
    assert rollup["900204"]["ind05"][0] == "attested_met"
    assert left["900106"].keys() >= {"ind04", "ind18"}
    for code in ("900104", "900203"):
        assert "undetermined" in left[code].values()
        assert not {"not_met", "no_cases"} & set(left[code].values())
    for code in ("900103", "900206"):
        assert {"ind06", "ind34", "ind04"} <= left[code].keys()


def test_a_county_is_undetermined_where_a_utility_delivered_nothing() -> None:
    rows = truth_of(SAMPLE)["rollup"]["900205"]
    assert {rows[rule][0] for rule in RULES} == {"undetermined", "not_attested"}
    assert all(row[2] == row[4] == 0 for row in rows.values() if len(row) > 1)


def test_each_county_counts_every_case_under_every_rule() -> None:
    truth = truth_of(SAMPLE)
    with (SAMPLE / "truth.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    # Of one, only a row that is too wide tells the number and the county.
    assert len(lines) == truth["cases"] == 4000 + 1
    known = truth["rollup"]
    cases = Counter(
        c if (c := row["county_code"]) in known else "unknown" for row in lines
    )
    for code, count in cases.items():
        assert {sum(row[1:]) for row in known[code].values() if len(row) > 1} == {count}
    for rule in RULES:
        words = Counter(
            (row[rule] or "not_applicable").partition(":")[0] for row in lines
        )
        assert known["900000"][rule][1:] == [words[word] for word in WORDS]
        cities = [known[code][rule][1:] for code in ("900100", "900200", "unknown")]
        assert list(map(sum, zip(*cities, strict=True))) == known["900000"][rule][1:]


@pytest.mark.parametrize(("tight", "loose"), [("ind34", "ind22"), ("ind22", "ind07")])
def test_a_tighter_limit_is_never_met_without_a_looser_one(tight: str, loose: str):
    for verdicts in read_truth(SAMPLE).values():
        assert verdicts[tight][0] != "pass" or verdicts[loose][0] == "pass"
        assert verdicts[loose][0] != "fail" or verdicts[tight][0] == "fail"


def test_every_row_of_the_dump_is_accounted_for() -> None:
    tables = {
        "业扩工单环节": "events",
        "业扩工单": "cases",
        "办理中止记录": "suspensions",
        "业务收费记录": "fees",
        "报装资料清单": "materials",
    }
    read: Counter[str] = Counter()
    for path in (SAMPLE / "dump").iterdir():
        read[tables[path.stem.partition("-")[0]]] += len(records(path)) - 1
    for table, books in truth_of(SAMPLE)["accounting"].items():
        assert books["read"] == read[table]
        assert (
            books["read"] == books["accepted"] + books["duplicate"] + books["rejected"]
        )
    assert truth_of(SAMPLE)["accounting"]["cases"]["duplicate"] > 0


def test_duplicates_and_odd_rows_are_really_in_the_files() -> None:
    books = truth_of(SAMPLE)["accounting"]
    rows = [
        tuple(row)
        for path in (SAMPLE / "dump").glob("业扩工单环节-*")
        for row in records(path)
    ]
    files = len(list((SAMPLE / "dump").glob("业扩工单环节-*")))
    header = rows[0]
    usable = [
        row for row in rows if row != header and len(row) == len(header) and row[2]
    ]
    assert len(usable) - len(set(usable)) == books["events"]["duplicate"]
    assert rows.count(header) == files + 1
    assert any(len(row) == len(header) + 1 for row in rows)


def test_the_mapping_knows_every_header_code_and_step_but_the_planted_unknowns() -> (
    None
):
    mapping = tomllib.loads(MAPPING.read_text("utf-8"))
    for path in (SAMPLE / "dump").iterdir():
        table = next(
            row for row in mapping["table"] if Path(path.name).match(row["file"])
        )
        header, *rows = records(path)
        assert set(table["rename"].values()) <= set(header)
        rows = [row for row in rows if len(row) == len(header) and row != header]
        for column, values in table["values"].items():
            at = header.index(table["rename"][column])
            assert {row[at] for row in rows} <= set(values) | PLANTED_UNKNOWNS
        if table["to"] == "events":
            assert {row[2] for row in rows} <= set(mapping["steps"]) | PLANTED_UNKNOWNS


def test_the_generator_shares_no_code_with_the_auditor() -> None:
    for path in (ROOT / "auditor" / "demo").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert (
                    node.module.startswith("auditor.demo")
                    or "auditor" not in node.module
                )


def test_its_working_days_agree_with_an_independent_calendar() -> None:
    day = FIRST
    while day <= LAST:
        assert is_workday(day) == chinese_calendar.is_workday(day), day
        day += timedelta(1)


def test_dates_are_laid_out_in_working_days_of_the_half_open_interval() -> None:
    start = date(2022, 6, 11)  # a Saturday
    assert date_at(start, (0, 0)) == start
    assert date_at(start, (5, 0)) == date(2022, 6, 17)
    assert date_at(date(2022, 8, 5), (5, 2)) == date(2022, 8, 14)
    assert rank(CUTOFF) - rank(date(2022, 12, 23)) == 5
    with pytest.raises(ValueError, match="working day"):
        date_at(date(2022, 8, 5), (4, 1))


def test_a_path_of_nodes_reads_as_its_table_says() -> None:
    started, both, lost = nodes_of("受0- 验收29-!=合格 送_3~")
    assert (started.name, started.started, started.finished) == (
        "业务受理",
        (0, 0),
        None,
    )
    assert (both.started, both.finished, both.result) == ((29, 0), "2022-02-30", "合格")
    assert lost.finished == mark_of("_3~") == (-3, 1)
    with pytest.raises(ValueError, match="not a node"):
        nodes_of("5送")


def test_every_scenario_says_why_and_is_planted(small: Path) -> None:
    ids = [scenario.id for scenario in scenarios()]
    assert len(ids) == len(set(ids)) >= 60
    for scenario in scenarios():
        assert scenario.why.endswith(".")
        assert scenario.words <= set(WORDS)
    with (small / "truth.csv").open(encoding="utf-8", newline="") as file:
        planted = {row["scenario"] for row in csv.DictReader(file)}
    no_row = ("r-ghost-not-delivered", "r-ghost-without-number")
    judged = {s.id for s in scenarios()} - set(no_row)
    assert planted - {""} == judged


def test_scenarios_end_inside_the_period_unless_they_say_otherwise() -> None:
    from random import Random

    for turn, scenario in enumerate(scenarios()):
        plan = plant(scenario, turn, Random(turn))
        if scenario.start != "period" or not isinstance(plan.energised, tuple):
            continue
        assert PERIOD_FIRST <= date_at(plan.start, plan.energised) <= CUTOFF

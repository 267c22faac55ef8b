"""The reference agrees with every hand-judged case; its dumps hit every limit."""

import ast
import os
import sys
import tomllib
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.reference import coverage, judge_run, random_dump
from tests.reference.coverage import BOUND_HITS, LIMIT_HITS
from tests.reference.integrity import RULES as SIGNS

ROOT = Path(__file__).resolve().parents[1]
GOLD = Path(os.environ.get("AUDITOR_GOLD") or ROOT.parent / "shared" / "gold")
TABLES = (
    "cases",
    "events",
    "suspensions",
    "fees",
    "materials",
    "meters",
    "approvals",
    "attestations",
    "expected",
    "roster",
)


def _gold_cases():
    if not GOLD.is_dir():
        return []
    return [
        case
        for file in sorted(GOLD.glob("*.toml"))
        for case in tomllib.loads(file.read_text("utf-8"))["case"]
    ]


GOLD_CASES = _gold_cases()


def _cell(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def _run(case):
    tables = {
        name: [
            {column: _cell(value) for column, value in row.items()}
            for row in case[name]
        ]
        for name in TABLES
        if name in case
    }
    return judge_run(
        tables,
        cutoff=case.get("cutoff"),
        period=case.get("period"),
        omit=case.get("omit", ()),
    )


def _plain(value):
    return None if value == "" else value


def _matches(row, wanted):
    return all(row.get(name) == _plain(value) for name, value in wanted.items())


def _expect_verdicts(case, result):
    for case_id, columns in case.get("expect", {}).items():
        row = result.verdicts[case_id]
        for column, value in columns.items():
            rule = column.removesuffix("_reason")
            told = row.get(rule, result.signs[case_id].get(rule))
            if hasattr(told, "verdict"):
                told = (told.verdict.word, told.verdict.reason)
            if isinstance(told, tuple):
                told = told[column.endswith("_reason")]
            assert told == _plain(value), (case_id, column)


def _expect_tables(case, result):
    for name in ("projects", "facts"):
        for key, columns in case.get(f"expect_{name}", {}).items():
            assert _matches(getattr(result, name)[key], columns), (
                name,
                key,
                getattr(result, name)[key],
            )
    for name in ("findings", "rejects", "rollup"):
        for wanted in case.get(f"expect_{name}", []):
            assert any(_matches(row, wanted) for row in getattr(result, name)), (
                name,
                wanted,
            )


def _expect_run(case, result):
    statuses = {
        (row["code"], row["rule_id"]): row["status"]
        for row in result.rollup
        if row["level"] == "county"
    }
    for code, rules in case.get("expect_county", {}).items():
        for rule, status in rules.items():
            assert statuses[code, rule] == status, (code, rule)
    if "expect_levels" in case:
        assert {row["level"] for row in result.rollup} == set(case["expect_levels"])
    for table, counts in case.get("expect_accounting", {}).items():
        assert result.accounting[table] == counts
    if "expect_complete" in case:
        assert result.complete is case["expect_complete"]


def test_the_hand_judged_cases_are_there():
    if not GOLD.is_dir() and "AUDITOR_GOLD" not in os.environ:
        pytest.skip(f"no hand-judged cases at {GOLD}; set AUDITOR_GOLD")
    assert GOLD_CASES


@pytest.mark.parametrize("case", GOLD_CASES, ids=[case["id"] for case in GOLD_CASES])
def test_the_reference_judges_as_the_hand_did(case):
    result = _run(case)
    assert result.exit_code == case.get("expect_exit", 0)
    _expect_verdicts(case, result)
    _expect_tables(case, result)
    _expect_run(case, result)


DUMPS = 10
CASES_OF_A_DUMP = [500, pytest.param(2_000, marks=pytest.mark.slow)]
LEAST = {500: 20, 2_000: 100}  # so often everything is hit
STAGE_LIMITS = {
    "ind03": {"acceptance": 1, "plan_reply": 3, "connect": 2},
    "ind04": {
        "acceptance": 1,
        "plan_reply": 10,
        "design_review": 3,
        "interim_check": 2,
        "completion_check": 3,
        "connect": 3,
    },
    "ind05": {
        "acceptance": 1,
        "plan_reply": 20,
        "design_review": 3,
        "interim_check": 2,
        "completion_check": 3,
        "connect": 3,
    },
}
LIMITS = [
    *(
        f"{rule} {stage} {limit}"
        for rule, stages in STAGE_LIMITS.items()
        for stage, limit in stages.items()
    ),
    "ind06 whole_process 5",
    "ind07 whole_process 25",
    "ind22 whole_process 20",
    "ind34 whole_process 15",
    "ind08 step_count 2",
    "ind09 step_count 2",
    "ind10 step_count 3",
    "ind16 user_cost_yuan 0",
    "ind23 user_cost_yuan 0",
    "ind24 user_cost_yuan 0",
    "ind35 user_cost_yuan 0",
    "ind23 capacity_kw 160",
    "ind24 capacity_kw 100",
    "ind35 capacity_kw 160",
    "ind01 approval 5",
    "ind02 approval 10",
]
BOUNDED = [*STAGE_LIMITS["ind04"], "whole_process", "user_cost_yuan", "approval"]


def _judge(seed, cases):
    dump = random_dump(Random(seed), cases)
    return dump, judge_run(dump.tables, cutoff=dump.cutoff, period=dump.period)


@pytest.fixture(scope="module", params=CASES_OF_A_DUMP)
def drawn(request):
    """Ten dumps with a cut-off each, five or twenty thousand applications in all."""
    return [_judge(seed, request.param) for seed in range(DUMPS)]


def _least(drawn):
    cases = min(len(result.verdicts) for _, result in drawn)
    return LEAST[max(size for size in LEAST if size <= cases)]


def test_every_limit_and_every_path_of_its_bounds_is_hit_again_and_again(drawn):
    least = _least(drawn)
    hits = sum((coverage(result) for _, result in drawn), Counter())
    wanted = [f"{limit}: {hit}" for limit in LIMITS for hit in LIMIT_HITS]
    wanted += [f"{fact}: {hit}" for fact in BOUNDED for hit in BOUND_HITS]
    wanted += [
        f"{fact}: no upper bound" for fact in BOUNDED if fact != "user_cost_yuan"
    ]
    assert {name: hits[name] for name in wanted if hits[name] < least} == {}


def test_every_sign_is_seen_excluded_and_left_open_again_and_again(drawn):
    least = _least(drawn)
    seen, words = Counter(), Counter()
    for _, result in drawn:
        for found in result.signs.values():
            for rule, one in found.items():
                seen.update((rule, name) for name in one.fired)
                words[rule, one.verdict.word] += 1
    wanted = [(rule, sign.name) for rule, one in SIGNS.items() for sign in one.signs]
    wanted.remove(("task36", "no baseline"))
    assert {name: seen[name] for name in wanted if seen[name] < least} == {}
    told = [(rule, word) for rule in SIGNS for word in ("pass", "undetermined")]
    assert {name: words[name] for name in told if words[name] < least} == {}


def test_cut_offs_and_periods_differ_between_dumps(drawn):
    assert {result.exit_code for _, result in drawn} == {0}
    assert len({result.cutoff for _, result in drawn}) == DUMPS
    given = {(dump.cutoff is None, dump.period is None) for dump, _ in drawn}
    assert len(given) >= 3


def test_the_internal_laws_hold_on_every_random_case(drawn):
    for _, result in drawn:
        for case_id, row in result.verdicts.items():
            words = [row[rule][0] for rule in ("ind34", "ind22", "ind07")]
            passed = [word == "pass" for word in words]
            failed = [word == "fail" for word in words]
            assert passed == sorted(passed), case_id
            assert failed == sorted(failed, reverse=True), case_id


def test_rows_and_verdicts_add_up(drawn):
    for _, result in drawn:
        for counts in result.accounting.values():
            assert (
                counts["read"]
                == counts["accepted"] + counts["duplicate"] + counts["rejected"]
            )
        six = ("pass", "fail", "pending", "undetermined", "excluded", "not_applicable")
        counties = [row for row in result.rollup if row["level"] == "county"]
        for rule in ("ind04", "ind06", "ind36"):
            total = sum(
                row[word] for row in counties if row["rule_id"] == rule for word in six
            )
            assert total == len(result.verdicts)


def test_the_same_seed_gives_the_same_dump():
    assert random_dump(Random(7), 50) == random_dump(Random(7), 50)


def test_cases_of_a_dump_have_nothing_to_do_with_one_another():
    dump, result = _judge(1, 60)
    for case_id in list(result.verdicts)[:20]:
        alone = {
            name: [row for row in rows if row.get("case_id", case_id) == case_id]
            for name, rows in dump.tables.items()
        }
        again = judge_run(alone, cutoff=result.cutoff.isoformat(), period=dump.period)
        assert again.verdicts[case_id] == result.verdicts[case_id]
        assert again.facts[case_id] == result.facts[case_id]


def test_the_reference_imports_the_standard_library_and_itself_only():
    for file in (ROOT / "tests" / "reference").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            for name in names:
                known = name.partition(".")[0] in sys.stdlib_module_names
                assert known or name.startswith("tests.reference"), (file.name, name)


@pytest.mark.parametrize(
    ("tables", "options"),
    [
        ({"cases": [], "events": []}, {}),
        ({"cases": [], "events": []}, {"cutoff": "2022-07-01", "period": "2022H1"}),
        ({"cases": [], "events": []}, {"cutoff": "2022-02-30"}),
        ({"cases": [], "events": []}, {"cutoff": "2022-03-01", "period": "2022H3"}),
    ],
)
def test_a_run_without_a_day_to_judge_by_is_an_error_of_its_user(tables, options):
    assert judge_run(tables, **options).exit_code == 2

"""Small changes of rule pages, and whether the examples of the pages notice them."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

import auditor
from auditor.errors import AuditError
from auditor.mutation import Mutation, mutants_of
from auditor.pack import Limit, load_pack, shipped_packs
from auditor.rehearsal import run_examples
from tests.packs import copied_pack

PACK = load_pack()


def page_of(folder, rule_id):
    (page,) = folder.glob(f"*/{rule_id}-*.toml")
    return page


def without(text: str, *names: str) -> str:
    """Return the text of a page without the examples of these names."""
    head, *cases = re.split(r"(?m)^(?=\[\[case\]\]|\[\[accepted\]\])", text)
    kept = [c for c in cases if not any(f'"{name}"' in c for name in names)]
    assert len(cases) - len(kept) >= len(names)
    return head + "".join(kept)


@pytest.mark.parametrize("ref", shipped_packs())
def test_the_examples_of_a_shipped_pack_notice_every_change_that_can_be_noticed(ref):
    found = auditor.mutate(ref)
    assert {t.rule_id: t.survivors for t in found.trials if t.survivors} == {}
    assert {t.rule_id: t.stale for t in found.trials if t.stale} == {}
    assert found.clean
    pack = load_pack(ref)
    assert [t.rule_id for t in found.trials] == [r.id for r in pack.rules if r.examples]
    rest = {one.id for one in (*pack.rules, *pack.screens) if one.id in found.untried}
    assert len(found.trials) + len(rest) == len(pack.rules) + len(pack.screens)
    reasons = [one.why for t in found.trials for one in t.accepted]
    assert all(len(why.split()) > 8 for why in reasons)
    assert sum(t.killed for t in found.trials) > 30 * len(reasons)


CHANGES = [
    ("ind34", "applies.three_zero: true → -"),
    ("ind34", "whole_process.limit: 15 → 16"),
    ("ind34", "whole_process.limit: 15 → 14"),
    ("ind34", "whole_process.in_force_from: 2023-01-01 → 2022-12-31"),
    ("ind16", "user_cost_yuan.limit: 0 → 0.01"),
    ("ind23", "applies.capacity_kw: <= 160 → < 160"),
    ("ind23", "applies.capacity_kw: <= 160 → <= 161"),
    ("ind05", "applies.source_count: 3 → -"),
    ("ind08", "forbidden: design_review → -"),
    ("ind13", "required_step: accept → -"),
    ("ind14", "documents.accept: 用电地址物权证件 → -"),
    ("ind14", "documents.design_review → -"),
    ("ind15", "in_force_from: 2021-01-01 → 2021-01-02"),
    ("int19", "days_before_cutoff.limit: 7 → 8"),
    ("task12", "sign3.window_over.limits.plan_reply: 10 → 11"),
    ("task12", "sign3.window_over.limits: connect → -"),
    ("task12", "sign4.window_over.when.source_count: 3 → -"),
    ("task23", "sign1.forbidden_since.since: 2021-01-01 → 2021-01-02"),
    ("task25b", "sign2.step_worded.words: 预付 → -"),
    ("task25b", "needs: materials.document → -"),
    ("task29", "sign1.case_holds.is.voltage_kv: >= 1 → > 1"),
    ("int02", "reads: events.round → -"),
    ("int04", "sign2.entries_together.minutes: 10 → 9"),
    ("int12", "sign1.suspended_near_limit.rules: ind34 → -"),
    ("int13", "sign4.step_skipped → -"),
    ("int15", "sign1.versions_cross.at: 160 → 159"),
    ("int15", "sign2.versions_differ.columns: source_count → -"),
]


@pytest.mark.parametrize(("rule", "change"), CHANGES)
def test_each_kind_of_change_is_made(rule, change):
    assert change in {one.change for one in mutants_of(PACK.rule(rule))}


@pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
def test_each_change_is_another_page_under_a_name_of_its_own(rule):
    mutants = mutants_of(rule)
    pages = [replace(one.rule, id=rule.id) for one in mutants]
    assert len({one.change for one in mutants}) == len(mutants)
    assert rule not in pages
    assert all(pages.count(page) == 1 for page in pages)
    assert all(page.examples == rule.examples for page in pages)


def test_amendments_are_moved_changed_and_dropped():
    rule = PACK.rule("ind34")
    later = Limit("whole_process", 12.0, since=date(2023, 7, 1))
    found = mutants_of(replace(rule, limits=(*rule.limits, later)))
    assert [one.change for one in found if "@" in one.change] == [
        "whole_process@2023-07-01.limit: 12 → 13",
        "whole_process@2023-07-01.limit: 12 → 11",
        "whole_process@2023-07-01.since: 2023-07-01 → 2023-07-02",
        "whole_process@2023-07-01.since: 2023-07-01 → 2023-06-30",
        "whole_process@2023-07-01 → -",
    ]


EDITS = [  # a page, the name of a change, and the same change by hand
    ("ind06", "whole_process.limit: 5 → 6", r"(value\s*=) 5", r"\1 6"),
    ("ind23", "applies.area: urban → -", r"area = .*\n", ""),
    ("ind23", "applies.capacity_kw: <= 160 → < 160", "max = 160", "below = 160"),
    ("ind10", "forbidden: interim_check → -", '"interim_check", ', ""),
    ("ind34", "whole_process.in_force_from: 2023-01-01 → 2023-01-02",
     r"(in_force_from\s*=) 2023-01-01", r"\1 2023-01-02"),
    ("task23", "sign1.forbidden_since.since: 2021-01-01 → 2020-12-31",
     r"(since\s*=) 2021-01-01", r"\1 2020-12-31"),
    ("int05", "sign1.recorded_late.days: 1 → 2", r"(days\s*=) 1", r"\1 2"),
    ("int14", "sign1.step_returned → -",
     r'\[\[sign\]\]\ncheck = "step_returned"\nneeds = .*\n', ""),
    ("int21", "reads: cases.submitted_at → -", '"cases.submitted_at", ', ""),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "change", "old", "new"), EDITS)
def test_a_change_is_judged_as_if_the_page_had_been_edited(
    tmp_path, rule, change, old, new
):
    """The head of the page alone is edited: the examples stay what they are."""
    folder = copied_pack(tmp_path / "pack")
    page = page_of(folder, rule)
    head, mark, cases = page.read_text("utf-8").partition("[[case]]")
    edited, times = re.subn(old, new, head, count=1)
    assert times == 1
    page.write_text(edited + mark + cases, "utf-8")
    (mutant,) = (m for m in mutants_of(PACK.rule(rule)) if m.change == change)
    own = load_pack(folder)
    assert replace(mutant.rule, id=rule) == own.rule(rule)
    outcomes = [one for one in run_examples(own) if one.rule.id == rule]
    assert not all(one.agrees for one in outcomes)


GAPS = [  # examples taken out of a page, and what nobody notices then
    ("ind34", ["late, applied for the day before: no violation yet"],
     "whole_process.in_force_from: 2023-01-01 → 2022-12-31"),
    ("ind02", ["just above 20 kV the notice sets no limit"],
     "applies.voltage_kv: <= 20 → <= 21"),
    ("int04", ["a second more than ten minutes"],
     "sign2.entries_together.minutes: 10 → 11"),
    ("task12", ["three sources count as two"],
     "sign4.window_over.when.source_count: 3 → -"),
]  # fmt: skip


@pytest.fixture(scope="module")
def thin(tmp_path_factory):
    """The shipped pack without some of its examples."""
    folder = copied_pack(tmp_path_factory.mktemp("thin") / "pack")
    for rule, names, _ in GAPS:
        page = page_of(folder, rule)
        page.write_text(without(page.read_text("utf-8"), *names), "utf-8")
    return folder


@pytest.fixture(scope="module")
def found(thin) -> Mutation:
    return auditor.mutate(thin, [rule for rule, _, _ in GAPS])


@pytest.mark.parametrize(("rule", "names", "change"), GAPS)
def test_without_its_example_a_change_survives(found, rule, names, change):
    (trial,) = (one for one in found.trials if one.rule_id == rule)
    assert change in trial.survivors
    assert trial.killed + len(trial.survivors) + len(trial.accepted) == trial.total
    assert not found.clean


def test_the_command_names_survivors_and_ends_with_1(audit, thin):
    told = audit("rules", "mutate", thin, "--rule", "ind02", "--lang", "en")
    assert told.code == 1
    assert "no example notices: applies.voltage_kv: <= 20 → <= 21" in told.out
    assert "10/11" in told.out
    whole = audit("rules", "mutate", "wabo-receipt")
    assert (whole.code, "2/2" in whole.out) == (0, True)


def test_the_command_tells_a_program(audit, thin):
    told = audit("rules", "mutate", thin, "--rule", "ind02", "--json")
    (pack,) = json.loads(told.out)
    assert (told.code, pack["clean"], pack["total"], pack["killed"]) == (
        1, False, 11, 10,
    )  # fmt: skip
    assert pack["rules"][0]["survivors"] == ["applies.voltage_kv: <= 20 → <= 21"]


def test_what_is_accepted_must_exist_and_go_unnoticed(tmp_path, audit):
    folder = copied_pack(tmp_path / "pack")
    page = page_of(folder, "ind02")
    gone = without(page.read_text("utf-8"), "just above 20 kV the notice sets no limit")
    said = ["applies.voltage_kv: <= 20 → <= 21", "approval.limit: 10 → 11", "nothing"]
    rows = (f'[[accepted]]\nchange = "{one}"\nwhy = "a test"\n' for one in said)
    page.write_text(gone + "\n".join(["", *rows]), "utf-8")
    (trial,) = auditor.mutate(folder, ["ind02"]).trials
    assert (trial.survivors, [one.change for one in trial.accepted]) == ((), said[:1])
    assert trial.stale == tuple(said[1:])
    told = audit("rules", "mutate", folder, "--rule", "ind02", "--lang", "en")
    assert told.code == 1
    assert "needless [[accepted]]: nothing" in told.out
    assert "(a test)" in told.out


def test_pages_without_examples_are_named():
    found = auditor.mutate(rules=["int07", "ind06"])
    assert (found.untried, len(found.trials)) == (("int07",), 1)


def test_a_pack_whose_examples_do_not_agree_is_not_tried(tmp_path, audit):
    folder = copied_pack(tmp_path / "pack")
    page = page_of(folder, "ind06")
    text = page.read_text("utf-8").replace('expect = "excluded"', 'expect = "pass"')
    page.write_text(text, "utf-8")
    told = audit("rules", "mutate", folder, "--rule", "ind06", "--lang", "en")
    assert (told.code, told.err[:6]) == (2, "AUD570")
    assert "a withdrawn application that had not run over is left out" in told.err


def test_a_rule_that_is_not_there_is_told():
    with pytest.raises(AuditError) as caught:
        auditor.mutate("wabo-receipt", ["ind06"])
    assert caught.value.code == "AUD204"


def test_an_example_that_says_otherwise_of_force_is_wrong(tmp_path, audit):
    folder = copied_pack(tmp_path / "pack")
    page = page_of(folder, "ind06")
    text = page.read_text("utf-8").replace("in_force = false", "in_force = true")
    page.write_text(text, "utf-8")
    told = audit("rules", "test", folder, "--lang", "en")
    assert told.code == 2
    assert "expected fail over_limit in_force=true" in told.out
    assert "got fail over_limit in_force=false" in told.out

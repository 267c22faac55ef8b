"""What a change of pages would move comes out as in a run under the changed pages."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import auditor
from auditor.errors import AuditError
from auditor.pack import Condition, load_pack
from auditor.vocabulary import VERDICTS
from auditor.whatif.beside import kept_columns
from auditor.whatif.differing import differing
from tests.conftest import SAMPLE_RUN
from tests.packs import HEAD, copied_pack

PACK = load_pack()
JUDGED = ("ind23", "ind34", "int05", "task36")  # pages that are edited and followed


def edit(folder: Path, rule: str, old: str, new: str) -> None:
    (page,) = folder.glob(f"*/{rule}-*.toml")
    text, times = re.subn(old, new, page.read_text("utf-8"), count=1)
    assert times == 1
    page.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def pack(tmp_path_factory) -> Path:
    """The shipped pack with other limits, other populations, a new rule, one less."""
    folder = copied_pack(tmp_path_factory.mktemp("changed") / "pack")
    edit(folder, "ind34", r"(value\s*=) 15", r"\1 12")
    edit(folder, "ind34", r"(in_force_from\s*=) \S+", r"\1 2022-06-01")
    edit(folder, "ind23", r'area = \["urban"\]', 'area = ["urban", "rural"]')
    edit(folder, "int04", r"minutes = 10", "minutes = 11")
    edit(folder, "ind13", r'accept = \["有效身份证件", ', "accept = [")
    edit(folder, "ind01", r"(value\s*=) 5", r"\1 4")
    edit(folder, "ind06", r"title_en = .*", 'title_en = "Residents: five days"')
    # One sign less; the others stand where they stood, or one further up.
    edit(folder, "int05", r"(?s)\[\[sign\]\]\ncheck = .recorded_late.*?\n\n", "")
    edit(folder, "task36", r'\["resident", "lv_nonresident"\]', '["resident"]')
    (folder / "integrity" / "int14-sent-back.toml").unlink()
    draft = auditor.RuleDraft(
        "prov01", "whole_process", 10, applies=("three_zero=true",)
    )
    auditor.new_rule(folder, draft)
    return folder


@pytest.fixture(scope="module")
def again(audit, pack) -> Path:
    """The sample, run under the changed pages."""
    answer = audit(*SAMPLE_RUN, "--rules", pack, "--out", pack.parent / "run")
    assert answer.code == 0, answer.err
    return pack.parent / "run"


@pytest.fixture(scope="module")
def moved(sample, pack) -> auditor.Impact:
    return auditor.impact(sample, pack)


def words(folder: Path, rule: str) -> pl.Series:
    table = pl.read_parquet(folder / "verdicts.parquet", glob=False)
    return table.sort("case_id").get_column(rule).cast(pl.String)


def test_rules_are_told_apart_by_what_became_of_their_page(moved):
    told = {one.rule_id: (one.change, one.why) for one in moved.rules}
    assert told == {
        **dict.fromkeys(JUDGED, ("changed", ())),
        "prov01": ("new", ()),
        "int14": ("dropped", ()),
        "ind06": ("reworded", ()),
        "int04": ("changed", ("signs",)),
        "ind13": ("changed", ("signs",)),
        "task25c": ("unchanged", ("named",)),  # it holds documents against ind13
        "int07": ("unchanged", ("named",)),  # a chain is held against ind34
        "int12": ("unchanged", ("named",)),
        "int06": ("unchanged", ("named",)),  # its heaps are sought at that limit
        "ind01": ("changed", ("subject",)),
    }
    judged = {one.rule_id for one in moved.rules if one.judged}
    assert judged == {*JUDGED, "prov01"}


@pytest.mark.parametrize("rule", JUDGED)
def test_verdicts_move_as_in_a_run_under_the_changed_pages(sample, again, moved, rule):
    pairs = pl.DataFrame({"was": words(sample, rule), "now": words(again, rule)})
    wanted = pairs.filter(pl.col("was") != pl.col("now")).group_by("was", "now")
    found = moved.moves.filter(rule_id=rule).select("was", "now", "cases")
    assert sorted(found.rows()) == sorted(wanted.len().rows()) != []
    assert moved.cases.filter(rule_id=rule).height == found["cases"].sum()


def test_a_new_rule_is_counted_by_its_verdicts(again, moved):
    counts = words(again, "prov01").value_counts().rows()
    found = moved.moves.filter(rule_id="prov01")
    assert sorted(found.select("now", "cases").rows()) == sorted(counts)
    assert found["was"].null_count() == found.height > 3


def test_the_cases_that_are_named_move_so(sample, again, moved):
    was, now = (
        pl.read_parquet(run / "verdicts.parquet", glob=False) for run in (sample, again)
    )
    for row in moved.moves.iter_rows(named=True):
        assert 1 <= len(row["examples"]) == min(5, row["cases"])
        for case in row["examples"]:
            for table, word in ((was, row["was"]), (now, row["now"])):
                if word is not None:
                    (cell,) = table.filter(case_id=case)[row["rule_id"]]
                    assert cell == word


@pytest.mark.parametrize("rule", [*JUDGED, "prov01"])
def test_places_come_out_as_in_a_run_under_the_changed_pages(again, moved, rule):
    keys, said = ["level", "code"], [*VERDICTS, "status"]
    rows = pl.read_parquet(again / "rollup.parquet", glob=False).filter(rule_id=rule)
    now = moved.places.filter(rule_id=rule).select(
        *keys, "name", *(pl.col(f"{name}_now").alias(name) for name in said)
    )
    assert now.sort(keys).equals(rows.select(*keys, "name", *said).sort(keys))


def test_violations_are_those_of_the_findings_on_either_side(sample, again, moved):
    for folder, name in ((sample, "violations"), (again, "violations_now")):
        found = pl.read_parquet(folder / "findings.parquet", glob=False).filter(
            pl.col("verdict") == "fail", pl.col("in_force")
        )
        for rule in (*JUDGED, "prov01", "int14"):
            mine = moved.places.filter(pl.col("level") == "county", rule_id=rule)
            wanted = found.filter(rule_id=rule).height
            assert mine[name].sum() == wanted
    changed = moved.places.filter(rule_id="ind34")
    assert changed["violations_now"].sum() > changed["violations"].sum()


def test_counties_are_told_whose_status_would_be_another(sample, again, moved):
    both = [
        pl.read_parquet(run / "rollup.parquet", glob=False).filter(level="county")
        for run in (sample, again)
    ]
    pair = both[0].join(both[1], on=["code", "rule_id"], suffix="_now")
    wanted = pair.filter(
        pl.col("rule_id").is_in(JUDGED), pl.col("status") != pl.col("status_now")
    )
    keys = ("code", "rule_id", "status", "status_now")
    assert sorted(moved.statuses.select(keys).rows()) == sorted(
        wanted.select(keys).rows()
    )
    assert wanted.height > 3


def test_a_rule_that_is_dropped_and_no_indicator_has_no_future(moved):
    rows = moved.places.filter(rule_id="int14")
    assert rows["status"].null_count() == 0 < rows.height
    assert rows["status_now"].null_count() == rows.height
    assert rows["pass_now"].null_count() == rows.height
    assert moved.moves.filter(rule_id="int14").is_empty()


def test_a_dropped_rule_that_stays_an_indicator_is_decided_by_papers(
    audit, sample, tmp_path
):
    folder = copied_pack(tmp_path / "pack")
    (folder / "indicators" / "ind36-policy-told.toml").unlink()
    clauses = folder / "clauses.toml"
    text = re.sub(
        r'status = "partial"\nrules = \["ind36"\]',
        'status = "attested"',
        clauses.read_text("utf-8"),
    )
    clauses.write_text(text, "utf-8")
    indicators = folder / "indicators.toml"
    text = indicators.read_text("utf-8")
    day = r'(?s)(id = "ind17".*?due = )2020-12-31'
    indicators.write_text(re.sub(day, r"\g<1>2029-12-31", text, count=1), "utf-8")
    answer = audit(*SAMPLE_RUN, "--rules", folder, "--out", tmp_path / "run")
    assert answer.code == 0, answer.err
    found = auditor.impact(sample, folder)
    assert [(o.rule_id, o.by_papers) for o in found.rules] == [("ind36", True)]
    assert set(found.statuses["rule_id"]) == {"ind36"}
    rows = pl.read_parquet(tmp_path / "run" / "rollup.parquet", glob=False)
    keys = ["level", "code", "rule_id"]
    said = [*VERDICTS, "status", "basis", "due", "overdue"]
    wanted = rows.filter(pl.col("rule_id").is_in(["ind36", "ind17"]))
    now = found.places.filter(pl.col("status_now").is_not_null()).select(
        *keys, *(pl.col(f"{name}_now").alias(name) for name in said)
    )
    assert now.sort(keys).equals(wanted.select(*keys, *said).sort(keys))
    assert "ind17.due" in found.others["indicators"]
    shown = audit("rules", "impact", sample, folder, "--lang", "en").out
    assert re.search(r"ind36 +dropped +decided by attestations alone", shown)
    assert re.search(r"ind17 +2020-12-31 → 2029-12-31", shown)


OTHERS = [  # a file, what is written otherwise in it, and how that is named
    ("pack.toml", '"acceptance", "plan_reply", "connect"', '"acceptance", "connect"',
     {"sums": ["stage_sum"]}),
    ("clauses.toml", "policy was issued", "policy was made",
     {"clauses": ["task02.note_en"]}),
    ("indicators.toml", '(id = "ind25"(?s:.*?)basis = )"mixed"', r'\1"attestation"',
     {"indicators": ["ind25.basis"]}),
    ("pack.toml", "# The reading", "# A reading", {"files": ["pack.toml"]}),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), OTHERS)
def test_packs_of_the_same_rules_are_not_called_the_same(
    audit, sample, tmp_path, file, old, new, told
):
    folder = copied_pack(tmp_path / "pack")
    text, times = re.subn(old, new, (folder / file).read_text("utf-8"), count=1)
    assert times == 1
    (folder / file).write_text(text, "utf-8")
    found = auditor.impact(sample, folder)
    assert (found.rules, found.others) == ((), told)
    shown = audit("rules", "impact", sample, folder, "--lang", "en").out
    assert "do not differ" not in shown
    assert "No rule page that judges differs" in shown
    assert "is not compared" in shown
    assert all(name in shown for names in told.values() for name in names)


def test_the_same_pages_move_nothing(sample):
    found = auditor.impact(sample, "nea-2021-37")
    assert (found.rules, found.moves.height, found.places.height) == ((), 0, 0)


def test_a_run_that_was_changed_since_is_found_out(sample, pack, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(sample, folder)
    path = folder / "verdicts.parquet"
    table = pl.read_parquet(path, glob=False)
    other = pl.when(pl.col("ind34") == "fail").then(pl.lit("pass")).otherwise("ind34")
    table.with_columns(other.cast(table.schema["ind34"]).alias("ind34")).write_parquet(
        path
    )
    for ref in (pack, "nea-2021-37"):
        with pytest.raises(AuditError) as caught:
            auditor.impact(folder, ref)
        assert (caught.value.code, caught.value.exit_code) == ("AUD544", 4)


def test_a_run_without_its_facts_cannot_be_asked(sample, pack, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(sample, folder)
    shutil.rmtree(folder / "evidence")
    with pytest.raises(AuditError) as caught:
        auditor.impact(folder, pack)
    assert caught.value.code == "AUD543"


# ---- what facts no longer follow


def other(rule: str, **new: object):
    """The pack with one page changed."""
    rules = (replace(r, **new) if r.id == rule else r for r in PACK.rules)
    return replace(PACK, rules=tuple(rules))


def first(name: str, **new: object):
    """The pack with the first of its windows of this name changed."""
    (at, *_) = (n for n, w in enumerate(PACK.windows) if w.id == name)
    windows = [*PACK.windows]
    windows[at] = replace(windows[at], **new)
    return replace(PACK, windows=tuple(windows))


SIGNS = PACK.rule("int13").signs
EVERY = {one.id for one in (*PACK.rules, *PACK.screens)}
TIMED = {rule.id for rule in PACK.case_rules if rule.kind == "time"}
SIGNED = {rule.id for rule in PACK.case_rules if rule.signs or rule.across}
SCREENS = {one.id for one in PACK.screens}
GROUNDS = [  # another pack, the reason, and the rules that need a new run for it
    (replace(PACK, zone="Asia/Urumqi"), "zone", EVERY),
    (replace(PACK, steps=replace(PACK.steps, aliases={})), "steps", EVERY),
    (replace(PACK, clock=replace(PACK.clock, substitute=None)), "clock", EVERY),
    (replace(PACK, tables={**PACK.tables, "fees": PACK.tables["meters"]}), "tables",
     EVERY),
    (replace(PACK, calendar_folder=None), "calendar",
     TIMED | SIGNED | SCREENS | {"ind01", "ind02"}),
    (first("plan_reply", optional=True), "windows",
     {"ind03", "ind04", "ind05"} | SIGNED | SCREENS),
    (replace(PACK, classes=()), "classes", SCREENS),
    (replace(PACK, cost=replace(PACK.cost, counting=())), "cost",
     SCREENS | {r.id for r in PACK.case_rules if r.kind == "cost" or r.signs}),
    (replace(PACK, documents_table=None), "documents",
     {"ind13", "ind14"} | {r.id for r in PACK.case_rules if r.signs}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("after", "why", "rules"), GROUNDS, ids=[why for _, why, _ in GROUNDS]
)
def test_where_facts_no_longer_follow_a_new_run_is_needed(sample, after, why, rules):
    found = differing(PACK, after, kept_columns(sample))
    assert {one.rule_id for one in found if why in one.why} == rules
    assert not any(one.judged for one in found)


CHANGES = [  # a changed page, what it is called, and what keeps it from being judged
    (other("ind34", severity="C", examples=()), "reworded", ()),
    (other("ind34", kind="steps"), "changed", ()),
    (other("ind34", applies=(Condition("online", (True,)),)), "changed", ("columns",)),
    (other("ind34", applies=(Condition("area", ("rural",)),)), "changed", ()),
    (other("ind14", required_step=None), "changed", ("signs",)),
    (other("ind14", applies=()), "changed", ()),
    (other("int13", signs=SIGNS[::-1]), "changed", ()),
    (other("int13", signs=SIGNS[1:]), "changed", ()),
    (other("int13", signs=(*SIGNS, SIGNS[0])), "changed", ()),
    (other("int13", signs=tuple(replace(s, severity="A") for s in SIGNS)),
     "reworded", ()),
    (other("int13", signs=(replace(SIGNS[0], when=()), replace(SIGNS[1], when=()))),
     "changed", ("signs",)),
    (other("int07", applies=(Condition("area", ("rural",)),)), "changed", ("signs",)),
    (other("ind02", limits=()), "changed", ("subject",)),
    (other("int19", limits=()), "changed", ("subject",)),
]  # fmt: skip


@pytest.mark.parametrize(("after", "change", "why"), CHANGES)
def test_a_changed_page_is_judged_where_the_run_keeps_its_facts(
    sample, after, change, why
):
    (one,) = (
        one
        for one in differing(PACK, after, kept_columns(sample))
        if one.change != "unchanged"
    )
    assert (one.change, one.why) == (change, why)
    assert one.judged is (change == "changed" and not why)


def test_signs_that_change_places_are_still_those_that_were_found(sample, tmp_path):
    """The worst sign goes last: not a verdict moves, only the reason that is named."""
    folder = copied_pack(tmp_path / "pack")
    (page,) = folder.glob("integrity/int13-*.toml")
    head, *rest = re.split(r"(?m)^(?=\[\[)", page.read_text("utf-8"))
    signs = [one for one in rest if one.startswith("[[sign]]")]
    cases = [one for one in rest if one.startswith("[[case]]")]
    page.write_text("".join([head, *signs[::-1], *cases]), "utf-8")
    found = auditor.impact(sample, folder)
    assert [(one.rule_id, one.judged) for one in found.rules] == [("int13", True)]
    assert found.cases.is_empty()
    assert found.places.filter(rule_id="int13")["fail_now"].sum() > 0


def test_days_off_of_a_province_need_a_new_run(sample, tmp_path):
    folder = tmp_path / "prov"
    folder.mkdir()
    (folder / "pack.toml").write_text(HEAD + 'calendar = "days.csv"\n', "utf-8")
    (folder / "days.csv").write_text(
        "date,kind,reason,notice,amends\n2022-04-06,off,三月三,某省人民政府通知,\n",
        "utf-8",
    )
    found = auditor.impact(sample, folder)
    asked = TIMED | SIGNED | SCREENS | {"ind01", "ind02"}
    assert {one.rule_id for one in found.rules} == asked
    assert all(one.why == ("calendar",) for one in found.rules)
    assert found.moves.is_empty()
    assert found.places.is_empty()


# ---- the command


def test_the_command_shows_and_writes_what_would_move(
    audit, sample, pack, moved, tmp_path
):
    out = tmp_path / "out"
    shown = audit("rules", "impact", sample, pack, "--lang", "en", "--out", out)
    assert shown.code == 0, shown.err
    for line in (
        r"ind34 +page changed +judged",
        r"ind13 +page changed +needs a new `audit run`: it looks for something else",
        r"int14 +dropped +-",
        r"ind34 +pass → fail +\d+ +\d+",
        r"prov01 +- → pass",
        r"statuses of counties would be others",
        r"ind34 +met → not met",
    ):
        assert re.search(line, shown.out), line
    for name in ("places", "moves", "cases"):
        table = pl.read_parquet(out / f"impact-{name}.parquet")
        assert table.equals(getattr(moved, name))
    told = json.loads(audit("rules", "impact", sample, pack, "--json").out)
    assert told["moves"] == moved.moves.to_dicts()
    assert {one["rule_id"] for one in told["rules"] if one["needs_run"]} == {
        "int04", "ind13", "task25c", "int06", "int07", "int12", "ind01",
    }  # fmt: skip
    refused = audit("rules", "impact", sample, pack, "--out", sample)
    assert (refused.code, refused.err[:6]) == (2, "AUD534")


def test_the_command_says_that_nothing_differs(audit, sample):
    shown = audit("rules", "impact", sample, "nea-2021-37", "--lang", "en")
    assert (shown.code, "do not differ" in shown.out) == (0, True)


def test_another_regulation_moves_nothing_that_was_judged(audit, sample):
    shown = audit("rules", "impact", sample, "wabo-receipt", "--lang", "en")
    assert shown.code == 0, shown.err
    assert re.search(r"wabo01 +new +needs a new `audit run`: other tables", shown.out)
    assert "No verdict would be another one." in shown.out

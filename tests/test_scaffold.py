"""A new page begins lawful, with examples that agree and that notice small changes."""

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import auditor
from auditor.errors import AuditError, PackError
from auditor.pack import differences, load_pack, rules_folder
from auditor.rehearsal import run_examples
from auditor.settings import Settings
from tests.conftest import SAMPLE_RUN
from tests.packs import HEAD, TWELVE, child_pack, copied_pack

DAY = date(2022, 7, 1)
DRAFTS = {
    "a window": {"fact": "connect", "limit": 5},
    "a window by its column": {"fact": "connect_wd", "limit": 5},
    "no day at all": {"fact": "acceptance", "limit": 0},
    "two ends of a range": {
        "fact": "plan_reply", "limit": 3,
        "applies": ("customer_type=hv", "voltage_kv>=1", "voltage_kv<=20"),
    },
    "open ends": {
        "fact": "whole_process", "limit": 9,
        "applies": ("capacity_kw>10", "capacity_kw<100"),
    },
    "words, numbers and a truth": {
        "fact": "whole_process", "limit": 9,
        "applies": ("customer_type=resident,lv_nonresident", "source_count=1,2",
                    "three_zero=true"),
    },
    "steps": {"fact": "step_count", "limit": 3},
    "money": {"fact": "user_cost_yuan", "limit": 99.5},
    "a permit": {"fact": "approval", "limit": 3, "applies": ("voltage_kv<10",)},
    "a deadline": {"fact": "end_on", "column": "archived_at"},
    "a yes or no": {"fact": "online", "applies": ("customer_type=resident",)},
}  # fmt: skip


@pytest.mark.parametrize("day", [None, DAY], ids=["ever", "since"])
@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
def test_a_new_page_agrees_with_its_examples_and_they_notice_every_change(
    tmp_path, draft, day
):
    made = auditor.new_rule(
        tmp_path / "prov",
        auditor.RuleDraft("prov01", in_force_from=day, **draft),
        "nea-2021-37",
    )
    pack = load_pack(tmp_path / "prov")
    assert pack.rule("prov01").page == "indicators/prov01.toml"
    outcomes = [one for one in run_examples(pack) if one.rule.id == "prov01"]
    assert len(outcomes) == made.examples >= 3
    assert all(one.agrees for one in outcomes)
    (trial,) = auditor.mutate(tmp_path / "prov", ["prov01"]).trials
    assert trial.survivors == ()
    assert trial.total >= (2 if day else 0)


def test_texts_that_are_given_stand_in_the_page_and_others_are_marked(tmp_path):
    title = '"三零"\\ 5 天\x7f'
    draft = auditor.RuleDraft(
        "prov01", "connect", 5, clause="某省文件 3.2", title_zh=title
    )
    made = auditor.new_rule(tmp_path / "prov", draft, "nea-2021-37")
    rule = load_pack(tmp_path / "prov").rule("prov01")
    assert (rule.title_zh, rule.clause) == (title, "某省文件 3.2")
    assert rule.limits[0].source == "某省文件 3.2"
    assert rule.title_en.startswith("[to be filled in]")
    assert rule.why.startswith("[to be filled in]")
    assert [path.name for path in made.files] == ["pack.toml"]


def test_a_rule_of_a_province_stands_beside_those_of_its_parent(tmp_path):
    folder = child_pack(tmp_path / "prov")
    auditor.new_rule(folder, auditor.RuleDraft("prov01", "connect", 5))
    pack, parent = load_pack(folder), load_pack()
    assert [one.id for one in pack.rules] == [*(r.id for r in parent.rules), "prov01"]
    assert pack.rule("ind34").limits[0].value == 12
    assert [row[0] for row in differences(parent, pack)] == ["ind34", "prov01"]
    assert (folder / "indicators" / "ind34.toml").read_text("utf-8") == TWELVE
    assert (folder / "pack.toml").read_text("utf-8") == HEAD


def test_a_dump_is_judged_by_the_rule_of_a_province(tmp_path):
    draft = auditor.RuleDraft(
        "prov01", "whole_process", 12, applies=("three_zero=true",)
    )
    auditor.new_rule(tmp_path / "prov", draft, "nea-2021-37")
    dump = tmp_path / "dump"
    dump.mkdir()
    head = "case_id,county_code,customer_type,three_zero,submitted_at,energised_at\n"
    rows = {"A": "2022-07-18", "B": "2022-07-19", "C": ""}
    lines = (
        f"{case},X,lv_nonresident,true,2022-07-01,{day}\n" for case, day in rows.items()
    )
    (dump / "cases.csv").write_text(head + "".join(lines), "utf-8")
    (dump / "events.csv").write_text("case_id,step,finished_at\n", "utf-8")
    out = {}
    for rules in ("nea-2021-37", str(tmp_path / "prov")):
        place = tmp_path / Path(rules).name
        asked = Settings((dump,), place.with_suffix(".run"), rules=rules)
        auditor.run(Settings(asked.inputs, asked.out, rules=rules, outputs=()))
        out[rules] = pl.read_parquet(asked.out / "verdicts.parquet", glob=False)
    plain, own = out.values()
    assert own["prov01"].cast(pl.String).to_list() == ["pass", "pass", "pending"]
    shared = [name for name in plain.columns if not name.endswith("_reason")]
    words = pl.all().cast(pl.String)
    assert own.select(shared).select(words).equals(plain.select(words).select(shared))


@pytest.mark.parametrize("kind", ["across", "screen", "vanished", "tmie"])
def test_a_province_has_rules_that_one_page_decides_alone(tmp_path, kind):
    folder = child_pack(tmp_path / "prov")
    auditor.new_rule(folder, auditor.RuleDraft("prov01", "connect", 5))
    page = folder / "indicators" / "prov01.toml"
    text = page.read_text("utf-8").replace('kind     = "time"', f'kind = "{kind}"')
    page.write_text(text, "utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    assert f"unknown kind '{kind}'" in caught.value.render("en")


def test_a_rule_is_listed_under_its_clauses_and_nothing_else_is_touched(tmp_path):
    folder = copied_pack(tmp_path / "pack")
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    draft = auditor.RuleDraft(
        "prov01", "connect", 5, under=("task03", "ind34", "task01")
    )
    made = auditor.new_rule(folder, draft)
    assert (made.listed, made.files) == (True, (folder / "clauses.toml",))
    pack = load_pack(folder)
    for one in pack.clauses:
        assert ("prov01" in one.rules) is (one.id in draft.under)
        (was,) = (c for c in load_pack().clauses if c.id == one.id)
        assert [r for r in one.rules if r != "prov01"] == list(was.rules)
    changed = {
        p for p in folder.rglob("*") if p.is_file() and before.get(p) != p.read_bytes()
    }
    assert changed == {made.page, folder / "clauses.toml"}


WRONG = [  # what is asked, and the codes and words that it is answered with
    ({"fact": "conect_wd", "limit": 5}, ["AUD568", "Close ones: connect"]),
    ({"fact": "qqqq"}, ["AUD568", "There are: "]),
    ({"fact": "connect"}, ["AUD562", "connect needs --limit"]),
    ({"fact": "online", "limit": 1}, ["AUD562", "online takes no --limit"]),
    ({"fact": "connect", "limit": 2.5}, ["AUD562", "must be a whole number"]),
    ({"fact": "connect", "limit": -1}, ["AUD562", "from 0 up"]),
    ({"fact": "connect", "limit": float("nan")}, ["AUD562"]),
    ({"fact": "step_count", "limit": 0}, ["AUD562", "from 1 up"]),
    ({"fact": "end_on"}, ["AUD562", "submitted_at, energised_at"]),
    ({"fact": "end_on", "column": "area"}, ["AUD562", "needs a date column"]),
    ({"fact": "connect", "limit": 5, "column": "archived_at"}, ["takes --column"]),
    ({"fact": "connect", "limit": 5, "severity": "Z"}, ["severity is A, B or C"]),
    ({"fact": "connect", "limit": 5, "under": ("task3",)}, ["AUD562", "'task3'"]),
    ({"fact": "connect", "limit": 5, "applies": ("area",)}, ["'area' cannot be read"]),
    ({"fact": "connect", "limit": 5, "applies": ("area=town",)}, ["AUD203", "'town'"]),
    ({"fact": "connect", "limit": 5, "applies": ("aera=urban",)}, ["AUD203", "'area'"]),
    ({"fact": "connect", "limit": 5, "applies": ("capacity_kw<=x",)}, ["a number"]),
]  # fmt: skip


@pytest.mark.parametrize(("draft", "words"), WRONG, ids=lambda one: str(one)[:40])
def test_what_cannot_be_made_is_told_and_nothing_is_written(tmp_path, draft, words):
    with pytest.raises(PackError) as caught:
        auditor.new_rule(
            tmp_path / "prov", auditor.RuleDraft("prov01", **draft), "nea-2021-37"
        )
    told = caught.value.render("en")
    assert (caught.value.code, caught.value.exit_code) == ("AUD561", 2)
    assert [word for word in words if word not in told] == []
    assert not (tmp_path / "prov").exists()


@pytest.mark.parametrize("name", ["Ind99", "9", "a_b", "data", "cohort", ""])
def test_an_id_is_a_word_that_a_column_can_bear(tmp_path, name):
    with pytest.raises(PackError) as caught:
        auditor.new_rule(
            tmp_path / "prov", auditor.RuleDraft(name, "connect", 5), "nea-2021-37"
        )
    assert "small letters and digits" in caught.value.render("en")


def test_all_problems_are_told_at_once(tmp_path, audit):
    folder = copied_pack(tmp_path / "pack")
    (folder / "indicators" / "int07.toml").write_text("", "utf-8")
    (folder / "indicators" / "int07.toml").rename(folder / "int07.toml")
    told = audit(
        *("rules", "new", "int07", "--rules", folder, "--fact", "conect"),
        *("--applies", "area=town", "--severity", "Z", "--lang", "en"),
    )
    assert told.code == 2
    assert "4 problem(s)" in told.err
    for code in ("AUD561", "AUD564", "AUD568", "AUD562", "AUD203"):
        assert code in told.err


PLACES = [  # where, on top of what, and the code
    ("nea-2021-37", None, "AUD560"),
    (rules_folder() / "nea-2021-37", None, "AUD560"),
    ("{tmp}/missing", None, "AUD565"),
    ("{tmp}/empty", None, "AUD565"),
    ("{tmp}/full", "nea-2021-37", "AUD566"),
    ("{tmp}/child", "wabo-receipt", "AUD567"),
    ("{tmp}/child", None, "AUD564"),
    ("{tmp}/empty", "no-such-pack", "AUD201"),
]


@pytest.mark.parametrize(("where", "parent", "code"), PLACES)
def test_where_no_page_can_be_written_it_is_told(tmp_path, where, parent, code):
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine", "utf-8")
    child_pack(tmp_path / "child")
    folder = Path(str(where).format(tmp=tmp_path))
    shipped = {p: p.stat().st_mtime_ns for p in rules_folder().rglob("*.toml")}
    with pytest.raises(AuditError) as caught:
        auditor.new_rule(folder, auditor.RuleDraft("ind34", "connect", 5), parent)
    assert code in caught.value.render("en")
    assert caught.value.exit_code == 2
    assert {p: p.stat().st_mtime_ns for p in rules_folder().rglob("*.toml")} == shipped


@pytest.mark.parametrize("begun", [True, False])
def test_a_rule_of_the_parent_is_told_as_such_with_how_to_tighten_it(
    tmp_path, audit, begun
):
    folder = tmp_path / "prov"
    if begun:
        child_pack(folder)
        (folder / "indicators" / "ind34.toml").unlink()
    words = ("rules", "new", "ind34", "--rules", folder, "--fact", "connect")
    words = (*words, "--parent", "nea-2021-37", "--limit", "5")
    whose = {"en": "of the parent pack nea-2021-37", "zh": "上级规则包 nea-2021-37 的"}
    for lang, said in whose.items():
        told = audit(*words, "--lang", lang).err
        assert said in told
        assert "A stricter limit than the parent" in told
        assert "docs/architecture.md" in told


def test_a_page_that_is_there_is_not_written_over(tmp_path):
    folder = child_pack(tmp_path / "prov")
    draft = auditor.RuleDraft("prov01", "connect", 5)
    page = auditor.new_rule(folder, draft).page
    before = page.read_bytes()
    with pytest.raises(PackError) as caught:
        auditor.new_rule(folder, auditor.RuleDraft("prov01", "connect", 6))
    told = caught.value.render("en")
    assert ("AUD563" in told, "AUD564" in told) == (True, True)
    assert page.read_bytes() == before


def test_a_folder_that_bears_the_name_of_a_shipped_pack_is_one_s_own(
    tmp_path, monkeypatch
):
    child_pack(tmp_path / "wabo-receipt")
    monkeypatch.chdir(tmp_path)
    made = auditor.new_rule(
        Path("wabo-receipt"), auditor.RuleDraft("prov01", "connect", 5)
    )
    assert made.page.resolve().is_relative_to(tmp_path)
    assert load_pack(tmp_path / "wabo-receipt").rule("ind34").limits[0].value == 12


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(AuditError) as caught:
        auditor.new_rule(
            tmp_path / "file" / "prov",
            auditor.RuleDraft("prov01", "connect", 5),
            "nea-2021-37",
        )
    assert (caught.value.code, caught.value.exit_code) == ("AUD403", 5)


def test_a_clause_that_cannot_bear_a_rule_stops_the_page(tmp_path):
    folder = copied_pack(tmp_path / "pack")
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    draft = auditor.RuleDraft("prov01", "connect", 5, under=("task53",))
    with pytest.raises(PackError) as caught:
        auditor.new_rule(folder, draft)
    assert "give once_built" in caught.value.render("en")
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_the_command_says_what_it_wrote(tmp_path, audit):
    words = ("--fact", "connect_wd", "--limit", "5", "--in-force-from", "2022-07-01")
    folder = tmp_path / "my-province"
    told = audit(
        *("rules", "new", "prov01", "--rules", folder, "--parent", "nea-2021-37"),
        *(*words, "--lang", "en"),
    )
    assert told.code == 0, told.err
    assert "prov01.toml; its 4 examples agree" in told.out
    assert "Fill in what stands in brackets" in told.out
    assert audit("rules", "check", folder).code == 0
    assert audit("rules", "test", folder).code == 0
    said = audit("rules", "new", "prov02", "--rules", folder, *words, "--json")
    assert json.loads(said.out) == {
        "rule_id": "prov02",
        "page": str(folder / "indicators" / "prov02.toml"),
        "files": [],
        "examples": 4,
        "listed": None,
    }
    shutil.copytree(rules_folder() / "wabo-receipt", tmp_path / "wabo")
    plain = audit(
        *("rules", "new", "wabo02", "--rules", tmp_path / "wabo", "--fact", "end_on"),
        *("--column", "deadline"),
    )
    assert plain.code == 0, plain.err
    assert load_pack(tmp_path / "wabo").rule("wabo02").limits[0].column == "deadline"


@pytest.mark.parametrize(
    ("fact", "applies"),
    [
        ("whole_process", ("customer_type=hv", "customer_type=resident")),
        ("whole_process", ("capacity_kw=160", "capacity_kw<=100")),
        ("whole_process", ("capacity_kw<=100", "capacity_kw=160")),
        ("whole_process", ("capacity_kw<100", "capacity_kw<=200")),
        ("whole_process", ("capacity_kw>=0", "capacity_kw>50")),
        ("three_zero", ("three_zero=true",)),
    ],
)
def test_a_condition_that_cannot_be_kept_beside_another_is_refused(
    tmp_path, fact, applies
):
    limit = None if fact == "three_zero" else 5.0
    draft = auditor.RuleDraft("zz01", fact, limit, applies=applies)
    with pytest.raises(AuditError) as caught:
        auditor.new_rule(tmp_path / "mine", draft, "nea-2021-37")
    assert caught.value.code == "AUD561"
    assert not (tmp_path / "mine").exists()


def test_both_ends_of_a_range_are_kept(tmp_path):
    applies = ("capacity_kw>50", "capacity_kw<=160")
    draft = auditor.RuleDraft("zz01", "whole_process", 5.0, applies=applies)
    auditor.new_rule(tmp_path / "mine", draft, "nea-2021-37")
    (line,) = load_pack(tmp_path / "mine").rule("zz01").applies
    assert (line.above, line.at_most) == (50, 160)


def test_a_run_tells_each_failure_of_a_flag_that_never_binds(audit, tmp_path):
    """Such a rule reads nothing of the facts: its findings are their cases alone."""
    pack = tmp_path / "pack"
    auditor.new_rule(pack, auditor.RuleDraft("prov02", "e_contract"), "nea-2021-37")
    answer = audit(*SAMPLE_RUN, "--rules", pack, "--out", tmp_path / "run")
    assert answer.code == 0, answer.err
    words, told = (
        pl.read_parquet(tmp_path / "run" / f"{name}.parquet", glob=False)
        for name in ("verdicts", "findings")
    )
    mine = words.filter(pl.col("prov02").is_in(["fail", "undetermined"]))
    found = told.filter(rule_id="prov02")
    assert {"fail"} <= set(found["verdict"].cast(pl.String))
    assert sorted(found["case_id"]) == sorted(mine["case_id"])
    assert found["in_force"].null_count() == found.height

"""A province's pack: stricter or earlier limits, and nothing else."""

import csv
import json
from datetime import date

import pytest
from click.testing import CliRunner

from auditor.cli import cli
from auditor.compare.differences import rule_lines
from auditor.errors import PackError
from auditor.kernel import calendar_of
from auditor.pack import differences, load_pack
from auditor.rehearsal import run_examples
from auditor.whatif.differing import differing
from tests.packs import HEAD, TWELVE, child_pack

BARE = TWELVE.partition("[[case]]")[0]
TITLED = BARE.replace(
    "[[limit]]", 'title_zh = "十二个工作日"\ntitle_en = "Twelve days"\n[[limit]]'
)


def test_a_stricter_earlier_limit_takes_the_place_of_the_notice_s(tmp_path):
    pack, parent = load_pack(child_pack(tmp_path)), load_pack()
    (limit,) = pack.rule("ind34").limits
    assert (limit.value, limit.in_force_from) == (12, date(2022, 7, 1))
    assert pack.rule("ind22") == parent.rule("ind22")
    assert pack.digest != parent.digest
    assert parent.digest in pack.parent
    assert all(one.agrees for one in run_examples(pack) if one.rule.id == "ind34")


def test_for_approvals_the_smaller_limit_binds_whoever_set_it(tmp_path):
    page = TWELVE.replace("ind34", "ind01").replace("whole_process", "approval")
    page = page.replace(
        'customer_type = "lv_nonresident", three_zero = true,', "voltage_kv = 0.4,"
    )
    page = page.replace(
        'customer_type = "lv_nonresident", three_zero = true', "approval = 3"
    )
    page = page.replace(
        "voltage_kv = 0.4, approval = 12", "voltage_kv = 0.4, approval = 5"
    )
    page = page.replace("2022-07-01", "2021-01-01")
    assert load_pack(child_pack(tmp_path, page)).rule("ind01").limits[0].value == 5


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (TWELVE.replace("value = 12", "value = 18"), "looser than the parent"),
        (TWELVE.replace("2022-07-01", "2024-01-01"), "later than the parent"),
        (TWELVE.replace("ind34", "ind99"), "unknown rule 'ind99'"),
        (TWELVE + '[applies]\ncustomer_type = ["hv"]\n', "unknown key 'applies'"),
        (TWELVE.replace("whole_process", "acceptance"), "sets no limit on acceptance"),
    ],
)
def test_a_child_may_not_relax_or_change_anything_else(tmp_path, page, words):
    with pytest.raises(PackError) as caught:
        load_pack(child_pack(tmp_path, page))
    told = caught.value.render("en")
    assert words in told
    assert "indicators/ind34.toml:" in told


def test_a_second_page_for_a_rule_is_an_error(tmp_path):
    folder = child_pack(tmp_path)
    (folder / "ind34-again.toml").write_text(TWELVE, "utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    told = caught.value.render("en")
    assert "indicators/ind34.toml:1: ind34 has a page already" in told


def test_the_difference_is_printed(tmp_path):
    folder = child_pack(tmp_path)
    assert differences(load_pack(), load_pack(folder)) == [
        (
            "ind34",
            "whole_process",
            "15, in force from 2023-01-01",
            "12, in force from 2022-07-01",
        )
    ]
    shown = CliRunner().invoke(
        cli, ["rules", "show", "--diff", "nea-2021-37", str(folder)]
    )
    assert shown.exit_code == 0
    assert "12, in force from 2022-07-01" in shown.output


def test_a_province_may_add_days_off_of_its_own(tmp_path):
    folder = child_pack(tmp_path, head=HEAD + 'calendar = "days.csv"\n')
    with (folder / "days.csv").open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["date", "kind", "reason", "notice", "amends"])
        out.writerow(["2022-04-06", "off", "三月三", "某省人民政府通知", ""])
    plain, local = calendar_of(load_pack()), calendar_of(load_pack(folder))
    days = date(2022, 4, 5), date(2022, 4, 7)
    assert (plain.count(*days), local.count(*days)) == (2, 1)


def test_the_examples_of_a_child_are_those_on_its_own_pages(tmp_path, audit):
    folder = child_pack(tmp_path / "prov")
    outcomes = run_examples(load_pack(folder))
    assert {one.rule.id for one in outcomes} == {"ind34"}
    told = audit("rules", "test", folder, "--lang", "en")
    assert (told.code, "all 3 examples agree" in told.out) == (0, True)


def test_a_changed_page_without_examples_is_loaded_and_named(tmp_path, audit):
    folder = child_pack(tmp_path / "prov", BARE)
    assert load_pack(folder).rule("ind34").examples == ()
    for command in ("test", "check"):
        told = audit("rules", command, folder, "--lang", "en")
        assert told.code == 0, told.err
        assert "indicators/ind34.toml: ind34 changes a limit and has no" in told.out


def test_a_page_with_one_example_is_told_which_ones_are_missing(tmp_path):
    one = TWELVE.partition('[[case]]\nname = "thirteen')[0]
    with pytest.raises(PackError) as caught:
        load_pack(child_pack(tmp_path, one))
    told = caught.value.render("en")
    assert "no [[case]] expects fail, undetermined; a page needs at least one" in told
    assert len(caught.value.problems) == 1


def test_only_the_child_s_own_pages_are_changed_a_little(tmp_path, audit):
    folder = child_pack(tmp_path / "prov")
    told = audit("rules", "mutate", folder, "--json")
    assert told.code == 1, told.err
    (found,) = json.loads(told.out)
    assert [one["rule_id"] for one in found["rules"]] == ["ind34"]
    assert found["untried"] == []
    parent = load_pack()
    names = {one.id for one in (*parent.rules, *parent.screens)}
    assert found["inherited"] == sorted(names - {"ind34"})
    shown = audit("rules", "mutate", folder, "--lang", "en").out
    assert "pages of the parent pack, tried with the parent: " in shown


def test_a_page_that_only_drops_the_examples_changes_no_rule(tmp_path):
    pack = load_pack(child_pack(tmp_path, 'id = "ind34"\n'))
    assert [one.rule_id for one in differing(load_pack(), pack, [])] == []
    assert rule_lines(load_pack(), pack) == {}


def test_a_title_that_contradicts_the_limit_is_named_and_may_be_changed(
    tmp_path, audit
):
    old = audit("rules", "check", child_pack(tmp_path / "old"), "--lang", "en")
    assert (old.code, "keeps a title of its parent" in old.out) == (0, True)
    folder = child_pack(tmp_path / "new", TITLED)
    new = audit("rules", "check", folder, "--lang", "en")
    assert "keeps a title" not in new.out
    assert load_pack(folder).rule("ind34").title_zh == "十二个工作日"
    assert "十二个工作日" in audit("rules", "show", "ind34", "--rules", folder).out


def test_the_page_of_a_rule_is_shown_in_the_pack_that_has_it(tmp_path, audit):
    folder = child_pack(tmp_path / "prov")
    for rule, owner in {"ind34": "province-p-2021", "ind22": "nea-2021-37"}.items():
        shown = audit("rules", "show", rule, "--rules", folder).out
        assert f"\n{owner}/indicators/{rule}" in shown


def test_a_limit_that_the_child_does_not_name_stays(tmp_path):
    page = (
        'id = "ind03"\n[[limit]]\nfact = "plan_reply"\nvalue = 2\n'
        'in_force_from = 2021-01-01\nsource = "某省文件 1"\n'
    )
    before = load_pack().rule("ind03").limits
    after = load_pack(child_pack(tmp_path / "prov", page)).rule("ind03").limits
    told = {one.fact: one.value for one in after}
    assert told == {one.fact: one.value for one in before} | {"plan_reply": 2}
    assert len(told) == len(before) == 3


def test_a_rule_that_a_parent_changed_is_not_changed_again_below_it(tmp_path):
    province = child_pack(tmp_path / "province")
    head = HEAD.replace('"nea-2021-37"', f'"{province}"')
    looser = TWELVE.replace("12", "14").replace("13", "15")
    with pytest.raises(PackError) as caught:
        load_pack(child_pack(tmp_path / "city", looser, head))
    assert "has a page of ind34 already" in caught.value.render("en")

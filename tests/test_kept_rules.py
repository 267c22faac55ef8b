"""A run keeps the pages that judged it, and is argued from them anywhere."""

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import auditor
from auditor import explain, load_pack, verify, whatif
from auditor.errors import AuditError
from auditor.pack import RULES, kept_folders, kept_pack
from auditor.pipeline import run as audit_run
from auditor.runs import read_manifest
from auditor.settings import Settings
from tests.deliveries import CUTOFF, history, write
from tests.packs import HEAD, TWELVE, child_pack, copied_pack, without_rules

LATE = "C-00009"
PAGE = "ind34-three-zero-whole-process-15.toml"
CITY = (
    TWELVE.replace("ind34", "ind22")
    .replace("12", "18")
    .replace("13", "19")
    .replace("2022-07-01", "2021-07-01")
)
MAPPING = '[mapping]\nid = "m"\n[steps."答复方案"]\nstep = "plan_reply"\n'


@pytest.fixture(scope="module")
def dump(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("kept"), history(40))


def audited(dump: Path, out: Path, **others) -> Path:
    asked = {"outputs": ("evidence",), "cutoff": CUTOFF} | others
    audit_run(Settings((dump,), out, **asked))
    return out


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def of_a_city(folder: Path) -> Path:
    """A city's pack, whose parent is a province's, whose parent is a changed notice."""
    notice = copied_pack(folder / "notice" / "pack")
    head = HEAD.replace('"nea-2021-37"', f'"{notice}"')
    province = child_pack(folder / "province" / "pack", head=head)
    city = HEAD.replace('"nea-2021-37"', f'"{province}"').replace(
        "province-p-2021", "city-c-2021"
    )
    return child_pack(folder / "city" / "pack", CITY, city)


def test_the_pages_of_a_pack_and_of_its_parents_are_there_byte_for_byte(dump, tmp_path):
    city = of_a_city(tmp_path)
    run = audited(dump, tmp_path / "run", rules=str(city))
    pack = load_pack(city)
    said = read_manifest(run)["pack"]
    assert said["folders"] == ["rules/pack", "rules/pack-1", "rules/pack-2"]
    assert said["folders"] == list(kept_folders(pack))
    for name, whose in zip(
        said["folders"], ("city", "province", "notice"), strict=True
    ):
        assert files_of(run / name) == files_of(tmp_path / whose / "pack")
    listed = {row["name"] for row in read_manifest(run)["outputs"]}
    kept = {f"{RULES}/{name}" for name in files_of(run / RULES)}
    assert len(kept) > 60
    assert kept <= listed


def test_a_run_is_argued_on_another_machine_without_any_of_its_packs(dump, tmp_path):
    city = of_a_city(tmp_path / "packs")
    made = audited(dump, tmp_path / "run", rules=str(city))
    pack = load_pack(city)
    before = explain(made, LATE)
    shutil.rmtree(tmp_path / "packs")
    run = Path(shutil.move(made, tmp_path / "elsewhere"))
    kept = kept_pack(run, read_manifest(run))
    assert kept is not None
    assert (kept.id, kept.digest, kept.parent) == (pack.id, pack.digest, pack.parent)
    assert kept.rules == pack.rules
    assert [kept.rule(one).limits[0].value for one in ("ind22", "ind34")] == [18, 12]
    again = explain(run, LATE)
    assert (again.rulings, again.facts) == (before.rulings, before.facts)
    assert whatif(run, ["ind34.limit=30"]).cases.height > 0
    found = verify(run, Settings((dump,), run))
    assert found.problems == ()


def test_a_page_edited_since_changes_nothing_in_the_run(dump, tmp_path):
    pack = copied_pack(tmp_path / "pack")
    run = audited(dump, tmp_path / "run", rules=str(pack))
    before = explain(run, LATE).rulings
    page = pack / "indicators" / PAGE
    page.write_text(page.read_text("utf-8") + "\n# an afterthought\n", "utf-8")
    assert explain(run, LATE).rulings == before
    with pytest.raises(AuditError) as caught:
        explain(without_rules(run), LATE)
    assert caught.value.code == "AUD503"


def test_a_copy_that_was_touched_does_not_judge_and_verify_names_it(dump, tmp_path):
    run = audited(dump, tmp_path / "run")
    before = explain(run, LATE).rulings
    page = run / RULES / "nea-2021-37" / "indicators" / PAGE
    text = page.read_text("utf-8")
    page.write_text(re.sub(r"(value +=) 15", r"\1 99", text), "utf-8")
    assert page.read_text("utf-8") != text
    assert kept_pack(run, read_manifest(run)) is None
    assert explain(run, LATE).rulings == before
    assert [(p.kind, p.name) for p in verify(run).problems] == [
        ("changed", f"{RULES}/nea-2021-37/indicators/{PAGE}")
    ]


def test_a_pack_edited_while_the_run_goes_on_stops_it_and_leaves_nothing(
    dump, tmp_path
):
    folder = copied_pack(tmp_path / "pack")
    pack = load_pack(folder)
    folder.joinpath("indicators", PAGE).write_bytes(b"")
    asked = Settings((dump,), tmp_path / "run", cutoff=CUTOFF, rules=str(folder))
    with pytest.raises(AuditError) as caught:
        audit_run(asked, pack=pack)
    assert caught.value.code == "AUD407"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pack"]


def test_the_mapping_stays_too_and_a_replay_takes_it(dump, tmp_path):
    page = tmp_path / "mapping.toml"
    page.write_text(MAPPING, "utf-8")
    run = audited(dump, tmp_path / "run", mapping=page)
    assert (run / RULES / "mapping.toml").read_text("utf-8") == MAPPING
    page.unlink()
    asked = Settings((dump,), run)
    assert verify(run, asked).problems == ()
    other = tmp_path / "other.toml"
    other.write_text(MAPPING.replace("plan_reply", "internal"), "utf-8")
    unlike = verify(run, replace(asked, mapping=other)).problems
    assert {one.kind for one in unlike} == {"replayed"}
    assert f"{RULES}/mapping.toml" in {one.name for one in unlike}


def test_two_runs_are_compared_by_their_own_rules_when_both_packs_are_gone(
    dump, tmp_path
):
    packs = (copied_pack(tmp_path / "a"), of_a_city(tmp_path / "b"))
    runs = [
        audited(dump, tmp_path / f"run-{at}", rules=str(pack))
        for at, pack in enumerate(packs)
    ]
    for name in ("a", "b"):
        shutil.rmtree(tmp_path / name)
    found = auditor.compare(*runs)
    assert set(found.changed["cause"]) <= {"rule"}
    assert not {"pack_a_gone", "pack_b_gone"} & set(found.summary["notes"])
    said = json.dumps(found.summary, default=str)
    assert "cannot_tell" not in {one["cause"] for one in found.changed.to_dicts()}
    assert "city-c-2021" in said


def test_a_form_is_held_against_a_run_by_the_layout_that_the_run_kept(sample, tmp_path):
    from auditor.reconcile.recorded import record_of

    run = Path(shutil.copytree(sample, tmp_path / "run"))
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    manifest["parameters"]["rules"] = str(tmp_path / "gone")
    (run / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    found = record_of(run)
    assert found.pack.folder == run / RULES / "nea-2021-37"
    assert found.cutoff == date.fromisoformat(manifest["cutoff"]["date"])
    with pytest.raises(AuditError):
        record_of(without_rules(run))


def test_a_run_folder_inside_its_own_rules_is_refused(dump, tmp_path):
    pack = copied_pack(tmp_path / "pack")
    with pytest.raises(AuditError) as caught:
        audited(dump, pack / "runs" / "run", rules=str(pack))
    assert caught.value.code == "AUD248"
    assert not (pack / "runs").exists()


def test_what_is_linked_into_a_pack_is_kept_as_far_as_it_counts(dump, tmp_path):
    pack = copied_pack(tmp_path / "pack")
    page = pack / "indicators" / PAGE
    page.rename(tmp_path / PAGE)
    page.symlink_to(tmp_path / PAGE)
    (pack / "elsewhere").symlink_to(tmp_path)
    (pack / "nowhere").symlink_to(tmp_path / "gone")
    run = audited(dump, tmp_path / "run", rules=str(pack))
    copy = run / RULES / "pack"
    assert (copy / "indicators" / PAGE).read_bytes() == page.read_bytes()
    assert not any(path.is_symlink() for path in copy.rglob("*"))
    assert not (copy / "elsewhere").exists()
    assert kept_pack(run, read_manifest(run)) is not None
    assert verify(run).problems == ()

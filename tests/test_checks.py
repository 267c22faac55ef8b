"""A run folder that was touched shows it; a query reads the run and nothing else."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

import auditor
from auditor.errors import AuditError
from tests.conftest import ROOT, SAMPLE
from tests.deliveries import audited, history, write


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> tuple[Path, Path]:
    """A small delivery and its run."""
    folder = tmp_path_factory.mktemp("plain")
    dump = write(folder, history(60))
    return dump, audited(dump)


@pytest.fixture
def copied(plain, tmp_path) -> Path:
    """The small run in a folder that may be spoilt."""
    return Path(shutil.copytree(plain[1], tmp_path / "run"))


def problems(folder: Path) -> set[tuple[str, str]]:
    return {(one.kind, one.name) for one in auditor.verify(folder).problems}


def test_a_run_as_it_was_written_is_whole(plain, sample):
    assert problems(plain[1]) == set()
    assert problems(sample) == set()


def test_a_changed_byte_is_told(copied):
    path = copied / "rollup.csv"
    path.write_bytes(path.read_bytes().replace(b"met", b"MET", 1))
    assert problems(copied) == {("changed", "rollup.csv")}


def test_a_missing_and_an_unlisted_file_are_told(copied):
    (copied / "facts.parquet").unlink()
    (copied / "evidence" / "more.parquet").write_bytes(b"x")
    (copied / "reconcile.json").write_bytes(b"{}")
    assert problems(copied) == {
        ("missing", "facts.parquet"),
        ("unlisted", "evidence/more.parquet"),
    }


def test_a_link_is_no_file_of_the_run(copied, tmp_path):
    path = copied / "facts.parquet"
    path.rename(tmp_path / "facts")
    path.symlink_to(tmp_path / "facts")
    assert problems(copied) == {("missing", "facts.parquet")}


def test_verdicts_that_were_changed_do_not_balance(copied):
    path = copied / "verdicts.parquet"
    rows = pl.read_parquet(path)
    word = pl.lit("pass").cast(rows.schema["ind34"])
    rows.with_columns(word.alias("ind34")).write_parquet(path)
    assert problems(copied) == {("changed", "verdicts.parquet"), ("books", "ind34")}


def test_a_manifest_that_was_edited_shows(copied):
    path = copied / "manifest.json"
    told = json.loads(path.read_text("utf-8"))
    told["accounting"]["rows"]["cases"]["accepted"] -= 1
    path.write_text(json.dumps(told), "utf-8")
    assert problems(copied) == {("manifest", "manifest.json"), ("books", "cases")}


def test_a_replay_comes_out_the_same_and_names_what_does_not(audit, plain, tmp_path):
    dump, run = plain
    answer = audit("verify", run, "--replay", dump, "--lang", "en")
    assert answer.code == 0, answer.err
    assert "it came out the same" in answer.out
    other = Path(shutil.copytree(dump, tmp_path / "dump"))
    path = other / "cases.csv"
    path.write_text(path.read_text("utf-8").replace("50.0", "51.0", 1), "utf-8")
    answer = audit("verify", run, "--replay", other, "--json")
    assert answer.code == 4
    told = json.loads(answer.out)
    assert told["valid"] is False
    found = {(one["kind"], one["name"]) for one in told["problems"]}
    assert ("input", "cases.csv") in found
    assert ("replayed", "evidence/cases.parquet") in found
    assert ("replayed", "verdicts.parquet") not in found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_says_what_is_wrong(audit, copied, lang):
    (copied / "facts.parquet").unlink()
    answer = audit("verify", copied, "--lang", lang)
    assert answer.code == 4
    assert "facts.parquet" in answer.out


# --------------------------------------------------------------------------- queries


def test_a_query_gives_rows_of_the_run(audit, sample):
    rows = auditor.query(sample, "SELECT case_id FROM verdicts ORDER BY case_id")
    wanted = pl.read_parquet(sample / "verdicts.parquet")["case_id"]
    assert rows["case_id"].equals(wanted)
    text = (
        "SELECT rule_id, fail FROM rollup WHERE level = 'province' ORDER BY fail DESC"
    )
    told = json.loads(audit("sql", sample, text, "--json").out)
    assert told[0]["fail"] >= told[-1]["fail"]
    assert "rule_id" in audit("sql", sample, text, "--lang", "en").out
    lines = audit("sql", sample, "SELECT '=1+1' AS a, 'x,y' AS b, 2 AS a", "--csv").out
    assert lines.splitlines() == ["a,b,a_2", '\'=1+1,"x,y",2']


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM verdicts",
        "CREATE TABLE mine (a INT)",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY verdicts TO 'out.csv'",
        "ATTACH 'other.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELECT * FROM 'verdicts.parquet'",
        "SELCT 1",
    ],
)
def test_a_query_writes_nothing_and_reads_nothing_else(sample, text):
    before = (sample / "results.duckdb").read_bytes()
    with pytest.raises(AuditError) as caught:
        auditor.query(sample, text)
    assert caught.value.code == "AUD551"
    assert "\n" not in str(caught.value.fields["why"])
    assert (sample / "results.duckdb").read_bytes() == before


def test_a_run_without_its_database_cannot_be_asked(plain):
    with pytest.raises(AuditError) as caught:
        auditor.query(plain[1], "SELECT 1")
    assert caught.value.code == "AUD550"


@pytest.mark.slow  # the front page replays a smaller province in the quick tests
def test_the_sample_comes_out_again(audit, sample):
    answer = audit(
        "verify", sample, "--replay", SAMPLE / "dump",
        "--dossier", SAMPLE / "dossier",
        "--mapping", ROOT / "rules" / "mappings" / "state-grid.toml",
    )  # fmt: skip
    assert answer.code == 0, answer.out + answer.err


# ----------------------------------------------------------------------------- draws


def test_a_draw_is_the_same_for_its_seed_and_another_for_another(sample):
    one, again, other = (auditor.draw(sample, 200, seed) for seed in (1, 1, 2))
    assert one.cases.equals(again.cases)
    assert not one.cases.equals(other.cases)
    assert one.strata.equals(other.strata)
    assert one.cases.height == one.cases["case_id"].n_unique() == 200


def test_every_county_and_class_gives_a_case_and_the_rest_by_its_number(sample):
    found = auditor.draw(sample, 300, 5)
    verdicts = pl.read_parquet(sample / "verdicts.parquet")
    out = ["out_of_scope", "after_cutoff", "before_period"]
    audited_cases = verdicts.filter(~pl.col("cohort").cast(pl.String).is_in(out))
    assert found.strata["cases"].sum() == audited_cases.height
    assert set(found.cases["case_id"]) <= set(audited_cases["case_id"])
    assert found.strata["drawn"].min() >= 1
    assert found.strata["drawn"].sum() == 300
    by_size = found.strata.sort("cases")
    assert by_size["drawn"][-1] >= by_size["drawn"][0]
    drawn = found.cases.group_by("county_code", "user_class").len("n")
    both = found.strata.join(drawn, on=["county_code", "user_class"], nulls_equal=True)
    assert both["drawn"].to_list() == both["n"].to_list()


def test_the_bound_of_a_clean_sample_is_that_of_the_binomial_law(plain):
    """One class in three counties of a like size: the bound is close to 3 / n."""
    found = auditor.draw(plain[1], 30, 1)
    assert 3 / 30 * 0.9 < found.none_wrong < 3 / 30 * 1.1
    whole = auditor.draw(plain[1], 60, 1)
    assert (whole.none_wrong, whole.margin) == (0, 0)
    assert found.margin < 0.5 * 1.96 / 30**0.5  # a half of all cases is drawn


@pytest.mark.parametrize("size", [2, 61])
def test_more_than_there_are_or_fewer_than_strata_cannot_be_drawn(audit, plain, size):
    answer = audit("sample", plain[1], "--size", size, "--lang", "en")
    assert (answer.code, answer.err[:6]) == (2, "AUD552")


def test_the_drawn_cases_can_be_written_and_read_by_a_program(audit, plain, tmp_path):
    path = tmp_path / "visit.csv"
    answer = audit("sample", plain[1], "--size", 12, "--out", path, "--json")
    told = json.loads(answer.out)
    rows = pl.read_csv(path)
    assert rows["case_id"].to_list() == [one["case_id"] for one in told["cases"]]
    assert (told["size"], told["population"], told["confidence"]) == (12, 60, 0.95)
    shown = audit("sample", plain[1], "--size", 12, "--lang", "en").out
    assert "12 of 60 cases are drawn" in shown

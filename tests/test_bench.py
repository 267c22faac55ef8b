"""The benchmark: equality before time, nothing lost when cut, a report of raw data."""

import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

import polars as pl
import pytest

from benchmarks import __main__ as program
from benchmarks import contenders, growth, make_log
from benchmarks.__main__ import Bench
from benchmarks.check import verdicts_in, wrong
from benchmarks.common import CUTOFF, RULES, WORDS, write_calendar
from benchmarks.contenders import ALL, Contender
from benchmarks.make_log import ORDERS, make
from benchmarks.measure import FailedError, Measured, machine, measure
from benchmarks.peers import duckdb_sql, polars_plain, python_loop
from benchmarks.report import Report
from tests.conftest import ROOT
from tests.runs import pipeline

CASES = 1_200
HEAVY = 200  # MB that a grandchild takes


def words_of(*verdicts: str, first: int = 0) -> pl.DataFrame:
    """Verdicts of as many cases, the same for every rule."""
    ids = [f"C{first + n:03}" for n in range(len(verdicts))]
    return pl.DataFrame({"case_id": ids, **dict.fromkeys(RULES, verdicts)})


# ---------------------------------------------------------------- equality


def test_each_verdict_that_differs_counts_and_a_case_that_one_lacks_counts_whole():
    ours = words_of("pass", "fail", "pending")
    assert wrong(ours, ours) == 0
    one = ours.with_columns(pl.Series("ind34", ["pass", "pass", "pending"]))
    assert wrong(ours, one) == 1
    assert wrong(ours, ours.with_columns(ind34=pl.lit(None, pl.String))) == 3
    assert wrong(ours, ours.head(2)) == len(RULES)
    assert wrong(ours.head(2), ours) == len(RULES)
    assert wrong(ours, words_of("pass", "fail", "pending", first=500)) == 6 * len(RULES)


def test_whoever_got_fewer_cases_is_held_against_the_first_of_them():
    ours = words_of("pass", "fail", "pending").reverse()
    assert wrong(ours, words_of("pass", "fail"), 2) == 0
    assert wrong(ours, words_of("pass", "pass"), 2) == len(RULES)
    assert wrong(ours, words_of("pass"), 2) == len(RULES)


def test_words_enumerations_and_codes_are_read_alike(tmp_path):
    ours = words_of(*WORDS)
    kinds = {
        "words": ours,
        "enums": ours.with_columns(pl.col(RULES).cast(pl.Enum(WORDS))),
        "codes": ours.with_columns(
            pl.col(RULES).replace_strict(list(WORDS), range(6), return_dtype=pl.UInt8)
        ),
    }
    for name, frame in kinds.items():
        (tmp_path / name).mkdir()
        frame.write_parquet(tmp_path / name / "verdicts.parquet")
        assert wrong(ours, verdicts_in(tmp_path / name)) == 0, name
    (tmp_path / "csv").mkdir()
    text = kinds["codes"].with_columns(county_code=pl.lit("01"))
    text.write_csv(tmp_path / "csv" / "verdicts.csv")
    assert wrong(ours, verdicts_in(tmp_path / "csv")) == 0
    assert verdicts_in(tmp_path) is None


def test_every_peer_at_hand_judges_every_case_as_the_product_does(tmp_path):
    from auditor.settings import Settings

    columns, plain = tmp_path / "columns" / "dump", tmp_path / "plain" / "dump"
    make(columns, CASES)
    make(plain, CASES, form="csv")
    write_calendar(columns.parent / "calendar.parquet")
    calendar = pl.read_parquet(columns.parent / "calendar.parquet", glob=False)
    calendar.write_csv(plain.parent / "calendar.csv")
    out = tmp_path / "ours" / "run"
    pipeline.run(Settings((columns,), out, cutoff=CUTOFF, outputs=()))
    ours = verdicts_in(tmp_path / "ours")
    assert ours.height == CASES
    assert {word for rule in RULES for word in ours[rule]} == set(WORDS)
    for peer, dump in (
        (duckdb_sql, columns), (polars_plain, columns), (python_loop, plain),
    ):  # fmt: skip
        place = tmp_path / peer.__name__
        place.mkdir()
        assert peer.main(dump, place) > 0
        assert wrong(ours, verdicts_in(place)) == 0, peer.__name__


# ---------------------------------------------------------------- measuring


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_memory_and_time_are_those_of_the_whole_tree_of_processes(tmp_path):
    hold = f"x = bytearray({HEAVY} << 20); x[::4096] = b'1' * len(x[::4096])"
    inner = f"import time; {hold}; time.sleep(0.4)"
    code = f"""
import subprocess, sys, os, pathlib
subprocess.run([sys.executable, "-c", {inner!r}], check=True)
folder = pathlib.Path(os.environ["TMPDIR"])
print("some words first")
print(0.25)
"""
    found = measure(python(code), tmp_path / "out", 30)
    assert found.inside == {"": 0.25}
    assert found.wall >= 0.4
    assert HEAVY * 0.9 < found.peak_mb < HEAVY * 1.6
    assert 0 < found.cpu < found.wall * os.cpu_count() + 1


def test_what_lies_in_the_temporary_folder_is_told_and_named_seconds_stay_apart(
    tmp_path,
):
    code = """
import os, time, json, pathlib
pathlib.Path(os.environ["TMPDIR"], "spill").write_bytes(bytes(5_000_000))
time.sleep(0.9)
print(json.dumps({"kernel19": 1.5, "kernel": 2.5}))
"""
    found = measure(python(code), tmp_path / "out", 30)
    assert found.inside == {"kernel19": 1.5, "kernel": 2.5}
    assert found.disk_mb == pytest.approx(5, abs=0.2)


def test_a_contender_that_fails_or_never_ends_is_no_measurement(tmp_path):
    with pytest.raises(FailedError, match="no such day"):
        measure(python("raise SystemExit('no such day')"), tmp_path / "out", 30)
    with pytest.raises(FailedError):
        measure(python("import time; time.sleep(60)"), tmp_path / "out", 0.3)


# ---------------------------------------------------------------- rounds

PEER = """
import csv, pathlib, sys
name, dump, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
book = pathlib.Path({book!r})
with book.open("a") as handle:
    handle.write(name + chr(10))
runs = book.read_text().split().count(name)
if name == "shaky" and runs == 1:
    sys.exit("it broke")
rules = {rules!r}.split()
with (out / "verdicts.csv").open("w", newline="") as handle:
    write = csv.writer(handle)
    write.writerow(["case_id", "county_code", *rules])
    for n in range(4):
        verdict = int(name == "liar" and n == 2)
        write.writerow([f"C{{n:03}}", "01", *[verdict] * len(rules)])
print(runs / 10)
"""


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A benchmark of four cases whose contenders are a few lines each."""
    lines = PEER.format(book=str(tmp_path / "book"), rules=" ".join(RULES))
    (tmp_path / "few_lines.py").write_text(lines, "utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    found = Bench(cases=4, order="clustered", rounds=3, root=tmp_path / "bench")
    (tmp_path / "dump").mkdir()
    monkeypatch.setattr(Bench, "dump", lambda *_: tmp_path / "dump")
    return found


def named(*names: str, **said: object) -> list[Contender]:
    return [Contender(n, f"the {n} one", ("few_lines", n), **said) for n in names]


def begun(bench: Bench) -> list[str]:
    return (bench.root.parent / "book").read_text("utf-8").split()


def test_contenders_take_turns_and_another_one_begins_each_round(bench):
    bench.go(named("tables", "duckdb", "polars"))
    rounds = [begun(bench)[n : n + 3] for n in (0, 3, 6)]
    assert [one[0] for one in rounds] == ["tables", "duckdb", "polars"]
    assert all(sorted(one) == ["duckdb", "polars", "tables"] for one in rounds)


def test_a_cut_benchmark_goes_on_where_it_stopped_and_tries_failures_again(bench):
    chosen = named("tables", "shaky")
    cut = Bench(bench.cases, bench.order, 1, bench.root)
    cut.go(chosen)
    assert begun(bench) == ["tables", "shaky"]
    assert [r.get("error") for r in bench.records()] == [None, "it broke"]
    bench.go(chosen)
    assert begun(bench).count("tables") == 3  # the first round is not made again
    assert begun(bench).count("shaky") == 4  # but the one that failed is
    before = begun(bench)
    bench.go(chosen)
    assert begun(bench) == before


def test_slow_contenders_have_fewer_rounds_and_lacking_packages_are_told(bench):
    few = named("tables", rounds=1) + named("far", needs=("no_such_package>=1",))
    bench.go(few)
    assert begun(bench) == ["tables"]
    assert {r["error"] for r in bench.records() if "error" in r} == {
        "needs no_such_package>=1"
    }


# ---------------------------------------------------------------- the report


def reported(bench: Bench, chosen: list[Contender]) -> Report:
    return Report(bench, machine(), chosen, bench.wrong(chosen))


def line_of(report: Report, title: str) -> str:
    return next(
        ln for ln in report.text().splitlines() if ln.startswith(f"| {title} |")
    )


def test_a_peer_with_a_wrong_verdict_gets_its_number_and_no_time(bench, tmp_path):
    chosen = named("tables", "duckdb", "liar")
    bench.go(chosen)
    report = reported(bench, chosen)
    assert report.wrong == {"tables": 0, "duckdb": 0, "liar": len(RULES)}
    # Its three rounds took 0.1, 0.2 and 0.3 seconds, as those of the honest one.
    assert "0.20 (0.10–0.30)" in line_of(report, "the duckdb one")
    told = line_of(report, "the liar one")
    assert f"{len(RULES)} wrong verdicts" in told
    assert "0.20" not in told and "0.30" not in told
    assert told.count("|") == line_of(report, "the duckdb one").count("|")
    assert "**MISSED**: every verdict of every peer equals ours" in report.text()
    report.write(tmp_path)
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")
    drawn = [row["title"] for row in report.drawn()]
    assert "the duckdb one" in drawn
    assert "the liar one" not in drawn


def test_a_wrong_verdict_ends_the_program_with_1(bench, monkeypatch, capsys):
    words = ["--cases", "4", "--rounds", "1", "--root", str(bench.root), "--no-write"]
    for names, code in ((("tables", "duckdb"), 0), (("tables", "liar"), 1)):
        monkeypatch.setattr(program, "ALL", tuple(named(*names)))
        assert program.main(words) == code
        assert "not measured" in capsys.readouterr().out  # targets of who is absent
    assert program.main([*words, "--only", "nobody"]) == 2


def measured(seconds: float, peak: float = 100.0) -> dict[str, object]:
    return asdict(Measured(seconds + 1, {"": seconds}, seconds * 2, peak, 10.0))


def test_table_figure_and_targets_come_out_of_the_raw_data_alone(bench, tmp_path):
    chosen = [one for one in ALL if one.name in {"scan", "duckdb", "tables", "run"}]
    bench.place.mkdir(parents=True)
    for number, factor in enumerate((3, 1, 2)):
        for name, seconds, peak in (
            ("scan", 1.0, 50.0), ("duckdb", 4.0, 60.0), ("run", 8.0, 4_500.0),
        ):  # fmt: skip
            found = measured(seconds * factor, peak)
            bench.note({"name": name, "round": number, **found})
    report = Report(bench, machine(), chosen, {"duckdb": 0})
    assert report.seconds() == {"scan": 2.0, "duckdb": 8.0, "run": 16.0}
    said = line_of(report, "DuckDB, hand-written SQL")
    assert "| 3 | 8.00 (4.00–12.00) | 4.0 |" in said
    assert "not measured: -" in line_of(report, "audit run, tables only")
    told = dict(report.targets())
    assert told["a whole run stays within its --memory, 4,000 MB"] is False
    assert told["every verdict of every peer equals ours"] is True
    assert (
        told["Spark local[2] takes at most 4 × the local engine, without its start"]
        is None
    )
    report.write(tmp_path)
    raw = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert raw["rounds"] == bench.records()
    page = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert page.startswith(report.text())
    drawn = (tmp_path / "results.png").read_bytes()
    report.write(tmp_path)
    assert (tmp_path / "results.png").read_bytes() == drawn
    bench.note({"name": "duckdb", "round": 3, **measured(80.0)})
    assert report.seconds()["duckdb"] == 10.0


def test_growth_has_a_line_for_every_size_and_order_that_was_measured(bench, tmp_path):
    kernel = {"kernel19": 2.0, "kernel": 4.0, "kernel_judge": 3.0}
    for cases, order, factor in ((1_000, "clustered", 1), (4_000, "shuffled", 5)):
        one = replace(bench, cases=cases, order=order)
        one.place.mkdir(parents=True)
        for number in range(3):
            one.note({"name": "scan", "round": number, **measured(0.5 * factor)})
        found = measured(0.0)
        one.note({"name": "kernel", "round": 0, **found, "inside": kernel})
        one.note({"name": "duckdb", "round": 0, "error": "it broke"})
        one.note({"name": "run", "round": 0, **measured(3.0)})
        told = {"bounded": 0, "run": 19, "duckdb": None}
        (one.place / "wrong.json").write_text(json.dumps(told), "utf-8")
        one.note({"name": "bounded", "round": 0, **measured(8.0, peak=1_234.4)})
    (bench.root / "data-1000-clustered-parquet").mkdir()
    (bench.root / "9-clustered-cold").mkdir()
    bench.place.mkdir(parents=True)  # measured by nobody: no line
    report = Report(bench, machine(), named("tables"), {})
    small, large = report.grown() if report.grown()[0].cases == 1_000 else (
        report.grown()[::-1]
    )  # fmt: skip
    assert (small.seconds["scan"], large.seconds["scan"]) == (0.5, 2.5)
    assert small.ratio("kernel19", "scan") == 4.0
    assert small.ratio("kernel19", "duckdb") is None
    assert large.a_case("bounded") == 2_000.0
    assert report.is_wrong()
    told = report.text()
    # The run has 19 wrong verdicts there: no time of it is shown.
    line = "| 1,000 | clustered | 1 | 0.50 | – | 2.00 | 4.0 | – | 4.00 | – | – | – |"
    assert f"{line} 8.0 | 8,000.0 | 1,234 |" in told
    assert "| 4,000 | shuffled | 1 | 2.50 |" in told
    assert told.index("| 1,000 |") < told.index("| 4,000 |")
    for name in ("one.png", "two.png"):
        growth.draw(report.grown(), tmp_path / name)
    drawn = (tmp_path / "one.png").read_bytes()
    assert drawn.startswith(b"\x89PNG")
    assert drawn == (tmp_path / "two.png").read_bytes()


def test_every_contender_runs_a_module_that_is_there_and_has_its_own_name():
    assert len({one.name for one in ALL}) == len(ALL)
    for one in ALL:
        assert (ROOT / Path(*one.words[0].split("."))).with_suffix(".py").is_file()
        assert contenders.interpreter(one, Path("nowhere")) if not one.needs else True


# ---------------------------------------------------------------- the dump's maker


def test_what_is_in_hand_at_once_does_not_grow_with_the_dump(tmp_path, monkeypatch):
    monkeypatch.setattr(make_log, "CHUNK", 500)
    monkeypatch.setattr(make_log, "BUCKET_EVENTS", 4_000)
    largest: dict[tuple[str, int], int] = {}
    for order in ORDERS:
        for cases in (1_500, 6_000):
            heights = []
            plain = make_log.ParquetFile.write

            def write(self, rows, plain=plain, heights=heights):
                heights.append(rows.num_rows)
                plain(self, rows)

            with monkeypatch.context() as patch:
                patch.setattr(make_log.ParquetFile, "write", write)
                make(tmp_path / f"{order}-{cases}", cases, order=order)
            largest[order, cases] = max(heights)
    for order in ORDERS:
        assert largest[order, 6_000] < 1.5 * largest[order, 1_500], order
        assert largest[order, 6_000] < 2 * 4_000, order


@pytest.mark.slow
def test_the_whole_benchmark_measures_compares_and_reports(tmp_path, capsys):
    names = "scan,duckdb,polars,kernel,tables,run,bounded,python"
    words = ["--cases", "2000", "--rounds", "2", "--root", str(tmp_path)]
    assert program.main([*words, "--only", names, "--no-write"]) == 0
    told = capsys.readouterr().out
    assert "met: every verdict of every peer equals ours" in told
    assert "failed" not in told
    assert program.main([*words, "--only", names, "--no-write"]) == 0
    assert len(Bench(2_000, "clustered", 2, tmp_path).records()) == 15

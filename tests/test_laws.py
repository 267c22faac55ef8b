"""What may change without changing a verdict, and what can only make it worse.

Each law judges a dump of many random cases, changes one thing, and judges again.
"""

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import polars as pl
import pytest

from auditor.clean import clean, read_plan
from auditor.demo import MIN_CASES, write_demo
from auditor.line import Local
from auditor.pack import load_pack
from auditor.pipeline import calendar_of, judge_parts
from auditor.read import read
from auditor.settings import Settings, resolve_clock
from auditor.vocabulary import VERDICTS
from tests.reference.cells import Unreadable, read_date
from tests.reference.generate import Dump, random_dump
from tests.runs import frame, pipeline, write_dump

CASES = 1_500
QUICK, PLAIN = 5, 7  # with and without roster and period; both have a cut-off
WHOLE_PROCESS = ("ind06", "ind07", "ind22", "ind34")
FRAMES = ("verdicts", "facts", "findings", "rollup")
ORIGINS = ("source", "rows", "row", "byte_offset")  # where it stood, not what it says

Tables = dict[str, list[dict]]
Rewrite = Callable[[Path], None]


@cache
def dump_of(seed: int) -> Dump:
    dump = random_dump(Random(seed), CASES)
    assert dump.cutoff is not None
    return dump


@dataclass(frozen=True)
class Outcome:
    """What a run says of its cases, without saying where their rows stood."""

    frames: dict[str, pl.DataFrame]
    books: dict
    rejects: list[str]

    @property
    def verdicts(self) -> pl.DataFrame:
        return self.frames["verdicts"]


def settings_for(dump: Dump, tables: Tables, folder: Path) -> Settings:
    settings = write_dump(folder, tables)
    cutoff = date.fromisoformat(dump.cutoff)
    return replace(settings, cutoff=cutoff, period=dump.period)


def outcome(settings: Settings) -> Outcome:
    """Audit, and leave out where rows stood."""
    done = pipeline.run(settings)
    frames = {n: frame(settings.out, n).drop(ORIGINS, strict=False) for n in FRAMES}
    books = {k: v for k, v in done.accounting.items() if k != "files"}
    return Outcome(frames, books, bag(done.rejects))


def bag(rejects: pl.DataFrame) -> list[str]:
    return sorted(map(repr, rejects.drop(ORIGINS, strict=False).rows()))


def judged(
    seed: int,
    folder: Path,
    tables: Tables | None = None,
    rewrite: Rewrite | None = None,
) -> Outcome:
    """Judge the dump of a seed, with other tables or rewritten files if asked."""
    dump = dump_of(seed)
    settings = settings_for(dump, tables or dump.tables, folder)
    if rewrite is not None:
        rewrite(folder / "dump")
    return outcome(settings)


@pytest.fixture(
    scope="module",
    params=[QUICK, *(pytest.param(n, marks=pytest.mark.slow) for n in (PLAIN, 13))],
)
def seed(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def base(seed: int, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return judged(seed, tmp_path_factory.mktemp("base"))


def same(one: Outcome, other: Outcome) -> None:
    for name in FRAMES:
        assert one.frames[name].equals(other.frames[name]), name
    assert one.books == other.books
    assert one.rejects == other.rejects


# ------------------------------------------------------------ what changes nothing


def test_the_order_of_rows_changes_nothing(seed, base, tmp_path):
    rng = Random(seed)
    tables = {
        n: rng.sample(rows, len(rows)) for n, rows in dump_of(seed).tables.items()
    }
    same(base, judged(seed, tmp_path, tables))


def test_how_tables_are_split_over_files_changes_nothing(seed, base, tmp_path):
    same(base, judged(seed, tmp_path, rewrite=split_files))


def split_files(folder: Path) -> None:
    for path in list(folder.iterdir()):
        header, *lines = path.read_text("utf-8").splitlines(keepends=True)
        for part in range(3):
            target = path.with_name(f"{path.stem}-{3 - part}.csv")
            target.write_text(header + "".join(lines[part::3]), "utf-8", newline="")
        path.unlink()


def test_a_dump_in_gb18030_says_what_it_says_in_utf_8(seed, base, tmp_path):
    def encode(folder: Path) -> None:
        for path in folder.iterdir():
            path.write_bytes(path.read_bytes().decode("utf-8").encode("gb18030"))

    same(base, judged(seed, tmp_path, rewrite=encode))


def test_a_dump_as_parquet_says_what_it_says_as_csv(seed, base, tmp_path):
    same(base, judged(seed, tmp_path, rewrite=to_parquet))


def to_parquet(folder: Path) -> None:
    """Type every column in which each cell is written as the type writes it."""
    for path in list(folder.iterdir()):
        with path.open(encoding="utf-8", newline="") as handle:
            header, *lines = csv.reader(handle)
        rows = pl.DataFrame(lines, dict.fromkeys(header, pl.String), orient="row")
        typed = rows.select(typed_column(rows[name]) for name in rows.columns)
        typed.write_parquet(path.with_suffix(".parquet"))
        path.unlink()


def typed_column(texts: pl.Series) -> pl.Series:
    bare = texts.replace("", None)
    if texts.name == "case_id" or not bare.count():
        return texts
    numbers, days = bare.cast(pl.Int64, strict=False), bare.str.to_date(strict=False)
    for typed in (numbers, days):
        if typed.cast(pl.String).equals(bare, null_equal=True):
            return typed
    return texts


def test_some_columns_of_that_parquet_are_typed(seed, tmp_path):
    settings_for(dump_of(seed), dump_of(seed).tables, tmp_path)
    to_parquet(tmp_path / "dump")
    files = (tmp_path / "dump").glob("*.parquet")
    kinds = {kind for path in files for kind in pl.read_parquet_schema(path).values()}
    assert {pl.Int64, pl.String} <= kinds


def test_the_number_of_partitions_changes_nothing(seed, base, tmp_path):
    settings = settings_for(dump_of(seed), dump_of(seed).tables, tmp_path)
    pack, work, out = load_pack(), tmp_path / "work", tmp_path / "out"
    work.mkdir()
    out.mkdir()
    raw = read(
        settings.inputs, settings.dossier, read_plan(None, pack), settings.limits, work
    )
    tables = clean(raw, None, pack, work, partitions=7)
    clock = resolve_clock(settings, tables.last_date)
    judge_parts(
        (raw, tables), (pack, calendar_of(pack), clock), (out, work / "judged"),
        lambda _stage: None, (None, Local(settings).judged),
    )  # fmt: skip
    assert len(tables.parts) == 7
    for name in ("verdicts", "facts", "findings"):
        found = frame(out, name).drop(ORIGINS, strict=False)
        keys = [key for key in ("case_id", "rule_id") if key in found.columns]
        wanted = base.frames[name].sort(keys, maintain_order=True)
        assert found.sort(keys, maintain_order=True).equals(wanted), name
    assert bag(tables.rejects) == base.rejects


def test_an_unrelated_case_changes_no_other_verdict(seed, base, tmp_path):
    dump = dump_of(seed)
    day = date.fromisoformat(dump.cutoff)
    strangers = {
        "cases": [
            {
                "case_id": name, "county_code": "999999", "customer_type": "resident",
                "business_type": "new", "utility": "U1",
                "submitted_at": str(day - timedelta(40)), "energised_at": str(day),
            }
            for name in ("A first", "C000700x", "Ω last")
        ],
        "events": [
            {"case_id": "A first", "step": "accept", "started_at": str(day)},
            {"case_id": "Ω last", "step": "no such step", "started_at": str(day)},
        ],
    }  # fmt: skip
    tables = {n: rows + strangers.get(n, []) for n, rows in dump.tables.items()}
    told = judged(seed, tmp_path, tables)
    names = [row["case_id"] for row in strangers["cases"]]
    for name in ("verdicts", "facts", "findings"):
        others = told.frames[name].filter(~pl.col("case_id").is_in(names))
        # Rows without a case count the cases of a county: one more changes those.
        assert others.equals(base.frames[name].drop_nulls("case_id")), name
        assert others.height < told.frames[name].height


# --------------------------------------------- what never makes a verdict better


@pytest.mark.parametrize("days", [1, pytest.param(9, marks=pytest.mark.slow)])
def test_power_that_comes_later_never_helps(seed, days, tmp_path):
    tables = dump_of(seed).tables
    last = max(dates_in(tables))
    later = {**tables, **shifted(tables, days)}
    cutoff = (last + timedelta(days + 1)).isoformat()
    verdicts = []
    for name, delivered in (("before", tables), ("after", later)):
        dump = Dump(delivered, cutoff, None)
        settings = settings_for(dump, delivered, tmp_path / name)
        verdicts.append(outcome(settings).verdicts)
    before, after = verdicts
    assert before["case_id"].equals(after["case_id"])
    moved = 0
    for rule in WHOLE_PROCESS:
        was, now = before[rule].cast(pl.String), after[rule].cast(pl.String)
        no_order = (before[f"{rule}_reason"] == "end_before_start").fill_null(
            value=False
        )
        assert not ((was == "fail") & (now == "pass")).any(), rule
        assert not ((was == "undetermined") & (now == "pass") & ~no_order).any(), rule
        moved += int(((was == "pass") & (now != "pass")).sum())
    assert moved > 0


def dates_in(tables: Tables) -> Iterable[date]:
    for rows in tables.values():
        for row in rows:
            for name, text in row.items():
                if name.endswith(("_at", "_date")) and (day := readable(text)):
                    yield day


def readable(text: str) -> date | None:
    try:
        return read_date(text.strip()) if text.strip() else None
    except Unreadable:
        return None


def shifted(tables: Tables, days: int) -> Tables:
    """Let power come later: in the table of cases and in the event that says so."""
    ends = {"cases": "energised_at", "events": "finished_at"}
    names = {"connect"} | {
        a for a, s in load_pack().steps.aliases.items() if s == "connect"
    }
    moved: Tables = {}
    for table, column in ends.items():
        moved[table] = []
        for row in tables[table]:
            day = readable(row.get(column, ""))
            if day is not None and (table == "cases" or row["step"] in names):
                moved[table].append({**row, column: str(day + timedelta(days))})
            else:
                moved[table].append(row)
    return moved


def test_one_more_working_day_never_shortens_a_duration(seed, base, tmp_path):
    folder = tmp_path / "pack"
    shutil.copytree(load_pack().folder, folder)
    added = sum(add_makeup_days(path) for path in (folder / "calendar").glob("20*.csv"))
    assert added > 300
    dump = dump_of(seed)
    settings = settings_for(dump, dump.tables, tmp_path)
    told = outcome(replace(settings, rules=str(folder)))
    durations = [n for n in base.frames["facts"].columns if n.endswith("_wd")]
    grown = 0
    for name in durations:
        was, now = base.frames["facts"][name], told.frames["facts"][name]
        assert (now >= was).all(), name  # null: it can be bounded but not known
        grown += int((now > was).sum())
    assert grown > CASES // 2
    for rule in [rule.id for rule in load_pack().case_rules if rule.kind == "time"]:
        was, now = (
            base.verdicts[rule].cast(pl.String),
            told.verdicts[rule].cast(pl.String),
        )
        assert not ((was == "fail") & (now != "fail")).any(), rule
        assert not ((was == "undetermined") & (now == "pass")).any(), rule


def add_makeup_days(path: Path) -> int:
    """Make every plain Saturday of a year's calendar a working day."""
    with path.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    known = {row[0] for row in rows}
    notice = rows[0][header.index("notice")]
    year = int(path.stem)
    days = (date(year, 1, 1) + timedelta(n) for n in range(366))
    new = [
        [str(day), "makeup", "补班", notice, ""]
        for day in days
        if day.year == year and day.weekday() == 5 and str(day) not in known
    ]
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([header, *sorted(rows + new)])
    return len(new)


# ----------------------------------------------------------------- what adds up


def test_the_six_verdicts_of_every_rule_add_up_to_the_cases(base):
    rules = [rule.id for rule in load_pack().case_rules]
    cases = base.verdicts.height
    for rule in rules:
        county = base.frames["rollup"].filter(level="county", rule_id=rule)
        assert county.select(pl.sum_horizontal(VERDICTS).sum()).item() == cases, rule
        for word in VERDICTS:
            told = int((base.verdicts[rule].cast(pl.String) == word).sum())
            assert county[word].sum() == told, (rule, word)
            assert base.books["verdicts"][rule][word] == told


def test_the_verdicts_on_approvals_add_up_to_the_projects(seed, tmp_path):
    settings = settings_for(dump_of(seed), dump_of(seed).tables, tmp_path)
    if "approvals" not in dump_of(seed).tables:
        pytest.skip("this dump has no approvals")
    rollup = outcome(settings).frames["rollup"]
    projects = frame(settings.out, "projects")
    for rule in load_pack().project_rules:
        county = rollup.filter(level="county", rule_id=rule.id)
        assert (
            county.select(pl.sum_horizontal(VERDICTS).sum()).item() == projects.height
        )
        for word in VERDICTS:
            told = int((projects[rule.id].cast(pl.String) == word).sum())
            assert county[word].sum() == told, (rule.id, word)


def test_the_province_is_the_sum_of_its_counties_and_of_its_cities(base):
    rollup = base.frames["rollup"]
    if not (rollup["level"] == "province").any():
        pytest.skip("this dump has no roster")
    for rule in [rule.id for rule in load_pack().case_rules]:
        rows = rollup.filter(rule_id=rule)
        sums = {
            level: rows.filter(level=level).select(pl.col(VERDICTS).sum()).row(0)
            for level in ("county", "city", "province")
        }
        unknown = rows.filter(level="county", code="unknown").select(
            pl.col(VERDICTS).sum()
        )
        cities = map(sum, zip(sums["city"], unknown.row(0), strict=True))
        assert sums["province"] == sums["county"] == tuple(cities), rule


def test_some_of_these_dumps_have_a_roster():
    assert "roster" in dump_of(QUICK).tables
    assert "roster" not in dump_of(PLAIN).tables


def test_a_tighter_limit_never_passes_what_a_looser_one_does_not(base):
    words = {rule: base.verdicts[rule].cast(pl.String) for rule in WHOLE_PROCESS}
    for tight, loose in pairwise(("ind34", "ind22", "ind07")):
        assert (words[loose] == "pass").filter(words[tight] == "pass").all()
        assert (words[tight] == "fail").filter(words[loose] == "fail").all()


def test_a_county_that_meets_35_misses_neither_23_nor_24(base):
    county = base.frames["rollup"].filter(level="county")
    status = {
        (r["code"], r["rule_id"]): r["status"] for r in county.iter_rows(named=True)
    }
    for (code, rule), word in status.items():
        if rule == "ind35" and word == "met":
            assert "not_met" not in (status[code, "ind23"], status[code, "ind24"])


def test_every_row_read_is_accepted_a_duplicate_or_rejected(seed, base):
    for name, rows in dump_of(seed).tables.items():
        book = base.books["rows"][name]
        assert book["read"] == len(rows)
        assert book["read"] == book["accepted"] + book["duplicate"] + book["rejected"]


# ---------------------------------------------------------------- the same bytes again

SURROUNDINGS = (
    {
        "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "0",
        "POLARS_MAX_THREADS": "1", "LC_ALL": "C",
    },
    {
        "TZ": "America/St_Johns", "PYTHONHASHSEED": "7",
        "POLARS_MAX_THREADS": "2", "LC_ALL": "C.UTF-8",
    },
)  # fmt: skip


def test_the_same_inputs_give_the_same_bytes_wherever_and_however_they_run(
    process, tmp_path
):
    write_demo(tmp_path / "data", MIN_CASES)
    data, mapping = tmp_path / "data", load_pack().folder.parent / "mappings"
    files = sorted((data / "dump").iterdir())
    folders = []
    for number, env in enumerate(SURROUNDINGS):
        place = tmp_path / f"place-{number}"
        place.mkdir()
        dump = files if number else files[::-1]
        said = process(
            "run", *dump, "--dossier", os.path.relpath(data / "dossier", place),
            "--mapping", mapping / "state-grid.toml", "--period", "2022",
            "--out", "run", cwd=place, env=env,
        )  # fmt: skip
        assert said.code == 0, said.err
        folders.append(place / "run")
    one, other = map(contents, folders)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    assert {Path(name).suffix for name in one} >= {
        ".parquet", ".csv", ".xlsx", ".html", ".json", ".png", ".svg",
    }  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the database, whose rows the manifest signs instead."""
    files = {
        p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()
    }
    assert files.pop("results.duckdb").stat().st_size > 0
    found = {name: path.read_bytes() for name, path in files.items()}
    manifest = json.loads(found["manifest.json"])
    assert manifest.pop("ran_at")
    return found | {"manifest.json": json.dumps(manifest, sort_keys=True).encode()}

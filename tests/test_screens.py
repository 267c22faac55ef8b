"""Screens of distributions: exact figures, planted heaps, and honest counties."""

import random
from dataclasses import replace
from datetime import date, timedelta
from math import comb
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from auditor.frames import check, screens_schema
from auditor.pack import load_pack
from auditor.pipeline import run
from auditor.screen import TALLY, add_tallies, screens
from auditor.screen.exact import beta_tail, false_discovery, interval, upper_tail
from auditor.settings import Settings
from tests.runs import frame

PACK = load_pack()
SIZES = (40, 100, 300, 1_000, 5_000)
PROMISED = 0.05


# ------------------------------------------------------------------ exact figures


@pytest.mark.parametrize(("k", "n", "share"), [(0, 5, 0.2), (3, 10, 0.3), (9, 10, 0.5)])
def test_a_tail_is_the_sum_of_its_binomial_terms(k, n, share):
    terms = (comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k, n + 1))
    told = upper_tail(np.array([float(k)]), np.array([float(n - k)]), np.array([share]))
    assert told[0] == pytest.approx(sum(terms), rel=1e-10)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(0, 10, 0, 0.30850), (10, 10, 0.69150, 1), (5, 10, 0.18709, 0.81291)],
)
def test_intervals_are_those_of_clopper_and_pearson(k, n, low, high):
    told = interval(np.array([float(k)]), np.array([float(n - k)]))
    assert (told[0][0], told[1][0]) == pytest.approx((low, high), abs=1e-5)


def test_a_tail_does_not_depend_on_what_else_is_asked():
    shapes = [(1, 3), (2, 1e5), (3.5, 0.2), (4e4, 6e4), (300, 7)]
    a, b = (np.array(side, dtype=np.float64) for side in zip(*shapes, strict=True))
    x = np.array([0.3, 1e-5, 0.9, 0.401, 0.98])
    together = beta_tail(a, b, x)
    alone = [beta_tail(a[[at]], b[[at]], x[[at]])[0] for at in range(len(shapes))]
    assert together.tolist() == alone


def test_the_beta_function_grows_from_0_to_1_and_mirrors_itself():
    x = np.linspace(0, 1, 101)
    for a, b in ((0.5, 0.5), (3.0, 40.0), (2_000.0, 1_500.0)):
        up = beta_tail(np.full(101, a), np.full(101, b), x)
        down = beta_tail(np.full(101, b), np.full(101, a), 1 - x)
        assert (np.diff(up) >= -1e-12).all()
        assert np.allclose(up + down, 1, atol=1e-9)


def test_q_is_that_of_benjamini_and_hochberg():
    # 0.01·4/1, 0.02·4/2, 0.03·4/3 and 0.9·4/4, none above the one behind it
    told = false_discovery(np.array([0.9, 0.02, 0.01, 0.03]))
    assert told.tolist() == pytest.approx([0.9, 0.04, 0.04, 0.04])


# ------------------------------------------------------------------------ heaping


def only(rule: str):
    return replace(PACK, screens=tuple(s for s in PACK.screens if s.id == rule))


def durations(kind: str, n: int, limit: int, rng: np.random.Generator) -> np.ndarray:
    middle, spread = limit * rng.uniform(0.4, 1.3), rng.uniform(0.3, 0.7)
    days = np.rint(middle * np.exp(spread * rng.standard_normal(4 * n))).astype(int)
    if kind == "gamma":
        days = rng.poisson(rng.gamma(2.5, middle / 2.5, 4 * n))
    if kind == "kept":
        days = days[days <= limit]  # everybody in time: nothing above the limit
    days = days[:n]
    if kind == "heaped":
        late = (days > limit) & (days <= limit + 8) & (rng.random(days.size) < 0.8)
        days[late] = limit
    return days


def counties(kind: str, seed: int, rule: str, limit: int, many: int) -> pl.DataFrame:
    rng, rows = np.random.default_rng(seed), []
    for number in range(many):
        drawn = durations(kind, int(rng.choice(SIZES)), limit, rng).clip(0, 99)
        for day, n in zip(*np.unique(drawn, return_counts=True), strict=True):
            place = (f"c{number:03}", "U", "x", int(day), None, int(n))
            rows.append(("int06", f"{rule}.whole_process", "case", *place))
    return pl.DataFrame(rows, schema=TALLY, orient="row")


def heaps(tallies: pl.DataFrame) -> pl.DataFrame:
    found = screens(tallies, only("int06"), {}, [])
    return check(found, screens_schema()).filter(level="county")


@pytest.mark.parametrize(("rule", "limit"), [("ind06", 5), ("ind34", 15)])
@pytest.mark.parametrize("kind", ["lognormal", "gamma", "kept"])
def test_honest_counties_are_not_named_more_often_than_promised(kind, rule, limit):
    named = tested = 0
    for seed in range(3):
        told = heaps(counties(kind, seed, rule, limit, 100))["signal"].drop_nulls()
        named, tested = named + int(told.sum()), tested + told.len()
    assert tested > 250
    assert named <= PROMISED * tested / 5  # even one in a hundred would be many


def test_planted_heaps_are_found_and_what_is_missing_above_them_is_told():
    for seed in range(3):
        told = heaps(counties("heaped", seed, "ind34", 15, 60))
        found = told.filter("signal")
        assert found.height > 0.3 * told["signal"].drop_nulls().len()
        assert (found["low"] > 1).all()
        assert (found["missing"] > 0).all()


def test_a_heap_counted_by_hand():
    """100 a day, but 180 on day 15 and 20 on each of the two days behind it."""
    counts = dict.fromkeys(range(5, 26), 100) | {15: 180, 16: 20, 17: 20}
    where = ("int06", "ind34.whole_process", "case", "c", "U", "lv_three_zero")
    rows = [(*where, day, None, n) for day, n in counts.items()]
    told = heaps(pl.DataFrame(rows, schema=TALLY, orient="row")).row(0, named=True)
    assert told["n"] == sum(counts.values())
    assert told["expected"] == pytest.approx(100, rel=0.01)
    assert told["statistic"] == pytest.approx(1.8, rel=0.01)
    assert told["missing"] == pytest.approx(160, rel=0.02)
    assert told["low"] < 1.8 < told["high"]
    assert told["low"] > 1.3


def test_too_few_cases_are_shown_with_their_number_and_why_nothing_is_said():
    where = ("int06", "ind34.whole_process", "case", "c", "U", "lv_three_zero")
    rows = [(*where, day, None, 2) for day in range(1, 15)]
    told = heaps(pl.DataFrame(rows, schema=TALLY, orient="row")).row(0, named=True)
    assert (told["n"], told["signal"], told["reason"]) == (28, None, "too_few")
    assert told["statistic"] is None


# ------------------------------------------------------------------------- shares


def yes_no(measure: str, rule: str, groups: dict[str, tuple[int, int]]) -> pl.DataFrame:
    rows = [
        (rule, measure, "case", code, "U", "x", bin_, None, n)
        for code, (yes, no) in groups.items()
        for bin_, n in ((1, yes), (0, no))
    ]
    return pl.DataFrame(rows, schema=TALLY, orient="row")


def test_a_share_is_held_against_all_other_counties_and_a_floor():
    groups = {f"c{n}": (5, 95) for n in range(9)} | {"c9": (40, 60), "few": (9, 9)}
    columns = {"events": frozenset({"started_at", "finished_at"})}
    found = screens(yes_no("day_off", "int11", groups), only("int11"), columns, groups)
    told = {row["code"]: row for row in found.filter(measure="day_off").to_dicts()}
    assert [code for code, row in told.items() if row["signal"]] == ["c9"]
    assert told["few"]["reason"] == "too_few"
    # 45 of 900 elsewhere and 9 of 18: the floor of 0.1 is more than 1.5 times that
    assert told["c9"]["reference"] == pytest.approx(0.113, abs=0.02)
    assert told["c0"]["p"] > 0.5


def test_the_floor_alone_never_names_more_honest_counties_than_promised():
    rng = np.random.default_rng(5)
    named = 0
    for _ in range(20):
        groups = {f"c{n}": (int(rng.binomial(200, 0.1)), 0) for n in range(50)}
        groups = {code: (yes, 200 - yes) for code, (yes, _) in groups.items()}
        columns = {"events": frozenset({"started_at"})}
        found = screens(yes_no("day_off", "int11", groups), only("int11"), columns, [])
        named += int(found["signal"].drop_nulls().sum())
    assert named <= PROMISED * 20 * 50 / 50  # at most one false family in twenty


def test_a_column_that_was_not_delivered_is_one_row_a_county():
    found = screens(pl.DataFrame(schema=TALLY), PACK, {}, ["c1", "c2"])
    told = found.filter(rule_id="task56")
    assert told.select("code", "n", "signal", "reason").rows() == [
        ("c1", 0, None, "column_absent"),
        ("c2", 0, None, "column_absent"),
    ]


def test_one_payee_is_the_largest_of_the_named_ones():
    where = ("task56", "one_payee", "case", "c", "U", None, 1)
    rows = [(*where, "甲", 80), (*where, "乙", 30), (*where, None, 100)]
    tallies = pl.DataFrame(rows, schema=TALLY, orient="row")
    columns = {"fees": frozenset({"payee"})}
    told = screens(tallies, only("task56"), columns, ["c"]).row(0, named=True)
    assert (told["observed"], told["n"], told["detail"]) == (80, 100, "甲")
    assert told["signal"]


def test_tallies_add_up_in_any_order():
    whole = counties("lognormal", 1, "ind34", 15, 5)
    parts = [whole[n::3] for n in range(3)]
    assert add_tallies([whole]).equals(add_tallies(parts[::-1]))


# ------------------------------------------------------------------------ a whole run

HEAD = (
    "case_id,county_code,utility,business_type,customer_type,three_zero,source_count,"
    "capacity_kw,submitted_at,energised_at"
)


def weekday(day: date) -> date:
    """No holiday lies between 6 June and 9 September 2022."""
    return day + timedelta(max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def province(folder: Path, seed: int) -> None:
    """Three counties of 300: in c3 works at night, whole hours, 163 kW, two sources."""
    rng = random.Random(seed)
    cases, events = [], []
    for number in range(900):
        code = f"c{number % 3 + 1}"
        odd = code == "c3"
        start = weekday(date(2022, 6, 6) + timedelta(rng.randrange(60)))
        end = weekday(start + timedelta(rng.randrange(3, 20)))
        kind = rng.choice(("lv_nonresident,true,1", "hv,,1", "hv,,1"))
        kind = "hv,,2" if odd and kind.startswith("hv") else kind
        kw = 163 if odd else rng.choice((170, 180, 200, 210))
        cases.append(f"n{number},{code},U,new,{kind},{kw},{start},{end}")
        hour = 3 if odd else rng.randrange(8, 18)
        for step, day in (("accept", start), ("connect", end)):
            minute = 0 if odd else rng.randrange(1, 60)
            events.append(f"n{number},{step},{day} {hour:02}:{minute:02}:00,{day}")
    rng.shuffle(cases)
    rng.shuffle(events)
    folder.mkdir(parents=True)
    (folder / "cases.csv").write_text("\n".join([HEAD, *cases]) + "\n", "utf-8")
    head = "case_id,step,finished_at,started_at"
    half = len(events) // 2
    for name, rows in (("events-1", events[:half]), ("events-2", events[half:])):
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("screens")
    province(folder / "dump", 4)
    settings = Settings((folder / "dump",), folder / "run", cutoff=date(2022, 12, 31))
    with pytest.MonkeyPatch.context() as patch:
        # More counties than a picture holds, and no roster that tells their cities.
        patch.setattr("auditor.write.figures.MOST", 0)
        run(settings)
    return folder / "run"


def test_the_county_that_differs_is_named_and_no_other(done):
    told = frame(done, "screens").filter("signal")
    assert set(told["code"]) == {"c3"}
    named = {"whole_hour", "night", "capacity_above_160", "dual_supply"}
    assert set(told["measure"]) == named


def test_the_run_shows_its_screens_wherever_a_person_looks(done):
    page = (done / "report.html").read_text("utf-8")
    assert "疑似" in page
    assert "c3 U" in page
    assert not (done / "figures" / "heatmap.png").exists()
    assert {p.name for p in (done / "figures").glob("int*.png")} >= {
        "int10.png",
        "int11.png",
        "int16.png",
        "int20.png",
    }
    import duckdb
    import openpyxl

    with duckdb.connect(str(done / "results.duckdb"), read_only=True) as con:
        (n,) = con.execute("SELECT count(*) FROM screens WHERE signal").fetchone()
    book = openpyxl.load_workbook(done / "findings.xlsx", read_only=True)
    rows = list(book["筛查"].iter_rows(values_only=True))
    assert len(rows) == 5 + n
    assert '"screens.parquet"' in (done / "manifest.json").read_text("utf-8")


def test_neither_order_nor_partitions_change_a_byte_of_the_screens(
    done, tmp_path, monkeypatch
):
    from auditor.line import local

    monkeypatch.setattr(local, "partitions_of", lambda *_: 4)
    province(tmp_path / "dump", 4)
    source = tmp_path / "dump" / "cases.csv"
    head, *rows = source.read_text("utf-8").splitlines()
    source.write_text("\n".join([head, *rows[::-1]]) + "\n", "utf-8")
    out = tmp_path / "run"
    run(Settings((tmp_path / "dump",), out, cutoff=date(2022, 12, 31), outputs=()))
    one, two = ((f / "screens.parquet").read_bytes() for f in (done, out))
    assert one == two

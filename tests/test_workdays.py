"""The calendar agrees with other people's tables, and subtraction with counting."""

import csv
import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import PackError
from auditor.workdays import PlainCalendar, Special, WorkCalendar, load_calendar

FOLDER = Path(__file__).parents[1] / "rules" / "nea-2021-37" / "calendar"
DAY = timedelta(days=1)
CHINA = load_calendar(FOLDER)
BASE = CHINA.first - DAY
ALL_DAYS = [CHINA.first + DAY * k for k in range(2_922)]
OUTSIDE = [CHINA.first - 2 * DAY, CHINA.last + DAY, date(1970, 1, 1), date(2100, 1, 1)]


def columns(start: list[date | None], end: list[date | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {"start": start, "end": end}, schema={"start": pl.Date, "end": pl.Date}
    )


def between(start: list[date | None], end: list[date | None]) -> list[int | None]:
    measured = CHINA.between(pl.col("start"), pl.col("end"))
    return columns(start, end).select(measured).to_series().to_list()


def ours(day: date) -> bool:
    return CHINA.count(day - DAY, day) == 1


WORKED_ELSEWHERE = {day for day in ALL_DAYS if chinese_calendar.is_workday(day)}


def by_loop(start: date, end: date) -> int:
    days = ((start + DAY * (k + 1)) for k in range((end - start).days))
    return sum(day in WORKED_ELSEWHERE for day in days)


def test_every_day_of_eight_years_is_worked_as_two_public_tables_say() -> None:
    china = holidays.country_holidays("CN", years=range(2018, 2028))

    assert CHINA.last == ALL_DAYS[-1] == date(2026, 12, 31)
    assert [
        day for day in ALL_DAYS if ours(day) != chinese_calendar.is_workday(day)
    ] == []
    assert [day for day in ALL_DAYS if ours(day) != china.is_working_day(day)] == []


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2019, (250, 6, 17)),
        (2020, (249, 6, 19)),
        (2021, (250, 7, 18)),
        (2022, (249, 7, 18)),
        (2023, (249, 7, 18)),
        (2024, (251, 8, 19)),
        (2025, (248, 5, 18)),
        (2026, (248, 6, 19)),
    ],
)
def test_a_year_has_its_working_days_make_up_days_and_weekdays_off(
    year: int, expected: tuple[int, int, int]
) -> None:
    days = {day: special for day, special in CHINA.days.items() if day.year == year}
    made_up = sum(special.kind == "makeup" for special in days.values())
    weekdays_off = sum(
        special.kind == "off" and day.weekday() < 5 for day, special in days.items()
    )
    total = CHINA.count(date(year - 1, 12, 31), date(year, 12, 31))

    assert (total, made_up, weekdays_off) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected", "why"),
    [
        ("2021-03-01", "2021-03-01", 0, "the start day is not counted"),
        ("2021-03-01", "2021-03-02", 1, "the end day is"),
        ("2021-02-10", "2021-02-18", 1, "the spring festival is off"),
        ("2021-02-19", "2021-02-21", 1, "a Saturday is made up for"),
        ("2020-01-23", "2020-02-03", 1, "the festival of 2020 was extended"),
        ("2019-04-30", "2019-05-05", 1, "Labour Day of 2019 was rearranged"),
        ("2022-12-30", "2023-01-03", 1, "a notice reaches back into December"),
        ("2018-12-31", "2019-01-02", 1, "the day before the first is a start"),
        ("2026-12-30", "2026-12-31", 1, "the last day is inside"),
        ("2021-03-05", "2021-03-01", -4, "a pair in the wrong order counts back"),
        ("2021-03-07", "2021-03-06", 0, "and is 0 within a weekend"),
    ],
)
def test_a_duration_counts_what_follows_the_start(
    start: str, end: str, expected: int, why: str
) -> None:
    first, last = date.fromisoformat(start), date.fromisoformat(end)

    assert between([first], [last]) == [expected], why
    assert CHINA.count(first, last) == expected, why


def test_subtraction_equals_a_plain_loop_on_ten_thousand_pairs() -> None:
    dice = random.Random(37)
    edges = [BASE, CHINA.first, CHINA.last - DAY, CHINA.last, *CHINA.days]
    pairs = [(start, end) for start in edges[:4] for end in edges[:4] if start <= end]
    while len(pairs) < 10_000:
        start = dice.choice([dice.choice(edges), dice.choice(ALL_DAYS)])
        pairs.append((start, min(start + DAY * dice.randrange(60), CHINA.last)))
    starts, ends = map(list, zip(*pairs, strict=True))

    expected = [by_loop(start, end) for start, end in pairs]
    assert between(starts, ends) == expected
    assert [CHINA.count(start, end) for start, end in pairs] == expected


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
@pytest.mark.parametrize("rows", [0, 1, 3, 300_000])
def test_an_expression_works_lazily_against_a_literal_for_any_number_of_rows(
    engine: str, rows: int
) -> None:
    frame = columns([date(2021, 2, 10)] * rows, [date(2021, 2, 18)] * rows)
    start, end, today = pl.col("start"), pl.col("end"), pl.lit(date(2021, 2, 19))
    plan = frame.lazy().with_columns(
        CHINA.between(start, end).alias("taken"),
        CHINA.between(start, today).alias("so_far"),
        CHINA.clipped(pl.lit(date(2000, 1, 1)), end).alias("known"),
    )
    found = plan.filter(CHINA.between(start, end) == 1).collect(engine=engine)

    assert found.height == rows
    assert found.select("taken", "so_far", "known").unique().rows() == [
        (1, 2, CHINA.count(BASE, date(2021, 2, 18)))
    ] * min(rows, 1)
    assert set(found.schema.values()) == {pl.Date, pl.Int32}


def test_the_calendar_answers_nothing_beyond_its_days() -> None:
    inside = date(2021, 3, 1)

    for day in OUTSIDE:
        assert between([day, inside, day], [inside, day, day]) == [None, None, None]
        assert CHINA.count(day, inside) is CHINA.count(inside, day) is None
    assert between([None, inside, None], [inside, None, None]) == [None, None, None]


def test_a_moment_is_not_taken_for_a_date() -> None:
    moments = pl.Series(
        "at", ["2021-03-01T09:00", "2021-03-02T09:00"]
    ).str.to_datetime()
    at = pl.col("at")

    seen = moments.to_frame().select(CHINA.between(at, at)).to_series()

    assert seen.null_count() == 2


def test_clipping_keeps_the_part_that_is_proven_and_says_so() -> None:
    early, late = date(2018, 6, 1), date(2027, 6, 1)
    frame = columns(
        [early, date(2026, 12, 30), early, late, None, date(2021, 3, 1)],
        [date(2019, 1, 3), late, early, late, late, date(2021, 3, 2)],
    )
    start, end = pl.col("start"), pl.col("end")
    seen = frame.select(
        CHINA.clipped(start, end).alias("days"), CHINA.inside(start, end).alias("all")
    )

    assert seen["days"].to_list() == [2, 1, 0, 0, None, 1]
    assert seen["all"].to_list() == [False, False, False, False, False, True]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([day for day in ALL_DAYS if not ours(day)]),
    st.tuples(st.sampled_from(ALL_DAYS), st.integers(0, 400)),
)
def test_a_make_up_day_never_shortens_a_duration(
    extra: date, duration: tuple[date, int]
) -> None:
    start, length = duration
    end = min(start + DAY * length, CHINA.last)
    made_up = {**CHINA.days, extra: Special("makeup", "law", "law")}
    longer = WorkCalendar(CHINA.first, CHINA.last, made_up)

    assert longer.count(start, end) == CHINA.count(start, end) + (start < extra <= end)


@settings(max_examples=100, deadline=None)
@given(*[st.sampled_from([BASE, *ALL_DAYS])] * 3)
def test_two_durations_end_to_end_add_up(a: date, b: date, c: date) -> None:
    assert CHINA.count(a, b) + CHINA.count(b, c) == CHINA.count(a, c)


def test_the_days_of_a_duration_say_why_they_count() -> None:
    days = CHINA.days_between(date(2021, 2, 17), date(2021, 2, 21))
    notice = "国办发明电〔2020〕27号"

    assert days == [
        (date(2021, 2, 18), True, "", ""),
        (date(2021, 2, 19), True, "", ""),
        (date(2021, 2, 20), True, "春节", notice),
        (date(2021, 2, 21), False, "", ""),
    ]
    assert CHINA.days_between(date(2021, 2, 21), date(2021, 2, 17)) == []
    assert len(CHINA.days_between(date(2000, 1, 1), date(2100, 1, 1))) == 2_922


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(ALL_DAYS), st.integers(0, 300))
def test_the_days_listed_add_up_to_the_count(start: date, length: int) -> None:
    end = min(start + DAY * length, CHINA.last)
    listed = CHINA.days_between(start, end)

    assert sum(day.worked for day in listed) == CHINA.count(start, end)


def test_every_amendment_names_the_notice_that_it_changes() -> None:
    amending = {(s.notice, s.amends) for s in CHINA.days.values() if s.amends}

    assert amending == {
        ("国办发明电〔2019〕3号", "国办发明电〔2018〕15号"),
        ("国办发明电〔2020〕1号", "国办发明电〔2019〕16号"),
    }
    assert {special.notice for special in CHINA.days.values()} == set(CHINA.notices)


def write(path: Path, *rows: str) -> Path:
    header = "date,kind,reason,notice,amends"
    path.write_text("\n".join([header, *rows, ""]), "utf-8")
    return path


def test_an_overlay_takes_precedence_and_leaves_the_national_days_alone(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path / "guangxi.csv",
        "2021-04-14,off,三月三,桂政办发〔2021〕1号,",
        "2021-10-07,makeup,抢修,桂政办发〔2021〕2号,国办发明电〔2020〕27号",
    )
    local = CHINA.overlay(path)
    a_year = (date(2020, 12, 31), date(2021, 12, 31))

    assert local.count(date(2021, 4, 13), date(2021, 4, 14)) == 0
    assert local.count(date(2021, 10, 6), date(2021, 10, 7)) == 1
    assert (local.count(*a_year), CHINA.count(*a_year)) == (250, 250)
    assert local.days[date(2021, 4, 14)].notice == "桂政办发〔2021〕1号"


def test_an_overlay_cannot_leave_the_calendar_or_make_up_a_working_day(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path / "local.csv",
        "2021-04-14,makeup,三月三,桂政办发〔2021〕1号,",
        "2027-04-09,off,三月三,桂政办发〔2021〕1号,",
    )

    with pytest.raises(PackError) as caught:
        CHINA.overlay(path)
    assert codes(caught.value) == ["AUD212:3", "AUD213:2"]


def codes(error: PackError) -> list[str]:
    return [f"{p.code}:{p.fields['line']}" for p in error.problems]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "calendar"))


def test_all_problems_of_a_folder_are_told_at_once_with_file_and_line(
    copied: Path,
) -> None:
    known = "国办发明电〔2020〕27号"
    write(
        copied / "2021.csv",
        f"2021-02-11,off,春节,{known},",
        f"2021-02-11,off,春节,{known},",
        f"2021-02-10,off,春节,{known},",
        f"2022-02-11,off,春节,{known},",
        f"2021-02-30,off,春节,{known},",
        f"20210301,off,春节,{known},",
        f"2021-03-02,holiday,春节,{known},",
        f"2021-03-03,off,,{known},",
        f"2021-03-04,off,春节,{known}",
        f"2021-03-05,makeup,春节,{known},",
        "2021-03-08,off,春节,no such notice,nor this",
    )

    with pytest.raises(PackError) as caught:
        load_calendar(copied)
    expected = ["AUD212:3", "AUD212:4", "AUD212:5", "AUD211:6", "AUD211:7"]
    expected += ["AUD211:8", "AUD211:9", "AUD211:10", "AUD213:11"]
    expected += ["AUD214:12", "AUD214:12"]
    assert codes(caught.value) == expected
    assert caught.value.exit_code == 2
    assert "2021.csv:11" in caught.value.render("zh")


def test_a_year_without_its_table_stops_the_run_instead_of_being_guessed(
    copied: Path,
) -> None:
    (copied / "2023.csv").unlink()

    with pytest.raises(PackError, match=r"2023\.csv"):
        load_calendar(copied)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("first = 2019-01-01", 'first = "2019-01-01"'),
        ("first = 2019-01-01", "first = 2019-01-01T00:00:00"),
        ("first = 2019-01-01", "first = 2029-01-01"),
        ("zone =", "zoned ="),
        ("date = 2018-12-04\n", ""),
        ("first =", "first"),
    ],
)
def test_a_head_that_cannot_be_read_is_a_problem(
    copied: Path, old: str, new: str
) -> None:
    head = copied / "calendar.toml"
    head.write_text(head.read_text("utf-8").replace(old, new, 1), "utf-8")

    with pytest.raises(PackError, match=r"AUD211 .*calendar\.toml:1"):
        load_calendar(copied)


@pytest.mark.parametrize("content", [b"", b"date,kind\n", "日期".encode("gb18030")])
def test_a_table_that_is_no_table_is_a_problem(copied: Path, content: bytes) -> None:
    (copied / "2024.csv").write_bytes(content)

    with pytest.raises(PackError, match=r"AUD211 .*2024\.csv"):
        load_calendar(copied)


def test_every_row_of_the_tables_is_a_day_of_its_year_in_order() -> None:
    for path in FOLDER.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            dates = [row["date"] for row in csv.DictReader(file)]
        assert dates == sorted(set(dates))
        assert {day[:4] for day in dates} == {path.stem}


def test_a_plain_calendar_counts_every_day_everywhere() -> None:
    plain = PlainCalendar()
    start, end = pl.col("start"), pl.col("end")
    frame = columns([date(1999, 1, 1), None], [date(1999, 1, 31), date(1999, 1, 1)])
    seen = frame.select(
        plain.between(start, end).alias("a"),
        plain.clipped(start, end).alias("b"),
        plain.inside(start, end).alias("c"),
    )

    assert seen.rows() == [(30, 30, True), (None, None, None)]
    assert seen.schema["a"] == pl.Int32
    assert plain.count(date(1999, 1, 1), date(1999, 1, 31)) == 30
    assert len(plain.days_between(date(1999, 1, 1), date(1999, 1, 31))) == 30
    assert plain.days_between(date(1999, 1, 31), date(1999, 1, 1)) == []

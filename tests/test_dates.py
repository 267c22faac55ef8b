"""The date grammar: what is read, what is refused, and that nothing is guessed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.clean.dateforms import DateForms, declared
from auditor.clean.dates import MANY, parse

GRAMMAR = DateForms()
LOW, HIGH = datetime.fromisoformat("1985-01-01"), datetime.fromisoformat("2105-01-01")
NEAR, FAR = datetime.fromisoformat("1990-01-02"), datetime.fromisoformat("2095-01-02")
NOON = 12 * 3600 + 34 * 60 + 56


def read(*cells, rules=GRAMMAR):
    rows = parse(pl.Series("cell", cells, pl.String), rules).rows()
    return rows[0][:2] if len(cells) == 1 else [row[:2] for row in rows]


@pytest.mark.parametrize(
    "day",
    [
        "2021-03-01",
        "2021/3/1",
        "2021/03/01",
        "20210301",
        "2021年3月1日",
        "2021年03月01日",
    ],
)
@pytest.mark.parametrize(
    ("clock", "seconds"),
    [
        ("", None),
        (" 12:34:56", NOON),
        ("T12:34:56", NOON),
        (" 12:34", NOON - 56),
        (" 12:34:56.999999", NOON),
        (" 00:00", 0),
        (" 23:59:59.9999999", 86_399),
    ],
)
def test_each_day_form_is_read_alone_and_with_each_clock_form(day, clock, seconds):
    assert read(day + clock) == (date(2021, 3, 1), seconds)


@pytest.mark.parametrize(
    "cell",
    [
        "2021-3-1", "2021-03-1", "21-03-01", "2021-02-30", "2021-02-29", "2021-13-01",
        "2021-00-10", "0000-00-00", "1900-01-00", "113-05-06", "44256", "44256.5",
        "2021.03.01", "01/02/2024", "2021/3-1", "2021年3月1", "2021-03", "2021",
        "202103011", "2021030", "", "2021-03-01 24:00", "2021-03-01 24:00:00",
        "2021-03-01 23:59:60", "2021-03-01 12:60", "2021-03-01 9:05", "2021-03-01 12",
        "2021-03-01 12:34:5", "2021-03-01  12:34", "2021-03-01\t12:34",
        "2021-03-01 12:34:56.", "2021-03-01 12:34:56,5", "2021-03-01 1234",
        "2021-03-01 12:34 PM", "+2021-03-01", "-2021-03-01", " 2021-03-01",
        "2021-03-01 ", "2021-03-01\n", "2021-03-01 12:34:56\n", "2021-03-01+08:00",
        "2021-03-01 12:34+08", "2021-03-01 12:34+15:00", "2021-03-01 12:34 +08:00",
        "2021-03-01 12:34z", "２０２１-03-01", "2021-03-0١", "2021‐03‐01",
        "1989-12-31", "2101-01-01", "1989-12-31 23:59:59", "9999-12-31",
        "9999-12-31 23:59:59", "2021-03-01T", "T12:34", "2021-03-01 12:34:56ZZ",
    ],
)  # fmt: skip
def test_everything_else_is_unreadable(cell):
    assert read(cell) == (None, None)
    assert read("2021-03-01 12:34:56", cell)[1] == (None, None)


def test_an_offset_is_converted_to_the_zone_and_can_move_the_day():
    assert read("2021-03-01T23:30:00Z") == (date(2021, 3, 2), 7 * 3600 + 1800)
    assert read("2021-03-01 07:30+0800") == (date(2021, 3, 1), 7 * 3600 + 1800)
    assert read("20210301T01:00-05:00") == (date(2021, 3, 1), 14 * 3600)


def test_summer_time_of_another_zone_is_kept():
    amsterdam = DateForms(zone="Europe/Amsterdam")
    assert read("2011-03-27T00:30:00Z", rules=amsterdam) == (date(2011, 3, 27), 5400)
    assert read("2011-03-27T01:30:00Z", rules=amsterdam) == (date(2011, 3, 27), 12_600)
    assert read("2011-07-01T23:00:00+01:00", rules=amsterdam) == (date(2011, 7, 2), 0)


def test_values_with_an_offset_are_told_from_those_without():
    cells = pl.Series(["2021-03-01", "2021-03-01 10:00", "2021-03-01T10:00:00+08:00"])
    assert parse(cells, GRAMMAR)["aware"].to_list() == [False, False, True]


def test_a_declared_format_is_read_beside_the_grammar():
    rules = DateForms(
        formats=("%Y/%m/%d %H:%M", "%d.%m.%Y", "%Y%m%d%H%M%S", "%y-%m-%d")
    )
    assert read("2021/3/1 9:05", rules=rules) == (date(2021, 3, 1), 32_700)
    assert read("1.3.2021", rules=rules) == (date(2021, 3, 1), None)
    assert read("20210301123456", rules=rules) == (date(2021, 3, 1), NOON)
    assert read("21-03-01", rules=rules) == (date(2021, 3, 1), None)
    assert read("2021-03-01", rules=rules) == (date(2021, 3, 1), None)
    assert read("31.02.2021", rules=rules) == (None, None)
    assert read("2021/3/1 9:05:60", rules=rules) == (None, None)


@pytest.mark.parametrize(
    "fmt", ["%Y-%m", "%Y-%m-%d %H", "%q", "%Y-%Y-%m-%d", "%y %Y %m %d", "%", "%d/%m"]
)
def test_a_format_with_gaps_or_unknown_fields_is_refused(fmt):
    with pytest.raises(ValueError):
        declared(fmt)


def test_24_00_is_the_next_day_only_where_declared():
    rules = DateForms(next_day=True)
    assert read("2021-12-31 24:00", rules=rules) == (date(2022, 1, 1), 0)
    assert read("2021-12-31T24:00:00", rules=rules) == (date(2022, 1, 1), 0)
    assert read("2021-12-31 24:01", rules=rules) == (None, None)


def test_serial_numbers_are_read_only_where_declared_and_never_rounded_up():
    rules = DateForms(serial="1900")
    assert read("44256", rules=rules) == (date(2021, 3, 1), None)
    assert read("44256.5", rules=rules) == (date(2021, 3, 1), 43_200)
    assert read("45293.99999999537", rules=rules) == (date(2024, 1, 2), 86_399)
    assert read("42794", rules=DateForms(serial="1904")) == (date(2021, 3, 1), None)
    assert read("1e5", rules=rules) == (None, None)


def test_every_day_of_the_years_is_read_and_its_neighbours_are_not():
    days = [
        date(1990, 1, 1) + timedelta(days=n)
        for n in range((date(2101, 1, 1) - date(1990, 1, 1)).days)
    ]
    cells = pl.Series([day.isoformat() for day in days])
    assert parse(cells, GRAMMAR)["day"].to_list() == days
    assert read("1989-12-31", "2101-01-01") == [(None, None)] * 2


def test_every_second_sixty_is_refused():
    cells = pl.Series([f"2021-03-01 {m // 60:02}:{m % 60:02}:60" for m in range(1440)])
    assert parse(cells, GRAMMAR)["day"].null_count() == 1440


@settings(deadline=None)
@given(
    st.lists(
        st.text("0123456789-/: T年月日Z+.٣３", max_size=22)
        | st.datetimes(LOW, HIGH).map(str),
        min_size=1,
        max_size=40,
    )
)
def test_a_cell_means_the_same_alone_among_others_and_among_many(cells):
    alone = [read(cell) for cell in cells]
    assert parse(pl.Series("c", cells, pl.String), GRAMMAR).rows() == [
        (*row, aware)
        for row, aware in zip(
            alone,
            parse(pl.Series("c", cells, pl.String), GRAMMAR)["aware"],
            strict=True,
        )
    ]
    many = pl.Series("c", cells * (2 * MANY // len(cells) + 1), pl.String)
    assert [row[:2] for row in parse(many, GRAMMAR).rows()][: len(cells)] == alone


@settings(deadline=None)
@given(
    st.datetimes(NEAR, FAR),
    st.integers(-14 * 60, 14 * 60),
)
def test_offsets_agree_with_the_standard_library(moment, minutes):
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    cell = f"{moment:%Y-%m-%dT%H:%M:%S}{sign}{size // 60:02}:{size % 60:02}"
    there = (moment.replace(tzinfo=UTC) - timedelta(minutes=minutes)).astimezone(
        ZoneInfo("Europe/Amsterdam")
    )
    seconds = there.hour * 3600 + there.minute * 60 + there.second
    assert read(cell, rules=DateForms(zone="Europe/Amsterdam")) == (
        there.date(),
        seconds,
    )

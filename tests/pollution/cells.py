"""Pollution of cells: ids, numbers, words, dates, doubled rows."""

from datetime import datetime, timedelta

from tests.pollution.dump import REQUIRED, TABLES, Delivery, Table, delivered
from tests.pollution.operators import Place, operator

DATED = ("cases", "events", "suspensions")
NUMBERED = ("cases", "fees")
OTHER_ID = "the id is another one: the row is no row of this application"
UNTIED = "29: a row that cannot be tied to a case blocks none; the run is incomplete"
NO_COUNTY = "28: a case of no county of the roster blocks none but the province"
UNMAPPED = "22: an unmapped step counts for the rules on steps and for no other"
AS_STATED = "1: another date is another statement; its order is what the rules look at"
LATER = "13: what is stamped after the cut-off has not happened yet"
NO_DATE = "the cell is rejected: what it means is not guessed"
NO_NUMBER = "the cell is rejected: a number is digits and one point"


def filled(table: Table, at: Place, column: str) -> Place:
    """The next place whose row has a value there: an open case stays an open one."""
    count = len(table.rows)
    rows = ((at.row + n) % count for n in range(count))
    return Place(next(row for row in rows if table.cell(row, column)), at.choice)


def put(table: Table, at: Place, column: str, text: str, *, says: bool) -> Delivery:
    """Write one cell; ``says`` when the new text is what the cell now says."""
    other = table.put(at.row, column, text)
    return delivered(other if says else table, other.text())


# ------------------------------------------------------------------------- ids


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 65248) for c in text)


IDS = {
    "an id that lost its leading zero": ("T05", lambda t: t.lstrip("0")),
    "an id whose last digits became zeros": ("T05", lambda t: t[:-1] + "0"),
    "an id with a decimal part": ("T05", lambda t: t + ".0"),
    "an id in full-width digits": ("T15", wide),
    "an id with the letter O for a zero": ("T04", lambda t: "O" + t[1:]),
    "an id with the letter l for a one": ("T04", lambda t: t.replace("1", "l", 1)),
    "an id with an invisible character": ("T15", lambda t: t[:4] + "\u200b" + t[4:]),
    "an id with a hard blank behind it": ("T15", lambda t: t + "\xa0"),
    "an id with a turning mark": ("T30", lambda t: "\u202e" + t),
    "an id with a mark in front": ("T30", lambda t: "\ufeff" + t),
    "an id with a suffix": ("T04", lambda t: t + "-1"),
}  # fmt: skip
NOT_ALIKE = ("an id whose last digits became zeros",)
for _name, (_threat, _twist) in IDS.items():

    @operator(
        _name, _threat, OTHER_ID, "nothing", "unknown_case", told=False, alters=True,
        frees=UNTIED if _name in NOT_ALIKE else "",
    )  # fmt: skip
    def other_id(table: Table, at: Place, twist=_twist) -> Delivery:
        return put(
            table, at, "case_id", twist(table.cell(at.row, "case_id")), says=True
        )


@operator(
    "an order's id in exponent form", "T05", "a case of its own, that nothing proves",
    "a cell", "precision_lost", "unknown_case", alters=True, tables=("cases",),
)  # fmt: skip
@operator(
    "an id in exponent form", "T05", "the row is rejected: it names no case any more",
    "a row", "precision_lost", "unknown_case", alters=True, frees=UNTIED,
    tables=tuple(name for name in TABLES if name != "cases"),
)  # fmt: skip
def rounded_id(table: Table, at: Place) -> Delivery:
    id_ = table.cell(at.row, "case_id")
    return put(table, at, "case_id", f"{id_[1]}.{id_[2:6]}E+14", says=True)


@operator(
    "blanks around an id", "T04", "they are no part of the id", "nothing",
    harmless=True,
)  # fmt: skip
def blanks_around(table: Table, at: Place) -> Delivery:
    text = f" \t{table.cell(at.row, 'case_id')}\u3000"
    return put(table, at, "case_id", text, says=False)


@operator(
    "an empty id", "T04", "the row is rejected", "a row", "empty_key", alters=True,
    frees=UNTIED,
)  # fmt: skip
def empty_id(table: Table, at: Place) -> Delivery:
    return put(table, at, "case_id", "", says=True)


@operator(
    "an empty cell in a required column", "T06", "the cell is rejected", "a cell",
    "empty_required", tables=("cases", "suspensions"), frees=NO_COUNTY,
)  # fmt: skip
def empty_required(table: Table, at: Place) -> Delivery:
    names = REQUIRED[table.name]
    return put(table, at, names[at.choice % len(names)], "", says=False)


COUNTIES = {
    "a county in full-width digits": wide,
    "a county with a letter for a digit": lambda t: t.replace("0", "O", 1),
    "a county by its name": lambda t: "某某县",
    "a county with an invisible character": lambda t: t + "\u200b",
}
for _name, _twist in COUNTIES.items():

    @operator(
        _name, "T15",
        "no county of the roster: the case is kept under the unknown county", "nothing",
        alters=True, tables=("cases",), frees=NO_COUNTY,
    )  # fmt: skip
    def other_county(table: Table, at: Place, twist=_twist) -> Delivery:
        text = twist(table.cell(at.row, "county_code"))
        return put(table, at, "county_code", text, says=True)


# --------------------------------------------------------------- numbers and words

NUMBERS = {
    "a number with a thousands mark": lambda t: f"1,{t.zfill(3)[:3]}",
    "a number in full-width digits": lambda t: "".join(
        chr(ord(c) + 65248) if c.isdigit() else c for c in t
    ),
    "a number with its unit": lambda t: t + "千瓦",
    "a number with a decimal comma": lambda t: t.replace(".", "") + ",5",
    "a number in exponent form": lambda t: "5E1",
    "a number beyond all measure": lambda t: "9" * 400,
    "a number that is none": lambda t: "NaN",
    "a number with a typographic minus": lambda t: "−" + t,
    "a number in Chinese": lambda t: "五十",
    "a number in two parts": lambda t: f"{t} {t}",
}
for _name, _twist in NUMBERS.items():

    @operator(
        _name, "T45", NO_NUMBER, "a cell", "unreadable_number", tables=NUMBERED,
    )  # fmt: skip
    def other_number(table: Table, at: Place, twist=_twist) -> Delivery:
        column = at.column(table, "number")
        return put(
            table, at, column, twist(table.cell(at.row, column) or "5"), says=False
        )


def cyrillic(text: str) -> str:
    return text.replace("e", "е").replace("o", "о")


WORDS = {
    "a word with a letter of another script": cyrillic,
    "a word in capital letters": str.upper,
    "a word that nobody knows": lambda t: t + "ish",
    "a word with an invisible character": lambda t: t[:1] + "\u200d" + t[1:],
}  # fmt: skip
for _name, _twist in WORDS.items():

    @operator(
        _name, "T19", "the cell is rejected: the list of words is closed", "a cell",
        "unknown_word",
    )  # fmt: skip
    def other_word(table: Table, at: Place, twist=_twist) -> Delivery:
        column = at.column(table, "word")
        text = twist(table.cell(at.row, column) or "none")
        if text == table.cell(at.row, column):
            text += "?"
        return put(table, at, column, text, says=False)


@operator(
    "a yes that is neither yes nor no", "T19", "the cell is rejected", "a cell",
    "unreadable_bool", tables=NUMBERED,
)  # fmt: skip
def other_bool(table: Table, at: Place) -> Delivery:
    return put(
        table,
        at,
        at.column(table, "bool"),
        ("√", "maybe", "2")[at.choice % 3],
        says=False,
    )


@operator(
    "a yes in other letters", "T19", "nothing changes", "nothing", harmless=True,
    tables=NUMBERED,
)  # fmt: skip
def same_bool(table: Table, at: Place) -> Delivery:
    column = at.column(table, "bool")
    text = {"true": "是", "false": "N", "": ""}[table.cell(at.row, column)]
    return put(table, at, column, text, says=False)


# ------------------------------------------------------------------------- dates


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


DATES = {
    "a year of two digits": ("T13", lambda d: f"{d:%y-%m-%d}"),
    "day, month, year": ("T13", lambda d: f"{d:%d/%m/%Y}"),
    "month, day, year": ("T13", lambda d: f"{d:%m/%d/%Y}"),
    "a day that does not exist": ("T13", lambda d: f"{d:%Y}-02-30"),
    "a second sixty": ("T10", lambda d: f"{d:%Y-%m-%d} 23:59:60"),
    "an hour twenty-four": ("T10", lambda d: f"{d:%Y-%m-%d} 24:00"),
    "the last day of the year 9999": ("T08", lambda d: "9999-12-31"),
    "the day before all days of a spreadsheet": ("T08", lambda d: "1900-01-00"),
    "a date of zeros": ("T08", lambda d: "0000-00-00"),
    "the first day of 1970": ("T08", lambda d: "1970-01-01 00:00:00"),
    "a year of the Republic": ("T14", lambda d: f"{d.year - 1911}-{d:%m-%d}"),
    "a Buddhist year": ("T14", lambda d: f"{d.year + 543}-{d:%m-%d}"),
    "a Japanese era": ("T14", lambda d: f"令和{d.year - 2018}年{d.month}月{d.day}日"),
    "a lunar date": ("T14", lambda d: "壬寅年二月初一"),
    "a spreadsheet number": ("T14", lambda d: str((d - moment("1899-12-30")).days)),
    "a Unix time": ("T14", lambda d: str(
        (d - moment("1970-01-01")) // timedelta(seconds=1))),
    "a month by name": ("T13", lambda d: f"{d:%d-%b-%Y}"),
    "a half day": ("T13", lambda d: f"{d:%Y-%m-%d} 3:00 PM"),
    "full-width digits": ("T15", lambda d: f"{d:%Y-%m-%d}".translate(
        {48 + n: 65296 + n for n in range(10)})),
    "text behind a date": ("T13", lambda d: f"{d:%Y-%m-%d}（补录）"),
    "points between year, month and day": ("T13", lambda d: f"{d:%Y.%m.%d}"),
    "a date and a line end": ("T17", lambda d: f"{d:%Y-%m-%d}\n"),
    "a date between hard blanks": ("T15", lambda d: f"\xa0{d:%Y-%m-%d}"),
    "a date with an unknown zone": ("T12", lambda d: f"{d:%Y-%m-%d} 10:00 CST"),
    "an offset of a day": ("T12", lambda d: f"{d:%Y-%m-%d} 10:00+24:00"),
}  # fmt: skip
for _name, (_threat, _twist) in DATES.items():

    @operator(
        f"a date as {_name}", _threat, NO_DATE, "a cell", "unreadable_date",
        tables=DATED,
    )  # fmt: skip
    def other_date(table: Table, at: Place, twist=_twist) -> Delivery:
        column = at.column(table, "date")
        day = moment(table.cell(at.row, column) or "2022-03-01")
        return put(table, at, column, twist(day), says=False)


SAME_DATES = {
    "with slashes": lambda d: f"{d.year}/{d.month}/{d.day} {d:%H:%M:%S}",
    "in Chinese": lambda d: f"{d.year}年{d.month}月{d.day}日 {d:%H:%M:%S}",
    "without marks": lambda d: f"{d:%Y%m%d %H:%M:%S}",
    "with a T": lambda d: f"{d:%Y-%m-%dT%H:%M:%S}",
    "with a fraction of a second": lambda d: f"{d:%Y-%m-%d %H:%M:%S}.9996",
    "with the zone's own offset": lambda d: f"{d:%Y-%m-%d %H:%M:%S}+08:00",
    "in universal time": lambda d: f"{d - timedelta(hours=8):%Y-%m-%d %H:%M:%S}Z",
}
for _name, _twist in SAME_DATES.items():

    @operator(
        f"a date {_name}", "T12", "the same day and second", "nothing", alters=True,
        harmless=True, tables=DATED,
    )  # fmt: skip
    def same_date(table: Table, at: Place, twist=_twist) -> Delivery:
        column = at.column(table, "date")
        day = moment(table.cell(at.row, column) or "2022-03-01")
        if not table.cell(at.row, column):
            return delivered(table, table.text())
        says = table.put(at.row, column, f"{day:%Y-%m-%d %H:%M:%S}")
        return delivered(says, table.put(at.row, column, twist(day)).text())


@operator(
    "a date near midnight with a fraction", "T10",
    "the fraction is cut off: the day stays", "nothing", alters=True, tables=DATED,
)  # fmt: skip
def near_midnight(table: Table, at: Place) -> Delivery:
    column = at.column(table, "date")
    day = moment(table.cell(at.row, column) or "2022-03-01")
    text = f"{day:%Y-%m-%d} 23:59:59"
    says = table.put(at.row, column, text)
    return delivered(says, table.put(at.row, column, text + ".9996").text())


@operator(
    "a date in the year 2099", "T08",
    "it is read; after the cut-off it has not happened, and is said", "nothing",
    alters=True, tables=("cases", "events"), frees=LATER,
)  # fmt: skip
def far_future(table: Table, at: Place) -> Delivery:
    return put(table, at, at.column(table, "date"), "2099-12-31", says=True)


# --------------------------------------------------------------------------- rows


@operator("a row twice", "T01", "it counts once", "nothing", harmless=True)
def row_twice(table: Table, at: Place) -> Delivery:
    rows = [*table.rows, table.rows[at.row]]
    says = table.with_rows(rows)
    return delivered(says, says.text())


@operator(
    "a row again with an empty cell", "T02",
    "neither row wins: the cell is disputed", "nothing", alters=True,
)  # fmt: skip
def consistent_copy(table: Table, at: Place) -> Delivery:
    column = at.column(table, "date", "number", "bool")
    other = table.put(at.row, column, "")
    if column in REQUIRED[table.name]:
        other = table.put(at.row, table.columns("date", "text")[-1], "")
    says = table.with_rows([*table.rows, other.rows[at.row]])
    return delivered(says, says.text())


@operator(
    "a row again with an earlier end", "T02",
    "neither row wins: both ends stay possible", "nothing", alters=True,
    tables=("cases", "events"),
)  # fmt: skip
def inconsistent_copy(table: Table, at: Place) -> Delivery:
    column = {"cases": "energised_at", "events": "finished_at"}[table.name]
    at = filled(table, at, column)
    start = {"cases": "submitted_at", "events": "started_at"}[table.name]
    other = table.put(at.row, column, table.cell(at.row, start)[:10])
    rows = [*table.rows, other.rows[at.row]]
    says = table.with_rows(rows if at.choice % 2 else rows[::-1])
    return delivered(says, says.text())


@operator(
    "an event of an application that nobody delivered", "T06",
    "the row is rejected; nothing else changes", "nothing", "unknown_case", alters=True,
    tables=("events", "fees", "suspensions"),
)  # fmt: skip
def ghost(table: Table, at: Place) -> Delivery:
    cells = list(table.rows[at.row])
    cells[0] = f"GHOST-{table.copy}"
    says = table.with_rows([*table.rows, cells])
    return delivered(says, says.text())


@operator(
    "a step that nobody knows", "T19", "the row is kept; the steps are in doubt",
    "nothing", alters=True, tables=("events",), frees=UNMAPPED,
)  # fmt: skip
def unknown_step(table: Table, at: Place) -> Delivery:
    return put(table, at, "step", "特别环节", says=True)


@operator(
    "an interval that ends before it begins", "T09", "the row is rejected", "a row",
    "from_after_to", alters=True, tables=("suspensions",),
)  # fmt: skip
def backwards(table: Table, at: Place) -> Delivery:
    return put(table, at, "to_date", "2022-01-01", says=True)


@operator(
    "start and end changed about", "T09", "both are read; the order proves nothing",
    "nothing", alters=True, tables=("cases", "events"), frees=AS_STATED,
)  # fmt: skip
def reversed_dates(table: Table, at: Place) -> Delivery:
    one, two = {
        "cases": ("submitted_at", "energised_at"),
        "events": ("started_at", "finished_at"),
    }[table.name]  # fmt: skip
    at = filled(table, at, two)
    says = table.put(at.row, one, table.cell(at.row, two))
    says = says.put(at.row, two, table.cell(at.row, one))
    return delivered(says, says.text())

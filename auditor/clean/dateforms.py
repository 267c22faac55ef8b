"""What a mapping declares about dates, and the patterns that follow from it."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import combinations

HEADS = (
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})",
    r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})",
    r"([0-9]{4})([0-9]{2})([0-9]{2})",
    r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日",
)
GRAMMAR = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日")
CLOCKS = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")
CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.[0-9]{1,9})?)?"
MIDNIGHT = r"(24):(00)(?::(00)(?:\.0{1,9})?)?"
OFFSET = r"(Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?"
EPOCHS = {
    "1900": -25_569,
    "1904": -24_107,
}  # day 0 in days since 1970
CENTURIES = (1900, 2000)
CALENDARS = {"gregorian": 0, "minguo": 1911, "buddhist": -543}  # years to add

DIRECTIVES = {
    "Y": ("y", "[0-9]{4}", "[0-9]{4}"),
    "y": ("yy", "[0-9]{2}", "[0-9]{2}"),
    "m": ("m", "[0-9]{2}", "[0-9]{1,2}"),
    "d": ("d", "[0-9]{2}", "[0-9]{1,2}"),
    "H": ("H", "[01][0-9]|2[0-3]", "[01]?[0-9]|2[0-3]"),
    "M": ("M", "[0-5][0-9]", "[0-5]?[0-9]"),
    "S": ("S", "[0-5][0-9]", "[0-5]?[0-9]"),
    "z": ("z", OFFSET[1:-2], OFFSET[1:-2]),
}
MIDNIGHT_PARTS = {"H": "24", "M": "00?", "S": "00?"}
MINGUO = "[0-9]{2,3}"  # 民国 99 is 2010


@dataclass(frozen=True, slots=True)
class DateForms:
    """What a mapping declares beyond the grammar.

    ``formats`` use %Y %y %m %d %H %M %S %z; a field next to another field has its
    full width, else one or two digits. ``next_day`` reads 24:00 as 00:00 of the next
    day; ``serial`` (``1900`` or ``1904``) reads spreadsheet serial numbers;
    ``century`` is what %y counts from. Under another ``calendar`` only the declared
    formats are read, since 2564-03-01 and 110-03-01 mean nothing to the grammar.
    """

    zone: str = "Asia/Shanghai"
    formats: tuple[str, ...] = ()
    next_day: bool = False
    serial: str | None = None
    century: int = 2000
    calendar: str = "gregorian"


@dataclass(frozen=True, slots=True)
class Form:
    """One pattern and the names of its groups, in order."""

    pattern: str
    groups: tuple[str, ...]


def declared(fmt: str, calendar: str = "gregorian", *, midnight: bool = False) -> Form:
    """Translate one declared format; ValueError says what is wrong with it.

    With ``midnight`` the pattern is of that format's 24:00 alone.
    """
    tokens = re.findall(r"%.|[^%]+|%", fmt)
    groups: list[str] = []
    pattern = ""
    for place, token in enumerate(tokens):
        if not token.startswith("%"):
            pattern += re.escape(token)
            continue
        if token[1:] not in DIRECTIVES:
            raise ValueError(token)
        near = tokens[max(0, place - 1) : place + 2]
        glued = sum(piece.startswith("%") for piece in near) > 1
        name, full, short = DIRECTIVES[token[1:]]
        if name == "y" and calendar == "minguo":
            full, short = "[0-9]{3}", MINGUO
        if midnight and token[1:] in MIDNIGHT_PARTS:
            full = short = MIDNIGHT_PARTS[token[1:]]
        groups.append(name)
        pattern += f"({full if glued else short})"
    if len(set(groups)) < len(groups) or not _complete(set(groups)):
        raise ValueError(fmt)
    return Form(f"^{pattern}$", tuple(groups))


def _complete(groups: set[str]) -> bool:
    """Say whether fields make a day and a clock without gaps."""
    day = {"m", "d"} <= groups and ("y" in groups) != ("yy" in groups)
    clock = groups & {"H", "M", "S", "z"}
    return day and (not clock or {"H", "M"} <= clock)


@cache
def forms(rules: DateForms) -> tuple[Form, ...]:
    """Return the grammar's patterns, then the declared ones."""
    own = tuple(_own(rules)) if rules.calendar == "gregorian" else ()
    asked = [declared(fmt, rules.calendar) for fmt in rules.formats]
    if rules.next_day:
        asked += [
            declared(fmt, rules.calendar, midnight=True)
            for fmt in rules.formats
            if "%H" in fmt
        ]
    return (*own, *asked)


def _own(rules: DateForms) -> list[Form]:
    names = ("y", "m", "d", "H", "M", "S", "z")
    clocks = [CLOCK, MIDNIGHT] if rules.next_day else [CLOCK]
    return [
        Form(f"^{head}(?:[ T]{clock}{OFFSET})?$", names)
        for clock in clocks
        for head in HEADS
    ]


def contradictions(rules: DateForms) -> list[tuple[str, str]]:
    """Return pairs of formats that read the same text as different days.

    ``%d/%m/%Y`` and ``%m/%d/%Y`` do, or ``%Y/%d/%m`` and the grammar's own: whichever
    came first would win without a word.
    """
    grammar = [day + clock for day in GRAMMAR for clock in CLOCKS]
    own = grammar if rules.calendar == "gregorian" else []
    pairs = [*combinations(rules.formats, 2)]
    pairs += [(fmt, one) for fmt in rules.formats for one in own]
    return [pair for pair in pairs if _differ(pair, rules)]


def _differ(pair: tuple[str, str], rules: DateForms) -> bool:
    """Say whether some text fits both formats and means another day in each."""
    one, two = (declared(fmt, rules.calendar) for fmt in pair)
    for sample in (_written(fmt, rules) for fmt in pair):
        first, second = re.match(one.pattern, sample), re.match(two.pattern, sample)
        if first and second:
            days = [
                {k: int(v) for k, v in zip(form.groups, hit.groups(), strict=True) if v}
                for form, hit in ((one, first), (two, second))
            ]
            if days[0] != days[1]:
                return True
    return False


def _written(fmt: str, rules: DateForms) -> str:
    """Write a day whose fields all differ and fit in each other's place."""
    year = {"minguo": "110", "buddhist": "2564"}.get(rules.calendar, "2011")
    fields = {"Y": year, "y": "09", "m": "10", "d": "12", "H": "08", "M": "07"}
    fields |= {"S": "06", "z": "+0800"}
    return re.sub(r"%(.)", lambda hit: fields[hit[1]], fmt)

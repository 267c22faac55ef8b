"""Units of measure: which a column may be delivered in, and the exact conversion.

The unit of a column is the ending of its name (``capacity_kw``). Every factor is a
power of ten, so a conversion moves the point in the text and rounds nothing.
"""

import re

import polars as pl

from auditor.clean.cells import BLANKS, NUMBER

_POWER = {
    **{"W": -3, "瓦": -3, "kW": 0, "千瓦": 0, "MW": 3, "兆瓦": 3, "万千瓦": 4},
    **{"VA": -3, "kVA": 0, "千伏安": 0, "MVA": 3, "兆伏安": 3, "万千伏安": 4},
}
UNITS: dict[str, dict[str, int]] = {
    "kw": _POWER,
    "kv": {"V": -3, "伏": -3, "kV": 0, "千伏": 0},
    "yuan": {
        "分": -2,
        "元": 0,
        "yuan": 0,
        "千元": 3,
        "万元": 4,
        "百万元": 6,
        "亿元": 8,
    },
    "kwh": {
        "Wh": -3,
        "kWh": 0,
        "千瓦时": 0,
        "度": 0,
        "MWh": 3,
        "万千瓦时": 4,
        "万度": 4,
    },
}
SAME = (
    ("W", "瓦"), ("kW", "千瓦"), ("MW", "兆瓦"), ("VA", "伏安"), ("kVA", "千伏安"),
    ("MVA", "兆伏安"), ("V", "伏"), ("kV", "千伏"), ("元", "yuan", "块", "圆"),
    ("kWh", "千瓦时", "度"),
)  # fmt: skip
"""Names of one unit; a cell may end with any of them."""
APPARENT = frozenset({"VA", "kVA", "千伏安", "MVA", "兆伏安", "万千伏安"})
GROUPED = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$"


def ungrouped(text: pl.Expr) -> pl.Expr:
    """Return numbers without the commas that part their thousands; else the text.

    A comma anywhere else stays, and the cell is rejected with its own value.
    """
    bare = text.str.replace_all(",", "", literal=True)
    return pl.when(text.str.contains(GROUPED)).then(bare).otherwise(text)


def without_unit(text: pl.Expr, unit: str) -> pl.Expr:
    """Return text without its unit if it ends with this one, by any of its names.

    Whatever else is in the cell stays, and it is rejected with its own value.
    """
    names = next((names for names in SAME if unit in names), (unit,))
    end = rf"(?i)[{BLANKS}]*(?:{'|'.join(map(re.escape, names))})$"
    is_number = text.str.contains(r"^[+-]?[0-9][0-9,.]*" + end)
    return pl.when(is_number).then(text.str.replace(end, "")).otherwise(text)


def units_of(column: str) -> dict[str, int]:
    """Return unit to power of ten for a column; none if its name ends in no unit."""
    return UNITS.get(column.rpartition("_")[2], {})


def shifted(text: pl.Expr, power: int) -> pl.Expr:
    """Return the number in the text times ten to a power, as text and exactly.

    Text that is no plain number stays as it is, to be rejected with its own value.
    """
    if power == 0:
        return text
    bare = text.str.strip_prefix("-").str.strip_prefix("+")
    whole = bare.str.extract(r"^([0-9]+)")
    part = bare.str.extract(r"\.([0-9]+)$").fill_null("")
    if power > 0:
        part = part.str.pad_end(power, "0")
        moved = whole + part.str.slice(0, power) + "." + part.str.slice(power) + "0"
    else:
        whole = whole.str.zfill(1 - power)
        moved = whole.str.head(power) + "." + whole.str.tail(-power) + part
    sign = pl.when(text.str.starts_with("-")).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.when(text.str.contains(NUMBER)).then(sign + moved).otherwise(text)

"""Number formats of a workbook: the code that says how a stored number is shown."""

import re
from collections.abc import Iterable
from typing import Any

# Formats that files name by number only; 27 to 58 as Chinese versions show them.
_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm",
    17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy/m/d h:mm", 27: "yyyy年m月", 28: "m月d日", 29: "m月d日", 30: "m/d/yy",
    31: "yyyy年m月d日", 32: "h时mm分", 33: "h时mm分ss秒", 34: "h时mm分",
    35: "h时mm分ss秒", 36: "yyyy年m月", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0",
    49: "@", 50: "yyyy年m月", 51: "m月d日", 52: "yyyy年m月", 53: "m月d日",
    54: "m月d日", 55: "yyyy年m月", 56: "m月d日", 57: "yyyy年m月", 58: "m月d日",
}  # fmt: skip
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')


def read_formats(elements: Iterable[tuple[str, Any]]) -> list[str]:
    """Return the number format of each cell style, by its number.

    Args:
        elements: ``numFmt`` and ``cellXfs`` elements of the styles part, in order.
    """
    codes = dict(_BUILT_IN)
    styles: list[str] = []
    for name, element in elements:
        if name == "numFmt":
            number = element.get("numFmtId") or ""
            if number.isascii() and number.isdigit():
                codes[int(number)] = element.get("formatCode") or "General"
            continue
        for style in element:
            number = style.get("numFmtId") or "0"
            known = number.isascii() and number.isdigit()
            styles.append(codes.get(int(number), "General") if known else "General")
    return styles


def is_date_format(code: str) -> bool:
    """Say whether a number in this format is shown as a day, with or without a time."""
    shown = _QUOTED.sub("", code.partition(";")[0]).casefold()
    return "y" in shown or "d" in shown or "年" in code


def is_percent_format(code: str) -> bool:
    """Say whether a number in this format is shown in percent."""
    return "%" in _QUOTED.sub("", code.partition(";")[0])

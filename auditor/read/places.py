"""Names of cells: ``AS12`` as row 12, column 45, and back."""

import re

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of one sheet, by the file format
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def place(name: str) -> tuple[int, int] | None:
    """Return row and column, both from 1, of a cell's name; None if it is none."""
    found = _PLACE.fullmatch(name.replace("$", ""))
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = int(found[2])
    return (row, column) if row <= MOST_ROWS and column <= MOST_COLUMNS else None


def name_of(row: int, column: int) -> str:
    """Return the name of a cell, e.g. ``E9`` for row 9, column 5."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def box(text: str) -> tuple[int, int, int, int] | None:
    """Return first row, first column, last row, last column of a range."""
    first, _, second = text.partition(":")
    one, two = place(first), place(second or first)
    if one is None or two is None or one[0] > two[0] or one[1] > two[1]:
        return None
    return (*one, *two)

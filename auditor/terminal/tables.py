"""Cells and tables in columns, where a Chinese character takes two."""

import unicodedata
from collections.abc import Iterable, Sequence


def wide(word: object) -> int:
    """Return the columns a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in str(word))


def cell(value: object) -> str:
    """Return how one value is shown: dates in ISO, whole floats without a point."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:g}"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(value))


def between(low: object, high: object) -> str:
    """Return one value, or both bounds where they differ."""
    return cell(low) if low == high else f"{cell(low)} … {cell(high)}"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table with columns as wide as their widest cell."""
    grid = [list(map(cell, row)) for row in ([*header], *rows)]
    widths = [max(wide(row[i]) for row in grid) for i in range(len(header))]
    for row in grid:
        padded = (c + " " * (w - wide(c)) for c, w in zip(row, widths, strict=True))
        print("  ".join(padded).rstrip())


def percent(value: float | None) -> str:
    """Return a share with one decimal; never 100% unless it is whole."""
    if value is None:
        return "-"
    shown = f"{value * 100:.1f}"
    if shown == "100.0" and value < 1:
        shown = "99.9"
    return f"{shown.removesuffix('.0')}%"

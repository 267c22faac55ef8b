"""Read conditions on columns, and the names of edges."""

from collections.abc import Mapping
from typing import Any

from auditor.pack.reading import Page
from auditor.pack.schema import Column, Condition, Steps, Table

Tables = Mapping[str, Table]
STAMPS = ("started", "finished", "passed")


def read_conditions(
    page: Page,
    lines: Mapping[str, Any],
    tables: Tables,
    *where: str,
    table: str = "cases",
) -> tuple[Condition, ...]:
    """Read ``column = [words]`` or ``column = { min, max, below, above }`` lines."""
    made = []
    for name, value in lines.items():
        if not page.among(name, tables[table].columns, "column", *where):
            continue
        column = tables[table].columns[name]
        read = _bounds if isinstance(value, dict) else _words
        made.append(read(page, column, value, where))
    return tuple(made)


def _words(
    page: Page, column: Column, words: list[Any], where: tuple[str, ...]
) -> Condition:
    if column.type == "word":
        for word in words:
            page.among(
                word, column.words, f"word of {column.name}", *where, column.name
            )
    return Condition(column.name, tuple(words))


def _bounds(
    page: Page, column: Column, bounds: Mapping[str, Any], where: tuple[str, ...]
) -> Condition:
    page.keys(bounds, ("max", "min", "below", "above"), *where, column.name)
    numbers = {
        name: _number(page, name, value, (*where, column.name))
        for name, value in bounds.items()
    }
    return Condition(
        column.name,
        at_most=numbers.get("max"),
        at_least=numbers.get("min"),
        below=numbers.get("below"),
        above=numbers.get("above"),
    )


def _number(
    page: Page, name: str, value: object, where: tuple[str, ...]
) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    page.wrong(f"{name} 要是数。", f"{name} must be a number.", *where)
    return None


def edge_is_known(page: Page, edge: str, tables: Tables, steps: Steps) -> bool:
    """Check ``start``, ``end``, ``cases.<date column>`` or ``<step>.<stamp>``."""
    if edge in ("start", "end"):
        return True
    owner, _, name = edge.partition(".")
    if owner == "cases":
        return page.among(name, tables["cases"].dates, "date column", edge)
    return page.among(owner, steps.order, "step", edge) and page.among(
        name, STAMPS, "stamp", edge
    )

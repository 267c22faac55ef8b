"""Read the tables and the steps that a pack declares."""

from collections.abc import Mapping
from typing import Any, cast

from auditor.pack.model import Column, ColumnType, Steps, Table
from auditor.pack.reading import Page
from auditor.vocabulary import UNMAPPED

TYPES = ("id", "text", "word", "bool", "number", "integer", "date")
MOST_COLUMNS = 64  # a row's rejected cells are the bits of one 64-bit mask
NEEDED = ("cases", "events")


def read_tables(page: Page) -> dict[str, Table]:
    """Return the declared tables; a missing ``cases`` or ``events`` is a problem."""
    tables = {}
    for name, columns in page.need(page.data, "tables", dict).items():
        made = {key: _column(page, name, key, row) for key, row in columns.items()}
        if len(made) > MOST_COLUMNS:
            page.wrong("一张表最多 64 列。", "a table has at most 64 columns.", name)
        tables[name] = Table(name, made)
    for name in NEEDED:
        if name not in tables:
            page.wrong(f"缺少表 {name}。", f"table {name} is missing.", "tables")
            tables[name] = Table(name, {})
    return tables


def _column(page: Page, table: str, name: str, row: Mapping[str, Any]) -> Column:
    where = (f"tables.{table}", name)
    page.keys(row, ("type", "words", "required", "aliases"), *where)
    kind = page.need(row, "type", str, *where)
    page.among(kind, TYPES, "type", *where)
    return Column(
        name,
        cast("ColumnType", kind),
        tuple(row.get("words", ())),
        bool(row.get("required", False)),
        tuple(row.get("aliases", ())),
    )


def read_steps(page: Page) -> Steps:
    """Return the canonical steps; each source name leads to exactly one of them."""
    page.keys(page.data, ("order", "customer_facing", "later", "aliases"))
    order = tuple(page.need(page.data, "order", list))
    for group in ("customer_facing", "later"):
        for step in page.data.get(group, ()):
            page.among(step, order, "step", group)
    if UNMAPPED not in order:
        page.wrong("order 里要有 unmapped。", "order must contain unmapped.", "order")
        order = (*order, UNMAPPED)
    return Steps(
        order,
        frozenset(page.data.get("customer_facing", ())),
        frozenset(page.data.get("later", ())),
        _aliases(page, order),
    )


def _aliases(page: Page, order: tuple[str, ...]) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for step, names in page.data.get("aliases", {}).items():
        page.among(step, order, "step", "aliases")
        for name in names:
            if aliases.setdefault(name, step) != step:
                page.wrong(
                    f"“{name}”归了两个环节。", f"'{name}' names two steps.", name
                )
    return aliases

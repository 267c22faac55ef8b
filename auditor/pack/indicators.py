"""Read the indicators of a pack's official form."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from auditor.pack.model import Indicator
from auditor.pack.reading import Page

INDICATOR_KEYS = (
    "id", "number", "star", "group", "due", "fill", "basis", "title_zh",
    "title_en", "encouraged",
)  # fmt: skip


def read_indicators(page: Page | None) -> tuple[Indicator, ...]:
    """Return the indicators in the form's order; none for a pack without a form."""
    if page is None:
        return ()
    page.keys(page.data, ("indicator",))
    found = (_indicator(page, row) for row in page.data.get("indicator", ()))
    return tuple(sorted(found, key=lambda one: one.number))


def _indicator(page: Page, row: Mapping[str, Any]) -> Indicator:
    name = page.need(row, "id", str)
    page.keys(row, INDICATOR_KEYS, name)
    due = row.get("due")
    return Indicator(
        id=name,
        number=page.need(row, "number", int, name),
        star=bool(row.get("star", False)),
        group=page.need(row, "group", str, name),
        due=due if isinstance(due, date) else None,
        fill=row.get("fill", "county"),
        basis=page.need(row, "basis", str, name),
        title_zh=page.need(row, "title_zh", str, name),
        title_en=page.need(row, "title_en", str, name),
        encouraged=bool(row.get("encouraged", False)),
    )

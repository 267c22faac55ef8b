"""Read the stage windows of a pack, and the sums of stages that it shows."""

from collections.abc import Mapping
from typing import Any

from auditor.pack.conditions import Tables, edge_is_known, read_conditions
from auditor.pack.model import Pick, StageSum, Steps, Window
from auditor.pack.reading import Page

PICKS: dict[str, Pick] = {"from": "one", "max_from": "max", "first_from": "first"}
BEGINNINGS = (*PICKS, "rounds")
WINDOW_KEYS = (
    "id", *BEGINNINGS, "to", "optional", "previous_bounds", "when", "needs_events",
)  # fmt: skip


def read_windows(page: Page, tables: Tables, steps: Steps) -> tuple[Window, ...]:
    """Return the windows in pack order; one without a single beginning is left out."""
    made = []
    for row in page.data.get("window", ()):
        name = page.need(row, "id", str, "window")
        page.keys(row, WINDOW_KEYS, name)
        if sum(key in row for key in BEGINNINGS) == 1:
            made.append(_window(page, name, row, tables, steps))
            continue
        page.wrong(
            "from、max_from、first_from、rounds 恰好要有一个。",
            "exactly one of from, max_from, first_from, rounds is needed.",
            name,
        )
    return tuple(made)


def _window(
    page: Page, name: str, row: Mapping[str, Any], tables: Tables, steps: Steps
) -> Window:
    key = next((key for key in PICKS if key in row), None)
    edges = row[key] if key else ()
    start = (edges,) if isinstance(edges, str) else tuple(edges)
    to = row.get("to", "end")
    for edge in (*start, to):
        edge_is_known(page, edge, tables, steps)
    rounds = row.get("rounds")
    previous = tuple(row.get("previous_bounds", ()))
    for step in (*previous, *([rounds] if rounds else [])):
        page.among(step, steps.order, "step", name)
    return Window(
        id=name,
        to=to,
        start=start,
        pick=PICKS[key] if key else "one",
        rounds=rounds,
        optional=bool(row.get("optional", False)),
        previous_bounds=previous,
        when=read_conditions(page, row.get("when", {}), tables, name),
        needs_events=bool(row.get("needs_events", True)),
    )


def read_sums(page: Page, tables: Tables) -> tuple[StageSum, ...]:
    """Return the sums of windows that are shown beside the limits."""
    made = []
    windows = [row.get("id") for row in page.data.get("window", ())]
    for row in page.data.get("sum", ()):
        page.keys(row, ("id", "windows", "when"), "sum")
        name = page.need(row, "id", str, "sum")
        for window in page.need(row, "windows", list, "sum"):
            page.among(window, windows, "window", "sum")
        when = read_conditions(page, row.get("when", {}), tables, "sum")
        made.append(StageSum(name, tuple(row.get("windows", ())), when))
    return tuple(made)

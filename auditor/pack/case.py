"""Read what a pack says of every case: its clock, classes, cost and notes."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from auditor.pack.conditions import Tables, edge_is_known, read_conditions
from auditor.pack.model import CaseClock, Condition, Cost, Note, Steps, UserClass
from auditor.pack.reading import Page

CASE_KEYS = (
    "start", "substitute", "latest_start", "end", "withdrawn", "withdraw_step",
    "status", "county", "utility", "scope", "excuse",
)  # fmt: skip
Named = TypeVar("Named")


def read_clock(page: Page, tables: Tables, steps: Steps) -> CaseClock:
    """Return the edges that start and end a case, its scope and its excuses."""
    case = page.need(page.data, "case", dict)
    page.keys(case, CASE_KEYS, "case")
    for key in ("start", "end"):
        page.need(case, key, list, "case")
    for edge in _edges(case):
        edge_is_known(page, edge, tables, steps)
    for key in ("status", "county", "utility"):
        if key in case:
            page.among(case[key], tables["cases"].columns, "column", "case", key)
    scope = read_conditions(page, case.get("scope", {}), tables, "case", "scope")
    excuse = case.get("excuse", {})
    page.keys(excuse, ("table", "reason"), "case", "excuse")
    if "table" in excuse:
        page.among(excuse["table"], tables, "table", "case", "excuse")
    return CaseClock(
        start=tuple(case.get("start", ())),
        end=tuple(case.get("end", ())),
        withdrawn=tuple(case.get("withdrawn", ())),
        substitute=case.get("substitute"),
        latest_start=case.get("latest_start"),
        withdraw_step=case.get("withdraw_step"),
        status=case.get("status"),
        county=case.get("county", "county_code"),
        utility=case.get("utility"),
        scope_column=scope[0].column if scope else None,
        scope_words=tuple(str(word) for word in scope[0].among) if scope else (),
        excuse_table=excuse.get("table"),
        excuse_reason=excuse.get("reason"),
    )


def _edges(case: Mapping[str, Any]) -> list[str]:
    lists = [case.get(key, ()) for key in ("start", "end", "withdrawn")]
    alone = [case[key] for key in ("substitute", "latest_start") if key in case]
    return [*(edge for edges in lists for edge in edges), *alone]


def read_classes(page: Page, tables: Tables) -> tuple[UserClass, ...]:
    """Return the user classes, in the order in which a case is put into one."""
    return _named(page, tables, ("class", "name"), UserClass)


def read_notes(page: Page, tables: Tables) -> tuple[Note, ...]:
    """Return the remarks that go beside the cases of which they are true."""
    return _named(page, tables, ("note", "id"), Note)


def _named(
    page: Page,
    tables: Tables,
    keys: tuple[str, str],
    noun: Callable[[str, tuple[Condition, ...]], Named],
) -> tuple[Named, ...]:
    """Read a list of names that each go with conditions on a case."""
    section, key = keys
    made = []
    for row in page.data.get(section, ()):
        page.keys(row, (key, "when"), section)
        name = page.need(row, key, str, section)
        when = page.need(row, "when", dict, name)
        made.append(noun(name, read_conditions(page, when, tables, name)))
    return tuple(made)


def read_cost(page: Page, tables: Tables, charges: Page | None) -> Cost | None:
    """Return what a user's payment is read from, None if the pack declares no cost.

    ``charges`` is the page with the two lists of items.
    """
    if "cost" not in page.data:
        return None
    row = page.need(page.data, "cost", dict)
    page.keys(row, ("column", "table"), "cost")
    column = page.need(row, "column", str, "cost")
    if "table" in row:
        page.among(row["table"], tables, "table", "cost", "table")
    if not page.among(column, tables["cases"].columns, "column", "cost", "column"):
        return None
    counting, not_counting = _charges(charges) if charges else ((), ())
    return Cost(column, row.get("table"), counting, not_counting)


def _charges(page: Page) -> tuple[tuple[str, ...], tuple[str, ...]]:
    page.keys(page.data, ("counting", "not_counting"))
    counting = tuple(page.data.get("counting", ()))
    not_counting = tuple(page.data.get("not_counting", ()))
    for item in sorted(set(counting) & set(not_counting)):
        page.wrong(f"“{item}”在两张清单上。", f"'{item}' is on both lists.", item)
    return counting, not_counting


def read_documents_table(page: Page, tables: Tables) -> str | None:
    """Return the table of documents asked for, None if the pack declares none."""
    row = page.data.get("documents", {})
    page.keys(row, ("table",), "documents")
    if "table" not in row:
        return None
    page.among(row["table"], tables, "table", "documents", "table")
    return str(row["table"])

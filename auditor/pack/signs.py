"""Signs: what a page on integrity or on the ledger looks for, with its parameters.

A rule of the kind ``signal`` (a reason to look) or ``violation`` lists signs. Each
names one check of a closed vocabulary, the columns that it needs, and its numbers:
those stand in the page, never in code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from auditor.pack.conditions import read_conditions
from auditor.pack.reading import Page
from auditor.pack.schema import Condition

if TYPE_CHECKING:
    from auditor.pack.model import Pack

Kind = Literal["number", "numbers", "step", "steps", "words", "date", "rules", "column",
               "columns", "conditions"]  # fmt: skip
SIGN_KINDS = ("signal", "violation")
CHECKS: dict[str, dict[str, Kind]] = {
    "meter_before_start": {},
    "order_inverted": {"steps": "steps"},
    "row_backwards": {"steps": "steps"},
    "forbidden_since": {"steps": "steps", "since": "date"},
}
"""Every check, with the parameters that a page must give it."""
FIXED_KEYS = ("check", "needs", "when", "severity")
TYPES: dict[str, tuple[type, ...]] = {"number": (int, float), "date": (date,)}


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that a rule looks for.

    ``needs`` are columns as ``table.column``: where one was not delivered, the sign can
    be neither seen nor excluded. ``severity`` may differ from the page's.
    """

    check: str
    needs: tuple[str, ...]
    severity: str
    when: tuple[Condition, ...] = ()
    given: Mapping[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a page's value, checked
        """Return a parameter of the page."""
        return (self.given or {})[name]


def read_signs(
    page: Page, pack: "Pack", kind: str, severities: tuple[str, ...]
) -> tuple[Sign, ...]:
    """Return the signs of a page; problems are noted on the page, never raised."""
    rows = page.data.get("sign", [])
    if (kind in SIGN_KINDS) is not bool(rows):
        page.wrong(
            "signal 与 violation 要有 [[sign]]，其他种类没有。",
            "rules of the kinds signal and violation have [[sign]], others have none.",
            "kind",
        )
    made = []
    for row in rows:
        check = page.need(row, "check", str, "sign")
        if not page.among(check, CHECKS, "check", "sign", "check"):
            continue
        page.keys(row, (*FIXED_KEYS, *CHECKS[check]), check)
        severity = row.get("severity", page.data.get("severity", ""))
        page.among(severity, severities, "severity", check)
        when = read_conditions(page, row.get("when", {}), pack.tables, check)
        needs = _needs(page, pack, page.need(row, "needs", list, check), check)
        given = {
            name: _parameter(page, pack, row, name, check) for name in CHECKS[check]
        }
        made.append(Sign(check, needs, severity, when, given))
    return tuple(made)


def _needs(page: Page, pack: "Pack", names: list[str], check: str) -> tuple[str, ...]:
    for name in names:
        table, _, column = name.partition(".")
        if page.among(table, pack.tables, "table", check, "needs"):
            page.among(column, pack.tables[table].columns, "column", check, "needs")
    return tuple(names)


def _parameter(
    page: Page,
    pack: "Pack",
    row: Mapping[str, Any],
    name: str,
    check: str,
) -> Any:  # noqa: ANN401 - a page's value, checked here
    kind = CHECKS[check][name]
    value = row.get(name)
    plural = kind.endswith("s") and kind != "conditions"
    values = value if plural and isinstance(value, list) else [value]
    if kind == "conditions":
        lines = page.need(row, name, dict, check)
        return read_conditions(page, lines, pack.tables, check, name)
    if plural and (not isinstance(value, list) or not value):
        page.wrong(f"{name} 要是非空的列表。", f"{name} must be a list.", check, name)
        return ()
    one = kind.removesuffix("s")
    for item in values:
        if not _is_a(one, item, pack, page):
            page.wrong(
                f"{name} 里的 {item!r} 不是 {one}。",
                f"{name}: {item!r} is no {one}.",
                check,
                name,
            )
    return tuple(values) if plural else value


def _is_a(kind: str, item: object, pack: "Pack", page: Page) -> bool:
    if kind == "step":
        return item in pack.steps.order
    if kind == "column":
        return item in pack.tables["cases"].columns
    if kind == "rule":
        pages = page.problems.folder.rglob("*.toml")
        return isinstance(item, str) and any(
            path.name.startswith(f"{item}-") or path.stem == item for path in pages
        )
    expected = TYPES.get(kind, (str,))
    return isinstance(item, expected) and not isinstance(item, bool)

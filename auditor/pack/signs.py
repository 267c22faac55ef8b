"""Signs: what a page on integrity or on the ledger looks for, with its parameters.

A rule of the kind ``signal`` (a reason to look) or ``violation`` lists signs. Each
names one check of a closed vocabulary, the columns that it needs, and its numbers:
those stand in the page, never in code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from auditor.pack.checks import CHECKS
from auditor.pack.conditions import read_conditions
from auditor.pack.reading import Page
from auditor.pack.schema import Condition

if TYPE_CHECKING:
    from auditor.pack.model import Pack

SIGN_KINDS = ("signal", "violation")
FIXED_KEYS = ("check", "needs", "reads", "when", "severity")
LISTS = ("numbers", "steps", "words", "rules", "columns")
TYPES: dict[str, tuple[type, ...]] = {"number": (int, float), "date": (date,)}


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that a rule looks for.

    ``needs`` are columns as ``table.column``: where one was not delivered, the sign can
    be neither seen nor excluded. ``reads`` are columns that it can do without, but of
    which no cell may be lost. ``severity`` may differ from the page's.
    """

    check: str
    needs: tuple[str, ...]
    severity: str
    reads: tuple[str, ...] = ()
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
        if page.among(check, CHECKS, "check", "sign", "check"):
            severity = row.get("severity", page.data.get("severity", ""))
            page.among(severity, severities, "severity", check)
            made.append(_sign(page, pack, row, severity))
    return tuple(made)


def _sign(page: Page, pack: "Pack", row: Mapping[str, Any], severity: str) -> Sign:
    check = row["check"]
    page.keys(row, (*FIXED_KEYS, *CHECKS[check]), check)
    columns = (page.need(row, "needs", list, check), row.get("reads", []))
    for name in (*columns[0], *columns[1]):
        table, _, column = name.partition(".")
        if page.among(table, pack.tables, "table", check, "needs"):
            page.among(column, pack.tables[table].columns, "column", check, "needs")
    return Sign(
        check=check,
        needs=tuple(columns[0]),
        severity=severity,
        reads=tuple(columns[1]),
        when=read_conditions(page, row.get("when", {}), pack.tables, check),
        given={name: _parameter(page, pack, row, name) for name in CHECKS[check]},
    )


def _parameter(page: Page, pack: "Pack", row: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - a page's value, checked here
    check = row["check"]
    kind = CHECKS[check][name]
    if kind == "conditions":
        lines = page.need(row, name, dict, check)
        return read_conditions(page, lines, pack.tables, check, name)
    if kind == "limits":
        limits = page.need(row, name, dict, check)
        for window, days in limits.items():
            page.among(window, pack.window_ids, "window", check, name)
            _must_be(page, pack, "number", days, (check, name))
        return limits
    if kind not in LISTS:
        _must_be(page, pack, kind, row.get(name), (check, name))
        return row.get(name)
    values = page.need(row, name, list, check)
    for item in values:
        _must_be(page, pack, kind.removesuffix("s"), item, (check, name))
    if not values and name in row:
        page.wrong(f"{name} 不能是空的。", f"{name} must not be empty.", check, name)
    return tuple(values)


def _must_be(
    page: Page, pack: "Pack", kind: str, item: object, where: tuple[str, str]
) -> None:
    """Note a parameter that is not of its kind."""
    known = _known(page, pack, kind)
    if known is not None:
        page.among(str(item), known, kind, *where)
    elif not isinstance(item, TYPES.get(kind, (str,))) or isinstance(item, bool):
        page.wrong(
            f"{where[1]} 里的 {item!r} 不是 {kind}。",
            f"{where[1]}: {item!r} is no {kind}.",
            *where,
        )


def _known(page: Page, pack: "Pack", kind: str) -> tuple[str, ...] | None:
    """Return the names that a parameter of this kind may be; None if it is no name."""
    cases = pack.tables["cases"]
    match kind:
        case "step":
            return pack.steps.order
        case "column":
            return tuple(cases.columns)
        case "rule":
            return _rules(page, pack)
        case "edge":
            return (*pack.steps.order, *(f"cases.{day}" for day in cases.dates))
        case _:
            return None


def _rules(page: Page, pack: "Pack") -> tuple[str, ...]:
    """Return the rules that a page may name, by the files beside it."""
    names = (
        path.stem.partition("-")[0] for path in page.problems.folder.rglob("*.toml")
    )
    return (*(rule.id for rule in pack.rules), *names)

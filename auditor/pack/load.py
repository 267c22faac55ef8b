"""Load a rule pack from its folder: everything checked, all problems at once."""

import hashlib
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from auditor.errors import AuditError, PackErrors
from auditor.pack.benefits import read_benefits
from auditor.pack.clauses import read_clauses
from auditor.pack.model import (
    CaseClock,
    Column,
    ColumnType,
    Condition,
    Fees,
    Indicator,
    Pack,
    StageSum,
    Steps,
    Table,
    UserClass,
    Window,
)
from auditor.pack.reading import Page, Problems
from auditor.pack.rules import read_rule
from auditor.pack.shown import indicators_of

TYPES = ("id", "text", "word", "bool", "number", "integer", "date")
CASE_KEYS = (
    "start", "substitute", "latest_start", "end", "withdrawn", "withdraw_step",
    "status", "county", "utility", "scope", "excuse",
)  # fmt: skip
WINDOW_KEYS = (
    "id", "from", "max_from", "first_from", "to", "rounds", "optional",
    "previous_bounds", "when", "needs_events",
)  # fmt: skip
INDICATOR_KEYS = (
    "id", "number", "star", "group", "due", "fill", "basis", "title_zh",
    "title_en", "encouraged",
)  # fmt: skip


def rules_folder() -> Path:
    """Return the shipped rules: inside the wheel, or beside the package in a checkout."""
    inside = Path(__file__).parents[1] / "rules"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "rules"


def shipped_packs() -> tuple[str, ...]:
    """Return the names of the packs that come with the product."""
    return tuple(sorted(p.parent.name for p in rules_folder().glob("*/pack.toml")))


def find_pack(ref: str | Path) -> Path:
    """Return the folder of a shipped pack's name or of a given path.

    Raises:
        AuditError: AUD201, neither is a folder with a ``pack.toml``.
    """
    for folder in (rules_folder() / str(ref), Path(ref)):
        if (folder / "pack.toml").is_file():
            return folder
    raise AuditError("AUD201", pack=str(ref), known=", ".join(shipped_packs()))


def load_pack(ref: str | Path = "nea-2021-37") -> Pack:
    """Return a validated pack: tables, steps, windows, rules with dated limits.

    Args:
        ref: the name of a shipped pack, or the folder of any other.

    Raises:
        AuditError: AUD201, no such pack.
        PackErrors: AUD202 with every problem, each with file and line.
    """
    folder = find_pack(ref)
    return _load(folder, digest_of(folder))


def digest_of(folder: Path) -> str:
    """Return the sha256 over names and bytes of every file of a pack."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@lru_cache(maxsize=32)
def _load(folder: Path, digest: str) -> Pack:
    problems = Problems(folder)
    page = Page.read(folder / "pack.toml", problems)
    steps_page = Page.read(folder / "steps.toml", problems)
    if page is None or steps_page is None:
        raise PackErrors("AUD202", problems.found, pack=folder.name)
    page.keys(page.data, ("pack", "tables", "case", "class", "window", "sum"))
    head = page.need(page.data, "pack", dict)
    page.keys(head, ("id", "version", "title_zh", "title_en", "zone", "calendar"))
    tables = _tables(page)
    steps = _steps(steps_page)
    calendar = head.get("calendar")
    pack = Pack(
        id=page.need(head, "id", str, "pack"),
        version=page.need(head, "version", str, "pack"),
        title_zh=page.need(head, "title_zh", str, "pack"),
        title_en=page.need(head, "title_en", str, "pack"),
        folder=folder,
        digest=digest,
        zone=page.need(head, "zone", str, "pack"),
        tables=tables,
        steps=steps,
        clock=_clock(page, tables, steps),
        classes=_classes(page, tables),
        windows=_windows(page, tables, steps),
        sums=_sums(page, tables),
        rules=(),
        indicators=_indicators(folder, problems),
        fees=_fees(folder, problems),
        calendar_folder=folder / calendar if calendar else None,
    )
    rules = _rules(folder, pack, problems)
    shown = pack.indicators or indicators_of(rules, pack)
    pack = _with_forms(replace(pack, rules=tuple(rules), indicators=shown), problems)
    if problems.found:
        raise PackErrors("AUD202", problems.found, pack=folder.name)
    return pack


def _with_forms(pack: Pack, problems: Problems) -> Pack:
    """Add what names rules: the clauses they cover, the form that counts benefits."""
    every = tuple(rule.id for rule in pack.rules)
    on_cases = tuple(rule.id for rule in pack.case_rules)
    return replace(
        pack,
        clauses=read_clauses(pack.folder, every, pack.indicators, problems),
        benefits=read_benefits(
            pack.folder, pack.tables, on_cases, conditions, problems
        ),
    )


def _tables(page: Page) -> dict[str, Table]:
    tables = {}
    for name, columns in page.need(page.data, "tables", dict).items():
        made = {}
        for column, row in columns.items():
            page.keys(
                row, ("type", "words", "required", "aliases"), f"tables.{name}", column
            )
            kind = page.need(row, "type", str, f"tables.{name}", column)
            page.among(kind, TYPES, "type", f"tables.{name}", column)
            made[column] = Column(
                column,
                cast("ColumnType", kind),
                tuple(row.get("words", ())),
                bool(row.get("required", False)),
                tuple(row.get("aliases", ())),
            )
        if len(made) > 64:
            page.wrong("一张表最多 64 列。", "a table has at most 64 columns.", name)
        tables[name] = Table(name, made)
    for name in ("cases", "events"):
        if name not in tables:
            page.wrong(f"缺少表 {name}。", f"table {name} is missing.", "tables")
            tables[name] = Table(name, {})
    return tables


def _steps(page: Page) -> Steps:
    page.keys(page.data, ("order", "customer_facing", "later", "aliases"))
    order = tuple(page.need(page.data, "order", list))
    for group in ("customer_facing", "later"):
        for step in page.data.get(group, ()):
            page.among(step, order, "step", group)
    aliases: dict[str, str] = {}
    for step, names in page.data.get("aliases", {}).items():
        page.among(step, order, "step", "aliases")
        for name in names:
            if aliases.setdefault(name, step) != step:
                page.wrong(
                    f"“{name}”归了两个环节。", f"'{name}' names two steps.", name
                )
    if "unmapped" not in order:
        page.wrong("order 里要有 unmapped。", "order must contain unmapped.", "order")
        order = (*order, "unmapped")
    return Steps(
        order,
        frozenset(page.data.get("customer_facing", ())),
        frozenset(page.data.get("later", ())),
        aliases,
    )


BOUNDS = {"max": "at_most", "min": "at_least", "below": "below"}


def conditions(
    page: Page,
    lines: dict[str, Any],
    tables: dict[str, Table],
    *where: str,
    table: str = "cases",
) -> tuple[Condition, ...]:
    """Read ``column = [words]`` or ``column = { min, max, below }`` lines about a table."""
    made = []
    for column, value in lines.items():
        if not page.among(column, tables[table].columns, "column", *where):
            continue
        declared = tables[table].columns[column]
        if isinstance(value, dict):
            page.keys(value, BOUNDS, *where, column)
            for name, bound in value.items():
                if isinstance(bound, bool) or not isinstance(bound, int | float):
                    page.wrong(
                        f"{name} 要是数。", f"{name} must be a number.", *where, column
                    )
            bounds = {
                BOUNDS[k]: float(v)
                for k, v in value.items()
                if k in BOUNDS and isinstance(v, int | float)
            }
            made.append(Condition(column, **bounds))  # type: ignore[arg-type]
            continue
        for word in value:
            if declared.type == "word":
                page.among(word, declared.words, f"word of {column}", *where, column)
        made.append(Condition(column, tuple(value)))
    return tuple(made)


def edge_is_known(
    page: Page, edge: str, tables: dict[str, Table], steps: Steps
) -> bool:
    """Check ``start``, ``end``, ``cases.<date column>`` or ``<step>.<stamp>``."""
    if edge in ("start", "end"):
        return True
    owner, _, name = edge.partition(".")
    if owner == "cases":
        dates = [c.name for c in tables["cases"].columns.values() if c.type == "date"]
        return page.among(name, dates, "date column", edge)
    return page.among(owner, steps.order, "step", edge) and page.among(
        name, ("started", "finished", "passed"), "stamp", edge
    )


def _clock(page: Page, tables: dict[str, Table], steps: Steps) -> CaseClock:
    case = page.need(page.data, "case", dict)
    page.keys(case, CASE_KEYS, "case")
    for key in ("start", "end"):
        page.need(case, key, list, "case")
    edges = [*case.get("start", ()), *case.get("end", ()), *case.get("withdrawn", ())]
    edges += [case[key] for key in ("substitute", "latest_start") if key in case]
    for edge in edges:
        edge_is_known(page, edge, tables, steps)
    for key in ("status", "county", "utility"):
        if key in case:
            page.among(case[key], tables["cases"].columns, "column", "case", key)
    scope = conditions(page, case.get("scope", {}), tables, "case", "scope")
    excuse = case.get("excuse", {})
    page.keys(excuse, ("table", "reason"), "case", "excuse")
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


def _classes(page: Page, tables: dict[str, Table]) -> tuple[UserClass, ...]:
    made = []
    for row in page.data.get("class", ()):
        page.keys(row, ("name", "when"), "class")
        name = page.need(row, "name", str, "class")
        when = conditions(page, page.need(row, "when", dict, name), tables, name)
        made.append(UserClass(name, when))
    return tuple(made)


def _windows(page: Page, tables: dict[str, Table], steps: Steps) -> tuple[Window, ...]:
    made = []
    for row in page.data.get("window", ()):
        name = page.need(row, "id", str, "window")
        page.keys(row, WINDOW_KEYS, name)
        given = [
            key for key in ("from", "max_from", "first_from", "rounds") if key in row
        ]
        if len(given) != 1:
            page.wrong(
                "from、max_from、first_from、rounds 恰好要有一个。",
                "exactly one of from, max_from, first_from, rounds is needed.",
                name,
            )
            continue
        start = (
            (row["from"],)
            if "from" in row
            else tuple(row.get("max_from", ())) or tuple(row.get("first_from", ()))
        )
        for edge in (*start, row.get("to", "end")):
            edge_is_known(page, edge, tables, steps)
        for step in (
            *row.get("previous_bounds", ()),
            *([row["rounds"]] if "rounds" in row else []),
        ):
            page.among(step, steps.order, "step", name)
        pick = "max" if "max_from" in row else "first" if "first_from" in row else "one"
        made.append(
            Window(
                id=name,
                to=row.get("to", "end"),
                start=start,
                pick=pick,
                rounds=row.get("rounds"),
                optional=bool(row.get("optional", False)),
                previous_bounds=tuple(row.get("previous_bounds", ())),
                when=conditions(page, row.get("when", {}), tables, name),
                needs_events=bool(row.get("needs_events", True)),
            )
        )
    return tuple(made)


def _sums(page: Page, tables: dict[str, Table]) -> tuple[StageSum, ...]:
    made = []
    windows = [row.get("id") for row in page.data.get("window", ())]
    for row in page.data.get("sum", ()):
        page.keys(row, ("id", "windows", "when"), "sum")
        name = page.need(row, "id", str, "sum")
        for window in page.need(row, "windows", list, "sum"):
            page.among(window, windows, "window", "sum")
        when = conditions(page, row.get("when", {}), tables, "sum")
        made.append(StageSum(name, tuple(row.get("windows", ())), when))
    return tuple(made)


def _indicators(folder: Path, problems: Problems) -> tuple[Indicator, ...]:
    if not (folder / "indicators.toml").is_file():
        return ()
    page = Page.read(folder / "indicators.toml", problems)
    if page is None:
        return ()
    page.keys(page.data, ("indicator",))
    made = []
    for row in page.data.get("indicator", ()):
        name = page.need(row, "id", str)
        page.keys(row, INDICATOR_KEYS, name)
        due = row.get("due")
        made.append(
            Indicator(
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
        )
    return tuple(made)


def _fees(folder: Path, problems: Problems) -> Fees:
    if not (folder / "fees.toml").is_file():
        return Fees()
    page = Page.read(folder / "fees.toml", problems)
    if page is None:
        return Fees()
    page.keys(page.data, ("counting", "not_counting"))
    both = set(page.data.get("counting", ())) & set(page.data.get("not_counting", ()))
    for item in sorted(both):
        page.wrong(f"“{item}”在两张清单上。", f"'{item}' is on both lists.", item)
    return Fees(
        tuple(page.data.get("counting", ())), tuple(page.data.get("not_counting", ()))
    )


def _rules(folder: Path, pack: Pack, problems: Problems) -> list[Any]:
    made = []
    seen: dict[str, str] = {}
    for path in sorted((folder / "indicators").glob("*.toml")):
        page = Page.read(path, problems)
        if page is None:
            continue
        rule = read_rule(page, pack, conditions)
        if rule.id in seen:
            page.wrong(
                f"规则号 {rule.id} 已在 {seen[rule.id]}。",
                f"rule id {rule.id} is taken by {seen[rule.id]}.",
                "id",
            )
        seen[rule.id] = page.name
        made.append(rule)
    return made

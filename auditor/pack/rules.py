"""Read one rule page: closed vocabulary, dated limits with sources, worked examples."""

from datetime import date
from typing import Any, cast, get_args

from auditor.pack.conditions import read_conditions
from auditor.pack.model import (
    APPROVALS,
    END_ON,
    Accepted,
    Example,
    Limit,
    Pack,
    Rule,
    RuleKind,
)
from auditor.pack.reading import Page
from auditor.pack.signs import read_signs
from auditor.vocabulary import SEVERITIES, VERDICTS

KINDS = get_args(RuleKind)
COMPARED = ("time", "steps", "cost", "approval", "vanished")  # kinds that need a limit
OWN_FACTS = {"approval": "approval", "vanished": "days_before_cutoff"}
RULE_KEYS = (
    "id", "kind", "title_zh", "title_en", "clause", "severity", "why", "applies",
    "limit", "forbidden", "flag", "documents", "required_step",
    "in_force_from", "sign", "case", "accepted",
)  # fmt: skip
LIMIT_KEYS = ("fact", "value", "column", "since", "in_force_from", "source")
EXAMPLE_KEYS = ("name", "given", "expect", "reason", "in_force")
ACCEPTED_KEYS = ("change", "why")
NEEDED_EXAMPLES = ("pass", "fail", "undetermined")


def read_rule(page: Page, pack: Pack, *, bare: bool = False) -> Rule:
    """Return the rule of a page; problems are noted on the page, never raised.

    A ``bare`` page needs no examples: it changes a rule that has some.
    """
    data = page.data
    page.keys(data, RULE_KEYS)
    kind = page.need(data, "kind", str)
    page.among(kind, KINDS, "kind", "kind")
    severity = page.need(data, "severity", str)
    page.among(severity, SEVERITIES, "severity", "severity")
    for step in data.get("forbidden", ()):
        page.among(step, pack.steps.order, "step", "forbidden")
    flag = data.get("flag")
    if kind == "flag" and not page.among(
        str(flag), pack.tables["cases"].columns, "column", "flag"
    ):
        flag = None
    return Rule(
        id=page.need(data, "id", str),
        kind=cast("RuleKind", kind),
        title_zh=page.need(data, "title_zh", str),
        title_en=page.need(data, "title_en", str),
        clause=page.need(data, "clause", str),
        why=page.need(data, "why", str).strip(),
        severity=severity,
        applies=read_conditions(
            page,
            data.get("applies", {}),
            pack.tables,
            "applies",
            table=APPROVALS if kind == "approval" else "cases",
        ),
        limits=_limits(page, pack, kind),
        forbidden=tuple(data.get("forbidden", ())),
        flag=flag,
        documents=_documents(page, pack, kind),
        required_step=data.get("required_step"),
        in_force_from=_date(page, data, "in_force_from"),
        signs=read_signs(page, pack, kind, SEVERITIES),
        examples=() if bare else _examples(page),
        accepted=_accepted(page),
        page=page.name,
    )


def _facts(pack: Pack, kind: str) -> tuple[str, ...]:
    if kind == "steps":
        return ("step_count",)
    if kind == "cost":
        return (pack.cost.column,) if pack.cost else ()
    if kind in OWN_FACTS:
        return (OWN_FACTS[kind],)
    return (*pack.window_ids, END_ON) if kind == "time" else ()


def _limits(page: Page, pack: Pack, kind: str) -> tuple[Limit, ...]:
    made: list[Limit] = []
    rows = page.data.get("limit", [])
    if kind in COMPARED and not rows:
        page.wrong("缺少 [[limit]]。", "[[limit]] is missing.")
    for row in rows:
        page.keys(row, LIMIT_KEYS, "limit")
        fact = page.need(row, "fact", str, "limit")
        page.among(fact, _facts(pack, kind), "fact", "limit", "fact")
        made.append(
            Limit(
                fact=fact,
                value=_number(page, row),
                column=_date_column(page, pack, row, fact),
                since=_date(page, row, "since"),
                in_force_from=_date(page, row, "in_force_from"),
                source=page.need(row, "source", str, "limit"),
            )
        )
    for fact in dict.fromkeys(limit.fact for limit in made):
        _check_order(page, [limit for limit in made if limit.fact == fact])
    return tuple(made)


def _check_order(page: Page, limits: list[Limit]) -> None:
    """Only amendments say since when they count, and they stand in that order."""
    first, *later = [limit.since for limit in limits]
    dates = [day for day in later if day is not None]
    if first is None and len(dates) == len(later) and dates == sorted(dates):
        return
    fact = limits[0].fact
    page.wrong(
        f"{fact} 的第一条限值不写 since，其余要写并按日期排列。",
        f"the first limit on {fact} has no since; the others have one, in order.",
        "limit",
    )


def _number(page: Page, row: dict[str, Any]) -> float | None:
    value = row.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        page.wrong("value 要是数。", "value must be a number.", "limit", "value")
        return None
    if (value is None) == ("column" not in row):
        page.wrong(
            "value 与 column 恰好要有一个。",
            "exactly one of value and column is needed.",
            "limit",
        )
    return None if value is None else float(value)


def _date_column(page: Page, pack: Pack, row: dict[str, Any], fact: str) -> str | None:
    column = row.get("column")
    if column is None:
        if fact == END_ON:
            page.wrong(
                f"{END_ON} 要同一个日期列比较。",
                f"{END_ON} must be compared with a date column.",
                "limit",
            )
        return None
    page.among(column, pack.tables["cases"].dates, "date column", "limit", "column")
    if fact != END_ON:
        page.wrong(
            f"只有 {END_ON} 能同日期列比较。",
            f"only {END_ON} can be compared with a date column.",
            "limit",
        )
    return str(column)


def _date(page: Page, row: dict[str, Any], key: str) -> date | None:
    value = row.get(key)
    if value is None or isinstance(value, date):
        return value
    page.wrong(f"{key} 要是日期。", f"{key} must be a date.", "limit", key)
    return None


def _documents(page: Page, pack: Pack, kind: str) -> dict[str, tuple[str, ...]]:
    lists = page.data.get("documents", {})
    if kind == "documents" and not lists:
        page.wrong("缺少 [documents]。", "[documents] is missing.")
    if kind == "documents" and pack.documents_table is None:
        page.wrong(
            "pack.toml 没有写 [documents] table。",
            "pack.toml names no [documents] table.",
        )
    required = page.data.get("required_step")
    for step in (*lists, *([required] if required else [])):
        page.among(step, pack.steps.order, "step", "documents")
    return {step: tuple(names) for step, names in lists.items()}


def _examples(page: Page) -> tuple[Example, ...]:
    made = []
    for row in page.data.get("case", ()):
        name = page.need(row, "name", str, "case")
        page.keys(row, EXAMPLE_KEYS, name)
        expect = page.need(row, "expect", str, name)
        page.among(expect, VERDICTS, "verdict", name)
        given = page.need(row, "given", dict, name)
        if "in_force" in row:
            page.need(row, "in_force", bool, name)
        said = row.get("reason"), row.get("in_force")
        made.append(Example(name, given, expect, *said))
    have = {example.expect for example in made}
    missing = [verdict for verdict in NEEDED_EXAMPLES if verdict not in have]
    if missing:
        lacks, needed = ", ".join(missing), ", ".join(NEEDED_EXAMPLES)
        page.wrong(
            f"缺少结论为 {lacks} 的 [[case]]；{needed} 各至少要有一个。",
            f"no [[case]] expects {lacks}; a page needs at least one each of {needed}.",
            "case",
        )
    return tuple(made)


def _accepted(page: Page) -> tuple[Accepted, ...]:
    """Return the changes of the page that no example need notice, with their reason."""
    made = []
    for row in page.data.get("accepted", ()):
        page.keys(row, ACCEPTED_KEYS, "accepted")
        change, why = (page.need(row, key, str, "accepted") for key in ACCEPTED_KEYS)
        if not why.strip():
            said = "accepted 要写明 why。", "an accepted change needs its why."
            page.wrong(*said, "accepted", "why")
        made.append(Accepted(change, why.strip()))
    return tuple(made)

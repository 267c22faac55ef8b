"""What is asked of a new rule, and whether a pack can give it."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from auditor.errors import AuditError
from auditor.pack import APPROVALS, END_ON, Condition, Pack
from auditor.pack.conditions import read_conditions
from auditor.pack.reading import Page, Problems
from auditor.vocabulary import SEVERITIES

IDS = re.compile(r"[a-z][a-z0-9]{1,30}")
TAKEN = ("data", "utility", "cohort")  # columns and marks of outputs
DAYS = "_wd"  # facts.parquet calls a window so
STEPS, APPROVAL = "step_count", "approval"
_CONDITION = re.compile(r"(\w+)\s*(<=|>=|<|>|=)\s*(.+)")
_BOUNDS = {"<=": "max", ">=": "min", "<": "below", ">": "above"}
_SIDES = {"<=": "upper", "<": "upper", ">=": "lower", ">": "lower"}


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What a new rule compares, and in whom.

    ``fact`` is a window of the pack (with or without ``_wd``; working days, or
    calendar days without a calendar), ``step_count``, the pack's cost column (yuan),
    ``approval`` (working days), ``end_on`` beside a date ``column`` of cases, or a
    yes-or-no column of cases, which has no limit. ``applies`` are texts such as
    ``customer_type=hv`` or ``capacity_kw<=160``. ``under`` names entries of
    clauses.toml. Texts left empty are marked in the page for a person to fill in.
    """

    rule_id: str
    fact: str
    limit: float | None = None
    column: str | None = None
    applies: tuple[str, ...] = ()
    in_force_from: date | None = None
    clause: str = ""
    severity: str = "B"
    title_zh: str = ""
    title_en: str = ""
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A draft that a pack can give: its kind, its fact by name, its population."""

    draft: RuleDraft
    kind: str
    fact: str
    applies: tuple[Condition, ...]


def facts_of(pack: Pack) -> dict[str, str]:
    """Return the facts that a new rule can compare, each with the kind of the rule."""
    found = dict.fromkeys(pack.window_ids, "time")
    found |= {END_ON: "time", STEPS: "steps"}
    if pack.cost is not None:
        found[pack.cost.column] = "cost"
    if APPROVALS in pack.tables:
        found[APPROVAL] = "approval"
    columns = pack.tables["cases"].columns.values()
    return found | {one.name: "flag" for one in columns if one.type == "bool"}


def planned(
    draft: RuleDraft, pack: Pack, clauses: Collection[str]
) -> tuple[Plan, list[AuditError]]:
    """Return what the draft comes to in a pack, and every problem that it has.

    ``clauses`` are the entries of clauses.toml that may name the rule.
    """
    known = facts_of(pack)
    fact = draft.fact
    if fact not in known and fact.removesuffix(DAYS) in known:
        fact = fact.removesuffix(DAYS)
    kind = known.get(fact, "")
    problems = [*_id(draft, pack)]
    if kind:
        problems += _compared(draft, pack, kind, fact)
    else:
        problems.append(_unknown(draft.fact, known))
    if draft.severity not in SEVERITIES:
        problems.append(_wrong("severity 只能是 A、B、C。", "severity is A, B or C."))
    applies, wrong = _population(draft, pack, kind)
    if kind == "flag" and fact in {one.column for one in applies}:
        said = f"{fact} 既是条件又是所判的事实。", f"{fact} is its own condition."
        problems.append(_wrong(*said))
    problems += [*wrong, *_clauses(draft, clauses)]
    return Plan(draft, kind, fact, applies), problems


def _wrong(zh: str, en: str) -> AuditError:
    return AuditError("AUD562", problem_zh=zh, problem_en=en)


def _id(draft: RuleDraft, pack: Pack) -> Iterator[AuditError]:
    name = draft.rule_id
    if not IDS.fullmatch(name) or name in TAKEN:
        yield _wrong(
            f"规则号“{name}”要由小写字母开头，只含小写字母和数字。",
            f"the id '{name}' must begin with a small letter and have only small "
            "letters and digits.",
        )
    pages = {rule.id: rule.page for rule in pack.rules}
    pages |= {screen.id: screen.page for screen in pack.screens}
    if name in pages:
        whose = ("规则包", "the pack")
        if not pack.owns(name):
            whose = ("上级规则包", "the parent pack")
        told = {"where_zh": whose[0], "where_en": whose[1], "page": pages[name]}
        yield AuditError("AUD564", rule=name, pack=pack.owner_of(name), **told)


def _unknown(fact: str, known: dict[str, str]) -> AuditError:
    near = get_close_matches(fact.removesuffix(DAYS), known, 3, 0.5)
    listed = ", ".join(near or known)
    hints = ("相近的有", "Close ones") if near else ("可用的有", "There are")
    return AuditError(
        "AUD568",
        fact=fact,
        hint_zh=f"{hints[0]}：{listed}。",
        hint_en=f"{hints[1]}: {listed}.",
    )


def _compared(
    draft: RuleDraft, pack: Pack, kind: str, fact: str
) -> Iterator[AuditError]:
    """Yield what is wrong with the limit: its presence, its size, its column."""
    dates = pack.tables["cases"].dates
    if fact == END_ON and draft.column not in dates:
        listed = ", ".join(dates)
        yield _wrong(
            f"{END_ON} 要用 --column 写明日期列：{listed}。",
            f"{END_ON} needs a date column with --column: {listed}.",
        )
    elif fact != END_ON and draft.column is not None:
        yield _wrong(f"只有 {END_ON} 用 --column。", f"only {END_ON} takes --column.")
    numeric = kind != "flag" and fact != END_ON
    if numeric is not (draft.limit is not None):
        need = ("要", "needs") if numeric else ("没有", "takes no")
        yield _wrong(f"{fact} {need[0]} --limit。", f"{fact} {need[1]} --limit.")
    elif draft.limit is not None:
        yield from _size(draft.limit, kind, fact)


def _size(limit: float, kind: str, fact: str) -> Iterator[AuditError]:
    least = 1 if kind == "steps" else 0  # no step on record is never a pass (22)
    whole = kind != "cost"
    good = least <= limit < 1e9 and (not whole or limit == int(limit))
    if not good:
        yield _wrong(
            f"{fact} 的限值要是{'整' if whole else ''}数，不小于 {least}。",
            f"the limit on {fact} must be a {'whole ' if whole else ''}number from "
            f"{least} up.",
        )


def _population(
    draft: RuleDraft, pack: Pack, kind: str
) -> tuple[tuple[Condition, ...], list[AuditError]]:
    """Return the conditions, read as those of a page are."""
    page = Page("--applies", {}, "", Problems(pack.folder))
    table = APPROVALS if kind == "approval" else "cases"
    lines: dict[str, Any] = {}
    for text in draft.applies:
        found = _CONDITION.fullmatch(text.strip())
        if found is None:
            page.wrong(
                f"看不懂“{text}”；写成 列=词,词 或 列<=数。",
                f"'{text}' cannot be read; write COLUMN=WORD,WORD or COLUMN<=N.",
            )
            continue
        name, sign, value = found.groups()
        column = pack.tables[table].columns.get(name)
        kind_of = column.type if column else "text"
        ends = lines.setdefault(name, [] if sign == "=" else {})
        key = _SIDES.get(sign, "")
        if ends and (sign == "=" or isinstance(ends, list) or key in ends):
            page.wrong(
                f"{name} 的条件给了不止一次：{text}；多个词用逗号隔开。",
                f"{name} has such a condition already: {text}; part words by commas.",
            )
        elif sign == "=":
            ends += [_typed(word.strip(), kind_of) for word in value.split(",")]
        else:
            ends[key] = (_BOUNDS[sign], _typed(value, "number"))
    for name, ends in lines.items():
        if isinstance(ends, dict):
            lines[name] = dict(ends.values())
    made = read_conditions(page, lines, pack.tables, table=table)
    return made, page.problems.found


def _typed(word: str, kind: str) -> str | bool | int | float:
    if kind == "bool" and word in ("true", "false"):
        return word == "true"
    if kind == "integer" and re.fullmatch(r"\d{1,9}", word):
        return int(word)
    if kind == "number" and re.fullmatch(r"\d{1,9}(\.\d{1,6})?", word):
        return float(word)
    return word


def _clauses(draft: RuleDraft, known: Collection[str]) -> Iterator[AuditError]:
    for name in draft.under:
        if name not in known:
            near = ", ".join(get_close_matches(name, known, 3)) or "—"
            yield _wrong(
                f"clauses.toml 里没有“{name}”可以列入；相近的：{near}。",
                f"clauses.toml has no entry '{name}' to list the rule under; close: "
                f"{near}.",
            )

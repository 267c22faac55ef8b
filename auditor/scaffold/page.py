"""The text of a new rule page, as a person would write it."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from auditor.pack import END_ON, Condition
from auditor.scaffold.cases import Case
from auditor.scaffold.draft import Plan

FILL_ZH, FILL_EN = "【待填】", "[to be filled in]"
BOUNDS = {"at_most": "max", "at_least": "min", "below": "below", "above": "above"}


def page_text(plan: Plan, cases: list[Case]) -> str:
    """Return the whole page; what a person has to write stands in brackets."""
    parts = ["\n".join(_head(plan))]
    if plan.applies:
        lines = (f"{one.column} = {_condition(one)}" for one in plan.applies)
        parts.append("\n".join(["[applies]", *lines]))
    if plan.kind != "flag":
        parts.append("\n".join(_limit(plan)))
    parts += ["\n".join(_case(one)) for one in cases]
    return "\n\n".join(parts) + "\n"


def pack_text(name: str, parent: str) -> str:
    """Return the ``pack.toml`` of a child pack that changes nothing yet."""
    return _lines(
        "[pack]",
        id=name,
        version="1",
        title_zh=f"{FILL_ZH}{name}",
        title_en=f"{FILL_EN} {name}",
        parent=parent,
    )


def _lines(head: str, **values: Any) -> str:  # noqa: ANN401 - whatever TOML holds
    width = max(map(len, values))
    rows = [f"{name:{width}} = {toml(value)}" for name, value in values.items()]
    return "\n".join([head, *rows]) + "\n"


def _head(plan: Plan) -> Iterator[str]:
    draft = plan.draft
    what = f"{plan.fact} {'' if draft.limit is None else f'{draft.limit:g}'}".strip()
    yield f"id       = {toml(draft.rule_id)}"
    yield f"kind     = {toml(plan.kind)}"
    yield f"title_zh = {toml(draft.title_zh or f'{FILL_ZH}{what}')}"
    yield f"title_en = {toml(draft.title_en or f'{FILL_EN} {what}')}"
    yield f"clause   = {toml(draft.clause or FILL_ZH)}"
    yield f"severity = {toml(draft.severity)}"
    if plan.kind == "flag":
        if draft.in_force_from is not None:
            yield f"in_force_from = {toml(draft.in_force_from)}"
        yield f"flag     = {toml(plan.fact)}"
    why = f"{FILL_EN} Why the rule asks this, and what its fact means."
    yield f'why      = """\n{why}\n"""'


def _condition(one: Condition) -> str:
    if not one.is_bounded:
        return toml(list(one.among))
    bounds = ((word, getattr(one, name)) for name, word in BOUNDS.items())
    return toml({word: value for word, value in bounds if value is not None})


def _limit(plan: Plan) -> Iterator[str]:
    draft = plan.draft
    yield "[[limit]]"
    yield f"fact          = {toml(plan.fact)}"
    if plan.fact == END_ON:
        yield f"column        = {toml(draft.column)}"
    else:
        yield f"value         = {toml(draft.limit)}"
    if draft.in_force_from is not None:
        yield f"in_force_from = {toml(draft.in_force_from)}"
    yield f"source        = {toml(draft.clause or FILL_ZH)}"


def _case(one: Case) -> Iterator[str]:
    yield "[[case]]"
    yield f"name   = {toml(one.name)}"
    yield f"given  = {toml(one.given)}"
    yield f"expect = {toml(one.expect)}"
    for name, value in one.more.items():
        yield f"{name:6} = {toml(value)}"


def toml(value: object) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else f"{value:.6f}".rstrip("0")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {toml(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    # A JSON string is a TOML string, but for the one character that it leaves alone.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

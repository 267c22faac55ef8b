"""A child pack: a province's earlier or stricter limits on top of a parent pack.

The agency hands it in; it names its parent. A page with the id of a rule of the
parent changes its limits and titles, nothing else: for approvals the smaller of both
limits binds (A32); rules on signs look for more, never for less; elsewhere a looser
limit or a later date is an error, for a province cannot relax the notice. A page that
has a ``kind`` is a rule of the province's own, beside those of the parent. The examples
of a child are those of its own pages; the parent's are tried there, with the parent's
limits.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor.errors import PackError
from auditor.pack.model import Limit, Pack, Rule
from auditor.pack.reading import Page, Problems
from auditor.pack.rules import read_rule

HEAD = ("id", "version", "title_zh", "title_en", "parent", "calendar")
CHANGEABLE = (
    "id", "title_zh", "title_en", "why", "limit", "case", "in_force_from", "sign",
    "accepted",
)  # fmt: skip
NO_BASELINE = "baseline_unknown"
SMALLER_BINDS = ("approval",)
OWN_KINDS = (
    "time", "steps", "cost", "documents", "flag", "approval", "signal", "violation",
)  # fmt: skip
"""What a rule of the province's own may be: a kind that one page decides alone."""


def names_parent(page: Page) -> bool:
    """Whether a ``pack.toml`` is that of a child."""
    head = page.data.get("pack")
    return isinstance(head, dict) and "parent" in head


def read_child(
    page: Page, folder: Path, digest: str, load: Callable[[str], Pack]
) -> Pack:
    """Return the parent with the child's limits, own rules, name and digest.

    Args:
        page: the child's ``pack.toml``.
        folder: the child's folder; its other pages hold the changed and own rules.
        digest: of the child's files; the result's digest covers the parent's too.
        load: loads the parent by name.

    Raises:
        PackError: AUD202 with every problem of the child, each with file and line.
    """
    problems = page.problems
    page.keys(page.data, ("pack",))
    head = page.need(page.data, "pack", dict)
    page.keys(head, HEAD, "pack")
    parent = load(page.need(head, "parent", str, "pack"))
    names = {key: page.need(head, key, str, "pack") for key in HEAD[:4]}
    overlay = folder / head["calendar"] if "calendar" in head else None
    if overlay is not None and not overlay.is_file():
        page.wrong("calendar 指的文件不在。", "calendar names no file.", "calendar")
    changed = {rule.id: rule for rule in _changed(folder, parent, problems)}
    if problems.found:
        raise PackError("AUD202", problems.found, pack=folder.name)
    both = hashlib.sha256(f"{parent.digest}\n{digest}".encode()).hexdigest()
    own = tuple(changed)
    kept = tuple(changed.pop(rule.id, rule) for rule in parent.rules)
    rules = (*kept, *changed.values())
    line = f"{parent.id} {parent.version} {parent.digest}"
    return replace(
        parent,
        **names,
        lineage=(folder, *parent.lineage),
        digest=both,
        rules=rules,
        parent=line,
        overlay=overlay,
        own=own,
    )


def _changed(folder: Path, parent: Pack, problems: Problems) -> list[Rule]:
    """Return the rules that have a page; no page is left out, wherever it lies."""
    made: dict[str, Rule] = {}
    for path in sorted(set(folder.rglob("*.toml")) - {folder / "pack.toml"}):
        page = Page.read(path, problems)
        rule = None if page is None else _changed_rule(page, parent)
        if page is None or rule is None:
            continue
        if rule.id in made:
            said = f"{rule.id} 已有一页。", f"{rule.id} has a page already."
            page.wrong(*said, "id")
        made[rule.id] = rule
    return list(made.values())


def _changed_rule(page: Page, parent: Pack) -> Rule | None:
    rule_id = page.need(page.data, "id", str)
    taken = {*(one.id for one in parent.rules), *(one.id for one in parent.screens)}
    if "kind" in page.data and rule_id not in taken:
        page.among(str(page.data["kind"]), OWN_KINDS, "kind", "kind")
        return read_rule(page, parent)
    page.keys(page.data, CHANGEABLE)
    if not page.among(rule_id, [rule.id for rule in parent.rules], "rule", "id"):
        return None
    old = parent.rule(rule_id)
    if parent.own is not None and parent.owns(rule_id):
        # Its page holds a part of the rule only, and what it tightened would be lost.
        page.wrong(
            f"上级 {parent.id} 已有 {rule_id} 的页，再下一级不能再改；请写在同一页上。",
            f"{parent.id} has a page of {rule_id} already, which no pack below it may "
            "change again; write it on that page.",
            "id",
        )
        return None
    original = Page.read(parent.folder / old.page, Problems(parent.folder))
    base: dict[str, Any] = original.data if original else {}
    merged = Page(page.name, {**base, **page.data}, page.text, page.problems)
    merged.data["limit"] = _every_limit(base, page)
    merged.data["sign"] = _more_signs(base, page)
    # The parent's examples, and what they cannot notice, speak of the parent's limits.
    for key in ("case", "accepted"):
        merged.data[key] = page.data.get(key, [])
    new = read_rule(merged, parent, bare=not merged.data["case"])
    return replace(
        new, limits=tuple(_checked(page, old, limit) for limit in new.limits)
    )


def _every_limit(base: Mapping[str, Any], page: Page) -> list[dict[str, Any]]:
    """Return the child's limits, and the parent's on facts of which it says nothing."""
    own = page.data.get("limit", [])
    said = {limit.get("fact") for limit in own}
    kept = [limit for limit in base.get("limit", []) if limit.get("fact") not in said]
    return [*kept, *own]


def _more_signs(base: Mapping[str, Any], page: Page) -> list[dict[str, Any]]:
    """Return the parent's signs and then the child's: no sign is dropped.

    What stood for a baseline that nobody had given makes room for it.
    """
    added = page.data.get("sign", [])
    kept = base.get("sign", [])
    if added:
        kept = [sign for sign in kept if sign.get("check") != NO_BASELINE]
    return [*kept, *added]


def _checked(page: Page, old: Rule, limit: Limit) -> Limit:
    """Return the limit that binds; note one that is looser or later."""
    before = [one for one in old.limits_on(limit.fact) if one.since is None]
    if not before:
        page.wrong(
            f"上级规则不限 {limit.fact}。",
            f"the parent rule sets no limit on {limit.fact}.",
            limit.fact,
        )
        return limit
    first = before[0]
    ours, theirs = limit.value, first.value
    if ours is not None and theirs is not None and ours > theirs:
        if old.kind in SMALLER_BINDS:
            limit = replace(limit, value=theirs, source=first.source)
        else:
            page.wrong(
                f"{limit.fact} 的限值 {ours:g} 宽于上级的 {theirs:g}。",
                f"{limit.fact}: {ours:g} is looser than the parent's {theirs:g}.",
                "limit",
            )
    return _dated(page, limit, first)


def _dated(page: Page, limit: Limit, first: Limit) -> Limit:
    """Return the limit with the date since when it binds, never a later one."""
    ours, theirs = limit.in_force_from, first.in_force_from
    if ours is None:
        return replace(limit, in_force_from=theirs)
    if limit.since is None and theirs is not None and ours > theirs:
        page.wrong(
            f"{limit.fact} 的约束日期 {ours} 晚于上级的 {theirs}。",
            f"{limit.fact} binds from {ours}, later than the parent's {theirs}.",
            "in_force_from",
        )
    return limit


def differences(parent: Pack, child: Pack) -> list[tuple[str, str, str, str]]:
    """Return ``rule, fact, parent's limits, child's limits`` where they differ."""
    before = {
        (rule.id, fact): _shown(rule.limits_on(fact))
        for rule in parent.rules
        for fact in rule.facts
    }
    after = {
        (rule.id, fact): _shown(rule.limits_on(fact))
        for rule in child.rules
        for fact in rule.facts
    }
    return [
        (*key, before.get(key, "-"), after.get(key, "-"))
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _shown(limits: tuple[Limit, ...]) -> str:
    def one(limit: Limit) -> str:
        value = limit.column or f"{limit.value:g}"
        since = f" since {limit.since}" if limit.since else ""
        return f"{value}{since}, in force from {limit.in_force_from or '-'}"

    return "; ".join(map(one, limits)) or "-"

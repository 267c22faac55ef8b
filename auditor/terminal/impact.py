"""A run under another pack, in the terminal: what differs, and what that would move."""

import json
from typing import TYPE_CHECKING

import polars as pl

from auditor.errors import text
from auditor.terminal.tables import cell, table
from auditor.terminal.words import MOST, headings, say

if TYPE_CHECKING:
    from pathlib import Path

    from auditor.pack import Pack
    from auditor.whatif import Differing, Impact

FEW = 3  # cases named for each move; JSON and the tables name more


def show_impact(
    result: "Impact", out: "Path | None", lang: str, *, as_json: bool
) -> None:
    """Print the rules that differ, the verdicts and statuses that would be others."""
    if as_json:
        print(json.dumps(result.to_json(), ensure_ascii=False, default=str))
        return
    packs = {"before": _named(result.before), "after": _named(result.after)}
    say("impact.title", lang, folder=result.folder, **packs)
    if result.before.digest == result.after.digest:
        say("impact.same", lang)
        return
    if result.rules:
        _rules(result, lang)
    else:
        say("impact.same_rules", lang)
    _others(result, lang)
    _moves(result, lang)
    _violations(result, lang)
    _statuses(result, lang)
    _dues(result, lang)
    if out is not None:
        say("impact.written", lang, out=out)


def _named(pack: "Pack") -> str:
    return f"{pack.id} {pack.version} ({pack.digest[:12]})"


def _rules(result: "Impact", lang: str) -> None:
    table(
        headings_of(("rule",), ("change", "answer"), lang),
        (
            [one.rule_id, text(f"impact.{one.change}", lang), _answer(one, lang)]
            for one in result.rules
        ),
    )
    print()


def headings_of(shared: tuple[str, ...], own: tuple[str, ...], lang: str) -> list[str]:
    """Return headings that all tables share, then those of this one."""
    return [*headings(shared, lang), *(text(f"impact.{name}", lang) for name in own)]


def _answer(one: "Differing", lang: str) -> str:
    if one.why:
        why = text("ui.comma", lang).join(
            text(f"impact.why_{w}", lang) for w in one.why
        )
        return text("impact.needs_run", lang, why=why)
    if one.by_papers:
        return text("impact.by_papers", lang)
    if one.change == "dropped":
        return "-"
    return text("impact.yes" if one.judged else "impact.no_need", lang)


def _others(result: "Impact", lang: str) -> None:
    """Print what differs beside the rules, and what of it is not compared."""
    if not result.others:
        return
    say("impact.others", lang)
    table(
        headings_of((), ("part", "names"), lang),
        (
            [text(f"impact.part_{part}", lang), " ".join(names) or "-"]
            for part, names in result.others.items()
        ),
    )
    say("impact.not_compared", lang)
    print()


def _dues(result: "Impact", lang: str) -> None:
    """Print the rules whose due day, basis or overdue places would be others."""
    differs = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"{name}_now"))
        for name in ("basis", "due", "overdue")
    )
    both = pl.col("status").is_not_null() & pl.col("status_now").is_not_null()
    rows = result.places.filter(both & differs)
    if rows.is_empty():
        return
    say("impact.dues", lang)
    mine = result.places.filter(pl.col("rule_id").is_in(rows["rule_id"].unique()))
    sums = mine.group_by("rule_id", maintain_order=True).agg(
        pl.col("due", "due_now").max(), pl.col("overdue", "overdue_now").sum()
    )
    shown = (
        [rule, f"{cell(str(due or '-'))} → {cell(str(now or '-'))}", f"{n} → {m}"]
        for rule, due, now, n, m in sums.iter_rows()
    )
    table(headings_of(("rule",), ("due", "overdue"), lang), shown)
    print()


def _moves(result: "Impact", lang: str) -> None:
    if result.moves.is_empty():
        say("impact.no_moves", lang)
        return
    say("impact.moves", lang)
    table(
        headings_of(("rule",), ("from_to", "cases", "such_as"), lang),
        (
            [
                row["rule_id"],
                _arrow(row["was"], row["now"], "verdict", lang),
                row["cases"],
                " ".join(row["examples"][:FEW]),
            ]
            for row in result.moves.iter_rows(named=True)
        ),
    )
    print()


def _arrow(was: str | None, now: str, group: str, lang: str) -> str:
    before = "-" if was is None else text(f"{group}.{was}", lang)
    return f"{before} → {text(f'{group}.{now}', lang)}"


def _violations(result: "Impact", lang: str) -> None:
    counties = result.places.filter(pl.col("level") == "county")
    # A pack without the rule has no violations of it, which is not the number 0.
    both = [
        pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)
        for name in ("violations", "violations_now")
    ]
    sums = counties.group_by("rule_id", maintain_order=True).agg(both)
    if sums.is_empty():
        return
    rows = ([rule, f"{cell(was)} → {cell(now)}"] for rule, was, now in sums.iter_rows())
    table(headings_of(("rule",), ("violations",), lang), rows)
    print()


def _statuses(result: "Impact", lang: str) -> None:
    rows = result.statuses
    if rows.is_empty():
        return
    say("impact.statuses", lang, n=rows.height)
    shown = (
        [
            f"{row['code']} {row['name'] or ''}".strip(),
            row["rule_id"],
            _arrow(row["status"], row["status_now"], "status", lang),
        ]
        for row in rows.head(MOST).iter_rows(named=True)
    )
    table([text("whatif.place", lang), *headings(("rule", "status"), lang)], shown)
    if rows.height > MOST:
        key = "whatif.more"
        say(key, lang, n=rows.height - MOST, file="impact-places.parquet")
    print()

"""What each kind of rule reads: what is lost there blocks it and no other (29)."""

from functools import reduce
from operator import or_

import polars as pl

from auditor.judge.signs import sign_cells
from auditor.pack import Pack, Rule, Window

ON_ABSENCE = ("cost", "signal", "violation")
"""Kinds that take the absence of rows in favour of a case: an unread file bars that."""
CHARGE_CELLS = ("amount_yuan", "payer", "inside_redline")


def only_named(pack: Pack) -> pl.Expr:
    """Whether only a rejected row names the case: no cell of it could be read."""
    table = pack.tables["cases"]
    kept = ("case_id", pack.clock.county)
    mask = sum(table.bit(name) for name in table.columns if name not in kept)
    return (pl.col("_bad") & mask) == mask


def blocked(rule: Rule, pack: Pack) -> pl.Expr:
    """Whether a rejected row or cell that the rule reads touches the case."""
    kinds = {
        "time": _time,
        "steps": _steps,
        "cost": _cost,
        "documents": _documents,
        "flag": _flag,
        "signal": sign_cells,
        "violation": sign_cells,
        "across": _across,
    }
    tables, cells = kinds[rule.kind](rule, pack)
    rows = pl.col("lost_tables")
    if rule.kind in ON_ABSENCE:
        rows |= pl.col("unread_tables")
    return reduce(or_, [(rows & pack.table_mask(tables)) != 0, *cells])


def _documents(_rule: Rule, pack: Pack) -> tuple[set[str], list[pl.Expr]]:
    return {"cases", str(pack.documents_table)}, []


def _time(rule: Rule, pack: Pack) -> tuple[set[str], list[pl.Expr]]:
    clock = pack.clock
    windows = [w for w in pack.windows if w.id in rule.facts and _may_apply(w, rule)]
    clock_edges = [*clock.start, *clock.end]
    edges = [*clock_edges]
    edges += [e for e in (clock.substitute, clock.latest_start) if e]
    cells = [_case_cells(clock_edges, pack)]
    tables = {"cases"}
    whole = [w for w in windows if not w.needs_events]
    stages = [w for w in windows if w.needs_events]
    steps = {edge.partition(".")[0] for edge in edges} - {"cases"}
    for window in stages:
        owners = [edge.partition(".")[0] for edge in (*window.start, window.to)]
        owners += [window.rounds] if window.rounds else []
        steps |= {owner for owner in owners if owner not in ("start", "end", "cases")}
    if steps or clock.withdraw_step:
        tables.add("events")
    cells += _event_cells(steps, ("started_at", "finished_at"), pack)
    if stages:
        cells += _event_cells(steps, ("round", "result"), pack)
    columns = [limit.column for limit in rule.limits if limit.column]
    if columns:
        mask = sum(pack.tables["cases"].bit(column) for column in columns)
        cells.append((pl.col("_bad") & mask) != 0)
    if whole and clock.excuse_table:
        tables.add(clock.excuse_table)
        cells.append(pl.col(f"_bad_{clock.excuse_table}") != 0)
    return tables, cells


def _may_apply(window: Window, rule: Rule) -> bool:
    """Whether a window's form can be that of a case the rule speaks about."""
    words = {c.column: set(c.among) for c in rule.applies if c.among}
    return all(
        not c.among or c.column not in words or words[c.column] & set(c.among)
        for c in window.when
    )


def _steps(_rule: Rule, _pack: Pack) -> tuple[set[str], list[pl.Expr]]:
    return {"cases", "events"}, []


def _cost(_rule: Rule, pack: Pack) -> tuple[set[str], list[pl.Expr]]:
    cost = pack.cost
    if cost is None:
        return {"cases"}, []
    declared = pack.tables["cases"].bit(cost.column)
    cells = [(pl.col("_bad") & declared) != 0]
    if cost.table is None:
        return {"cases"}, cells
    charges = pack.tables[cost.table]
    mask = sum(charges.bit(name) for name in CHARGE_CELLS)
    cells.append((pl.col(f"_bad_{cost.table}") & mask) != 0)
    return {"cases", cost.table}, cells


def _across(rule: Rule, pack: Pack) -> tuple[set[str], list[pl.Expr]]:
    given = rule.across.settings if rule.across else {}
    if "keys" not in given:
        return {"cases", "events"}, []
    columns = [*given["keys"], *given.get("same", ()), *given.get("amount", ())]
    edges = [*pack.clock.start, *(f"cases.{column}" for column in columns)]
    return {"cases"}, [_case_cells(edges, pack)]


def _flag(rule: Rule, pack: Pack) -> tuple[set[str], list[pl.Expr]]:
    mask = pack.tables["cases"].bit(str(rule.flag))
    return {"cases"}, [(pl.col("_bad") & mask) != 0]


def _case_cells(edges: list[str], pack: Pack) -> pl.Expr:
    columns = [e.removeprefix("cases.") for e in edges if e.startswith("cases.")]
    mask = sum(pack.tables["cases"].bit(column) for column in columns)
    return (pl.col("_bad") & mask) != 0


def _event_cells(
    steps: set[str], columns: tuple[str, ...], pack: Pack
) -> list[pl.Expr]:
    mask = pack.steps.mask(tuple(sorted(steps)))
    return [(pl.col(f"lost_{column}") & mask) != 0 for column in columns]

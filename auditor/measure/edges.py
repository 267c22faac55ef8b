"""Edges of windows: the dates that start or end one, each known between two bounds.

An edge is named ``start``, ``end``, ``cases.<column>`` or ``<step>.<stamp>``. In the
frames it is four columns: ``<key>_lo`` and ``<key>_hi``, the smallest and largest
date that the accepted rows allow (null when none is readable), ``<key>_lost``, true
when a stamp was there but could not be read, and ``<key>_after``, true when a stamp
lies after the cut-off and so has not happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from auditor.pack import Pack
from auditor.workdays import Calendar

STAMPS = {"started": "started_at", "finished": "finished_at"}


def key(edge: str) -> str:
    """Return the column prefix of an edge: ``cases.x`` → ``x``, ``a.b`` → ``a_b``."""
    owner, _, name = edge.partition(".")
    if not name:
        return owner
    return name if owner == "cases" else f"{owner}_{name}"


@dataclass(frozen=True, slots=True)
class Edge:
    """The four expressions of one edge."""

    lo: pl.Expr
    hi: pl.Expr
    lost: pl.Expr
    after: pl.Expr

    @property
    def known(self) -> pl.Expr:
        """Whether at least one readable date on or before the cut-off is there."""
        return self.lo.is_not_null()


NO_EDGE = Edge(
    lo=pl.lit(None, pl.Date),
    hi=pl.lit(None, pl.Date),
    lost=pl.lit(value=False),
    after=pl.lit(value=False),
)
"""The edge of which a pack names no column: never stamped."""


def edge(name: str) -> Edge:
    """Return the expressions of a stamped edge."""
    prefix = key(name)
    return Edge(*(pl.col(f"{prefix}_{part}") for part in ("lo", "hi", "lost", "after")))


def step_edges(pack: Pack) -> tuple[tuple[str, str], ...]:
    """Return every (step, stamp) that the pack's clock and windows need."""
    clock = pack.clock
    names: list[str] = [*clock.start, *clock.end, *clock.withdrawn]
    names += [name for name in (clock.substitute, clock.latest_start) if name]
    if clock.withdraw_step:
        names += [f"{clock.withdraw_step}.{stamp}" for stamp in STAMPS]
    for window in pack.windows:
        names += [*window.start, window.to]
        names += [f"{step}.finished" for step in window.previous_bounds]
    pairs = (tuple(name.split(".")) for name in names if "." in name)
    wanted = {(a, b) for a, b in pairs if a != "cases" and b in STAMPS}
    return tuple(sorted(wanted))


def least(exprs: Iterable[pl.Expr]) -> pl.Expr:
    """The smallest of several expressions, nulls ignored."""
    return pl.min_horizontal(list(exprs))


def greatest(exprs: Iterable[pl.Expr]) -> pl.Expr:
    """The largest of several expressions, nulls ignored."""
    return pl.max_horizontal(list(exprs))


def any_of(exprs: Iterable[pl.Expr]) -> pl.Expr:
    """Whether any of several Booleans is true; an empty list is false."""
    return pl.any_horizontal([pl.lit(value=False), *exprs])


def has(mask: str, bits: int) -> pl.Expr:
    """Whether a mask column has any of the bits; a null mask has none."""
    return (pl.col(mask).fill_null(0) & bits) != 0


def at_most(calendar: Calendar, start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Days in ``(start, end]``; null outside the calendar, 0 in an empty span."""
    return (
        pl.when(start == end)
        .then(pl.lit(0, pl.Int32))
        .otherwise(calendar.between(start, end))
    )


def beside(cases: pl.LazyFrame, *sides: pl.LazyFrame) -> pl.LazyFrame:
    """Put narrow frames, each with at most one row a ``case_id``, beside the cases.

    A join copies every column of its left side, and the cases are wide; so the narrow
    frames are joined to the bare keys, and the result is laid beside the cases.
    """
    narrow = cases.select("case_id")
    for side in sides:
        narrow = narrow.join(side, on="case_id", how="left", maintain_order="left")
    # In one piece each: columns cut in different places are put together on every use.
    laid = pl.collect_all([cases, narrow.drop("case_id")], engine="in-memory")
    return laid[0].hstack(laid[1].rechunk()).lazy()

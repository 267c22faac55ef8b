"""Whether a case was withdrawn, and when: dates, status words and the step (3)."""

from dataclasses import dataclass

import polars as pl

from auditor.measure.edges import (
    NO_EDGE,
    STAMPS,
    any_of,
    edge,
    greatest,
    has,
    key,
    least,
)
from auditor.pack import Pack


@dataclass(frozen=True, slots=True)
class Said:
    """Which status words the rows of a case carry."""

    any_open: pl.Expr
    any_completed: pl.Expr
    any_withdrawn: pl.Expr
    unreadable: pl.Expr

    @property
    def only_withdrawn(self) -> pl.Expr:
        """Every row that has a status says withdrawn."""
        others = self.any_open | self.any_completed | self.unreadable
        return self.any_withdrawn & ~others

    @property
    def withdrawn(self) -> pl.Expr:
        """A row says withdrawn and none says completed."""
        return self.any_withdrawn & ~self.any_completed


def said(pack: Pack) -> Said:
    """Return the status words as expressions; a pack without status says nothing."""
    status = pack.clock.status
    if status is None:
        never = pl.lit(value=False)
        return Said(never, never, never, never)
    words = pack.tables["cases"].columns[status].words

    def says(word: str) -> pl.Expr:
        if word not in words:
            return pl.lit(value=False)
        return has("says", 1 << words.index(word))

    lost = has("_bad", pack.tables["cases"].bit(status))
    return Said(says("open"), says("completed"), says("withdrawn"), lost)


def bounds(names: tuple[str, ...], prefix: str) -> list[pl.Expr]:
    """Return ``<prefix>_{lo,hi,lost,after}`` over several edges of one event.

    Rows of which only some have the date leave it unknown, as a lost one does (27).
    """
    edges = [edge(name) for name in names] or [NO_EDGE]
    mixed = [pl.col(f"{key(n)}_mixed") for n in names if n.startswith("cases.")]
    return [
        least(one.lo for one in edges).alias(f"{prefix}_lo"),
        greatest(one.hi for one in edges).alias(f"{prefix}_hi"),
        any_of([*(one.lost for one in edges), *mixed]).alias(f"{prefix}_lost"),
        any_of(one.after for one in edges).alias(f"{prefix}_after"),
    ]


def with_withdrawal(cases: pl.LazyFrame, pack: Pack) -> pl.LazyFrame:
    """Add ``_w_{lo,hi,lost,after}`` of the withdrawal, and ``withdraw_ignored``.

    Without a date of its own, the step counts where every status says withdrawn;
    elsewhere it is ignored, and the note says so.
    """
    ignored = pl.lit(value=False).alias("withdraw_ignored")
    cases = cases.with_columns(*bounds(pack.clock.withdrawn, "_w"), ignored)
    if pack.clock.withdraw_step is None:
        return cases
    stamps = [edge(f"{pack.clock.withdraw_step}.{stamp}") for stamp in STAMPS]
    lo, hi, lost, after = (
        pl.col(f"_w_{part}") for part in ("lo", "hi", "lost", "after")
    )
    dated = lo.is_not_null()
    step = has("named", pack.steps.mask((pack.clock.withdraw_step,)))
    by_step = said(pack).only_withdrawn & ~dated
    stamped = pl.when(by_step)
    return cases.with_columns(
        stamped.then(least(one.lo for one in stamps)).otherwise(lo).alias("_w_lo"),
        stamped.then(greatest(one.hi for one in stamps)).otherwise(hi).alias("_w_hi"),
        (lost | (by_step & any_of(one.lost for one in stamps))).alias("_w_lost"),
        (after | (by_step & any_of(one.after for one in stamps))).alias("_w_after"),
        (step & ~dated & ~by_step).alias("withdraw_ignored"),
    )

"""Starts and lengths of windows: the least and the most that the rows allow."""

from dataclasses import dataclass

import polars as pl

ZERO = pl.lit(0, pl.Int32)
NO_DAYS = pl.lit(None, pl.Int32)
NO_DAY = pl.lit(None, pl.Date)


@dataclass(frozen=True, slots=True)
class Start:
    """The start of a window: ``early`` bounds it from below, ``late`` from above."""

    early: pl.Expr
    late: pl.Expr
    not_reached: pl.Expr


@dataclass(frozen=True, slots=True)
class Length:
    """The results of one window in days.

    ``lo`` is proven, ``by`` the part of it before a withdrawal, ``run`` proven of what
    still runs (null: nothing does), ``hi`` the most (null: no bound); ``reached`` is
    false while the window has not begun.
    """

    lo: pl.Expr
    by: pl.Expr
    run: pl.Expr
    hi: pl.Expr
    reached: pl.Expr

    def when(self, condition: pl.Expr, other: "Length") -> "Length":
        """Use this length where the condition holds, else the other."""
        pairs = zip(
            (self.lo, self.by, self.run, self.hi, self.reached),
            (other.lo, other.by, other.run, other.hi, other.reached),
            strict=True,
        )
        return Length(*(pl.when(condition).then(a).otherwise(b) for a, b in pairs))


UNKNOWN = Length(ZERO, ZERO, NO_DAYS, NO_DAYS, pl.lit(value=True))
NOTHING_YET = Length(ZERO, ZERO, NO_DAYS, ZERO, pl.lit(value=False))
ABSENT = Length(ZERO, ZERO, NO_DAYS, ZERO, pl.lit(value=True))

"""What a rule compares: facts between bounds, beside the limits that can bind."""

from dataclasses import dataclass

import polars as pl

from auditor.pack import END_ON, Limit, Rule


def limit_bounds(rule: Rule, fact: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the smallest and largest limit that can bind, by submission date (12)."""
    first, *amendments = rule.limits_on(fact)
    low = high = limit_value(first)
    for limit in amendments:
        since, value = pl.lit(limit.since), limit_value(limit)
        surely = (pl.col("start_lo") >= since).fill_null(value=False)
        maybe = (pl.col("start_hi") >= since).fill_null(value=True)
        amended = pl.when(surely).then(value).when(maybe)
        low = amended.then(pl.min_horizontal(low, value)).otherwise(low)
        high = amended.then(pl.max_horizontal(high, value)).otherwise(high)
    return low, high


def limit_value(limit: Limit) -> pl.Expr:
    """The limit as a number, or as days since 1970 for a date column of the case."""
    if limit.column is not None:
        return pl.col(limit.column).to_physical().cast(pl.Float64)
    return pl.lit(limit.value, pl.Float64)


@dataclass(frozen=True, slots=True)
class Part:
    """One compared fact of a time rule, in days; a date is days since 1970.

    ``lo`` is proven of a finished window, ``run`` of one that still runs, ``hi`` is
    the most that the rows allow; null where there is no such bound.
    """

    fact: str
    lo: pl.Expr
    run: pl.Expr
    hi: pl.Expr
    limit_lo: pl.Expr
    limit_hi: pl.Expr

    @property
    def running_breach(self) -> pl.Expr:
        """A running window is already over at the cut-off or the withdrawal."""
        return (self.run > self.limit_hi).fill_null(value=False)

    @property
    def breach(self) -> pl.Expr:
        """Finished or running, it is over even the largest limit that can bind."""
        finished = (self.lo > self.limit_hi).fill_null(value=False)
        return finished | self.running_breach

    @property
    def inside(self) -> pl.Expr:
        """The largest value that the rows allow is within the smallest limit."""
        return (self.hi <= self.limit_lo).fill_null(value=False)

    @property
    def measured(self) -> pl.Expr:
        """The proven value: the smallest that the rows allow; for a date, days past."""
        proven = pl.max_horizontal(self.lo, self.run)
        return proven - self.limit_hi if self.fact == END_ON else proven

    @property
    def limit(self) -> pl.Expr:
        """The limit that goes with ``measured``; a date allows no day past it."""
        return pl.lit(0.0) if self.fact == END_ON else self.limit_hi


def parts(rule: Rule) -> list[Part]:
    """Return the compared facts of a time rule in window order."""
    bounds = (_end_on() if fact == END_ON else _days(fact) for fact in rule.facts)
    return [
        Part(fact, lo, run, hi, *limit_bounds(rule, fact))
        for fact, (lo, run, hi) in zip(rule.facts, bounds, strict=True)
    ]


def _days(window: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    lo, run, hi = (
        pl.col(f"{window}_{part}").cast(pl.Float64) for part in ("by", "run", "hi")
    )
    return lo, run, hi


def _end_on() -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    running = pl.col("end_state").is_in(["open", "withdrawn"])
    ends = (
        pl.when(~running).then("end_lo"),
        pl.when(running).then("horizon_lo"),
        pl.when(running).then("horizon_hi").otherwise("end_hi"),
    )
    lo, run, hi = (day.to_physical().cast(pl.Float64) for day in ends)
    return lo, run, hi

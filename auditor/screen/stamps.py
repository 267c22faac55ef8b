"""What the clocks of a partition look like: hours, midnights, days off, nights."""

from collections.abc import Callable, Sequence
from functools import cached_property

import polars as pl

from auditor.pack import Pack
from auditor.workdays import Calendar

Load = Callable[[str], pl.DataFrame]
CLOCKS = ("started_at_tod", "finished_at_tod", "recorded_at_tod")
DAYS = ("started_at", "finished_at")
HOUR, DAWN = 3_600, 6
SEVERAL = 2  # one whole hour in a case says nothing
OFF = 10  # added to the weekday of a day off


class Stamps:
    """The stamps of the cases of one partition, each case by its number.

    ``cases`` has a row a case: ``case_id`` its number, ``group`` what it is counted
    under; only the stamps of these cases are looked at.
    """

    def __init__(
        self, load: Load, cases: pl.DataFrame, pack: Pack, calendar: Calendar
    ) -> None:
        self._load = load
        self._cases = cases
        self._facing = list(pack.steps.customer_facing)
        self._calendar = calendar

    def counts(self, of: str) -> list[tuple[str, pl.DataFrame]]:
        """Return how many cases the measure holds of (bin 1), and stamps for a shape.

        Both as ``group``, ``bin``, ``n``. Cases are tested, not stamps, since those of
        one case are not independent.
        """
        made = {
            "whole_hour": self._whole_hours,
            "midnight": self._midnights,
            "day_off": self._days_off,
            "night": self._nights,
        }
        found, shape = made[of]()
        return [("case", counted(found)), ("shape", shape)]

    @cached_property
    def _events(self) -> pl.DataFrame:
        rows = self._load("events").select(
            "case_id", pl.col("step").is_in(self._facing).alias("faces"), *CLOCKS, *DAYS
        )
        return rows.join(self._cases, on="case_id", how="inner")

    @cached_property
    def _sums(self) -> pl.DataFrame:
        """A row a case: how many of its clocks are known, zero, timed, whole, early."""
        # Flags of a row are added up before its case is looked for: one pass, no copy
        # of the rows a clock.
        whole = [(pl.col(c) > 0) & (pl.col(c) % HOUR == 0) for c in CLOCKS]
        faced = [(pl.col(c) > 0) & pl.col("faces") for c in CLOCKS]
        dawn = pl.lit(HOUR * DAWN)
        flags = {
            "known": [pl.col(c).is_not_null() for c in CLOCKS],
            "zero": [pl.col(c) == 0 for c in CLOCKS],
            "timed": [pl.col(c) > 0 for c in CLOCKS],
            "whole": whole,
            "faced": faced,
            "early": [
                a & (pl.col(c) < dawn) for a, c in zip(faced, CLOCKS, strict=True)
            ],
        }
        each = self._events.select(
            "case_id", "group", *(_many(of).alias(name) for name, of in flags.items())
        )
        return each.group_by("case_id").agg(
            pl.col("group").first(), *(pl.col(n).cast(pl.UInt32).sum() for n in flags)
        )

    def _whole_hours(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        minute = [
            pl.when(pl.col(c) % HOUR != 0)
            .then((pl.col(c) % HOUR) // 60 + 1)
            .otherwise(0)
            for c in CLOCKS
        ]
        timed = [pl.col(c) > 0 for c in CLOCKS]
        return self._all("whole", "timed"), self._shape(minute, timed)

    def _midnights(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        hour = [
            pl.when(pl.col(c) == 0).then(-1).otherwise(pl.col(c) // HOUR)
            for c in CLOCKS
        ]
        known = [pl.col(c).is_not_null() for c in CLOCKS]
        return self._all("zero", "known"), self._shape(hour, known)

    def _nights(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        # Exactly midnight is no time of day but the lack of one.
        faced = [(pl.col(c) > 0) & pl.col("faces") for c in CLOCKS]
        found = self._sums.filter(pl.col("faced") > 0)
        some = (pl.col("early") > 0).cast(pl.Int32).alias("bin")
        return found.select("group", some), self._shape(
            [pl.col(c) // HOUR for c in CLOCKS], faced
        )

    def _days_off(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        mine = self._events.filter("faces")
        long = pl.concat(
            mine.select("case_id", "group", pl.col(name).alias("day")) for name in DAYS
        )
        known = long.join(self._weekdays(long), on="day", how="inner")
        off = (pl.col("bin") > OFF).any().cast(pl.Int32).alias("bin")
        found = known.group_by("case_id").agg(pl.col("group").first(), off)
        return found.drop("case_id"), counted(known)

    def _weekdays(self, long: pl.DataFrame) -> pl.DataFrame:
        """Return each day that the calendar knows, with its weekday as ``bin``."""
        day = pl.col("day")
        days = long.select(day.unique()).drop_nulls()
        worked = self._calendar.between(day.dt.offset_by("-1d"), day)
        known = days.with_columns(worked.alias("worked")).drop_nulls("worked")
        off = pl.when(pl.col("worked") == 0).then(OFF).otherwise(0)
        weekday = (day.dt.weekday().cast(pl.Int32) + off).cast(pl.Int32)
        return known.select("day", weekday.alias("bin"))

    def _all(self, holds: str, of: str) -> pl.DataFrame:
        """Return the cases of several clocks, with bin 1 where it holds of all."""
        every = (pl.col(holds) == pl.col(of)).cast(pl.Int32).alias("bin")
        return self._sums.filter(pl.col(of) >= SEVERAL).select("group", every)

    def _shape(self, bins: Sequence[pl.Expr], where: Sequence[pl.Expr]) -> pl.DataFrame:
        """Count the stamps of each group by bin, column by column."""
        each = [
            counted(
                self._events.select(
                    "group", pl.when(ok).then(one).cast(pl.Int32).alias("bin")
                )
            )
            for one, ok in zip(bins, where, strict=True)
        ]
        return pl.concat(each).drop_nulls("bin")


def _many(flags: Sequence[pl.Expr]) -> pl.Expr:
    """Add up flags that may be null, which is none."""
    return pl.sum_horizontal(one.cast(pl.UInt8) for one in flags)


def counted(rows: pl.DataFrame) -> pl.DataFrame:
    """Return as ``n`` how many rows a group, ``bin`` and, if there is one, name has."""
    keys = [name for name in ("group", "bin", "name") if name in rows.columns]
    return rows.group_by(keys).agg(pl.len().cast(pl.Int64).alias("n"))

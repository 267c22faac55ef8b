"""What the clocks of a partition look like: hours, midnights, days off, nights."""

from collections.abc import Callable
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
    """The stamps of the cases of one partition, each case by its number."""

    def __init__(self, load: Load, pack: Pack, calendar: Calendar) -> None:
        self._load = load
        self._facing = list(pack.steps.customer_facing)
        self._calendar = calendar

    def counts(self, cases: pl.DataFrame, of: str) -> list[tuple[str, pl.DataFrame]]:
        """Return the cases with bin 1 where the measure holds, and stamps for a shape.

        Cases are counted, not stamps, since those of one case are not independent.
        """
        made = {
            "whole_hour": self._whole_hours,
            "midnight": self._midnights,
            "day_off": self._days_off,
            "night": self._nights,
        }
        found, shape = made[of]()
        who = cases.select("_number", "code", "utility", "user_class", "gate")
        who = who.filter(pl.col("gate").is_null()).drop("gate")
        return [
            (what, rows.join(who, left_on="case_id", right_on="_number", how="inner"))
            for what, rows in (("case", found), ("shape", shape))
        ]

    @cached_property
    def _events(self) -> pl.DataFrame:
        return self._load("events").select("case_id", "step", *CLOCKS, *DAYS)

    @cached_property
    def _clocks(self) -> pl.DataFrame:
        """One row a clock: ``case_id``, whether a person's ``step``, second of day."""
        rows = self._events.with_columns(pl.col("step").is_in(self._facing))
        long = rows.unpivot(CLOCKS, index=["case_id", "step"], value_name="clock")
        return long.drop("variable").drop_nulls("clock")

    def _whole_hours(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        timed = self._clocks.filter(pl.col("clock") > 0)
        minute = (pl.col("clock") % HOUR) // 60 + 1
        whole = (pl.col("clock") % HOUR) == 0
        return self._all(timed, whole), timed.select(
            "case_id",
            pl.when(whole).then(0).otherwise(minute).cast(pl.Int32).alias("bin"),
        )

    def _midnights(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        zero = pl.col("clock") == 0
        hour = (pl.col("clock") // HOUR).cast(pl.Int32)
        return self._all(self._clocks, zero), self._clocks.select(
            "case_id",
            pl.when(zero).then(-1).otherwise(hour).cast(pl.Int32).alias("bin"),
        )

    def _nights(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        # Exactly midnight is no time of day but the lack of one.
        timed = self._clocks.filter((pl.col("clock") > 0) & pl.col("step"))
        hour = (pl.col("clock") // HOUR).cast(pl.Int32).alias("bin")
        found = timed.group_by("case_id").agg((hour < DAWN).any().cast(pl.Int32))
        return found, timed.select("case_id", hour)

    def _days_off(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        mine = self._events.filter(pl.col("step").is_in(self._facing))
        long = mine.unpivot(DAYS, index="case_id", value_name="day").drop_nulls("day")
        day = pl.col("day")
        worked = self._calendar.between(day.dt.offset_by("-1d"), day)
        known = long.with_columns(worked.alias("worked")).drop_nulls("worked")
        off = pl.col("worked") == 0
        found = known.group_by("case_id").agg(off.any().cast(pl.Int32).alias("bin"))
        weekday = day.dt.weekday().cast(pl.Int32) + pl.when(off).then(OFF).otherwise(0)
        return found, known.select("case_id", weekday.cast(pl.Int32).alias("bin"))

    @staticmethod
    def _all(clocks: pl.DataFrame, holds: pl.Expr) -> pl.DataFrame:
        """Return the cases of several clocks, with bin 1 where it holds of all."""
        each = clocks.group_by("case_id").agg(
            pl.len().alias("n"), holds.all().cast(pl.Int32).alias("bin")
        )
        return each.filter(pl.col("n") >= SEVERAL).drop("n")

"""What the clocks of a partition look like: hours, midnights, days off, nights."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from auditor.frames import Load
from auditor.pack import Pack
from auditor.workdays import Calendar

Numbers = NDArray[np.int32]
Flags = NDArray[np.bool_]
Counts = tuple[pl.DataFrame, pl.DataFrame]
CLOCKS = ("started_at_tod", "finished_at_tod", "recorded_at_tod")
DAYS = ("started_at", "finished_at")
HOUR, DAWN = 3_600, 6
SEVERAL = 2  # one whole hour in a case says nothing
OFF = 10  # added to the weekday of a day off
NONE = -1  # a clock that is not known, a day that the calendar does not know
MIDNIGHT = -1  # the bin of exactly midnight in a shape of hours
# By the second of the day, and behind them by NONE: looking up beats dividing.
SECONDS = np.append(np.arange(24 * HOUR, dtype=np.int32), np.int32(NONE))
HOURS = SECONDS // HOUR
MINUTES = np.where(SECONDS % HOUR == 0, 0, SECONDS % HOUR // 60 + 1).astype(np.int32)
MOST_CELLS = 1 << 24  # groups times bins that are counted by position


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
        return [("case", found), ("shape", shape)]

    @cached_property
    def _rows(self) -> pl.DataFrame:
        """The stamps, with the place of their case in the list and its group."""
        events = self._load("events")
        at = self._cases.get_column("case_id")
        both = pl.concat(
            [at.cast(pl.Int64), events.get_column("case_id").cast(pl.Int64)]
        )
        size = int(both.max() or 0) + 1  # type: ignore[arg-type]
        here = pl.int_range(at.len(), dtype=pl.Int32, eager=True)
        place = pl.repeat(None, size, dtype=pl.Int32, eager=True).scatter(at, here)
        rows = events.select(
            place.gather(events.get_column("case_id")).alias("place"),
            pl.col("step").is_in(self._facing).alias("faces"),
            *(pl.col(c).fill_null(NONE).cast(pl.Int32) for c in CLOCKS),
            *DAYS,
        )
        if rows.get_column("place").null_count():
            rows = rows.filter(pl.col("place").is_not_null())
        group = self._cases.get_column("group")
        return rows.with_columns(group.gather(rows.get_column("place")).alias("group"))

    @cached_property
    def _clocks(self) -> list[Numbers]:
        """The seconds of each kind of clock, row by row."""
        return [self._rows.get_column(c).to_numpy() for c in CLOCKS]

    @cached_property
    def _minutes(self) -> list[Numbers]:
        """The minute within its hour of each clock, counted from 1; 0: a whole hour."""
        return [MINUTES[clock] for clock in self._clocks]

    @cached_property
    def _hours(self) -> list[Numbers]:
        return [HOURS[clock] for clock in self._clocks]

    @cached_property
    def _timed(self) -> list[Flags]:
        """Whether a clock tells a time; exactly midnight is the lack of one."""
        return [clock > 0 for clock in self._clocks]

    @cached_property
    def _faced(self) -> list[Flags]:
        faces = self._rows.get_column("faces").fill_null(value=False).to_numpy()
        return [timed & faces for timed in self._timed]

    def _a_case(self, flags: Sequence[Flags]) -> NDArray[np.int64]:
        """Return how many of the flags hold in the rows of each case, added up."""
        held = sum((flag.astype(np.uint8) for flag in flags), np.uint8(0))
        place = self._rows.get_column("place").to_numpy()
        return np.bincount(place, held, self._cases.height).astype(np.int64)

    def _cases_of(self, asked: Flags, holds: Flags) -> pl.DataFrame:
        """Count the asked cases of each group, in bin 1 those of which it holds."""
        group = self._cases.get_column("group").to_numpy()
        return histogram(group[asked], holds[asked].astype(np.int32))

    def _whole_hours(self) -> Counts:
        whole = [t & (m == 0) for t, m in zip(self._timed, self._minutes, strict=True)]
        timed, found = self._a_case(self._timed), self._a_case(whole)
        cases = self._cases_of(timed >= SEVERAL, found == timed)
        return cases, self._shape(self._minutes, self._timed)

    def _midnights(self) -> Counts:
        zero = [clock == 0 for clock in self._clocks]
        known = [clock != NONE for clock in self._clocks]
        some, found = self._a_case(known), self._a_case(zero)
        cases = self._cases_of(some >= SEVERAL, found == some)
        hours = [
            np.where(no_time, MIDNIGHT, hour)
            for no_time, hour in zip(zero, self._hours, strict=True)
        ]
        return cases, self._shape(hours, known)

    def _nights(self) -> Counts:
        early = [f & (h < DAWN) for f, h in zip(self._faced, self._hours, strict=True)]
        faced = self._a_case(self._faced)
        cases = self._cases_of(faced > 0, self._a_case(early) > 0)
        return cases, self._shape(self._hours, self._faced)

    def _days_off(self) -> Counts:
        faces = self._rows.get_column("faces").fill_null(value=False)
        mine = self._rows.filter(faces)
        place = mine.get_column("place").to_numpy()
        group = mine.get_column("group").to_numpy()
        days = [self._weekdays(mine.get_column(name)) for name in DAYS]
        asked = np.zeros(self._cases.height, np.bool_)
        off = asked.copy()
        for day in days:
            asked[place[day != NONE]] = True
            off[place[day > OFF]] = True
        shapes = [histogram(group[day != NONE], day[day != NONE]) for day in days]
        return self._cases_of(asked, off), _summed(shapes)

    def _weekdays(self, days: pl.Series) -> Numbers:
        """Return the weekday of each day that the calendar knows, else ``NONE``."""
        every = days.unique().drop_nulls().alias("day").to_frame()
        if every.is_empty():
            return np.full(days.len(), NONE, np.int32)
        day = pl.col("day")
        worked = self._calendar.between(day.dt.offset_by("-1d"), day)
        off = pl.when(worked == 0).then(OFF).otherwise(0)
        weekday = pl.when(worked.is_not_null()).then(
            day.dt.weekday().cast(pl.Int32) + off
        )
        known = every.select(
            day.to_physical().alias("at"),
            weekday.fill_null(NONE).cast(pl.Int32).alias("bin"),
        )
        at = known.get_column("at").to_numpy()
        first = int(at.min())
        by_day = np.full(int(at.max()) - first + 2, NONE, np.int32)  # last: no day
        by_day[at - first] = known.get_column("bin").to_numpy()
        there = days.to_physical().fill_null(first + by_day.size - 1).to_numpy()
        found: Numbers = by_day[there - first]
        return found

    def _shape(self, bins: Sequence[Numbers], where: Sequence[Flags]) -> pl.DataFrame:
        """Count the stamps of each group by bin, the clocks together."""
        group = self._rows.get_column("group").to_numpy()
        return _summed(
            [histogram(group[ok], one[ok]) for one, ok in zip(bins, where, strict=True)]
        )


def histogram(group: NDArray[np.integer], bins: NDArray[np.integer]) -> pl.DataFrame:
    """Return as ``n`` how often a number of a group and of a bin come together."""
    if not group.size:
        return counted(pl.DataFrame(schema={"group": pl.UInt32, "bin": pl.Int32}))
    least = int(bins.min())
    width = int(bins.max()) - least + 1
    cells = (int(group.max()) + 1) * width
    if cells > MOST_CELLS:
        rows = pl.DataFrame({"group": group, "bin": bins})
        return counted(rows.cast({"group": pl.UInt32, "bin": pl.Int32}))
    n = np.bincount(group.astype(np.int64) * width + (bins - least), minlength=cells)
    (at,) = n.nonzero()
    return pl.DataFrame(
        {"group": at // width, "bin": at % width + least, "n": n[at]},
        schema={"group": pl.UInt32, "bin": pl.Int32, "n": pl.Int64},
    )


def _summed(counts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add up counts of the same groups and bins."""
    return pl.concat(counts).group_by("group", "bin").agg(pl.col("n").sum())


def counted(rows: pl.DataFrame) -> pl.DataFrame:
    """Return as ``n`` how many rows a group, ``bin`` and, if there is one, name has."""
    keys = [name for name in ("group", "bin", "name") if name in rows.columns]
    return rows.group_by(keys).agg(pl.len().cast(pl.Int64).alias("n"))

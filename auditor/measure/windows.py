"""Stage windows: the smallest and largest number of days that the rows allow (4-10).

Each window gives ``<id>_lo`` (days of its finished part, proven), ``<id>_by`` (those of
them that lie before a withdrawal: only they can breach a limit, 17), ``<id>_run`` (days
of a part still running at the horizon, proven; null when nothing runs), ``<id>_hi``
(the most it can be; null when nothing bounds it) and ``<id>_reached``.
"""

from dataclasses import replace

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.edges import any_of, at_most, edge, greatest, has
from auditor.measure.end import ENERGISED, OPEN, WITHDRAWN
from auditor.measure.lengths import (
    ABSENT,
    NO_DAY,
    NO_DAYS,
    NOTHING_YET,
    UNKNOWN,
    ZERO,
    Length,
    Start,
)
from auditor.pack import Pack, Window
from auditor.workdays import Calendar


class Windows:
    """Compiles the pack's windows against one calendar."""

    def __init__(self, pack: Pack, calendar: Calendar) -> None:
        self.pack = pack
        self.calendar = calendar
        state = pl.col("end_state")
        self.is_open = state == OPEN
        self.unfinished = state.is_in([OPEN, WITHDRAWN])
        self.closed = state == ENERGISED

    def columns(self) -> list[pl.Expr]:
        """Return the columns of all windows, in pack order."""
        exprs = []
        for name in self.pack.window_ids:
            length = UNKNOWN
            for window in reversed(self.pack.forms_of(name)):
                length = self._length(window).when(all_hold(window.when), length)
            exprs += [
                length.lo.clip(0).alias(f"{name}_lo"),
                length.by.clip(0).alias(f"{name}_by"),
                length.run.clip(0).alias(f"{name}_run"),
                length.hi.alias(f"{name}_hi"),
                length.reached.alias(f"{name}_reached"),
            ]
        return exprs

    def _length(self, window: Window) -> Length:
        return self._rounds(window) if window.rounds else self._span(window)

    def passed_over(self, name: str) -> pl.Expr:
        """Whether a step after the edge's own is stamped: then it was missed (8)."""
        step = name.partition(".")[0]
        if step == "start":
            return pl.lit(value=True)
        if step in ("end", "cases"):
            owners = [n.partition(".")[0] for n in self.pack.clock.end]
            steps = [owner for owner in owners if owner != "cases"]
            if not steps:
                return pl.lit(value=False)
            step = steps[0]
        return has("stamped", self.pack.steps.mask(self.pack.steps.after(step)))

    def _start(self, window: Window) -> Start:
        if window.pick == "max":
            return self._latest_of(window.start)
        if window.pick == "first":
            return self._first_of(window)
        name = window.start[0]
        if name == "start":
            never = pl.lit(value=False)
            return Start(pl.col("start_lo"), pl.col("start_hi"), never)
        return self._piece(name)

    def _piece(self, name: str) -> Start:
        step, _, stamp = name.partition(".")
        if stamp == "passed":
            lo, hi = pl.col(f"{step}_passed_lo"), pl.col(f"{step}_passed_hi")
            lost = pl.col(f"{step}_passed_lost")
        else:
            one = edge(name)
            lo, hi, lost = one.lo, one.hi, one.lost
        missing = (
            lost.fill_null(value=False) | self.passed_over(name) | ~self.unfinished
        )
        readable = ~lost.fill_null(value=False)
        return Start(
            pl.when(readable).then(lo),
            pl.when(readable).then(hi),
            lo.is_null() & ~missing,
        )

    def _latest_of(self, names: tuple[str, ...]) -> Start:
        pieces = [self._piece(name) for name in names]
        all_known = pl.all_horizontal([piece.early.is_not_null() for piece in pieces])
        # A check that failed leaves the passed one unknown: nothing bounds it (5).
        failed = any_of(
            pl.col(f"{name.partition('.')[0]}_r_failed").fill_null(value=False)
            for name in names
            if name.endswith(".passed")
        )
        return Start(
            pl.when(~failed).then(greatest(piece.early for piece in pieces)),
            pl.when(all_known).then(greatest(piece.late for piece in pieces)),
            pl.any_horizontal([piece.not_reached for piece in pieces]),
        )

    def _first_of(self, window: Window) -> Start:
        early, late = self._previous(window), NO_DAY
        absent = pl.lit(value=True)
        for name in reversed(window.start):
            one = edge(name)
            there = one.known | one.lost.fill_null(value=False)
            readable = ~one.lost.fill_null(value=False)
            early = pl.when(there).then(pl.when(readable).then(one.lo)).otherwise(early)
            late = pl.when(there).then(pl.when(readable).then(one.hi)).otherwise(late)
            absent = absent & ~there
        missed = self.passed_over(window.start[0]) | ~self.unfinished
        return Start(early, late, absent & ~missed)

    def _previous(self, window: Window) -> pl.Expr:
        """The earliest finish of the latest-in-order earlier step that has one (10)."""
        found = NO_DAY
        for step in window.previous_bounds:
            one = edge(f"{step}.finished")
            found = (
                pl.when(one.lost)
                .then(NO_DAY)
                .when(one.known)
                .then(one.lo)
                .otherwise(found)
            )
        return found

    def _span(self, window: Window) -> Length:
        start = self._start(window)
        if window.to == "end":
            ended = pl.col("end_lo").is_not_null() & ~self.unfinished
            to_lo, to_hi = pl.col("end_lo"), pl.col("end_hi")
            lost = pl.lit(value=False)
        else:
            to = edge(window.to)
            ended, to_lo, to_hi = to.known, to.lo, to.hi
            lost = to.lost.fill_null(value=False)
        # The whole process of an open case runs to the cut-off, archived or not (16).
        behind = (
            self.passed_over(window.to) if window.needs_events else pl.lit(value=False)
        )
        missed = behind | lost | ~self.unfinished
        unfinished = UNKNOWN.when(
            missed, NOTHING_YET.when(start.not_reached, self._running(start, window))
        )
        finished = self._finished(start, to_lo, to_hi)
        if window.to == "end":
            whose_end = pl.col("_both") & pl.lit(window.needs_events)
            # Withdrawn, not energised, is one of two ends: then power never came (16).
            shown = pl.when(whose_end & behind).then(ZERO).otherwise(finished.by)
            finished = replace(finished, by=shown, reached=~whose_end)
        return finished.when(ended & ~lost, unfinished)

    def _finished(self, start: Start, to_lo: pl.Expr, to_hi: pl.Expr) -> Length:
        # Candidates that allow the end before the start prove nothing (1).
        latest = pl.coalesce(start.late, start.early)
        ordered = (to_lo >= latest).fill_null(value=False)
        until = pl.min_horizontal(to_lo, pl.col("withdrawn_by"))
        return Length(
            self.calendar.clipped(start.late, to_lo).fill_null(0),
            self.calendar.clipped(start.late, until).fill_null(0),
            NO_DAYS,
            pl.when(ordered).then(at_most(self.calendar, start.early, to_hi)),
            pl.lit(value=True),
        )

    def _running(self, start: Start, window: Window) -> Length:
        until_lo, until_hi = pl.col("horizon_lo"), pl.col("horizon_hi")
        if window.needs_events:
            # Nothing runs before it began: a withdrawal before that day leaves no days.
            early = (
                pl.when(start.early <= until_hi)
                .then(start.early)
                .when(start.early.is_not_null())
                .then(until_hi)
            )
            most = at_most(self.calendar, early, until_hi)
        else:
            ordered = (until_lo >= pl.coalesce(start.late, start.early)).fill_null(
                value=False
            )
            most = pl.when(ordered).then(at_most(self.calendar, start.early, until_hi))
        return Length(
            ZERO,
            ZERO,
            self.calendar.clipped(start.late, until_lo).clip(0).fill_null(0),
            most,
            pl.lit(value=True),
        )

    def _rounds(self, window: Window) -> Length:
        step = str(window.rounds)
        bits = self.pack.steps.mask((step,))
        lo, hi = (
            pl.col(f"{step}_r_lo").fill_null(0),
            pl.col(f"{step}_r_hi").fill_null(0),
        )
        opened = pl.col(f"{step}_r_open_hi")
        lost = has("lost_started_at", bits) | has("lost_finished_at", bits)
        odd = pl.col(f"{step}_r_odd").fill_null(value=False)
        blank = pl.col(f"{step}_r_blank").fill_null(value=False)
        later = self.passed_over(f"{step}.finished")
        runs = opened.is_not_null() & self.unfinished & ~later & ~lost
        loose = opened.is_not_null() & ~runs
        run = self.calendar.clipped(opened, pl.col("horizon_lo")).fill_null(0)
        run_hi = at_most(
            self.calendar, pl.col(f"{step}_r_open_lo"), pl.col("horizon_hi")
        )
        unknown = odd | loose | (runs & run_hi.is_null())
        present = Length(
            lo,
            pl.col(f"{step}_r_by").fill_null(0),
            pl.when(runs).then(run),
            pl.when(~unknown).then(greatest([hi, pl.when(runs).then(run_hi)])),
            pl.lit(value=True),
        )
        passed_by = ABSENT if window.optional else UNKNOWN
        absent = passed_by.when(
            self.closed | later, NOTHING_YET.when(self.unfinished, UNKNOWN)
        )
        return UNKNOWN.when(lost | blank, present.when(has("named", bits), absent))

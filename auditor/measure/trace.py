"""Which stamps a fact rests on, for whoever lays out the argument of one case."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from auditor.measure.edges import STAMPS, key
from auditor.measure.events import stamped
from auditor.measure.rounds import rounds_of
from auditor.pack import Pack, Window
from auditor.settings import Clock
from auditor.workdays import Calendar

Bounds = tuple[date | None, date | None]


def witnesses(
    pack: Pack, fact: str, facts: Mapping[str, Any]
) -> tuple[Bounds, Bounds, tuple[str, ...]]:
    """Return the bounds of a fact's start and end, and the edges that give them.

    Args:
        pack: the pack that declares the windows.
        fact: a window's id, or another fact, which has no edges.
        facts: the row of the case in the frame of :func:`auditor.measure.measure`.
    """
    window = _window(pack, fact, facts)
    if window is None:
        clock = pack.clock
        end = _end(facts) if fact == "end_on" else (None, None)
        return (None, None), end, clock.end if fact == "end_on" else ()
    if window.rounds:
        edges = tuple(f"{window.rounds}.{stamp}" for stamp in STAMPS)
        return (None, None), (None, None), edges
    start, used = _start(pack, window, facts)
    end = _end(facts) if window.to == "end" else _stamp(window.to, facts)
    if window.to != "end" and end[0] is None:
        end = facts["horizon_lo"], facts["horizon_hi"]
    ends = pack.clock.end if window.to == "end" else (window.to,)
    return start, end, tuple(dict.fromkeys((*used, *ends)))


def longest_round(
    case: tuple[Mapping[str, Any], pl.DataFrame],
    rules: tuple[Pack, Calendar, Clock],
    fact: str,
) -> tuple[Bounds, Bounds]:
    """Return start and end of the longest round; a running one has run so far.

    Args:
        case: the row of the case in the frame of `measure`, and its typed events.
        rules: the pack, the calendar that counts, the cut-off.
        fact: the id of a window; one without rounds has no longest round.
    """
    facts, rows = case
    pack, calendar, clock = rules
    window = _window(pack, fact, facts)
    found: tuple[Bounds, Bounds] = (None, None), (None, None)
    if window is None or window.rounds is None:
        return found
    most = -1
    rounds = rounds_of(stamped(rows.lazy(), pack, clock.cutoff), pack, window.rounds)
    for early, late, *ends in rounds.iter_rows():
        if ends[0] is None and facts[f"{fact}_run"] is not None:
            ends = [facts["horizon_lo"], facts["horizon_hi"]]
        if late is None or ends[0] is None:
            continue
        days = sum(day.worked for day in calendar.days_between(late, ends[0]))
        if days > most:
            most, found = days, ((early, late), (ends[0], ends[1]))
    return found


def _window(pack: Pack, fact: str, facts: Mapping[str, Any]) -> Window | None:
    for window in pack.windows:
        if window.id != fact:
            continue
        if all(facts.get(c.column) in c.among for c in window.when):
            return window
    return None


def _start(
    pack: Pack, window: Window, facts: Mapping[str, Any]
) -> tuple[Bounds, tuple[str, ...]]:
    if window.start[0] == "start":
        clock = pack.clock
        used = clock.start
        if facts["start_from_acceptance"] and clock.substitute:
            used = (clock.substitute,)
        elif facts["start_lo"] is None and clock.latest_start:
            used = (clock.latest_start,)
        return (facts["start_lo"], facts["start_hi"]), used
    pieces = [_stamp(name, facts) for name in window.start]
    used = tuple(name.replace(".passed", ".finished") for name in window.start)
    if window.pick == "max":
        lows = [low for low, _ in pieces if low is not None]
        highs = [high for _, high in pieces if high is not None]
        late = max(highs) if len(highs) == len(pieces) else None
        return (max(lows) if lows else None, late), used
    for name, piece in zip(used, pieces, strict=True):
        if piece[1] is not None:
            return piece, (name,)
    return (None, None), used


def _stamp(name: str, facts: Mapping[str, Any]) -> Bounds:
    prefix = key(name)
    return facts[f"{prefix}_lo"], facts[f"{prefix}_hi"]


def _end(facts: Mapping[str, Any]) -> Bounds:
    if facts["end_lo"] is not None:
        return facts["end_lo"], facts["end_hi"]
    return facts["horizon_lo"], facts["horizon_hi"]

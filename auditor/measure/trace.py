"""Which stamps a fact rests on, for whoever lays out the argument of one case."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from auditor.measure.edges import STAMPS, key
from auditor.pack import Pack, Window

Bounds = tuple[date | None, date | None]


def witnesses(
    pack: Pack, fact: str, facts: Mapping[str, Any]
) -> tuple[Bounds, Bounds, tuple[str, ...]]:
    """Return the bounds of a fact's start and end, and the edges whose stamps give them.

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

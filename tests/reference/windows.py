"""The stages of an application, each as a smallest and a largest value [4-9]."""

from collections.abc import Iterator
from datetime import date

from tests.reference.connect import connect
from tests.reference.records import Candidates, candidates
from tests.reference.spans import (
    ABSENT,
    NOT_REACHED,
    UNKNOWN,
    Scene,
    Window,
    closed,
    unfinished,
)
from tests.reference.timeline import Edge, Step, Timeline, either

STAGES = (
    "acceptance",
    "plan_reply",
    "design_review",
    "interim_check",
    "completion_check",
    "connect",
)


def _acceptance(line: Timeline, scene: Scene) -> Window:
    finishes = line.step("accept").finishes
    if finishes.lost:
        return UNKNOWN
    if finishes.days:
        return closed(line.submission.edge, either(finishes), scene)
    return unfinished(line, "accept", line.submission.edge, scene)


def _plan_reply(line: Timeline, scene: Scene) -> Window:
    accepted, replied = line.step("accept").finishes, line.step("plan_reply").finishes
    if accepted.lost or replied.lost:
        return UNKNOWN
    if not accepted.days:
        reached = scene.horizon is None or line.later_step_stamped("accept")
        return UNKNOWN if reached else NOT_REACHED
    if replied.days:
        return closed(either(accepted), either(replied), scene)
    return unfinished(line, "plan_reply", either(accepted), scene)


def _numbered(step: Step) -> Iterator[tuple[Candidates, Candidates]]:
    """Give the rounds that have a number: one a number, several stamps are bounds
    [reading 5].
    """
    for number in sorted(
        {row.get("round") for row in step.rows if row.get("round") is not None}
    ):
        rows = [row for row in step.rows if row.get("round") == number]
        yield candidates(rows, "started_at"), candidates(rows, "finished_at")


def _paired(step: Step) -> Iterator[tuple[Candidates, Candidates]]:
    """Pair the stamps without a number: a start, the first finish on or after it,
    before the next start [5].
    """
    rows = [row for row in step.rows if row.get("round") is None]
    starts = sorted(candidates(rows, "started_at").days)
    finishes = sorted(candidates(rows, "finished_at").days)
    for place, start in enumerate(starts):
        following = starts[place + 1] if place + 1 < len(starts) else date.max
        mine = [day for day in finishes if start <= day < following]
        yield Candidates(frozenset({start})), Candidates(frozenset(mine[:1]))
        yield from ((Candidates(), Candidates(frozenset({day}))) for day in mine[1:])
    yield from (
        (Candidates(), Candidates(frozenset({day})))
        for day in finishes
        if not starts or day < starts[0]
    )


def _round(
    line: Timeline, name: str, stamps: tuple[Candidates, Candidates], scene: Scene
) -> Window:
    starts, finishes = stamps
    if starts.days and finishes.days:
        return closed(either(starts), either(finishes), scene)
    if starts.days:
        return unfinished(line, name, either(starts), scene)
    return UNKNOWN


def _longest(rounds: list[Window]) -> Window:
    """Put the rounds together: the longest counts; one unknown round leaves no upper
    bound [5].
    """
    highs = [one.high for one in rounds]
    high = None if None in highs else max(highs)
    longest = max(rounds, key=lambda one: (one.low, one.state == "closed"))
    state = "running" if longest.state == "running" else "closed"
    if all(one.state == "unknown" for one in rounds):
        state = "unknown"
    return Window(state, longest.low, high)


def _with_rounds(line: Timeline, name: str, scene: Scene) -> Window:
    step = line.step(name)
    if not step.named:
        return _absent(line, name, scene)
    if step.starts.lost or step.finishes.lost or step.unstamped_row:
        return UNKNOWN
    pairs = [*_numbered(step), *_paired(step)]
    return _longest([_round(line, name, pair, scene) for pair in pairs])


def _absent(line: Timeline, name: str, scene: Scene) -> Window:
    """Judge a step with rounds that was never recorded [7, 8]."""
    later = line.later_step_stamped(name)
    if scene.end is None and not later:
        return UNKNOWN if scene.horizon is None else NOT_REACHED
    return UNKNOWN if name == "completion_check" else ABSENT


def _stages(line: Timeline, scene: Scene) -> dict[str, Window]:
    return {
        "acceptance": _acceptance(line, scene),
        "plan_reply": _plan_reply(line, scene),
        "design_review": _with_rounds(line, "design_review", scene),
        "interim_check": _with_rounds(line, "interim_check", scene),
        "completion_check": _with_rounds(line, "completion_check", scene),
        "connect": connect(line, scene),
    }


def scenes(line: Timeline, *, clamp: bool) -> list[Scene]:
    """List the assumptions about the end that the accepted rows allow."""
    ending = line.ending
    if ending.state == "open":
        return [Scene(horizon=line.cutoff)]
    found = []
    if ending.energised.days:
        latest = None if ending.energised.lost else max(ending.energised.days)
        found.append(Scene(end=Edge(min(ending.energised.days), latest)))
    found += [
        Scene(horizon=day, clamp=clamp, open_ended=ending.withdrawn.lost)
        for day in sorted(ending.withdrawn.days)
    ]
    unknown_kind = (ending.energised.lost and not ending.energised.days) or (
        ending.withdrawn.lost and not ending.withdrawn.days
    )
    return [*found, Scene()] if unknown_kind or not found else found


def _over_scenes(windows: list[Window]) -> Window:
    """Take the smallest and the largest value over every assumption."""
    if len(set(windows)) == 1:
        return windows[0]
    low = min(window.low for window in windows)
    highs = [window.high for window in windows]
    states = {window.state for window in windows}
    state = states.pop() if len(states) == 1 else "unknown"
    return Window(state, low, None if None in highs else max(highs))


def stages(line: Timeline, *, clamp: bool) -> dict[str, Window]:
    """Measure every stage of an application."""
    each = [_stages(line, scene) for scene in scenes(line, clamp=clamp)]
    return {name: _over_scenes([one[name] for one in each]) for name in STAGES}

"""When the power came: the one stage whose start has several pieces [4, 10]."""

from tests.reference.records import Candidates, candidates
from tests.reference.rows import Row
from tests.reference.spans import (
    NOT_REACHED,
    UNKNOWN,
    Scene,
    Window,
    at_most_since,
    closed,
    running,
)
from tests.reference.timeline import Edge, Step, Timeline, either

BEFORE_CONNECT = (
    "completion_check",
    "interim_check",
    "design_review",
    "plan_reply",
    "accept",
)


def _last_check(step: Step) -> tuple[list[Row], Candidates]:
    """Give the rows and the finish of the last completion check [reading 6]."""
    numbers = [row.get("round") for row in step.rows if row.get("round") is not None]
    if numbers:
        rows = [row for row in step.rows if row.get("round") == max(numbers)]
        finish = candidates(rows, "finished_at")
    else:
        rows, every = step.rows, step.finishes
        finish = Candidates(
            frozenset({max(every.days)}) if every.days else frozenset(), every.lost
        )
    return [row for row in rows if row.get("finished_at") in finish.days], finish


def _piece(line: Timeline, name: str, finish: Candidates, scene: Scene) -> Edge | str:
    """Give a piece of the ``max``: its edge, ``missing`` or ``not_reached``."""
    if finish.days and not finish.lost:
        return either(finish)
    waiting = (
        scene.horizon is not None
        and not finish.lost
        and not line.later_step_stamped(name)
    )
    return "not_reached" if waiting else "missing"


def _connect_high_voltage(line: Timeline, scene: Scene) -> Window:
    rows, finish = _last_check(line.step("completion_check"))
    failed = any(row.get("result") == "failed" for row in rows)
    check = _piece(
        line,
        "completion_check",
        Candidates(frozenset(), finish.lost) if failed else finish,
        scene,
    )
    papers = _piece(line, "formalities", line.step("formalities").finishes, scene)
    if "not_reached" in {check, papers}:
        return NOT_REACHED
    if failed or check == papers == "missing":
        return UNKNOWN
    known = [piece for piece in (check, papers) if isinstance(piece, Edge)]
    if scene.end is None and line.later_step_stamped("connect"):
        return UNKNOWN
    if len(known) == 1:
        return at_most_since(known[0].earliest, scene.end, scene)
    start = Edge(
        max(piece.earliest for piece in known), max(piece.latest for piece in known)
    )
    return closed(start, scene.end, scene) if scene.end else running(start, scene)


def _since_the_step_before(line: Timeline, scene: Scene) -> Window:
    """Bound connect by the latest step before it that has a finish [10, reading 8]."""
    for name in BEFORE_CONNECT:
        finishes = line.step(name).finishes
        if finishes.lost:
            return UNKNOWN
        if finishes.days:
            return at_most_since(min(finishes.days), scene.end, scene)
    return UNKNOWN


def _connect_low_voltage(line: Timeline, scene: Scene) -> Window:
    if scene.end is None and line.later_step_stamped("connect"):
        return UNKNOWN
    papers, began = line.step("formalities").finishes, line.step("connect").starts
    if papers.lost or (not papers.days and began.lost):
        return UNKNOWN
    start = papers if papers.days else began
    if start.days:
        return (
            closed(either(start), scene.end, scene)
            if scene.end
            else running(either(start), scene)
        )
    if scene.end is None and not line.later_step_stamped("formalities"):
        return NOT_REACHED
    return _since_the_step_before(line, scene)


def connect(line: Timeline, scene: Scene) -> Window:
    kind = line.record.get("customer_type")
    if kind is None or (scene.end is None and scene.horizon is None):
        return UNKNOWN
    return (
        _connect_high_voltage(line, scene)
        if kind == "hv"
        else _connect_low_voltage(line, scene)
    )

"""A stage in working days: how two edges bound it, and what runs [1, 8].

A stage is ``closed`` (it has both edges), ``running`` (begun, and measured to a
horizon: the cut-off or the day of withdrawal), ``not_reached`` or ``unknown``.
"""

from dataclasses import dataclass
from datetime import date

from tests.reference.daycount import inside, working_days
from tests.reference.timeline import Edge, Timeline


@dataclass(frozen=True)
class Window:
    """A stage: working days at least ``low`` and at most ``high`` (None: no bound)."""

    state: str
    low: int = 0
    high: int | None = None

    @property
    def days(self) -> int | None:
        """Give the single known value, if there is one."""
        return (
            self.low
            if self.state in {"closed", "running"} and self.low == self.high
            else None
        )


UNKNOWN = Window("unknown")
NOT_REACHED = Window("not_reached")
ABSENT = Window("closed", 0, 0)


@dataclass(frozen=True)
class Scene:
    """Under which assumption about the end the stages are measured.

    Attributes:
        end: the end edge of an energised case.
        horizon: the day up to which something can run; None: nothing runs.
        clamp: closed stages are cut there too, for a breach must lie before it.
        open_ended: the day itself may have been later.
    """

    end: Edge | None = None
    horizon: date | None = None
    clamp: bool = False
    open_ended: bool = False

    @property
    def last(self) -> Edge:
        """Give the edge up to which the case ran."""
        return self.end or Edge(self.horizon, None if self.open_ended else self.horizon)


def between(start: Edge, end: Edge) -> tuple[int, int | None] | None:
    """Bound the working days between two edges; None if nothing is known or they may be
    out of order [1].
    """
    if start.latest is None or end.earliest is None or end.earliest < start.latest:
        return None
    low = working_days(start.latest, end.earliest)
    if (
        start.earliest is None
        or end.latest is None
        or not inside(start.earliest, end.latest)
    ):
        return low, None
    return low, working_days(start.earliest, end.latest)


def closed(start: Edge, end: Edge, scene: Scene) -> Window:
    """Measure a stage with both edges."""
    if between(start, end) is None:
        return UNKNOWN
    if scene.clamp and scene.horizon is not None:
        start, end = _cut(start, scene.horizon), _cut(end, scene.horizon)
    bounds = between(start, end)
    return Window("closed", *bounds) if bounds else UNKNOWN


def _cut(edge: Edge, horizon: date) -> Edge:
    return Edge(*(day and min(day, horizon) for day in (edge.earliest, edge.latest)))


def running(start: Edge, scene: Scene) -> Window:
    """Measure a stage that has begun up to the horizon."""
    if scene.horizon is None or start.latest is None:
        return UNKNOWN
    bounds = between(_cut(start, scene.horizon), scene.last)
    return Window("running", *bounds) if bounds else UNKNOWN


def at_most_since(day: date, end: Edge | None, scene: Scene) -> Window:
    """Bound a stage from above by a day before which it cannot have begun; it may have
    taken no time.
    """
    whole = (
        closed(Edge(day, day), end, scene) if end else running(Edge(day, day), scene)
    )
    return Window(whole.state, 0, whole.high)


def unfinished(line: Timeline, step: str, start: Edge, scene: Scene) -> Window:
    """Judge a stage whose end is not stamped: running, or missing if a later step is
    stamped [8].
    """
    if scene.horizon is None or line.later_step_stamped(step):
        return UNKNOWN
    return running(start, scene)

"""What had happened by the cut-off: submission, end, and which steps were stamped [2,
3, 13-16].
"""

from dataclasses import dataclass, field
from datetime import date

from tests.reference.records import Candidates, Record, candidates
from tests.reference.rows import Row

ORDER = (
    "submit",
    "accept",
    "plan_reply",
    "design_review",
    "interim_check",
    "completion_check",
    "formalities",
    "install",
    "connect",
    "archive",
)
KNOWN_STEPS = frozenset({*ORDER, "withdraw", "internal"})


@dataclass(frozen=True)
class Edge:
    """The earliest and the latest day on which something may have happened; None: no
    bound.
    """

    earliest: date | None = None
    latest: date | None = None


UNKNOWN_EDGE = Edge()
NO_CANDIDATES = Candidates()


def either(found: Candidates) -> Edge:
    """Bound an edge by its candidates alone; nothing is known if there are none, or one
    was lost.
    """
    if not found.days or found.lost:
        return UNKNOWN_EDGE
    return Edge(min(found.days), max(found.days))


@dataclass(frozen=True)
class Submission:
    """When the application was submitted [2]; ``after`` if only after the cut-off."""

    edge: Edge = UNKNOWN_EDGE
    day: date | None = None
    after: bool = False


@dataclass(frozen=True)
class Ending:
    """How the application stood at the cut-off [16].

    ``state`` is open, energised, withdrawn, unknown (neither open nor closed) or both;
    ``word`` is the word for ``cohort``.
    """

    state: str
    word: str
    energised: Candidates = NO_CANDIDATES
    withdrawn: Candidates = NO_CANDIDATES


@dataclass
class Step:
    """One step as it stood at the cut-off; stamps after it are gone [13, reading 3]."""

    rows: list[Row] = field(default_factory=list)
    named: bool = False
    unstamped_row: bool = False
    starts: Candidates = NO_CANDIDATES
    finishes: Candidates = NO_CANDIDATES

    @property
    def stamped(self) -> bool:
        """Say whether any stamp was there, readable or not [reading 1]."""
        return bool(
            self.starts.days
            or self.finishes.days
            or self.starts.lost
            or self.finishes.lost
        )


@dataclass
class Timeline:
    """The log of one application up to the cut-off."""

    record: Record
    cutoff: date
    submission: Submission
    ending: Ending
    steps: dict[str, Step]

    def step(self, name: str) -> Step:
        """Give a step, empty if it was never recorded."""
        return self.steps.get(name) or Step()

    def later_step_stamped(self, name: str) -> bool:
        """Say whether a step later in the canonical order is stamped [8, reading 1]."""
        return any(self.step(later).stamped for later in ORDER[ORDER.index(name) + 1 :])


def _until(row: Row, cutoff: date) -> Row:
    """Drop the stamps of an event row that lie after the cut-off."""
    gone = {
        column
        for column in ("started_at", "finished_at")
        if column in row.cells and row.cells[column] > cutoff
    }
    if not gone:
        return row
    return Row(
        {column: value for column, value in row.cells.items() if column not in gone},
        row.lost,
    )


def _has_stamp(row: Row) -> bool:
    return any(
        column in row.cells or column in row.lost
        for column in ("started_at", "finished_at")
    )


def _steps(record: Record, cutoff: date) -> dict[str, Step]:
    """Build the steps; a row whose stamps all lie after the cut-off names nothing
    [reading 3].
    """
    steps: dict[str, Step] = {}
    for row in record.table("events"):
        left = _until(row, cutoff)
        if _has_stamp(row) and not _has_stamp(left):
            continue
        name = str(row.get("step"))
        step = steps.setdefault(name if name in KNOWN_STEPS else "unmapped", Step())
        step.named = True
        step.rows.append(left)
        step.unstamped_row = step.unstamped_row or not _has_stamp(left)
    for step in steps.values():
        step.starts = candidates(step.rows, "started_at")
        step.finishes = candidates(step.rows, "finished_at")
    return steps


def _from_acceptance(steps: dict[str, Step]) -> Submission | None:
    """Take the start of the acceptance for a submission that was never recorded [2,
    reading 14].
    """
    started = steps.get("accept", Step()).starts
    if not started.days:
        return None
    earliest = None if started.lost else min(started.days)
    return Submission(Edge(earliest, max(started.days)), started.single())


def _not_after_acceptance(steps: dict[str, Step]) -> Submission:
    """Know only that it was not after the acceptance: a lower bound on the duration [2,
    reading 13].
    """
    accept = steps.get("accept", Step())
    for stamps in (accept.starts, accept.finishes):
        if stamps.days and not stamps.lost:
            return Submission(Edge(None, max(stamps.days)))
    return Submission()


def _submission(record: Record, steps: dict[str, Step], cutoff: date) -> Submission:
    named = candidates(record.rows, "submitted_at") | candidates(
        record.step("submit"), "started_at", "finished_at"
    )
    found = named.happened(cutoff)
    if found.days:
        return Submission(
            Edge(None if found.lost else min(found.days), max(found.days)),
            found.single(),
        )
    if found.lost:
        return _not_after_acceptance(steps)
    if named.days:
        return Submission(after=True)
    stands_in = _from_acceptance(steps)
    if stands_in is not None:
        return stands_in
    accepted = candidates(record.step("accept"), "started_at")
    if accepted.days and not accepted.lost:
        return Submission(after=True)
    return _not_after_acceptance(steps)


def _disputed_with_empty(rows: list[Row], column: str, cutoff: date) -> bool:
    """Say whether one row of the case gives a date and another leaves it empty [reading
    9].
    """
    given = [column in row.cells and row.cells[column] <= cutoff for row in rows]
    empty = [column not in row.cells and column not in row.lost for row in rows]
    return any(given) and any(empty)


def _end_dates(record: Record, column: str, cutoff: date) -> Candidates:
    dates = candidates(record.rows, column)
    return Candidates(
        dates.days, dates.lost or _disputed_with_empty(record.rows, column, cutoff)
    )


def _says_withdrawn(record: Record) -> bool:
    """Say whether every row that has a status says withdrawn [reading 11]."""
    words = [row.get("status") for row in record.rows if row.get("status") is not None]
    unreadable = any("status" in row.lost for row in record.rows)
    return bool(words) and not unreadable and set(words) == {"withdrawn"}


def _by_status(record: Record) -> Ending:
    """Judge by the status alone, where there is no end date of either kind [reading
    11].
    """
    words = {row.get("status") for row in record.rows}
    unreadable = any("status" in row.lost for row in record.rows)
    if "completed" in words or (unreadable and "withdrawn" not in words):
        return Ending("unknown", "energised")
    if "withdrawn" in words:
        return Ending("unknown", "withdrawn")
    return Ending("open", "open")


def _ending(record: Record, cutoff: date) -> Ending:
    powered = _end_dates(record, "energised_at", cutoff) | candidates(
        record.step("connect"), "finished_at"
    )
    stopped = _end_dates(record, "withdrawn_at", cutoff)
    if _says_withdrawn(record) and not stopped.happened(cutoff).days:
        stopped |= candidates(record.step("withdraw"), "started_at", "finished_at")
    energised, withdrawn = powered.happened(cutoff), stopped.happened(cutoff)
    was_energised = bool(energised.days) or energised.lost
    was_withdrawn = bool(withdrawn.days) or withdrawn.lost
    if was_energised and was_withdrawn:
        return Ending("both", "energised", energised, withdrawn)
    if was_energised:
        return Ending(
            "energised" if energised.days else "unknown", "energised", energised
        )
    if was_withdrawn:
        return Ending(
            "withdrawn" if withdrawn.days else "unknown",
            "withdrawn",
            withdrawn=withdrawn,
        )
    if powered.days or stopped.days:
        return Ending("open", "open")
    return _by_status(record)


def timeline(record: Record, cutoff: date) -> Timeline:
    """Say what had happened to an application by the cut-off."""
    steps = _steps(record, cutoff)
    return Timeline(
        record,
        cutoff,
        _submission(record, steps, cutoff),
        _ending(record, cutoff),
        steps,
    )

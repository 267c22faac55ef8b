"""What a case shows of falsified records, sign by sign: yes, no, or nobody knows [38].

``True``: seen. ``False``: what was recorded excludes it. ``None``: neither.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import combinations

from tests.reference.daycount import inside, working_days
from tests.reference.records import Candidates
from tests.reference.rows import Row
from tests.reference.rules import Judged
from tests.reference.timeline import Step

Answer = bool | None
ORDER = (
    "submit", "accept", "plan_reply", "design_review", "interim_check",
    "completion_check", "connect",
)  # fmt: skip
ENTERED = (*ORDER[:-1], "formalities", "install", "connect")
WORK = (*ORDER[1:-1], "install", "connect")
ROUNDS = ("design_review", "interim_check", "completion_check")
DAY = 86_400


def either_way(seen: bool, excluded: bool) -> Answer:
    """Answer yes where seen, no where excluded, else nothing."""
    return True if seen else False if excluded else None


def both(*answers: Answer) -> Answer:
    """Answer as a chain of conditions: one no is a no, one unknown leaves it open."""
    if False in answers:
        return False
    return None if None in answers else True


def any_of(answers: Iterable[Answer]) -> Answer:
    """Answer as a search: one yes is a yes, one unknown leaves it open."""
    found = list(answers)
    if True in found:
        return True
    return None if None in found else False


def seconds(day: date) -> tuple[int, int]:
    """Give the first and the last second that a stamp can mean [1]."""
    start = day.toordinal() * DAY
    clock = getattr(day, "second", None)
    return (start, start + DAY - 1) if clock is None else (start + clock, start + clock)


def no_power(judged: Judged) -> bool:
    """Say whether the case surely has no power."""
    return judged.line.ending.state in {"open", "withdrawn"}


def power(judged: Judged) -> frozenset[date]:
    """Give the days on which power may have come, none if a candidate was lost."""
    found = judged.line.ending.energised
    return frozenset() if found.lost else found.days


def logged(judged: Judged) -> bool:
    """Say whether the case has any event at all."""
    return bool(judged.record.table("events"))


def unmapped(judged: Judged) -> bool:
    """Say whether a step has a name that nobody knows."""
    return judged.line.step("unmapped").named


def happened_rows(judged: Judged) -> list[Row]:
    """Give the rows of the log that name a step, without stamps after the cut-off."""
    return [row for step in judged.line.steps.values() for row in step.rows]


# ---- the order of stamps


def meter_first(judged: Judged) -> Answer:
    """Was a meter set, read or running before the submission?"""
    columns = ("installed_at", "first_reading_at", "first_energy_at")
    rows = judged.record.table("meters")
    days = [row.get(name) for row in rows for name in columns]
    known = [day for day in days if day is not None]
    edge = judged.line.submission.edge
    before = edge.earliest is not None and any(day < edge.earliest for day in known)
    complete = bool(rows) and len(known) == len(days)
    after = edge.latest is not None and all(day >= edge.latest for day in known)
    return either_way(before, complete and after)


def _done(step: Step) -> Candidates:
    """Give the finishes of a step, else its starts; lost if any day is in doubt."""
    days = step.finishes.days or step.starts.days
    doubt = step.unstamped_row or step.starts.lost or step.finishes.lost
    return Candidates(days, doubt)


def _last_check(step: Step) -> Candidates:
    """Give the finish of the last completion check; lost if it failed."""
    numbers = [row.get("round") for row in step.rows if row.get("round") is not None]
    rows = step.rows
    if numbers:
        rows = [row for row in rows if row.get("round") == max(numbers)]
    ends = {row.get("finished_at") for row in rows} - {None}
    if ends and not numbers:
        ends = {max(ends)}
    failed = any(
        row.get("result") == "failed" and row.get("finished_at") in ends for row in rows
    )
    lost = any("finished_at" in row.lost for row in rows)
    return Candidates(frozenset(ends), lost or failed)


def power_before(judged: Judged, step: str) -> Answer:
    """Did power come before a step was done, of rounds the last one that was passed?"""
    if no_power(judged):
        return False
    found = judged.line.step(step)
    done = _last_check(found) if step in ROUNDS else _done(found)
    days = power(judged)
    if not days or not done.days or done.lost:
        return None
    return either_way(max(days) < min(done.days), min(days) >= max(done.days))


def _moments(step: Step, name: str) -> tuple[list[tuple[int, int]], bool]:
    """Give the seconds at which a step may have been done, and whether it was done."""
    ends = [row.get("finished_at") for row in step.rows]
    ends = [seconds(day) for day in ends if day is not None]
    if ends:
        if name not in ROUNDS:
            return ends, True
        return [(min(a for a, _ in ends), min(b for _, b in ends))], True
    starts = [row.get("started_at") for row in step.rows]
    starts = [seconds(day) for day in starts if day is not None]
    if starts and name in ROUNDS:
        return [(min(a for a, _ in starts), min(b for _, b in starts))], False
    return starts, False


def out_of_order(judged: Judged) -> Answer:
    """Was a step done before one that precedes it?"""
    if not logged(judged):
        return None
    steps = [(name, judged.line.step(name)) for name in ORDER]
    blank = any(step.unstamped_row for _, step in steps)
    sound = [
        (name, step)
        for name, step in steps
        if not step.starts.lost and not step.finishes.lost
    ]
    answers: list[Answer] = [None] if blank else []
    for (first, earlier), (second, later) in combinations(sound, 2):
        before, _ = _moments(earlier, first)
        after, done = _moments(later, second)
        if before and after and done:
            surely = max(b for _, b in after) < min(a for a, _ in before)
            perhaps = min(b for _, b in after) < max(a for a, _ in before)
            answers.append(either_way(surely, not perhaps))
    return any_of(answers)


def backwards(judged: Judged) -> Answer:
    """Does a row end before it starts?"""
    if not logged(judged):
        return None
    for name in ENTERED:
        for row in judged.line.step(name).rows:
            begun, ended = row.get("started_at"), row.get("finished_at")
            if begun and ended and seconds(ended)[1] < seconds(begun)[0]:
                return True
    return False


# ---- times of entry


def _told(judged: Judged) -> list[tuple[Row, date]]:
    """Give the rows with the day that they tell of."""
    found = []
    for row in happened_rows(judged):
        day = row.get("finished_at")
        if day is None and "finished_at" not in row.lost:
            day = row.get("started_at")
        if day is not None:
            found.append((row, day))
    return found


def entered_late(judged: Judged) -> Answer:
    """Was a row entered more than one working day after what it tells?"""
    if not logged(judged):
        return None
    answers = []
    for row, day in _told(judged):
        entered = row.get("recorded_at")
        if entered is None:
            answers.append(None)
        elif entered <= day:
            answers.append(False)
        elif working_days(day, entered) > 1:
            answers.append(True)
        else:
            answers.append(False if inside(day, entered) else None)
    return any_of(answers)


def entered_early(judged: Judged) -> Answer:
    """Was a row entered before what it tells had happened?"""
    if not logged(judged):
        return None
    return any_of(
        None
        if row.get("recorded_at") is None
        else seconds(row.get("recorded_at"))[1] < seconds(day)[0]
        for row, day in _told(judged)
    )


def _entries(judged: Judged) -> list[tuple[str, date | None]]:
    return [
        (name, row.get("recorded_at"))
        for name in ENTERED
        for row in judged.line.step(name).rows
    ]


def entered_together(judged: Judged) -> Answer:
    """Were three steps entered within ten minutes?"""
    if not logged(judged):
        return None
    entries = _entries(judged)
    known = [(name, *seconds(day)) for name, day in entries if day is not None]
    exact = [(name, low) for name, low, high in known if low == high]
    for _, first in exact:
        if len({n for n, moment in exact if 0 <= moment - first <= 600}) >= 3:
            return True
    if len(known) < len(entries):
        return None
    for _, _, latest in known:
        near = {n for n, low, high in known if low <= latest + 600 and high >= latest}
        if len(near) >= 3:
            return None
    return False


def entered_on_one_day(judged: Judged) -> Answer:
    """Was the whole of a finished procedure entered on one day?"""
    entries = _entries(judged)
    days = {day for _, day in entries} - {None}
    if len(days) > 1:
        return False
    if not logged(judged):
        return None
    if judged.line.ending.state != "energised" or len({n for n, _ in entries}) < 3:
        return False
    return None if None in {day for _, day in entries} else True


# ---- suspensions


def _begun(judged: Judged) -> list[Row]:
    rows = judged.record.table("suspensions")
    cutoff = judged.line.cutoff
    return [r for r in rows if r.get("from_date") and r.get("from_date") <= cutoff]


def near_a_limit(judged: Judged, limits: list[tuple[Answer, int]]) -> Answer:
    """Did a suspension begin on one of the last two working days of a limit, or on its
    last?
    """
    edge = judged.line.submission.edge
    answers = []
    for row in _begun(judged):
        begins = row.get("from_date")
        for applies, limit in limits:
            low = high = None
            if edge.latest is not None:
                low = _signed(edge.latest, begins)
            if edge.earliest is not None and inside(edge.earliest, begins):
                high = _signed(edge.earliest, begins)
            near = either_way(
                low is not None
                and high is not None
                and low >= limit - 2
                and high <= limit,
                (low is not None and low > limit)
                or (high is not None and high < limit - 2),
            )
            answers.append(both(applies, near))
    return any_of(answers)


def _signed(start: date, end: date) -> int:
    return -working_days(end, start) if end < start else working_days(start, end)


def again_and_again(judged: Judged) -> Answer:
    """Was the case suspended twice?"""
    return len(_begun(judged)) >= 2


def unproven(judged: Judged) -> Answer:
    """Does force majeure name no evidence?"""
    answers = []
    for row in _begun(judged):
        reason = row.get("reason")
        claimed = None if reason is None else reason == "force_majeure"
        bare = None if "evidence_id" in row.lost else row.get("evidence_id") is None
        answers.append(both(claimed, bare))
    return any_of(answers)


def _resting(row: Row, day: date) -> Answer:
    """Was all work said to rest on a day? On the first and the last some may go on."""
    if day <= row.get("from_date"):
        return False
    ends = row.get("to_date")
    if ends is not None and day >= ends:
        return False
    reason = row.get("reason")
    return both(
        None if "to_date" in row.lost else True,
        None if reason is None else reason == "force_majeure",
    )


def worked_meanwhile(judged: Judged) -> Answer:
    """Was work done while force majeure was said to stop it?"""
    spells = _begun(judged)
    if all(row.get("reason") in {"customer", "other"} for row in spells):
        return False
    if not logged(judged):
        return None
    days = {
        line.get(name)
        for step in WORK
        for line in judged.line.step(step).rows
        for name in ("started_at", "finished_at")
    } - {None}
    return any_of(_resting(row, day) for row in spells for day in days)


# ---- old cases told as new


def archived(judged: Judged, way: str) -> tuple[frozenset[date], bool]:
    """Give the days of the archiving, and whether one may hide."""
    if way == "step":
        step = _done(judged.line.step("archive"))
        return (frozenset(), True) if step.lost else (step.days, False)
    days = {row.get("archived_at") for row in judged.record.rows}
    if len(days) > 1:
        return frozenset(), True
    return frozenset(d for d in days if d and d <= judged.line.cutoff), False


def archived_early(judged: Judged, way: str) -> Answer:
    """Was the case archived before it had power?"""
    days, doubt = archived(judged, way)
    lit, state = power(judged), judged.line.ending.state
    early = bool(days and lit) and max(days) < min(lit)
    late = bool(days and lit) and min(days) >= max(lit)
    still = bool(days) and state == "open"
    nothing = not days and not doubt
    return either_way(early or still, nothing or late or state == "withdrawn")


def archived_late(judged: Judged) -> Answer:
    """Was the case archived more than a year after it had power?"""
    days, doubt = archived(judged, "cell")
    lit, year = power(judged), timedelta(365)
    late = bool(days and lit) and min(days) - max(lit) > year
    soon = bool(days and lit) and max(days) - min(lit) <= year
    return either_way(late, (not days and not doubt) or soon or no_power(judged))


def lit_long_ago(judged: Judged) -> Answer:
    """Did power come more than a year before the submission?"""
    lit, edge, year = power(judged), judged.line.submission.edge, timedelta(365)
    long = bool(lit) and edge.earliest is not None and edge.earliest - max(lit) > year
    fine = bool(lit) and edge.latest is not None and edge.latest - min(lit) <= year
    return either_way(long, fine or no_power(judged))


Test = Callable[[Judged], Answer]

"""Dates and stamps that are not what happened."""

from random import Random

from benchmarks.adversary.cases import STEPS, WORKDAYS, Case, Row, number, stamp
from benchmarks.adversary.operator import (
    STAMPS,
    Tampered,
    day_of,
    late_step,
    moved,
    on_day,
    operator,
    shorten,
)


@operator("a stage that ran over loses the row that shows it")
def delete_late_step(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    case.rows["events"].remove(event)
    return [case]


@operator("a stage that ran over loses its row and the documents handed in for it")
def delete_late_step_and_papers(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    case.rows["events"].remove(event)
    papers = case.rows["materials"]
    papers[:] = [row for row in papers if row["step"] != event["step"]]
    return [case]


@operator("the finish of the late step is left blank")
def blank_finish(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    event["finished_at"] = ""
    return [case]


@operator("the start of the late step is left blank")
def blank_start(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    event["started_at"] = ""
    return [case]


@operator("the finish of the late step is written back, the time of entry is not")
def back_date_finish(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    shorten(event, 1)
    return [case]


@operator("the start of the late step is written forward to its finish")
def late_start(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    event["started_at"] = event["finished_at"]
    return [case]


@operator("finish and entry of the late step are both written back")
def back_date_both(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    shorten(event, 1)
    event["recorded_at"] = event["finished_at"]
    return [case]


@operator("the late step is squeezed and everything after it moved up, entries too")
def squeeze_history(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    before = day_of(event["finished_at"])
    shorten(event, dict(STEPS[case.kind]).get(str(event["step"]), 1))
    gap = WORKDAYS.index(before) - WORKDAYS.index(day_of(event["finished_at"]))
    event["recorded_at"] = event["finished_at"]
    at = case.rows["events"].index(event)
    for later in case.rows["events"][at + 1 :]:
        _move_up(later, (*STAMPS, "recorded_at"), gap)
    for row in case.rows["meters"]:
        keys = ["first_reading_at", "first_energy_at"]
        _move_up(
            row, (*keys, *(["installed_at"] if event["step"] != "connect" else [])), gap
        )
    _move_up(case.order, ("energised_at", "archived_at"), gap)
    return [case]


def _move_up(row: Row, keys: tuple[str, ...], gap: int) -> None:
    for key in keys:
        if row[key]:
            day = WORKDAYS[WORKDAYS.index(day_of(row[key])) - gap]
            row[key] = on_day(row[key], day)


@operator("power is dated to the day of acceptance, in every place but the meter's")
def early_power(case: Case, rng: Random) -> Tampered:
    connect, accept = case.event("connect"), case.event("accept")
    if connect is None or accept is None or not case.order["energised_at"]:
        return None
    for row, key in ((case.order, "energised_at"), (connect, "finished_at")):
        row[key] = on_day(row[key], day_of(accept["finished_at"]))
    connect["started_at"] = on_day(connect["started_at"], day_of(accept["finished_at"]))
    return [case]


@operator("the application is dated to shortly before power")
def late_application(case: Case, rng: Random) -> Tampered:
    end = case.order["energised_at"]
    if not end:
        return None
    day = WORKDAYS[WORKDAYS.index(day_of(end)) - 1]
    case.order["submitted_at"] = on_day(case.order["submitted_at"], day)
    for step in ("submit", "accept"):
        event = case.event(step)
        for key in STAMPS:
            event[key] = on_day(event[key], day)  # type: ignore[index]
    return [case]


@operator("the application has no date, nor has its first step")
def no_application(case: Case, rng: Random) -> Tampered:
    case.order["submitted_at"] = ""
    case.rows["events"] = [e for e in case.rows["events"] if e["step"] != "submit"]
    return [case]


@operator("the date of power becomes one that no calendar has")
def impossible_date(case: Case, rng: Random) -> Tampered:
    if not case.order["energised_at"]:
        return None
    case.order["energised_at"] = "2022-02-30 10:00:00"
    return [case]


@operator("power is dated before the period under audit")
def before_period(case: Case, rng: Random) -> Tampered:
    if not case.order["energised_at"]:
        return None
    case.order["energised_at"] = "2021-12-30 16:00:00"
    return [case]


@operator("the application is dated after the cut-off")
def after_cutoff(case: Case, rng: Random) -> Tampered:
    case.order["submitted_at"] = "2023-03-01 10:00:00"
    return [case]


@operator("the whole history is moved to another month, every stamp alike")
def move_whole_history(case: Case, rng: Random) -> Tampered:
    shift = rng.choice((7, 14, 28))
    for name in ("cases", "events", "meters"):
        for row in case.rows[name]:
            for key in [k for k in row if k.endswith("_at")]:
                row[key] = moved(row[key], shift)
    return [case]


@operator("a missing end is filled in with a date in time")
def fill_in_end(case: Case, rng: Random) -> Tampered:
    if case.flaw != "no_end":
        return None
    day = WORKDAYS[WORKDAYS.index(day_of(case.order["submitted_at"])) + 3]
    case.order["energised_at"] = f"{day} 17:40:00"
    return [case]


@operator("a missing stamp is filled in with the day its step began")
def fill_in_stamp(case: Case, rng: Random) -> Tampered:
    if case.flaw != "no_stamp":
        return None
    event = case.event("plan_reply")
    event["finished_at"] = event["started_at"]  # type: ignore[index]
    return [case]


@operator("an overdue open case is closed on paper, in time, without a meter")
def close_on_paper(case: Case, rng: Random) -> Tampered:
    if case.flaw != "open_late":
        return None
    check = case.event("completion_check")
    shorten_to = WORKDAYS[WORKDAYS.index(day_of(check["started_at"])) + 1]  # type: ignore[index]
    check["finished_at"] = stamp(shorten_to, 9, 40)  # type: ignore[index]
    case.order.update(status="completed", energised_at=stamp(shorten_to, 17, 40))
    return [case]


@operator("an application that never was is added, copied from one in time")
def add_invented(case: Case, rng: Random) -> Tampered:
    if case.flaw != "none":
        return None
    return [case, case.copy(number("invented", str(rng.random())))]

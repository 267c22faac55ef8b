"""Rows left out, cut, repeated or hidden."""

from datetime import timedelta
from random import Random

from benchmarks.adversary.cases import Case
from benchmarks.adversary.operator import (
    LATE_STEPS,
    STAMPS,
    Tampered,
    day_of,
    late_step,
    on_day,
    operator,
    shorten,
)


@operator("half of the rows get an id that looks the same")
def look_alike_id(case: Case, rng: Random) -> Tampered:
    twin = str(case.order["case_id"])
    events = case.rows["events"]
    for event in events[len(events) // 2 :]:
        event["case_id"] = twin[:-1] + {"0": "O", "1": "l"}.get(twin[-1], "０")
    return [case]


@operator("the case is cut in two: the first withdrawn, the second fresh")
def cut_in_two(case: Case, rng: Random) -> Tampered:
    events = case.rows["events"]
    if len(events) < 5 or not case.order["energised_at"]:
        return None
    second = case.copy("second half")
    for key in ("customer_id", "site_id"):
        second.order[key] = case.order[key]
    begin = day_of(events[-3]["started_at"])
    for step in ("submit", "accept"):
        event = second.event(step)
        for key in (*STAMPS, "recorded_at"):
            event[key] = on_day(event[key], begin)  # type: ignore[index]
    second.order["submitted_at"] = on_day(second.order["submitted_at"], begin)
    keep = {"submit", "accept", "install", "connect", "archive"}
    second.rows["events"] = [e for e in second.rows["events"] if e["step"] in keep]
    last = events[1]
    del events[2:]
    case.rows["meters"].clear()
    case.order.update(status="withdrawn", energised_at="", archived_at="")
    case.order["withdrawn_at"] = on_day(
        last["finished_at"], day_of(last["finished_at"]) + timedelta(1)
    )
    return [case, second]


@operator("the case is withdrawn on paper the day it would have been over")
def withdraw(case: Case, rng: Random) -> Tampered:
    accept = case.event("accept")
    if accept is None:
        return None
    day = day_of(accept["started_at"])
    case.order.update(status="withdrawn", energised_at="", archived_at="")
    case.order["withdrawn_at"] = f"{day} 17:10:00"
    return [case]


@operator("the case is not delivered at all")
def omit_case(case: Case, rng: Random) -> Tampered:
    return []


@operator("its rows of cases are left out, its events stay")
def omit_order(case: Case, rng: Random) -> Tampered:
    case.rows["cases"].clear()
    return [case]


@operator("its events are left out")
def omit_events(case: Case, rng: Random) -> Tampered:
    case.rows["events"].clear()
    return [case]


@operator("a second row tells the late step again, in time")
def second_version(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    better = dict(event)
    shorten(better, 1)
    case.rows["events"].append(better)
    return [case]


@operator("a second row of the case gives another date of power")
def second_order(case: Case, rng: Random) -> Tampered:
    accept = case.event("accept")
    if accept is None or not case.order["energised_at"]:
        return None
    better = dict(case.order)
    better["energised_at"] = f"{day_of(accept['finished_at'])} 18:00:00"
    case.rows["cases"].append(better)
    return [case]


@operator("the late row hides in a quoted note of the row before")
def hide_in_note(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    at = case.rows["events"].index(event)
    line = ",".join(str(value) for value in event.values())
    case.rows["events"][at - 1]["note"] = f"见下\n{line}\n以上"
    case.rows["events"].remove(event)
    return [case]


@operator("the late step is told as rounds that each begin anew")
def false_rounds(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None or event["step"] not in LATE_STEPS:
        return None
    first, second = dict(event), dict(event)
    shorten(first, 1)
    first.update(result="failed", returned=True, round=1)
    second.update(round=2, started_at=second["finished_at"])
    at = case.rows["events"].index(event)
    case.rows["events"][at : at + 1] = [first, second]
    return [case]

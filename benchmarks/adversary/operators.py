"""Operators that an interested party would use on a case it would rather not show.

Each takes a case of its own to change and a random source, changes it, and returns the
cases that are delivered instead (none, one or several); None if it has no use there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from benchmarks.adversary.cases import (
    COUNTIES,
    STEPS,
    WORKDAYS,
    Case,
    Row,
    number,
    stamp,
)

Tampered = list[Case] | None
STAMPS = ("started_at", "finished_at")
LATE_STEPS = ("plan_reply", "design_review", "interim_check", "completion_check")


@dataclass(frozen=True, slots=True)
class Operator:
    """One manipulation: a name, what it is after, and the change itself."""

    name: str
    aim: str
    change: Callable[[Case, Random], Tampered]


OPERATORS: list[Operator] = []


def operator(aim: str) -> Callable[[Callable[[Case, Random], Tampered]], None]:
    def register(change: Callable[[Case, Random], Tampered]) -> None:
        OPERATORS.append(Operator(change.__name__, aim, change))

    return register


def late_step(case: Case) -> Row | None:
    """The event that a planted flaw made run over."""
    return case.event(case.flaw[5:]) if case.flaw.startswith("late_") else None


def day_of(value: object) -> date:
    return date.fromisoformat(str(value)[:10])


def moved(value: object, days: int) -> object:
    """The same clock time on another day."""
    if not value:
        return value
    return f"{day_of(value) + timedelta(days)}{str(value)[10:]}"


def on_day(value: object, day: date) -> object:
    return f"{day}{str(value)[10:]}"


def shorten(event: Row, working_days: int) -> None:
    """Let a step end so many working days after it began."""
    begin = WORKDAYS.index(day_of(event["started_at"]))
    event["finished_at"] = on_day(event["finished_at"], WORKDAYS[begin + working_days])


# ---------------------------------------------------------------- dates


@operator("a stage that ran over loses the row that shows it")
def delete_late_step(case: Case, rng: Random) -> Tampered:
    event = late_step(case)
    if event is None:
        return None
    case.rows["events"].remove(event)
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


# ---------------------------------------------------------------- rows


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


# ---------------------------------------------------------------- labels


@operator("one supply source becomes two: other limits")
def call_it_dual(case: Case, rng: Random) -> Tampered:
    if case.kind != "hv_single":
        return None
    case.order["source_count"] = 2
    return [case]


@operator("three-zero service is denied: no limit on the whole process")
def deny_three_zero(case: Case, rng: Random) -> Tampered:
    if case.kind != "three_zero":
        return None
    case.order["three_zero"] = False
    return [case]


@operator("a firm becomes a resident, or low voltage becomes high")
def other_customer_type(case: Case, rng: Random) -> Tampered:
    kind = case.order["customer_type"]
    case.order["customer_type"] = {"hv": "lv_nonresident"}.get(str(kind), "hv")
    return [case]


@operator("the class is not told")
def no_class(case: Case, rng: Random) -> Tampered:
    if case.order["three_zero"] == "":
        return None
    case.order["three_zero"] = ""
    case.order["source_count"] = ""
    return [case]


@operator("the application is called temporary supply")
def out_of_scope(case: Case, rng: Random) -> Tampered:
    case.order["business_type"] = "temporary"
    return [case]


@operator("the case moves to the next county")
def other_county(case: Case, rng: Random) -> Tampered:
    here = COUNTIES.index(str(case.order["county_code"]))
    case.order["county_code"] = COUNTIES[(here + 1) % len(COUNTIES)]
    return [case]


@operator("the county gets a code that no roster has")
def unknown_county(case: Case, rng: Random) -> Tampered:
    case.order["county_code"] = "519999"
    return [case]


@operator("a step that should not be is given an internal name")
def call_it_internal(case: Case, rng: Random) -> Tampered:
    if case.flaw not in ("extra_step", "forbidden_step", "unmapped"):
        return None
    case.rows["events"][2]["step"] = "internal"
    return [case]


@operator("a step that should not be, or ran over, is given a name of its own")
def call_it_something(case: Case, rng: Random) -> Tampered:
    steps = case.flaw in ("extra_step", "forbidden_step")
    event = case.rows["events"][2] if steps else late_step(case)
    if event is None:
        return None
    event["step"] = "综合会审"
    return [case]


@operator("a step that should not be is not delivered")
def omit_extra_step(case: Case, rng: Random) -> Tampered:
    if case.flaw not in ("extra_step", "forbidden_step", "unmapped"):
        return None
    del case.rows["events"][2]
    return [case]


# ---------------------------------------------------------------- clocks that stop


@operator("force majeure begins a day before the limit, without evidence")
def suspend_in_time(case: Case, rng: Random) -> Tampered:
    return _suspended(case, "")


@operator("force majeure begins a day before the limit, with a number for evidence")
def suspend_with_number(case: Case, rng: Random) -> Tampered:
    return _suspended(case, "ZM-2022-118")


@operator("force majeure covers the whole application, with a number for evidence")
def suspend_throughout(case: Case, rng: Random) -> Tampered:
    if not case.order["energised_at"] or case.kind not in ("resident", "three_zero"):
        return None
    days = [day_of(case.order[key]) for key in ("submitted_at", "energised_at")]
    return _stopped(case, days, "ZM-2022-119")


def _suspended(case: Case, evidence: str) -> Tampered:
    if case.kind not in ("resident", "three_zero") or not case.order["energised_at"]:
        return None
    limit = {"resident": 5, "three_zero": 15}[case.kind]
    begin = WORKDAYS.index(day_of(case.order["submitted_at"]))
    days = [WORKDAYS[begin + limit - 1], day_of(case.order["energised_at"])]
    return _stopped(case, days, evidence) if days[0] < days[1] else None


def _stopped(case: Case, days: list[date], evidence: str) -> Tampered:
    stop = {"case_id": case.order["case_id"], "from_date": days[0], "to_date": days[1]}
    case.rows["suspensions"].append(
        stop | {"reason": "force_majeure", "evidence_id": evidence}
    )
    return [case]


# ---------------------------------------------------------------- money and documents


@operator("the charge is said to lie inside the user's own land")
def inside_the_redline(case: Case, rng: Random) -> Tampered:
    if not case.rows["fees"]:
        return None
    case.rows["fees"][0]["inside_redline"] = True
    return [case]


@operator("the charge is said to be the utility's, the declared sum nil")
def utility_pays(case: Case, rng: Random) -> Tampered:
    if not case.rows["fees"]:
        return None
    case.rows["fees"][0]["payer"] = "utility"
    case.order["user_cost_yuan"] = 0
    return [case]


@operator("a refund that never was balances the charge")
def false_refund(case: Case, rng: Random) -> Tampered:
    if not case.rows["fees"]:
        return None
    back = case.rows["fees"][0] | {"amount_yuan": -5600, "receipt_id": "R2"}
    case.rows["fees"].append(back)
    case.order["user_cost_yuan"] = 0
    return [case]


@operator("the charge is not delivered, the declared sum nil")
def omit_charge(case: Case, rng: Random) -> Tampered:
    if not case.rows["fees"]:
        return None
    case.rows["fees"].clear()
    case.order["user_cost_yuan"] = 0
    return [case]


@operator("the charge is split off to a step or item that does not count")
def rename_charge(case: Case, rng: Random) -> Tampered:
    if not case.rows["fees"]:
        return None
    case.rows["fees"][0]["item"] = "高可靠性供电费用"
    case.order["user_cost_yuan"] = 0
    return [case]


@operator("the firm grows by a kilowatt beyond the threshold")
def above_threshold(case: Case, rng: Random) -> Tampered:
    if case.kind != "three_zero":
        return None
    case.order["capacity_kw"] = 161
    return [case]


@operator("the firm is not small any more")
def not_small(case: Case, rng: Random) -> Tampered:
    if case.kind != "three_zero":
        return None
    case.order["micro_small"] = False
    return [case]


@operator("the document that should not be asked for is not delivered")
def omit_document(case: Case, rng: Random) -> Tampered:
    if case.flaw != "documents":
        return None
    del case.rows["materials"][-1]
    return [case]


@operator("the document is listed under a step that asks for nothing")
def misplace_document(case: Case, rng: Random) -> Tampered:
    if case.flaw != "documents":
        return None
    case.rows["materials"][-1]["step"] = "connect"
    return [case]


@operator("the declaration is turned round: told, nearest, done")
def turn_declaration(case: Case, rng: Random) -> Tampered:
    if case.flaw not in ("not_told", "not_nearest", "no_cost"):
        return None
    case.order.update(policy_notified=True, nearest_connection=True, user_cost_yuan=0)
    return [case]


# ---------------------------------------------------------------- holes filled


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

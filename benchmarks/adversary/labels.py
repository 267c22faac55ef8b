"""Words and codes that put a case elsewhere, and clocks that stop."""

from datetime import date
from random import Random

from benchmarks.adversary.cases import COUNTIES, WORKDAYS, Case
from benchmarks.adversary.operator import Tampered, day_of, late_step, operator


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

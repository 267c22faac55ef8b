"""Charges, documents and declarations."""

from random import Random

from benchmarks.adversary.cases import Case
from benchmarks.adversary.operator import Tampered, operator


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

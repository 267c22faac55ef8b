"""The rules: whom each applies to, its limit, since when it binds [12, 20, 21]."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from tests.reference.records import Record

LOW_VOLTAGE_STAGES = {"acceptance": 1, "plan_reply": 3, "connect": 2}
ONE_SOURCE_STAGES = {
    "acceptance": 1,
    "plan_reply": 10,
    "design_review": 3,
    "interim_check": 2,
    "completion_check": 3,
    "connect": 3,
}
TWO_SOURCE_STAGES = {**ONE_SOURCE_STAGES, "plan_reply": 20}

Condition = tuple[str, Callable[[object], bool]]


def _is(column: str, *words: object) -> Condition:
    return column, lambda value: value in words


def _at_most(column: str, limit: int) -> Condition:
    return column, lambda value: value <= limit


RESIDENT = (_is("customer_type", "resident"),)
LOW_VOLTAGE = (_is("customer_type", "resident", "lv_nonresident"),)
THREE_ZERO = (_is("customer_type", "lv_nonresident"), _is("three_zero", True))
OTHER_LOW_VOLTAGE = (_is("customer_type", "lv_nonresident"), _is("three_zero", False))
HIGH_VOLTAGE = (_is("customer_type", "hv"),)
ONE_SOURCE = (*HIGH_VOLTAGE, _is("source_count", "1"))
TWO_SOURCES = (*HIGH_VOLTAGE, _is("source_count", "2", "3"))
SMALL_FIRM = (_is("customer_type", "lv_nonresident", "hv"), _is("micro_small", True))


@dataclass(frozen=True)
class Rule:
    """One rule: what it judges, for whom, its limit and since when that binds."""

    kind: str
    applies: tuple[Condition, ...]
    limit: object
    in_force_from: date


BINDS_2021, BINDS_2022, BINDS_2023 = (
    date(2021, 1, 1),
    date(2022, 1, 1),
    date(2023, 1, 1),
)
RULES = {
    "ind03": Rule("stages", OTHER_LOW_VOLTAGE, LOW_VOLTAGE_STAGES, BINDS_2021),
    "ind04": Rule("stages", ONE_SOURCE, ONE_SOURCE_STAGES, BINDS_2021),
    "ind05": Rule("stages", TWO_SOURCES, TWO_SOURCE_STAGES, BINDS_2021),
    "ind06": Rule("whole", RESIDENT, 5, BINDS_2021),
    "ind07": Rule("whole", THREE_ZERO, 25, BINDS_2021),
    "ind08": Rule("steps", RESIDENT, 2, BINDS_2021),
    "ind09": Rule("steps", THREE_ZERO, 2, BINDS_2021),
    "ind10": Rule("steps", OTHER_LOW_VOLTAGE, 3, BINDS_2021),
    "ind13": Rule("papers", LOW_VOLTAGE, None, BINDS_2021),
    "ind14": Rule("papers", HIGH_VOLTAGE, None, BINDS_2021),
    "ind15": Rule("flag", HIGH_VOLTAGE, "nearest_connection", BINDS_2021),
    "ind16": Rule("cost", RESIDENT, 0, BINDS_2021),
    "ind22": Rule("whole", THREE_ZERO, 20, BINDS_2022),
    "ind23": Rule(
        "cost",
        (*SMALL_FIRM, _is("area", "urban"), _at_most("capacity_kw", 160)),
        0,
        BINDS_2022,
    ),
    "ind24": Rule(
        "cost",
        (*SMALL_FIRM, _is("area", "rural"), _at_most("capacity_kw", 100)),
        0,
        BINDS_2022,
    ),
    "ind34": Rule("whole", THREE_ZERO, 15, BINDS_2023),
    "ind35": Rule("cost", (*SMALL_FIRM, _at_most("capacity_kw", 160)), 0, BINDS_2023),
    "ind36": Rule("flag", (), "policy_notified", BINDS_2022),
}


def user_class(record: Record) -> str | None:
    """Name the class of the user; null while the word that would tell it is missing
    [20].
    """
    kind = record.get("customer_type")
    if kind == "lv_nonresident":
        return {True: "lv_three_zero", False: "lv_other", None: None}[
            record.get("three_zero")
        ]
    if kind == "hv":
        return {"1": "hv_single", "2": "hv_dual", "3": "hv_dual", None: None}[
            record.get("source_count")
        ]
    return kind


def outside(rule: Rule, record: Record) -> tuple[str, str] | None:
    """Test the population: any condition false comes before any null [20]."""
    for column, holds in rule.applies:
        value = record.get(column)
        if value is not None and not holds(value):
            return "not_applicable", column
    for column, _ in rule.applies:
        if record.get(column) is None:
            return "undetermined", f"unknown_{column}"
    return None

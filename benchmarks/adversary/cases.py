"""Applications told in full, each with at most one flaw, as plain rows."""

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

Row = dict[str, object]
TABLES = ("cases", "events", "suspensions", "fees", "materials", "meters")
COUNTIES = ("510104", "510107", "510112", "510181")
UTILITY = "天府供电公司"
CUTOFF = date(2022, 12, 31)
STAMPED = "%Y-%m-%d %H:%M:%S"
# Public holidays of 2022 on weekdays and weekend days worked, so that the invented
# clerks work when clerks worked (State Council, 国办发明电〔2021〕11号).
OFF = ((1, 3), (1, 31), (2, 1), (2, 2), (2, 3), (2, 4), (4, 4), (4, 5), (5, 2), (5, 3))
OFF += ((5, 4), (6, 3), (9, 12), (10, 3), (10, 4), (10, 5), (10, 6), (10, 7))
MADE_UP = ((1, 29), (1, 30), (4, 2), (4, 24), (5, 7), (10, 8), (10, 9))


def _workdays() -> tuple[date, ...]:
    days = (date(2022, 1, 1) + timedelta(n) for n in range(365))
    return tuple(
        d
        for d in days
        if (d.month, d.day) in MADE_UP
        or (d.weekday() < 5 and (d.month, d.day) not in OFF)
    )


WORKDAYS = _workdays()

# The steps of a class in order, with the working days each takes when nothing is wrong.
# A stage that runs over takes this many days instead.
STEPS = {
    "resident": (("accept", 0), ("install", 1), ("connect", 1)),
    "three_zero": (("accept", 0), ("install", 3), ("connect", 1)),
    "lv_other": (("accept", 0), ("plan_reply", 2), ("install", 1), ("connect", 0)),
    "hv_single": (
        *(("accept", 0), ("plan_reply", 6), ("design_review", 2)),
        *(("interim_check", 1), ("completion_check", 2), ("formalities", 1)),
        *(("install", 1), ("connect", 0)),
    ),
}
STEPS["hv_dual"] = STEPS["hv_single"]
LATE = {
    "resident": (("connect", 9),),
    "three_zero": (("connect", 28), ("install", 40)),
    "lv_other": (("accept", 4), ("plan_reply", 8)),
    "hv_single": (
        *(("accept", 5), ("plan_reply", 14), ("design_review", 7)),
        *(("interim_check", 6), ("completion_check", 8)),
    ),
    "hv_dual": (("plan_reply", 26), ("design_review", 9), ("completion_check", 6)),
}
OTHER_FLAWS = {
    "resident": ("cost", "extra_step", "no_end"),
    "three_zero": ("cost", "extra_step", "forbidden_step", "no_cost", "no_end"),
    "lv_other": ("extra_step", "documents", "unmapped", "no_class"),
    "hv_single": ("documents", "not_nearest", "not_told", "open_late"),
    "hv_dual": ("documents", "no_stamp"),
}
PAPERS = {
    "accept": ("有效身份证件", "用电地址物权证件"),
    "design_review": ("设计单位资质证明材料", "用电工程设计及说明书"),
    "interim_check": ("施工单位资质证明材料", "隐蔽工程施工及试验记录"),
    "completion_check": ("工程竣工报告含竣工图纸",),
}


@dataclass(slots=True)
class Case:
    """One application: its rows by table, its class and what is wrong with it."""

    rows: dict[str, list[Row]]
    kind: str
    flaw: str

    @property
    def order(self) -> Row:
        """The row of ``cases``."""
        return self.rows["cases"][0]

    def event(self, step: str) -> Row | None:
        """The first event of a step, if there is one."""
        return next((e for e in self.rows["events"] if e["step"] == step), None)

    def copy(self, salt: str) -> "Case":
        """The same history of another customer: no id of it occurs elsewhere."""
        twin = deepcopy(self)
        twin.relabel(number(salt, str(self.order["case_id"])))
        for key in ("customer_id", "site_id"):
            twin.order[key] = number(salt, str(self.order[key]))
        return twin

    def relabel(self, case_id: str) -> None:
        """Give every row another case id."""
        for rows in self.rows.values():
            for row in rows:
                row["case_id"] = case_id


def number(*parts: str) -> str:
    """Return a number of 16 digits that looks like none that other parts give."""
    digest = hashlib.sha256("/".join(parts).encode()).hexdigest()
    return str(10**15 + int(digest, 16) % (9 * 10**15))


def stamp(day: date, hour: int, minute: int) -> str:
    return datetime.combine(day, time(hour, minute, (hour * 7 + minute) % 60)).strftime(
        STAMPED
    )


def applications(count: int, seed: int) -> Iterator[Case]:
    """Yield applications of every class in turn, flawed in every way in turn."""
    flaws = [
        (kind, flaw)
        for kind in STEPS
        for flaw in (*(f"late_{s}" for s, _ in LATE[kind]), *OTHER_FLAWS[kind], "none")
    ]
    for turn in range(count):
        kind, flaw = flaws[turn % len(flaws)]
        yield _application(turn, kind, flaw, Random(f"{seed}/{turn}"))


def roster() -> list[Row]:
    """The counties, all of one city and province, all served by one utility."""
    return [
        {
            **{"county_code": code, "county": f"县{code[-3:]}", "city_code": "5101"},
            **{"city": "天府市", "province_code": "51", "province": "天府省"},
            "utilities": UTILITY,
        }
        for code in COUNTIES
    ]


def _application(turn: int, kind: str, flaw: str, rng: Random) -> Case:
    begin = rng.randrange(20, 120)
    days = dict(STEPS[kind]) | {
        step: length for step, length in LATE[kind] if flaw == f"late_{step}"
    }
    case = Case({name: [] for name in TABLES}, kind, flaw)
    events = case.rows["events"]
    events.append(_event("submit", begin, 0, rng))
    here = begin
    for step, _ in STEPS[kind]:
        events.append(_event(step, here, days[step], rng))
        here += days[step]
    events.append(_event("archive", here + 1, 0, rng))
    case.rows["cases"].append(_order(turn, kind, (begin, here), rng))
    case.rows["meters"].append(_meter(case))
    for step, names in PAPERS.items():
        if case.event(step):
            case.rows["materials"] += [
                {"case_id": "", "step": step, "document": n} for n in names
            ]
    _spoil(case, flaw)
    case.relabel(number("case", str(turn), str(rng.random())))
    return case


def _event(step: str, first: int, length: int, rng: Random) -> Row:
    start, end = WORKDAYS[first], WORKDAYS[first + length]
    slot = ("submit", "accept", "plan_reply", "design_review", "interim_check")
    later = ("completion_check", "formalities", "install", "connect", "archive")
    hour = 9 + (slot.index(step) if step in slot else later.index(step))
    minute = rng.randrange(1, 30)
    return {
        "case_id": "",
        "step": step,
        "started_at": stamp(start, hour, minute),
        "finished_at": stamp(end, hour, minute + rng.randrange(5, 20)),
        "recorded_at": stamp(end, hour, minute + 24),
        "operator": f"P{rng.randrange(10**6):06}",
        "round": 1,
        "result": "passed",
        "returned": False,
    }


def _order(turn: int, kind: str, span: tuple[int, int], rng: Random) -> Row:
    high = kind.startswith("hv")
    capacity = {"resident": 8, "three_zero": 90, "lv_other": 60}.get(kind, 630)
    begin, end = WORKDAYS[span[0]], WORKDAYS[span[1]]
    return {
        "case_id": "",
        "county_code": COUNTIES[turn % len(COUNTIES)],
        "utility": UTILITY,
        "business_type": "new",
        "customer_type": {"resident": kind, "three_zero": "lv_nonresident"}.get(
            kind, "hv" if high else "lv_nonresident"
        ),
        "three_zero": kind in ("resident", "three_zero"),
        "source_count": 2 if kind == "hv_dual" else 1,
        "voltage_kv": 10 if high else 0.38,
        **{"capacity_kw": capacity, "capacity_requested_kw": capacity},
        **{"capacity_unit": "kW", "area": ("urban", "rural")[turn % 2]},
        **{"enterprise": kind != "resident", "micro_small": kind == "three_zero"},
        **{"user_cost_yuan": 0, "online": True, "e_contract": True},
        **{"policy_notified": True, "nearest_connection": True},
        "customer_id": number("customer", str(turn)),
        "site_id": number("site", str(turn)),
        "status": "completed",
        "submitted_at": stamp(begin, 8, rng.randrange(31, 59)),
        "energised_at": stamp(end, 17, rng.randrange(31, 59)),
        "withdrawn_at": "",
        "archived_at": stamp(WORKDAYS[span[1] + 1], 17, rng.randrange(31, 59)),
    }


def _meter(case: Case) -> Row:
    day = str(case.order["energised_at"])[:10]
    return {
        "case_id": "",
        "installed_at": case.event("install")["finished_at"],  # type: ignore[index]
        "first_reading_at": f"{day} 17:58:11",
        "first_energy_at": f"{day} 17:59:23",
    }


def _spoil(case: Case, flaw: str) -> None:
    """Plant the flaw that is not a stage that runs over."""
    order, events = case.order, case.rows["events"]
    changes: dict[str, Row] = {
        "cost": {"user_cost_yuan": 5600},
        "no_cost": {"user_cost_yuan": ""},
        "no_class": {"three_zero": ""},
        "not_nearest": {"nearest_connection": False},
        "not_told": {"policy_notified": False},
        "open_late": {"status": "open", "energised_at": "", "archived_at": ""},
        "no_end": {"energised_at": "", "archived_at": ""},
    }
    order.update(changes.get(flaw, {}))
    if flaw in ("open_late", "no_end"):
        gone = ("connect", "archive", "install")
        events[:] = [e for e in events if e["step"] not in gone]
        case.rows["meters"].clear()
    if flaw == "open_late":
        case.event("completion_check")["finished_at"] = ""  # type: ignore[index]
        case.event("completion_check")["recorded_at"] = ""  # type: ignore[index]
    if flaw in ("extra_step", "forbidden_step", "unmapped"):
        step = {"extra_step": "plan_reply", "forbidden_step": "design_review"}
        extra = dict(case.event("accept"))  # type: ignore[arg-type]
        extra["step"] = step.get(flaw, "联合会办")
        if case.kind == "lv_other" and flaw == "extra_step":
            extra["step"] = "completion_check"
        events.insert(2, extra)
    if flaw == "no_stamp":
        case.event("plan_reply").update(finished_at="")  # type: ignore[union-attr]
    if flaw == "documents":
        extra_paper = {"case_id": "", "step": "accept", "document": "银行资信证明"}
        case.rows["materials"].append(extra_paper)
    if flaw == "cost":
        fee = {
            "case_id": "",
            "item": "外线工程",
            "amount_yuan": 5600,
            "payer": "user",
        }
        fee |= {"inside_redline": False, "payee": "某工程公司", "receipt_id": "R1"}
        case.rows["fees"].append(fee)

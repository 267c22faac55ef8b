"""Books that are kept well, and books that were tampered with in one way or another."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random

from tests.reference.daycount import ONE_DAY
from tests.reference.drafts import Cells, Draft, Setting, chance, later

Tamper = Callable[[Random, Draft, Setting], None]


def _days(draft: Draft) -> list[date]:
    return [
        line[name]
        for line in draft.lines["events"]
        for name in ("started_at", "finished_at")
        if isinstance(line.get(name), date)
    ]


def _told(line: Cells) -> date | None:
    day = line.get("finished_at") or line.get("started_at")
    return day if isinstance(day, date) else None


def _moment(day: date, minute: int) -> str:
    return datetime.combine(day, time(minute // 60, minute % 60)).isoformat(sep=" ")


def keep_books(rng: Random, draft: Draft, setting: Setting) -> None:
    """Enter each row when it happens, and note whatever a rule may ask for."""
    minutes = rng.sample(range(480, 1400, 25), min(len(draft.lines["events"]), 30))
    timed = chance(rng, 0.8)
    for line, minute in zip(draft.lines["events"], sorted(minutes), strict=False):
        day = _told(line)
        if day is not None:
            entered = later(day, 1) if chance(rng, 0.2) else day
            line["recorded_at"] = _moment(entered, minute) if timed else entered
        line["returned"] = False
    draft.case["capacity_requested_kw"] = draft.case.get("capacity_kw")
    days = _days(draft)
    if days and chance(rng, 0.8):
        stamps = ("installed_at", "first_reading_at", "first_energy_at")
        draft.lines["meters"] = []
        draft.add("meters", **dict.fromkeys(stamps, max(days)))


def meter_early(rng: Random, draft: Draft, setting: Setting) -> None:
    days = _days(draft)
    if days:
        draft.lines["meters"] = []
        first = min(days) - rng.choice([0, 1, 1, 30]) * ONE_DAY
        names = ("installed_at", "first_reading_at", "first_energy_at")
        draft.add(
            "meters", **{**dict.fromkeys(names, max(days)), rng.choice(names): first}
        )


def power_early(rng: Random, draft: Draft, setting: Setting) -> None:
    """Move the day of power around the check, the acceptance, or years back."""
    checks = draft.of_step(rng.choice(["completion_check", "accept"]))
    days = [
        line["finished_at"]
        for line in checks
        if isinstance(line.get("finished_at"), date)
    ]
    if draft.outcome == "energised" and days:
        day = max(days) - rng.choice([-1, 0, 1, 3, 800]) * ONE_DAY
        draft.case["energised_at"] = day
        for line in draft.of_step("connect"):
            line["finished_at"] = day


def entered_at_once(rng: Random, draft: Draft, setting: Setting) -> None:
    days = _days(draft)
    gap = rng.choice([1, 3, 5, 5, 6, 30])
    for number, line in enumerate(draft.lines["events"]):
        if days:
            line["recorded_at"] = _moment(max(days), 500 + number * gap)


def suspended(rng: Random, draft: Draft, setting: Setting) -> None:
    days = _days(draft)
    if not days:
        return
    for number in range(rng.choice([1, 1, 2])):
        begins = later(min(days), rng.choice([2, 3, 5, 6, 12, 13, 15, 18, 20, 23, 25]))
        draft.add(
            "suspensions",
            from_date=begins,
            to_date=rng.choice([begins + rng.randint(0, 9) * ONE_DAY, None]),
            reason=rng.choice(["force_majeure", "customer", None]),
            evidence_id=rng.choice([f"S{number}", f"S{number}", None]),
        )


def without_step(rng: Random, draft: Draft, setting: Setting) -> None:
    high = ["plan_reply", "completion_check", "design_review", "interim_check"]
    gone = rng.choice(["accept", "connect", *high])
    gone = "plan_reply" if draft.kind == "other_lv" else gone
    draft.lines["events"] = [
        line for line in draft.lines["events"] if line.get("step") != gone
    ]


def sent_back(rng: Random, draft: Draft, setting: Setting) -> None:
    if draft.lines["events"]:
        rng.choice(draft.lines["events"])["returned"] = rng.choice([True, None])


def more_rounds(rng: Random, draft: Draft, setting: Setting) -> None:
    days = _days(draft)
    step = rng.choice(["accept", "design_review", "completion_check"])
    for number in range(rng.choice([2, 3])):
        if days:
            draft.add(
                "events", step=step, finished_at=max(days) + number * ONE_DAY,
                recorded_at=max(days) + number * ONE_DAY, returned=False,
                **({"round": number + 1} if chance(rng, 0.4) else {}),
            )  # fmt: skip


def other_version(rng: Random, draft: Draft, setting: Setting) -> None:
    row = dict(draft.case)
    change: Cells = rng.choice(
        [
            {"capacity_kw": rng.choice([90, 120, 170])},
            {"capacity_kw": rng.choice([90, 120, 170])},
            {"three_zero": not row.get("three_zero")},
            {"three_zero": not row.get("three_zero")},
            {"source_count": rng.choice([1, 2])},
            {"capacity_kw": None},
        ]
    )
    draft.more_cases.append({**row, **change})


def other_request(rng: Random, draft: Draft, setting: Setting) -> None:
    draft.case["capacity_requested_kw"] = rng.choice(
        [99, 100, 101, 160, 161, 400, None]
    )


def archived(rng: Random, draft: Draft, setting: Setting) -> None:
    end = draft.case.get("energised_at")
    if isinstance(end, date):
        day = end + timedelta(rng.choice([-3, -1, -1, 0, 365, 366, 400, 400]))
        if chance(rng, 0.25):
            draft.case["archived_at"] = day
        else:
            draft.add("events", step="archive", finished_at=day)
    elif chance(rng, 0.5):
        draft.case["archived_at"] = setting.cutoff - ONE_DAY


def strange_step(rng: Random, draft: Draft, setting: Setting) -> None:
    days = _days(draft)
    name = rng.choice(
        ["签订用电承诺书", "资金担保审核", "interim_check", "design_review"]
    )
    if days:
        draft.add("events", step=name, started_at=min(days), finished_at=min(days))


def pledge(rng: Random, draft: Draft, setting: Setting) -> None:
    name = rng.choice(
        ["无欠费承诺书", "缴清他户欠费证明", "银行履约保函", "税务登记证"]
    )
    draft.add("materials", step="accept", document=name)
    for line in draft.of_step("accept"):
        line["returned"] = rng.choice([True, True, False, None])


def papers_at(rng: Random, draft: Draft, setting: Setting) -> None:
    """Ask for a paper at any step, or at one that nobody knows."""
    step = rng.choice(["plan_reply", "connect", "connect", "interim_check", "预约"])
    draft.add("materials", step=step, document="有效身份证件")


def high_connection(rng: Random, draft: Draft, setting: Setting) -> None:
    draft.case["three_zero"] = True
    draft.case["capacity_kw"] = rng.choice([100, 160, 161])
    draft.case["voltage_kv"] = rng.choice([0.22, 0.38, 0.38, "0.999", 1, 1, 10, None])


def charge(rng: Random, draft: Draft, setting: Setting) -> None:
    draft.add(
        "fees",
        item=rng.choice(["表箱及安装", "电能表", "接户线", "服务费", "变压器", None]),
        amount_yuan=rng.choice([100, 100, 250, -100]),
        payer=rng.choice(["user", "user", "user", None]),
        inside_redline=rng.choice([True, False, False]),
        receipt_id=rng.choice(["P1", None]),
    )


def years_apart(rng: Random, draft: Draft, setting: Setting) -> None:
    """Put a year and more between application, power and archive."""
    end, days = draft.case.get("energised_at"), _days(draft)
    if not isinstance(end, date) or not days:
        return
    draft.case["business_type"] = "new"
    if chance(rng, 0.4):
        draft.case["archived_at"] = end + timedelta(rng.choice([365, 366, 420]))
        draft.case["energised_at"] = end
    else:
        first = draft.case.get("submitted_at") or min(days)
        draft.case["energised_at"] = first - timedelta(rng.choice([365, 366, 500]))
        draft.lines["events"] = [
            line for line in draft.lines["events"] if line.get("step") != "connect"
        ]


TAMPERS: dict[Tamper, int] = {
    meter_early: 4,
    power_early: 4,
    entered_at_once: 8,
    suspended: 6,
    without_step: 14,
    sent_back: 1,
    more_rounds: 1,
    other_version: 10,
    other_request: 2,
    archived: 14,
    years_apart: 14,
    strange_step: 3,
    pledge: 2,
    papers_at: 7,
    high_connection: 10,
    charge: 5,
}


def tamper(rng: Random, draft: Draft, setting: Setting) -> None:
    """Keep the books of most drafts well, and tamper with some."""
    if chance(rng, 0.6):
        keep_books(rng, draft, setting)
    if chance(rng, 0.55):
        rng.choices(list(TAMPERS), list(TAMPERS.values()))[0](rng, draft, setting)

"""What goes wrong in real dumps: lost cells, missing and impossible stamps."""

from datetime import date
from random import Random

from tests.reference.daycount import ONE_DAY
from tests.reference.draft_disputes import (
    BAD_DATES,
    DISPUTES,
    Fault,
    moved,
    until_cutoff,
)
from tests.reference.drafts import Cells, Draft, Setting, chance, earlier, later, within

BAD_WORDS = ("maybe", "不详", "x")
BAD_NUMBERS = ("约60", "n/a", "十")
WORD_COLUMNS = (
    "business_type", "customer_type", "three_zero", "source_count", "area",
    "micro_small", "status", "nearest_connection", "policy_notified", "online",
)  # fmt: skip
NUMBER_COLUMNS = ("capacity_kw", "user_cost_yuan", "voltage_kv")
FORBIDDEN = ("design_review", "interim_check", "completion_check")


def _stamps(draft: Draft) -> list[tuple[Cells, str]]:
    """List every place where a stamp of the log stands."""
    return [
        (line, column)
        for line in draft.lines["events"]
        for column in ("started_at", "finished_at")
        if isinstance(line.get(column), date)
    ]


def _dated(draft: Draft) -> list[tuple[Cells, str]]:
    own = ("submitted_at", "energised_at", "withdrawn_at", "archived_at")
    return [
        (draft.case, name) for name in own if isinstance(draft.case.get(name), date)
    ]


def unreadable_stamp(rng: Random, draft: Draft, setting: Setting) -> None:
    """Lose one stamp or one date of the application."""
    places = _stamps(draft) + 3 * _dated(draft)
    if places:
        line, column = rng.choice(places)
        line[column] = rng.choice(BAD_DATES)


def unreadable_cell(rng: Random, draft: Draft, setting: Setting) -> None:
    """Lose a word or a number anywhere."""
    places = [(draft.case, name, BAD_WORDS) for name in WORD_COLUMNS]
    places += [(draft.case, name, BAD_NUMBERS) for name in NUMBER_COLUMNS]
    for line in draft.lines["fees"]:
        places += [(line, "payer", BAD_WORDS), (line, "inside_redline", BAD_WORDS)]
        places += [(line, "amount_yuan", BAD_NUMBERS)]
    for line in draft.lines["suspensions"]:
        places += 4 * [
            (line, rng.choice(["from_date", "to_date"]), BAD_DATES),
            (line, "reason", BAD_WORDS),
        ]
    for line in draft.lines["events"]:
        places += [
            (line, "round", BAD_NUMBERS),
            (line, "result", BAD_WORDS),
            (line, "recorded_at", BAD_DATES),
        ]
    line, column, words = rng.choice(places)
    line[column] = rng.choice(words)


def empty_required(rng: Random, draft: Draft, setting: Setting) -> None:
    """Leave a required cell of the application empty."""
    draft.case[rng.choice(["county_code", "customer_type"])] = None


def missing_stamp(rng: Random, draft: Draft, setting: Setting) -> None:
    """Leave out a stamp, or a whole line of the log."""
    places = _stamps(draft)
    if places:
        line, column = rng.choice(places)
        if chance(rng, 0.6):
            del line[column]
        else:
            draft.lines["events"].remove(line)


def missing_submission(rng: Random, draft: Draft, setting: Setting) -> None:
    """Leave out every submission, so that the acceptance must stand in."""
    draft.case.pop("submitted_at", None)
    draft.lines["events"] = [
        line for line in draft.lines["events"] if line.get("step") != "submit"
    ]
    if chance(rng, 0.4):
        for line in draft.of_step("accept"):
            line.pop("started_at", None)


def out_of_order(rng: Random, draft: Draft, setting: Setting) -> None:
    """Put a stamp before the one that it should follow."""
    places = _stamps(draft) + _dated(draft)
    if places:
        line, column = rng.choice(places)
        line[column] = earlier(rng, line[column], rng.randint(4, 15))


def strange_step(rng: Random, draft: Draft, setting: Setting) -> None:
    """Log a step that is unknown, internal, forbidden, or without any stamp."""
    step = rng.choice(
        [
            "某某特别事项",
            "某某特别事项",
            "internal",
            *FORBIDDEN,
            "plan_reply",
            "connect",
        ]
    )
    places = [line[column] for line, column in _stamps(draft)]
    stamp = {"finished_at": rng.choice(places)} if places and chance(rng, 0.6) else {}
    draft.add("events", step=step, **stamp)
    if step in FORBIDDEN and draft.kind == "other_lv" and chance(rng, 0.8):
        for other in ("accept", "plan_reply", "connect"):
            draft.add("events", step=other)


def second_row(rng: Random, draft: Draft, setting: Setting) -> None:
    """Deliver the application twice, with one cell emptied or changed."""
    other = dict(draft.case)
    column = rng.choice(list(other))
    value = other[column]
    if isinstance(value, bool):
        other[column] = rng.choice([not value, None])
    elif isinstance(value, date):
        other[column] = rng.choice(
            [None, until_cutoff(moved(rng, value), setting), rng.choice(BAD_DATES)]
        )
    elif column == "status":
        other[column] = rng.choice(["open", "completed", "withdrawn", None])
    elif column == "user_cost_yuan":
        other[column] = rng.choice([0, 1, None])
    else:
        other[column] = None
    draft.more_cases.append(other)


def after_cutoff(rng: Random, draft: Draft, setting: Setting) -> None:
    """Move a stamp past the cut-off."""
    places = _stamps(draft) + 3 * _dated(draft)
    if setting.future and places:
        line, column = rng.choice(places)
        line[column] = setting.cutoff + rng.randint(1, 30) * ONE_DAY


def submitted_after(rng: Random, draft: Draft, setting: Setting) -> None:
    """Move every submission past the cut-off."""
    if setting.future:
        for line in (draft.case, *draft.of_step("submit")):
            for column in ("submitted_at", "started_at", "finished_at"):
                if isinstance(line.get(column), date):
                    line[column] = setting.cutoff + rng.randint(1, 30) * ONE_DAY


def outside_calendar(rng: Random, draft: Draft, setting: Setting) -> None:
    """Start before the calendar begins; or let something end after it."""
    day = within(rng, date(2018, 11, 1), date(2019, 1, 3))
    draft.case["submitted_at"] = day
    if setting.future and chance(rng, 0.3):
        draft.case["energised_at"] = date(2031, 5, 6)


def status_alone(rng: Random, draft: Draft, setting: Setting) -> None:
    """Leave only a status, without any end date."""
    for column in ("energised_at", "withdrawn_at"):
        draft.case.pop(column, None)
    for line in draft.of_step("connect"):
        line.pop("finished_at", None)
    draft.case["status"] = rng.choice(["completed", "withdrawn", "open", "maybe", None])


def both_ends(rng: Random, draft: Draft, setting: Setting) -> None:
    """Say that the application was energised and withdrawn."""
    day = draft.case.get("energised_at") or draft.case.get("withdrawn_at")
    if isinstance(day, date):
        draft.case["withdrawn_at"] = until_cutoff(moved(rng, day), setting)
        draft.case.setdefault("energised_at", day)


def withdraw_event(rng: Random, draft: Draft, setting: Setting) -> None:
    """Log a withdrawal of an application that is not said to be withdrawn."""
    places = [line[column] for line, column in _stamps(draft)]
    if places and draft.outcome == "open":
        draft.add("events", step="withdraw", finished_at=max(places))


def odd_suspension(rng: Random, draft: Draft, setting: Setting) -> None:
    """Add a suspension that counts for nothing, or nobody knows for how much."""
    day = draft.case.get("submitted_at")
    if not isinstance(day, date):
        return
    begin = later(day, rng.randint(1, 4))
    end: date | None = later(begin, rng.randint(0, 5))
    proof: dict[str, object] = {"reason": "force_majeure", "evidence_id": "W-0"}
    way = rng.randint(0, 5)
    if way == 0:
        proof["evidence_id"] = None
    elif way == 1:
        proof["reason"] = rng.choice(["customer", "other", None])
    elif way == 2:
        begin, end = end + ONE_DAY, begin
    elif way in {3, 4}:
        end = None
    else:
        begin, end = day - 3 * ONE_DAY, day
    draft.add("suspensions", from_date=begin, to_date=end, **proof)


def edge_of_period(rng: Random, draft: Draft, setting: Setting) -> None:
    """Say two days of power around the first day of the period."""
    if setting.begins and isinstance(draft.case.get("energised_at"), date):
        draft.case["energised_at"] = setting.begins
        other = setting.begins + rng.choice([-3, -1, -1, 1]) * ONE_DAY
        draft.add("events", step="connect", finished_at=other)


def no_log(rng: Random, draft: Draft, setting: Setting) -> None:
    """Deliver no event at all."""
    draft.lines["events"].clear()


def rejected_rows(rng: Random, draft: Draft, setting: Setting) -> None:
    """Lose a row of the log or of the documents to an empty key."""
    if chance(rng, 0.8):
        draft.add("events", step="", finished_at=setting.cutoff - ONE_DAY)
    else:
        draft.add("materials", step="", document="有效身份证件")


def failed_check(rng: Random, draft: Draft, setting: Setting) -> None:
    """Say that some completion check failed."""
    lines = draft.of_step("completion_check")
    if lines:
        rng.choice(lines)["result"] = "failed"


def only_finishes(rng: Random, draft: Draft, setting: Setting) -> None:
    """Keep no stamp of the log but those of completion."""
    for line, column in _stamps(draft):
        if column == "started_at":
            del line[column]


FAULTS: dict[Fault, int] = {
    unreadable_stamp: 6, unreadable_cell: 6, empty_required: 1, missing_stamp: 6,
    missing_submission: 4, out_of_order: 3, strange_step: 17, second_row: 5,
    after_cutoff: 4, submitted_after: 2, outside_calendar: 3, status_alone: 4,
    both_ends: 3, withdraw_event: 2, odd_suspension: 6, no_log: 3, rejected_rows: 3,
    failed_check: 2, only_finishes: 2, edge_of_period: 3,
}  # fmt: skip


def spoil(rng: Random, draft: Draft, setting: Setting) -> None:
    """Dispute something, and let nothing, one thing or a few things go wrong."""
    if chance(rng, 0.6):
        for fault in rng.choices(
            list(DISPUTES), list(DISPUTES.values()), k=rng.choice([1, 1, 2])
        ):
            fault(rng, draft, setting)
    for fault in rng.choices(
        list(FAULTS), list(FAULTS.values()), k=rng.choice([0, 0, 0, 1, 1, 2])
    ):
        fault(rng, draft, setting)

"""The log of an application: stages end to end, backwards from the day of power."""

from dataclasses import dataclass
from datetime import date
from random import Random

from tests.reference.daycount import ONE_DAY, is_working_day
from tests.reference.drafts import Draft, Setting, aim, chance, earlier, later, within

STAGE_LIMITS = {
    "other_lv": {"accept": 1, "plan_reply": 3, "connect": 2},
    "one_source": {"accept": 1, "plan_reply": 10, "connect": 3},
    "two_sources": {"accept": 1, "plan_reply": 20, "connect": 3},
}
CHECKS = {"design_review": 3, "interim_check": 2, "completion_check": 3}
WHOLE_LIMITS = {"resident": (5,), "three_zero": (15, 20, 25)}


@dataclass(frozen=True)
class Leg:
    """One stretch of the log: a stage, or waiting between two stages."""

    name: str
    days: int
    round: int = 0
    last: bool = True


@dataclass(frozen=True)
class Laid:
    """A leg with its two days."""

    leg: Leg
    start: date
    end: date


def _days(rng: Random, limit: int, *, culprit: bool) -> int:
    """Draw the days of a stage: inside its limit, unless it is the one to break it."""
    if culprit:
        return limit + 1 if chance(rng, 0.6) else aim(rng, limit)
    return rng.choice([limit, limit, max(limit - 1, 0), 0])


def _check_legs(rng: Random, name: str, culprit: str | None) -> list[Leg]:
    """Draw the rounds of a check, with waiting before each."""
    always = name in {"completion_check", culprit}
    rounds = rng.choice([1, 1, 1, 2, 3]) if always or chance(rng, 0.5) else 0
    guilty = rng.randint(1, rounds) if name == culprit else 0
    legs = []
    for number in range(1, rounds + 1):
        legs.append(Leg("waiting", rng.choice([0, 0, 1, 3, 8])))
        days = _days(rng, CHECKS[name], culprit=number == guilty)
        legs.append(Leg(name, days, number, last=number == rounds))
    return legs


def _stage_legs(rng: Random, draft: Draft) -> list[Leg]:
    """Draw the stages: all inside their limits, or one that may break its own."""
    limits = STAGE_LIMITS[draft.kind]
    checks = CHECKS if draft.kind != "other_lv" else {}
    stages = [*limits, *limits, *checks, *checks, "connect", "connect"]
    culprit = draft.culprit = rng.choice(stages) if chance(rng, 0.8) else None
    legs = [
        Leg(name, _days(rng, limits[name], culprit=name == culprit))
        for name in ("accept", "plan_reply")
    ]
    for name in checks:
        legs += _check_legs(rng, name, culprit)
    legs.append(Leg("waiting", rng.choice([0, 0, 0, 1, 4])))
    days = _days(rng, limits["connect"], culprit=culprit == "connect")
    return [*legs, Leg("connect", days)]


def _whole_legs(rng: Random, kind: str, extra: int) -> list[Leg]:
    """Split a whole process that aims at its limit into a few legs."""
    days = aim(rng, rng.choice(WHOLE_LIMITS[kind])) + extra
    accept = rng.randint(0, min(days, 2))
    connect = rng.randint(0, min(days - accept, 3))
    rest = days - accept - connect
    if chance(rng, 0.3):
        return [Leg("accept", accept), Leg("plan_reply", rest), Leg("connect", connect)]
    return [Leg("accept", accept), Leg("waiting", rest), Leg("connect", connect)]


def _lay(rng: Random, legs: list[Leg], end: date) -> list[Laid]:
    """Lay the legs end to end, the last one ending on a day."""
    laid = []
    for leg in reversed(legs):
        start = earlier(rng, end, leg.days)
        laid.append(Laid(leg, start, end))
        end = start
    return laid[::-1]


def _end_day(rng: Random, setting: Setting) -> date:
    """Draw the day of power or withdrawal, on and around every edge that counts."""
    cutoff, begins = setting.cutoff, setting.begins
    edges = [cutoff, cutoff - ONE_DAY]
    if setting.future:
        edges += [cutoff + ONE_DAY, later(cutoff, rng.randint(1, 9))]
    if begins:
        edges += [begins, begins - ONE_DAY, begins - rng.randint(2, 90) * ONE_DAY]
    if chance(rng, 0.12):
        return rng.choice(edges)
    if begins:
        return within(rng, begins, cutoff)
    if chance(rng, 0.03):
        return within(rng, date(2019, 1, 2), date(2019, 2, 1))
    return within(rng, max(date(2019, 2, 15), cutoff - 900 * ONE_DAY), cutoff)


def _cut(rng: Random, legs: list[Leg], setting: Setting, kind: str) -> list[Leg]:
    """Stop the log somewhere: the last leg is the one still running."""
    if kind in WHOLE_LIMITS:
        limits = WHOLE_LIMITS[kind]
        days = aim(rng, rng.choice(limits))
        first = rng.randint(0, min(days, 2))
        return [Leg("accept", first), Leg("waiting", days - first)][
            : rng.choice([1, 2, 2, 2])
        ]
    return legs[: rng.randint(1, len(legs))]


def write_log(rng: Random, draft: Draft, setting: Setting, extra: int) -> list[Laid]:
    """Write submission, log and end; ``extra`` days are for force majeure."""
    whole = draft.kind in WHOLE_LIMITS
    legs = _whole_legs(rng, draft.kind, extra) if whole else _stage_legs(rng, draft)
    if draft.outcome == "energised":
        laid = _lay(rng, legs, _end_day(rng, setting))
    else:
        end = setting.cutoff if draft.outcome == "open" else _end_day(rng, setting)
        laid = _lay(rng, _cut(rng, legs, setting, draft.kind), end)
    _write_submission(rng, draft, laid[0].start)
    _write_legs(rng, draft, laid)
    _write_end(rng, draft, laid[-1].end)
    return laid


def _write_submission(rng: Random, draft: Draft, day: date) -> None:
    way = rng.random()
    if way < 0.82:
        draft.case["submitted_at"] = day
    if way > 0.74:
        stamps = rng.choice(
            [("started_at",), ("finished_at",), ("started_at", "finished_at")]
        )
        draft.add("events", step="submit", **dict.fromkeys(stamps, day))


def _write_end(rng: Random, draft: Draft, day: date) -> None:
    case = draft.case
    if draft.outcome == "open":
        case["status"] = rng.choice(["open", None])
    elif draft.outcome == "withdrawn":
        case["status"] = rng.choice(
            ["withdrawn", "withdrawn", "withdrawn", "open", None]
        )
        if case["status"] == "withdrawn" and chance(rng, 0.3):
            draft.add("events", step="withdraw", finished_at=day)
        else:
            case["withdrawn_at"] = day
    else:
        case["status"] = rng.choice(
            ["completed", "completed", "completed", "open", None]
        )
        if chance(rng, 0.85) or not any(
            line.get("finished_at") for line in draft.of_step("connect")
        ):
            case["energised_at"] = day
        if chance(rng, 0.3):
            case["archived_at"] = later(day, rng.randint(0, 20))
            draft.add("events", step="archive", finished_at=case["archived_at"])


def _write_legs(rng: Random, draft: Draft, laid: list[Laid]) -> None:
    one_stamp = chance(rng, 0.12)
    rounds = rng.choice(["numbered", "plain", "plain", "split"])
    for place, piece in enumerate(laid):
        running = place == len(laid) - 1 and draft.outcome != "energised"
        if piece.leg.name == "connect":
            _write_connect(rng, draft, piece, running)
        elif piece.leg.name in CHECKS:
            _write_round(rng, draft, piece, running, rounds)
        elif piece.leg.name != "waiting":
            _write_step(rng, draft, piece, running, one_stamp)


def _write_step(
    rng: Random, draft: Draft, piece: Laid, running: bool, one_stamp: bool
) -> None:
    """Write acceptance or reply: its own node opens some time inside the stage."""
    known = bool({"submitted_at"} & set(draft.case) or draft.of_step("submit"))
    begun = within(rng, piece.start, piece.end) if known else piece.start
    cells = {} if one_stamp and known else {"started_at": begun}
    if not running:
        cells["finished_at"] = piece.end
    if cells and not (running and chance(rng, 0.5)):
        draft.add("events", step=piece.leg.name, **cells)


def _write_round(
    rng: Random, draft: Draft, piece: Laid, running: bool, rounds: str
) -> None:
    leg = piece.leg
    more: dict[str, object] = {"round": leg.round} if rounds == "numbered" else {}
    if leg.name == "completion_check":
        said = "passed" if leg.last else "failed"
        more["result"] = said if chance(rng, 0.7) or not leg.last else None
    if running:
        draft.add("events", step=leg.name, started_at=piece.start, **more)
    elif rounds == "split":
        draft.add("events", step=leg.name, started_at=piece.start)
        draft.add("events", step=leg.name, finished_at=piece.end, **more)
    else:
        draft.add(
            "events",
            step=leg.name,
            started_at=piece.start,
            finished_at=piece.end,
            **more,
        )


def _write_connect(rng: Random, draft: Draft, piece: Laid, running: bool) -> None:
    """Write formalities, meter and power; the formalities start the stage."""
    with_papers = chance(rng, 0.75)
    if with_papers:
        checks = [
            line["finished_at"]
            for line in draft.of_step("completion_check")
            if line.get("finished_at")
        ]
        same_day = checks and max(checks) == piece.start
        day = (
            earlier(rng, piece.start, rng.choice([0, 0, 2]))
            if same_day
            else piece.start
        )
        begun = {"started_at": day - ONE_DAY} if chance(rng, 0.3) else {}
        draft.add("events", step="formalities", finished_at=day, **begun)
    if chance(rng, 0.3):
        draft.add(
            "events", step="install", finished_at=within(rng, piece.start, piece.end)
        )
    if running:
        return
    cells: dict[str, object] = {}
    if chance(rng, 0.85):
        cells["finished_at"] = piece.end
    if chance(rng, 0.8):
        cells["started_at"] = (
            within(rng, piece.start, piece.end) if with_papers else piece.start
        )
    if cells:
        draft.add("events", step="connect", **cells)


def write_force_majeure(rng: Random, draft: Draft, laid: list[Laid], days: int) -> None:
    """Write suspensions that cover some working days of the whole process."""
    inside, day = [], laid[0].start + ONE_DAY
    while day <= laid[-1].end:
        if is_working_day(day):
            inside.append(day)
        day += ONE_DAY
    if len(inside) < days:
        return
    place = rng.randint(0, len(inside) - days)
    covered = inside[place : place + days]
    proof = {"reason": "force_majeure", "evidence_id": f"W-{rng.randint(1, 999)}"}
    cut = rng.randint(0, days - 1)
    pieces = [(covered[0], covered[cut]), (covered[max(cut - 1, 0)], covered[-1])]
    for first, last in pieces if chance(rng, 0.4) else [(covered[0], covered[-1])]:
        draft.add("suspensions", from_date=first, to_date=last, **proof)

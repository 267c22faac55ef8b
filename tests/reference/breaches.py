"""What a case shows of steps, versions, papers and charges: yes, no or unknown."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from tests.reference.amounts import (
    CUSTOMER_FACING,
    HIGH_VOLTAGE_PAPERS,
    LOW_VOLTAGE_PAPERS,
)
from tests.reference.population import ONE_SOURCE_STAGES
from tests.reference.rows import Row
from tests.reference.rules import Judged
from tests.reference.signs import (
    ROUNDS,
    Answer,
    any_of,
    both,
    either_way,
    happened_rows,
    logged,
    unmapped,
)
from tests.reference.timeline import KNOWN_STEPS

LISTED = frozenset(
    {
        *("外线工程", "电能表", "计量箱", "表箱", "接户线", "变压器", "配电设备"),
        *("配套电网工程", "预付电费", "高可靠性供电费"),
    }
)
METERING = ("表箱", "计量箱", "电能表", "接户线")
PLEDGES = ("承诺书", "承诺函", "保证书", "担保", "保函", "预付", "缴清", "欠费")
LOW_VOLTAGE_STEPS = frozenset({"accept", "plan_reply", "connect"})
ABOLISHED = date(2021, 1, 1)
INCREDIBLE = Decimal(10) ** 12


# ---- steps


def skipped(judged: Judged, steps: Iterable[str]) -> Answer:
    """Is a step not on record although a later one is, or although power came?"""
    lit = judged.line.ending.state == "energised"
    lacking = any(
        not judged.line.step(name).named
        and (lit or judged.line.later_step_stamped(name))
        for name in steps
    )
    known = logged(judged)
    hidden = unmapped(judged) or "events" in judged.record.lost_rows
    return either_way(lacking and known and not hidden, known and not lacking)


def papers_without_step(judged: Judged) -> Answer:
    """Were papers handed in for a check that is over and not on record?"""
    if not logged(judged):
        return None
    lit = judged.line.ending.state == "energised"
    gone = {
        name
        for name in ROUNDS
        if not judged.line.step(name).named
        and (lit or judged.line.later_step_stamped(name))
    }
    hidden = unmapped(judged) or "events" in judged.record.lost_rows
    seen: Answer = any_of(
        None if place is None else place in gone
        for place in (_place(row) for row in judged.record.table("materials"))
    )
    if not gone:
        return False
    return None if seen is True and hidden else seen


def sent_back(judged: Judged) -> Answer:
    """Does a row say that the work was sent back?"""
    if not logged(judged):
        return None
    return any_of(row.get("returned") for row in happened_rows(judged))


def many_rounds(judged: Judged) -> Answer:
    """Did a step take three rounds?"""
    if not logged(judged):
        return None
    for name in ("accept", "plan_reply", *ROUNDS):
        rows = [r for r in judged.line.step(name).rows if "round" not in r.lost]
        numbers = {row.get("round") for row in rows} - {None}
        plain = [row for row in rows if row.get("round") is None]
        dates = [
            {row.get(c) for row in plain} - {None}
            for c in ("finished_at", "started_at")
        ]
        if max(len(numbers), max(numbers, default=0), *map(len, dates)) >= 3:
            return True
    return False


def half_stamped(judged: Judged) -> Answer:
    """Has a step of a finished case a start and no finish, or the reverse?"""
    half = False
    for name in CUSTOMER_FACING:
        step = judged.line.step(name)
        begun = bool(step.starts.days) or step.starts.lost
        ended = bool(step.finishes.days) or step.finishes.lost
        half = half or begun != ended
    seen = half and judged.line.ending.state == "energised"
    return either_way(seen, logged(judged) and not seen)


def over_inside(judged: Judged, limits: dict[str, int]) -> Answer:
    """Did a stage take longer than the days for it?"""
    windows = [(judged.at_withdrawal[name], days) for name, days in limits.items()]
    over = any(window.low > days for window, days in windows)
    kept = all(
        window.state == "not_reached"
        or (window.high is not None and window.high <= days)
        for window, days in windows
    )
    return either_way(over, kept and logged(judged))


TWO_SOURCES = {**ONE_SOURCE_STAGES, "plan_reply": 20}


def abolished(judged: Judged) -> Answer:
    """Was an abolished step begun since the start of 2021?"""
    if not logged(judged):
        return None
    begins = judged.line.submission.edge.earliest
    late = begins is not None and begins >= ABOLISHED
    answers: list[Answer] = [None] if unmapped(judged) else []
    for name in ROUNDS:
        for row in judged.line.step(name).rows:
            day = row.get("started_at")
            if day is None and "started_at" not in row.lost:
                day = row.get("finished_at")
            answers.append(
                (True if late else None) if day is None else day >= ABOLISHED
            )
    return any_of(answers)


def stranger(judged: Judged) -> Answer:
    """Has a step a name that no list knows?"""
    return either_way(unmapped(judged), logged(judged))


def beyond_low_voltage(judged: Judged) -> Answer:
    """Did the customer take part in a step that low voltage does not have?"""
    named = {name for name, step in judged.line.steps.items() if step.named}
    seen = bool(named & CUSTOMER_FACING - LOW_VOLTAGE_STEPS)
    return either_way(seen, logged(judged) and not unmapped(judged))


# ---- versions


def _versions(judged: Judged, column: str) -> list[object]:
    return [row.get(column) for row in judged.record.rows]


def across(judged: Judged) -> Answer:
    """Do rows of the case lie on both sides of 100 or 160 kW?"""
    said = _versions(judged, "capacity_kw")
    known = [one for one in said if one is not None]
    seen = any(min(known) <= at < max(known) for at in (100, 160) if known)
    return either_way(seen, None not in said or len(set(said)) == 1)


def other_class(judged: Judged) -> Answer:
    """Do rows of the case give it two classes?"""
    said = [
        set(_versions(judged, column))
        for column in ("customer_type", "three_zero", "source_count")
    ]
    seen = any(len(one - {None}) > 1 for one in said)
    return either_way(seen, all(len(one) == 1 for one in said))


def asked_otherwise(judged: Judged) -> Answer:
    """Do request and record lie on two sides of 100 or 160 kW?"""
    first = judged.record.get("capacity_requested_kw")
    last = judged.record.get("capacity_kw")
    if first is None or last is None:
        return None
    return any((first <= at) != (last <= at) for at in (100, 160))


def at_high_voltage(judged: Judged) -> Answer:
    """Is the user supplied at 1 kV or more?"""
    voltage = judged.record.get("voltage_kv")
    return None if voltage is None else voltage >= 1


# ---- papers


def _place(row: Row) -> str | None:
    """Give the step at which a paper was asked for, if its name is known."""
    name = row.get("step")
    return str(name) if name in KNOWN_STEPS else None


def papers_elsewhere(judged: Judged, allowed: Iterable[str]) -> Answer:
    """Was a paper asked for at a step for which the notice lists none?"""
    places = [_place(row) for row in judged.record.table("materials")]
    if not places:
        return None
    return any_of(None if place is None else place not in allowed for place in places)


def pledged_in_papers(judged: Judged) -> Answer:
    """Does a document speak of a pledge?"""
    rows = judged.record.table("materials")
    if not rows:
        return None
    return any_of(
        None
        if row.get("document") is None
        else any(word in str(row.get("document")) for word in PLEDGES)
        for row in rows
    )


def pledged_in_steps(judged: Judged) -> Answer:
    """Does the name of a step speak of a pledge?"""
    if not logged(judged):
        return None
    names = [str(row.get("step")) for row in happened_rows(judged)]
    return any(word in name for name in names for word in PLEDGES)


def _too_much(judged: Judged, allowed: dict[str, frozenset[str]]) -> Answer:
    rows = [r for r in judged.record.table("materials") if r.get("step") in allowed]
    named = [row for row in rows if row.get("document") is not None]
    if any(row.get("document") not in allowed[str(row.get("step"))] for row in named):
        return True
    known = len(named) == len(rows) and any(r.get("step") == "accept" for r in rows)
    strange = any(_place(row) is None for row in judged.record.table("materials"))
    return False if known and not strange else None


def refused_for_more(judged: Judged) -> Answer:
    """Was the acceptance refused or repeated while too much was asked for?"""
    rows = judged.line.step("accept").rows
    ends = {row.get("finished_at") for row in rows} - {None}
    refused = len(ends) > 1 or any(
        row.get("returned") is True or row.get("result") == "failed" for row in rows
    )
    at_once = bool(rows) and all(row.get("returned") is False for row in rows)
    kind = judged.record.get("customer_type")
    low, high = (
        _too_much(judged, papers)
        for papers in (LOW_VOLTAGE_PAPERS, HIGH_VOLTAGE_PAPERS)
    )
    if kind is None:
        more = False if low is high is False else None
    else:
        more = high if kind == "hv" else low
    return both(either_way(refused, at_once), more)


# ---- charges


def _amount(row: Row) -> Decimal | None:
    amount = row.get("amount_yuan")
    return amount if amount is not None and abs(amount) <= INCREDIBLE else None


def _paid(row: Row) -> Answer:
    amount, payer = _amount(row), row.get("payer")
    return both(
        None if payer is None else payer == "user",
        None if amount is None else amount > 0,
    )


def _without_charges(judged: Judged) -> Answer:
    return False if judged.record.get("user_cost_yuan") == 0 else None


def unlisted(judged: Judged) -> Answer:
    """Did the user pay for an item that stands on no list?"""
    rows = judged.record.table("fees")
    if not rows:
        return _without_charges(judged)
    return any_of(
        both(
            _paid(row),
            None if row.get("item") is None else row.get("item") not in LISTED,
        )
        for row in rows
    )


def without_receipt(judged: Judged) -> Answer:
    """Did the user pay something without a receipt?"""
    rows = judged.record.table("fees")
    if not rows:
        return _without_charges(judged)
    return any_of(both(_paid(row), row.get("receipt_id") is None) for row in rows)


def refunded(judged: Judged) -> Answer:
    """Was money given back to the user?"""
    rows = judged.record.table("fees")
    if not rows:
        return _without_charges(judged)
    return any_of(
        both(
            None if row.get("payer") is None else row.get("payer") == "user",
            None if _amount(row) is None else _amount(row) < 0,
        )
        for row in rows
    )


def charged_for_metering(judged: Judged) -> Answer:
    """Did the user pay, net of refunds, for meter, box or service line?"""
    rows = judged.record.table("fees")
    if not rows:
        return _without_charges(judged)
    total = Decimal(0)
    for row in rows:
        item, payer = row.get("item"), row.get("payer")
        worded = None if item is None else any(word in str(item) for word in METERING)
        mine = both(worded, None if payer is None else payer == "user")
        if mine is None or (mine and _amount(row) is None):
            return None
        total += _amount(row) if mine else 0
    return total > 0


def charged(judged: Judged) -> Answer:
    """Did the user pay anything up to and including the meter?"""
    paid = judged.cost
    free = not paid.doubt and paid.high is not None and paid.high <= 0
    return either_way(paid.low is not None and paid.low > 0, free)

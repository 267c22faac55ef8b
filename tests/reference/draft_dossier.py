"""Approvals, roster and attestations: what the agency adds to a dump."""

from datetime import date
from random import Random

from tests.reference.daycount import ONE_DAY
from tests.reference.draft_disputes import BAD_DATES
from tests.reference.draft_text import Row, write_row
from tests.reference.drafts import Cells, Setting, aim, chance, earlier, within

PROVINCE = "330000"
COUNTIES = tuple(
    f"33{city:02}{county:02}" for city in (1, 2, 3) for county in (1, 2, 3, 4)
)


def _approval(rng: Random, setting: Setting) -> Cells:
    """Make up one item of a project that aims at five or ten days."""
    voltage = rng.choice([0.4, 0.4, 0.22, 1, 10, 10, 20, 35, None])
    low = voltage is not None and voltage < 1
    days, fixed = aim(rng, 5 if low else 10), rng.choice([0, 0, 1, 1, 2, 3])
    decided = chance(rng, 0.75)
    last = (
        within(
            rng, max(date(2019, 3, 1), setting.cutoff - 400 * ONE_DAY), setting.cutoff
        )
        if decided
        else setting.cutoff
    )
    first = earlier(rng, last, days + fixed)
    item: Cells = {
        "voltage_kv": voltage,
        "accepted_at": first,
        "decided_at": last if decided else None,
    }
    if fixed:
        begin = earlier(rng, last, rng.randint(fixed, days + fixed))
        item["correction_from"] = begin + ONE_DAY
        until = begin + ONE_DAY
        while (until - begin).days < 30 and earlier(rng, until, fixed) < begin:
            until += ONE_DAY
        item["correction_to"] = (
            rng.choice([until, None]) if until >= begin + ONE_DAY else None
        )
    if chance(rng, 0.05):
        item[rng.choice(["accepted_at", "decided_at"])] = rng.choice(
            [None, rng.choice(BAD_DATES)]
        )
    return item


def approvals(rng: Random, setting: Setting, count: int) -> list[Row]:
    rows = []
    for number in range(count):
        own = {
            "project_id": f"P{number:05}",
            "county_code": rng.choice(COUNTIES),
            "mode": rng.choice(["approval", "filing", "exempt"]),
        }
        item = _approval(rng, setting)
        rows.append(write_row(rng, {**own, "item": "掘路", **item}))
        if chance(rng, 0.3) and isinstance(item["accepted_at"], date):
            second = {
                "item": "占用绿地",
                "accepted_at": item["accepted_at"] + ONE_DAY,
                "decided_at": item["decided_at"],
            }
            second["voltage_kv"] = item["voltage_kv"] if chance(rng, 0.8) else None
            if chance(rng, 0.3):
                second["accepted_at"] = rng.choice([None, rng.choice(BAD_DATES)])
            rows.append(write_row(rng, {**own, **second}))
    return rows


def roster(rng: Random, setting: Setting) -> list[Row]:
    """Write a roster that may lack a county or name a utility that never delivers."""
    rows = []
    for code in COUNTIES:
        if chance(rng, 0.04):
            continue
        names = (
            rng.choice(["", "U1", "U1;U2", "U1; U3"]) if chance(rng, 0.9) else "U1;U9"
        )
        rows.append(
            {
                "county_code": code,
                "county": f"县{code}",
                "city_code": f"{code[:4]}00",
                "city": f"市{code[:4]}",
                "province_code": PROVINCE,
                "province": "省",
                "utilities": names,
                "valid_from": "2018-01-01",
            }
        )
    return rows


def attestations(rng: Random, setting: Setting) -> list[Row]:
    rows = []
    for number in range(150):
        star = chance(rng, 0.1)
        rule = rng.choice(
            [21, 27, 29, 30, 33, 37, 38]
            if star
            else [1, 2, 5, 6, 11, 12, 15, 17, 25, 31, 36]
        )
        rows.append(
            {
                "level": "province" if star else "county",
                "code": PROVINCE if star else rng.choice(COUNTIES),
                "indicator": f"ind{rule:02}",
                "value": "started"
                if rule >= 37
                else rng.choice(["met", "met", "not_met"]),
                "dated": (setting.cutoff + rng.randint(-60, 5) * ONE_DAY).isoformat(),
                "signer": rng.choice(["甲", "乙", "丙", ""]),
                "evidence": f"E{number}",
            }
        )
    return rows

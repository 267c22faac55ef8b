"""Draw applications: cases, events and suspensions of a range of running numbers.

Every range of numbers has its own random stream, so the same seed gives the same
applications however many there are. A case is a row of a matrix with a column for
each place that an event can have; the rows of the log are its filled cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

STEPS = (
    "用电申请", "业务受理", "现场勘查", "答复供电方案", "设计文件审核",
    "中间检查", "竣工验收", "竣工验收", "签订合同", "装表", "送电",
)  # fmt: skip
SUBMIT, ACCEPT, SURVEY, REPLY, DESIGN, INTERIM, CHECK, AGAIN = range(8)
CONTRACT, INSTALL, CONNECT = range(8, 11)
PLACES = len(STEPS)

DAY = 86_400
BUSINESS = ("new", "increase", "temporary", "change")  # the last two out of scope
FIRST = int(np.datetime64("2021-01-04", "s").astype(np.int64))
CUTOFF_DAY = "2023-06-30"
CUTOFF = int(np.datetime64(f"{CUTOFF_DAY}T23:59:59", "s").astype(np.int64))
RESIDENT, THREE_ZERO, OTHER, HIGH = range(4)
SHARES = (0.43, 0.25, 0.08, 0.24)

# Median calendar days from the finish of the step before to the start, and from start
# to finish, for each place; a row a kind of user.
GAPS = np.array([
    [0, 0.2, 0.5, 0.4, 1.0, 1.0, 1.0, 1.0, 0.4, 0.9, 0.4],
    [0, 0.3, 1.5, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 6.0, 0.6],
    [0, 0.3, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.3],
    [0, 0.3, 1.5, 3.0, 6.0, 9.0, 8.0, 3.0, 0.6, 0.6, 0.5],
])  # fmt: skip
TAKES = np.array([0.004, 0.05, 0.3, 0.1, 0.9, 0.4, 0.7, 0.5, 0.1, 0.1, 0.05])
USUAL = np.array([
    [1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1],
    [1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1],
    [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1],
    [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1],
], dtype=bool)  # fmt: skip

# How often something is otherwise than it should be.
EXTRA_REPLY, FORBIDDEN, SECOND_CHECK, NO_REVIEW = 0.04, 0.004, 0.04, 0.05
STUCK, WITHDRAWN, NO_END, SUSPENDED = 0.010, 0.020, 0.001, 0.010
NO_FINISH = {ACCEPT: 0.004, REPLY: 0.005, CHECK: 0.005, CONTRACT: 0.003, CONNECT: 0.003}
LOST_ACCEPT = 0.002

COUNTIES, UTILITIES, OPERATORS = 2_800, 40, 5_000
SLOW_COUNTY, SLOWER = 20, np.float32(1.8)  # each twentieth county takes its time
NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Course:
    """What happened: for each case and place, whether, from when and until when."""

    kind: np.ndarray
    has: np.ndarray
    started: np.ndarray
    finished: np.ndarray
    withdrawn: np.ndarray
    energised: np.ndarray


def texts(raw: np.ndarray) -> pa.Array:
    """Return strings of one width from a matrix of bytes."""
    count, width = raw.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    data = np.ascontiguousarray(raw)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.StringArray.from_buffers(count, *buffers[1:])


def digits(head: bytes, numbers: np.ndarray, width: int) -> np.ndarray:
    """Return ``head`` and the number with leading zeros, ``width`` bytes in all."""
    raw = np.empty((len(numbers), width), np.uint8)
    raw[:, : len(head)] = np.frombuffer(head, np.uint8)
    rest = numbers.astype(np.int64)
    for place in range(width - 1, len(head) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        raw[:, place] = digit + 48
    return raw


def county_of(number: np.ndarray) -> np.ndarray:
    """Return the county of each application, each with as many as the others."""
    return (number * 7) % COUNTIES


def course(number: np.ndarray, rng: np.random.Generator) -> Course:
    """Draw kinds of users and the course of each application."""
    count = len(number)
    kind = rng.choice(4, count, p=SHARES)
    has = _places(kind, rng)
    begin = FIRST + rng.integers(0, (CUTOFF - FIRST) // DAY, count) * DAY
    spread = rng.standard_normal((count, PLACES), np.float32)
    noise = np.exp(0.6 * spread, dtype=np.float32)
    noise[county_of(number) % SLOW_COUNTY == 0] *= SLOWER
    took = noise[:, ::-1] * TAKES.astype(np.float32)
    step = (GAPS.astype(np.float32)[kind] * noise + took) * has
    step[:, AGAIN] += has[:, AGAIN]  # a second check is never on the day of the first
    done = rng.random(count, np.float32)[:, None] * 0.9 + np.cumsum(step, axis=1)
    started = begin[:, None] + office(done - took * has)
    finished = begin[:, None] + office(done)
    finished[:, SUBMIT] = started[:, SUBMIT] + 240
    return _stopped(kind, has, started, finished, rng)


def office(days: np.ndarray) -> np.ndarray:
    """Return seconds of a time in days, each day's hours pressed into 8:30 to 17:30."""
    whole = np.floor(days)
    return (whole * DAY + 30_600 + (days - whole) * 32_400).astype(np.int64)


def _places(kind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Say which places each application has: the usual ones, and what goes wrong."""
    has = USUAL[kind]
    chance = rng.random((len(kind), 4), np.float32)
    low, high = kind < HIGH, kind == HIGH
    has[:, REPLY] |= (kind < OTHER) & (chance[:, 0] < EXTRA_REPLY)
    has[:, DESIGN] |= low & (chance[:, 1] < FORBIDDEN)
    has[:, CHECK] |= low & (chance[:, 2] < FORBIDDEN)
    has[:, AGAIN] = high & (chance[:, 2] < SECOND_CHECK)
    has[:, DESIGN] &= ~(high & (chance[:, 1] < NO_REVIEW))
    has[:, INTERIM] &= chance[:, 3] >= NO_REVIEW
    return has


def _stopped(
    kind: np.ndarray,
    has: np.ndarray,
    started: np.ndarray,
    finished: np.ndarray,
    rng: np.random.Generator,
) -> Course:
    """Leave some where they stuck or were withdrawn, and all where the data end."""
    count = len(kind)
    fate = rng.random(count, np.float32)
    stops = fate < STUCK + WITHDRAWN
    last = np.where(stops, rng.integers(0, CONNECT, count), CONNECT)
    has &= np.arange(PLACES) <= last[:, None]
    after = np.where(has, finished, NEVER).max(axis=1)
    pause = rng.integers(DAY // 2, 6 * DAY, count)
    withdrawn = np.where((fate >= STUCK) & stops, after + pause, NEVER)
    energised = np.where(stops, NEVER, finished[:, CONNECT])
    no_end = rng.random(count, np.float32) < NO_END
    energised[no_end] = NEVER
    finished[no_end, CONNECT] = NEVER
    for place, share in NO_FINISH.items():
        finished[rng.random(count, np.float32) < share, place] = NEVER
    has[rng.random(count, np.float32) < LOST_ACCEPT, ACCEPT] = False
    has &= started <= CUTOFF
    for stamps in (finished, withdrawn, energised):
        stamps[stamps > CUTOFF] = NEVER
    return Course(kind, has, started, finished, withdrawn, energised)


def stamps(seconds: np.ndarray) -> pa.Array:
    """Return timestamps in seconds; NEVER is null."""
    whole = pa.array(seconds, pa.int64(), mask=seconds == NEVER)
    return whole.cast(pa.timestamp("s"))


def events(made: Course, ids: np.ndarray, rng: np.random.Generator) -> pa.Table:
    """Return the log, case by case in the order of the procedure."""
    case, place = np.nonzero(made.has)
    started, finished = made.started[case, place], made.finished[case, place]
    known = np.where(finished == NEVER, started, finished)
    recorded = known + rng.integers(20, 7_200, len(case))
    clerk = pa.array(rng.integers(0, OPERATORS, len(case), np.int32))
    names = texts(digits(b"op", np.arange(OPERATORS), 7))
    return pa.table({
        "case_id": texts(ids[case]),
        "step": pa.DictionaryArray.from_arrays(
            pa.array(place, pa.int32()), pa.array(STEPS)
        ).dictionary_decode(),
        "started_at": stamps(started),
        "finished_at": stamps(finished),
        "recorded_at": stamps(recorded),
        "operator": names.take(clerk),
    })  # fmt: skip


def blank(values: np.ndarray, share: float, rng: np.random.Generator) -> pa.Array:
    """Return the values with a share of them empty."""
    return pa.array(values, mask=rng.random(len(values), np.float32) < share)


def words(
    names: tuple[str, ...], codes: np.ndarray, share: float, rng: np.random.Generator
) -> pa.Array:
    """Return a word by its number, a share of them empty."""
    return pa.array(names).take(blank(codes, share, rng))


def cases(
    made: Course, number: np.ndarray, ids: np.ndarray, rng: np.random.Generator
) -> pa.Table:
    """Return a row a case: its id and fifteen attributes."""
    kind, count = made.kind, len(number)
    chance = rng.random((count, 6), np.float32)
    low = (kind == THREE_ZERO) | (kind == OTHER)
    county = county_of(number)
    median = np.array([8, 60, 120, 400])[kind]
    capacity = np.round(median * rng.lognormal(0, 0.5, count), 1)
    paid = np.where(chance[:, 0] < 0.02, 500.0, 0.0)
    again = (chance[:, 1] < 0.03) & (number > 0)
    scope = np.searchsorted([0.75, 0.97, 0.99], chance[:, 2])
    zero = pa.array(
        kind == THREE_ZERO, mask=~low | (rng.random(count, np.float32) < 0.004)
    )
    sources = pa.array(
        np.where(chance[:, 3] < 0.08, 2, 1),
        mask=(kind != HIGH) | (rng.random(count, np.float32) < 0.003),
    )
    near = pa.array(
        chance[:, 4] >= 0.015,
        mask=(kind != HIGH) | (rng.random(count, np.float32) < 0.02),
    )
    small = (kind != RESIDENT) & (chance[:, 5] < 0.7)
    users = ("resident", "lv_nonresident", "lv_nonresident", "hv")
    return pa.table({
        "case_id": texts(ids),
        "county_code": texts(digits(b"33", county, 6)),
        "utility": texts(digits(b"U", county % UTILITIES, 3)),
        "business_type": words(BUSINESS, scope, 0.003, rng),
        "customer_type": pa.array(users).take(pa.array(kind)),
        "three_zero": zero,
        "source_count": sources,
        "capacity_kw": blank(capacity, 0.003, rng),
        "area": words(("urban", "rural"), rng.integers(0, 2, count), 0.002, rng),
        "micro_small": blank(small, 0.003, rng),
        "user_cost_yuan": blank(paid, 0.010, rng),
        "policy_notified": blank(rng.random(count, np.float32) >= 0.01, 0.02, rng),
        "nearest_connection": near,
        "customer_id": texts(digits(b"C", number - again, 11)),
        "energised_at": stamps(made.energised),
        "withdrawn_at": stamps(made.withdrawn),
    })  # fmt: skip


def suspensions(made: Course, ids: np.ndarray, rng: np.random.Generator) -> pa.Table:
    """Return the days on which work stopped; only some of them are excused."""
    hit = np.flatnonzero(rng.random(len(ids), np.float32) < SUSPENDED)
    twice = hit[rng.random(len(hit), np.float32) < 0.1]
    hit = np.sort(np.concatenate([hit, twice]))
    count = len(hit)
    day = made.started[hit, SUBMIT] // DAY + rng.integers(1, 4, count)
    reason = pa.array(("force_majeure", "customer")).take(
        pa.array((rng.random(count) < 0.15).astype(np.int8))
    )
    paper = texts(digits(b"W", rng.integers(0, 99_999_999, count), 9)).to_numpy(
        zero_copy_only=False
    )
    last = day + rng.integers(0, 4, count)
    return pa.table({
        "case_id": texts(ids[hit]),
        "from_date": pa.array(day, pa.int32()).cast(pa.date32()),
        "to_date": pa.array(last, pa.int32()).cast(pa.date32()),
        "reason": reason,
        "evidence_id": pa.array(paper, pa.string(), mask=rng.random(count) < 0.15),
    })  # fmt: skip


def chunk(first: int, count: int, seed: int) -> dict[str, pa.Table]:
    """Return the tables of ``count`` applications from number ``first`` on."""
    rng = np.random.default_rng([seed, first])
    number = np.arange(first, first + count)
    ids = digits(b"330100", number, 18)
    made = course(number, rng)
    return {
        "cases": cases(made, number, ids, rng),
        "events": events(made, ids, rng),
        "suspensions": suspensions(made, ids, rng),
    }

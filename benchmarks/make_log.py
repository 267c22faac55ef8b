"""Seeded benchmark data: cases and events as parquet, in bounded memory.

6.9 events a case, 18-character ids, ten step names, three stamps, an operator, the
cases' attributes, 1 % of cases with a suspension. Clustered by case, or shuffled.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CHUNK = 200_000
DAY0 = np.datetime64("2021-01-04", "s")
STEPS = [
    "用电申请",
    "业务受理",
    "现场勘查",
    "答复供电方案",
    "设计文件审核",
    "中间检查",
    "竣工验收",
    "签订合同",
    "装表",
    "送电",
]
LOW = [0, 1, 2, 3, 7, 9]
SHORT = [0, 1, 7, 8, 9, 2]
HIGH = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]


def chunk(
    first: int, count: int, rng: np.random.Generator
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return cases, events and suspensions of ``count`` cases from ``first`` on."""
    number = np.arange(first, first + count)
    ids = np.char.add("33010", np.char.zfill(number.astype("U13"), 13))
    kind = rng.choice(
        4, count, p=[0.5, 0.27, 0.08, 0.15]
    )  # resident, three-zero, other, hv
    start = DAY0 + rng.integers(0, 700 * 86_400, count).astype("timedelta64[s]")
    pace = np.choose(kind, [2.2, 9.0, 8.0, 26.0]) * rng.lognormal(0, 0.35, count)
    n_steps = np.choose(kind, [6, 6, 6, 10])
    open_ = rng.random(count) < 0.03
    case_of = np.repeat(np.arange(count), n_steps)
    place = np.arange(len(case_of)) - np.repeat(np.cumsum(n_steps) - n_steps, n_steps)
    plan = np.zeros((4, 10), dtype=np.int8)
    plan[0, :6], plan[1, :6], plan[2, :6], plan[3] = SHORT, LOW, LOW, HIGH
    step = plan[kind[case_of], place]
    share = place / (n_steps[case_of] - 1)
    at = start[case_of] + (share * pace[case_of] * 86_400 * 1.4).astype(
        "timedelta64[s]"
    )
    took = rng.integers(600, 40_000, len(case_of)).astype("timedelta64[s]")
    done = at + took
    keep = ~(open_[case_of] & (share > 0.7))
    order = np.flatnonzero(keep)
    events = pa.table(
        {
            "case_id": pa.array(ids[case_of[order]]),
            "step": pa.DictionaryArray.from_arrays(
                pa.array(step[order]), pa.array(STEPS)
            ),
            "started_at": pa.array(at[order].astype("datetime64[s]")),
            "finished_at": pa.array(done[order].astype("datetime64[s]")),
            "recorded_at": pa.array(
                (done[order] + np.timedelta64(60, "s")).astype("datetime64[s]")
            ),
            "operator": pa.array(
                np.char.add("op", rng.integers(0, 5000, len(order)).astype("U5"))
            ),
        }
    )
    last = (
        start
        + (pace * 86_400 * 1.4).astype("timedelta64[s]")
        + np.timedelta64(3600, "s")
    )
    capacity = np.round(
        np.choose(kind, [8, 60, 200, 800]) * rng.lognormal(0, 0.5, count), 1
    )
    cost = np.where(rng.random(count) < 0.02, 500.0, 0.0)
    cases = pa.table(
        {
            "case_id": pa.array(ids),
            "county_code": pa.array((330_000 + (number * 7) % 2_800).astype("U6")),
            "utility": pa.array(np.char.add("U", (number % 40).astype("U2"))),
            "business_type": pa.array(
                np.where(rng.random(count) < 0.9, "new", "increase")
            ),
            "customer_type": pa.array(
                np.array(["resident", "lv_nonresident", "lv_nonresident", "hv"])[kind]
            ),
            "three_zero": pa.array(kind == 1),
            "source_count": pa.array(np.where(rng.random(count) < 0.1, 2, 1)),
            "voltage_kv": pa.array(np.choose(kind, [0.22, 0.38, 0.38, 10.0])),
            "capacity_kw": pa.array(capacity),
            "capacity_unit": pa.array(np.full(count, "kW")),
            "area": pa.array(np.where(rng.random(count) < 0.6, "urban", "rural")),
            "micro_small": pa.array((kind > 0) & (rng.random(count) < 0.7)),
            "user_cost_yuan": pa.array(cost),
            "status": pa.array(np.where(open_, "open", "completed")),
            "energised_at": pa.array(last.astype("datetime64[s]"), mask=open_),
        }
    )
    hit = np.flatnonzero(rng.random(count) < 0.01)
    day = start[hit].astype("datetime64[D]")
    suspensions = pa.table(
        {
            "case_id": pa.array(ids[hit]),
            "from_date": pa.array(day + np.timedelta64(1, "D")),
            "to_date": pa.array(day + np.timedelta64(3, "D")),
            "reason": pa.array(np.full(len(hit), "force_majeure")),
            "evidence_id": pa.array(np.char.add("W", hit.astype("U9"))),
        }
    )
    return cases, events, suspensions


def make(folder: Path, cases: int, seed: int = 37, *, shuffled: bool = False) -> None:
    """Write ``cases``, ``events`` and ``suspensions`` parquet files of a dump."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    writers: dict[str, pq.ParquetWriter] = {}
    for first in range(0, cases, CHUNK):
        tables = dict(
            zip(
                ("cases", "events", "suspensions"),
                chunk(first, min(CHUNK, cases - first), rng),
                strict=True,
            )
        )
        if shuffled:
            tables["events"] = tables["events"].take(
                pa.array(rng.permutation(tables["events"].num_rows))
            )
        for name, table in tables.items():
            if name not in writers:
                writers[name] = pq.ParquetWriter(
                    folder / f"{name}.parquet", table.schema, compression="zstd"
                )
            writers[name].write_table(table, row_group_size=120_000)
    for writer in writers.values():
        writer.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), shuffled="shuffled" in sys.argv[3:])

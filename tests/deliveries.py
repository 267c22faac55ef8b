"""Two deliveries of one history, the second one with planted changes."""

import random
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar

from auditor import pipeline
from auditor.settings import Settings
from tests.runs import write_table

CUTOFF = date(2022, 12, 31)
FIRST = date(2022, 2, 8)


def after(start: date, worked: int) -> date:
    """The day on which so many working days have passed since the start."""
    day, left = start, worked
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    return day


def history(cases: int) -> dict[str, list[dict]]:
    """Three-zero users: case n takes 5 + n % 20 working days; each tenth is open."""
    tables: dict[str, list[dict]] = {"cases": [], "events": []}
    for n in range(cases):
        submitted = after(FIRST, n % 150)
        days = 5 + n % 20
        is_open = n % 10 == 9
        ended = after(submitted, days)
        case = {
            "case_id": f"C-{n:05}",
            "county_code": f"33010{n % 3 + 1}",
            "utility": "供电公司",
            "business_type": "new",
            "customer_type": "lv_nonresident",
            "three_zero": True,
            "capacity_kw": 50.0,
            "user_cost_yuan": 0,
            "policy_notified": True,
            "status": "open" if is_open else "completed",
            "submitted_at": submitted,
            "energised_at": "" if is_open else ended,
        }
        tables["cases"].append(case)
        steps = [
            ("业务受理", submitted, submitted),
            ("答复方案", submitted, after(submitted, 2)),
            ("装表接电", after(submitted, 3), ended),
        ]
        tables["events"] += [
            {"case_id": case["case_id"], "step": step, "started_at": start}
            | ({"finished_at": end} if end and not (is_open and k == 2) else {})
            for k, (step, start, end) in enumerate(steps)
        ]
    return tables


def event(tables: dict[str, list[dict]], case: int, step: int) -> dict:
    return tables["events"][3 * case + step]


def write(
    folder: Path, tables: dict[str, list[dict]], shuffle: int | None = None
) -> Path:
    """Write a dump; with a seed, rows go in another order into two files a table."""
    dump = folder / "dump"
    for name, rows in tables.items():
        rows = [row for row in rows if row]
        if shuffle is None:
            write_table(dump, name, rows)
            continue
        mixed = random.Random(shuffle).sample(rows, len(rows))
        half = len(mixed) // 3
        for part, some in (("a", mixed[:half]), ("b", mixed[half:])):
            write_table(folder / part, name, some).rename(
                _made(dump) / f"{name}-{part}.csv"
            )
    return dump


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def audited(dump: Path, **said: object) -> Path:
    """Run the line over a dump and return the run folder."""
    options: dict = {"cutoff": CUTOFF, "outputs": ("evidence",)} | said
    out = options.pop("out", dump.parent / "run")
    pipeline.run(Settings(inputs=(dump,), out=out, **options))
    return out

"""The product itself, as contenders: scanning alone, the kernel alone, whole runs."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.common import CUTOFF, RULES

COLUMNS = {
    "events": ["case_id", "step", "started_at", "finished_at"],
    "cases": [
        "case_id", "county_code", "business_type", "customer_type", "three_zero",
        "source_count", "capacity_kw", "area", "micro_small", "user_cost_yuan",
        "policy_notified", "nearest_connection", "energised_at", "withdrawn_at",
    ],
    "suspensions": ["case_id", "from_date", "to_date", "reason", "evidence_id"],
}  # fmt: skip


def scan(dump: Path, _out: Path) -> float:
    """Seconds to decode the columns that the rules need and touch every value."""
    import polars as pl

    begin = time.perf_counter()
    for table, columns in COLUMNS.items():
        frame = pl.scan_parquet(dump / f"{table}.parquet", glob=False).select(columns)
        # A hash reads each value; a largest one would be answered from the footers.
        frame.select(pl.all().hash().sum()).collect(engine="streaming")
    return time.perf_counter() - begin


def kernel(dump: Path, out: Path) -> dict[str, float]:
    """Seconds from typed rows to verdicts and counts; reading and cleaning untimed.

    With all rules, and with only those that the peers judge.
    """
    from auditor.line import Local, judge_parts
    from auditor.pack import load_pack
    from auditor.pipeline import calendar_of
    from auditor.settings import Clock, Settings

    def quiet(_stage: str) -> None:
        pass

    pack = load_pack()
    few = replace(pack, rules=tuple(r for r in pack.rules if r.id in RULES))
    engine = Local(Settings((dump,), out, cutoff=CUTOFF))
    found = {}
    with tempfile.TemporaryDirectory(dir=out) as name:
        inputs = engine.tables(None, pack, Path(name), quiet)
        for what, rules in (("kernel19", few), ("kernel", pack)):
            place = Path(name) / what
            place.mkdir()
            given = (rules, calendar_of(pack), Clock(CUTOFF))
            begin = time.perf_counter()
            judge_parts(
                inputs, given, (place, place / "pieces"), quiet, (None, engine.judged)
            )
            found[what] = time.perf_counter() - begin
    return found


def run(dump: Path, out: Path, outputs: tuple[str, ...], master: str | None) -> float:
    """Seconds of a whole run inside the process, run folder and all."""
    from auditor.pipeline import run as audit
    from auditor.settings import Settings

    settings = Settings(
        (dump,), out / "run", cutoff=CUTOFF, outputs=outputs, force=True,
        engine="spark" if master else "local", master=master,
    )  # fmt: skip
    begin = time.perf_counter()
    audit(settings)
    return time.perf_counter() - begin


def on_spark(dump: Path, out: Path, master: str) -> float:
    """Seconds of a run on a Spark that is up already; its start is told apart."""
    from auditor.spark.start import started

    with started(master):
        return run(dump, out, (), master)


def main(what: str, dump: Path, out: Path) -> float | dict[str, float]:
    """Do one measurement; return its seconds inside the process."""
    from auditor.settings import OUTPUTS

    kinds = {
        "scan": lambda: scan(dump, out),
        "kernel": lambda: kernel(dump, out),
        "tables": lambda: run(dump, out, (), None),
        "run": lambda: run(dump, out, OUTPUTS, None),
        "spark": lambda: on_spark(dump, out, "local[2]"),
    }
    return kinds[what]()


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))

"""``python -m benchmarks [CASES]``: speed, against only scanning the data.

Three processes over the same dump, in turn and repeated: *scan* reads the needed
columns and touches every value; *kernel* cleans untimed, then measures, judges and
counts, as ``audit run`` does partition by partition; *run* is the whole command with
evidence, forms and store left out, and with them. Prints medians and multiples.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median

CUTOFF = date(2023, 6, 30)
COLUMNS = {
    "events": ["case_id", "step", "started_at", "finished_at"],
    "cases": ["case_id", "county_code", "customer_type", "three_zero", "energised_at"],
}


def scan(dump: Path) -> float:
    """Seconds to decode the needed columns and touch every value."""
    import polars as pl

    begin = time.perf_counter()
    for table, columns in COLUMNS.items():
        frame = pl.scan_parquet(dump / f"{table}.parquet", glob=False).select(columns)
        touched = frame.select(pl.all().hash().sum())
        touched.collect(engine="streaming")
    return time.perf_counter() - begin


def kernel(dump: Path) -> float:
    """Seconds to judge every partition, from typed rows to counts."""
    from auditor.clean import clean, read_plan
    from auditor.kernel import audit_part
    from auditor.line.beyond import look_beyond
    from auditor.pack import load_pack
    from auditor.pipeline import calendar_of
    from auditor.read import read
    from auditor.settings import Clock, Limits

    pack = load_pack()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        raw = read((dump,), None, read_plan(None, pack), Limits(), work)
        tables = clean(raw, None, pack, work)
        rules = (pack, calendar_of(pack), Clock(CUTOFF))
        sources = tuple(file.source for file in raw.files)
        begin = time.perf_counter()
        side = look_beyond((raw, tables), rules)
        for part in tables.parts:
            audit_part(part, tables.lost, rules, sources, side)
        return time.perf_counter() - begin


def run(dump: Path, outputs: tuple[str, ...]) -> float:
    """Seconds of a whole run inside the process."""
    from auditor.pipeline import run as audit
    from auditor.settings import Settings

    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "run"
        settings = Settings((dump,), out, cutoff=CUTOFF, outputs=outputs)
        begin = time.perf_counter()
        audit(settings)
        return time.perf_counter() - begin


def one(what: str, dump: Path) -> dict[str, float]:
    """Do one measurement; return seconds and peak memory of the process tree in MB."""
    from auditor.settings import OUTPUTS

    kinds = {
        "scan": lambda: scan(dump),
        "kernel": lambda: kernel(dump),
        "run, tables only": lambda: run(dump, ()),
        "run, everything": lambda: run(dump, OUTPUTS),
    }
    seconds = kinds[what]()
    tree = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(one).ru_maxrss for one in tree)
    return {"seconds": seconds, "peak_mb": peak / 1024}


def main(cases: int = 1_000_000, rounds: int = 3) -> None:
    """Make the data, measure in turn, print a table."""
    from benchmarks.make_log import make

    with tempfile.TemporaryDirectory() as name:
        dump = Path(name)
        make(dump, cases)
        found: dict[str, list[dict[str, float]]] = {}
        for _ in range(rounds):
            for what in ("scan", "kernel", "run, tables only", "run, everything"):
                command = [sys.executable, "-m", "benchmarks", "--one", what, str(dump)]
                told = subprocess.check_output(command, text=True)
                found.setdefault(what, []).append(json.loads(told))
    base = median(row["seconds"] for row in found["scan"])
    print(f"{cases:,} cases, {rounds} rounds, medians")
    for what, rows in found.items():
        seconds = median(row["seconds"] for row in rows)
        peak = median(row["peak_mb"] for row in rows)
        times = f"{seconds:8.2f} s  {seconds / base:6.1f} x scan"
        print(f"{what:18} {times}  {peak:7.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(sys.argv[2], Path(sys.argv[3]))))
    else:
        main(*(int(word) for word in sys.argv[1:]))

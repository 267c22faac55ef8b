"""``python -m benchmarks.ingest [CASES [ROUNDS]]``: reading a CSV dump, against DuckDB.

In turn and repeated, each in a process of its own: DuckDB reads the dump in UTF-8, all
columns as text, into Parquet files (what the reader leaves behind) and into tables of
its own; ``auditor.read`` stages the same dump in GB18030 and in UTF-8, with every
record counted twice; the second count alone. Prints medians of wall and processor time,
the peak memory of all processes together, and multiples of DuckDB.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from benchmarks.measure import tree

TABLES = ("cases", "events", "suspensions")
KINDS = (
    "duckdb to parquet, utf-8",
    "duckdb to tables, utf-8",
    "read, gb18030",
    "read, utf-8",
    "count alone, gb18030",
)


def duckdb_read(dump: Path, work: Path, *, to_files: bool) -> int:
    """Read every file with DuckDB; return the rows."""
    import duckdb

    rows = 0
    with duckdb.connect() as engine:
        for name in TABLES:
            source = (
                f"read_csv('{dump / name}.csv', all_varchar=true, header=true, "
                "delim=',', quote='\"', escape='\"')"
            )
            target = f"'{work / name}.parquet' (format parquet, compression lz4)"
            if to_files:
                told = engine.execute(f"copy (from {source}) to {target}").fetchone()
            else:
                engine.execute(f"create table {name} as from {source}")
                told = engine.execute(f"select count(*) from {name}").fetchone()
            rows += told[0] if told else 0
    return rows


def audit_read(dump: Path, work: Path) -> int:
    """Stage every file with the reader; return the rows."""
    from auditor.read import ReadPlan, read
    from auditor.settings import Limits

    raw = read([dump], None, ReadPlan(TABLES), Limits(), work)
    assert raw.rejects.is_empty()
    assert sum(file.records for file in raw.files) == sum(f.read for f in raw.files)
    return sum(file.read for file in raw.files)


def count(dump: Path) -> int:
    """Count the records of every file; return them without the headers."""
    from auditor.read.counter import count_records

    return sum(count_records(dump / f"{name}.csv").records - 1 for name in TABLES)


def one(kind: str, folder: Path) -> dict[str, float]:
    """Do one measurement in this process and those it starts."""
    dump = folder / ("gb18030" if "gb18030" in kind else "utf-8")
    peak = [0]
    threading.Thread(target=_watch, args=(os.getpid(), peak), daemon=True).start()
    with tempfile.TemporaryDirectory(dir=folder) as name:
        work = Path(name)
        begin = time.perf_counter()
        if kind.startswith("duckdb"):
            rows = duckdb_read(dump, work, to_files="parquet" in kind)
        else:
            rows = audit_read(dump, work) if kind[0] == "r" else count(dump)
        seconds = time.perf_counter() - begin
    used = [resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN)]
    busy = sum(one.ru_utime + one.ru_stime for one in used)
    return {"seconds": seconds, "busy": busy, "mb": peak[0] / 2**20, "rows": rows}


def _watch(root: int, peak: list[int]) -> None:
    """Note the largest sum of resident memory of a process and its offspring."""
    while True:
        peak[0] = max(peak[0], sum(map(_resident, tree(root))))
        time.sleep(0.02)


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def main(cases: int = 1_000_000, rounds: int = 3) -> None:
    """Make the data, measure in turn, print a table."""
    from benchmarks.make_log import make

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "gb18030", cases, form="csv-gb18030")
        make(folder / "utf-8", cases, form="csv")
        size = sum(path.stat().st_size for path in (folder / "gb18030").iterdir())
        found: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
        for _ in range(rounds):
            for kind in KINDS:
                words = [sys.executable, "-m", "benchmarks.ingest", kind, str(folder)]
                found[kind].append(json.loads(subprocess.check_output(words)))
        shutil.rmtree(folder / "gb18030")
    told = {row["rows"] for rows in found.values() for row in rows}
    assert len(told) == 1, told  # everybody saw the same rows before a time is shown
    print(f"{cases:,} cases, {told.pop():,.0f} rows, {size / 1e6:,.0f} MB in GB18030")
    bases = [_medians(found[kind]) for kind in KINDS[:2]]
    for kind, rows in found.items():
        wall, busy, mb = _medians(rows)
        times = "  ".join(f"{wall / base[0]:5.2f} x" for base in bases)
        print(f"{kind:26} {wall:7.2f} s  {times}  cpu {busy:6.2f} s  {mb:6.0f} MB")
    alone, whole = _medians(found[KINDS[4]])[1], _medians(found[KINDS[2]])[1]
    print(f"the second count is {alone / whole:.0%} of the processor time of reading")


def _medians(rows: list[dict[str, float]]) -> tuple[float, float, float]:
    wall, busy, mb = (
        median(row[key] for row in rows) for key in ("seconds", "busy", "mb")
    )
    return wall, busy, mb


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in KINDS:
        print(json.dumps(one(sys.argv[1], Path(sys.argv[2]))))
    else:
        main(*(int(word) for word in sys.argv[1:]))

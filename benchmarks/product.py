"""The product itself, as contenders: scanning alone, the kernel alone, whole runs."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.common import CUTOFF, RULES

if TYPE_CHECKING:
    import polars as pl

    from auditor.across import Side
    from auditor.frames import Part
    from auditor.kernel import Rules

LARGE = 10_000_000  # cases, above which the bounded run is given more memory
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
    """Seconds from the files to verdicts and counts by county, both written.

    Reading with its checks, cleaning, judging and the rollup, without findings, origins
    of rows, evidence and what is made of them: once with the peers' rules alone, once
    with all rules on cases. ``…_judge`` is the part of it behind cleaning.
    """
    from auditor.pack import load_pack
    from auditor.pipeline import calendar_of
    from auditor.settings import Clock

    pack = load_pack()
    few = replace(pack, rules=tuple(r for r in pack.rules if r.id in RULES))
    found = {}
    for what, rules in (("kernel19", few), ("kernel", pack)):
        with tempfile.TemporaryDirectory(dir=out) as name:
            given = (rules, calendar_of(pack), Clock(CUTOFF))
            whole, judged = _kernel(dump, Path(name), given)
        found |= {what: whole, f"{what}_judge": judged}
    return found


def _kernel(dump: Path, place: Path, rules: Rules) -> tuple[float, float]:
    """Judge a dump with some rules; return seconds, and those behind cleaning."""
    import polars as pl

    from auditor.ahead import ahead
    from auditor.line import Local
    from auditor.line.beyond import look_beyond
    from auditor.line.pieces import Pieces
    from auditor.rollup import Dossier, add, count, rollup
    from auditor.settings import Settings

    pack, _, clock = rules
    begin = time.perf_counter()
    engine = Local(Settings((dump,), place, cutoff=CUTOFF))
    raw, tables = engine.tables(None, pack, place, _quiet)
    cleaned = time.perf_counter()
    side = look_beyond((raw, tables), rules)
    (place / "pieces").mkdir()
    pieces, counts = Pieces(place / "pieces"), []
    judge = partial(_verdicts, lost=tables.lost, rules=rules, side=side)
    for one in ahead(judge, tables.parts):
        counts.append(count(one, pack.case_rules))
        pieces.add("verdicts", one)
    pieces.join("verdicts", place)
    nobody = pl.Series(dtype=pl.String)
    table = rollup(add(counts), pack, clock, Dossier(None, None), nobody)
    table.write_parquet(place / "rollup.parquet")
    end = time.perf_counter()
    return end - begin, end - cleaned


def _verdicts(part: Part, lost: pl.DataFrame, rules: Rules, side: Side) -> pl.DataFrame:
    from auditor.kernel import judge_part

    return judge_part(part, lost, rules, side)[1]


def _quiet(_stage: str) -> None:
    pass


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


def stage(dump: Path, out: Path) -> float:
    """Seconds of reading alone: copies, hashes, a capped parser, every record twice."""
    from benchmarks.ingest import audit_read

    begin = time.perf_counter()
    audit_read(dump, out)
    return time.perf_counter() - begin


def csv(dump: Path, out: Path) -> float:
    """Seconds that DuckDB takes to turn CSV into Parquet, all cells as text."""
    from benchmarks.ingest import duckdb_read

    begin = time.perf_counter()
    duckdb_read(dump, out, to_files=True)
    return time.perf_counter() - begin


def bounded(dump: Path, out: Path) -> float:
    """Seconds of the command as a user calls it, under a limit on its memory.

    The limit holds for the data of each process, as ``ulimit -d`` does.
    """
    # Counted in a process of its own, so that no library counts as the run's memory.
    asked = (
        "import sys, pyarrow.parquet as p; print(p.read_metadata(sys.argv[1]).num_rows)"
    )
    told = [sys.executable, "-c", asked, str(dump / "cases.parquet")]
    is_large = int(subprocess.check_output(told)) > LARGE
    memory, limit = ("2GB", 4 << 30) if is_large else ("1GB", 2 << 30)
    command = [sys.executable, "-m", "auditor", "run", str(dump), "--cutoff",
               str(CUTOFF), "--out", str(out / "run"), "--memory", memory]  # fmt: skip

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

    begin = time.perf_counter()
    done = subprocess.run(
        command, preexec_fn=limited, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-800:])
    return time.perf_counter() - begin


def main(what: str, dump: Path, out: Path) -> float | dict[str, float]:
    """Do one measurement; return its seconds inside the process."""
    from auditor.settings import OUTPUTS

    kinds = {
        "scan": lambda: scan(dump, out),
        "kernel": lambda: kernel(dump, out),
        "tables": lambda: run(dump, out, (), None),
        "run": lambda: run(dump, out, OUTPUTS, None),
        "bounded": lambda: bounded(dump, out),
        "stage": lambda: stage(dump, out),
        "csv": lambda: csv(dump, out),
        "spark": lambda: on_spark(dump, out, "local[2]"),
    }
    return kinds[what]()


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))

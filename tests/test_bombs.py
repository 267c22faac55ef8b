"""What is made to exhaust the reader costs one file, seconds and bounded memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bombs import BOMBS

ROOT = Path(__file__).resolve().parents[1]
QUICK = (
    "one line of 200 MB",
    "zip of overlapping entries",
    "the farthest cell of a sheet",
    "parquet that claims 2^60 rows",
    "a log that laughs",
)
SECONDS, CHILD_MB, PARENT_MB, DISK_MB = 10, 2_048, 300, 64

READ = """
import json, resource, sys, threading, time
from pathlib import Path
import polars as pl
from auditor.read import ReadPlan, read
from auditor.settings import Limits

dump, work = map(Path, sys.argv[1:])
begin, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
raw = read([dump], None, ReadPlan(("cases", "events")), Limits(), work)
seconds = time.perf_counter() - begin
mine, theirs = (resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN))
told = Path("/proc/self/status").read_text().splitlines()
peak = next(line for line in told if line.startswith("VmHWM"))
files = raw.rejects.filter(kind="file")
left = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
print(json.dumps({
    "reasons": files["reason"].to_list(), "sources": files["source"].to_list(),
    "read": {file.source: file.read for file in raw.files}, "seconds": seconds,
    "busy": theirs.ru_utime + theirs.ru_stime, "child": theirs.ru_maxrss / 1024,
    "parent": int(peak.split()[1]) / 1024, "left": left / 2**20,
}))
"""


def explode(folder: Path, name: str) -> dict[str, object]:
    """Read a dump of one bomb between two good files, in processes of their own."""
    file, make = BOMBS[name]
    dump = folder / "dump"
    dump.mkdir(parents=True)
    for good in ("cases-a.csv", "events-z.csv"):
        (dump / good).write_text("case_id,step\n1,a\n")
    path = dump / file
    path.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", READ, str(dump), str(folder / "work")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    path.unlink()
    return json.loads(done.stdout)


def check(name: str, told: dict[str, object]) -> None:
    """Refused or without a row that counts, in time, in memory, beside good files."""
    times = f"{told['seconds']:.1f} s, {told['busy']:.1f} busy"
    memory = f"child {told['child']:.0f} MB, parent {told['parent']:.0f} MB"
    print(f"{name:42} {told['reasons']} {times}, {memory}")  # noqa: T201
    good = {"cases-a.csv": 1, "events-z.csv": 1}
    assert told["read"].items() >= good.items()
    assert told["child"] <= CHILD_MB
    assert told["parent"] <= PARENT_MB
    assert told["left"] <= DISK_MB
    # Others may use the same processors: what counts is the time that was worked.
    assert told["busy"] <= SECONDS
    if name != "a million open quotes":  # each a rejected row
        assert len(told["reasons"]) == 1, told
        assert told["read"] == good


@pytest.mark.parametrize("name", QUICK)
def test_a_bomb_costs_itself_alone(tmp_path, name):
    check(name, explode(tmp_path, name))


@pytest.mark.slow
def test_thirty_bombs_cost_themselves_alone(tmp_path, capsys):
    assert len(BOMBS) >= 30
    with capsys.disabled():
        for number, name in enumerate(BOMBS):
            check(name, explode(tmp_path / str(number), name))

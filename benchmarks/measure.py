"""Measure a command as a whole: wall, processor, memory of its tree, temporary disk."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.05  # seconds between two looks at the process tree


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process and its children took; ``inside``: seconds that it tells, by name."""

    wall: float
    inside: dict[str, float]
    cpu: float
    peak_mb: float
    disk_mb: float


class FailedError(RuntimeError):
    """A contender did not finish; the message is the end of what it said."""


def measure(command: list[str], scratch: Path, limit: float) -> Measured:
    """Run a command with its scratch folder; the last line it prints is its seconds.

    Raises:
        FailedError: it ended otherwise than well, or took longer than ``limit`` seconds.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    env = {**os.environ, "TMPDIR": str(scratch), "SPARK_LOCAL_DIRS": str(scratch)}
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True,
        start_new_session=True,
    )  # fmt: skip
    watch = _Watch(process.pid, scratch)
    watch.start()
    # Whatever it started must not go on beside the next contender.
    timer = threading.Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    try:
        out, err = process.communicate()
    finally:
        timer.cancel()
        watch.ended.set()
        watch.join()
    wall = time.perf_counter() - begin
    if process.returncode:
        raise FailedError(
            (err or out).strip()[-800:] or f"ended with {process.returncode}"
        )
    told = json.loads(out.strip().splitlines()[-1])
    inside = told if isinstance(told, dict) else {"": float(told)}
    return Measured(wall, inside, watch.cpu, watch.peak / 1e6, watch.disk / 1e6)


class _Watch(threading.Thread):
    """Looks at a process tree and its scratch folder until told that it has ended."""

    def __init__(self, pid: int, scratch: Path) -> None:
        super().__init__(daemon=True)
        self.root, self.scratch = pid, scratch
        self.ended = threading.Event()
        self.peak = self.disk = 0
        self.seen: dict[int, float] = {}

    @property
    def cpu(self) -> float:
        """Processor seconds, as far as they were seen before each process ended."""
        return sum(self.seen.values())

    def run(self) -> None:
        looks = 0
        while not self.ended.wait(EVERY):
            self.peak = max(self.peak, sum(map(self._look, tree(self.root))))
            if looks % 10 == 0:
                self.disk = max(self.disk, _size(self.scratch))
            looks += 1

    def _look(self, pid: int) -> int:
        """Return the resident bytes of a process, its shared pages counted in part."""
        try:
            stat = (
                Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
            )
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
        except OSError:
            return 0
        ticks = os.sysconf("SC_CLK_TCK")
        self.seen[pid] = (int(stat[11]) + int(stat[12])) / ticks
        pss = next(
            (ln for ln in rollup.splitlines() if ln.startswith("Pss:")), "Pss: 0"
        )
        return int(pss.split()[1]) * 1024


def tree(root: int) -> list[int]:
    """Return the ids of a process and of all that it and its children started."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                waiting += [int(word) for word in path.read_text("utf-8").split()]
            except OSError:
                continue
    return found


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def touch(folder: Path) -> None:
    """Read the inputs once, so that all contenders find them in the page cache."""
    for path in sorted(folder.iterdir()):
        if path.is_file():
            with path.open("rb") as handle:
                while handle.read(1 << 24):
                    pass


def machine() -> dict[str, object]:
    """Describe the machine and the versions that were measured."""
    from importlib.metadata import PackageNotFoundError, version

    names = ("auditor", "polars", "pyarrow", "duckdb", "pandas", "pyspark")
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    info = Path("/proc/cpuinfo").read_text("utf-8")
    model = next(
        (ln.split(":")[1].strip() for ln in info.splitlines() if "model name" in ln), ""
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions,
        "load_before": [round(one, 2) for one in os.getloadavg()],
    }

"""``python -m benchmarks.checks_cost``: what the integrity checks cost a whole run.

Audits one dump with the shipped pack, and with a copy of it that has only the
indicators of the form: no integrity checks, no rules across cases, no screens, no
ledger tasks. The runs take turns, each in a process of its own; processor seconds of
that process and all its children are compared, since they do not wait for others.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from auditor.pack import load_pack
from benchmarks.common import CUTOFF
from benchmarks.make_log import make

BEYOND = ("integrity", "ledger")
KINDS = ("without", "with")
MOST = 1.6


def plain(folder: Path) -> Path:
    """Copy the shipped pack without the pages of its integrity checks and tasks."""
    shutil.copytree(load_pack().folder, folder, ignore=shutil.ignore_patterns(*BEYOND))
    return folder


def once(dump: Path, out: Path, rules: Path) -> float:
    """Return the processor seconds of one whole run."""
    before = _children()
    words = ["run", str(dump), "--rules", str(rules), "--cutoff", CUTOFF.isoformat()]
    command = [sys.executable, "-m", "auditor", *words, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout).strip()[-800:])
    shutil.rmtree(out)
    return _children() - before


def _children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main(words: list[str]) -> int:
    """Measure in turns and print the ratio; return 1 if it is above the bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checks_cost")
    parser.add_argument("--cases", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args(words)
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make(root / "dump", told.cases)
        packs = {"with": load_pack().folder, "without": plain(root / "plain")}
        for at in range(told.rounds):
            for kind in KINDS:
                spent = once(root / "dump", root / "run", packs[kind])
                took[kind].append(spent)
                print(f"round {at + 1}, {kind} checks: {spent:.1f} s", flush=True)
    middle = {kind: statistics.median(spent) for kind, spent in took.items()}
    ratio = middle["with"] / middle["without"]
    rules = " ".join(f"{kind} {seconds:.1f} s," for kind, seconds in middle.items())
    print(f"{told.cases:,} cases, processor: {rules} ratio {ratio:.2f} (<= {MOST})")
    return int(ratio > MOST)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

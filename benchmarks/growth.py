"""How time and memory grow: what was measured at every size and in every order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.__main__ import Bench, Raw

SIZES = (
    (100_000, "clustered"), (300_000, "clustered"), (1_000_000, "shuffled"),
)  # fmt: skip
ROUNDS = 3
UNJUDGED = {"scan", "kernel"}  # the kernel's verdicts are the run's: one code
NAMES = ("scan", "duckdb", "kernel", "run", "bounded")
HEAD = (
    "| cases | log | n | scan s | DuckDB s | kernel, 19 rules s | × scan | × DuckDB |"
    " kernel, all s | run s | × kernel | µs a case | run, bounded s | µs a case |"
    " peak MB |"
)
WHAT = ("scan", "duckdb", "kernel19", "kernel", "run", "bounded")


@dataclass(frozen=True, slots=True)
class Grown:
    """One size and order: how often each was measured, median seconds, peak memory."""

    cases: int
    order: str
    rounds: int
    seconds: dict[str, float]
    peak_mb: float | None

    def ratio(self, what: str, base: str) -> float | None:
        """Return how many times one takes what another does; None without both."""
        if what not in self.seconds or base not in self.seconds:
            return None
        return self.seconds[what] / self.seconds[base]

    def a_case(self, what: str) -> float | None:
        """Return the microseconds of a case."""
        return self.seconds[what] / self.cases * 1e6 if what in self.seconds else None

    def line(self) -> str:
        """Return the line of a table."""
        s = self.seconds
        cells = [
            *(_shown(s.get(name)) for name in ("scan", "duckdb", "kernel19")),
            _shown(self.ratio("kernel19", "scan"), 1),
            _shown(self.ratio("kernel19", "duckdb")),
            *(_shown(s.get(name)) for name in ("kernel", "run")),
            _shown(self.ratio("run", "kernel")),
            _shown(self.a_case("run"), 1),
            _shown(s.get("bounded"), 1),
            _shown(self.a_case("bounded"), 1),
            _shown(self.peak_mb, 0),
        ]
        return (
            f"| {self.cases:,} | {self.order} | {self.rounds} | {' | '.join(cells)} |"
        )


def grown(bench: Bench, records: list[Raw]) -> Grown:
    """Return what the records of one size and order come to.

    Whoever has a wrong verdict there, or was never compared, has no time.
    """
    times: dict[str, list[float]] = {}
    peaks: list[float] = []
    right = {name for name, n in bench.told().items() if n == 0} | UNJUDGED
    for record in records:
        inside: Any = record.get("inside", {}) if record["name"] in right else {}
        for name, seconds in inside.items():
            times.setdefault(name or str(record["name"]), []).append(seconds)
        if inside and record["name"] == "bounded":
            peaks.append(float(str(record["peak_mb"])))
    seconds = {name: median(times[name]) for name in WHAT if name in times}
    often = [name for name in seconds if name != "bounded"]
    rounds = min((len(times[name]) for name in often), default=0)
    peak = max(peaks) if peaks else None
    return Grown(bench.cases, bench.order, rounds, seconds, peak)


def table(found: list[Grown]) -> list[str]:
    """Return the section of the report."""
    return [
        "## How it grows", "",
        "Every size and order that was measured on this machine, medians of at least n rounds,"
        " of whoever has no wrong verdict there; bounded: one round. `bounded` is `audit run` as it is called in a shell, with every output, under a data"
        " limit (`ulimit -d`) of 2 GiB and `--memory 1GB`; above ten million cases 4 GiB and"
        " `2GB`. `peak MB` is its process tree.", "",
        HEAD, "|" + " --- |" * (HEAD.count("|") - 1),
        *(one.line() for one in sorted(found, key=lambda g: (g.order, g.cases))), "",
    ]  # fmt: skip


def draw(found: list[Grown], path: Path) -> None:
    """Draw seconds against cases, clustered logs, both by powers of ten."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    rows = sorted((g for g in found if g.order == "clustered"), key=lambda g: g.cases)
    figure, axes = plt.subplots(figsize=(8, 4.5))
    titles = {
        "scan": "only scanning", "duckdb": "DuckDB, hand-written SQL",
        "kernel19": "the kernel, 19 rules", "kernel": "the kernel, all rules",
        "run": "audit run, everything", "bounded": "the same, memory bounded",
    }  # fmt: skip
    for name, title in titles.items():
        some = [g for g in rows if name in g.seconds]
        sizes, seconds = [g.cases for g in some], [g.seconds[name] for g in some]
        if some:
            axes.plot(sizes, seconds, marker="o", label=title)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("cases")
    axes.set_ylabel("seconds")
    axes.grid(visible=True, which="both", alpha=0.2)
    axes.legend(loc="upper left", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _shown(value: float | None, places: int = 2) -> str:
    return "–" if value is None else f"{value:,.{places}f}"

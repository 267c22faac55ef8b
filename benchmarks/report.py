"""The table of a benchmark, its figure, its targets, and the raw data beside them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import growth
from benchmarks.check import verdicts_at
from benchmarks.common import RULES
from benchmarks.contenders import Contender

if TYPE_CHECKING:
    from benchmarks.__main__ import Bench

TITLES = {
    "kernel19": "the kernel: files to verdicts and counts, the peers' 19 rules",
    "kernel19_judge": "… of it behind cleaning, 19 rules",
    "kernel": "the kernel: files to verdicts and counts, all rules",
    "kernel_judge": "… of it behind cleaning, all rules",
}
OURS = (
    *TITLES, "tables", "run", "bounded", "spark",
    "stage-utf8", "stage-gb18030", "stage-xlsx",
)  # fmt: skip
LARGE = 1_000_000
# At most so many times scanning and DuckDB: by whether clustered, and whether larger.
KERNEL = {
    (True, False): (8.0, 0.8), (False, False): (9.0, 0.9),
    (True, True): (11.0, 0.8), (False, True): (13.0, 0.9),
}  # fmt: skip
HEAD = (
    "| | cases | n | seconds (least–most) | × scan | µs a case | whole process s |"
    " CPU s | peak MB | scratch MB | rules | wrong verdicts | leaves out |"
)


@dataclass(slots=True)
class Report:
    """What is told of a benchmark once all is measured and compared."""

    bench: Bench
    machine: dict[str, Any]
    chosen: list[Contender]
    wrong: dict[str, int | None]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each thing measured: medians over its rounds."""
        records = self.bench.records()
        found = []
        for one in self.chosen:
            mine = [r for r in records if r["name"] == one.name and "error" not in r]
            errors = [
                r["error"] for r in records if r["name"] == one.name and "error" in r
            ]
            if not mine:
                found.append(
                    {"one": one, "name": one.name, "error": (errors or ["-"])[-1]}
                )
                continue
            for name in mine[0]["inside"]:
                times = [r["inside"][name] for r in mine]
                found.append({
                    "one": one, "name": name or one.name,
                    "title": TITLES.get(name, one.title),
                    "cases": min(self.bench.cases, one.cases or self.bench.cases),
                    "n": len(mine), "seconds": median(times),
                    "least": min(times), "most": max(times),
                    **{key: median(r[key] for r in mine)
                       for key in ("wall", "cpu", "peak_mb", "disk_mb")},
                    "wrong": self.wrong.get(one.name),
                })  # fmt: skip
        return found

    def seconds(self) -> dict[str, float]:
        """Return the median seconds of each thing measured that judges as we do."""
        return {row["name"]: row["seconds"] for row in self.rows() if _counts(row)}

    def targets(self) -> list[tuple[str, bool | None]]:
        """Return each target in words, and whether it was met; None: not measured."""
        took = self.seconds()
        peak = {r["name"]: r["peak_mb"] for r in self.rows() if "seconds" in r}

        def within(what: str, most: float | None) -> bool | None:
            return None if what not in took or most is None else took[what] <= most

        def times(what: str, factor: float) -> float | None:
            return factor * took[what] if what in took else None

        def above(what: str, factor: float) -> bool | None:
            least = times("kernel19", factor)
            return None if what not in took or least is None else took[what] >= least

        base = self.bench.base
        known = [n for k, n in self.wrong.items() if n is not None and k != base]
        cap = 4_000  # what --memory is unless something else is asked
        scan, duckdb = KERNEL[self.bench.order == "clustered", self.bench.cases > LARGE]
        return [
            ("every verdict of every peer equals ours", not any(known) if known else None),
            (f"the kernel on the same rules takes at most {duckdb:g} × DuckDB SQL",
             within("kernel19", times("duckdb", duckdb))),
            (f"the kernel on the same rules takes at most {scan:g} × scanning",
             within("kernel19", times("scan", scan))),
            ("a whole run takes at most 2.5 × the kernel",
             within("run", times("kernel", 2.5))),
            ("pandas takes at least 8 × the kernel on the same rules",
             above("pandas", 8.0)),
            ("Spark local[2] takes at most 4 × the local engine, without its start",
             within("spark", times("tables", 4.0))),
            (f"a whole run stays within its --memory, {cap:,} MB",
             peak["run"] <= cap if "run" in peak else None),
        ]  # fmt: skip

    def text(self) -> str:
        """Return the report as Markdown."""
        bench, versions = self.bench, self.machine["versions"]
        cache = (
            "emptied before each process" if bench.cold else "warm (inputs read first)"
        )
        named = ", ".join(f"{name} {v}" for name, v in versions.items() if v)
        m = self.machine
        lines = [
            "# Measured", "",
            f"{bench.cases:,} cases, log {bench.order}, Parquet; page cache {cache}. Medians of"
            " n interleaved rounds; seconds inside the process, from inputs to verdicts and"
            " counts by county, after imports.", "",
            f"{m['processor']}, {m['cores']} cores, {m['memory_gib']} GiB; Python"
            f" {m['python']}, {named}. Load before: {m['load_before'][0]}.", "",
            f"Peers judge {len(RULES)} rules of the notice on cases; a run judges"
            f" {self.rule_count()} columns of rules. `wrong verdicts` counts a peer's"
            " verdicts on the common rules that are not ours.", "",
            HEAD, "|" + " --- |" * (HEAD.count("|") - 1), *map(self._line, self.rows()), "",
            "## Targets", "", *map(_target, self.targets()), "",
            *growth.table(self.grown()),
        ]  # fmt: skip
        return "\n".join(lines)

    def is_wrong(self) -> bool:
        """Say whether any verdict of any contender, at any size, is wrong."""
        others = [n for one in self.bench.others() for n in one.told().values()]
        return any(self.wrong.values()) or any(others)

    def grown(self) -> list[growth.Grown]:
        """Return what was measured at each size and order."""
        others = [(one, one.records()) for one in self.bench.others()]
        return [growth.grown(one, records) for one, records in others if records]

    def rule_count(self) -> int:
        """Return how many columns of verdicts a run has."""
        import polars as pl

        path = verdicts_at(self.bench.place / self.bench.base)
        if path is None or path.suffix != ".parquet":
            return 0
        names = pl.read_parquet_schema(path).names()
        return sum(name.endswith("_reason") for name in names)

    def _line(self, row: dict[str, Any]) -> str:
        one = row["one"]
        if "error" in row:
            said = row["error"].splitlines()[-1][:120]
            return f"| {one.title} | not measured: {said} |" + " |" * 11
        if row["wrong"]:
            said = f"{row['wrong']:,} wrong verdicts, so no time is shown"
            return f"| {row['title']} | {row['cases']:,} | {said} |" + " |" * 10
        base = self.seconds().get("scan")
        same = row["cases"] == self.bench.cases
        multiple = f"{row['seconds'] / base:.1f}" if base and same else "–"
        columns = {"all": str(self.rule_count()), "0": "–"}.get(
            one.columns, one.columns
        )
        if row["name"].startswith("kernel19"):
            columns = str(len(RULES))
        wrong = "–" if row["wrong"] is None else f"{row['wrong']:,}"
        return (
            f"| {row['title']} | {row['cases']:,} | {row['n']} | {row['seconds']:.2f}"
            f" ({row['least']:.2f}–{row['most']:.2f}) | {multiple} |"
            f" {row['seconds'] / row['cases'] * 1e6:.2f} | {row['wall']:.1f} |"
            f" {row['cpu']:.1f} | {row['peak_mb']:,.0f} | {row['disk_mb']:,.0f} |"
            f" {columns} | {wrong} | {one.leaves_out} |"
        )

    def write(self, folder: Path) -> None:
        """Write the report, its figure and the raw data."""
        pictures = "![seconds](results.png)\n\n![growth](growth.png)\n\n"
        text = self.text() + "\n" + pictures + ABOUT
        (folder / "RESULTS.md").write_text(text, encoding="utf-8")
        raw = {"machine": self.machine, "cases": self.bench.cases, "order": self.bench.order,
               "wrong": self.wrong, "rounds": self.bench.records(),
               "grown": [asdict(one) for one in self.grown()]}  # fmt: skip
        whole = json.dumps(raw, indent=1, ensure_ascii=False) + "\n"
        (folder / "results.json").write_text(whole, encoding="utf-8")
        self._figure(folder / "results.png")
        growth.draw(self.grown(), folder / "growth.png")

    def drawn(self) -> list[dict[str, Any]]:
        """Return the rows that the figure shows, slowest first: of one size, all right."""
        rows = [
            r for r in self.rows() if r.get("cases") == self.bench.cases and _counts(r)
        ]
        return sorted(rows, key=lambda row: -row["seconds"])

    def _figure(self, path: Path) -> None:
        import matplotlib as mpl

        mpl.use("agg")
        import matplotlib.pyplot as plt

        rows = self.drawn()
        figure, axes = plt.subplots(figsize=(8, 0.45 * len(rows) + 1))
        colours = ["#c44" if row["name"] in OURS else "#89a" for row in rows]
        axes.barh(
            [r["title"] for r in rows], [r["seconds"] for r in rows], color=colours
        )
        axes.set_xscale("log")
        axes.set_xlabel(f"seconds, {self.bench.cases:,} cases (red: the product)")
        figure.tight_layout()
        figure.savefig(path, dpi=110, metadata={"Software": None})
        plt.close(figure)


def _counts(row: dict[str, Any]) -> bool:
    """Say whether a row was measured and its verdicts are ours, so its time means something."""
    return "seconds" in row and not row["wrong"]


def _target(target: tuple[str, bool | None]) -> str:
    words, met = target
    said = {True: "met", False: "**MISSED**", None: "not measured"}[met]
    return f"- {said}: {words}"


ABOUT = """## How it was measured

`make bench` writes this page; `python -m benchmarks --help` lists sizes, orders and contenders.
Data come from `benchmarks/make_log.py` (seed 37): 6.9 events a case, 15 attributes, 1 % of cases
suspended. Whoever has a verdict that is not the product's gets no time. The scan hashes every value of the columns that the rules need. Peak memory is the
proportional set of the whole process tree, looked at every 50 ms; scratch is what lies in the
temporary folder, the results included. Slow contenders have fewer rounds or fewer cases; the
columns say so. pm4py knows calendar time only: its verdicts cannot be compared. Larger sizes join the
table of growth when they are measured: `python -m benchmarks --cases 10000000 --rounds 1
--only scan,duckdb,kernel,bounded --no-write`, and then `make bench` again, which makes nothing twice.
"""

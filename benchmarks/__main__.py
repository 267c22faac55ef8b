"""``python -m benchmarks``: the product against scanning alone and against its peers.

All take turns over the same data, round after round, with warm page cache; the order
changes from round to round. What was measured is kept in ``out/bench`` as it comes, so
a run that was cut goes on where it stopped (``--fresh`` starts anew). Verdicts are
compared before any time is shown. Writes ``benchmarks/RESULTS.md``, a figure, raw data.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks import growth
from benchmarks.check import verdicts_at, verdicts_in, wrong
from benchmarks.common import write_calendar
from benchmarks.contenders import ALL, Contender, interpreter
from benchmarks.make_log import ORDERS, make
from benchmarks.measure import FailedError, machine, measure, touch

BASES = ("tables", "run", "bounded")
LIMIT = 3_600.0  # seconds after which a contender is given up
Raw = dict[str, object]


@dataclass(slots=True)
class Bench:
    """One benchmark: its data, what was measured so far, and where it is kept."""

    cases: int
    order: str
    rounds: int
    root: Path
    cold: bool = False

    @property
    def place(self) -> Path:
        """The folder of what was measured at this size and order."""
        return self.root / f"{self.cases}-{self.order}{'-cold' if self.cold else ''}"

    def dump(self, one: Contender) -> Path:
        """Return the dump of a contender, made once."""
        cases = min(self.cases, one.cases or self.cases)
        order = self.order if one.form == "parquet" else "clustered"
        folder = self.root / f"data-{cases}-{order}-{one.form}"
        if not (folder / "ready").exists():
            print(f"making {cases:,} cases, {order}, {one.form} …", file=sys.stderr)
            make(folder / "dump", cases, order=order, form=one.form)
            self._calendar(folder, one.form)
            (folder / "ready").touch()
        return folder / "dump"

    def _calendar(self, folder: Path, form: str) -> None:
        """Write the calendar of working days, which the peers are given."""
        import polars as pl

        write_calendar(folder / "calendar.parquet")
        if form != "parquet":
            frame = pl.read_parquet(folder / "calendar.parquet", glob=False)
            frame.write_csv(folder / "calendar.csv")

    def others(self) -> list[Bench]:
        """Return this benchmark and those of other sizes that were measured here."""
        named = re.compile(rf"(\d+)-({'|'.join(ORDERS)})").fullmatch
        found = [named(path.name) for path in self.root.glob("*-*")]
        return [
            Bench(int(one[1]), one[2], self.rounds, self.root) for one in found if one
        ]

    def records(self) -> list[Raw]:
        """Return what was measured so far."""
        path = self.place / "raw.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        return [json.loads(line) for line in lines]

    def note(self, record: Raw) -> None:
        """Keep one measurement at once."""
        with (self.place / "raw.jsonl").open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(record) + "\n")

    def go(self, chosen: list[Contender]) -> None:
        """Measure what is not measured yet, taking turns."""
        self.place.mkdir(parents=True, exist_ok=True)
        done = {(r["name"], r["round"]) for r in self.records() if "error" not in r}
        for number in range(self.rounds):
            turn = chosen[number % len(chosen) :] + chosen[: number % len(chosen)]
            for one in turn:
                if number < one.rounds and (one.name, number) not in done:
                    self.note(self._one(one, number))

    def _one(self, one: Contender, number: int) -> Raw:
        """Measure one contender in one round."""
        record: Raw = {"name": one.name, "round": number}
        python = interpreter(one, self.root)
        if python is None:
            return record | {"error": f"needs {', '.join(one.needs)}"}
        dump = self.dump(one)
        if self.cold:
            Path("/proc/sys/vm/drop_caches").write_text("3", encoding="utf-8")
        else:
            touch(dump)
        out = self.place / one.name
        try:
            found = measure(one.command(python, dump, out), out, LIMIT)
        except FailedError as error:
            print(f"round {number + 1}: {one.name} failed", file=sys.stderr)
            # Its last line: the way there names folders of the machine.
            return record | {"error": (str(error).splitlines() or ["-"])[-1]}
        said = ", ".join(
            f"{name or one.name} {s:.2f} s" for name, s in found.inside.items()
        )
        print(f"round {number + 1}: {said}", file=sys.stderr)
        return record | asdict(found)

    @property
    def base(self) -> str:
        """The contender whose verdicts are the product's: a run with its outputs."""
        there = (name for name in BASES if verdicts_at(self.place / name))
        return next(there, BASES[0])

    def wrong(self, chosen: list[Contender]) -> dict[str, int | None]:
        """Return how many verdicts of each contender are not those of the product."""
        ours = verdicts_in(self.place / self.base)
        found: dict[str, int | None] = {}
        for one in chosen:
            theirs = verdicts_in(self.place / one.name)
            known = ours is not None and theirs is not None
            given = min(self.cases, one.cases or self.cases)
            found[one.name] = wrong(ours, theirs, given) if known else None
        compared = {name: n for name, n in found.items() if n is not None}
        told = json.dumps(self.told() | compared)
        (self.place / "wrong.json").write_text(told, "utf-8")
        return found

    def told(self) -> dict[str, int]:
        """Return the wrong verdicts that were counted, also of outputs that are gone."""
        path = self.place / "wrong.json"
        found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        return {name: n for name, n in found.items() if n is not None}


def main(words: list[str]) -> int:
    """Measure as asked on the command line; return 1 if a verdict differs."""
    told = parser().parse_args(words)
    if told.quick:
        told.cases, told.rounds = min(told.cases, 100_000), min(told.rounds, 3)
    names = told.only.split(",") if told.only else [one.name for one in ALL]
    unknown = set(names) - {one.name for one in ALL}
    if unknown:
        print(f"no such contender: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [one for one in ALL if one.name in names]
    bench = Bench(told.cases, told.order, told.rounds, told.root, told.cold)
    sizes = [
        replace(bench, cases=cases, order=order, rounds=growth.ROUNDS)
        for cases, order in (growth.SIZES if told.growth else ())
    ]
    if told.fresh:
        for one in (bench, *sizes):
            (one.place / "raw.jsonl").unlink(missing_ok=True)
    before = machine()
    bench.go(chosen)
    few = [one for one in ALL if one.name in growth.NAMES]
    for one in sizes:
        one.go(few)
        one.wrong(few)
    from benchmarks.report import Report

    report = Report(bench, before, chosen, bench.wrong(chosen))
    print(report.text())
    if told.write:
        report.write(Path(__file__).parent)
    return 1 if report.is_wrong() else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--order", choices=ORDERS, default="clustered")
    asked.add_argument("--quick", action="store_true", help="100,000 cases, 3 rounds")
    asked.add_argument("--growth", action="store_true", help="other sizes as well")
    asked.add_argument("--only", help="names, e.g. scan,duckdb,kernel,tables")
    asked.add_argument("--fresh", action="store_true", help="measure all anew")
    asked.add_argument("--cold", action="store_true", help="empty page cache (root)")
    asked.add_argument("--root", type=Path, default=Path("out/bench"))
    asked.add_argument(
        "--no-write", dest="write", action="store_false", help="leave RESULTS.md alone"
    )
    return asked


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""``python -m benchmarks.detection``: what the checks find of what was planted.

For each seed four dumps of one synthetic province are audited: as it is; twice with
half of the manipulations of ``benchmarks.planting``, each done to 5 % of the plain
cases and no case twice; and with whole counties falsified for the screens. Writes
``docs/detection.md``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

import polars as pl

from auditor.demo import write_demo
from auditor.pack import BETWEEN, load_pack
from auditor.pipeline import run
from auditor.settings import Settings
from benchmarks import planting
from benchmarks.planting import COUNTIES, PLANTS, Dump, clean_day

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "detection.md"
SHARE = 0.05
SEEDS = (1, 2, 3)
CASES = 6_000
NUMBERING = (
    "\n[numbering]\npattern = '^(?P<series>[0-9]{0})[0-9]{10}(?P<serial>[0-9]{6})$'\n"
)


@dataclass
class Tally:
    """Counts of one check over all seeds."""

    planted: int = 0
    found: int = 0
    unclear: int = 0
    honest: int = 0
    alarms: int = 0


@dataclass
class Province:
    """One seed's dump as generated, its plain cases, and where to work."""

    folder: Path
    seed: int
    plain: list[str] = field(default_factory=list)

    def dump(self, name: str) -> Dump:
        """Return a copy of the dump, with several payees and sound meters."""
        target = self.folder / name
        shutil.copytree(self.folder / "demo" / "dump", target)
        dump = Dump.read(target)
        planting.payees(dump, Random(self.seed))
        dump.meters = [
            (case, str(clean_day(dump.orders[case][0]["送电日期"])))
            for case in self.plain
        ]
        return dump

    def audit(self, name: str) -> Path:
        out = self.folder / f"{name}-run"
        mapping = self.folder / "mapping.toml"
        text = (ROOT / "rules" / "mappings" / "state-grid.toml").read_text("utf-8")
        mapping.write_text(text + NUMBERING, "utf-8")
        run(
            Settings(
                (self.folder / name,),
                out,
                dossier=self.folder / "demo" / "dossier",
                mapping=mapping,
                cutoff=date(2022, 12, 31),
                outputs=(),
            )
        )
        return out


def province(folder: Path, seed: int) -> Province:
    write_demo(folder / "demo", CASES, seed)
    made = Province(folder, seed)
    dump = Dump.read(folder / "demo" / "dump")
    for row in planting.rows_of(folder / "demo" / "truth.csv"):
        case, cells = row["case_id"], list(row.values())
        plain = not row["scenario"] and row["cohort"] == "energised"
        if (
            plain
            and not any(c.startswith("fail") for c in cells if c)
            and _sound(dump, case)
        ):
            made.plain.append(case)
    return made


def _sound(dump: Dump, case: str) -> bool:
    """Whether a case has one order with plain dates and a log."""
    orders = dump.orders.get(case, [])
    if len(orders) != 1 or case not in dump.nodes:
        return False
    return all(
        clean_day(orders[0][name]) for name in ("受理日期", "送电日期", "归档日期")
    )


def plant_cases(one: Province, turn: int) -> dict[str, list[str]]:
    """Falsify 5 % of the plain cases in every second way; return whom, by rule."""
    rng, dump = Random(one.seed), one.dump(f"planted-{turn}")
    left = one.plain[:]
    rng.shuffle(left)
    size = round(SHARE * len(left))
    whom: dict[str, list[str]] = {}
    for plant in PLANTS[turn::2]:
        mine = [case for case in left if plant.can(dump, case)][:size]
        for case in mine:
            plant.do(dump, case, rng)
        left = [case for case in left if case not in set(mine)]
        whom[plant.rule] = mine
    if turn == 0:
        burst = [c for c in left if planting.accepted(dump, c)][: size // 25 * 25]
        planting.bursts(dump, burst)
        whom["int09"] = burst
    dump.write()
    return whom


def plant_counties(one: Province) -> dict[str, str]:
    """Falsify one county for each screen; return which, by screen and measure."""
    dump, rng = one.dump("counties"), Random(one.seed)
    by_county: dict[str, list[str]] = {}
    for case, (order, *_) in dump.orders.items():
        if case in dump.nodes:
            by_county.setdefault(order["区县编码"], []).append(case)
    largest = [
        code
        for code, _ in Counter({c: len(v) for c, v in by_county.items()}).most_common()
    ]
    found = {}
    for code, (rule, measure, _, mark) in zip(largest, COUNTIES, strict=False):
        mark(dump, by_county[code], rng)
        found[f"{rule} {measure}"] = code
    dump.write()
    return found


def table(out: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(out / f"{name}.parquet")


def count_cases(one: Province, tallies: dict[str, Tally]) -> None:
    clean = one.dump("clean")
    clean.write()
    honest = table(one.audit("clean"), "verdicts").filter(
        pl.col("case_id").is_in(one.plain)
    )
    for turn in (0, 1):
        whom = plant_cases(one, turn)
        verdicts = table(one.audit(f"planted-{turn}"), "verdicts")
        for rule, cases in whom.items():
            _count(tallies.setdefault(rule, Tally()), rule, (cases, verdicts, honest))


def _count(
    tally: Tally, rule: str, of: tuple[list[str], pl.DataFrame, pl.DataFrame]
) -> None:
    cases, verdicts, honest = of
    mine = verdicts.filter(pl.col("case_id").is_in(cases))
    said, judged = (f.get_column(rule).cast(pl.String) for f in (mine, honest))
    tally.planted += len(cases)
    tally.found += int((said == "fail").sum())
    tally.unclear += int((said == "undetermined").sum())
    tally.honest += int(judged.is_in(["pass", "fail"]).sum())
    tally.alarms += int((judged == "fail").sum())


def count_screens(one: Province, tallies: dict[str, Tally]) -> None:
    where = plant_counties(one)
    named = table(one.audit("counties"), "screens")
    clean = table(one.folder / "clean-run", "screens")
    for key, code in where.items():
        rule, measure = key.split(" ")
        tally = tallies.setdefault(key, Tally())
        mine = named.filter(rule_id=rule, measure=measure, code=code)
        tally.planted += 1
        tally.found += int(mine.get_column("signal").fill_null(value=False).any())
        tested = (
            clean.filter(rule_id=rule, level="county").get_column("signal").drop_nulls()
        )
        tally.honest += tested.len()
        tally.alarms += int(tested.sum())


def percent(part: int, whole: int) -> str:
    return "—" if whole == 0 else f"{100 * part / whole:.1f} %"


HEAD = """# What the checks find

<!-- Made by `python -m benchmarks.detection`; do not edit. -->

Synthetic provinces of {cases:,} applications, seeds {seeds}, with sound meter readings,
several payees and a declared form of numbers added, which the generator does not write.
Each manipulation is done on raw rows of the dump, with code that shares nothing with
the audit, to cases that were honest before, no case twice. *Recall* is the share of
them that fails the check; *unclear* is undetermined. *False alarms* are failures among
the honest cases of the same province before anything was planted, of those that came out
as pass or fail. The generator's own irregularities (late entries, steps sent back) count
as false alarms here.

A consistent invention leaves no trace and is not in this table; which manipulations one
delivery cannot show stands in [what tampering leaves behind](adversary.md). Real systems
are less tidy than the generator: expect more false alarms. Nothing is planted here for
{absent}: those on two deliveries are tried in `tests/test_compare.py`.

| check | planted | recall | unclear | false alarms | what was done |
| --- | ---: | ---: | ---: | ---: | --- |
"""
MIDDLE = """
Screens: one county falsified for each; groups of the untouched province tested in vain.

| screen | measure | counties planted | found | false signals | what was done |
| --- | --- | ---: | ---: | ---: | --- |
"""
BURST = "25 cases entered by one operator in one second"


def page(cases: dict[str, Tally], screens: dict[str, Tally]) -> str:
    said = {plant.rule: plant.said for plant in PLANTS} | {"int09": BURST}
    counties = {f"{rule} {measure}": told for rule, measure, told, _ in COUNTIES}
    head = HEAD.format(
        cases=CASES,
        seeds=", ".join(map(str, SEEDS)),
        absent=", ".join(f"`{rule}`" for rule in _absent({*cases, *screens})),
    )
    lines = [_case_line(rule, cases[rule], said[rule]) for rule in sorted(cases)]
    rest = [_screen_line(key, screens[key], counties[key]) for key in sorted(screens)]
    return head + "\n".join(lines) + "\n" + MIDDLE + "\n".join(rest) + "\n"


def _absent(told: set[str]) -> list[str]:
    """Return the rules on signs, and the screens, that the page says nothing of."""
    pack = load_pack()
    kinds = {"signal", "violation", "across", *BETWEEN}
    rules = [rule.id for rule in pack.rules if rule.kind in kinds]
    known = {key.partition(" ")[0] for key in told}
    screens = [screen.id for screen in pack.screens]
    return sorted({*rules, *screens} - known)


def _case_line(rule: str, t: Tally, said: str) -> str:
    cells = (
        f"`{rule}`",
        str(t.planted),
        percent(t.found, t.planted),
        percent(t.unclear, t.planted),
        f"{percent(t.alarms, t.honest)} of {t.honest:,}",
        said,
    )
    return "| " + " | ".join(cells) + " |"


def _screen_line(key: str, t: Tally, said: str) -> str:
    rule, measure = key.split(" ")
    alarms = f"{t.alarms} of {t.honest:,} groups"
    cells = (f"`{rule}`", f"`{measure}`", str(t.planted), str(t.found), alarms, said)
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    cases: dict[str, Tally] = {}
    screens: dict[str, Tally] = {}
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as name:
            one = province(Path(name), seed)
            count_cases(one, cases)
            count_screens(one, screens)
            print(f"seed {seed}: {len(one.plain)} honest cases", file=sys.stderr)
    PAGE.write_text(page(cases, screens), "utf-8")
    print(PAGE.read_text("utf-8"))


if __name__ == "__main__":
    main()

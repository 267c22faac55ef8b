"""The planted truth: one line an application, counts and statuses a county."""

import csv
import json
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from auditor.demo.days import CUTOFF
from auditor.demo.places import County, places
from auditor.demo.plan import RULES, WORDS, Plan

PAPER_RULES = (
    *("ind01", "ind02", "ind11", "ind12", "ind17", "ind18", "ind19", "ind20"),
    *("ind25", "ind26", "ind28", "ind31", "ind32"),
)
REFUTABLE = ("ind15", "ind36")
_DOSSIER = Path(__file__).with_name("dossier.toml")
Counts = Counter[str]


@cache
def dossier() -> dict[str, Any]:
    """Return what the agency holds, as ``dossier.toml`` has it."""
    return tomllib.loads(_DOSSIER.read_text("utf-8"))


def papers_of(code: str, rule: str) -> list[tuple[str, str, str]]:
    """Return (value, dated, signer) of every attestation of a county's indicator."""
    for row in dossier()["except"]:
        if row["code"] == code and rule in row["indicator"].split():
            return [(value, dated, signer) for value, dated, signer in row["rows"]]
    usual = dossier()["papers"]
    if rule in usual["indicators"]:
        return [("met", usual["dated"], usual["signer"])]
    return []


def attested(code: str, rule: str) -> str:
    """Return what is attested: signed, in time, the latest paper; a tie is none."""
    good = [p for p in papers_of(code, rule) if p[2] and p[1] <= CUTOFF.isoformat()]
    latest = [p[0] for p in good if p[1] == max(dated for _, dated, _ in good)]
    return latest[0] if len(set(latest)) == 1 else ""


def status(county: County, rule: str, counts: Counts) -> str:
    """Return the status of one indicator in one rostered county."""
    paper = attested(county.code, rule)
    if rule in PAPER_RULES:
        return _on_paper(paper)
    if counts["fail"]:
        return "not_met"
    if rule in REFUTABLE and paper != "met":
        return _on_paper(paper)
    if counts["undetermined"] or county.silent:
        return "undetermined"
    if rule in REFUTABLE:
        return "attested_met"
    if counts["pass"]:
        return "met"
    nobody = not counts["pending"] and paper in ("met", "no_cases")
    return "attested_met" if nobody else "no_cases"


def _on_paper(paper: str) -> str:
    if not paper:
        return "not_attested"
    return "attested_not_met" if paper == "not_met" else "attested_met"


def above(statuses: list[str]) -> str:
    """Return the status of a city or the province from those of its counties."""
    for words, result in (
        ({"not_met", "attested_not_met"}, "not_met"),
        ({"undetermined", "not_attested"}, "undetermined"),
        ({"met", "attested_met"}, "met"),
    ):
        if words & set(statuses):
            return result
    return "no_cases"


def _tallies() -> defaultdict[str, defaultdict[str, Counts]]:
    return defaultdict(lambda: defaultdict(Counter))


@dataclass(slots=True)
class Ledger:
    """Counts verdicts while applications are written, and writes the truth."""

    file: TextIO
    cases: int = 0
    counts: defaultdict[str, defaultdict[str, Counts]] = field(default_factory=_tallies)

    def open(self) -> None:
        """Write the header of the per-case table."""
        self._line(["case_id", "scenario", "county_code", "cohort", *RULES])

    def add(self, plan: Plan, case_id: str) -> None:
        """Write and count one application, of a ghost what a rejected row names."""
        if plan.orphan:
            return
        lost = "undetermined:rejected_rows" if plan.ghost else None
        verdicts = [lost or plan.verdicts.get(rule, "") for rule in RULES]
        cohort = "energised" if plan.ghost else plan.cohort  # for want of dates (15)
        self._line([case_id, plan.scenario, plan.county, cohort, *verdicts])
        self.cases += 1
        known = places().by_code(plan.county).rostered
        county = self.counts[plan.county if known else "unknown"]
        for rule, verdict in zip(RULES, verdicts, strict=True):
            word = verdict.partition(":")[0] or "not_applicable"
            county[rule][word] += 1

    def _line(self, cells: list[str]) -> None:
        csv.writer(self.file, lineterminator="\n").writerow(cells)

    def rollup(self) -> dict[str, dict[str, list[Any]]]:
        """Return code → rule → [status, six counts]; papers have a status only."""
        rows: dict[str, dict[str, list[Any]]] = {}
        for county in places().roster:
            counts = self.counts[county.code]
            rows[county.code] = {
                rule: [status(county, rule, counts[rule])]
                + ([] if rule in PAPER_RULES else _six(counts[rule]))
                for rule in sorted((*RULES, *PAPER_RULES))
            }
        unknown = self.counts.get("unknown")
        if unknown:
            rows["unknown"] = {r: ["undetermined", *_six(unknown[r])] for r in RULES}
        for code in places().cities:
            inside = [c.code for c in places().roster if c.city == code]
            rows[code] = _sum([rows[county] for county in inside])
        everyone = [c.code for c in places().roster] + ["unknown"] * bool(unknown)
        rows[places().province[0]] = _sum([rows[code] for code in everyone])
        return rows


def _six(counts: Counts) -> list[int]:
    return [counts[word] for word in WORDS]


def _sum(parts: list[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    """Add counties up; a rule that only some have is added over those."""
    total = {}
    for rule in parts[0]:
        rows = [part[rule] for part in parts if rule in part]
        counts = map(sum, zip(*(row[1:] for row in rows), strict=True))
        total[rule] = [above([row[0] for row in rows]), *counts]
    return total


def stars() -> dict[str, str]:
    """Return the province's own indicators: attested or not."""
    known = {row["indicator"]: row["value"] for row in dossier()["province"]}
    rules = ("ind21", "ind27", "ind29", "ind30", "ind33", "ind37", "ind38")
    return {rule: _on_paper(known.get(rule, "")) for rule in rules}


def compact(document: dict[str, Any]) -> str:
    """Return JSON with one line a second-level entry: readable and still small."""
    lines = []
    for key, value in document.items():
        head = json.dumps(key, ensure_ascii=False)
        if isinstance(value, dict) and value:
            inner = ",\n".join(
                f"  {json.dumps(k, ensure_ascii=False)}: {_tight(v)}"
                for k, v in value.items()
            )
            lines.append(f"{head}: {{\n{inner}\n}}")
        else:
            lines.append(f"{head}: {_tight(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _tight(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

"""One whole run: from tables of text to verdicts, facts, findings and the rollup."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tests.reference.county import Attestations, Place, Rollup, read_roster
from tests.reference.integrity import RULES as SIGN_RULES
from tests.reference.integrity import Seen, seen
from tests.reference.population import RULES, user_class
from tests.reference.projects import Project, judge_projects
from tests.reference.records import gather
from tests.reference.rows import Accepted, Tables, take_rows
from tests.reference.rules import Judged, in_force, judge
from tests.reference.timeline import timeline
from tests.reference.windows import STAGES

LISTED_STAGES = {
    "resident": ("acceptance", "plan_reply", "connect"),
    "lv_nonresident": ("acceptance", "plan_reply", "connect"),
    "hv": STAGES,
}


@dataclass
class RunResult:
    """Everything that a run found; tables are lists of dictionaries.

    ``judged`` and ``judged_projects`` hold everything with its bounds, so that one can
    count what a dump hit.
    """

    exit_code: int = 0
    cutoff: date | None = None
    verdicts: dict[str, dict[str, object]] = field(default_factory=dict)
    facts: dict[str, dict[str, object]] = field(default_factory=dict)
    findings: list[dict[str, object]] = field(default_factory=list)
    projects: dict[str, dict[str, object]] = field(default_factory=dict)
    rollup: list[dict[str, object]] = field(default_factory=list)
    accounting: dict[str, dict[str, int]] = field(default_factory=dict)
    complete: bool = False
    rejects: list[dict[str, object]] = field(default_factory=list)
    judged: dict[str, Judged] = field(default_factory=dict)
    judged_projects: list[Project] = field(default_factory=list)
    signs: dict[str, dict[str, Seen]] = field(default_factory=dict)


def read_period(text: str) -> tuple[date, date]:
    """Read ``2021H1``, ``2021H2``, ``2021`` or ``FROM..TO``."""
    found = re.fullmatch(r"(\d{4})(H[12])?", text, re.ASCII)
    if found:
        year = int(found[1])
        begins = date(year, 7 if found[2] == "H2" else 1, 1)
        return begins, date(year, 6, 30) if found[2] == "H1" else date(year, 12, 31)
    first, _, last = text.partition("..")
    begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    if begins > ends:
        raise ValueError(text)
    return begins, ends


def last_date(accepted: Accepted) -> date | None:
    """Give the last date of the log and of submission, power and withdrawal [13,
    reading 20].
    """
    places = {
        "cases": ("submitted_at", "energised_at", "withdrawn_at"),
        "events": ("started_at", "finished_at"),
    }
    days = [
        row.cells[column]
        for table, columns in places.items()
        for row in accepted.rows[table]
        for column in columns
        if column in row.cells
    ]
    return max(days, default=None)


def _cutoff(accepted: Accepted, cutoff: str | None, ends: date | None) -> date:
    """Settle the cut-off: the given one, or the last date within the period [13]."""
    day = date.fromisoformat(cutoff) if cutoff else last_date(accepted)
    if day is None:
        msg = "no date at all: give a cut-off"
        raise ValueError(msg)
    if ends is None:
        return day
    if cutoff and day > ends:
        msg = "the cut-off lies after the end of the period"
        raise ValueError(msg)
    return min(day, ends)


def _verdict_row(judged: Judged) -> dict[str, object]:
    record = judged.record
    return {
        "county_code": record.get("county_code"),
        "utility": record.get("utility"),
        "user_class": user_class(record),
        "submitted_on": judged.line.submission.day,
        "energised_on": judged.line.ending.energised.single()
        if judged.line.ending.state == "energised"
        else None,
        "cohort": judged.cohort,
        **{
            rule: (verdict.word, verdict.reason)
            for rule, verdict in judged.verdicts.items()
        },
    }


def _stage_sum(judged: Judged) -> int | None:
    """Add up the listed stages, if each is known [9]."""
    listed = LISTED_STAGES.get(judged.record.get("customer_type"), ())
    days = [judged.windows[stage].days for stage in listed]
    return sum(days) if days and None not in days else None


def _facts_row(judged: Judged) -> dict[str, object]:
    return {
        "whole_process_wd": judged.whole.gross.days,
        **{f"{stage}_wd": judged.windows[stage].days for stage in STAGES},
        "stage_sum_wd": _stage_sum(judged),
        "force_majeure_wd": judged.whole.force_majeure.days,
        "step_count": judged.steps.count,
        "user_cost_yuan": judged.cost.yuan,
    }


def _findings(judged: Judged) -> Iterable[dict[str, object]]:
    for rule, verdict in judged.verdicts.items():
        if verdict.word in {"fail", "undetermined"}:
            yield {
                "case_id": judged.record.case_id,
                "rule_id": rule,
                "verdict": verdict.word,
                "reason": verdict.reason,
                "measured": verdict.measured,
                "limit": verdict.limit,
                "in_force": in_force(judged, rule),
                "parts": [part.name for part in verdict.parts if part.over],
            }


def _project_row(project: Project) -> dict[str, object]:
    row: dict[str, object] = {"county_code": project.county_code}
    for rule, verdict in project.verdicts.items():
        row |= {rule: verdict.word, f"{rule}_reason": verdict.reason}
    return row


def _roll_up(
    result: RunResult, accepted: Accepted, projects: list[Project], day: date
) -> None:
    """Add up counties, cities and province, and say whether the run is complete [33,
    34].
    """
    places = read_roster(accepted.rows.get("roster", []), day)
    rostered = bool(places)
    if not rostered:
        codes = {row["county_code"] for row in result.verdicts.values()} - {None}
        places = {code: Place(code, None, None, frozenset()) for code in codes}
    delivered = {
        str(row.get("utility"))
        for row in accepted.rows["cases"]
        if row.get("utility") is not None
    }
    rollup = Rollup(
        places,
        Attestations(accepted.rows.get("attestations", []), result.cutoff),
        delivered,
        result.cutoff,
    )
    for judged in result.judged.values():
        for rule in RULES:
            rollup.add(
                judged.record.get("county_code"), rule, judged.verdicts[rule].word
            )
    for project in projects:
        for rule, verdict in project.verdicts.items():
            rollup.add(project.county_code, rule, verdict.word)
    rows = rollup.counties()
    result.rollup = rows + (rollup.cities_and_provinces(rows) if rostered else [])
    off_roster = any(
        row["county_code"] not in places for row in result.verdicts.values()
    )
    result.complete = (
        rostered
        and not off_roster
        and all(place.utilities <= delivered for place in places.values())
        and not any(reject["kind"] in {"row", "file"} for reject in accepted.rejects)
    )


def judge_run(
    tables: Tables,
    *,
    cutoff: str | None = None,
    period: str | None = None,
    omit: Iterable[str] = (),
) -> RunResult:
    """Judge a whole dump.

    Args:
        tables: rows of text by table and column; an absent column is an empty cell.
        cutoff: the cut-off as ``YYYY-MM-DD``; None: derived.
        period: ``2021H1``, ``2021`` or ``FROM..TO``; None: all up to the cut-off.
        omit: ``table.column`` names that the dump does not have.
    """
    accepted = take_rows(tables, omit)
    if accepted.refused & {"cases", "events"}:
        return RunResult(exit_code=3)
    try:
        begins, ends = read_period(period) if period else (None, None)
        day = _cutoff(accepted, cutoff, ends)
    except ValueError:
        return RunResult(exit_code=2)
    result = RunResult(
        cutoff=day, accounting=accepted.accounting, rejects=accepted.rejects
    )
    for record in gather(accepted):
        judged = judge(timeline(record, day), begins)
        result.judged[record.case_id] = judged
        result.verdicts[record.case_id] = _verdict_row(judged)
        result.facts[record.case_id] = _facts_row(judged)
        result.signs[record.case_id] = {
            rule: seen(judged, rule, accepted.delivered) for rule in SIGN_RULES
        }
        result.findings += _findings(judged)
    projects = judge_projects(accepted.rows.get("approvals", []), day)
    result.judged_projects = projects
    result.projects = {
        project.project_id: _project_row(project) for project in projects
    }
    _roll_up(result, accepted, projects, ends or day)
    return result

"""The two rules on approvals: first accepted to last decided, less the corrections
[24].
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.reference.daycount import inside, working_days
from tests.reference.overall import Interval, days_covered
from tests.reference.records import Candidates, candidates
from tests.reference.rows import Row
from tests.reference.rules import Part, Verdict

LIMITS = {"ind01": 5, "ind02": 10}
READ = ("accepted_at", "decided_at", "correction_from", "correction_to")


@dataclass
class Project:
    """One project with its two verdicts."""

    project_id: str
    rows: list[Row]
    county_code: str | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)


def _agreed(rows: list[Row], column: str) -> object:
    values = {row.get(column) for row in rows}
    return values.pop() if len(values) == 1 else None


def _in_range(rule: str, voltage: Decimal) -> bool:
    return voltage < 1 if rule == "ind01" else 1 <= voltage <= 20


def _corrections(rows: list[Row]) -> tuple[list[Interval], list[Interval]]:
    """Give what the corrections surely cover and what they may cover; a missing edge is
    a bound.
    """
    surely, perhaps = [], []
    for row in rows:
        begin, end = row.get("correction_from"), row.get("correction_to")
        if (
            begin is None
            and end is None
            and not row.lost & {"correction_from", "correction_to"}
        ):
            continue
        if begin and end and begin > end:
            end = None
        perhaps.append((begin or date.min, end or date.max))
        if begin:
            surely.append((begin, end or begin))
    return surely, perhaps


def _span(
    rows: list[Row], first: Candidates, last: date
) -> tuple[int, int | None] | None:
    """Bound the working days of a project from its first acceptance to its last
    decision.
    """
    if not first.days or last < min(first.days):
        return None
    begin = min(first.days)
    surely, perhaps = _corrections(rows)
    low = working_days(begin, last) - days_covered(perhaps, begin, last)
    missing = first.lost or any(row.get("accepted_at") is None for row in rows)
    if missing or not inside(begin, last):
        return low, None
    return low, working_days(begin, last) - days_covered(surely, begin, last)


def _judge(rows: list[Row], limit: int, cutoff: date) -> Verdict:
    """Judge what had happened to a project by the cut-off."""
    begun = [
        row
        for row in rows
        if row.get("accepted_at") is None or row.get("accepted_at") <= cutoff
    ]
    if not begun:
        return Verdict("excluded", "after_cutoff")
    decided = candidates(begun, "decided_at").happened(cutoff)
    if decided.lost:
        return Verdict("undetermined", "unknown_decision")
    undecided = any(
        row.get("decided_at") is None or row.get("decided_at") > cutoff for row in begun
    )
    last = cutoff if undecided else max(decided.days)
    bounds = _span(begun, candidates(begun, "accepted_at"), last)
    if bounds is None:
        return Verdict("undetermined", "unknown_span")
    part = Part("approval", *bounds, limit, "running" if undecided else "closed")
    if part.over:
        return Verdict(
            "fail",
            "open_overdue" if undecided else "over_limit",
            part.low,
            limit,
            (part,),
        )
    if not part.proven:
        return Verdict("undetermined", "unknown_span", None, limit, (part,))
    if any(row.lost & set(READ) for row in begun):
        return Verdict("undetermined", "rejected_rows", None, limit, (part,))
    return (
        Verdict("pending", "open", None, limit, (part,))
        if undecided
        else Verdict("pass", None, None, limit, (part,))
    )


def judge_projects(rows: list[Row], cutoff: date) -> list[Project]:
    """Judge every project; its rows are its items."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(str(row.get("project_id")), []).append(row)
    projects = []
    for project_id, items in sorted(grouped.items()):
        project = Project(project_id, items, _agreed(items, "county_code"))
        voltage = _agreed(items, "voltage_kv")
        for rule, limit in LIMITS.items():
            if voltage is None:
                project.verdicts[rule] = Verdict("undetermined", "unknown_voltage_kv")
            elif not _in_range(rule, voltage):
                project.verdicts[rule] = Verdict("not_applicable", "voltage_kv")
            else:
                project.verdicts[rule] = _judge(items, limit, cutoff)
        projects.append(project)
    return projects

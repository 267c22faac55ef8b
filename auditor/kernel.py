"""The kernel: one partition of cases in, its verdicts, facts, findings and counts out.

A partition holds whole cases, so partitions can be judged in any order and anywhere;
their counts add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from auditor.across import NO_SIDE, Side, with_across
from auditor.frames import (
    Load,
    Part,
    check,
    facts_schema,
    findings_schema,
    projects_schema,
    verdicts_schema,
)
from auditor.judge import (
    doubtful,
    judge,
    judge_projects,
    located,
    numbered_findings,
    project_findings,
)
from auditor.measure import (
    case_ids,
    facts_out,
    measure_numbered,
    measure_projects,
    numbered,
)
from auditor.origins import CASE, kept_tables, with_origins
from auditor.pack import Pack
from auditor.rollup import benefits, check_cases, count
from auditor.screen import tally
from auditor.settings import Clock
from auditor.workdays import Calendar, PlainCalendar, load_calendar

Rules = tuple[Pack, Calendar, Clock]


def calendar_of(pack: Pack) -> Calendar:
    """Return the pack's work calendar, or one that counts every day if it has none."""
    if pack.calendar_folder is None:
        return PlainCalendar()
    calendar = load_calendar(pack.calendar_folder)
    return calendar.overlay(pack.overlay) if pack.overlay else calendar


@dataclass(frozen=True, slots=True)
class Judged:
    """What one partition gives: frames sorted by ``case_id``, and what adds up."""

    verdicts: pl.DataFrame
    facts: pl.DataFrame
    findings: pl.DataFrame
    counts: pl.DataFrame
    benefits: pl.DataFrame
    judged_by: pl.DataFrame
    tallies: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Sums:
    """What the partitions of a run add up to: verdict counts, benefits, tallies."""

    counts: pl.DataFrame
    benefits: pl.DataFrame
    tallies: pl.DataFrame


def judge_part(
    part: Part, lost: pl.DataFrame, rules: Rules, side: Side = NO_SIDE
) -> tuple[pl.DataFrame, pl.DataFrame, Load]:
    """Return facts and verdicts of the cases of one partition, and what loads its rows.

    Both frames have a row a case, sorted by ``case_id``; the loader gives a typed
    table with the number of that row for its case. For the arguments see
    :func:`audit_part`.
    """
    pack, calendar, clock = rules

    def typed(table: str) -> pl.DataFrame:
        return lost if table == "lost" else part.load(table)

    ids = case_ids(part.load("cases"))
    load = numbered(typed, ids)
    facts = measure_numbered(load, pack, calendar, clock)
    facts = facts.with_columns(ids.get_column("case_id"))
    facts = with_across(facts, side, pack, load)
    verdicts = check(
        judge(facts, pack), verdicts_schema([r.id for r in pack.case_rules])
    )
    check_cases(verdicts, pack)
    return facts, verdicts, load


def audit_part(
    part: Part,
    lost: pl.DataFrame,
    rules: Rules,
    sources: tuple[str, ...],
    side: Side,
    kept: Sequence[str] = (),
) -> Judged:
    """Judge the cases of one partition.

    Args:
        part: whole cases of one range of ids, typed and accounted for.
        lost: case and table of every rejected row of a known case, of the whole run.
        rules: the pack, the calendar that counts days, cut-off and period.
        sources: file names by the number in ``_source``.
        side: what the cases of the whole run show together.
        kept: the columns of facts that ``judged_by`` has.
    """
    pack, calendar, _ = rules
    facts, verdicts, load = judge_part(part, lost, rules, side)
    found = numbered_findings(facts, verdicts, pack)
    found = with_origins(found, load, facts.height, sources, kept_tables(pack))
    return Judged(
        verdicts,
        check(facts_out(facts, pack), facts_schema(pack)),
        check(located(found, verdicts), findings_schema()),
        count(verdicts, pack.case_rules, doubtful(facts, verdicts, pack)),
        benefits(facts, verdicts, pack),
        facts.select(kept),
        tally(load, facts, pack, calendar),
    )


@dataclass(frozen=True, slots=True)
class Projects:
    """The approval projects of a run: their verdicts, findings and counts."""

    verdicts: pl.DataFrame
    findings: pl.DataFrame
    counts: pl.DataFrame


def audit_projects(
    approvals: pl.DataFrame, lost: pl.Series, rules: Rules, sources: tuple[str, ...]
) -> Projects:
    """Judge the approval projects of a run; they need not belong to any application.

    ``lost`` holds the ids of projects of which a row was rejected: none of them can
    pass (29).
    """
    pack, calendar, clock = rules
    facts = measure_projects(approvals, pack, calendar, clock).with_columns(
        pl.col("rejected") | pl.col("project_id").is_in(lost.implode())
    )
    verdicts = check(
        judge_projects(facts, pack),
        projects_schema([rule.id for rule in pack.project_rules]),
    )
    found = project_findings(facts, verdicts, pack)
    rows = approvals.select(pl.col("project_id").alias("case_id"), "_source", "_row")
    rows = rows.sort("case_id", "_source", "_row")
    ids = case_ids(rows)
    found = found.join(
        ids.with_row_index(CASE), on="case_id", how="left", maintain_order="left"
    )
    load = numbered(lambda _table: rows, ids)
    found = with_origins(found, load, ids.height, sources, ("approvals",))
    return Projects(
        verdicts,
        found.drop(CASE),
        count(verdicts, pack.project_rules),
    )

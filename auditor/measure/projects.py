"""Approval projects: first acceptance to last decision, less the corrections (24)."""

import polars as pl

from auditor.measure.cases import agreed
from auditor.measure.edges import at_most
from auditor.measure.excuse import EVER, FOREVER, covered_days
from auditor.pack import APPROVALS, Pack
from auditor.settings import Clock
from auditor.workdays import Calendar

READ = ("accepted_at", "decided_at", "correction_from", "correction_to")


def measure_projects(
    approvals: pl.DataFrame, pack: Pack, calendar: Calendar, clock: Clock
) -> pl.DataFrame:
    """Return one row a project: its span in working days, bounded, and how it stands.

    Columns: ``project_id``, the agreed ``county_code`` and ``voltage_kv`` (null if its
    rows differ), ``approval_lo`` and ``approval_hi`` (hi null = no bound), ``running``
    (an item is undecided at the cut-off), ``begun``, ``decision_lost``, ``rejected``.
    """
    rows = _happened(approvals.lazy(), pack, clock)
    begun = rows.filter("begun")
    spans = _with_corrections(_spans(begun, clock), begun, calendar)
    first, last = pl.col("first"), pl.col("last")
    ordered = (last >= first).fill_null(value=False)
    bounded = ordered & ~pl.col("start_unknown")
    least = calendar.clipped(first, last) - pl.col("most")
    most = at_most(calendar, first, last) - pl.col("least")
    projects = rows.group_by("project_id").agg(
        map(agreed, ("county_code", "voltage_kv"))
    )
    projects = projects.join(spans, on="project_id", how="left").with_columns(
        first.is_not_null().alias("dated"),
        last.is_not_null().alias("begun"),
        ordered.alias("ordered"),
        pl.when(ordered).then(least.clip(0)).alias("approval_lo"),
        pl.when(bounded).then(most.clip(0)).alias("approval_hi"),
    )
    return projects.sort("project_id").collect()


def _happened(rows: pl.LazyFrame, pack: Pack, clock: Clock) -> pl.LazyFrame:
    """Add what of each permit has happened by the cut-off, and what of it was lost."""
    table = pack.tables[APPROVALS]
    lost = {name: (pl.col("_bad") & table.bit(name)) != 0 for name in READ}
    accepted, decided = pl.col("accepted_at"), pl.col("decided_at")
    return rows.with_columns(
        (accepted.is_null() | (accepted <= clock.cutoff)).alias("begun"),
        pl.when(decided <= clock.cutoff).then(decided).alias("decided"),
        lost["decided_at"].alias("decision_lost"),
        (accepted.is_null() | lost["accepted_at"]).alias("start_unknown"),
        pl.any_horizontal(list(lost.values())).alias("rejected"),
        (lost["correction_from"] | lost["correction_to"]).alias("correction_lost"),
    )


def _spans(begun: pl.LazyFrame, clock: Clock) -> pl.LazyFrame:
    """Return ``first`` and ``last``: the cut-off while a permit is undecided."""
    decided = pl.col("decided")
    last = pl.when(decided.is_null().any()).then(pl.lit(clock.cutoff))
    return begun.group_by("project_id").agg(
        pl.col("accepted_at").min().alias("first"),
        last.otherwise(decided.max()).alias("last"),
        (decided.is_null() & ~pl.col("decision_lost")).any().alias("running"),
        pl.col("start_unknown", "decision_lost", "rejected").any(),
    )


def _with_corrections(
    spans: pl.LazyFrame, rows: pl.LazyFrame, calendar: Calendar
) -> pl.LazyFrame:
    """Add the days that corrections may (``most``) and surely (``least``) take off."""
    begin, end = pl.col("correction_from"), pl.col("correction_to")
    some = begin.is_not_null() | end.is_not_null() | pl.col("correction_lost")
    mine = rows.filter(some).with_columns(
        pl.when((end < begin).fill_null(value=False))
        .then(None)
        .otherwise(end)
        .alias("correction_to")
    )
    found = {
        "most": mine.select(
            "project_id",
            begin.fill_null(EVER).alias("from"),
            end.fill_null(FOREVER).alias("to"),
        ),
        "least": mine.filter(begin.is_not_null()).select(
            "project_id", begin.alias("from"), pl.coalesce(end, begin).alias("to")
        ),
    }
    edges = spans.select(
        "project_id",
        pl.col("first").alias("span_from"),
        pl.col("last").alias("span_to"),
    )
    for name, intervals in found.items():
        days = covered_days(
            edges.join(intervals, on="project_id"), calendar, "span", "project_id"
        )
        spans = spans.join(days.rename({"days": name}), on="project_id", how="left")
        spans = spans.with_columns(pl.col(name).fill_null(0).cast(pl.Int32))
    return spans

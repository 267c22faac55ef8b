"""Approval projects: first acceptance to last decision, less the corrections (24)."""

from datetime import date

import polars as pl

from auditor.measure.edges import at_most
from auditor.measure.excuse import covered_days
from auditor.pack import Pack
from auditor.settings import Clock
from auditor.workdays import Calendar

EVER, FOREVER = pl.lit(date(1900, 1, 1)), pl.lit(date(9999, 12, 31))
READ = ("accepted_at", "decided_at", "correction_from", "correction_to")


def measure_projects(
    approvals: pl.DataFrame, pack: Pack, calendar: Calendar, clock: Clock
) -> pl.DataFrame:
    """Return one row a project: its span in working days, bounded, and how it stands.

    Columns: ``project_id``, the agreed ``county_code`` and ``voltage_kv`` (null if its
    rows differ), ``approval_lo`` and ``approval_hi`` (hi null = no bound), ``running``
    (an item is undecided at the cut-off), ``begun``, ``decision_lost``, ``rejected``.
    """
    table = pack.tables["approvals"]
    cutoff = pl.lit(clock.cutoff)
    lost = {name: (pl.col("_bad") & table.bit(name)) != 0 for name in READ}
    rows = approvals.lazy().with_columns(
        (pl.col("accepted_at").is_null() | (pl.col("accepted_at") <= cutoff)).alias(
            "begun"
        ),
        pl.when(pl.col("decided_at") <= cutoff).then("decided_at").alias("decided"),
        lost["decided_at"].alias("decision_lost"),
        lost["accepted_at"].alias("acceptance_lost"),
        pl.any_horizontal(list(lost.values())).alias("rejected"),
        (lost["correction_from"] | lost["correction_to"]).alias("correction_lost"),
    )
    begun = rows.filter("begun")
    spans = begun.group_by("project_id").agg(
        pl.col("accepted_at").min().alias("first"),
        pl.when(pl.col("decided").is_null().any())
        .then(cutoff)
        .otherwise(pl.col("decided").max())
        .alias("last"),
        (pl.col("decided").is_null() & ~pl.col("decision_lost")).any().alias("running"),
        (pl.col("accepted_at").is_null() | pl.col("acceptance_lost"))
        .any()
        .alias("start_unknown"),
        pl.col("decision_lost").any(),
        pl.col("rejected").any(),
    )
    spans = _with_corrections(spans, begun, calendar)
    first, last = pl.col("first"), pl.col("last")
    ordered = (last >= first).fill_null(value=False)
    gross = calendar.clipped(first, last)
    exact = at_most(calendar, first, last)
    projects = rows.group_by("project_id").agg(
        *(_agreed(name) for name in ("county_code", "voltage_kv"))
    )
    return projects.join(spans, on="project_id", how="left").with_columns(
        pl.col("first").is_not_null().alias("dated"),
        pl.col("last").is_not_null().alias("begun"),
        ordered.alias("ordered"),
        pl.when(ordered).then((gross - pl.col("most")).clip(0)).alias("approval_lo"),
        pl.when(ordered & ~pl.col("start_unknown")).then((exact - pl.col("least")).clip(0)).alias("approval_hi"),
    ).sort("project_id").collect()  # fmt: skip


def _agreed(name: str) -> pl.Expr:
    return pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name)


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

"""Findings: a row for every case x rule that failed or is undetermined, and data notes."""

from datetime import date

import polars as pl

from auditor.judge.compile import Part, limit_bounds, parts
from auditor.pack import Pack, Rule

NOTES = (
    "start_disputed", "start_from_acceptance", "stamps_disputed", "is_disputed",
    "scope_unknown", "withdraw_ignored", "multi_as_dual", "kva_as_is",
)  # fmt: skip
"""Facts about a case that no verdict shows: substitutes used, disputes, flags."""
NOTED = "data"
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "case_id": pl.String, "county_code": pl.String, "rule_id": pl.String,
    "verdict": pl.String, "reason": pl.String, "severity": pl.String,
    "measured": pl.Float64, "limit": pl.Float64, "in_force": pl.Boolean,
    "clause": pl.String, "parts": pl.String,
}  # fmt: skip


def findings(facts: pl.DataFrame, verdicts: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return one row a failed or undetermined case x rule, then one a note.

    ``measured`` is the proven value and ``limit`` its limit, of the first failing part
    in window order (for a date that is the limit: the days past it, and 0); ``parts`` lists all failing parts. ``in_force`` is null where the
    submission is unknown or its candidates lie on both sides of the date (12).
    """
    frames = [_of_rule(facts, verdicts, rule) for rule in pack.case_rules]
    frames += [_of_note(facts, pack, note) for note in NOTES if note in facts.columns]
    if "unknown_items" in facts.columns:
        frames.append(_of_note(facts, pack, "unknown_items"))
    found = pl.concat(
        [frame for frame in frames if frame.height] or [pl.DataFrame(schema=SCHEMA)]
    )
    return found.sort("case_id", "rule_id", "reason")


def _of_rule(facts: pl.DataFrame, verdicts: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    mine = verdicts.get_column(rule.id).is_in(["fail", "undetermined"])
    if not mine.any():
        return pl.DataFrame(schema=SCHEMA)
    words = verdicts.select("county_code", rule.id, f"{rule.id}_reason").filter(mine)
    measured, limit, in_force, listed = _measures(rule)
    failed = pl.col("verdict") == "fail"
    rows = facts.filter(mine).with_columns(
        words.get_column("county_code").alias("_county"),
        words.get_column(rule.id).cast(pl.String).alias("verdict"),
        words.get_column(f"{rule.id}_reason").cast(pl.String).alias("reason"),
    )
    return rows.select(
        "case_id",
        pl.col("_county").alias("county_code"),
        pl.lit(rule.id).alias("rule_id"),
        "verdict",
        "reason",
        pl.lit(rule.severity).alias("severity"),
        pl.when(failed).then(measured).cast(pl.Float64).alias("measured"),
        pl.when(failed).then(limit).cast(pl.Float64).alias("limit"),
        in_force.alias("in_force"),
        pl.lit(rule.clause).alias("clause"),
        pl.when(failed).then(listed).alias("parts"),
    )


def _measures(rule: Rule) -> tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]:
    nothing = pl.lit(None, pl.Float64)
    if rule.kind == "time":
        return _first_part(rule, parts(rule))
    if rule.kind == "steps":
        _, limit = limit_bounds(rule, "step_count")
        return (
            pl.col("step_count").cast(pl.Float64),
            limit,
            _in_force(rule, "step_count"),
            pl.lit("step_count"),
        )
    if rule.kind == "cost":
        _, limit = limit_bounds(rule, "user_cost_yuan")
        return (
            pl.col("cost_lo"),
            limit,
            _in_force(rule, "user_cost_yuan"),
            pl.lit("user_cost_yuan"),
        )
    return (
        nothing,
        nothing,
        _binds(rule.in_force_from),
        pl.lit(rule.flag or rule.kind, pl.String),
    )


def _first_part(
    rule: Rule, compared: list[Part]
) -> tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]:
    measured = limit = pl.lit(None, pl.Float64)
    in_force = _in_force(rule, compared[0].fact)
    for part in reversed(compared):
        measured = pl.when(part.breach).then(part.measured).otherwise(measured)
        limit = pl.when(part.breach).then(part.limit).otherwise(limit)
        in_force = (
            pl.when(part.breach).then(_in_force(rule, part.fact)).otherwise(in_force)
        )
    names = [pl.when(part.breach).then(pl.lit(part.fact)) for part in compared]
    return (
        measured,
        limit,
        in_force,
        pl.concat_str(names, separator=";", ignore_nulls=True),
    )


def _in_force(rule: Rule, fact: str) -> pl.Expr:
    return _binds(rule.limits_on(fact)[0].in_force_from)


def _binds(day: date | None) -> pl.Expr:
    """Whether what is binding from a day was so when the case was submitted (12)."""
    if day is None:
        return pl.lit(None, pl.Boolean)
    since = pl.lit(day)
    return (
        pl.when(pl.col("start_lo") >= since).then(pl.lit(value=True))
        .when(pl.col("start_hi") < since).then(pl.lit(value=False))
    )  # fmt: skip


def _of_note(facts: pl.DataFrame, pack: Pack, note: str) -> pl.DataFrame:
    raised = pl.col(note) if note != "unknown_items" else pl.col(note).fill_null(0) > 0
    return facts.filter(raised).select(
        "case_id",
        pl.col(pack.clock.county).alias("county_code"),
        pl.lit(NOTED).alias("rule_id"),
        pl.lit(None, pl.String).alias("verdict"),
        pl.lit(note).alias("reason"),
        pl.lit("C").alias("severity"),
        *(pl.lit(None, pl.Float64).alias(name) for name in ("measured", "limit")),
        pl.lit(None, pl.Boolean).alias("in_force"),
        *(pl.lit(None, pl.String).alias(name) for name in ("clause", "parts")),
    )

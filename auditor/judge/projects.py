"""Rules on approval projects: one verdict a project and rule (24, 37)."""

import polars as pl

from auditor.frames.conditions import holds
from auditor.judge.compile import Test, applies, limit_value
from auditor.judge.words import Coder
from auditor.pack import Pack, Rule


def judge_projects(facts: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return ``project_id``, ``county_code``, then ``<rule>`` and ``<rule>_reason`` a rule.

    Args:
        facts: the frame of :func:`auditor.measure.measure_projects`.
        pack: its rules of the kind ``approval``.
    """
    code = Coder(pack)
    codes = [expr for rule in pack.project_rules for expr in _columns(rule, code)]
    words = [expr for rule in pack.project_rules for expr in code.words(rule.id)]
    return facts.select("project_id", "county_code", *codes).select(
        "project_id", "county_code", *words
    )


def _columns(rule: Rule, code: Coder) -> list[pl.Expr]:
    limit = limit_value(rule.limits[0])
    over = (pl.col("approval_lo") > limit).fill_null(value=False)
    inside = (pl.col("approval_hi") <= limit).fill_null(value=False)
    running = pl.col("running").fill_null(value=False)
    reason = code.reason
    overdue = (
        pl.when(running).then(reason("open_overdue")).otherwise(reason("over_limit"))
    )
    tests = [
        Test(
            (~holds(c)).fill_null(value=False),
            "not_applicable",
            reason(f"outside_{c.column}"),
        )
        for c in rule.applies
    ]
    tests += [
        Test(
            applies(rule).is_null() & holds(c).is_null(),
            "undetermined",
            reason(f"missing_{c.column}"),
        )
        for c in rule.applies
    ]
    tests += [
        Test(~pl.col("begun"), "excluded", reason("after_cutoff")),
        Test(pl.col("decision_lost"), "undetermined", reason("rejected_rows")),
        Test(~pl.col("dated"), "undetermined", reason("no_start")),
        Test(~pl.col("ordered"), "undetermined", reason("end_before_start")),
        Test(over, "fail", overdue),
        Test(~inside, "undetermined", reason("stamp_missing")),
        Test(pl.col("rejected"), "undetermined", reason("rejected_rows")),
        Test(running, "pending", reason("within_limit")),
    ]
    verdict: pl.Expr = code.verdict("pass")
    why: pl.Expr = pl.lit(None, pl.UInt8)
    for test in reversed(tests):
        verdict = (
            pl.when(test.where).then(code.verdict(test.verdict)).otherwise(verdict)
        )
        why = pl.when(test.where).then(test.reason).otherwise(why)
    return [verdict.alias(rule.id), why.alias(f"{rule.id}_reason")]


def project_findings(
    facts: pl.DataFrame, verdicts: pl.DataFrame, pack: Pack
) -> pl.DataFrame:
    """Return one row a failed or undetermined project x rule, with the findings' columns.

    ``case_id`` holds the project's id: a project need not belong to an application.
    """
    frames = []
    for rule in pack.project_rules:
        mine = verdicts.get_column(rule.id).is_in(["fail", "undetermined"])
        failed = pl.col("verdict") == "fail"
        limit = rule.limits[0]
        frames.append(
            facts.filter(mine).with_columns(
                verdicts.filter(mine).get_column(rule.id).cast(pl.String).alias("verdict"),
                verdicts.filter(mine).get_column(f"{rule.id}_reason").cast(pl.String).alias("reason"),
            ).select(
                pl.col("project_id").alias("case_id"), "county_code", pl.lit(rule.id).alias("rule_id"),
                "verdict", "reason", pl.lit(rule.severity).alias("severity"),
                pl.when(failed).then(pl.col("approval_lo")).cast(pl.Float64).alias("measured"),
                pl.when(failed).then(pl.lit(limit.value)).cast(pl.Float64).alias("limit"),
                (pl.col("first") >= limit.in_force_from).alias("in_force"),
                pl.lit(rule.clause).alias("clause"),
                pl.when(failed).then(pl.lit("approval")).alias("parts"),
            )
        )  # fmt: skip
    return pl.concat(frames)

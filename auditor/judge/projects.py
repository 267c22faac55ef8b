"""Rules on approval projects: one verdict a project and rule (24, 37)."""

import polars as pl

from auditor.judge.order import Test, decide, population
from auditor.judge.parts import limit_value
from auditor.judge.words import Coder
from auditor.pack import Pack, Rule


def judge_projects(facts: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return ``project_id``, ``county_code``, then a verdict and a reason a rule.

    The columns are ``<rule>`` and ``<rule>_reason``; a reason is null only for a pass.

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
    verdict, reason = decide([*population(rule, code), *_tests(rule, code)], code)
    return [verdict.alias(rule.id), reason.alias(f"{rule.id}_reason")]


def _tests(rule: Rule, code: Coder) -> list[Test]:
    limit, reason = limit_value(rule.limits[0]), code.reason
    over = (pl.col("approval_lo") > limit).fill_null(value=False)
    inside = (pl.col("approval_hi") <= limit).fill_null(value=False)
    running = pl.col("running").fill_null(value=False)
    late = pl.when(running).then(reason("open_overdue")).otherwise(reason("over_limit"))
    return [
        Test(~pl.col("begun"), "excluded", reason("after_cutoff")),
        Test(pl.col("decision_lost"), "undetermined", reason("rejected_rows")),
        Test(~pl.col("dated"), "undetermined", reason("no_start")),
        Test(~pl.col("ordered"), "undetermined", reason("end_before_start")),
        Test(over, "fail", late),
        Test(~inside, "undetermined", reason("stamp_missing")),
        Test(pl.col("rejected"), "undetermined", reason("rejected_rows")),
        Test(running, "pending", reason("within_limit")),
    ]


def project_findings(
    facts: pl.DataFrame, verdicts: pl.DataFrame, pack: Pack
) -> pl.DataFrame:
    """Return one row a failed or undetermined project and rule, as of findings.

    ``case_id`` holds the project's id: a project need not belong to an application.
    ``measured`` and ``limit`` are working days, null unless the project failed.
    """
    return pl.concat(_found(facts, verdicts, rule) for rule in pack.project_rules)


def project_binding(rule: Rule) -> pl.Expr:
    """Whether the limit was binding when the first permit was accepted (12)."""
    return pl.col("first") >= pl.lit(rule.limits[0].in_force_from, pl.Date)


def _found(facts: pl.DataFrame, verdicts: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    failed = pl.col("verdict") == "fail"
    limit = rule.limits[0]
    words = verdicts.select(
        pl.col(rule.id).cast(pl.String).alias("verdict"),
        pl.col(f"{rule.id}_reason").cast(pl.String).alias("reason"),
    )
    mine = pl.col("verdict").is_in(["fail", "undetermined"])
    return (
        facts.hstack(words)
        .filter(mine)
        .select(
            pl.col("project_id").alias("case_id"),
            "county_code",
            pl.lit(rule.id).alias("rule_id"),
            "verdict",
            "reason",
            pl.lit(rule.severity).alias("severity"),
            pl.when(failed).then("approval_lo").cast(pl.Float64).alias("measured"),
            pl.when(failed).then(pl.lit(limit.value)).cast(pl.Float64).alias("limit"),
            project_binding(rule).alias("in_force"),
            pl.lit(rule.clause).alias("clause"),
            pl.when(failed).then(pl.lit("approval")).alias("parts"),
        )
    )

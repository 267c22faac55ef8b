"""Findings: a row a case and rule that failed or is undetermined, and data notes."""

from datetime import date

import polars as pl

from auditor.frames import FINDINGS
from auditor.judge.parts import Part, limit_bounds, parts
from auditor.judge.signs import parts_of, severity_of
from auditor.pack import Pack, Rule

NOTES = (
    "start_disputed", "start_from_acceptance", "stamps_disputed", "is_disputed",
    "scope_unknown", "withdraw_ignored", "unknown_items", "beyond_cutoff",
)  # fmt: skip
"""Facts about a case that no verdict shows; a pack may add notes of its own."""
NOTED = "data"
NO_COUNTY = "unknown"  # where counts hold the cases without a county
COMPARED = {"steps": "step_count", "cost": "cost_lo"}
"""What is proven of the one fact of a rule that compares a number."""
SCHEMA = {
    name: kind for name, kind in FINDINGS.items() if name not in {"source", "rows"}
}
"""A finding before its rows are known; `auditor.origins` adds them."""
CASE = "_case"
NUMBERED = {CASE: pl.UInt32} | {
    name: kind
    for name, kind in SCHEMA.items()
    if name not in {"case_id", "county_code"}
}


def numbered_findings(
    facts: pl.DataFrame, verdicts: pl.DataFrame, pack: Pack
) -> pl.DataFrame:
    """Return one row a failed or undetermined case x rule, and one a note of a case.

    They are sorted by case, rule and reason. ``_case`` is the row of the case in
    ``facts``; :func:`located` puts its id there. ``measured`` is the proven value and
    ``limit`` its limit, of the first failing part in window order; for a date that is
    the limit, the days past it and 0. ``parts`` lists all failing parts. ``in_force``
    is null where the submission is unknown or its candidates lie on both sides of the
    date (12).
    """
    notes = (*NOTES, *(note.id for note in pack.notes))
    frames = {
        (rule.id, ""): _of_rule(facts, verdicts, rule) for rule in pack.case_rules
    }
    frames |= {
        (NOTED, note): _of_note(facts, note) for note in notes if note in facts.columns
    }
    # A case has a rule or a note once, so their order among frames decides.
    found = [frames[key] for key in sorted(frames) if frames[key].height]
    if not found:
        return pl.DataFrame(schema=NUMBERED)
    rows = pl.concat(found)
    place = pl.col(CASE).cast(pl.UInt64) * rows.height
    order = rows.select(place + pl.int_range(pl.len(), dtype=pl.UInt64)).to_series()
    if len(found) == 1:
        return rows
    return rows.select(pl.all().gather((order.sort() % rows.height).cast(pl.UInt32)))


def located(found: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Put id and county of each finding's case in place of its number."""
    at = found.get_column(CASE)
    keys = [verdicts.get_column(n).gather(at) for n in ("case_id", "county_code")]
    return found.select(*keys, pl.exclude(CASE))


def _of_rule(facts: pl.DataFrame, verdicts: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    # What no sign could exclude is told once a county, by counts, not a case (38).
    asked = ["fail"] if rule.signs or rule.across else ["fail", "undetermined"]
    at = verdicts.get_column(rule.id).is_in(asked).arg_true()
    if at.is_empty():
        return pl.DataFrame(schema=NUMBERED)
    measured, limit, in_force, listed = measures(rule)
    failed = pl.col("verdict") == "fail"
    told = [
        pl.col(CASE),
        pl.lit(rule.id).alias("rule_id"),
        pl.col("verdict"),
        pl.col("reason"),
        _severity(rule).alias("severity"),
        pl.when(failed).then(measured).cast(pl.Float64).alias("measured"),
        pl.when(failed).then(limit).cast(pl.Float64).alias("limit"),
        in_force.alias("in_force"),
        pl.lit(rule.clause).alias("clause"),
        pl.when(failed).then(listed).alias("parts"),
    ]
    # Facts are wide: only what this rule tells is taken of them.
    read = {name for expr in told for name in expr.meta.root_names()}
    kept = facts.select(pl.col(sorted(read & {*facts.columns})).gather(at))
    words = {"verdict": rule.id, "reason": f"{rule.id}_reason"}
    # Their numbers first: a rule that tells nothing of the facts still has its cases.
    rows = pl.DataFrame({CASE: at}).with_columns(
        *kept.get_columns(),
        *(
            verdicts.get_column(column).gather(at).cast(pl.String).alias(name)
            for name, column in words.items()
        ),
    )
    return rows.select(told)


def _severity(rule: Rule) -> pl.Expr:
    if rule.across is not None:
        return pl.coalesce(f"{rule.id}_severity", pl.lit(rule.severity))
    return severity_of(rule)


def measures(rule: Rule) -> tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]:
    """Return the measured value, its limit, whether it was in force, and the parts."""
    if rule.kind == "time":
        return _first_part(rule, parts(rule))
    if rule.kind in COMPARED:
        fact = rule.facts[0]
        _, limit = limit_bounds(rule, fact)
        measured = pl.col(COMPARED[rule.kind]).cast(pl.Float64)
        return measured, limit, _in_force(rule, fact), pl.lit(fact)
    if rule.across is not None:
        names = ("measured", "limit", "in_force", "parts")
        measured, limit, in_force, listed = (pl.col(f"{rule.id}_{n}") for n in names)
        return measured, limit, in_force, listed
    nothing = pl.lit(None, pl.Float64)
    if rule.signs:
        return nothing, nothing, _binds(rule.in_force_from), parts_of(rule)
    part = pl.lit(rule.flag or rule.kind, pl.String)
    return nothing, nothing, _binds(rule.in_force_from), part


def binding(rule: Rule) -> pl.Expr:
    """Whether what a rule asks was binding when the case was submitted (12)."""
    return measures(rule)[2]


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


def _of_note(facts: pl.DataFrame, note: str) -> pl.DataFrame:
    at = facts.get_column(note).fill_null(value=False).arg_true()
    told = {"rule_id": NOTED, "reason": note, "severity": "C"}
    return pl.DataFrame({CASE: at.cast(pl.UInt32)}).select(
        pl.col(name) if name == CASE else pl.lit(told.get(name), kind).alias(name)
        for name, kind in NUMBERED.items()
    )


def gaps(counts: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return one row a county and rule on integrity that could not be excluded (38).

    ``case_id`` is null and ``measured`` the number of cases: each of them is in the
    verdicts, and a list of all would bury what was seen.

    Args:
        counts: code, rule and the six counts of a whole run.
        pack: its rules on signs, and those across cases.
    """
    rules = [rule for rule in pack.case_rules if rule.signs or rule.across]
    table = {
        "rule_id": [rule.id for rule in rules],
        "severity": [rule.severity for rule in rules],
        "clause": [rule.clause for rule in rules],
    }
    mine = counts.filter(pl.col("undetermined") > 0).join(
        pl.DataFrame(table, schema=dict.fromkeys(table, pl.String)), on="rule_id"
    )
    given = {
        "county_code": pl.when(pl.col("code") != NO_COUNTY).then("code"),
        "verdict": pl.lit("undetermined"),
        "reason": pl.lit("cannot_exclude"),
        "measured": pl.col("undetermined").cast(pl.Float64),
    }
    kept = ("rule_id", "severity", "clause")
    return mine.sort("code", "rule_id").select(
        (given.get(name, pl.col(name) if name in kept else pl.lit(None)))
        .cast(kind)
        .alias(name)
        for name, kind in FINDINGS.items()
    )

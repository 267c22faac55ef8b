"""What two runs say of one stamp, or of one case: the rules between runs (37)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from auditor.pack import Rule

HISTORY = ("rewritten", "removed", "back_filled")
"""Of a stamp: another past than the one that was recorded first."""
GONE = ("vanished_open", "vanished")
CAME = ("back_filled_case",)
ABSENCE = (*GONE, *CAME)
"""Of a case: it is missing from the later run, or should have been in the earlier."""
FAILING = (*HISTORY, *ABSENCE)
UNKNOWN = ("unreadable", "rejected", "was_rejected", "undated")
"""What was rejected or has no date proves neither."""

MOVED = (
    "case_id", "county_code", "rule_id", "was", "now", "reason_was", "reason_now",
)  # fmt: skip


def stamp_kind(cutoff: pl.Expr) -> pl.Expr:
    """Return what became of a stamp; null where nothing of the past was changed.

    Reads ``day, tod`` of the earlier run, ``day_b, tod_b`` of the later, and
    ``came, gone``: whether a reject of the earlier or the later run explains a missing
    stamp. Past is what lies on or before the earlier run's cut-off; a time of day only
    counts where both have one.
    """
    was, now = pl.col("day"), pl.col("day_b")
    past = ((was <= cutoff) | (now <= cutoff)).fill_null(value=False)
    other_day = was != now
    other_clock = (was == now) & (pl.col("tod") != pl.col("tod_b"))
    changed = (other_day | other_clock).fill_null(value=False)
    gone, came = (pl.col(name).fill_null(value=False) for name in ("gone", "came"))
    removed, filled = (
        was.is_not_null() & now.is_null(),
        was.is_null() & now.is_not_null(),
    )
    return (
        pl.when(~past).then(None)
        .when((removed & gone) | (filled & came)).then(pl.lit("unreadable"))
        .when(removed).then(pl.lit("removed"))
        .when(filled).then(pl.lit("back_filled"))
        .when(changed).then(pl.lit("rewritten"))
    )  # fmt: skip


def presence_kind(cutoff: pl.Expr, grace: float) -> pl.Expr:
    """Return what became of a case that one run lacks; ``new`` accuses nobody.

    Reads ``was`` and ``now``, the cohorts in the two runs (null: not there), ``came``
    and ``gone``: rejected in the earlier or the later run, and ``submitted_on``. More
    than ``grace`` calendar days before the earlier cut-off it should have been there.
    """
    was, now = pl.col("was"), pl.col("now")
    gone, came = (pl.col(name).fill_null(value=False) for name in ("gone", "came"))
    before = days_before(cutoff)
    return (
        pl.when(was.is_not_null() & now.is_not_null()).then(None)
        .when(was.is_not_null() & gone).then(pl.lit("rejected"))
        .when(was == "open").then(pl.lit("vanished_open"))
        .when(was.is_not_null()).then(pl.lit("vanished"))
        .when(came).then(pl.lit("was_rejected"))
        .when(before.is_null()).then(pl.lit("undated"))
        .when(before > grace).then(pl.lit("back_filled_case"))
        .otherwise(pl.lit("new"))
    )  # fmt: skip


def days_before(cutoff: pl.Expr) -> pl.Expr:
    """Calendar days from the submission to the earlier run's cut-off."""
    return (cutoff - pl.col("submitted_on")).dt.total_days()


def grace_of(rule: Rule | None) -> float:
    """How late a case may come into a delivery, in calendar days: the page's limit."""
    value = rule.limits[0].value if rule is not None and rule.limits else None
    return 0.0 if value is None else value


def verdict_of(kind: pl.Expr) -> pl.Expr:
    """Return the verdict that a kind stands for; nothing found is a pass."""
    return (
        pl.when(kind.is_in(FAILING)).then(pl.lit("fail"))
        .when(kind.is_in(UNKNOWN)).then(pl.lit("undetermined"))
        .otherwise(pl.lit("pass"))
    )  # fmt: skip


def moved(was: pl.DataFrame, now: pl.DataFrame, rule_id: str) -> pl.DataFrame:
    """Return the cases whose verdict under a rule has another word (:data:`MOVED`).

    ``was`` and ``now`` hold the verdicts of the same cases in the same order.
    """
    words = [side.get_column(rule_id).cast(pl.String) for side in (was, now)]
    reasons = [
        side.get_column(f"{rule_id}_reason").cast(pl.String) for side in (was, now)
    ]
    rows = now.select("case_id", "county_code").with_columns(
        pl.lit(rule_id).alias("rule_id"),
        words[0].alias("was"),
        words[1].alias("now"),
        reasons[0].alias("reason_was"),
        reasons[1].alias("reason_now"),
    )
    return rows.filter(words[0].ne_missing(words[1]))


def judge_between(rule: Rule, given: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return verdict and reason of examples, a row each.

    An example of ``rewritten`` gives ``cutoff`` and what the two runs say of a stamp,
    ``was`` and ``now``; one of ``vanished`` gives ``cutoff``, ``submitted_on`` and the
    cohorts. What it leaves out the run does not have; ``came`` or ``gone = true`` says
    that the earlier or the later run rejected it.
    """
    rows = [_row(one, stamps=rule.kind == "rewritten") for one in given]
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    cutoff = pl.col("cutoff")
    by_stamp = rule.kind == "rewritten"
    kind = stamp_kind(cutoff) if by_stamp else presence_kind(cutoff, grace_of(rule))
    told = frame.select(kind.alias("kind"))
    word = pl.col("kind")
    verdict = verdict_of(word)
    reason = pl.when(verdict != "pass").then(word)
    return told.select(verdict.alias(rule.id), reason.alias(f"{rule.id}_reason"))


_SCHEMA = {
    "cutoff": pl.Date,
    "submitted_on": pl.Date,
    "day": pl.Date,
    "tod": pl.Int32,
    "day_b": pl.Date,
    "tod_b": pl.Int32,
    "was": pl.String,
    "now": pl.String,
    "came": pl.Boolean,
    "gone": pl.Boolean,
}


def _row(given: Mapping[str, Any], *, stamps: bool) -> dict[str, Any]:
    row = {name: given.get(name) for name in _SCHEMA}
    if not stamps:
        return row
    (day, tod), (day_b, tod_b) = (_stamp(given.get(name)) for name in ("was", "now"))
    sides = {"day": day, "tod": tod, "day_b": day_b, "tod_b": tod_b}
    return row | sides | {"was": None, "now": None}


def _stamp(value: date | None) -> tuple[date | None, int | None]:
    """Return the day of a stamp and, if it has a clock, the second of the day."""
    if isinstance(value, datetime):
        return value.date(), value.hour * 3600 + value.minute * 60 + value.second
    return value, None

"""The closed vocabulary of verdicts and reasons, as enumerations of small integers."""

from collections.abc import Iterable

import polars as pl

from auditor.pack import CHECKS, Pack
from auditor.vocabulary import VERDICTS

VERDICT = pl.Enum(VERDICTS)
FIXED_REASONS = (
    "over_limit", "open_overdue", "too_many_steps", "forbidden_step", "user_paid",
    "not_listed", "flag_false",
    "within_limit", "may_still_change",
    "withdrawn", "out_of_scope", "after_cutoff", "before_period",
    "period_edge", "rejected_rows",
    "end_lost", "energised_and_withdrawn", "withdrawn_without_date", "no_end_date",
    "no_start", "start_bound_only", "end_before_start", "disputed_dates",
    "outside_calendar", "stamp_missing", "no_events", "limit_missing",
    "unmapped_step", "no_step",
    "fee_unknown", "cost_contradicted", "negative_cost", "cost_missing",
    "flag_missing", "no_documents", "cannot_exclude",
    *CHECKS,
    "chain_over_limit", "reapplied", "split_below_threshold", "operator_burst",
    "number_out_of_sequence", "number_gap",
    "column_absent", "no_key", "key_shared", "capacity_missing", "no_entry_time",
    "no_numbering_rule", "number_unreadable",
)  # fmt: skip
"""Every reason of a verdict, beside ``outside_<column>`` and ``missing_<column>``."""


def reasons(pack: Pack) -> tuple[str, ...]:
    """Return the fixed reasons and those that name a population column of the pack."""
    columns = dict.fromkeys(c.column for rule in pack.rules for c in rule.applies)
    named = [f"{kind}_{name}" for name in columns for kind in ("outside", "missing")]
    return (*FIXED_REASONS, *named)


class Coder:
    """Turns words into literals of small integers, and the integers back into words."""

    def __init__(self, pack: Pack) -> None:
        self.reasons = reasons(pack)
        self._reason = {word: code for code, word in enumerate(self.reasons)}
        self._verdict = {word: code for code, word in enumerate(VERDICTS)}

    def verdict(self, word: str) -> pl.Expr:
        """The literal code of a verdict word."""
        return pl.lit(self._verdict[word], pl.UInt8)

    def reason(self, word: str) -> pl.Expr:
        """The literal code of a reason word."""
        return pl.lit(self._reason[word], pl.UInt8)

    def is_any(self, verdict: pl.Expr, words: Iterable[str]) -> pl.Expr:
        """Whether a verdict's code is that of one of the words."""
        return verdict.is_in([self._verdict[word] for word in words])

    def words(self, rule_id: str) -> list[pl.Expr]:
        """The two output columns of a rule, from its two code columns."""
        return [
            pl.col(rule_id).cat.to(VERDICT),
            pl.col(f"{rule_id}_reason").cat.to(pl.Enum(self.reasons)),
        ]

"""The closed words of verdicts, cohorts and statuses, each list written once."""

VERDICTS = ("pass", "fail", "pending", "undetermined", "excluded", "not_applicable")

SEVERITIES = ("A", "B", "C")
"""Of rules, signs and screens, worst first."""

UNMAPPED = "unmapped"
"""The step of a row whose step nobody knows."""

LEFT_OUT = ("out_of_scope", "after_cutoff", "before_period")
"""Why a case belongs to no audit, in the order in which it is asked (13)."""

COHORTS = (*LEFT_OUT, "withdrawn", "energised", "open")

STATUSES = (
    "met", "attested_met", "not_met", "attested_not_met", "undetermined", "no_cases",
    "not_attested",
)  # fmt: skip
"""What a place's cell may say, in the order in which it is shown."""

MET = frozenset({"met", "attested_met"})
"""The two that earn a √."""

NOT_MET = frozenset({"not_met", "attested_not_met"})
"""The two that refute a √."""

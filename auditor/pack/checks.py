"""The closed vocabulary of signs: each check, with the parameters a page gives it."""

from typing import Literal

Kind = Literal[
    "number", "numbers", "step", "steps", "words", "date", "rules", "columns",
    "conditions", "limits", "edge",
]  # fmt: skip
"""``numbers`` … are lists; ``limits`` are days by window; ``edge`` is a column of
cases or a step; ``conditions`` read like ``[applies]``."""

CHECKS: dict[str, dict[str, Kind]] = {
    # the order of stamps
    "meter_before_start": {},
    "ended_before_step": {"step": "step"},
    "order_inverted": {"steps": "steps"},
    "row_backwards": {"steps": "steps"},
    "archived_before_end": {"archive": "edge"},
    "archived_long_after": {"archive": "edge", "days": "number"},
    "ended_long_before": {"days": "number"},
    # when rows were entered
    "entries_together": {"steps": "steps", "least": "number", "minutes": "number"},
    "entries_on_one_day": {"steps": "steps", "least": "number"},
    "recorded_late": {"days": "number"},
    "recorded_early": {},
    # suspensions
    "suspended_near_limit": {"days": "number", "rules": "rules"},
    "suspended_often": {"least": "number"},
    "worked_while_suspended": {"steps": "steps"},
    "suspended_without_evidence": {"reasons": "words"},
    # steps that lack, or that should not be there
    "step_skipped": {"steps": "steps"},
    "papers_without_step": {"steps": "steps"},
    "step_returned": {},
    "rounds_many": {"steps": "steps", "least": "number"},
    "half_stamped": {"steps": "steps"},
    "window_over": {"limits": "limits"},
    "forbidden_since": {"steps": "steps", "since": "date"},
    "step_unlisted": {},
    "step_outside": {"steps": "steps"},
    # several versions of a case
    "versions_differ": {"columns": "columns"},
    "versions_cross": {"columns": "columns", "at": "numbers"},
    "request_crossed": {"columns": "columns", "at": "numbers"},
    # attributes, papers and money
    "case_holds": {"is": "conditions"},
    "document_worded": {"words": "words"},
    "step_worded": {"words": "words"},
    "papers_elsewhere": {"steps": "steps"},
    "refused_for_more": {"step": "step", "rules": "rules"},
    "charged_for": {"words": "words"},
    "charge_unlisted": {},
    "charge_without_receipt": {},
    "charge_refunded": {},
    "user_charged": {},
    "baseline_unknown": {},
}

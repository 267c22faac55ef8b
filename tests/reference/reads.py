"""What each rule reads, so that losing it bars a pass [29, reading 17].

Population columns need no entry: their loss is a null and is judged as one.
"""

from tests.reference.population import RULES, Rule

Cell = tuple[str, str, str | None]
READS_TABLES = {
    "whole": {"cases", "events", "suspensions"},
    "stages": {"cases", "events"},
    "steps": {"cases", "events"},
    "cost": {"cases", "fees"},
    "papers": {"cases", "materials"},
    "flag": {"cases"},
}
BOTH_STAMPS = ("started_at", "finished_at")
STEP_OF_STAGE = {"acceptance": "accept"}
SUBMISSION_AND_END = {
    ("cases", "submitted_at", None),
    ("cases", "energised_at", None),
}
SUSPENSION = {
    ("suspensions", column, None)
    for column in ("from_date", "to_date", "reason", "evidence_id")
}
MONEY = {
    ("cases", "user_cost_yuan", None),
    ("fees", "amount_yuan", None),
    ("fees", "payer", None),
    ("fees", "inside_redline", None),
}


def _of_steps(steps: set[str], columns: tuple[str, ...]) -> set[Cell]:
    return {("events", column, step) for column in columns for step in steps}


def _cells_read(rule: Rule) -> set[Cell]:
    if rule.kind == "whole":
        stamps = _of_steps({"submit", "accept", "connect"}, BOTH_STAMPS)
        return SUBMISSION_AND_END | stamps | SUSPENSION
    if rule.kind == "stages":
        steps = {STEP_OF_STAGE.get(stage, stage) for stage in rule.limit}
        named = steps | {"submit", "formalities"}
        columns = (*BOTH_STAMPS, "round", "result")
        return SUBMISSION_AND_END | _of_steps(named, columns)
    if rule.kind == "cost":
        return MONEY
    return {("cases", str(rule.limit), None)} if rule.kind == "flag" else set()


_READ = {id(rule): _cells_read(rule) for rule in RULES.values()}


def cells_read(rule: Rule) -> set[Cell]:
    """Give the cells that a rule reads: table, column, and the step for an event."""
    return _READ[id(rule)]

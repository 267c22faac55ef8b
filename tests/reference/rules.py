"""The verdict of each rule on each application, test by test [reading 16]."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.reference.amounts import Cost, Papers, Steps, cost, papers, steps
from tests.reference.overall import Whole, whole_process
from tests.reference.population import RULES, Rule, outside
from tests.reference.reads import READS_TABLES, cells_read
from tests.reference.records import Candidates, Record
from tests.reference.spans import Window
from tests.reference.timeline import Timeline
from tests.reference.windows import stages

IN_SCOPE = frozenset({"new", "increase", "batch"})


@dataclass(frozen=True)
class Part:
    """A judged value, its bounds and its limit, as a rule saw them."""

    name: str
    low: int | Decimal
    high: int | Decimal | None
    limit: int
    state: str = "closed"

    @property
    def over(self) -> bool:
        """Say whether even the smallest value breaks the limit."""
        return self.low > self.limit

    @property
    def proven(self) -> bool:
        """Say whether even the largest value keeps the limit."""
        return self.state == "not_reached" or (
            self.high is not None and self.high <= self.limit
        )


@dataclass(frozen=True)
class Verdict:
    """The verdict of one rule on one application and why."""

    word: str
    reason: str | None = None
    measured: int | Decimal | None = None
    limit: int | None = None
    parts: tuple[Part, ...] = ()


@dataclass
class Judged:
    """One application with everything that was found about it."""

    line: Timeline
    whole: Whole
    windows: dict[str, Window]
    at_withdrawal: dict[str, Window]
    cost: Cost
    papers: Papers
    steps: Steps
    cohort: str = ""
    gate: tuple[str, str] | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def record(self) -> Record:
        """Give the application's record."""
        return self.line.record


def _against_period(line: Timeline, begins: date | None) -> tuple[str, str] | None:
    """Test the period by the end dates; an open case is in every period [14]."""
    ends: Candidates = (
        line.ending.withdrawn
        if line.ending.state == "withdrawn"
        else line.ending.energised
    )
    before = [day for day in ends.days if begins is not None and day < begins]
    if not before:
        return None
    if len(before) == len(ends.days) and not ends.lost:
        return "excluded", "before_period"
    return "undetermined", "period_edge"


def _gate(line: Timeline, begins: date | None) -> tuple[str, str] | None:
    """Test what excludes a case from every rule that applies to it [13-15, 18]."""
    business = line.record.get("business_type")
    if business is not None and business not in IN_SCOPE:
        return "excluded", "out_of_scope"
    if line.submission.after:
        return "excluded", "after_cutoff"
    return _against_period(line, begins)


def _standing(judged: Judged, order: tuple[str, ...], *, doubt: str | None) -> Verdict:
    """Go through the tests that follow the breach, in the order of the rule's kind
    [reading 16].
    """
    state = judged.line.ending.state
    answers = {
        "withdrawn": Verdict("excluded", "withdrawn") if state == "withdrawn" else None,
        "end": {
            "unknown": Verdict("undetermined", "end_unknown"),
            "both": Verdict("undetermined", "end_disputed"),
        }.get(state),
        "doubt": Verdict("undetermined", doubt) if doubt else None,
        "open": Verdict("pending", "open") if state == "open" else None,
    }
    return next((answers[test] for test in order if answers[test]), Verdict("pass"))


TIME = ("withdrawn", "end", "doubt", "open")
PAPER = ("end", "open", "withdrawn", "doubt")
STEPS = ("doubt", "end", "open", "withdrawn")


def _failed(parts: list[Part], judged: Judged) -> Verdict:
    first = next(part for part in parts if part.over)
    running = first.state == "running" and judged.line.ending.state == "open"
    return Verdict(
        "fail",
        "open_overdue" if running else "over_limit",
        first.low,
        first.limit,
        tuple(parts),
    )


def _judge_whole(judged: Judged, rule: Rule) -> Verdict:
    bounds = judged.whole.judged
    state = "running" if judged.line.ending.state == "open" else "closed"
    part = Part("whole_process", bounds.low, bounds.high, int(rule.limit), state)
    if part.over:
        return _failed([part], judged)
    found = _standing(
        judged, TIME, doubt=None if part.proven else "unknown_whole_process"
    )
    return Verdict(found.word, found.reason, limit=part.limit, parts=(part,))


def _judge_stages(judged: Judged, rule: Rule) -> Verdict:
    parts = [
        Part(name, window.low, window.high, limit, window.state)
        for name, limit in rule.limit.items()
        for window in [judged.at_withdrawal[name]]
    ]
    if any(part.over for part in parts):
        return _failed(parts, judged)
    doubt = next((f"unknown_{part.name}" for part in parts if not part.proven), None)
    if not judged.record.table("events"):
        doubt = doubt or "no_events"
    found = _standing(judged, TIME, doubt=doubt)
    return Verdict(found.word, found.reason, parts=tuple(parts))


def _judge_steps(judged: Judged, rule: Rule) -> Verdict:
    count, limit = judged.steps.count, int(rule.limit)
    part = Part("step_count", count, count, limit)
    if judged.steps.forbidden:
        return Verdict("fail", "forbidden_step", count, limit, (part,))
    if part.over:
        return Verdict("fail", "over_limit", count, limit, (part,))
    doubts = {
        "unmapped_step": judged.steps.unmapped,
        "rejected_rows": "events" in judged.record.lost_rows,
        "no_step": count == 0,
    }
    found = _standing(
        judged,
        STEPS,
        doubt=next((word for word, holds in doubts.items() if holds), None),
    )
    return Verdict(found.word, found.reason, limit=limit, parts=(part,))


def _judge_cost(judged: Judged, rule: Rule) -> Verdict:
    paid = judged.cost
    part = Part("user_cost_yuan", paid.low or Decimal(0), paid.high, int(rule.limit))
    if part.over:
        return Verdict("fail", "user_paid", part.low, part.limit, (part,))
    found = _standing(judged, PAPER, doubt="unknown_cost" if paid.doubt else None)
    return Verdict(
        found.word,
        found.reason,
        limit=part.limit,
        parts=(part,) if paid.low is not None else (),
    )


def _judge_papers(judged: Judged, _: Rule) -> Verdict:
    if judged.papers.extra:
        return Verdict("fail", "extra_document")
    return _standing(
        judged, PAPER, doubt=None if judged.papers.known else "unknown_documents"
    )


def _judge_flag(judged: Judged, rule: Rule) -> Verdict:
    said = judged.record.get(str(rule.limit))
    if said is False:
        return Verdict("fail", "refuted")
    return _standing(
        judged, PAPER, doubt=f"unknown_{rule.limit}" if said is None else None
    )


JUDGE = {
    "whole": _judge_whole,
    "stages": _judge_stages,
    "steps": _judge_steps,
    "cost": _judge_cost,
    "papers": _judge_papers,
    "flag": _judge_flag,
}


def _blocked(rule: Rule, record: Record) -> bool:
    """Say whether a reject bars a pass, and being left pending [29, reading 17]."""
    return bool(record.lost_rows & READS_TABLES[rule.kind]) or not (
        record.lost_cells.isdisjoint(cells_read(rule))
    )


def _verdict(judged: Judged, rule: Rule) -> Verdict:
    stranger = outside(rule, judged.record)
    if stranger is not None:
        return Verdict(*stranger)
    if judged.gate is not None:
        return Verdict(*judged.gate)
    found = JUDGE[rule.kind](judged, rule)
    if found.word in {"pass", "pending"} and _blocked(rule, judged.record):
        return Verdict(
            "undetermined", "rejected_rows", limit=found.limit, parts=found.parts
        )
    return found


def judge(line: Timeline, begins: date | None) -> Judged:
    """Judge one application under every rule; ``begins`` is the first day of the
    period, if there is one.
    """
    withdrawn = bool(line.ending.withdrawn.days)
    windows = stages(line, clamp=False)
    judged = Judged(
        line,
        whole_process(line),
        windows,
        stages(line, clamp=True) if withdrawn else windows,
        cost(line.record),
        papers(line.record),
        steps(line),
    )
    judged.gate = _gate(line, begins)
    excluded = judged.gate is not None and judged.gate[0] == "excluded"
    judged.cohort = judged.gate[1] if excluded else line.ending.word
    for name, rule in RULES.items():
        judged.verdicts[name] = _verdict(judged, rule)
    return judged


def in_force(judged: Judged, rule: str) -> bool | None:
    """Say whether the limit already bound the application when it was submitted [12,
    reading 21].
    """
    edge, begins = judged.line.submission.edge, RULES[rule].in_force_from
    if edge.latest is None:
        return None
    if edge.latest < begins:
        return False
    return True if edge.earliest is not None and edge.earliest >= begins else None

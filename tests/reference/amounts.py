"""What the user paid, which documents were asked for, how many steps there were
[22-24].
"""

from dataclasses import dataclass
from decimal import Decimal

from tests.reference.records import Record
from tests.reference.rows import Row
from tests.reference.timeline import KNOWN_STEPS, Timeline

NOT_INVESTMENT = frozenset({"预付电费", "高可靠性供电费"})
CUSTOMER_FACING = frozenset(
    {
        "accept",
        "plan_reply",
        "design_review",
        "interim_check",
        "completion_check",
        "connect",
    }
)
FORBIDDEN_LOW_VOLTAGE = frozenset(
    {"design_review", "interim_check", "completion_check"}
)
LOW_VOLTAGE_PAPERS = {"accept": frozenset({"有效身份证件", "用电地址物权证件"})}
HIGH_VOLTAGE_PAPERS = {
    "accept": frozenset({"有效身份证件", "用电地址物权证件", "用电工程项目批准文件"}),
    "design_review": frozenset({"设计单位资质证明材料", "用电工程设计及说明书"}),
    "interim_check": frozenset(
        {"施工单位资质证明材料", "施工现场材料", "隐蔽工程施工及试验记录"}
    ),
    "completion_check": frozenset({"工程竣工报告含竣工图纸"}),
}


@dataclass(frozen=True)
class Cost:
    """What the user paid: at least ``low``, at most ``high`` (None: no bound);
    ``doubt`` bars a pass.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    doubt: bool = True

    @property
    def yuan(self) -> Decimal | None:
        """Give the amount, if it is known beyond doubt."""
        return None if self.doubt else self.low


def _may_count(row: Row) -> bool:
    """Say whether a fee row may be the user's investment: nothing in it rules that out
    [reading 18].
    """
    return not (
        row.get("item") in NOT_INVESTMENT
        or row.get("payer") in {"utility", "government"}
        or row.get("inside_redline") is True
        or row.get("amount_yuan") == 0
    )


def cost(record: Record) -> Cost:
    """Bound what the user paid [23, reading 18]."""
    declared = record.get("user_cost_yuan")
    rows = record.table("fees")
    if not rows:
        if declared is None:
            return Cost()
        return Cost(declared, declared, doubt=declared < 0)
    counting = [row for row in rows if _may_count(row)]
    if any(row.get("amount_yuan") is None for row in counting):
        return Cost()
    low = high = Decimal(0)
    doubt = False
    for row in counting:
        amount = row.get("amount_yuan")
        surely = row.get("payer") == "user" and row.get("inside_redline") is False
        doubt = doubt or not surely
        low += amount if surely else min(amount, 0)
        high += amount if surely else max(amount, 0)
    contradicted = low == high == 0 and declared is not None and declared > 0
    return Cost(low, high, doubt or low < 0 or contradicted)


@dataclass(frozen=True)
class Papers:
    """The documents asked for: how many too many, and whether what was asked for is
    known at all.
    """

    extra: int
    known: bool


def papers(record: Record) -> Papers:
    """Compare the documents asked for at each step with the allowed ones [24].

    One under a step that nobody knows may have been asked for at any.
    """
    allowed = (
        HIGH_VOLTAGE_PAPERS
        if record.get("customer_type") == "hv"
        else LOW_VOLTAGE_PAPERS
    )
    rows = [row for row in record.table("materials") if row.get("step") in allowed]
    named = [row for row in rows if row.get("document") is not None]
    extra = sum(
        row.get("document") not in allowed[str(row.get("step"))] for row in named
    )
    at_acceptance = any(row.get("step") == "accept" for row in rows)
    places = {row.get("step") for row in record.table("materials")}
    strange = bool(places - KNOWN_STEPS)
    return Papers(extra, at_acceptance and len(named) == len(rows) and not strange)


@dataclass(frozen=True)
class Steps:
    """How many customer-facing steps were named, and what else the log holds [22]."""

    count: int
    forbidden: bool
    unmapped: bool


def steps(line: Timeline) -> Steps:
    """Count the distinct customer-facing steps."""
    named = {name for name, step in line.steps.items() if step.named}
    return Steps(
        len(named & CUSTOMER_FACING),
        bool(named & FORBIDDEN_LOW_VOLTAGE),
        "unmapped" in named,
    )

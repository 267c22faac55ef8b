"""How plain orders go: nodes and stage windows in working days after the submission."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from auditor.demo.days import is_workday
from auditor.demo.draw import days
from auditor.demo.places import County
from auditor.demo.plan import Node
from auditor.demo.scenario import User

Window = tuple[int, int, int]  # from, to, limit


@dataclass(slots=True)
class Course:
    """How an application would go if nobody withdrew and time did not stop."""

    nodes: list[Node]
    end: int
    whole: int = 0  # the duration that the whole-process limits see
    quits: int = 0  # when the applicant withdraws, if he does
    windows: list[Window] = field(default_factory=list)


def _node(name: str, started: int, finished: int = -1, result: str = "") -> Node:
    """Return a node with both stamps; without a finish it took one day."""
    return Node(name, (started, 0), (max(started, finished), 0), result)


def _quick(rng: Random, county: County, user: User, least: int) -> Course:
    """Lay out a resident's or a 三零 user's order: no reply, no check, one clock."""
    resident = user.name == "resident"
    if resident:
        end = max(least, days(rng, 2.2, 14 if county.late == "all" else 5))
    else:
        top = {"all": 40, "three_zero": 19}.get(county.late, 15)
        end = max(least + 1, days(rng, 7.5, top))
    nodes = [_node("用电申请", 0), _node("业务受理", 0)]
    if rng.random() < 0.15:
        del nodes[0]  # came to the counter: acceptance is the application
    if not resident:
        nodes += [_node("现场勘查", min(1, end)), _node("签订合同", max(1, end // 2))]
    if rng.random() < county.slips:
        nodes.append(_node("答复供电方案", max(1, end // 2)))
    nodes += [_node("装表", end), _node("送电", end)]
    archive = end + rng.randint(1, 3)
    nodes.append(_node("归档", archive))
    if rng.random() < 0.2:
        nodes.append(_node("客户回访", archive + 1))
    return Course(nodes, end, whole=end, quits=rng.randint(1, max(1, end)))


def _low_other(rng: Random, county: County) -> Course:
    """Lay out the order of a low-voltage user with a reply and three stage limits."""
    slack = 3 if county.late == "all" and rng.random() < 0.2 else 0
    accepted = rng.randint(0, 1)
    replied = accepted + days(rng, 2, 3 + slack)
    signed = replied + 1 + days(rng, 5, 60, "wide")
    end = signed + days(rng, 1, 2 + slack)
    nodes = [
        _node("用电申请", 0),
        _node("业务受理", 0, accepted),
        _node("现场勘查", accepted),
        _node("拟定供电方案", replied),
        _node("答复供电方案", replied),
        _node("签订合同", signed),
        _node("装表", end),
        _node("送电", end),
        _node("归档", end + rng.randint(1, 4)),
    ]
    windows = [(0, accepted, 1), (accepted, replied, 3), (signed, end, 2)]
    quits = min(replied + rng.randint(0, 8), signed - 1)
    return Course(nodes, end, quits=quits, windows=windows)


def _high(rng: Random, county: County, limit: int) -> Course:
    """Lay out a high-voltage order: reply, perhaps review and check, then power."""
    often = {"high": 0.6, "all": 0.3}.get(county.late, 0.0)
    slack, usual = (3, 0.85) if rng.random() < often else (0, 0.6)
    accepted = rng.randint(0, 1)
    replied = accepted + days(rng, limit * usual, limit + 2 * slack)
    nodes = [
        _node("用电申请", 0),
        _node("业务受理", 0, accepted),
        _node("现场勘查", accepted, (accepted + replied) // 2),
        _node("拟定供电方案", (accepted + replied) // 2, replied),
        _node("审批", replied),
        _node("答复供电方案", replied),
        _node("确定费用", replied),
        _node("业务收费", replied + 1),
    ]
    windows = [(0, accepted, 1), (accepted, replied, limit)]
    at = replied + 1
    for share, names, top in (
        (0.7, ("设计文件受理", "设计文件审核"), 3),
        (0.5, ("中间检查受理", "中间检查"), 2),
    ):
        if rng.random() < share:
            begun = at + days(rng, 9, 60, "wide")
            at = begun + days(rng, 1.5, top + slack)
            nodes += [_node(names[0], begun), _node(names[1], at)]
            windows.append((begun, at, top))
    end = _completion(rng, nodes, windows, at)
    quits = max(replied, min(replied + rng.randint(2, 20), windows[2][0] - 1))
    return Course(nodes, end, quits=quits, windows=windows)


def _completion(rng: Random, nodes: list[Node], windows: list[Window], at: int) -> int:
    """Add one or two completion checks, the contract and power; return its day."""
    begun = at + days(rng, 16, 90, "wide")
    passed = begun + days(rng, 1.5, 3)
    if rng.random() < 0.12:
        nodes += [_node("竣工报验", begun), _node("竣工验收", passed, passed, "不合格")]
        windows.append((begun, passed, 3))
        begun = passed + rng.randint(2, 8)
        passed = begun + days(rng, 1.5, 3)
    signed = passed + rng.randint(0, 3)
    end = signed + days(rng, 1.5, 3)
    nodes += [
        _node("竣工报验", begun),
        _node("竣工验收", passed, passed, "合格"),
        _node("签订合同", signed),
        _node("装表", end),
        _node("送电", end),
        _node("信息归档", end),
        _node("归档", end + rng.randint(1, 4)),
        _node("客户回访", end + 5),
    ]
    windows += [(begun, passed, 3), (signed, end, 3)]
    return end


def course_of(rng: Random, user: User, county: County, day: date) -> Course:
    """Draw how an application of one day would go in a county."""
    least = 0 if is_workday(day) else 1  # nothing but the application on a day off
    if user.name == "low_other":
        return _low_other(rng, county)
    if user.name.startswith("high"):
        return _high(rng, county, 10 if user.name == "high_single" else 20)
    return _quick(rng, county, user, least)

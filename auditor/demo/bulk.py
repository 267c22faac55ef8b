"""Plain applications: drawn durations, compared with the limits directly."""

from datetime import date, timedelta
from random import Random

from auditor.demo.courses import Course, Window, course_of
from auditor.demo.days import CUTOFF, PERIOD_FIRST, is_workday, rank
from auditor.demo.draw import pick
from auditor.demo.places import County
from auditor.demo.plan import Fee, Node, Plan, Stamp, Stop
from auditor.demo.scenario import User, users

_FACING = {"业务受理", "答复供电方案", "送电"}  # the customer-facing nodes drawn here
_WHOLE = {"ind06": 5, "ind07": 25, "ind22": 20, "ind34": 15}
_STEPS = {"ind08": 2, "ind09": 2, "ind10": 3}
_COST = ("ind16", "ind23", "ind24", "ind35")
_PAPERS = ("ind13", "ind14")
_USERS = {
    "resident": 50,
    "three_zero": 10,
    "urban_small": 15,
    "rural_small": 7,
    "low_other": 10,
    "high_single": 6,
    "high_dual": 2,
}
_CAPACITY = {
    "resident": (4, 6, 8, 10, 12, 16),
    "three_zero": (30, 50, 80, 100, 120, 160),
    "urban_small": (10, 15, 20, 30, 50, 80, 100, 120, 160),
    "rural_small": (8, 10, 15, 20, 40, 60, 100),
    "low_other": (165, 180, 200, 250, 315),
    "high_single": (250, 315, 400, 630, 800, 1250, 2000),
    "high_dual": (1600, 2500, 3150, 5000, 8000),
}
_LEFT_BEHIND = {"装表", "送电", "信息归档", "归档", "客户回访"}  # not done for a leaver
_OUTSIDE = {"105": 4, "103": 2, "211": 3, "901": 1}  # business types out of scope
# (year, month): weight. Fewer around the festivals, more in spring and autumn.
_SEASON = {
    "2021-11": 3, "2021-12": 6, "2022-01": 7, "2022-02": 5, "2022-03": 11,
    "2022-04": 10, "2022-05": 10, "2022-06": 11, "2022-07": 9, "2022-08": 9,
    "2022-09": 10, "2022-10": 7, "2022-11": 9, "2022-12": 8,
}  # fmt: skip


def _submission(rng: Random) -> date:
    """Draw a day: a month by season, then nearly always a working day of it."""
    first = date.fromisoformat(pick(rng, _SEASON) + "-01")
    while True:
        day = first + timedelta(rng.randrange(31))
        if day.month == first.month and (is_workday(day) or rng.random() < 0.1):
            return day


def _cut(nodes: list[Node], now: int) -> list[Node]:
    """Return the nodes as they stand at a moment: begun ones, unfinished ones open."""
    seen = []
    for node in nodes:
        if _day(node.started) <= now:
            done = _day(node.finished) <= now
            seen.append(node if done else node._replace(finished=None, result=""))
    return seen


def _day(stamp: Stamp) -> int:
    return stamp[0] if isinstance(stamp, tuple) else 0


def _stages(windows: list[Window], now: int | None) -> str:
    """Return the first broken window's reason, or nothing."""
    for begun, ended, limit in windows:
        if now is None or ended <= now:
            if ended - begun > limit:
                return "over_limit"
        elif begun <= now < ended and now - begun > limit:
            return "open_overdue"
    return ""


def _verdict(state: str, breach: str) -> str:
    """Return what a rule says that is broken (a reason) or not (empty)."""
    if breach:
        return "fail" if state == "withdrawn" or breach == "shown" else f"fail:{breach}"
    return {"energised": "pass", "open": "pending"}.get(state, f"excluded:{state}")


def _judge(plan: Plan, course: Course, state: str, now: int | None) -> dict[str, str]:
    """Compare the drawn numbers with the limits of every rule that applies."""
    steps = len({node.name for node in plan.nodes} & _FACING)
    overdue = "over_limit" if now is None or state != "open" else "open_overdue"
    whole = course.whole if now is None else now
    broken = {"ind03 ind04 ind05": _stages(course.windows, now)}
    for rule, limit in _WHOLE.items():
        broken[rule] = overdue if whole > limit else ""
    for rule, limit in _STEPS.items():
        broken[rule] = "shown" if steps > limit else ""
    paid = any(fee.payer == "用户" for fee in plan.fees)
    broken |= dict.fromkeys(_COST, "shown" if paid else "")
    extra = any(paper == "无欠费承诺书" for _, paper in plan.papers)
    broken |= dict.fromkeys(_PAPERS, "shown" if extra else "")
    broken["ind15"] = ""
    broken["ind36"] = "shown" if plan.cells.get("政策告知") == "否" else ""
    told = {r: reason for rules, reason in broken.items() for r in rules.split()}
    return {rule: _verdict(state, told[rule]) for rule in users()[plan.user].rules}


def _slip(rng: Random, plan: Plan, county: County) -> None:
    """Let a plain application ask too much, or not be told of the policy."""
    user = users()[plan.user]
    if rng.random() < county.slips and set(user.rules) & set(_COST):
        amount = rng.randint(8, 90) * 10
        plan.fees.append(Fee("外线工程", f"{amount}.00", "用户", "否"))
    if rng.random() < county.slips / 2:
        plan.papers.append(("业务受理", "无欠费承诺书"))
    if rng.random() < county.slips / 2:
        plan.cells["政策告知"] = "否"


def _kind(rng: Random, county: County) -> User:
    while True:
        name = pick(rng, _USERS)
        if (county.high or not name.startswith("high")) and (
            county.dual or name != "high_dual"
        ):
            return users()[name]


def _habits(rng: Random, plan: Plan) -> None:
    """Give a plain application what no rule punishes: size, receipts, waiting."""
    size = rng.choice(_CAPACITY[plan.user])
    plan.cells |= {"申请容量": str(size), "合同容量": str(size)}
    if plan.user == "low_other" or plan.user.startswith("high"):
        cost = f"{size * rng.randint(180, 420)}"
        plan.cells["用户出资"] = cost
        plan.fees.append(Fee("外线工程", f"{cost}.00", "用户", "否"))
        if plan.user == "high_dual":
            plan.fees.append(Fee("高可靠性供电费", f"{size * 120}.00", "用户", "否"))
        if rng.random() < 0.1:
            plan.stops.append(Stop((2, 0), (4, 0), "客户原因", ""))
    elif plan.user != "resident" and rng.random() < 0.4:
        plan.fees.append(Fee("外线工程", f"{size * 150}.00", "供电公司", "否"))


def _final(rng: Random, plan: Plan, ended: int | None) -> str:
    """Return the cohort word that excludes the application from every rule, if any."""
    if rng.random() < 0.03:
        plan.cells["业务类型"] = pick(rng, _OUTSIDE)
        return "out_of_scope"
    if ended is not None and rank(plan.start) + ended <= rank(PERIOD_FIRST):
        return "before_period"
    return ""


def plain(rng: Random, county: County) -> Plan:
    """Draw one plain application of a county with its verdicts."""
    user, day = _kind(rng, county), _submission(rng)
    course = course_of(rng, user, county, day)
    left, quits = rank(CUTOFF) - rank(day), rng.random() < 0.03
    ends = course.quits if quits else course.end
    state = "open" if ends > left else "withdrawn" if quits else "energised"
    now = {"open": left, "withdrawn": course.quits, "energised": None}[state]
    nodes = _cut(course.nodes, left if now is None else now)
    if state == "withdrawn":
        nodes = [node for node in nodes if node.name not in _LEFT_BEHIND]
    plan = Plan(
        scenario="",
        user=user.name,
        county=county.code,
        start=day,
        nodes=nodes,
        verdicts={},
        cohort=state,
        cells=dict(user.cells),
        energised=(course.end, 0) if state == "energised" else None,
        withdrawn=(course.quits, 0) if state == "withdrawn" else None,
        papers=list(user.papers),
    )
    _habits(rng, plan)
    _slip(rng, plan, county)
    final = _final(rng, plan, None if state == "open" else ends)
    if final:
        plan.cohort = final
        plan.verdicts = dict.fromkeys(user.rules, f"excluded:{final}")
    else:
        plan.verdicts = _judge(plan, course, state, now)
    return plan

"""Turn planned applications into the cells of a State Grid style export."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from auditor.demo.days import Mark, date_at
from auditor.demo.places import places
from auditor.demo.plan import Node, Plan, Stamp

ORDER = (
    *("申请编号", "供电单位", "区县编码", "业务类型", "申请方式", "用电客户类型"),
    *("用户编号", "户数", "电源数目", "供电电压", "申请容量", "合同容量", "容量单位"),
    *("城乡类别", "行业分类", "三零服务", "企业用户", "小微企业", "用户出资"),
    *("节省投资", "增加售电量", "电子合同", "政策告知", "就近接入"),
    *("受理日期", "送电日期", "中止日期", "归档日期", "工单状态"),
)
NODE = (
    *("申请编号", "环节编号", "环节名称", "开始时间", "完成时间"),
    *("录入时间", "经办人", "是否回退", "环节结论", "备注"),
)
STOP = ("申请编号", "中止开始", "中止结束", "中止原因", "证明编号")
FEE = ("申请编号", "收费项目", "金额", "承担方", "红线内", "收款单位", "票据编号")
PAPER = ("申请编号", "环节名称", "资料名称")
_DATES = ("受理日期", "送电日期", "中止日期", "归档日期")
_CHANNELS = ("09", "09", "09", "09", "09", "06", "06", "08", "07")
SLASHED = "2022-03"  # the one month whose nodes went through a spreadsheet
Row = list[str]
Clock = dict[date, int]  # day: the next free minute of it
Form = Callable[[date, int], str]


@dataclass(slots=True)
class Rows:
    """All rows of one application."""

    case_id: str
    month: str
    city: str
    orders: list[Row]
    nodes: list[Row]
    stops: list[Row]
    fees: list[Row]
    papers: list[Row]


class Renderer:
    """Writes one application after the other; the same plans give the same cells."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"cells {seed}")
        self._receipt = 0

    def rows(self, plan: Plan, number: int) -> Rows:
        """Return the rows of one application, numbered in the order of submission."""
        case = f"{plan.county[2:]}{plan.start:%y%m%d}{number:06d}"
        county = places().by_code(plan.county)
        order = self._order(plan, case)
        orders = [order]
        if plan.again:
            orders.append([self._other(plan, order, i) for i in range(len(ORDER))])
        return Rows(
            case_id=case,
            month=f"{plan.start:%Y-%m}",
            city=places().cities[county.city],
            orders=orders,
            nodes=self._nodes(plan, case),
            stops=[
                [case, _dots(plan, s.since), _dots(plan, s.until), s.reason, s.evidence]
                for s in plan.stops
            ],
            fees=[[case, *fee, *self._paid(fee.payer)] for fee in plan.fees],
            papers=[[case, step, paper] for step, paper in plan.papers],
        )

    def _order(self, plan: Plan, case: str) -> Row:
        rng, county = self._rng, places().by_code(plan.county)
        archived = [n.finished for n in plan.nodes if n.name == "归档"]
        accepted = [n.finished for n in plan.nodes if n.name == "业务受理"]
        status = "03" if plan.withdrawn else "02" if archived else "01"
        saved = int(plan.cells["申请容量"].partition(".")[0] or 0) * 220
        free = plan.cells["用户出资"] == "0" and plan.cohort == "energised"
        cells = {
            "申请编号": case,
            "供电单位": county.deliver[rng.randrange(len(county.deliver))],
            "区县编码": plan.county,
            "申请方式": rng.choice(_CHANNELS),
            "用户编号": f"{rng.randrange(10**10):010d}",
            "户数": "1",
            "节省投资": f"{saved}" if free else "",
            "增加售电量": f"{saved * rng.randrange(1, 40) // 10}" if free else "",
            "电子合同": "是" if rng.random() < 0.93 else "否",
            "政策告知": "是",
            "受理日期": _iso_date(plan, accepted[0] if accepted else None),
            "送电日期": _iso_date(plan, plan.energised),
            "中止日期": _iso_date(plan, plan.withdrawn),
            "归档日期": _iso_date(plan, archived[0] if archived else None),
            "工单状态": status,
        }
        cells |= plan.cells
        return [cells[column] for column in ORDER]

    def _other(self, plan: Plan, order: Row, i: int) -> str:
        text = plan.again.get(ORDER[i])
        if text is None:
            return order[i]
        return _iso_date(plan, (int(text), 0)) if ORDER[i] in _DATES else text

    def _paid(self, payer: str) -> Row:
        self._receipt += 1
        payee = {"用户": "电力工程公司", "供电公司": "物资公司"}.get(payer, "")
        return [payee, f"PJ{self._receipt:07d}"]

    def _nodes(self, plan: Plan, case: str) -> list[Row]:
        rng = self._rng
        clock: Clock = {}
        form = _slash if f"{plan.start:%Y-%m}" == SLASHED else _iso
        returned = {n.name for n in plan.nodes if n.result == "不合格"}
        rows = []
        for index, node in enumerate(plan.nodes, 1):
            moments = [self._moment(plan, s, clock, form) for s in node[1:3]]
            moments.append(self._recorded(plan, node, clock, form))
            back = "1" if node.name in returned and node.result == "合格" else "0"
            person = f"P{plan.county[3:]}{int(rng.random() * 30):02d}"
            note = "㵲河供电所代办" if rng.random() < 0.004 else ""
            row = [case, str(index), node.name, *moments, person, back]
            rows.append([*row, node.result, note])
            if node.name in plan.twice:
                rows.append(list(rows[-1]))
        return rows + [
            self._loose(plan, case, word, form)
            for word in plan.loose
            if word in ("blank_step", "wide_event")
        ]

    def _loose(self, plan: Plan, case: str, word: str, form: Form) -> Row:
        """Return a row that cannot be used: no step name, or a comma too many."""
        stamp = self._moment(plan, (1, 0), {}, form)
        name = "" if word == "blank_step" else "现场勘查"
        note = ["客户要求", "改期勘查"] if word == "wide_event" else [""]
        person = f"P{plan.county[3:]}00"
        return [case, "99", name, stamp, stamp, stamp, person, "0", "", *note]

    def _recorded(self, plan: Plan, node: Node, clock: Clock, form: Form) -> str:
        """Return when the row was keyed in: at once, or late where things slip."""
        stamp = node.finished if isinstance(node.finished, tuple) else node.started
        if not isinstance(stamp, tuple):
            return ""
        slips = places().by_code(plan.county).slips / 2
        later = self._rng.randint(3, 9) if self._rng.random() < slips else 0
        keyed = (stamp[0] + later, 0) if later else stamp
        return self._moment(plan, keyed, clock, form)

    def _moment(self, plan: Plan, stamp: Stamp, clock: Clock, form: Form) -> str:
        if not isinstance(stamp, tuple):
            return stamp or ""
        day = date_at(plan.start, stamp)
        minute = clock.get(day) or 510 + int(self._rng.random() * 60)
        clock[day] = min(minute + 3 + int(self._rng.random() * 25), 1439)
        return form(day, minute)


def _iso(day: date, minute: int) -> str:
    return f"{day.isoformat()} {minute // 60:02d}:{minute % 60:02d}:00"


def _slash(day: date, minute: int) -> str:
    clock = f"{minute // 60:02d}:{minute % 60:02d}"
    return f"{day.year}/{day.month}/{day.day} {clock}"


def _iso_date(plan: Plan, stamp: Stamp) -> str:
    if isinstance(stamp, tuple):
        return date_at(plan.start, stamp).isoformat()
    return stamp or ""


def _dots(plan: Plan, mark: Mark | None) -> str:
    """Return a day as the suspension register writes it: 2022.07.04."""
    return f"{date_at(plan.start, mark):%Y.%m.%d}" if mark else ""

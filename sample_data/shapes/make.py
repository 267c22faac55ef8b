"""Write the same applications as four source systems would: run it to renew the files.

The demo's State Grid dump (400 applications) is cut down to the planted ones and some
plain ones, and its cells are typed over into other headers, codes, units and layouts.
Nothing here is shared with the mappings: the two must agree by what they mean.
"""

import csv
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

from auditor.demo import write_demo

HERE = Path(__file__).parent
SHAPES = ("canonical", "state-grid", "southern-grid", "wide")
Row = dict[str, str]
Table = tuple[list[str], list[list[str]]]

KIND = {"01": "hv", "02": "lv_nonresident", "03": "resident"}
BUSINESS = {
    **dict.fromkeys(("101", "102", "104"), "new"),
    **dict.fromkeys(("109", "110", "111"), "increase"),
    **dict.fromkeys(("105", "106", "107", "108"), "temporary"),
    **{"103": "community", "112": "batch"},
    **{"211": "change", "901": "other"},
}
VOLT = {"AC02202": "0.22", "AC03802": "0.38", "AC00101": "10", "AC00351": "35"}
AREA = {"01": "urban", "02": "rural", "03": "rural"}
STATUS = {"01": "open", "02": "completed", "03": "withdrawn"}
YES = {"是": "true", "否": "false"}
RESULT = {"合格": "passed", "不合格": "failed"}
# node: canonical step, whether its start counts, whether its finish counts
NODES = {
    "用电申请": ("submit", True, True),
    "业务受理": ("accept", True, True),
    "答复供电方案": ("plan_reply", True, True),
    "设计文件受理": ("design_review", True, False),
    "设计文件审核": ("design_review", False, True),
    "中间检查受理": ("interim_check", True, False),
    "中间检查": ("interim_check", False, True),
    "竣工报验": ("completion_check", True, False),
    "竣工验收": ("completion_check", False, True),
    "签订合同": ("formalities", True, True),
    "装表": ("install", True, True),
    "送电": ("connect", True, True),
    "装表接电": ("connect", True, True),
    "归档": ("archive", True, True),
    "流程终止": ("withdraw", True, True),
    **dict.fromkeys(
        (
            "现场勘查",
            "拟定供电方案",
            "审批",
            "确定费用",
            "业务收费",
            "信息归档",
            "客户回访",
        ),
        ("internal", True, True),
    ),
}


class Source:
    """The demo's tables, cut down; malformed rows keep their place and their fault."""

    def __init__(self, folder: Path) -> None:
        with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
            truth = list(csv.DictReader(file))
        everyone = {row["case_id"] for row in truth}
        self.truth = [r for r in truth if r["scenario"] or int(r["case_id"]) % 4 == 0]
        kept = {row["case_id"] for row in self.truth}
        self._dropped = everyone - kept
        self.dump = folder / "dump"
        self.orders = self._table("业扩工单-*")
        self.nodes = self._table("业扩工单环节-*")
        self.stops = self._table("办理中止记录*")
        self.fees = self._table("业务收费记录*")
        self.papers = self._table("报装资料清单*")

    def _table(self, pattern: str) -> Table:
        header: list[str] = []
        rows: list[list[str]] = []
        for path in sorted(self.dump.glob(pattern)):
            with path.open(encoding="gb18030", newline="") as file:
                header, *found = csv.reader(file)
            rows += [row for row in found if row[0] not in self._dropped]
        return header, rows

    def order_of(self) -> dict[str, list[Row]]:
        """Return the readable order rows of each case."""
        header, rows = self.orders
        found: dict[str, list[Row]] = {}
        for row in rows:
            if row[0] and len(row) == len(header):
                one = dict(zip(header, row, strict=True))
                if one not in found.setdefault(row[0], []):
                    found[row[0]].append(one)
        return found

    def nodes_of(self, *, nameless: bool = False) -> dict[str, list[Row]]:
        """Return the nodes of each case in order, those without a name if asked."""
        header, rows = self.nodes
        found: dict[str, list[Row]] = {}
        for row in rows:
            named = nameless or row[2]
            if named and row != header and len(row) == len(header):
                found.setdefault(row[0], []).append(dict(zip(header, row, strict=True)))
        return found


def typed_over(
    table: Table, columns: list[str], made: Callable[[Row], list[str]]
) -> Table:
    """Type each row over; a malformed one stays malformed, with its id in front."""
    header, rows = table
    out = []
    for row in rows:
        if row == header:
            out.append(columns)
        elif len(row) != len(header):
            out.append([row[0], *["?"] * len(columns)])
        else:
            out.append(made(dict(zip(header, row, strict=True))))
    return columns, out


def write(path: Path, table: Table, encoding: str = "utf-8", mark: str = ",") -> None:
    """Write one delimited file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n", delimiter=mark)
        writer.writerow(table[0])
        writer.writerows(table[1])


def beside(source: Source, folder: Path, encoding: str) -> None:
    """Write suspensions, fees and documents as the cashier's office exports them."""
    write(folder / "办理中止记录.csv", source.stops, encoding)
    write(folder / "业务收费记录.csv", source.fees, encoding)
    write(folder / "报装资料清单.csv", source.papers, encoding)


# ---------------------------------------------------------------- long, canonical

CASES = {
    "case_id": ("申请编号", {}),
    "county_code": ("区县编码", {}),
    "utility": ("供电单位", {}),
    "business_type": ("业务类型", BUSINESS),
    "customer_type": ("用电客户类型", KIND),
    "three_zero": ("三零服务", YES),
    "source_count": ("电源数目", {}),
    "voltage_kv": ("供电电压", VOLT),
    "capacity_kw": ("合同容量", {}),
    "capacity_requested_kw": ("申请容量", {}),
    "capacity_unit": ("容量单位", {"千瓦": "kW", "千伏安": "kVA"}),
    "area": ("城乡类别", AREA),
    "enterprise": ("企业用户", YES),
    "micro_small": ("小微企业", YES),
    "user_cost_yuan": ("用户出资", {}),
    "online": ("申请方式", {"09": "true", "06": "false", "07": "false", "08": "false"}),
    "e_contract": ("电子合同", YES),
    "policy_notified": ("政策告知", YES),
    "nearest_connection": ("就近接入", YES),
    "status": ("工单状态", STATUS),
    "energised_at": ("送电日期", {}),
    "withdrawn_at": ("中止日期", {}),
    "archived_at": ("归档日期", {}),
}
EVENTS = ["case_id", "step", "started_at", "finished_at", "recorded_at", "result"]


def canonical(source: Source, folder: Path) -> None:
    """Write the tables under the auditor's own names."""

    def case(row: Row) -> list[str]:
        return [words.get(row[name], row[name]) for name, words in CASES.values()]

    def event(row: Row) -> list[str]:
        name = row["环节名称"]
        step, start, finish = NODES.get(name, (name, True, True))
        stamps = [row["开始时间"] if start else "", row["完成时间"] if finish else ""]
        said = RESULT.get(row["环节结论"], row["环节结论"])
        return [row["申请编号"], step, *stamps, row["录入时间"], said]

    def stop(row: Row) -> list[str]:
        why = {"不可抗力": "force_majeure", "客户原因": "customer", "其他": "other"}
        days = [row[name].replace(".", "-") for name in ("中止开始", "中止结束")]
        reason = why.get(row["中止原因"], row["中止原因"])
        return [row["申请编号"], *days, reason, row["证明编号"]]

    def fee(row: Row) -> list[str]:
        who = {"用户": "user", "供电公司": "utility", "政府": "government"}
        paid = [row["金额"], who.get(row["承担方"], row["承担方"])]
        return [row["申请编号"], row["收费项目"], *paid, YES.get(row["红线内"], "")]

    def paper(row: Row) -> list[str]:
        step = {"设计文件受理": "design_review", "中间检查受理": "interim_check"}
        step |= {"业务受理": "accept", "竣工报验": "completion_check"}
        return [row["申请编号"], step[row["环节名称"]], row["资料名称"]]

    write(folder / "cases.csv", typed_over(source.orders, [*CASES], case))
    write(folder / "events.csv", typed_over(source.nodes, EVENTS, event))
    days = ["case_id", "from_date", "to_date", "reason", "evidence_id"]
    write(folder / "suspensions.csv", typed_over(source.stops, days, stop))
    paid = ["case_id", "item", "amount_yuan", "payer", "inside_redline"]
    write(folder / "fees.csv", typed_over(source.fees, paid, fee))
    asked = ["case_id", "step", "document"]
    write(folder / "materials.csv", typed_over(source.papers, asked, paper))


# ------------------------------------------------- State Grid: order × node, one table

ORDER_OF_NODE = {
    "BUSI_TYPE_CODE": "业务类型",
    "APP_MODE": "申请方式",
    "CONS_NO": "用户编号",
    "VOLT_CODE": "供电电压",
    "CONS_TYPE_CODE": "用电客户类型",
    "PS_NUM_CODE": "电源数目",
    "APP_CAP": "申请容量",
    "CTRT_CAP": "合同容量",
    "URBAN_RURAL_FLAG": "城乡类别",
    "SANLING_FLAG": "三零服务",
    "ENT_FLAG": "企业用户",
    "MICRO_FLAG": "小微企业",
    "USER_INVEST": "用户出资",
    "ECONTRACT_FLAG": "电子合同",
    "POLICY_FLAG": "政策告知",
    "NEAREST_FLAG": "就近接入",
    "ACCEPT_YMD": "受理日期",
    "POWER_ONOFF_YMD": "送电日期",
    "TERMINATE_YMD": "中止日期",
    "ARC_DATE": "归档日期",
    "WKST_STATUS_CODE": "工单状态",
}
FLAGS = {"是": "1", "否": "0"}


def _packed(text: str) -> str:
    """Write 2022-03-01 as 20220301; what is no day stays as it is."""
    try:
        return f"{date.fromisoformat(text):%Y%m%d}"
    except ValueError:
        return text


def _hours(node: Row) -> str:
    """Return WORKDAY_NUM, which holds hours whatever its name says."""
    try:
        begun, done = (
            datetime.fromisoformat(node[k]) for k in ("开始时间", "完成时间")
        )
    except ValueError:
        return ""
    return f"{(done - begun).total_seconds() / 3600:.2f}"


def state_grid(source: Source, folder: Path) -> None:
    """Write DW_S_BUSI_WKST: each node with the whole order beside it, in GB18030."""
    orders, orgs = source.order_of(), _orgs(source)
    head = ["APP_NO", "ORG_NO", *ORDER_OF_NODE, "STEP_NO", "STEP_NAME", "BGN_DATE"]
    head += ["END_DATE", "TIME_STAMP", "STEP_RESULT", "WORKDAY_NUM"]
    rows: dict[str, list[list[str]]] = {"ARC": [], "ING": []}
    for case, nodes in source.nodes_of(nameless=True).items():
        for order in orders.get(case, []):
            cells = {name: order[column] for name, column in ORDER_OF_NODE.items()}
            for name, text in cells.items():
                if name.endswith("_FLAG") and name != "URBAN_RURAL_FLAG":
                    cells[name] = FLAGS.get(text, text)
                elif name.endswith(("_YMD", "_DATE")):
                    cells[name] = _packed(text)
            org = orgs[order["供电单位"], order["区县编码"]]
            kind = "ING" if order["工单状态"] == "01" else "ARC"
            rows[kind] += [
                [case, org, *cells.values(), *_node_cells(node)] for node in nodes
            ]
    for kind, found in rows.items():
        write(folder / f"DW_S_BUSI_WKST_{kind}.csv", (head, found), "gb18030")
    pairs = [[code, *pair] for pair, code in orgs.items()]
    table = (["ORG_NO", "ORG_NAME", "COUNTY_CODE"], pairs)
    write(folder / "供电单位代码.csv", table, "gb18030")
    beside(source, folder, "gb18030")


def _orgs(source: Source) -> dict[tuple[str, str], str]:
    found = sorted(
        {
            (order["供电单位"], order["区县编码"])
            for orders in source.order_of().values()
            for order in orders
        }
    )
    return {pair: f"33{at:03d}01" for at, pair in enumerate(found, 1)}


def _node_cells(node: Row) -> list[str]:
    stamps = [node["开始时间"], node["完成时间"], node["录入时间"]]
    said = [node["环节编号"], node["环节名称"], *stamps]
    return [*said, node["环节结论"], _hours(node)]


# ------------------------------------------------- Southern Grid: one stamp a node

BUSINESS_CSG = {
    "101": "F-CSG-MK0513-03-01",
    "102": "F-CSG-MK0513-02-01",
    "110": "F-CSG-MK0513-02-02",
    "105": "F-CSG-MK0513-02-04",
    "106": "F-CSG-MK0513-02-05",
    "104": "F-CSG-MK0513-01-01",
    "103": "F-CSG-MK0513-04-01",
    "211": "F-CSG-MK0514-01-01",
    "901": "F-CSG-MK0519-01-01",
    "109": "F-CSG-MK0513-03-02",
    "111": "F-CSG-MK0513-01-02",
    "112": "F-CSG-MK0513-03-05",
}
ORDER_CSG = {
    "gzdbh": "申请编号",
    "yhbh": "用户编号",
    "gddwmc": "供电单位",
    "qxbm": "区县编码",
    "ywlbbh": "业务类型",
    "slqd": "申请方式",
    "yhlbdm": "用电客户类型",
    "dysl": "电源数目",
    "gddydm": "供电电压",
    "YDRL": "合同容量",
    "sqrl": "申请容量",
    "cxlb": "城乡类别",
    "slfwbz": "三零服务",
    "qyyhbz": "企业用户",
    "xwqybz": "小微企业",
    "yhcz": "用户出资",
    "dzhtbz": "电子合同",
    "zcgzbz": "政策告知",
    "jjjrbz": "就近接入",
    "sdrq": "送电日期",
    "gdrq": "归档日期",
    "wo_status_code": "工单状态",
}
TACHES = {
    "设计文件受理": "受理设计送审",
    "中间检查受理": "受理中间检查",
    "竣工报验": "受理竣工报验",
    "竣工验收": "竣工检验",
    "装表": "装拆信息录入",
    "送电": "装表接电",
    "归档": "业扩归档（合并）",
}
SOUTHERN = {
    "yhlbdm": {"01": "GY", "02": "DYFJM", "03": "DYJM"},
    "gddydm": {"AC02202": "08", "AC03802": "07", "AC00101": "06", "AC00351": "05"},
    "slqd": {"09": "WSYYT", "06": "YYT", "07": "ZZZD", "08": "XCSL"},
    "cxlb": {"01": "CZ", "02": "NC", "03": "NC"},
    "wo_status_code": {"01": "ZT", "02": "GD", "03": "ZF"},
    "ywlbbh": BUSINESS_CSG,
    **{
        flag: {"是": "Y", "否": "N"}
        for flag in ("slfwbz", "qyyhbz", "xwqybz", "dzhtbz", "zcgzbz", "jjjrbz")
    },
}


def southern_grid(source: Source, folder: Path) -> None:
    """Write orders, commits of nodes and void orders, tab-separated, in UTF-8."""
    begun = {
        case: next((n["开始时间"] for n in nodes if n["环节名称"] == "用电申请"), "")
        for case, nodes in source.nodes_of().items()
    }

    def order(row: Row) -> list[str]:
        cells = {name: row[column] for name, column in ORDER_CSG.items()}
        for name, words in SOUTHERN.items():
            cells[name] = words.get(cells[name], cells[name])
        return [*cells.values(), begun.get(row["申请编号"], "")]

    def commit(row: Row) -> list[str]:
        name = TACHES.get(row["环节名称"], row["环节名称"])
        return [row["申请编号"], name, row["完成时间"], row["环节结论"]]

    write(
        folder / "ykgzdjbxx.txt",
        typed_over(source.orders, [*ORDER_CSG, "sqsj"], order),
        mark="\t",
    )
    head, rows = typed_over(
        source.nodes, ["instance_id", "tache_name", "task_commit_time", "jyjl"], commit
    )
    # A node that nobody has committed is not in the log yet.
    rows = [row for row in rows if row[2]]
    write(folder / "wfrt_task_exec_info.txt", (head, rows), mark="\t")
    void = [
        [one["申请编号"], one["中止日期"], "用户撤销"]
        for orders in source.order_of().values()
        for one in orders
        if one["中止日期"]
    ]
    write(folder / "作废工单.txt", (["gzdbh", "zfsj", "zfyy"], void), mark="\t")
    beside(source, folder, "utf-8")


# ---------------------------------------------------------------- wide: one row a case

ORDER_WIDE = {
    "申请编号": "申请编号",
    "户号": "用户编号",
    "供电单位": "供电单位",
    "区县": "区县编码",
    "业务类型": "业务类型",
    "申请方式": "申请方式",
    "用户分类": "用电客户类型",
    "电源数目": "电源数目",
    "电压等级": "供电电压",
    "报装容量": "申请容量",
    "合同容量": "合同容量",
    "城乡类别": "城乡类别",
    "是否三零": "三零服务",
    "企业用户": "企业用户",
    "小微企业": "小微企业",
    "用户出资(万元)": "用户出资",
    "电子合同": "电子合同",
    "政策告知": "政策告知",
    "就近接入": "就近接入",
    "工单状态": "工单状态",
}
MILESTONES = {
    "申请时间": ("用电申请", "开始时间"),
    "受理时间": ("业务受理", "开始时间"),
    "受理完成时间": ("业务受理", "完成时间"),
    "方案答复时间": ("答复供电方案", "完成时间"),
    "设计送审时间": ("设计文件受理", "开始时间"),
    "设计审核完成时间": ("设计文件审核", "完成时间"),
    "中间检查申请时间": ("中间检查受理", "开始时间"),
    "中间检查完成时间": ("中间检查", "完成时间"),
    "竣工报验时间": ("竣工报验", "开始时间"),
    "竣工验收时间": ("竣工验收", "完成时间"),
    "合同签订时间": ("签订合同", "完成时间"),
    "装表时间": ("装表", "完成时间"),
    "装表送电时间": ("送电", "完成时间"),
    "归档时间": ("归档", "完成时间"),
}
WIDE = {
    "业务类型": {"101": "低压居民新装", "102": "低压非居民新装", "104": "高压新装"}
    | {"110": "低压非居民增容", "105": "装表临时用电", "103": "小区新装"}
    | {"106": "无表临时用电新装"}
    | {"211": "变更用电", "901": "分布式电源", "109": "低压居民增容"}
    | {"111": "高压增容", "112": "低压批量新装"},
    "用户分类": {"01": "高压", "02": "低压非居民", "03": "低压居民"},
    "电源数目": {"1": "单电源", "2": "双电源", "3": "多电源"},
    "电压等级": {"AC02202": "交流220V", "AC03802": "交流380V"}
    | {"AC00101": "交流10kV", "AC00351": "交流35kV"},
    "城乡类别": {"01": "城市", "02": "农村", "03": "农村"},
    "申请方式": {"09": "互联网", "06": "柜台", "07": "自助", "08": "现场"},
    "工单状态": {"01": "在途", "02": "归档", "03": "中止"},
}


def _serial(text: str) -> str:
    """Write a moment as a spreadsheet stores it: days since 1899-12-30."""
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y/%m/%d %H:%M"):
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - local time
        except ValueError:
            continue
        days = moment.toordinal() - date(1899, 12, 30).toordinal()
        minutes = moment.hour * 60 + moment.minute
        return f"{days + minutes / 1440:.6f}".rstrip("0").rstrip(".")
    return text


def _ten_thousand(text: str) -> str:
    """Write yuan as 万元; what is no whole number stays as it is."""
    if not text.isdigit():
        return text
    return f"{int(text) // 10_000}.{int(text) % 10_000:04d}".rstrip("0").rstrip(".")


def wide(source: Source, folder: Path) -> None:
    """Write one row a case under a title, as a spreadsheet saved it."""
    nodes = source.nodes_of()
    head = [*ORDER_WIDE, *MILESTONES, "送电日期", "中止日期", "验收结论", "备注"]

    def case(row: Row) -> list[str]:
        cells = {name: row[column] for name, column in ORDER_WIDE.items()}
        for name, words in WIDE.items():
            cells[name] = words.get(cells[name], cells[name])
        cells["用户出资(万元)"] = _ten_thousand(cells["用户出资(万元)"])
        mine = nodes.get(row["申请编号"], [])
        stamps = [_serial(_stamp(mine, *edge)) for edge in MILESTONES.values()]
        last = [n["环节结论"] for n in mine if n["环节名称"] == "竣工验收"][-1:]
        days = [_serial(row["送电日期"]), _serial(row["中止日期"])]
        return [*cells.values(), *stamps, *days, *(last or [""]), ""]

    table = typed_over(source.orders, head, case)
    write(folder / "报装工程明细.csv", table, "gb18030")
    path = folder / "报装工程明细.csv"
    rest = "," * (len(head) - 1) + "\n"
    title = f"报装工程明细表{rest}导出日期：2022-12-31{rest}"
    path.write_bytes(title.encode("gb18030") + path.read_bytes())
    beside(source, folder, "gb18030")


def _stamp(nodes: Iterable[Row], name: str, edge: str) -> str:
    """Return the first start or the last finish of a node, since a cell holds one."""
    found = [node[edge] for node in nodes if node["环节名称"] == name and node[edge]]
    if not found:
        return ""
    return found[0] if edge == "开始时间" else found[-1]


# ---------------------------------------------------------------- everything


def make(folder: Path) -> None:
    """Write the four shapes and the truth into a folder."""
    with tempfile.TemporaryDirectory() as work:
        demo = Path(work) / "demo"
        write_demo(demo, cases=400)
        source = Source(demo)
    writers = (canonical, state_grid, southern_grid, wide)
    for name, writer in zip(SHAPES, writers, strict=True):
        shutil.rmtree(folder / name, ignore_errors=True)
        writer(source, folder / name)
    header = list(source.truth[0])
    rows = [[row[name] for name in header] for row in source.truth]
    write(folder / "truth.csv", (header, rows))


if __name__ == "__main__":
    make(Path(sys.argv[1]) if sys.argv[1:] else HERE)

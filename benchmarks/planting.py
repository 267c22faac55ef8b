"""Falsify a synthetic dump on purpose: one function a manipulation, on raw rows.

Nothing of the audit is used here; days are those of the generator.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from auditor.demo.days import WORKDAYS, rank

ID = "申请编号"
PAYEES = ("甲电力工程公司", "乙安装公司", "丙建设公司", "丁机电公司", "戊工程队")
Row = dict[str, str]


@dataclass
class Table:
    """One file of the dump: its header, its rows, what was too odd to touch."""

    path: Path
    header: list[str]
    rows: list[Row]
    odd: list[list[str]]
    encoding: str

    @classmethod
    def read(cls, path: Path) -> Table:
        raw = path.read_bytes()
        encoding = "utf-8"
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            encoding = "gb18030"
            text = raw.decode(encoding)
        header, *lines = list(csv.reader(io.StringIO(text)))
        even = [line for line in lines if len(line) == len(header)]
        odd = [line for line in lines if len(line) != len(header)]
        rows = [dict(zip(header, line, strict=True)) for line in even]
        return cls(path, header, rows, odd, encoding)

    def write(self) -> None:
        with self.path.open("w", encoding=self.encoding, newline="") as file:
            out = csv.writer(file)
            out.writerow(self.header)
            out.writerows([row[name] for name in self.header] for row in self.rows)
            out.writerows(self.odd)


@dataclass
class Dump:
    """A dump in memory: cases by id, and each case's rows of the other tables."""

    folder: Path
    tables: list[Table] = field(default_factory=list)
    meters: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Dump:
        paths = sorted(p for p in folder.iterdir() if p.suffix == ".csv")
        return cls(folder, [Table.read(path) for path in paths])

    def named(self, start: str) -> list[Table]:
        return [t for t in self.tables if t.path.name.startswith(start)]

    def __post_init__(self) -> None:
        """Look rows up by case: a case may have several in each table."""
        orders = self.named("业扩工单-")
        self.nodes_tables = self.named("业扩工单环节")
        self.order_tables = orders
        self.orders: dict[str, list[Row]] = {}
        self.nodes: dict[str, list[Row]] = {}
        for tables, index in ((orders, self.orders), (self.nodes_tables, self.nodes)):
            for table in tables:
                for row in table.rows:
                    index.setdefault(row[ID], []).append(row)

    def add_order(self, row: Row) -> None:
        self.order_tables[0].rows.append(row)

    def add_node(self, row: Row) -> None:
        self.nodes_tables[0].rows.append(row)

    def add(self, start: str, **cells: str) -> None:
        (table,) = self.named(start)
        table.rows.append(dict.fromkeys(table.header, "") | cells)

    def write(self) -> None:
        for table in self.tables:
            table.write()
        head = "case_id,installed_at,first_reading_at,first_energy_at"
        lines = [head, *(f"{a},{b},{b},{b}" for a, b in self.meters)]
        (self.folder / "meters.csv").write_text("\n".join(lines) + "\n", "utf-8")


def clean_day(text: str) -> date | None:
    """Return a plain date of the dump, None for anything else."""
    try:
        year, month, day = text.split(" ")[0].replace("/", "-").split("-")
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _node(dump: Dump, case: str, *names: str) -> Row:
    return next(row for row in dump.nodes[case] if row["环节名称"] in names)


def _has(*names: str) -> Callable[[Dump, str], bool]:
    return lambda dump, case: all(
        any(
            r["环节名称"] == name and r["开始时间"] and r["完成时间"]
            for r in dump.nodes[case]
        )
        for name in names
    )


def _low(dump: Dump, case: str) -> bool:
    return dump.orders[case][0]["用电客户类型"] == "02"


def _three(dump: Dump, case: str) -> bool:
    return _low(dump, case) and dump.orders[case][0]["三零服务"] == "是"


def _small(dump: Dump, case: str) -> bool:
    return dump.orders[case][0]["小微企业"] == "是"


def old_meter(dump: Dump, case: str, _rng: Random) -> None:
    start = clean_day(dump.orders[case][0]["受理日期"])
    dump.meters = [(c, d) for c, d in dump.meters if c != case]
    dump.meters.append((case, (start - timedelta(3)).isoformat()))


def accepted_after_power(dump: Dump, case: str, _rng: Random) -> None:
    power = clean_day(dump.orders[case][0]["送电日期"])
    node = _node(dump, case, "业务受理")
    node["完成时间"] = f"{power + timedelta(2)} 09:10:00"


def backwards(dump: Dump, case: str, _rng: Random) -> None:
    node = _node(dump, case, "业务受理")
    begun = clean_day(node["开始时间"])
    node["完成时间"] = f"{begun - timedelta(3)} 09:10:00"


def at_once(dump: Dump, case: str, _rng: Random) -> None:
    rows = dump.nodes[case]
    last = max(clean_day(row["完成时间"]) or date.min for row in rows)
    for minute, row in enumerate(rows):
        row["录入时间"] = f"{last} 17:0{minute % 6}:00"


def entered_late(dump: Dump, case: str, _rng: Random) -> None:
    node = _node(dump, case, "业务受理")
    node["录入时间"] = f"{clean_day(node['完成时间']) + timedelta(12)} 09:10:00"


def again(dump: Dump, case: str, rng: Random) -> None:
    """Put a withdrawn application of the same customer before the case."""
    order = dump.orders[case][0]
    start = clean_day(order["受理日期"])
    spelt = order["用户编号"]
    spelt = f"{spelt[:4]}-{spelt[4:]}" if rng.random() < 0.5 else spelt
    gone = {
        "受理日期": str(start - timedelta(25)),
        "中止日期": str(start - timedelta(4)),
    }
    rest = {"送电日期": "", "归档日期": "", "工单状态": "03", "用户编号": spelt}
    dump.add_order({**order, ID: f"{case}R", **gone, **rest})
    node = {**_node(dump, case, "业务受理"), ID: f"{case}R"}
    stamp = f"{start - timedelta(25)} 09:10:00"
    dump.add_node({**node, "开始时间": stamp, "完成时间": stamp, "录入时间": stamp})


def split(dump: Dump, case: str, _rng: Random) -> None:
    """Make of one application three of 95 kW, begun six days apart."""
    order = dump.orders[case][0]
    order |= {"申请容量": "95", "合同容量": "95"}
    still = {"送电日期": "", "归档日期": "", "工单状态": "01"}
    node = _node(dump, case, "业务受理")
    start = clean_day(node["开始时间"])
    for number in (1, 2):
        later = str(start + timedelta(6 * number))
        dump.add_order({**order, ID: f"{case}S{number}", "受理日期": later, **still})
        stamps = dict.fromkeys(
            ("开始时间", "完成时间", "录入时间"), f"{later} 09:10:00"
        )
        dump.add_node({**node, ID: f"{case}S{number}", **stamps})


def old_number(dump: Dump, case: str, _rng: Random) -> None:
    """Date the first steps 45 days back, under the number that it has."""
    for row in dump.nodes[case]:
        if row["环节名称"] in ("用电申请", "业务受理"):
            for name in ("开始时间", "完成时间"):
                if (when := clean_day(row[name])) is not None:
                    row[name] = f"{when - timedelta(45)} 09:10:00"


def no_evidence(dump: Dump, case: str, _rng: Random) -> None:
    start = clean_day(dump.orders[case][0]["受理日期"]) + timedelta(1)
    span = {"中止开始": str(start), "中止结束": str(start + timedelta(1))}
    dump.add("办理中止记录", **{ID: case, **span, "中止原因": "不可抗力"})


def skipped(dump: Dump, case: str, _rng: Random) -> None:
    for table in dump.nodes_tables:
        table.rows = [
            r for r in table.rows if r[ID] != case or r["环节名称"] != "业务受理"
        ]


def returned(dump: Dump, case: str, _rng: Random) -> None:
    _node(dump, case, "业务受理")["是否回退"] = "1"


def other_version(dump: Dump, case: str, _rng: Random) -> None:
    order = dump.orders[case][0]
    order["合同容量"] = "150"
    dump.add_order({**order, "合同容量": "170"})


def archived_first(dump: Dump, case: str, _rng: Random) -> None:
    order = dump.orders[case][0]
    order["归档日期"] = order["受理日期"]
    order["送电日期"] = str(clean_day(order["送电日期"]) + timedelta(1))


def half_stamped(dump: Dump, case: str, _rng: Random) -> None:
    _node(dump, case, "业务受理")["完成时间"] = ""


def checked(dump: Dump, case: str, _rng: Random) -> None:
    node = _node(dump, case, "业务受理")
    dump.add_node({**node, "环节名称": "中间检查", "环节编号": "90"})


def further_step(dump: Dump, case: str, _rng: Random) -> None:
    node = _node(dump, case, "业务受理")
    dump.add_node({**node, "环节名称": "专项协调", "环节编号": "91"})


def pledged(dump: Dump, case: str, _rng: Random) -> None:
    dump.add(
        "报装资料清单",
        **{ID: case, "环节名称": "业务受理", "资料名称": "缴清欠费承诺书"},
    )


def meter_charged(dump: Dump, case: str, _rng: Random) -> None:
    cells = {"收费项目": "电能表", "金额": "380.00", "承担方": "用户", "红线内": "否"}
    dump.add(
        "业务收费记录", **{ID: case, **cells, "收款单位": PAYEES[0], "票据编号": "P1"}
    )


def no_receipt(dump: Dump, case: str, _rng: Random) -> None:
    cells = {"收费项目": "外线工程", "金额": "900.00", "承担方": "用户", "红线内": "否"}
    dump.add("业务收费记录", **{ID: case, **cells, "收款单位": PAYEES[1]})


def at_high_voltage(dump: Dump, case: str, _rng: Random) -> None:
    dump.orders[case][0] |= {"供电电压": "AC00101", "合同容量": "90"}


accepted = _has("业务受理")
ENDED = _has("业务受理", "送电", "装表")


@dataclass(frozen=True)
class Plant:
    """One manipulation: the rule that should see it, and whom it can be done to."""

    rule: str
    said: str
    do: Callable[[Dump, str, Random], None]
    can: Callable[[Dump, str], bool] = accepted


PLANTS = (
    Plant("int01", "meter set three days before the application", old_meter),
    Plant("int02", "acceptance finished after power", accepted_after_power),
    Plant("int03", "acceptance finished before it began", backwards),
    Plant("int04", "all steps entered within six minutes", at_once, ENDED),
    Plant("int05", "acceptance entered twelve days later", entered_late),
    Plant("int07", "withdrawn four days before, half the ids spelt anew", again),
    Plant("int08", "application and acceptance dated 45 days back", old_number),
    Plant("int12", "force majeure without evidence", no_evidence),
    Plant("int13", "acceptance taken out of the log", skipped),
    Plant("int14", "acceptance sent back", returned),
    Plant("int15", "two rows, 150 and 170 kW", other_version, _low),
    Plant("int17", "three applications of 95 kW within twelve days", split, _low),
    Plant("int21", "archived on the day of the application", archived_first),
    Plant("task12", "acceptance without its finish", half_stamped),
    Plant("task23", "interim check at low voltage", checked, _low),
    Plant("task25a", "a step that nobody asked for", further_step),
    Plant("task25b", "a pledge asked for", pledged),
    Plant("task29", "small three-zero user, high voltage", at_high_voltage, _three),
    Plant("task34", "the meter charged to a small firm", meter_charged, _small),
    Plant("task37", "a charge without a receipt", no_receipt),
    Plant("task38", "a three-zero user charged", no_receipt, _three),
)  # fmt: skip


def bursts(dump: Dump, cases: list[str]) -> None:
    """Let each 25 cases have one entry by one operator in one second."""
    for at in range(0, len(cases) - 24, 25):
        second = f"2022-06-{at // 25 % 28 + 1:02} 17:30:{at // 25 % 60:02}"
        for case in cases[at : at + 25]:
            _node(dump, case, "业务受理").update(
                {"经办人": "P99999", "录入时间": second}
            )


# ------------------------------------------------------------- whole counties

Mark = Callable[[Dump, list[str], Random], None]


def heap(dump: Dump, cases: list[str], rng: Random) -> None:
    """End on the fifteenth day most three-zero cases that took nine days or more."""
    for case in cases:
        order = dump.orders[case][0]
        begun, ended = clean_day(order["受理日期"]), clean_day(order["送电日期"])
        if not _three(dump, case) or begun is None or ended is None:
            continue
        took = rank(ended) - rank(begun)
        late = took > 15 and rng.random() < 0.9
        if late or (9 <= took < 15 and rng.random() < 0.5):
            _end_on(dump, case, WORKDAYS[rank(begun) + 15])


def _end_on(dump: Dump, case: str, last: date) -> None:
    dump.orders[case][0] |= {"送电日期": str(last), "归档日期": str(last)}
    for row in dump.nodes[case]:
        if row["环节名称"] in ("送电", "装表", "归档"):
            row |= {"开始时间": f"{last} 09:10:00", "完成时间": f"{last} 09:20:00"}


def _restamp(dump: Dump, cases: list[str], clock: Callable[[], str]) -> None:
    for case in cases:
        for row in dump.nodes[case]:
            for name in ("开始时间", "完成时间", "录入时间"):
                if (when := clean_day(row[name])) is not None:
                    row[name] = f"{when} {clock()}"


def whole_hours(dump: Dump, cases: list[str], rng: Random) -> None:
    _restamp(dump, cases, lambda: f"{rng.randrange(9, 17):02}:00:00")


def nights(dump: Dump, cases: list[str], rng: Random) -> None:
    some = [case for case in cases if rng.random() < 0.3]
    _restamp(dump, some, lambda: f"0{rng.randrange(1, 5)}:{rng.randrange(60):02}:30")


def just_above(dump: Dump, cases: list[str], rng: Random) -> None:
    for case in cases:
        order = dump.orders[case][0]
        if _low(dump, case) and not _three(dump, case) and rng.random() < 0.8:
            order |= {"申请容量": "162", "合同容量": "162"}


def dual(dump: Dump, cases: list[str], _rng: Random) -> None:
    for case in cases:
        if dump.orders[case][0]["用电客户类型"] == "01":
            dump.orders[case][0]["电源数目"] = "2"


def same_payee(dump: Dump, cases: list[str], _rng: Random) -> None:
    mine = set(cases)
    for table in dump.named("业务收费记录"):
        for row in table.rows:
            if row[ID] in mine and row["承担方"] == "用户":
                row["收款单位"] = PAYEES[0]


COUNTIES: tuple[tuple[str, str, str, Mark], ...] = (
    (
        "int06",
        "ind34.whole_process",
        "nine days or more made fifteen, half of them",
        heap,
    ),
    ("int10", "whole_hour", "every clock on the hour", whole_hours),
    ("int11", "night", "a third of the cases stamped at night", nights),
    ("int16", "capacity_above_160", "four of five at 162 kW", just_above),
    ("int20", "dual_supply", "all high voltage as dual supply", dual),
    ("task56", "one_payee", "one payee for all works", same_payee),
)


def payees(dump: Dump, rng: Random) -> None:
    """Let users pay several firms, as an honest province does."""
    for table in dump.named("业务收费记录"):
        for row in table.rows:
            if row["承担方"] == "用户":
                row["收款单位"] = rng.choice(PAYEES)


def rows_of(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)

"""Write the dump, row by row, and count what becomes of each row."""

import csv
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

from auditor.demo.plan import Plan
from auditor.demo.render import FEE, NODE, ORDER, PAPER, STOP, Row, Rows

FATES = ("read", "accepted", "duplicate", "rejected")
_TABLES = ("cases", "events", "suspensions", "fees", "materials")
_CONCATENATED = "2022-06"  # the month whose file is two exports, one behind the other
_INDUSTRY = ORDER.index("行业分类")


class Dump:
    """The open files of one dump; use it as a context manager.

    ``accounting`` counts table → read, accepted, duplicate, rejected.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._put_in: dict[str, Callable[[Sequence[str]], object]] = {}
        self._lines: dict[str, int] = {}
        self._charged = Decimal(0)
        self.accounting = {table: dict.fromkeys(FATES, 0) for table in _TABLES}

    def __enter__(self) -> "Dump":
        self._folder.mkdir(parents=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, plan: Plan, rows: Rows) -> None:
        """Write one application and everything that belongs to it."""
        self._orders(plan, rows)
        self._nodes(plan, rows)
        orphan = "rejected" if plan.orphan else "accepted"
        for stop, row in zip(plan.stops, rows.stops, strict=True):
            reversed_ = stop.until is not None and stop.until < stop.since
            fate = "rejected" if reversed_ else orphan
            self._put("suspensions", "办理中止记录.csv", STOP, row, fate)
        for row in rows.fees:
            self._charged += Decimal(row[2] or 0)
            self._put("fees", "业务收费记录.csv", FEE, row, orphan)
        for row in rows.papers:
            self._put("materials", "报装资料清单.csv", PAPER, row, orphan)

    def finish(self) -> None:
        """Write the sum that the cashier's export puts below its rows."""
        total = ["合计", "", f"{self._charged:.2f}", "", "", "", ""]
        self._put("fees", "业务收费记录.csv", FEE, total, "rejected")

    def _orders(self, plan: Plan, rows: Rows) -> None:
        name = f"业扩工单-{rows.city}.csv"
        for row in rows.orders:
            if "ghost_absent" in plan.loose:
                continue
            if "ghost_blank" in plan.loose:
                row[0] = ""
            if "ghost_wide" in plan.loose:
                row[_INDUSTRY : _INDUSTRY + 1] = ["农业", "林业"]
            fate = "rejected" if plan.ghost else "accepted"
            self._put("cases", name, ORDER, row, fate)
            if "order" in plan.twice:
                self._put("cases", name, ORDER, row, "duplicate")

    def _nodes(self, plan: Plan, rows: Rows) -> None:
        name = f"业扩工单环节-{rows.month.replace('-', '')}.csv"
        before: Row = []
        for row in rows.nodes:
            fate = "duplicate" if row == before else "accepted"
            if plan.orphan or not row[2] or len(row) != len(NODE):
                fate = "rejected"
            self._put("events", name, NODE, row, fate)
            before = row
            if rows.month == _CONCATENATED and self._lines[name] == 150:
                self._put("events", name, NODE, list(NODE), "rejected")

    def _put(
        self, table: str, name: str, header: tuple[str, ...], row: Row, fate: str
    ) -> None:
        if name not in self._put_in:
            self._put_in[name] = self._open(name)
            self._put_in[name](header)
            self._lines[name] = 0
        self._put_in[name](row)
        self._lines[name] += 1
        self.accounting[table]["read"] += 1
        self.accounting[table][fate] += 1

    def _open(self, name: str) -> Callable[[Sequence[str]], object]:
        path = self._folder / name
        file = self._stack.enter_context(path.open("w", encoding="gb18030", newline=""))
        end = "\r\n" if name.startswith("业扩工单-") else "\n"
        return csv.writer(file, lineterminator=end).writerow

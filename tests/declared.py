"""Retype a form as people do: other ticks, dates, slashes, heads that slipped."""

import random
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import xlsxwriter

STARS = (21, 27, 29, 30, 33, 37, 38)
LOCAL = tuple(n for n in range(1, 39) if n not in STARS)
TICKS = ("√", "✓", "✔", "是", "有", "已完成", " √ ", "✔️", "√\n")
SLASHES = ("/", "／", "—", " / ")
WIDE = str.maketrans("0123456789.%", "０１２３４５６７８９．％")
HEADS = ("as_is", "left", "right", "lost_cell", "blank_columns", "extra_columns")
TOTALS = ("done", "undone", "percent")


@dataclass
class Row:
    kind: str
    number: str = ""
    province: str = ""
    city: str = ""
    county: str = ""
    marks: list = field(default_factory=lambda: [None] * 38)
    shares: list = field(default_factory=lambda: [None] * 3)

    def copy(self) -> "Row":
        return replace(self, marks=list(self.marks), shares=list(self.shares))


def load(path: Path) -> list[Row]:
    """The rows of a form that the product wrote, with the city in every county row."""
    sheet = openpyxl.load_workbook(path)["附件2"]
    rows, city = [], ""
    for cells in sheet.iter_rows(min_row=7, values_only=True):
        number, province, said, county, *rest = cells
        if str(number).startswith("填报单位"):
            break
        row = Row(
            "county",
            number or "",
            province or "",
            said or "",
            county or "",
            rest[:38],
            rest[38:41],
        )
        if county and str(county).startswith("共"):
            row.kind = "province"
        elif county and str(county).endswith("个县") and not number.count("."):
            row.kind, city = "city", said
        elif str(said).endswith("小计"):
            row.kind = "subtotal"
        elif county in {"已完成县个数", "未完成县个数", "完成百分比"}:
            row.kind = {"已": "done", "未": "undone", "完": "percent"}[county[0]]
        if row.kind == "county":
            row.city = city
        rows.append(row)
    return rows


def share(done: int, size: int) -> float:
    points = (Decimal(done) * 100 / size).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if points == 100 and done < size:
        points = Decimal("99.9")
    return float(points / 100)


def recount(rows: list[Row]) -> list[Row]:
    """Put in the totals that the rows' own √ make, as an honest clerk would."""
    counties = [row for row in rows if row.kind == "county"]
    for row in counties:
        row.shares = trio(sum(row.marks[n - 1] == "√" for n in LOCAL), 31)
    for row in rows:
        if row.kind == "subtotal":
            mine = [c for c in counties if c.city == row.city.removesuffix("小计")]
            fill(row, mine, lambda n, mine=mine: count(mine, n))
        if row.kind == "province":
            row.shares = trio(sum(whole(c) for c in counties), len(counties))
        if row.kind in TOTALS:
            at, size = TOTALS.index(row.kind), len(counties)
            for n in LOCAL:
                row.marks[n - 1] = trio(count(counties, n), size)[at]
    return rows


def trio(done: int, size: int) -> list:
    return [done, size - done, share(done, size)]


def whole(row: Row) -> bool:
    return all(row.marks[n - 1] == "√" for n in LOCAL)


def count(rows: list[Row], number: int) -> int:
    return sum(row.marks[number - 1] == "√" for row in rows)


def fill(row: Row, mine: list[Row], counted) -> None:
    for n in LOCAL:
        row.marks[n - 1] = counted(n)
    row.shares = trio(sum(map(whole, mine)), len(mine))


class Typist:
    """Writes a form in a manner of its own, drawn from a seed."""

    def __init__(self, seed: int, head: str = "as_is", *, label_in_cell: bool = False):
        self.draw = random.Random(seed)
        self.head = head
        self.label_in_cell = label_in_cell
        self.repeats = self.draw.choice(("merged", "first", "all"))
        self.blank_rows = self.draw.random() < 0.5
        self.wide = self.draw.random() < 0.5
        self.number_head = 3 + self.draw.randrange(3)
        lost = self.draw.choice([n for n in (10, 20, 25) if n not in STARS])
        self.lost = lost if head == "lost_cell" else 0
        self.gaps = {20, 33, 36} if head == "blank_columns" else set()
        self.code = head == "extra_columns"
        self.at: dict[tuple[int, int | str], str] = {}

    def write(
        self, path: Path, rows: list[Row], codes: dict[str, str] | None = None
    ) -> dict:
        """Write the workbook; return which cell each (row, item) went to."""
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
            if self.draw.random() < 0.4:
                book.add_worksheet("填表说明").write(0, 0, "请认真填写")
            self.month = book.add_format({"num_format": 'yyyy"年"m"月"'})
            self.percent = book.add_format({"num_format": "0.0%"})
            self.sheet = book.add_worksheet("附件2 " + self.head)
            self.columns = self._columns()
            line = self._top(self.number_head)
            for index, row in enumerate(rows):
                if self.blank_rows and row.kind == "city":
                    line += 1
                self._row(line, index, row, rows, codes or {})
                line += 1
            self.sheet.write(line + 1, 0, "填报单位盖章处")
        return self.at

    def _columns(self) -> dict:
        left = ["number", "province", "city", "county"]
        if self.code:
            left.insert(3, "code")
            left.append("remark")
        columns: dict = {name: at for at, name in enumerate(left)}
        at = len(left)
        for n in range(1, 39):
            columns[n] = at
            at += 1 + (n in self.gaps)
        return columns | {name: at + i for i, name in enumerate(TOTALS)}

    def _top(self, top: int) -> int:
        sheet, at = self.sheet, self.columns
        sheet.merge_range(
            0, 0, 0, at["percent"], "示例省“获得电力”任务指标完成情况统计表"
        )
        sheet.write(1, 0, "（２０２２年１月—2022年12月)")
        sheet.write(2, 3, "审核人：某某")
        names = {"number": "序号", "province": "省", "city": "地 市", "county": "县"}
        names |= {"code": "县代码", "remark": "备注"}
        for name, text in names.items():
            if name in at:
                sheet.merge_range(top, at[name], top + 2, at[name], text)
        sheet.write(top, at[1], "指标完成情况")
        for name, text in zip(
            TOTALS, ("完成个数", "未完成个数", "完成百分比"), strict=True
        ):
            sheet.merge_range(top + 1, at[name], top + 2, at[name], text)
        slip = {"left": -1, "right": 1}.get(self.head, 0)
        for n in range(1, 39):
            if n == self.lost or (self.head == "left" and n == 1):
                continue
            column = at[n] + slip - (0 < self.lost < n)
            if column < at["done"]:
                text = f"*{n}" if n in STARS else str(n)
                sheet.write(
                    top + 2, column, text.translate(WIDE) if self.wide else text
                )
        return top + 3

    def _row(
        self, line: int, index: int, row: Row, rows: list[Row], codes: dict
    ) -> None:
        sheet, at = self.sheet, self.columns
        self._number(line, row)
        sheet.write(line, at["province"], row.province)
        county = self._spaced(row.county)
        if row.kind in TOTALS:
            where = at[1] if self.label_in_cell else at["county"]
            sheet.write(line, where, county)
        elif row.kind == "subtotal":
            sheet.merge_range(
                line, at["city"], line, at["county"], self._spaced(row.city)
            )
        else:
            sheet.write(line, at["county"], county)
            self._city(line, index, row, rows)
        if self.code and row.kind == "county":
            sheet.write(
                line,
                at["code"],
                self.draw.choice((codes[row.county], int(codes[row.county]))),
            )
            sheet.write(line, at["remark"], "同意")
        for n, mark in enumerate(row.marks, 1):
            if not (self.label_in_cell and row.kind in TOTALS and n == 1):
                self._mark(line, at[n], mark, (index, n), row.kind)
        for name, mark in zip(TOTALS, row.shares, strict=True):
            self._mark(
                line,
                at[name],
                mark,
                (index, name),
                "percent" if name == "percent" else row.kind,
            )

    def _number(self, line: int, row: Row) -> None:
        if row.kind in {"city", "county"} and self.draw.random() < 0.5:
            self.sheet.write_number(line, 0, float(row.number))
        else:
            self.sheet.write(line, 0, row.number)

    def _city(self, line: int, index: int, row: Row, rows: list[Row]) -> None:
        """The city as in the notice: missing in its own row, or given once."""
        column = self.columns["city"]
        if row.kind == "city" and self.draw.random() < 0.5:
            return
        if row.kind != "county" or self.repeats == "all":
            self.sheet.write(line, column, row.city)
            return
        mine = [
            i
            for i, one in enumerate(rows)
            if one.kind == "county" and one.city == row.city
        ]
        if index != mine[0]:
            return
        if self.repeats == "merged" and len(mine) > 1:
            self.sheet.merge_range(line, column, line + len(mine) - 1, column, row.city)
        else:
            self.sheet.write(line, column, row.city)

    def _spaced(self, text: str) -> str:
        return self.draw.choice((" ", "　", "")).join(text) if text else text

    def _mark(
        self, line: int, column: int, mark: object, key: tuple, kind: str
    ) -> None:
        self.at[key] = xlsxwriter.utility.xl_rowcol_to_cell(line, column)
        write = self.sheet.write
        if mark is None:
            if self.draw.random() < 0.2:
                write(line, column, " ")
        elif mark == "√":
            write(line, column, self.draw.choice(TICKS))
        elif mark == "/":
            write(line, column, self.draw.choice(SLASHES))
        elif isinstance(mark, str) and "年" in mark:
            self._date(line, column, mark)
        elif kind == "percent":
            self._percent(line, column, mark)
        elif isinstance(mark, int):
            self._count(line, column, mark)
        else:
            write(line, column, mark)

    def _date(self, line: int, column: int, text: str) -> None:
        year, month = map(int, text.rstrip("月").split("年"))
        serial = (date(year, month, 1) - date(1899, 12, 30)).days
        how = self.draw.randrange(7)
        if how == 0:
            self.sheet.write_number(line, column, serial, self.month)
        elif how == 1:
            self.sheet.write_number(line, column, serial)
        else:
            forms = (
                text,
                f"{year}-{month:02}",
                f"{year} 年 {month} 月",
                text.translate(WIDE),
                f"预计{year}/{month}月底前",
            )
            self.sheet.write_string(line, column, forms[how - 2])

    def _percent(self, line: int, column: int, value: float) -> None:
        points = f"{value * 100:.1f}".removesuffix(".0")
        how = self.draw.randrange(5)
        if how == 0:
            self.sheet.write_number(line, column, value, self.percent)
        elif how == 1:
            self.sheet.write_number(line, column, float(points))
        elif how == 2:
            self.sheet.write_number(line, column, value)
        else:
            text = f"{points}%"
            self.sheet.write_string(
                line, column, text.translate(WIDE) if how == 3 else text
            )

    def _count(self, line: int, column: int, value: int) -> None:
        how = self.draw.randrange(5)
        if how == 0:
            self.sheet.write_string(line, column, str(value).translate(WIDE))
        elif how == 1:
            self.sheet.write_string(line, column, f"{value}个")
        elif how == 2:
            self.sheet.write_formula(line, column, "=COUNTIF(A1:A2,1)", None, value)
        else:
            self.sheet.write_number(line, column, value)

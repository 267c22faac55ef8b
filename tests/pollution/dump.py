"""The clean dump: twelve applications in three counties, written anew for each copy.

County A keeps every limit. In county B one application of each kind is late beside one
that is not, in county C one is open and over: lose the late one, and the county would
look as if it had kept its limits.
"""

import csv
import io
from dataclasses import dataclass, field, replace

TABLES = ("cases", "events", "fees", "suspensions")
KINDS = {
    "cases": {
        "case_id": "id", "county_code": "text", "utility": "text",
        "business_type": "word", "customer_type": "word", "three_zero": "bool",
        "source_count": "integer", "voltage_kv": "number", "capacity_kw": "number",
        "capacity_unit": "word", "micro_small": "bool", "user_cost_yuan": "number",
        "status": "word", "submitted_at": "date", "energised_at": "date",
    },
    "events": {
        "case_id": "id", "step": "text", "started_at": "date", "finished_at": "date",
        "recorded_at": "date", "round": "integer", "result": "word",
    },
    "fees": {
        "case_id": "id", "item": "text", "amount_yuan": "number", "payer": "word",
        "inside_redline": "bool", "payee": "text", "receipt_id": "text",
    },
    "suspensions": {
        "case_id": "id", "from_date": "date", "to_date": "date", "reason": "word",
        "evidence_id": "text",
    },
}  # fmt: skip
REQUIRED = {
    "cases": ("county_code", "customer_type"),
    "events": (),
    "fees": (),
    "suspensions": ("from_date",),
}

# case: county, type, three-zero, sources, kV, kW, unit, micro, cost, status, dates
CASES = """
1 A lv_nonresident true 1 0.38 50 kW true 0 completed 2022-03-01@09:10 2022-03-10@16:40
2 A resident - 1 0.22 8 kW - 0 completed 2022-03-02 2022-03-04
3 A hv - 1 10 630 kVA false - completed 2022-02-14@08:00 2022-03-09@17:20
4 B lv_nonresident true 1 0.38 90 kW true 0 completed 2022-03-01@11:00 2022-05-20@10:00
5 B resident - 1 0.22 6 kW - 0 completed 2022-03-03 2022-04-28
6 B hv - 1 10 400 kVA false - completed 2022-01-10@08:30 2022-08-30@15:00
7 B lv_nonresident true 1 0.38 40 kW true 0 open 2022-09-28@14:00 -
8 C resident - 1 0.22 10 kW - 0 open 2022-04-01@09:00 -
9 B lv_nonresident true 1 0.38 60 kW true 0 completed 2022-05-09@10:00 2022-05-18@11:00
10 B resident - 1 0.22 8 kW - 0 completed 2022-05-10 2022-05-12
11 B hv - 1 10 315 kVA false - completed 2022-05-09@08:00 2022-05-27@16:00
12 C resident - 1 0.22 8 kW - 0 completed 2022-05-11 2022-05-12
"""
# case: step, from, to, round, result
EVENTS = """
1 accept 2022-03-01@09:10 2022-03-01@15:00 - -
1 connect 2022-03-08@08:30 2022-03-10@16:40 - -
2 accept 2022-03-02 2022-03-02 - -
2 connect 2022-03-03 2022-03-04 - -
3 accept 2022-02-14@08:00 2022-02-14@09:00 - -
3 plan_reply 2022-02-14@09:00 2022-02-21@10:00 - -
3 design_review 2022-02-22@09:00 2022-02-23@10:00 1 passed
3 interim_check 2022-02-24@09:00 2022-02-25@10:00 1 passed
3 completion_check 2022-03-02@09:00 2022-03-03@10:00 1 passed
3 formalities 2022-03-04@09:00 2022-03-07@10:00 - -
3 connect 2022-03-07@10:30 2022-03-09@17:20 - -
4 accept 2022-03-01@11:00 2022-03-01@11:30 - -
4 connect 2022-05-09@08:30 2022-05-20@10:00 - -
5 accept 2022-03-03 2022-03-03 - -
5 connect 2022-04-26 2022-04-28 - -
6 accept 2022-01-10@08:30 2022-01-10@09:00 - -
6 plan_reply 2022-01-10@09:00 2022-03-01@10:00 - -
6 completion_check 2022-08-01@09:00 2022-08-02@10:00 1 passed
6 formalities 2022-08-02@09:00 2022-08-03@10:00 - -
6 connect 2022-08-04@10:30 2022-08-30@15:00 - -
7 accept 2022-09-28@14:00 2022-09-28@15:00 - -
8 accept 2022-04-01@09:00 2022-04-01@09:30 - -
9 accept 2022-05-09@10:00 2022-05-09@10:10 - -
9 connect 2022-05-16@08:30 2022-05-18@11:00 - -
10 accept 2022-05-10 2022-05-10 - -
10 connect 2022-05-11 2022-05-12 - -
11 accept 2022-05-09@08:00 2022-05-09@08:40 - -
11 plan_reply 2022-05-09@09:00 2022-05-16@10:00 - -
11 completion_check 2022-05-23@09:00 2022-05-24@10:00 1 passed
11 formalities 2022-05-24@11:00 2022-05-25@10:00 - -
11 connect 2022-05-26@10:30 2022-05-27@16:00 - -
12 accept 2022-05-11 2022-05-11 - -
12 connect 2022-05-11 2022-05-12 - -
"""
FEES = """
1 计量装置 120.50 utility true
4 计量装置 88 utility true
4 外线工程 300 user false
5 计量装置 60 utility true
9 计量装置 88 utility true
"""
SUSPENSIONS = """
4 2022-03-07 2022-03-08 force_majeure
5 2022-03-10 2022-03-11 customer
6 2022-02-07 2022-02-09 force_majeure
"""
CUTOFF = "2022-09-30"
COUNTIES = "ABC"
NUMBERS = range(1, 13)


@dataclass(frozen=True)
class Table:
    """One table of text: its name, header and rows; cells may be changed at will."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    copy: int = 0

    def cell(self, row: int, column: str) -> str:
        return self.rows[row][self.header.index(column)]

    def put(self, row: int, column: str, value: str) -> "Table":
        at = self.header.index(column)
        cells = list(self.rows[row])
        cells[at] = value
        return self.with_rows(
            tuple(tuple(cells) if n == row else r for n, r in enumerate(self.rows))
        )

    def with_rows(self, rows) -> "Table":
        return replace(self, rows=tuple(tuple(row) for row in rows))

    def columns(self, *kinds: str) -> list[str]:
        """The columns of these kinds that have a value in some row."""
        return [name for name in self.header if KINDS[self.name][name] in kinds]

    def text(self, delimiter: str = ",", quote: int = csv.QUOTE_MINIMAL) -> str:
        out = io.StringIO()
        writer = csv.writer(
            out, delimiter=delimiter, quoting=quote, lineterminator="\n"
        )
        writer.writerows([self.header, *self.rows])
        return out.getvalue()

    def lines(self) -> list[str]:
        """Header and rows as lines; no clean cell needs a quote."""
        return self.text().splitlines()


def case_id(copy: int, number: int) -> str:
    """Sixteen digits that begin with a zero, as the work orders of some systems do."""
    return f"0571{copy:08}{number:04}"


def county(copy: int, letter: str) -> str:
    return f"33{copy:06}{letter}"


def _cell(text: str) -> str:
    if "@" in text:
        return text.replace("@", " ") + ":00"
    return "" if text == "-" else text


def _rows(block: str) -> list[list[str]]:
    return [
        [_cell(word) for word in line.split()] for line in block.split("\n") if line
    ]


def clean_dump(copy: int) -> dict[str, Table]:
    """Return the four tables of one copy; no two copies share an id or a county."""

    def ident(number: str) -> str:
        return case_id(copy, int(number))

    cases = [
        (ident(n), county(copy, c), f"供电公司{copy}", "new", *rest)
        for n, c, *rest in _rows(CASES)
    ]
    events = [
        (ident(n), step, begin, end, "", number, result)
        for n, step, begin, end, number, result in _rows(EVENTS)
    ]
    fees = [
        (ident(n), *rest, f"供电公司{copy}", f"R{copy:06}-{at}")
        for at, (n, *rest) in enumerate(_rows(FEES))
    ]
    suspensions = [
        (ident(n), *rest, f"E{copy:06}-{at}")
        for at, (n, *rest) in enumerate(_rows(SUSPENSIONS))
    ]
    rows = zip(TABLES, (cases, events, fees, suspensions), strict=True)
    return {
        name: Table(name, tuple(KINDS[name]), tuple(tuple(row) for row in found), copy)
        for name, found in rows
    }


@dataclass(frozen=True)
class Delivery:
    """What an operator delivers in place of one table.

    ``files`` are names (the table's name, then a mark, then an ending) and bytes;
    ``says`` are the rows that a reader without suspicion would find in them now.
    """

    files: dict[str, bytes]
    says: Table
    notes: tuple[str, ...] = field(default=())


def delivered(says: Table, text: str | bytes, ending: str = ".csv") -> Delivery:
    data = text.encode() if isinstance(text, str) else text
    return Delivery({ending: data}, says)

"""Accepted, duplicate or rejected: what becomes of every row of every table [26-29]."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from tests.reference.cells import Unreadable, read_cell

Tables = dict[str, list[dict[str, str]]]

# fmt: off
WORDS: dict[str, tuple[str, ...]] = {
    "business_type": (
        "new", "increase", "batch", "temporary", "community", "change", "other",
    ),
    "customer_type": ("resident", "lv_nonresident", "hv"),
    "source_count": ("1", "2", "3"),
    "capacity_unit": ("kW", "kVA"),
    "area": ("urban", "rural"),
    "status": ("open", "completed", "withdrawn"),
    "result": ("passed", "failed"),
    "reason": ("force_majeure", "customer", "other"),
    "payer": ("user", "utility", "government"),
    "mode": ("approval", "commitment", "filing", "exempt"),
    "level": ("county", "province"),
    "value": ("met", "not_met", "started", "no_cases"),
}
LAYOUT = {
    "cases": """
        case_id:text county_code:text utility:text business_type:word
        customer_type:word three_zero:flag source_count:word voltage_kv:number
        capacity_kw:number capacity_requested_kw:number capacity_unit:word area:word
        enterprise:flag micro_small:flag user_cost_yuan:number online:flag
        e_contract:flag policy_notified:flag nearest_connection:flag
        household_count:integer customer_id:text site_id:text status:word
        submitted_at:date energised_at:date withdrawn_at:date archived_at:date
        saved_investment_yuan:number added_sales_kwh:number""",
    "events": """
        case_id:text step:text started_at:date finished_at:date recorded_at:date
        operator:text round:integer result:word returned:flag""",
    "suspensions": """
        case_id:text from_date:date to_date:date reason:word evidence_id:text""",
    "fees": """
        case_id:text item:text amount_yuan:number payer:word inside_redline:flag
        payee:text receipt_id:text""",
    "materials": "case_id:text step:text document:text",
    "meters": """
        case_id:text installed_at:date first_reading_at:date first_energy_at:date""",
    "approvals": """
        project_id:text case_id:text county_code:text voltage_kv:number item:text
        accepted_at:date decided_at:date correction_from:date correction_to:date
        mode:word""",
    "attestations": """
        level:word code:text indicator:text value:word dated:date signer:text
        evidence:text""",
    "expected": "county_code:text indicator:text text:text",
    "roster": """
        county_code:text county:text city_code:text city:text province_code:text
        province:text utilities:text valid_from:date valid_to:date""",
}
REQUIRED = {
    "cases": ("case_id", "county_code", "customer_type"),
    "events": ("case_id", "step"),
    "suspensions": ("case_id", "from_date"),
    "fees": ("case_id",),
    "materials": ("case_id", "step", "document"),
    "meters": ("case_id",),
    "approvals": ("project_id", "county_code"),
    "attestations": ("code", "indicator"),
    "expected": ("county_code", "indicator"),
    "roster": ("county_code",),
}
KEYS = {
    "cases": ("case_id",), "events": ("case_id", "step"), "suspensions": ("case_id",),
    "fees": ("case_id",), "materials": ("case_id", "step"), "meters": ("case_id",),
    "approvals": ("project_id",),
}
# fmt: on


def _columns(layout: str) -> dict[str, object]:
    pairs = (place.split(":") for place in layout.split())
    return {name: WORDS[name] if kind == "word" else kind for name, kind in pairs}


COLUMNS: dict[str, dict[str, object]] = {
    table: _columns(layout) for table, layout in LAYOUT.items()
}
OF_A_CASE = ("events", "suspensions", "fees", "materials", "meters")


@dataclass
class Row:
    """An accepted row: what its cells say, and the columns whose cell was lost to a
    reject.
    """

    cells: dict[str, object]
    lost: set[str] = field(default_factory=set)

    def get(self, column: str) -> object:
        """Give what the cell says: None if it was empty or lost."""
        return self.cells.get(column)


@dataclass
class Accepted:
    """Everything that the rows of a run came to."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    rejects: list[dict[str, object]] = field(default_factory=list)
    accounting: dict[str, dict[str, int]] = field(default_factory=dict)
    lost_rows: dict[str, set[str]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    delivered: set[str] = field(default_factory=set)

    def reject(self, kind: str, table: str, reason: str, **more: object) -> None:
        """Put one reject on record."""
        self.rejects.append({"kind": kind, "table": table, "reason": reason, **more})


def _without_duplicates(
    table: str, rows: Iterable[dict[str, str]]
) -> tuple[list[dict[str, str]], int]:
    """Keep one of several rows that are equal in every cell [27]."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    count = 0
    for row in rows:
        count += 1
        text = tuple(row.get(column, "") for column in COLUMNS[table])
        if text not in seen:
            seen.add(text)
            kept.append(row)
    return kept, count - len(kept)


def _read_row(table: str, row: dict[str, str], accepted: Accepted) -> Row:
    """Read every cell of an accepted row; an unreadable one becomes null and a cell
    reject.
    """
    read = Row({})
    for column, kind in COLUMNS[table].items():
        text = row.get(column, "").strip()
        if not text:
            if column in REQUIRED[table]:
                read.lost.add(column)
                accepted.reject(
                    "cell",
                    table,
                    "empty_required",
                    column=column,
                    value="",
                    case_id=row.get("case_id"),
                )
            continue
        try:
            read.cells[column] = read_cell(kind, text)
        except Unreadable as why:
            read.lost.add(column)
            accepted.reject(
                "cell",
                table,
                str(why),
                column=column,
                value=text,
                case_id=row.get("case_id"),
            )
    return read


def is_rounded(text: str) -> bool:
    """Say whether a spreadsheet wrote a number in place of an id: ``3.30102E+17``."""
    front, e, power = text.strip().upper().removeprefix("'").partition("E")
    whole, point, rest = front.partition(".")
    sign = power.startswith("+")
    power = power.removeprefix("+")
    digits = f"{whole}{rest}{power}"
    plain = digits.isascii() and digits.isdigit() and e == "E"
    if not plain or not 1 <= len(whole) <= 3 or not (point or sign):
        return False
    return len(power) in (2, 3) and 11 <= int(power) < 400


def _named(row: dict[str, str], accepted: Accepted) -> dict[str, str]:
    """Give an order with a rounded id one of its own; nothing else can be tied to it.

    It is what is left of the id, and the first half of a sha256 over the filled cells.
    """
    if not is_rounded(row.get("case_id", "")):
        return row
    filled = {name: cell.strip() for name, cell in row.items() if cell.strip()}
    said = json.dumps(filled, sort_keys=True, ensure_ascii=False)
    digest = sha256(said.encode()).hexdigest()[:8]
    own = f"{row['case_id'].strip()} [{digest}]"
    accepted.reject(
        "cell", "cases", "precision_lost", column="case_id",
        value=row["case_id"].strip(), case_id=own,
    )  # fmt: skip
    accepted.lost_rows[own] = set(OF_A_CASE)
    return row | {"case_id": own}


def _row_reason(table: str, row: dict[str, str], known: set[str]) -> str | None:
    """Say why a row cannot be accepted, or None if it can."""
    if any(not row.get(key, "").strip() for key in KEYS.get(table, ())):
        return "empty_key"
    if table != "cases" and is_rounded(row.get("case_id", "")):
        return "precision_lost"
    if table in OF_A_CASE and row["case_id"].strip() not in known:
        return "unknown_case"
    return None


def _backwards(table: str, row: Row) -> bool:
    begin, end = row.get("from_date"), row.get("to_date")
    return (
        table == "suspensions" and begin is not None and end is not None and begin > end
    )


def _take_table(
    table: str, raw: list[dict[str, str]], known: set[str], accepted: Accepted
) -> None:
    kept, duplicates = _without_duplicates(table, raw)
    taken: list[Row] = []
    for number, row in enumerate(kept, start=1):
        reason = _row_reason(table, row, known)
        read = None if reason else _read_row(table, row, accepted)
        if read is not None and _backwards(table, read):
            reason = "from_after_to"
        if reason is None:
            taken.append(read)
            continue
        case_id = row.get("case_id", "").strip()
        case_id = "" if is_rounded(case_id) else case_id
        accepted.reject("row", table, reason, row=number, case_id=case_id or None)
        if case_id in known:
            accepted.lost_rows.setdefault(case_id, set()).add(table)
    accepted.rows[table] = taken
    accepted.accounting[table] = {
        "read": len(raw),
        "accepted": len(taken),
        "duplicate": duplicates,
        "rejected": len(kept) - len(taken),
    }


def _with_columns(tables: Tables, omit: Iterable[str], accepted: Accepted) -> Tables:
    """Leave out the omitted columns; refuse a table that then lacks a required one
    [26].
    """
    left = {
        name: rows
        for name, rows in tables.items()
        if rows or name in {"cases", "events"}
    }
    for place in omit:
        table, column = place.split(".")
        if table not in left:
            continue
        if column in REQUIRED[table]:
            accepted.refused.add(table)
            accepted.reject("file", table, "missing_column", column=column)
        left[table] = [
            {name: cell for name, cell in row.items() if name != column}
            for row in left[table]
        ]
    return {name: rows for name, rows in left.items() if name not in accepted.refused}


def _delivered(tables: Tables, omit: Iterable[str]) -> set[str]:
    """Name the columns that the dump has, as ``table.column``: those that any row
    fills, and those that a table cannot do without.
    """
    there = {
        f"{table}.{column}"
        for table, rows in tables.items()
        for row in [dict.fromkeys(REQUIRED[table]), *rows]
        for column in row
    }
    there |= {f"events.{stamp}" for stamp in ("started_at", "finished_at")}
    return there - set(omit)


def take_rows(tables: Tables, omit: Iterable[str] = ()) -> Accepted:
    """Sort every row of a run into accepted, duplicate and rejected."""
    accepted = Accepted()
    left = _with_columns(tables, omit, accepted)
    if accepted.refused & {"cases", "events"}:
        return accepted
    accepted.delivered = _delivered(left, omit)
    left["cases"] = [_named(row, accepted) for row in left.get("cases", [])]
    _take_table("cases", left.get("cases", []), set(), accepted)
    known = {str(row.get("case_id")) for row in accepted.rows["cases"]}
    for table in COLUMNS:
        if table != "cases" and (table in left or table == "events"):
            _take_table(table, left.get(table, []), known, accepted)
    return accepted

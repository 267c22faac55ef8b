"""The rows in which a rule looked for its signs, with the cells that were compared."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditor.explain.argument import Seen
from auditor.frames import Load
from auditor.pack import Rule, Sign
from auditor.vocabulary import UNMAPPED

Row = Mapping[str, Any]
ALWAYS = ("raw_step", "operator", "round")  # what a reader needs to find the row


def _done(row: Row) -> tuple[Any, Any]:
    """Return day and clock of what a row tells: its finish, else its start."""
    name = "finished_at" if row["finished_at"] is not None else "started_at"
    return row[name], row[f"{name}_tod"]


def _says(row: Row, column: str, given: Mapping[str, Any]) -> bool:
    return any(word in str(row[column]) for word in given["words"])


# Which single rows a reader should look at; other checks rest on several rows together.
TELLING: dict[str, Callable[[Row, Mapping[str, Any]], bool]] = {
    "recorded_late": lambda row, _: _later(row["recorded_at"], _done(row)[0]),
    "recorded_early": lambda row, _: not _later(row["recorded_at"], _done(row)[0]),
    "row_backwards": lambda row, _: not _later(row["finished_at"], row["started_at"]),
    "step_returned": lambda row, _: row["returned"] is True,
    "step_unlisted": lambda row, _: row["step"] == UNMAPPED,
    "step_worded": lambda row, given: _says(row, "raw_step", given),
    "document_worded": lambda row, given: _says(row, "document", given),
    "charged_for": lambda row, given: _says(row, "item", given),
    "charge_without_receipt": lambda row, _: row["receipt_id"] is None,
    "charge_refunded": lambda row, _: (row["amount_yuan"] or 0) < 0,
    "papers_elsewhere": lambda row, given: row["step"] not in given["steps"],
    "suspended_without_evidence": lambda row, _: row["evidence_id"] is None,
}


def _later(day: Any, other: Any) -> bool:  # noqa: ANN401 - dates or nulls
    return day is not None and other is not None and day > other


def seen(rule: Rule, facts: Mapping[str, Any], load: Load) -> tuple[Seen, ...]:
    """Return the signs of a rule on one case, each with its rows.

    Args:
        rule: a rule on signs.
        facts: the facts of the case, with the columns of the signs.
        load: gives the accepted rows of the case by table.
    """
    made = []
    for number, sign in enumerate(rule.signs):
        flag = facts[f"{rule.id}_sign{number}"]
        rows = () if flag is False else tuple(_rows(sign, load, seen=bool(flag)))
        lacking = tuple(one for one in sign.needs if _lacks(one, load))
        made.append(Seen(sign.check, sign.severity, flag, lacking, rows))
    return tuple(made)


def _lacks(name: str, load: Load) -> bool:
    table, _, column = name.partition(".")
    rows = load(table)
    return column not in rows.columns or rows.get_column(column).is_null().all()


def _columns(sign: Sign) -> dict[str, list[str]]:
    """Return the columns that a sign looks at, by table."""
    tables: dict[str, list[str]] = {}
    for name in (*sign.needs, *sign.reads):
        table, _, column = name.partition(".")
        tables.setdefault(table, []).append(column)
    if "events" in tables:
        tables["events"] += ["started_at", "finished_at"]
    return {table: list(dict.fromkeys(names)) for table, names in tables.items()}


def _rows(sign: Sign, load: Load, *, seen: bool) -> Iterator[dict[str, Any]]:
    """Yield the rows that a sign looks at; of events only those of its steps."""
    given = sign.given or {}
    steps = given.get("steps") or ((given["step"],) if "step" in given else ())
    for table, columns in _columns(sign).items():
        for row in load(table).iter_rows(named=True):
            if table == "events" and steps and row["step"] not in steps:
                continue
            if seen and table == next(iter(sign.needs), "").partition(".")[0]:
                telling = TELLING.get(sign.check)
                if telling and not telling(row, given):
                    continue
            cells = {name: _shown(row, name) for name in columns if name != "step"}
            cells = {name: value for name, value in cells.items() if value is not None}
            if cells or table == "events":
                more = {n: row[n] for n in ALWAYS if row.get(n) is not None}
                yield {"table": table, **place_of(row), **more, **cells}


def place_of(row: Row) -> dict[str, Any]:
    """Return the file and the row at which an accepted row stands."""
    return {"source": str(row["_source"]), "row": row["_row"]}


def _shown(row: Mapping[str, Any], name: str) -> object:
    """Return a cell; a date with its time of day where one was given."""
    value, clock = row.get(name), row.get(f"{name}_tod")
    if clock is None:
        return value
    return f"{value} {clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}"

"""The books file by file: bytes and records in, rows accepted, set aside, rejected."""

from collections.abc import Iterable, Mapping
from typing import Any

from auditor.errors import AuditError
from auditor.frames import FORM_TABLE, RawFile, RawTables, Tables

ACCOUNTS = ("read", "accepted", "duplicate", "rejected")


def balance(raw: RawTables, tables: Tables) -> list[dict[str, Any]]:
    """Return the accounts of every file and table: a row each, in one order.

    ``bytes`` are those that were hashed and parsed, ``lines`` of a text and ``records``
    were counted on them by other means than the parser; all are null where no table
    came of the file. What a mapping reads for several tables has a row for each.

    Raises:
        AuditError: AUD142, rows of a file or a table are not all accounted for.
    """
    refused = {
        (row["source"], row["table"])
        for row in tables.rejects.filter(kind="file").iter_rows(named=True)
    }
    rows = []
    for (source, table), counts in sorted(tables.files.items()):
        file = _file_of(raw.files, source, table)
        row: dict[str, Any] = {"file": source, "table": table}
        row |= (
            dict.fromkeys(("bytes", "lines", "records"))
            if file is None
            else _size(file)
        )
        row |= {name: counts.get(name, 0) for name in ACCOUNTS}
        _check(row, counted=(source, table) not in {*refused, *tables.split})
        rows.append(row)
    _check_sums(rows, tables.accounting)
    return rows


def _size(file: RawFile) -> dict[str, int | None]:
    return {"bytes": file.size, "lines": file.lines, "records": file.records}


def _file_of(files: Iterable[RawFile], source: str, table: str) -> RawFile | None:
    """Return the file that fills the table, else one of its name for another."""
    named = [file for file in files if file.source == source != FORM_TABLE]
    fit = [file for file in named if file.table == table]
    return next(iter([*fit, *named]), None)


def _check(row: Mapping[str, Any], *, counted: bool) -> None:
    """Refuse accounts that do not add up to the rows read and the records counted."""
    settled = row["accepted"] + row["duplicate"] + row["rejected"]
    whole = row["records"] if counted and row["records"] is not None else row["read"]
    if not row["read"] == settled == whole:
        told = " ".join(f"{name}={row[name]}" for name in ("records", *ACCOUNTS))
        raise AuditError("AUD142", file=row["file"], table=row["table"], counts=told)


def _check_sums(
    rows: Iterable[Mapping[str, Any]], tables: Mapping[str, Mapping[str, int]]
) -> None:
    """Refuse a table whose accounts are not the sum of those of its files."""
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        mine = sums.setdefault(row["table"], dict.fromkeys(ACCOUNTS, 0))
        for name in ACCOUNTS:
            mine[name] += row[name]
    for table, told in tables.items():
        found = sums.get(table, dict.fromkeys(ACCOUNTS, 0))
        if any(found[name] != told[name] for name in ACCOUNTS):
            counts = " ".join(f"{name}={found[name]}/{told[name]}" for name in ACCOUNTS)
            raise AuditError("AUD142", file="Σ", table=table, counts=counts)

"""The books of a run: rows and verdicts that add up, and what is missing."""

from typing import Any

import polars as pl

from auditor.frames import COPY_CLASSES, RawTables, Tables
from auditor.line.balance import balance
from auditor.pack import Pack
from auditor.rollup import missing_utilities
from auditor.vocabulary import VERDICTS


def accounting(
    inputs: tuple[RawTables, Tables],
    rollup: pl.DataFrame,
    pack: Pack,
    reasons: list[str],
) -> dict[str, Any]:
    """Return the counts of rows a file and table, of verdicts, and why incomplete.

    Raises:
        AuditError: AUD142, the accounts of a file or table do not balance.
    """
    raw, tables = inputs
    return {
        "files": balance(raw, tables),
        "rows": {name: dict(row) for name, row in sorted(tables.accounting.items())},
        "only_named_cases": tables.only_named,
        "duplicates": _classes(tables),
        "look_alike_ids": tables.alike.height,
        "verdicts": _verdict_counts(rollup, pack),
        "complete": not reasons,
        "reasons": reasons,
    }


def _classes(tables: Tables) -> dict[str, dict[str, int]]:
    """Count rows that say a thing again, by table and class.

    ``complete`` ones were set aside; of those that stay, all but the first count.
    """
    found = tables.copies
    told = {name: dict.fromkeys(COPY_CLASSES, 0) for name in sorted(tables.accounting)}
    if found.is_empty():
        return told
    kept = found.filter(pl.col("class") != COPY_CLASSES[0])
    firsts = kept.unique(["class", "table", "case_id", "thing"])
    for sign, rows in ((1, found), (-1, firsts)):
        for word, table, n in rows.group_by("class", "table").len().iter_rows():
            told[table][word] += sign * n
    return told


def incomplete(
    tables: Tables, roster: pl.DataFrame | None, keys: pl.DataFrame
) -> list[str]:
    """Return why the run is incomplete, as words; empty if nothing is missing."""
    reasons = []
    kinds = tables.rejects.filter(pl.col("reason") != "not_a_table").get_column("kind")
    if tables.refused or (kinds == "file").any():
        reasons.append("file_refused")
    if (kinds == "row").any():
        reasons.append("rows_rejected")
    if roster is None:
        return [*reasons, "no_roster"]
    if missing_utilities(roster, keys.get_column("utility").unique()).height:
        reasons.append("utility_missing")
    codes = roster.get_column("county_code").to_list()
    if not keys.get_column("county_code").is_in(codes).fill_null(value=False).all():
        reasons.append("county_off_roster")
    return reasons


def _verdict_counts(table: pl.DataFrame, pack: Pack) -> dict[str, dict[str, int]]:
    ruled = [rule.id for rule in pack.rules]
    county = table.filter(
        (pl.col("level") == "county") & pl.col("rule_id").is_in(ruled)
    )
    sums = (
        county.group_by("rule_id")
        .agg(pl.col(word).sum() for word in VERDICTS)
        .sort("rule_id")
    )
    return {
        row["rule_id"]: {w: row[w] for w in VERDICTS}
        for row in sums.iter_rows(named=True)
    }

"""The books of a run: rows and verdicts that add up, and what is missing."""

from typing import Any

import polars as pl

from auditor.frames import Tables
from auditor.pack import Pack
from auditor.rollup import missing_utilities
from auditor.vocabulary import VERDICTS


def accounting(
    tables: Tables, rollup: pl.DataFrame, pack: Pack, reasons: list[str]
) -> dict[str, Any]:
    """Return the counts of rows a table and of verdicts a rule, and why incomplete."""
    return {
        "rows": {name: dict(row) for name, row in sorted(tables.accounting.items())},
        "verdicts": _verdict_counts(rollup, pack),
        "complete": not reasons,
        "reasons": reasons,
    }


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

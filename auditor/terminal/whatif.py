"""A run under other limits, in the terminal: counts and statuses before and after."""

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from auditor.errors import text
from auditor.terminal.tables import cell, table
from auditor.terminal.words import MOST, headings, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from auditor.whatif import WhatIf

COUNTS = ("pass", "fail", "pending", "undetermined")
FEW = 8  # cases named; with --out the table has them all


def show_whatif(
    result: "WhatIf", out: "Path | None", lang: str, *, as_json: bool
) -> None:
    """Print what would be otherwise, by rule and place, and some of the cases."""
    if as_json:
        print(json.dumps(result.to_json(), ensure_ascii=False, default=str))
        return
    say("whatif.title", lang, folder=result.folder)
    for one in result.changes:
        print(f"  {one}")
    say("whatif.no_record", lang)
    print()
    _totals(result, lang)
    _places(result, out, lang)
    _cases(result, out, lang)
    if out is not None:
        say("whatif.written", lang, out=out)


def _totals(result: "WhatIf", lang: str) -> None:
    counties = result.places.filter(pl.col("level") == "county")
    names = [*COUNTS, "violations"]
    sums = counties.group_by("rule_id", maintain_order=True).agg(
        pl.col(name, f"{name}_now").sum() for name in names
    )
    table(
        [*headings(("rule", *COUNTS), lang), text("whatif.violations", lang)],
        (
            [row["rule_id"], *(_arrow(row, name) for name in names)]
            for row in sums.iter_rows(named=True)
        ),
    )
    print()


def _arrow(row: "Mapping[str, Any]", name: str) -> str:
    was, now = row[name], row[f"{name}_now"]
    return cell(now) if was == now else f"{cell(was)} → {cell(now)}"


def _places(result: "WhatIf", out: "Path | None", lang: str) -> None:
    """Print the places whose status or counts would be others."""
    differs = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in (*COUNTS, "status")
    )
    rows = result.places.filter(differs)
    if rows.is_empty():
        say("whatif.nothing", lang)
        return
    say("whatif.places", lang)
    table(
        [text("whatif.place", lang), *headings(("rule", *COUNTS, "status"), lang)],
        (
            [
                f"{row['code']} {row['name'] or ''}".strip(),
                row["rule_id"],
                *(_arrow(row, name) for name in COUNTS),
                _status(row, lang),
            ]
            for row in rows.head(MOST).iter_rows(named=True)
        ),
    )
    _more(rows.height - MOST, "whatif-places.parquet", out, lang)
    print()


def _status(row: "Mapping[str, Any]", lang: str) -> str:
    was, now = (text(f"status.{row[key]}", lang) for key in ("status", "status_now"))
    return now if was == now else f"{was} → {now}"


def _cases(result: "WhatIf", out: "Path | None", lang: str) -> None:
    rows = result.cases
    if rows.is_empty():
        return
    say("whatif.cases", lang, n=rows.height)
    table(
        [*headings(("case", "county", "rule"), lang), text("whatif.verdict", lang)],
        (
            [
                row["case_id"],
                row["county_code"],
                row["rule_id"],
                " → ".join(text(f"verdict.{row[key]}", lang) for key in ("was", "now")),
            ]
            for row in rows.head(FEW).iter_rows(named=True)
        ),
    )
    _more(rows.height - FEW, "whatif-cases.parquet", out, lang)
    print()


def _more(left: int, file: str, out: "Path | None", lang: str) -> None:
    """Say how many rows a list leaves out, and where they are or would be."""
    if left > 0:
        key = "whatif.more" if out is None else "ui.more"
        say(key, lang, n=left, file=file)

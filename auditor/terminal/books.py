"""The books of a run: every row accounted for, and what was rejected."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from auditor.errors import text
from auditor.terminal.tables import cell, table
from auditor.terminal.words import MOST, headings, more, say

COUNTS = ("read", "accepted", "duplicate", "rejected")
LONGEST_VALUE = 40


def show_rows(rows: Mapping[str, Mapping[str, int]], lang: str) -> None:
    """Print read = accepted + duplicate + rejected, a line a table."""
    say("ui.rows", lang)
    lines = ([name, *(row[count] for count in COUNTS)] for name, row in rows.items())
    table(headings(("table", *COUNTS), lang), lines)
    print()


def show_rejects(rejects: pl.DataFrame, lang: str) -> None:
    """Print the kinds of rejects, the most frequent first, with an example each."""
    if rejects.is_empty():
        return
    say("ui.rejects", lang)
    keys = ("kind", "table", "column", "reason")
    groups = (
        rejects.group_by(keys)
        .agg(pl.len().alias("n"), pl.col("source", "row", "value").first())
        .sort("n", *keys, descending=[True, *(False for _ in keys)])
    )
    names = ("kind", "table", "reason", "count", "example")
    table(
        headings(names, lang),
        (_line(group, lang) for group in groups.head(MOST).iter_rows(named=True)),
    )
    more(groups.height, "rejects.parquet", lang)
    print()


def _line(group: Mapping[str, Any], lang: str) -> list[object]:
    value = cell(group["value"])[:LONGEST_VALUE]
    return [
        group["kind"],
        ".".join(name for name in (group["table"], group["column"]) if name),
        text(f"reject.{group['reason']}", lang),
        group["n"],
        f"{group['source']}:{cell(group['row'])} {value}",
    ]


_NOTES = (
    *("missing_source_column", "ignored_columns", "mixed_zones", "serial_dates"),
    *("calendar_1904", "hidden_sheet", "hidden_rows", "hidden_column"),
    *("comments_not_read", "empty_sheet"),
)


def show_notes(notes: pl.DataFrame, lang: str) -> None:
    """Print what was noticed: columns not used or not there, hidden rows and sheets."""
    for kind in _NOTES:
        rows = notes.filter(pl.col("note") == kind)
        if rows.height:
            shown = "、".join(
                ":".join(filter(None, (row["source"], row["column"])))
                for row in rows.unique(["source", "column"], maintain_order=True)
                .head(MOST)
                .iter_rows(named=True)
            )
            say(f"ui.{kind}", lang, columns=shown)


def show_undelivered(undelivered: pl.DataFrame | None, lang: str) -> None:
    """Print the rostered utilities that no case row names: their counties stay open."""
    for row in [] if undelivered is None else undelivered.iter_rows(named=True):
        say("ui.undelivered", lang, code=row["code"], utility=row["utility"])

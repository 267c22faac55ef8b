"""The books of a run: every row accounted for, and what was rejected."""

from collections.abc import Mapping, Sequence
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
    accounts(rows, lang)
    print()


def accounts(rows: Mapping[str, Mapping[str, int]], lang: str) -> None:
    """Print the accounts of each table as a line."""
    lines = ([name, *(row[count] for count in COUNTS)] for name, row in rows.items())
    table(headings(("table", *COUNTS), lang), lines)


def show_rejects(rejects: pl.DataFrame, lang: str) -> None:
    """Print the kinds of rejects, the most frequent first, and where each begins."""
    if rejects.is_empty():
        return
    say("ui.rejects", lang)
    keys = ("kind", "table", "column", "reason")
    found = (
        rejects.group_by(keys)
        .agg(pl.len().alias("count"), pl.col("source", "row", "value").first())
        .sort("count", *keys, descending=[True, *(False for _ in keys)])
    )
    groups(list(found.iter_rows(named=True)), lang)
    say("ui.all_rejects", lang, n=f"{rejects.height:,}")
    print()


def groups(found: Sequence[Mapping[str, Any]], lang: str) -> None:
    """Print rejects of one kind, place and reason as a line: how many, which first."""
    names = ("kind", "table", "reason", "count", "first")
    table(headings(names, lang), (_line(group, lang) for group in found[:MOST]))
    more(len(found), "rejects.parquet", lang)


def _line(group: Mapping[str, Any], lang: str) -> list[object]:
    value = cell(group["value"] or "")[:LONGEST_VALUE]
    row = f":{group['row']}" if group["row"] else ""
    why = text(f"reject.{group['reason']}", lang)
    return [
        text(f"kind.{group['kind']}", lang),
        ".".join(name for name in (group["table"], group["column"]) if name),
        text("ui.place", lang, place=why, files=group["reason"]),
        f"{group['count']:,}",
        f"{cell(group['source'])}{row} {value}".rstrip(),
    ]


_NOTES = (
    *("missing_source_column", "ignored_columns", "mixed_zones", "serial_dates"),
    *("calendar_1904", "hidden_sheet", "hidden_rows", "hidden_column"),
    *("comments_not_read", "empty_sheet", "cutoff_alone", "look_alike_ids"),
    "rounded_ids",
)


def show_notes(notes: pl.DataFrame, lang: str) -> None:
    """Print what was noticed: columns not used or not there, hidden rows and sheets."""
    for kind in _NOTES:
        rows = notes.filter(pl.col("note") == kind)
        if rows.height:
            say(
                f"ui.{kind}",
                lang,
                columns=text("ui.joint", lang).join(_places(rows, lang)),
            )


def _places(rows: pl.DataFrame, lang: str) -> list[str]:
    """Return the columns of each table and file together, files of one kind as one."""
    columns = rows.group_by("table", "column", maintain_order=True).agg(
        pl.col("source").first(), pl.col("source").n_unique().alias("n")
    )
    places = columns.group_by("table", "source", "n", maintain_order=True).agg("column")
    told = []
    for one in places.head(MOST).iter_rows(named=True):
        many = text("ui.files", lang, n=one["n"])
        files = cell(one["source"]) if one["n"] == 1 else many
        named = [
            ".".join(name for name in (one["table"], column) if name)
            for column in one["column"]
            if column
        ]
        place = text("ui.comma", lang).join(map(cell, named))
        both = text("ui.place", lang, place=place, files=files)
        told.append(both if place else files)
    rest = sum(map(len, places["column"].slice(MOST)))
    return [*told, text("ui.others", lang, n=rest)] if rest else told


def show_undelivered(undelivered: pl.DataFrame | None, lang: str) -> None:
    """Print the rostered utilities that no case row names: their counties stay open."""
    for row in [] if undelivered is None else undelivered.iter_rows(named=True):
        say("ui.undelivered", lang, code=row["code"], utility=row["utility"])

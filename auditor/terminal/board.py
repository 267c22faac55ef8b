"""The counties against the rules, the cells not met or not proven, the worst cases."""

from typing import Any

import polars as pl

from auditor.errors import text
from auditor.terminal.tables import percent, table
from auditor.terminal.words import MOST, headings, more, say, why

COLUMNS_A_BLOCK = 7
SYMBOLS = {
    "met": "√", "attested_met": "√",
    "not_met": "✗", "attested_not_met": "✗",
    "undetermined": "？", "not_attested": "∅",
}  # fmt: skip
SUBJECTS = ("pass", "fail", "pending", "undetermined")
OPEN_CELLS = ("pass", "fail", "undetermined", "pending")
WORST_A_RULE = 3


def show_matrix(rollup: pl.DataFrame, lang: str) -> None:
    """Print a row a county and a column a rule that has subjects, in blocks."""
    mine = rollup.filter(
        (pl.col("level") == "county") & (pl.col("basis") != "attestation")
    )
    subjects = mine.group_by("rule_id").agg(
        pl.sum_horizontal(SUBJECTS).sum().alias("n")
    )
    judged = subjects.filter(pl.col("n") > 0).get_column("rule_id").sort().to_list()
    cells = {(row["code"], row["rule_id"]): row for row in mine.iter_rows(named=True)}
    names = dict(mine.select("code", "name").unique().sort("code").iter_rows())
    say("ui.matrix", lang)
    for start in range(0, len(judged), COLUMNS_A_BLOCK):
        rules = judged[start : start + COLUMNS_A_BLOCK]
        rows = (
            [
                f"{code} {names[code] or ''}",
                *(_mark(cells.get((code, rule))) for rule in rules),
            ]
            for code in sorted(names)
        )
        table([text("ui.county", lang), *rules], rows)
        print()
    if int(mine.get_column("doubtful").sum()):
        say("ui.flagged", lang)
        print()


def _mark(row: dict[str, Any] | None) -> str:
    """Return a county's symbol for a rule, with the counts behind it."""
    if row is None:
        return "–"
    good, bad, wait, doubt = (row[word] for word in SUBJECTS)
    symbol = SYMBOLS.get(row["status"])
    counts = {
        "√": f"√{good}",
        "✗": f"✗{bad}/{good + bad}",
        "？": f"？{doubt}/{good + doubt}",
        "∅": "∅",
    }
    if symbol is None:
        return f"…{wait}" if wait else "–"
    return counts[symbol] + (f" ⚑{row['doubtful']}" if row["doubtful"] else "")


def show_open(rollup: pl.DataFrame, lang: str) -> None:
    """Print the cells that are not met or not proven, the lowest rate first."""
    rows = rollup.filter(
        (pl.col("level") == "county")
        & pl.col("status").is_in(["not_met", "undetermined"])
    ).sort(["rate", "coverage", "code", "rule_id"], nulls_last=True)
    if rows.is_empty():
        return
    say("ui.open_list", lang)
    names = ("county", "rule", "status", *OPEN_CELLS, "rate", "coverage")
    lines = (
        [
            f"{row['code']} {row['name'] or ''}",
            row["rule_id"],
            text(f"status.{row['status']}", lang),
            *(row[word] for word in OPEN_CELLS),
            percent(row["rate"]),
            percent(row["coverage"]),
        ]
        for row in rows.head(MOST).iter_rows(named=True)
    )
    table(headings(names, lang), lines)
    more(rows.height, "rollup.csv", lang)
    print()


def show_worst(findings: pl.LazyFrame, lang: str) -> None:
    """Print the failed cases that are furthest over their limit, a few a rule."""
    over = (pl.col("measured") - pl.col("limit")).alias("over")
    numbered = findings.with_row_index("at")
    failed = numbered.filter(pl.col("verdict") == "fail")
    # There may be many: what is printed of them is read only of the few.
    first = (
        failed.select("at", "rule_id", "case_id", over)
        .sort("over", "case_id", descending=[True, False], nulls_last=True)
        .group_by("rule_id", maintain_order=True)
        .head(WORST_A_RULE)
        .sort("rule_id", maintain_order=True)
        .select("at")
        .collect(engine="streaming")
    )
    if first.is_empty():
        return
    say("ui.worst", lang)
    few = numbered.filter(pl.col("at").is_in(first.get_column("at").implode()))
    top = first.join(
        few.collect(engine="streaming"), on="at", how="left", maintain_order="left"
    )
    names = ("rule", "case", "county", "measured", "limit", "reason")
    cells = ("rule_id", "case_id", "county_code", "measured", "limit")
    lines = (
        [*(row[name] for name in cells), why(row, lang)]
        for row in top.iter_rows(named=True)
    )
    table(headings(names, lang), lines)
    print()

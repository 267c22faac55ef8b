"""Signals of falsified records in the terminal: how many, and how many are unclear."""

from collections.abc import Mapping

import polars as pl

from auditor.terminal.tables import table
from auditor.terminal.words import headings, say

COLUMNS = ("fail", "pass", "undetermined")
NAMES = ("rule", "signal", "seen", "clean", "unclear")


def show_signals(
    rollup: pl.DataFrame, signals: Mapping[str, tuple[str, str]], lang: str
) -> None:
    """Print a line a rule of the integrity of records; nothing if there is none.

    Args:
        rollup: the rollup of the run.
        signals: the rules, each with its titles in Chinese and in English.
        lang: zh or en.
    """
    mine = (pl.col("level") == "county") & pl.col("rule_id").is_in(list(signals))
    sums = rollup.filter(mine).group_by("rule_id").agg(pl.col(COLUMNS).sum())
    rows = sums.sort("rule_id").rows(named=True)
    if not rows:
        return
    say("ui.signals", lang)
    lines = (
        [
            row["rule_id"],
            signals[row["rule_id"]][lang != "zh"],
            *(row[name] for name in COLUMNS),
        ]
        for row in rows
    )
    table(headings(NAMES, lang), lines)
    print()


def show_screens(screens: pl.DataFrame | None, lang: str) -> None:
    """Print one line: how many groups were tested, and how many are worth a look."""
    if screens is not None:
        tested = screens.get_column("signal").drop_nulls()
        signals, untested = int(tested.sum()), screens.height - tested.len()
        said = {"tested": tested.len(), "signals": signals, "untested": untested}
        say("screen.line", lang, **said)
        print()

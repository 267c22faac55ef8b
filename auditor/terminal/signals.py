"""Signals of falsified records in the terminal: how many, and how many are unclear."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from auditor.errors import text
from auditor.terminal.tables import cell, table
from auditor.terminal.words import headings, say, say_below

if TYPE_CHECKING:
    import polars as pl

    from auditor.explain import Ruling

PLACE = ("table", "source", "row")

COLUMNS = ("fail", "pass", "undetermined")
NAMES = ("rule", "signal", "seen", "clean", "unclear")


def show_signals(
    rollup: "pl.DataFrame", signals: Mapping[str, tuple[str, str]], lang: str
) -> None:
    """Print a line a rule of the integrity of records; nothing if there is none.

    Args:
        rollup: the rollup of the run.
        signals: the rules, each with its titles in Chinese and in English.
        lang: zh or en.
    """
    import polars as pl

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


def show_screens(screens: "pl.DataFrame | None", lang: str) -> None:
    """Print one line: how many groups were tested, and how many are worth a look."""
    if screens is not None:
        tested = screens.get_column("signal").drop_nulls()
        signals, untested = int(tested.sum()), screens.height - tested.len()
        said = {"tested": tested.len(), "signals": signals, "untested": untested}
        say("screen.line", lang, **said)
        print()


def doubts_of(ruling: "Ruling", lang: str) -> str:
    """Return what stands behind the word of a pass that is in doubt, else nothing."""
    if not ruling.doubts:
        return ""
    return text("ui.doubtful", lang, rules=" ".join(ruling.doubts))


def show_signs(ruling: "Ruling", lang: str) -> None:
    """Print what was seen, or could not be excluded, and the rows that it rests on."""
    if ruling.verdict not in ("fail", "undetermined"):
        return
    for sign in ruling.signs:
        if sign.seen is False or (sign.seen is None and ruling.verdict == "fail"):
            continue
        key = "ui.sign_seen" if sign.seen else "ui.sign_open"
        what = text(f"part.{sign.check}", lang)
        say_below(1, key, lang, severity=sign.severity, what=what)
        if sign.lacking and not sign.seen:
            say_below(2, "ui.sign_lacks", lang, columns=" ".join(sign.lacking))
        for row in sign.rows:
            cells = (f"{k}={cell(v)}" for k, v in row.items() if k not in PLACE)
            shown = "  ".join(cells)
            place = f"{row['source']}:{row['row']}"
            say_below(2, "ui.sign_row", lang, place=place, cells=shown)
    if ruling.rule.is_signal and ruling.verdict == "fail":
        say_below(1, "ui.not_proof", lang)

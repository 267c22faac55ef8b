"""A finished run in the terminal: where it stands, the worst, what is missing."""

import json
from typing import TYPE_CHECKING

from auditor.errors import text
from auditor.terminal.words import say

if TYPE_CHECKING:
    from auditor.pipeline import Run
    from auditor.settings import Settings


def show_run(run: "Run", settings: "Settings", *, as_json: bool) -> None:
    """Print the matrix, what is not met or not proven, the worst cases, the books."""
    if as_json:
        _print_json(run)
        return
    # Only a run needs frames: other commands must not wait for polars.
    import polars as pl

    from auditor.terminal import board, books
    from auditor.terminal.signals import show_screens, show_signals
    from auditor.write.papers import told_names

    lang = settings.lang
    _title(run, settings)
    print()
    asked = ~pl.col("rule_id").is_in(list(run.signals))
    board.show_matrix(run.rollup.filter(asked), lang)
    board.show_open(run.rollup.filter(asked), lang)
    findings = pl.scan_parquet(run.out / "findings.parquet", glob=False)
    board.show_worst(findings.filter(asked), lang)
    show_signals(run.rollup, run.signals, lang)
    show_screens(run.screens, lang)
    books.show_rows(run.accounting["rows"], lang)
    books.show_rejects(run.rejects, lang)
    books.show_notes(run.notes, lang)
    books.show_undelivered(run.undelivered, lang)
    for line in told_names(run.notes, lang):
        print(line)
    reasons = text("ui.comma", lang).join(
        text(f"incomplete.{word}", lang) for word in run.accounting["reasons"]
    )
    say("ui.incomplete" if reasons else "ui.complete", lang, reasons=reasons)
    if run.conditions:
        say("ui.conditions", lang, conditions=", ".join(run.conditions))
    say("ui.written", lang, out=run.out)


def _print_json(run: "Run") -> None:
    found = {
        "out": str(run.out),
        "complete": run.accounting["complete"],
        "accounting": run.accounting,
        "rollup": run.rollup.to_dicts(),
        "conditions": run.conditions,
        "unknown_names": _unknown_names(run),
    }
    print(json.dumps(found, ensure_ascii=False, default=str))


def _unknown_names(run: "Run") -> list[dict[str, object]]:
    from auditor.write.papers import NOTED

    return [row for row in run.notes.to_dicts() if row["note"] in NOTED]


def _title(run: "Run", settings: "Settings") -> None:
    lang, clock = settings.lang, run.clock
    days = clock.period
    say(
        "ui.title",
        lang,
        pack=settings.rules,
        cutoff=clock.cutoff,
        how=text("ui.derived" if clock.derived else "ui.given", lang),
        period=f"{days[0]}..{days[1]}" if days else text("ui.all", lang),
    )

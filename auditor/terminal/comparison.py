"""Two runs compared, in the terminal: rewritten, vanished, changed."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from auditor.errors import text
from auditor.terminal.tables import cell, table
from auditor.terminal.words import named, say
from auditor.vocabulary import COHORTS

if TYPE_CHECKING:
    from auditor.compare import Comparison

STANDS = ("county_code", "was", "now", "submitted_on", "energised_on", "failed")
FEW = 8  # rows of each list; the workbook holds 200,000 and the tables all
_LONGEST = 78


def show_comparison(
    result: "Comparison",
    out: Path,
    lang: str,
    conditions: Iterable[str] = (),
    *,
    as_json: bool,
) -> None:
    """Print what two runs differ in, the gravest of it, and where the rest is."""
    if as_json:
        print(json.dumps(result.to_json(), ensure_ascii=False, default=str))
        return
    from auditor.compare import OUTPUTS

    told = result.summary
    _head(told, lang)
    counts = told["counts"]
    if not any(counts.values()):
        print()
        say("compare.nothing", lang)
    _moves(told["moves"], lang)
    _history(result, lang)
    _absence(result, lang)
    _changed(result, lang)
    if held := ", ".join(conditions):
        say("ui.conditions", lang, conditions=held)
    say("compare.written", lang, out=out, files=" ".join(OUTPUTS))


def _head(told: Mapping[str, Any], lang: str) -> None:
    say(
        "compare.head",
        lang,
        **{side: told[side]["folder"] for side in "ab"},
        **{f"cutoff_{side}": told[side]["cutoff"] for side in "ab"},
        **{f"n_{side}": told["cases"][side] for side in "ab"},
    )
    differs = {cause: line for cause, line in told["differs"].items() if line}
    for cause, line in differs.items():
        say("compare.differs", lang, cause=text(f"cause.{cause}", lang), line=line)
    if not differs:
        say("compare.differs_nothing", lang)
    for note in told["notes"]:
        say(f"compare.note_{note}", lang)


def _moves(moves: Iterable[Mapping[str, Any]], lang: str) -> None:
    """Print how many cases of each cohort of A are in which cohort of B."""
    counted = {(row["was"], row["now"]): row["n"] for row in moves}
    was, now = (
        [word for word in (*COHORTS, None) if any(key[at] == word for key in counted)]
        for at in (0, 1)
    )
    print()
    say("compare.moves", lang)
    table(
        ["A \\ B", *(_cohort(word, "b", lang) for word in now), "Σ"],
        (
            [
                _cohort(one, "a", lang),
                *(counted.get((one, other), 0) for other in now),
                sum(n for key, n in counted.items() if key[0] == one),
            ]
            for one in was
        ),
    )


def _cohort(word: str | None, side: str, lang: str) -> str:
    if word is None:
        return text(f"compare.not_in_{side}", lang)
    return named("cohort", word, lang)


def _history(result: "Comparison", lang: str) -> None:
    rows = result.rewritten
    if rows.is_empty():
        return
    print()
    say("compare.history", lang, rule=_page(result, "rewritten", lang))
    _kinds(result.summary["kinds"]["rewritten"], lang)
    names = ("case_id", "kind", "column", "value_a", "value_b", "source_a", "source_b")
    lines = (
        [
            row["case_id"],
            text(f"compare.{row['kind']}", lang),
            ".".join(filter(None, (row["table"], row["step"], row["column"]))),
            row["value_a"],
            row["value_b"],
            f"{cell(row['source_a'])}:{cell(row['row_a'])}",
            f"{cell(row['source_b'])}:{cell(row['row_b'])}",
        ]
        for row in rows.head(FEW).iter_rows(named=True)
    )
    _listed(names, lines, rows.height, "rewritten", lang)


def _page(result: "Comparison", kind: str, lang: str) -> str:
    """Return the id of the rule page that asks it, in brackets, if there is one."""
    name = result.summary["signals"][kind]["rule_id"]
    return "" if name is None else f"（{name}）" if lang == "zh" else f" ({name})"


def _absence(result: "Comparison", lang: str) -> None:
    gone = result.vanished
    came = result.appeared.filter(pl.col("kind") != "new")
    if gone.is_empty() and came.is_empty():
        return
    print()
    say("compare.absence", lang, rule=_page(result, "vanished", lang))
    kinds = result.summary["kinds"]
    _kinds(kinds["vanished"] | kinds["appeared"], lang)
    for name, rows, other in (
        ("vanished", gone, "renamed_to"),
        ("appeared", came, "renamed_from"),
    ):
        if rows.height:
            stands = [key for key in STANDS if key in rows.columns]
            names = ("case_id", "kind", *stands, other)
            lines = (
                _case(row, names, lang) for row in rows.head(FEW).iter_rows(named=True)
            )
            _listed(names, lines, rows.height, name, lang)


def _case(row: Mapping[str, Any], names: Iterable[str], lang: str) -> list[object]:
    words = {"kind": text(f"compare.{row['kind']}", lang)}
    words |= {
        key: named("cohort", row[key], lang) for key in ("was", "now") if row.get(key)
    }
    return [words.get(key, row.get(key)) for key in names]


def _changed(result: "Comparison", lang: str) -> None:
    rows = result.changed
    if rows.is_empty():
        return
    print()
    say("compare.changed_n", lang, n=rows.height)
    causes = result.summary["causes"]
    table(
        [text(f"compare.col_{name}", lang) for name in ("cause", "count")],
        ([text(f"cause.{cause}", lang), n] for cause, n in causes.items()),
    )
    print()
    names = ("rule_id", "cause", "was", "now", "count")
    by_rule = result.summary["rules"]
    _listed(
        names,
        (_rule(row, lang) for row in by_rule[:FEW]),
        len(by_rule),
        "changed",
        lang,
    )
    print()
    say("compare.examples", lang)
    columns = ("case_id", "rule_id", "was", "now", "cause", "because")
    lines = (
        [
            row["case_id"],
            row["rule_id"],
            text(f"verdict.{row['was']}", lang),
            text(f"verdict.{row['now']}", lang),
            text(f"cause.{row['cause']}", lang),
            _short(row["because"]),
        ]
        for row in rows.head(FEW).iter_rows(named=True)
    )
    _listed(columns, lines, rows.height, "changed", lang)
    print()


def _rule(row: Mapping[str, Any], lang: str) -> list[object]:
    return [
        row["rule_id"],
        text(f"cause.{row['cause']}", lang),
        text(f"verdict.{row['was']}", lang),
        text(f"verdict.{row['now']}", lang),
        row["n"],
    ]


def _short(said: str | None) -> str:
    told = cell(said)
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


def _kinds(kinds: Mapping[str, int], lang: str) -> None:
    said = (f"{text(f'compare.{kind}', lang)} {n}" for kind, n in kinds.items())
    print(("；" if lang == "zh" else "; ").join(said))


def _listed(
    names: Iterable[str],
    lines: Iterable[list[object]],
    height: int,
    file: str,
    lang: str,
) -> None:
    table([text(f"compare.col_{name}", lang) for name in names], lines)
    if height > FEW:
        say("ui.more", lang, n=height - FEW, file=f"{file}.parquet")

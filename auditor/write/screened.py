"""Screens in words: a sentence a row, the signals first, and what was not tested."""

from typing import TYPE_CHECKING, Any

from auditor import errors
from auditor.write.words import visible, word

if TYPE_CHECKING:
    import polars as pl

    from auditor.write.results import Results

HEAPING = "missing"  # only a heap has a count of what is missing
MOST = 300  # signals on the page; the rest is in screens.parquet
LANGS = ("zh", "en")


def signals(screens: "pl.DataFrame") -> "pl.DataFrame":
    """Return the rows worth a look, the surest of each screen first."""
    import polars as pl

    found = screens.filter(pl.col("signal").fill_null(value=False))
    return found.sort("rule_id", "q", "code", "utility", "user_class", nulls_last=True)


def counts(screens: "pl.DataFrame") -> dict[str, int]:
    """Return how many rows were tested, are worth a look, and were not tested."""
    tested = screens.get_column("signal").drop_nulls()
    return {
        "tested": tested.len(),
        "signals": int(tested.sum()),
        "untested": screens.height - tested.len(),
    }


def kind_of(row: dict[str, Any]) -> str:
    """Return the name of a row's measure without its threshold, if it has one."""
    name, limit = str(row["measure"]), row["limit"]
    return name if limit is None else name.removesuffix(f"_{limit:g}")


def measure_word(row: dict[str, Any], lang: str) -> str:
    """Return what a row measures: a word, with its threshold, or rule and fact."""
    name, limit = str(row["measure"]), row["limit"]
    rule, dot, fact = name.partition(".")
    if dot:
        return f"{rule} {word('part', fact, lang)}"
    said = word("measure", kind_of(row), lang)
    return said if limit is None else f"{said} ({limit:g} kW)"


def sentence_of(row: dict[str, Any], lang: str = "zh") -> str:
    """Return what one row of ``screens.parquet`` says, as a suspicion and no more."""
    heap = row[HEAPING] is not None
    shown = {
        key: _number(row[key], share=not heap)
        for key in ("statistic", "low", "high", "reference")
    }
    fields = {
        **shown,
        "n": f"{row['n']:,}",
        "observed": row["observed"],
        "limit": _number(row["limit"], share=False),
        "expected": _number(row["expected"], share=False),
        "missing": _number(row["missing"], share=False),
        "measure": measure_word(row, lang),
    }
    if row["signal"] is None:
        return errors.text(
            "screen.untested", lang, why=word("screen", row["reason"], lang), **fields
        )
    if not row["signal"]:
        return errors.text("screen.quiet", lang, **fields)
    said = errors.text("screen.heaping" if heap else "screen.shares", lang, **fields)
    return f"{said} {row['detail']}" if row["detail"] else said


def _number(value: float | None, *, share: bool) -> str:
    if value is None:
        return "—"
    return (
        f"{value:.1%}" if share else f"{value:.3g}" if value < 100 else f"{value:.0f}"
    )


def place_of(row: dict[str, Any], lang: str = "zh") -> str:
    """Return where and for whom a row speaks, as one text."""
    code = word("screen", "everybody", lang) if row["level"] == "all" else row["code"]
    user = word("userclass", row["user_class"], lang) if row["user_class"] else ""
    return " ".join(part for part in (code, row["utility"] or "", user) if part)


def screen_lines(results: "Results") -> dict[str, Any] | None:
    """Return what the report says of the screens; None if the pack has none."""
    if results.screens is None:
        return None
    said = counts(results.screens)
    rows = signals(results.screens).head(MOST).iter_rows(named=True)
    return {
        "line": [errors.text("screen.line", lang, **said) for lang in LANGS],
        "rows": [_line(results, row) for row in rows],
    }


def _line(results: "Results", row: dict[str, Any]) -> dict[str, str]:
    rule = row["rule_id"]
    return {
        "rule_id": rule,
        "title_zh": results.title(rule),
        "title_en": results.title(rule, "en"),
        "q": f"{row['q']:.1e}",
        **{f"place_{lang}": visible(place_of(row, lang)) for lang in LANGS},
        **{lang: visible(sentence_of(row, lang)) for lang in LANGS},
    }

"""Signals of untrue records for the report: how many a rule, and the worst of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.write.tables import scan
from auditor.write.words import number, sentence, visible
from auditor.write.worst import worst

if TYPE_CHECKING:
    from auditor.write.results import Results

MOST = 50  # signals listed on the page; all of them are in the findings
COUNTS = ("fail", "pass", "undetermined", "excluded")


def signal_lists(
    results: "Results", findings: Path, names: Mapping[str, str]
) -> dict[str, list[dict[str, object]]]:
    """Return what the page says of signals: counts by rule, and the worst of them."""
    return {
        "signals": list(signal_counts(results)),
        "signalled": list(worst_signals(results, findings, names)),
    }


def signal_counts(results: "Results") -> Iterator[dict[str, object]]:
    """Yield, for each rule on signals, how often it was seen, excluded, left open."""
    import polars as pl

    mine = pl.col("rule_id").is_in(list(results.signals))
    rows = results.rollup.filter((pl.col("level") == "county") & mine)
    sums = rows.group_by("rule_id").agg(pl.col(COUNTS).sum()).sort("rule_id")
    for row in sums.iter_rows(named=True):
        yield {
            "rule_id": row["rule_id"],
            "severity": results.signals[row["rule_id"]],
            "title_zh": results.title(row["rule_id"]),
            "title_en": results.title(row["rule_id"], "en"),
            **{name: number(row[name]) for name in COUNTS},
        }


def worst_signals(
    results: "Results", findings: Path, names: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """Yield the worst signals, each with the rows of its case.

    Args:
        results: the run.
        findings: ``findings.parquet``.
        names: the counties by code.
    """
    import polars as pl

    seen = (pl.col("verdict").cast(pl.String) == "fail") & (
        pl.col("rule_id").is_in(list(results.signals))
    )
    for row in worst(scan(findings), MOST, only=seen).iter_rows(named=True):
        code = row["county_code"] or "unknown"
        told = {"parts": row["parts"], "clause": row["clause"]}
        yield {
            "severity": row["severity"],
            "county": visible(names.get(code, code)),
            "case_id": visible(row["case_id"]),
            "rule_id": row["rule_id"],
            "reason_zh": visible(sentence(row["reason"], **told)),
            "reason_en": visible(sentence(row["reason"], "en", **told)),
            "rows": visible(row["rows"] or "—"),
        }

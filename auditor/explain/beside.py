"""What a ruling rests on beside spans and signs: papers, and the cases around it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from auditor.explain.argument import Ruling
from auditor.explain.evidence import place_of
from auditor.frames import Load
from auditor.pack import Rule

FOUND = ("measured", "limit", "parts")


def beside(ruling: Ruling, folder: Path, load: Load, table: str | None) -> Ruling:
    """Return the ruling with its papers, the cases around it, and its figures.

    Args:
        ruling: one rule on the case.
        folder: the finished run; what only several cases show is recorded there.
        load: gives the accepted rows of the case by table.
        table: the pack's table of documents, None without one.
    """
    rule = ruling.rule
    if rule.kind == "documents" and table is not None:
        return replace(ruling, papers=tuple(_papers(rule, load(table))))
    if rule.across is None or ruling.verdict != "fail":
        return ruling
    (case_id,) = load("cases").get_column("case_id").unique()
    mine = (pl.col("rule_id") == rule.id) & (pl.col("case_id") == case_id)
    findings = pl.scan_parquet(folder / "findings.parquet", glob=False)
    found = findings.filter(mine).select(FOUND).collect().rows(named=True)
    return replace(
        ruling,
        found=found[0] if found else {},
        members=tuple(_members(folder / "chains.parquet", rule, case_id)),
    )


def _papers(rule: Rule, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the rows that name a document outside the list of their step."""
    for row in rows.iter_rows(named=True):
        names = rule.documents.get(row["step"])
        if names is None or row["document"] is None or row["document"] in names:
            continue
        said = {"step": row["step"], "document": row["document"], "listed": names}
        yield {**said, **place_of(row)}


def _members(path: Path, rule: Rule, case_id: str) -> Iterator[dict[str, Any]]:
    """Yield the cases of every chain, split or burst that the case belongs to."""
    if not path.is_file():
        return
    rows = pl.scan_parquet(path, glob=False).filter(pl.col("rule_id") == rule.id)
    chains = rows.filter(pl.col("case_id") == case_id).select("chain").unique()
    told = rows.join(chains, on="chain", how="semi").collect()
    texts = told.with_columns(pl.col(pl.Enum, pl.Categorical).cast(pl.String))
    yield from texts.sort("chain", "submitted_on", "case_id").iter_rows(named=True)

"""Judge one case of a finished run again, and lay out what its verdicts rest on."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from auditor.across import recorded as as_recorded
from auditor.errors import AuditError
from auditor.explain.argument import Argument
from auditor.explain.beside import beside
from auditor.explain.scribe import Scribe
from auditor.frames import Load
from auditor.judge import KEYS, judge
from auditor.kernel import calendar_of
from auditor.measure import facts_out, measure
from auditor.origins import EVIDENCE
from auditor.pack import Pack, pack_of
from auditor.runs import read_manifest
from auditor.settings import Clock


def explain(folder: Path, case_id: str, rule_id: str | None = None) -> Argument:
    """Return the argument for one case of a finished run.

    The case's accepted rows are read from the run folder and judged again by the
    same functions; the outcome must equal what the run recorded. ``rulings`` has one
    entry a rule, in the order of the pack, or only that of ``rule_id``.

    Raises:
        AuditError: AUD501 not a finished run, AUD502 no such case, AUD503 the run was
            made with another pack, AUD504 no such rule, AUD505 kept without evidence,
            AUD590 the case does not come out as recorded.
    """
    manifest = read_manifest(folder)
    pack = pack_of(folder, manifest)
    clock = clock_of(manifest)
    recorded = rows_of(folder / "verdicts.parquet", case_id)
    if recorded.is_empty():
        raise AuditError("AUD502", case=case_id, folder=folder)
    known = [rule.id for rule in pack.case_rules]
    if rule_id is not None and rule_id not in known:
        raise AuditError("AUD504", rule=rule_id, known=", ".join(known))
    load = evidence_of(folder, case_id)
    rules = (pack, calendar_of(pack), clock)
    facts = as_recorded(measure(load, *rules), pack, _found(recorded, pack))
    verdicts = judge(facts, pack)
    _must_agree(recorded, verdicts, case_id)
    scribe = Scribe(rules, facts, load)
    row = verdicts.row(0, named=True)
    scribe.doubt(row)
    papers = pack.documents_table
    rulings = (
        beside(scribe.ruling(rule, *_told(row, rule.id)), folder, load, papers)
        for rule in pack.case_rules
        if rule_id in (None, rule.id)
    )
    rejects = rows_of(folder / "rejects.parquet", case_id)
    return Argument(
        case_id=case_id,
        keys={name: row[name] for name in KEYS},
        facts=facts_out(facts, pack).row(0, named=True),
        clock=clock,
        pack=pack,
        rows=scribe.rows(),
        rejects=tuple(rejects.iter_rows(named=True)),
        suspensions=scribe.side(pack.clock.excuse_table),
        fees=scribe.side(pack.cost.table if pack.cost else None),
        rulings=tuple(rulings),
    )


def _told(row: dict[str, Any], rule_id: str) -> tuple[str, str | None]:
    return row[rule_id], row[f"{rule_id}_reason"]


def clock_of(manifest: dict[str, Any]) -> Clock:
    """Return the cut-off and period that a run used."""
    period = manifest["period"]
    cutoff = date.fromisoformat(manifest["cutoff"]["date"])
    derived = bool(manifest["cutoff"]["derived"])
    if not period:
        return Clock(cutoff, None, derived)
    first, last = (date.fromisoformat(day) for day in period)
    return Clock(cutoff, (first, last), derived)


def rows_of(path: Path, case_id: str) -> pl.DataFrame:
    """Return the rows of one case of a finished table."""
    table = pl.scan_parquet(path, glob=False)
    return table.filter(pl.col("case_id") == case_id).collect()


def evidence_of(folder: Path, case_id: str) -> Load:
    """Return what loads the case's accepted rows by table, each table once."""

    @cache
    def load(table: str) -> pl.DataFrame:
        path = folder / EVIDENCE / f"{table}.parquet"
        if not path.is_file():
            raise AuditError("AUD505", folder=folder)
        if table == "delivered":
            return pl.read_parquet(path, glob=False)
        return rows_of(path, case_id)

    return load


def _found(row: pl.DataFrame, pack: Pack) -> dict[str, tuple[str, str | None]]:
    """Return what a run recorded under the rules that other cases decide."""
    said = row.row(0, named=True)
    return {r.id: (said[r.id], said[f"{r.id}_reason"]) for r in pack.across_rules}


def _must_agree(recorded: pl.DataFrame, again: pl.DataFrame, case_id: str) -> None:
    was, now = (frame.cast(pl.String).row(0) for frame in (recorded, again))
    if was != now:
        raise AuditError("AUD590", case=case_id)

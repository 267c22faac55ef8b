"""Close a run: roll up, check the internal laws, account for every row."""

from pathlib import Path

import polars as pl

from auditor.frames import RawTables, Tables, check, rollup_schema
from auditor.kernel import Sums
from auditor.line.books import accounting, incomplete
from auditor.line.identity import identity
from auditor.pack import Pack, coverage_rows
from auditor.rollup import (
    Dossier,
    check_counts,
    missing_utilities,
    rollup,
    valid_roster,
)
from auditor.settings import Clock, Settings
from auditor.write import Results

IF_ANY = ("projects", "chains")  # tables that not every pack gives


def close(
    settings: Settings,
    rules: tuple[Pack, Clock],
    inputs: tuple[RawTables, Tables],
    sums: Sums,
    folder: Path,
) -> Results:
    """Return what the writers need: the rollup, the books, and what the run is of.

    Raises:
        AuditError: AUD390, an internal law is broken; the run must not be used.
    """
    pack, clock = rules
    raw, tables = inputs
    keys = _keys(folder)
    delivered = keys.get_column("utility").unique()
    dossier = _dossier(tables)
    table = check(rollup(sums.counts, pack, clock, dossier, delivered), rollup_schema())
    check_counts(table, keys.height, pack)
    roster = None if dossier.roster is None else valid_roster(dossier.roster, clock)
    return Results(
        pack_folder=pack.folder,
        identity=identity(settings, pack, raw, tables.mapping_digest),
        pack_title=(pack.title_zh, pack.title_en),
        cutoff=clock.cutoff,
        rollup=table,
        verdicts=folder / "verdicts.parquet",
        facts=folder / "facts.parquet",
        findings=folder / "findings.parquet",
        rejects=tables.rejects,
        accounting=accounting(tables, table, pack, incomplete(tables, roster, keys)),
        **{name: _if_there(folder / f"{name}.parquet") for name in IF_ANY},
        indicators=pack.indicators,
        roster=roster,
        expected=tables.small.get("expected"),
        form=tables.form,
        period=clock.period,
        cutoff_derived=clock.derived,
        titles={rule.id: (rule.title_zh, rule.title_en) for rule in pack.rules},
        notes=tables.notes,
        coverage=pl.DataFrame(coverage_rows(pack), infer_schema_length=None),
        benefits=sums.benefits,
        benefit_form=pack.benefits,
        undelivered=None if roster is None else missing_utilities(roster, delivered),
    )


def _if_there(path: Path) -> Path | None:
    return path if path.is_file() else None


def _keys(folder: Path) -> pl.DataFrame:
    """Return the utility and county of every case."""
    verdicts = pl.scan_parquet(folder / "verdicts.parquet", glob=False)
    return verdicts.select("utility", "county_code").collect()


def _dossier(tables: Tables) -> Dossier:
    roster = tables.small["roster"] if "roster" in tables.delivered else None
    return Dossier(roster, tables.small.get("attestations"))

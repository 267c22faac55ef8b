"""Close a run: roll up, check the internal laws, account for every row."""

from pathlib import Path
from typing import Any

import polars as pl

from auditor.frames import (
    RawTables,
    Tables,
    check,
    notes_schema,
    rollup_schema,
    screens_schema,
)
from auditor.kernel import Sums
from auditor.line.books import accounting, incomplete
from auditor.line.identity import identity
from auditor.line.strange import name_notes
from auditor.pack import Pack, coverage_rows
from auditor.rollup import (
    Dossier,
    check_counts,
    missing_utilities,
    rollup,
    valid_roster,
)
from auditor.screen import screens
from auditor.settings import Clock, Settings
from auditor.write import Results


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
    (pack, clock), (raw, tables) = rules, inputs
    keys = _keys(folder)
    delivered = keys.get_column("utility").unique()
    dossier = _dossier(tables)
    table = check(rollup(sums.counts, pack, clock, dossier, delivered), rollup_schema())
    check_counts(table, int(keys.get_column("n").sum()), pack)
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
        accounting=accounting(inputs, table, pack, incomplete(tables, roster, keys)),
        indicators=pack.indicators,
        roster=roster,
        expected=tables.small.get("expected"),
        form=tables.form,
        period=clock.period,
        cutoff_derived=clock.derived,
        titles=_titles(pack),
        **_if_any(sums, pack, tables, folder),
        notes=_notes(inputs, clock, name_notes(inputs, pack, folder, keys, roster)),
        coverage=pl.DataFrame(coverage_rows(pack), infer_schema_length=None),
        benefits=sums.benefits,
        benefit_form=pack.benefits,
        signals=pack.signals,
        undelivered=None if roster is None else missing_utilities(roster, delivered),
    )


def _titles(pack: Pack) -> dict[str, tuple[str, str]]:
    rules = {one.id: (one.title_zh, one.title_en) for one in pack.rules}
    return rules | {one.id: (one.title_zh, one.title_en) for one in pack.screens}


def _if_any(sums: Sums, pack: Pack, tables: Tables, folder: Path) -> dict[str, Any]:
    """Return the tables that not every pack gives: projects, chains and screens."""
    names = ("projects", "chains")
    paths = {name: _if_there(folder / f"{name}.parquet") for name in names}
    if not pack.screens:
        return paths
    codes = sums.counts.get_column("code").unique().to_list()
    found = screens(sums.tallies, pack, tables.columns, codes)
    told = {"tallies": sums.tallies, "screens": check(found, screens_schema())}
    return {**paths, **told}


def _notes(
    inputs: tuple[RawTables, Tables], clock: Clock, names: pl.DataFrame
) -> pl.DataFrame:
    """Return what was noticed, names that nobody knows among it.

    Also told is whether a few dates alone carry the cut-off (13).
    """
    tables = inputs[1]
    told = [tables.notes, names]
    alone = tables.lone_date
    if alone is not None and clock.derived and clock.cutoff == tables.last_date:
        told.append(pl.DataFrame([alone], schema=tables.notes.schema))
    return check(pl.concat(told), notes_schema())


def _if_there(path: Path) -> Path | None:
    return path if path.is_file() else None


def _keys(folder: Path) -> pl.DataFrame:
    """Return each pair of a utility and a county, and ``n``: how many cases it has."""
    verdicts = pl.scan_parquet(folder / "verdicts.parquet", glob=False)
    counted = verdicts.group_by("utility", "county_code").agg(pl.len().alias("n"))
    return counted.collect(engine="streaming")


def _dossier(tables: Tables) -> Dossier:
    roster = tables.small["roster"] if "roster" in tables.delivered else None
    return Dossier(roster, tables.small.get("attestations"))

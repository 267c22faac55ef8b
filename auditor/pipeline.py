"""The whole line in one place: read, clean, measure, judge, roll up, write."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from auditor.clean import clean, load_mapping, read_plan
from auditor.errors import AuditError
from auditor.frames import RawTables, Tables, check, rollup_schema
from auditor.fsops import RunFolder
from auditor.kernel import Rules, Sums, audit_part, audit_projects
from auditor.origins import EVIDENCE, evidence, kept_tables, key_id, read_key
from auditor.pack import VERDICTS, Pack, coverage_rows, load_pack
from auditor.read import read
from auditor.rollup import (
    Dossier,
    add,
    add_benefits,
    check_counts,
    missing_utilities,
    rollup,
    valid_roster,
)
from auditor.settings import Clock, Settings, cases_a_partition, resolve_clock
from auditor.workdays import Calendar, PlainCalendar, load_calendar
from auditor.write import Results, manifest_bytes, write

ENGINES = ("local",)
FAIL_ON = ("rejects", "undetermined", "not-met")
FRAMES = ("verdicts", "facts", "findings")
Progress = Callable[[str], None]
Keep = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Run:
    """What a finished run says of itself; the folder holds everything else.

    ``rollup``, ``findings`` and ``rejects`` are the tables of the folder under those
    names; ``accounting`` counts rows a table and verdicts a rule, and says whether the
    run is ``complete`` and, in ``reasons``, why not; ``conditions`` are the
    ``--fail-on`` conditions that hold.
    """

    out: Path
    clock: Clock
    rollup: pl.DataFrame
    findings: pl.DataFrame
    accounting: dict[str, Any]
    rejects: pl.DataFrame
    conditions: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1 if a ``--fail-on`` condition holds, else 0."""
        return 1 if self.conditions else 0


def run(settings: Settings, progress: Progress = lambda _stage: None) -> Run:
    """Audit every case of the inputs, write the run folder, return the run's record.

    Args:
        settings: inputs, rules and where to write; the folder must not exist yet
            unless ``force`` is set.
        progress: is told the name of each stage as it begins.

    Raises:
        AuditError: a bad setting, pack or mapping (exit code 2), no readable file of
            cases or events (3), an output that is locked or there already (5);
            nothing is left at ``settings.out``.
    """
    _check(settings)
    pack = load_pack(settings.rules)
    calendar = calendar_of(pack)
    mapping = load_mapping(settings.mapping, pack) if settings.mapping else None
    resolve_clock(replace(settings, cutoff=settings.cutoff or date.min), None)
    with RunFolder(settings.out, force=settings.force) as folder:
        work = folder.work
        progress("read")
        raw = read(
            settings.inputs,
            settings.dossier,
            read_plan(mapping, pack),
            settings.limits,
            work,
        )
        progress("clean")
        tables = clean(raw, mapping, pack, work, partitions_of(raw, settings))
        clock = resolve_clock(settings, tables.last_date)
        frames = (folder.path, work / "judged")
        rules = (pack, calendar, clock)
        keep = keeper(settings, tuple(file.source for file in raw.files))
        sums = judge_parts((raw, tables), rules, frames, progress, keep)
        progress("rollup")
        found = finish(settings, (pack, clock), (raw, tables), sums, folder.path)
        progress("write")
        write(found.results, folder.path, settings.outputs)
        folder.commit(manifest_bytes(found.results, folder.path))
    return found.as_run(settings)


def _check(settings: Settings) -> None:
    if settings.engine not in ENGINES:
        raise AuditError("AUD246", engine=settings.engine)
    cases_a_partition(settings.memory)
    for condition in settings.fail_on:
        if condition not in FAIL_ON:
            raise AuditError("AUD245", condition=condition)


def partitions_of(raw: RawTables, settings: Settings) -> int:
    """Return into how many partitions the cases go, so that memory stays bounded."""
    cases = sum(file.read for file in raw.files if file.table == "cases")
    return max(1, -(-cases // cases_a_partition(settings.memory)))


def keeper(settings: Settings, sources: tuple[str, ...]) -> Keep | None:
    """Return what turns accepted rows into evidence, or None if none is to be kept."""
    if "evidence" not in settings.outputs:
        return None
    key = read_key(settings.key_file)
    return lambda rows: evidence(rows, sources, key)


def calendar_of(pack: Pack) -> Calendar:
    """Return the pack's work calendar, or one that counts every day if it has none."""
    return (
        load_calendar(pack.calendar_folder) if pack.calendar_folder else PlainCalendar()
    )


def judge_parts(
    inputs: tuple[RawTables, Tables],
    rules: Rules,
    folders: tuple[Path, Path],
    progress: Progress,
    keep: Keep | None,
) -> Sums:
    """Judge partition by partition; write the three case frames; return the sums.

    With ``keep`` the accepted rows are written too, as evidence: without them no case
    of the run could be argued once the dump is gone.
    """
    raw, tables = inputs
    sources = tuple(file.source for file in raw.files)
    folder, pieces = folders
    pack = rules[0]
    pieces.mkdir()
    counts, gains = [], []
    for part in tables.parts:
        progress(f"judge {part.index + 1}/{len(tables.parts)}")
        judged = audit_part(part, tables.lost, rules, sources)
        counts.append(judged.counts)
        gains.append(judged.benefits)
        for name in FRAMES:
            frame: pl.DataFrame = getattr(judged, name)
            frame.write_parquet(
                pieces / f"{name}-{part.index:05}.parquet", compression="zstd"
            )
        if keep:
            for table in kept_tables(rules[0]):
                frame = keep(part.load(table))
                frame.write_parquet(
                    pieces / f"{table}-{part.index:05}.parquet", compression="zstd"
                )
    if pack.project_rules:
        projects = audit_projects(tables.small["approvals"], rules, sources)
        counts.append(projects.counts)
        projects.verdicts.write_parquet(folder / "projects.parquet", compression="zstd")
        projects.findings.write_parquet(
            pieces / "findings-99999.parquet", compression="zstd"
        )
    for name in FRAMES:
        _join(pieces, name, folder)
    if keep:
        (folder / EVIDENCE).mkdir()
        for table in kept_tables(rules[0]):
            _join(pieces, table, folder / EVIDENCE)
        tables.lost.sort("case_id", "table").write_parquet(
            folder / EVIDENCE / "lost.parquet"
        )
    return Sums(add(counts), add_benefits(gains))


def _join(pieces: Path, name: str, folder: Path) -> None:
    """Put the pieces of one frame, each sorted, into one sorted file."""
    files = sorted(pieces.glob(f"{name}-*.parquet"))
    if len(files) == 1:
        files[0].rename(folder / f"{name}.parquet")
        return
    pl.scan_parquet(files, glob=False).sink_parquet(
        folder / f"{name}.parquet", compression="zstd", maintain_order=True
    )


@dataclass(frozen=True, slots=True)
class Finished:
    """Rollup and accounting of a run, ready for the writers."""

    results: Results
    clock: Clock
    accounting: dict[str, Any]

    def as_run(self, settings: Settings) -> Run:
        """Return the run's record with the ``--fail-on`` conditions that hold."""
        table = self.results.rollup
        rejects = self.results.rejects
        assert isinstance(rejects, pl.DataFrame)
        findings = pl.read_parquet(settings.out / "findings.parquet", glob=False)
        county = table.filter(pl.col("level") == "county")
        holds = {
            "rejects": rejects.height > 0,
            "undetermined": int(county.get_column("undetermined").sum()) > 0,
            "not-met": county.get_column("status")
            .is_in(["not_met", "attested_not_met"])
            .any(),
        }
        conditions = tuple(name for name in settings.fail_on if holds[name])
        return Run(
            settings.out,
            self.clock,
            table,
            findings,
            self.accounting,
            rejects,
            conditions,
        )


def finish(
    settings: Settings,
    rules: tuple[Pack, Clock],
    inputs: tuple[RawTables, Tables],
    sums: Sums,
    folder: Path,
) -> Finished:
    """Roll up, check the internal laws, account for every row, name what is incomplete."""
    pack, clock = rules
    raw, tables = inputs
    roster = tables.small["roster"] if "roster" in tables.delivered else None
    dossier = Dossier(roster, tables.small.get("attestations"))
    keys = (
        pl.scan_parquet(folder / "verdicts.parquet", glob=False)
        .select("utility", "county_code")
        .collect()
    )
    delivered = keys.get_column("utility").unique()
    table = check(rollup(sums.counts, pack, clock, dossier, delivered), rollup_schema())
    projects = folder / "projects.parquet"
    check_counts(table, keys.height, pack)
    valid = valid_roster(roster, clock) if roster is not None else None
    reasons = incomplete(tables, valid, keys)
    accounting = {
        "rows": {name: dict(row) for name, row in sorted(tables.accounting.items())},
        "verdicts": _verdict_counts(table, pack),
        "complete": not reasons,
        "reasons": reasons,
    }
    results = Results(
        pack_folder=pack.folder,
        identity=identity(settings, pack, raw, clock),
        pack_title=(pack.title_zh, pack.title_en),
        cutoff=clock.cutoff,
        rollup=table,
        verdicts=folder / "verdicts.parquet",
        facts=folder / "facts.parquet",
        findings=folder / "findings.parquet",
        rejects=tables.rejects,
        accounting=accounting,
        projects=projects if projects.is_file() else None,
        indicators=pack.indicators,
        roster=valid,
        expected=tables.small.get("expected"),
        form=tables.form,
        period=clock.period,
        cutoff_derived=clock.derived,
        titles={rule.id: (rule.title_zh, rule.title_en) for rule in pack.rules},
        notes=tables.notes,
        coverage=pl.DataFrame(coverage_rows(pack), infer_schema_length=None),
        benefits=sums.benefits,
        benefit_form=pack.benefits,
        undelivered=None if valid is None else missing_utilities(valid, delivered),
    )
    return Finished(results, clock, accounting)


def incomplete(
    tables: Tables, roster: pl.DataFrame | None, keys: pl.DataFrame
) -> list[str]:
    """Return why the run is incomplete, as words; empty if nothing is missing (design 7)."""
    reasons = []
    kinds = tables.rejects.filter(pl.col("reason") != "not_a_table").get_column("kind")
    if tables.refused or (kinds == "file").any():
        reasons.append("file_refused")
    if (kinds == "row").any():
        reasons.append("rows_rejected")
    if roster is None:
        return [*reasons, "no_roster"]
    if missing_utilities(roster, keys.get_column("utility").unique()).height:
        reasons.append("utility_missing")
    codes = roster.get_column("county_code").to_list()
    if not keys.get_column("county_code").is_in(codes).fill_null(value=False).all():
        reasons.append("county_off_roster")
    return reasons


def _verdict_counts(table: pl.DataFrame, pack: Pack) -> dict[str, dict[str, int]]:
    ruled = [rule.id for rule in pack.rules]
    county = table.filter(
        (pl.col("level") == "county") & pl.col("rule_id").is_in(ruled)
    )
    sums = (
        county.group_by("rule_id")
        .agg(pl.col(word).sum() for word in VERDICTS)
        .sort("rule_id")
    )
    return {
        row["rule_id"]: {w: row[w] for w in VERDICTS}
        for row in sums.iter_rows(named=True)
    }


def identity(settings: Settings, pack: Pack, raw: RawTables, clock: Clock) -> Any:  # noqa: ANN401
    """Return what the run was made of: versions, pack, parameters, inputs."""
    names = ("auditor", "polars", "pyarrow", "duckdb")
    return {
        "pack_id": pack.id,
        "pack_version": pack.version,
        "pack_digest": pack.digest,
        "calendar_digest": _calendar_digest(pack),
        "versions": {"python": ".".join(map(str, sys.version_info[:3]))} | {n: version(n) for n in names},
        "parameters": {
            "rules": settings.rules,
            "period": settings.period,
            "cutoff": settings.cutoff.isoformat() if settings.cutoff else None,
            "mapping": settings.mapping.name if settings.mapping else None,
            "engine": settings.engine,
            "key_id": key_id(read_key(settings.key_file)),
        },
        "inputs": [
            {
                "name": file.source, "origin": file.origin, "table": file.table,
                "sha256": file.sha256, "size": file.size, "records": file.records,
                "rows": file.read, "format": file.format, "encoding": file.encoding,
            }
            for file in raw.files
        ],
        "ran_at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - the manifest's clock
    }  # fmt: skip


def _calendar_digest(pack: Pack) -> str | None:
    from auditor.pack.load import digest_of

    return digest_of(pack.calendar_folder) if pack.calendar_folder else None

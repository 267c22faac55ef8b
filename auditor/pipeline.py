"""The whole line in one place: read, clean, measure, judge, roll up, write."""

import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from auditor.clean import find_mapping, load_mapping
from auditor.errors import AuditError
from auditor.frames import Tables
from auditor.fsops import RunFolder
from auditor.kernel import calendar_of
from auditor.line import Engine, Local, Progress, close, judge_parts, keeper
from auditor.pack import Pack, keep_rules, load_pack
from auditor.settings import Clock, Settings, cases_a_partition, resolve_clock
from auditor.vocabulary import NOT_MET
from auditor.write import Results, manifest_bytes, write

__all__ = ["Progress", "Run", "calendar_of", "judge_parts", "run"]

ENGINES = ("local", "spark")
FAIL_ON = ("rejects", "undetermined", "not-met")


@dataclass(frozen=True, slots=True)
class Run:
    """What a finished run says of itself; the folder holds everything else.

    ``rollup`` and ``rejects`` are the tables of the folder under those names, and so
    is ``findings``, read from there whenever it is asked for; ``accounting`` counts
    rows a table and verdicts a rule, and says whether the run is ``complete`` and, in
    ``reasons``, why not; ``conditions`` are the ``--fail-on`` conditions that hold;
    ``notes`` name columns that were not used or not found, ``undelivered`` the
    rostered utilities without a dump (code, utility);
    ``signals`` are the rules whose fail is a reason to look, with both titles: no
    condition asks about them.
    """

    out: Path
    clock: Clock
    rollup: pl.DataFrame
    accounting: dict[str, Any]
    rejects: pl.DataFrame
    conditions: tuple[str, ...]
    notes: pl.DataFrame
    undelivered: pl.DataFrame | None
    signals: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    screens: pl.DataFrame | None = None

    @property
    def findings(self) -> pl.DataFrame:
        """All findings; for a part of many, see ``findings.parquet`` in ``out``."""
        return pl.read_parquet(self.out / "findings.parquet", glob=False)

    @property
    def exit_code(self) -> int:
        """1 if a ``--fail-on`` condition holds, else 0."""
        return 1 if self.conditions else 0


def run(
    settings: Settings,
    progress: Progress = lambda _stage: None,
    pack: Pack | None = None,
) -> Run:
    """Audit every case of the inputs, write the run folder, return the run's record.

    Args:
        settings: inputs, rules and where to write; the folder must not exist yet
            unless ``force`` is set.
        progress: is told the name of each stage as it begins.
        pack: the rules, if they are loaded already; None loads ``settings.rules``.

    Raises:
        AuditError: a bad setting, pack or mapping (exit code 2), no readable file of
            cases or events (3), an output that is locked or there already (5);
            nothing is left at ``settings.out``.
    """
    _check(settings)
    if settings.mapping is not None:
        settings = replace(settings, mapping=find_mapping(settings.mapping))
    pack = load_pack(settings.rules) if pack is None else pack
    _check_outside(settings.out, pack.lineage)  # its copy would copy itself
    calendar = calendar_of(pack)
    mapping = load_mapping(settings.mapping, pack) if settings.mapping else None
    _check_days(settings)
    with (
        _engine(settings) as engine,
        RunFolder(settings.out, force=settings.force) as folder,
    ):
        keep_rules(pack, settings.mapping, folder.path)
        work = folder.work
        raw, tables = engine.tables(mapping, pack, work, progress)
        clock = resolve_clock(settings, tables.last_date)
        sources = tuple(file.source for file in raw.files)
        keep = keeper(settings, sources) if "evidence" in settings.outputs else None
        inputs, places = (raw, tables), (folder.path, work / "judged")
        sums = judge_parts(
            inputs, (pack, calendar, clock), places, progress, (keep, engine.judged)
        )
        progress("rollup")
        results = close(settings, (pack, clock), inputs, sums, folder.path)
        progress("write")
        write(results, folder.path, settings.outputs)
        folder.commit(manifest_bytes(results, folder.path))
    return _record(settings, (pack, clock), results, tables)


def _engine(settings: Settings) -> AbstractContextManager[Engine]:
    """Return what reads, cleans and judges: this process, or a cluster's tasks."""
    if settings.engine == "spark":
        from auditor.spark import spark_engine

        return spark_engine(settings)
    return nullcontext(Local(settings))


def _check(settings: Settings) -> None:
    """Refuse an engine, memory bound or condition that there is not."""
    if settings.engine not in ENGINES:
        raise AuditError("AUD246", engine=settings.engine)
    if settings.master is not None and settings.engine != "spark":
        raise AuditError("AUD444", master=settings.master)
    cases_a_partition(settings.memory)
    out = _absolute(settings.out)
    if "?" in str(out):  # DuckDB takes what follows for options
        raise AuditError("AUD249", out=settings.out)
    dossier = [settings.dossier] if settings.dossier else []
    # A run inside a dump would read its own lock and scratch as input.
    _check_outside(settings.out, [*settings.inputs, *dossier])
    for condition in settings.fail_on:
        if condition not in FAIL_ON:
            raise AuditError("AUD245", condition=condition)


def _check_outside(out: Path, folders: Iterable[Path]) -> None:
    """Refuse a run folder inside a folder that the run reads."""
    for folder in folders:
        if folder.is_dir() and _absolute(folder) in _absolute(out).parents:
            raise AuditError("AUD248", out=out, folder=folder)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - follows no link


def _check_days(settings: Settings) -> None:
    """Refuse days that no data can mend, before anything is read."""
    resolve_clock(replace(settings, cutoff=settings.cutoff or date.min), None)


def _record(
    settings: Settings, rules: tuple[Pack, Clock], results: Results, tables: Tables
) -> Run:
    """Return the run's record with the ``--fail-on`` conditions that hold."""
    pack, clock = rules
    table = results.rollup
    signals = {r.id: (r.title_zh, r.title_en) for r in pack.rules if r.is_signal}
    asked = (pl.col("level") == "county") & ~pl.col("rule_id").is_in(list(signals))
    county = table.filter(asked)
    holds = {
        "rejects": tables.rejects.height > 0,
        "undetermined": int(county.get_column("undetermined").sum()) > 0,
        "not-met": county.get_column("status").is_in(NOT_MET).any(),
    }
    return Run(
        out=settings.out,
        clock=clock,
        rollup=table,
        accounting=dict(results.accounting),
        rejects=tables.rejects,
        conditions=tuple(name for name in settings.fail_on if holds[name]),
        notes=tables.notes if results.notes is None else results.notes,
        undelivered=results.undelivered,
        signals=signals,
        screens=results.screens,
    )

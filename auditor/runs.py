"""Read a finished run folder back: its manifest and its tables."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.errors import AuditError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run folder; tables are read from it when they are asked for.

    ``manifest`` is ``manifest.json`` as it stands: versions, pack, parameters, inputs,
    outputs and ``accounting``. Every frame is sorted on its key.
    """

    folder: Path
    manifest: dict[str, Any]

    @property
    def verdicts(self) -> "pl.DataFrame":
        """A row a case: ids, class, days, ``cohort``; a verdict and a reason a rule.

        A verdict is one of six words and never null; a reason is null only for a pass.
        """
        return self.table("verdicts")

    @property
    def facts(self) -> "pl.DataFrame":
        """A row a case: durations in days, steps, cost in yuan; null if not exact."""
        return self.table("facts")

    @property
    def findings(self) -> "pl.DataFrame":
        """A row a failed or undetermined subject × rule, and one a note about data.

        ``measured`` and ``limit`` are in the rule's unit and null unless it failed.
        """
        return self.table("findings")

    @property
    def rollup(self) -> "pl.DataFrame":
        """A row a level, place and rule: six counts, status, rate and coverage.

        ``rate`` = pass / (pass + fail) and ``coverage`` = (pass + fail) / (pass + fail
        + undetermined) are shares from 0 to 1, null where they would divide by 0.
        """
        return self.table("rollup")

    @property
    def rejects(self) -> "pl.DataFrame":
        """A row a refused file, row or cell, with its place, value and reason."""
        return self.table("rejects")

    @property
    def complete(self) -> bool:
        """Whether every file was read, no row rejected and nobody's data is missing."""
        return self.manifest.get("complete") is True

    @property
    def cutoff(self) -> date:
        """The day up to which the run looked; what came later has not happened."""
        return date.fromisoformat(self.manifest["cutoff"]["date"])

    @property
    def store(self) -> Path:
        """The DuckDB file that holds all tables; absent if the run left it out."""
        return self.folder / "results.duckdb"

    def table(self, name: str) -> "pl.DataFrame":
        """Return a whole table by the name of its file, without ``.parquet``.

        Raises:
            AuditError: AUD506, the run has no such table; the message lists those
                that it has.
        """
        return self.scan(name).collect()

    def scan(self, name: str) -> "pl.LazyFrame":
        """Return a table as a lazy frame, for runs that are larger than memory.

        Raises:
            AuditError: AUD506, as for :meth:`table`.
        """
        import polars as pl

        known = sorted(path.stem for path in self.folder.glob("*.parquet"))
        if name not in known:
            names = ", ".join(known)
            raise AuditError("AUD506", folder=self.folder, table=name, known=names)
        path = self.folder / f"{name}.parquet"
        return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def read_run(folder: Path) -> FinishedRun:
    """Return a finished run; nothing but its manifest is read yet.

    Raises:
        AuditError: AUD501, the folder holds no readable manifest: no manifest, no run.
    """
    return FinishedRun(folder, read_manifest(folder))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished run.

    Raises:
        AuditError: AUD501, the folder holds no readable manifest.
    """
    path = folder / "manifest.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AuditError("AUD501", folder=folder) from error
    return found

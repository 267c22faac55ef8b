"""What a comparison found, and the files that hold it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from auditor import fsops
from auditor.compare.changes import CELLS
from auditor.judge.between import CAME, GONE, HISTORY
from auditor.write.manifest import canonical
from auditor.write.tables import write_parquet

CONDITIONS = ("rewritten", "moved", "vanished", "appeared", "changed")
TABLES = ("changed", "rewritten", "vanished", "appeared")
OUTPUTS = ("compare.xlsx", "compare.json", *(f"{name}.parquet" for name in TABLES))
MOST_IN_JSON = 1_000  # rows of each list in compare.json; the tables hold all


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two finished runs side by side; ``a`` is the earlier one.

    ``changed``: a row a case and rule whose verdict has another word, with its one
    ``cause``, what else moved it on the way (``also``) and the stamps or limits behind
    it (``because``). ``rewritten``: a row a stamp or cell that says something else,
    with file and row on both sides; ``value_a`` was recorded first and stays the
    evidence. ``vanished`` and ``appeared``: a row a case that only one run has, with
    what that run said of it: the rules it failed, those undetermined, the signals.
    ``summary`` counts them and says what the runs differ in.
    """

    a: Path
    b: Path
    changed: pl.DataFrame
    rewritten: pl.DataFrame
    vanished: pl.DataFrame
    appeared: pl.DataFrame
    summary: dict[str, Any]

    def fails(self, conditions: Iterable[str]) -> tuple[str, ...]:
        """Return the ``--fail-on`` conditions that hold."""
        counts = self.summary["counts"]
        return tuple(name for name in conditions if counts[name])

    def to_json(self) -> dict[str, Any]:
        """Return the summary and, of each list, the first rows and how many more."""
        return {**self.summary, **{name: self._listed(name) for name in TABLES}}

    def _listed(self, name: str) -> dict[str, Any]:
        rows: pl.DataFrame = getattr(self, name)
        days = rows.with_columns(pl.col(pl.Date).dt.to_string("%Y-%m-%d"))
        shown = days.head(MOST_IN_JSON).to_dicts()
        return {"rows": shown, "left_out": rows.height - len(shown)}


def counts_of(frames: dict[str, pl.DataFrame]) -> dict[str, int]:
    """Return what each ``--fail-on`` condition counts."""
    kinds = frames["rewritten"].get_column("kind")
    came = frames["appeared"].get_column("kind")
    gone = frames["vanished"].get_column("kind")
    return {
        "rewritten": int(kinds.is_in(HISTORY).sum()),
        "moved": int(kinds.is_in(CELLS).sum()),
        "vanished": int(gone.is_in(GONE).sum()),
        "appeared": int(came.is_in(CAME).sum()),
        "changed": frames["changed"].height,
    }


def write_comparison(result: Comparison, out: Path, lang: str = "zh") -> None:
    """Write workbook, summary and tables into a folder, each whole or not at all.

    They replace those of an earlier comparison; other files there stay.

    Raises:
        AuditError: AUD403 if the folder cannot be made, AUD534 if it is a run.
    """
    from auditor.compare.book import write_book

    fsops.report_folder(out)
    for name in TABLES:
        write_parquet(getattr(result, name), out / f"{name}.parquet")
    fsops.write_bytes(out / OUTPUTS[1], canonical(result.to_json()))
    write_book(result, out / OUTPUTS[0], lang)

"""Judge stored facts under other limits and say what would be otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from auditor import fsops
from auditor.pack import pack_of
from auditor.runs import read_run
from auditor.whatif.asked import Change, changed, read_changes
from auditor.whatif.beside import beside, only
from auditor.write.tables import write_parquet

MOST_IN_JSON = 1_000  # cases listed in JSON; with --out the table has them all


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A run as it is, and as it would be under other limits.

    ``places``: a row a level, place and rule with its six counts, its violations
    (failures of a limit that was binding), status, basis, due day and whether it is
    overdue, before and, with ``_now`` behind the name, after. ``cases``: a row a
    case and rule whose verdict would be another one. Only the rules that were
    asked about are in either.
    """

    folder: Path
    changes: tuple[Change, ...]
    places: pl.DataFrame
    cases: pl.DataFrame

    def to_json(self) -> dict[str, Any]:
        """Return what was asked, the places, and the first cases as plain values."""
        shown = self.cases.head(MOST_IN_JSON)
        return {
            "folder": str(self.folder),
            "changes": [_plain(one) for one in self.changes],
            "places": plain(self.places),
            "cases": {
                "rows": shown.to_dicts(),
                "left_out": self.cases.height - shown.height,
            },
        }


def plain(places: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of places with their days as text."""
    return places.with_columns(pl.col(pl.Date).cast(pl.String)).to_dicts()


def _plain(one: Change) -> dict[str, Any]:
    return {
        "rule_id": one.rule_id,
        "fact": one.fact,
        "field": one.field,
        "since": one.since and one.since.isoformat(),
        "was": str(one.was) if one.field == "in_force_from" else one.was,
        "now": str(one.now) if one.field == "in_force_from" else one.now,
    }


def whatif(folder: Path, texts: Iterable[str]) -> WhatIf:
    """Judge the facts of a finished run again under other limits.

    Only the rules that are asked about are judged, by the same functions; under the
    limits of the run they must come out as recorded. Nothing is written.

    Args:
        folder: a finished run with its evidence.
        texts: what is asked, see :func:`read_changes`.

    Raises:
        AuditError: AUD501 no run, AUD503 its pack is another one now, AUD543 it keeps
            no facts to judge by, AUD544 they do not come out as recorded, and those
            of :func:`read_changes`.
    """
    run = read_run(folder)
    pack = pack_of(folder, run.manifest)
    changes = read_changes(texts, pack)
    asked = changed(pack, changes)
    before = only(pack, [pack.rule(rule.id) for rule in asked.rules])
    found = beside(run, before, asked)
    return WhatIf(folder, changes, found.places, found.cases)


def write_whatif(result: WhatIf, out: Path) -> tuple[str, str]:
    """Write ``whatif-places.parquet`` and ``whatif-cases.parquet`` into a folder.

    Raises:
        AuditError: AUD403 if the folder cannot be made, AUD534 if it is a run.
    """
    fsops.report_folder(out)
    names = ("whatif-places.parquet", "whatif-cases.parquet")
    for name, frame in zip(names, (result.places, result.cases), strict=True):
        write_parquet(frame, out / name)
    return names

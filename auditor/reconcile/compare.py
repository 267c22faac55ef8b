"""Read the run, read the declared form, judge every cell, write what came of it."""

import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from auditor import fsops
from auditor.errors import AuditError, text
from auditor.read.workbook import Workbook, read_workbook
from auditor.reconcile.form import read_forms
from auditor.reconcile.judge import Judge
from auditor.reconcile.lints import lint
from auditor.reconcile.match import Match, match, province_of
from auditor.reconcile.nouns import WORDS, Form, Judged, Lint, Matched
from auditor.reconcile.recorded import Recorded, record_of
from auditor.runs import read_manifest
from auditor.settings import Limits
from auditor.write.manifest import canonical

OUTPUTS = ("reconcile.xlsx", "reconcile.json", "reconcile.md")
"""Files that are added to a finished run; its manifest lists only what the run made."""
_LIMITS = replace(
    Limits(),
    child_memory=1 << 30,
    child_cpu_s=60,
    child_file_bytes=1 << 30,
    unpacked_bytes=1 << 30,
    cells=1_000_000,
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One declared form with what is said about it."""

    form: Form
    match: Match
    cells: tuple[Judged, ...]
    lints: tuple[Lint, ...]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A declared workbook against a run."""

    run: Recorded
    name: str
    sha256: str
    size: int
    sheets: tuple[Sheet, ...]

    @property
    def cells(self) -> tuple[Judged, ...]:
        """Every cell of every form, in order."""
        return tuple(cell for sheet in self.sheets for cell in sheet.cells)

    @property
    def lints(self) -> tuple[Lint, ...]:
        """The problems of the forms by themselves."""
        return tuple(one for sheet in self.sheets for one in sheet.lints)

    @property
    def counties(self) -> tuple[Matched, ...]:
        """What became of each county."""
        return tuple(one for sheet in self.sheets for one in sheet.match.counties)

    @property
    def counts(self) -> dict[str, int]:
        """How many cells got each word, worst first."""
        found = Counter(cell.word for cell in self.cells)
        return {word: found[word] for word in WORDS}

    def fails(self, conditions: tuple[str, ...]) -> tuple[str, ...]:
        """Return the ``--fail-on`` conditions that hold."""
        return tuple(one for one in conditions if self.counts[one.replace("-", "_")])

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain values, under the names of the nouns."""
        run = self.run.manifest
        return {
            "run": {
                "digest": run["digest"],
                "pack": run["pack"],
                "period": run["period"],
                "cutoff": run["cutoff"],
                "complete": run["complete"],
            },
            "declared": {"name": self.name, "sha256": self.sha256, "size": self.size},
            "counts": self.counts,
            "counties": [asdict(one) for one in self.counties],
            "cells": [asdict(one) for one in self.cells],
            "lints": [_lint_json(one) for one in self.lints],
        }


def _lint_json(one: Lint) -> dict[str, Any]:
    said = {lang: text(f"lint.{one.key}", lang, **one.fields) for lang in ("zh", "en")}
    return {"key": one.key, "weight": one.weight, "ref": one.ref, **said}


def reconcile(
    folder: Path, declared: Path, lang: str = "zh", *, write: bool = True
) -> Reconciliation:
    """Hold a declared 附件2 against a finished run; add the outcome to the run folder.

    Args:
        folder: a finished run, made with a roster.
        declared: an ``.xlsx`` that a person filled; it is parsed in the capped process.
        lang: language of the one-page summary.
        write: add ``reconcile.xlsx``, ``reconcile.json`` and ``reconcile.md`` to the
            folder, each whole or not at all. They replace those of an earlier form and
            are no part of the run: its manifest neither lists nor signs them.

    Raises:
        AuditError: AUD501, AUD503, AUD515 for the run, AUD519 if it was replaced
            meanwhile; AUD510 to AUD514, AUD516 to AUD518, AUD520 for the workbook.
    """
    run = record_of(folder)
    with tempfile.TemporaryDirectory() as work:
        book = read_workbook(declared, _LIMITS, Path(work))
    result = compare(run, book)
    if write:
        _write(result, folder, lang)
    return result


def compare(run: Recorded, book: Workbook) -> Reconciliation:
    """Judge every cell of every form in a workbook that was read."""
    sheets: dict[str, Sheet] = {}
    for form in read_forms(book, run.layout, run.indicators):
        area, lints = province_of(book.name, form, run)
        if area.code in sheets:
            names = (sheets[area.code].form.sheet, form.sheet)
            raise AuditError("AUD512", file=book.name, one=names[0], two=names[1])
        matched = match(form, area, run)
        cells = tuple(Judge(form, matched, run).cells())
        found = (*lints, *matched.lints, *form.lints, *lint(form, run, cells))
        sheets[area.code] = Sheet(form, matched, cells, found)
    if not any(
        one.is_matched for sheet in sheets.values() for one in sheet.match.counties
    ):
        first = next(iter(sheets.values())).form
        row = first.counties[0].row
        raise AuditError("AUD518", file=book.name, sheet=first.sheet, row=row)
    return Reconciliation(
        run, book.name, book.sha256, book.size, tuple(sheets.values())
    )


def _write(result: Reconciliation, folder: Path, lang: str) -> None:
    from auditor.reconcile.book import write_book
    from auditor.reconcile.page import page

    if read_manifest(folder)["digest"] != result.run.manifest["digest"]:
        raise AuditError("AUD519", folder=folder)
    write_book(result, folder / OUTPUTS[0])
    fsops.write_bytes(folder / OUTPUTS[1], canonical(result.to_json()))
    fsops.write_text(folder / OUTPUTS[2], page(result, lang) + "\n")

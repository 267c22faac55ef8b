"""Judge a run partition by partition, so that memory stays bounded."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import polars as pl

from auditor.frames import Part, RawTables, Tables, rejected_ids
from auditor.judge import gaps, needed
from auditor.kernel import Judged, Projects, Rules, Sums, audit_part, audit_projects
from auditor.line.beyond import look_beyond
from auditor.line.local import Judge, Progress
from auditor.line.pieces import GROUP_ROWS, Pieces
from auditor.origins import (
    AGAIN,
    COPIES,
    EVIDENCE,
    JUDGED_BY,
    LOOK_ALIKES,
    evidence,
    kept_tables,
    read_key,
)
from auditor.pack import APPROVALS
from auditor.rollup import add, add_benefits
from auditor.screen import add_packed, add_tallies, packed
from auditor.settings import Settings

FRAMES = ("verdicts", "facts", "findings")
DOSSIER = ("roster", "attestations")  # what of it decides the status of a place
AT_ONCE = 4  # partitions whose sums are held before they are added up
Keep = Callable[[pl.LazyFrame], pl.LazyFrame]
Judging = Callable[[Judge, Sequence[Part], Progress], Iterator[Judged]]


def keeper(settings: Settings, sources: tuple[str, ...]) -> Keep:
    """Return what turns accepted rows into evidence, under the run's key if any."""
    key = read_key(settings.key_file)
    return lambda rows: evidence(rows, sources, key)


@dataclass(slots=True)
class Totals:
    """What the partitions so far add up to; a frame a partition would fill memory."""

    counts: list[pl.DataFrame] = field(default_factory=list)
    benefits: list[pl.DataFrame] = field(default_factory=list)
    tallies: list[pl.DataFrame] = field(default_factory=list)

    def take(self, one: Judged) -> None:
        """Add what one partition gave."""
        self.counts.append(one.counts)
        self.benefits.append(one.benefits)
        self.tallies.append(packed(one.tallies))
        if len(self.counts) == AT_ONCE:
            self.counts = [add(self.counts)]
            self.benefits = [add_benefits(self.benefits)]
            self.tallies = [add_packed(self.tallies)]

    @property
    def sums(self) -> Sums:
        """The sums of all that was taken."""
        return Sums(
            add(self.counts), add_benefits(self.benefits), add_tallies(self.tallies)
        )


def judge_parts(
    inputs: tuple[RawTables, Tables],
    rules: Rules,
    folders: tuple[Path, Path],
    progress: Progress,
    how: tuple[Keep | None, Judging],
) -> Sums:
    """Judge partition by partition; write the three case frames; return the sums.

    Args:
        inputs: what was read and what was cleaned.
        rules: the pack, its calendar, cut-off and period.
        folders: where the frames go, and a folder to make for their pieces.
        progress: is told which partition is judged.
        how: what makes evidence of accepted rows, without which no case of the run
            could be argued once the dump is gone (None keeps nothing); and what
            judges the partitions, here or elsewhere, in their order.
    """
    raw, tables = inputs
    folder, work = folders
    keep, judged = how
    sources = tuple(file.source for file in raw.files)
    work.mkdir()
    pieces = Pieces(work)
    totals = Totals()
    progress("across")
    side = look_beyond(inputs, rules)
    kept = needed(rules[0]) if keep else ()
    judge = partial(
        audit_part, lost=tables.lost, rules=rules, sources=sources, side=side, kept=kept
    )
    names = (*FRAMES, *([JUDGED_BY] if keep else []))
    for one in judged(judge, tables.parts, progress):
        totals.take(one)
        frames = [getattr(one, name) for name in reversed(names)]
        del one  # so that each frame goes as soon as it is written
        for name in names:
            pieces.add(name, frames.pop())
    pieces.add("findings", gaps(add(totals.counts), rules[0]))
    if rules[0].across_rules:
        side.members.write_parquet(folder / "chains.parquet", compression="zstd")
    if rules[0].project_rules:
        projects = _projects(tables, rules, sources)
        totals.counts.append(projects.counts)
        projects.verdicts.write_parquet(folder / "projects.parquet", compression="zstd")
        pieces.add("findings", projects.findings)
    for name in FRAMES:
        pieces.join(name, folder)
    if keep:
        _keep_evidence(tables, kept_tables(rules[0]), keep, (folder, pieces))
    return totals.sums


def _projects(tables: Tables, rules: Rules, sources: tuple[str, ...]) -> Projects:
    """Judge the approval projects; one of which a row was rejected can not pass."""
    lost = rejected_ids(tables.rejects, APPROVALS)
    return audit_projects(tables.small[APPROVALS], lost, rules, sources)


def _slices(rows: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """Yield rows as many at a time as are written at a time; once if there are none."""
    height = rows.select(pl.len()).collect(engine="in-memory").item()
    for at in range(0, max(height, 1), GROUP_ROWS):
        yield rows.slice(at, GROUP_ROWS)


def _keep_evidence(
    tables: Tables, names: tuple[str, ...], keep: Keep, places: tuple[Path, Pieces]
) -> None:
    """Write the accepted rows that stand behind the cases, and what of them is lost."""
    folder, pieces = places[0] / EVIDENCE, places[1]
    folder.mkdir()
    for name in names:
        for part in tables.parts:
            for rows in _slices(part.scan(name)):
                pieces.add(name, keep(rows).collect(engine="in-memory"))
        pieces.join(name, folder)
    lost = tables.lost.sort("case_id", "table")
    lost.write_parquet(folder / "lost.parquet")
    tables.copies.write_parquet(folder / f"{COPIES}.parquet")
    tables.alike.write_parquet(folder / f"{LOOK_ALIKES}.parquet")
    delivered = tables.parts[0].load("delivered")
    delivered.write_parquet(folder / "delivered.parquet")
    again = folder / AGAIN
    again.mkdir()
    pieces.join(JUDGED_BY, again)
    for name in DOSSIER:
        if name in tables.delivered:
            tables.small[name].write_parquet(again / f"{name}.parquet")

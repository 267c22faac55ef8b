"""Where cases are read, cleaned and judged: an engine, and the one of this process."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from auditor.ahead import ahead
from auditor.clean import Mapping, clean, read_plan
from auditor.frames import Part, RawTables, Tables
from auditor.kernel import Judged
from auditor.pack import Pack
from auditor.read import read
from auditor.settings import Settings, cases_a_partition

Progress = Callable[[str], None]
Judge = Callable[[Part], Judged]


class Engine(Protocol):
    """Does what grows with the number of cases; the rest of a run does not know where.

    Whatever the engine, what is accepted, rejected and judged is the same.
    """

    def tables(
        self, mapping: Mapping | None, pack: Pack, work: Path, progress: Progress
    ) -> tuple[RawTables, Tables]:
        """Read and clean the inputs; return what was read and the run's tables."""

    def judged(
        self, judge: Judge, parts: Sequence[Part], progress: Progress
    ) -> Iterator[Judged]:
        """Yield what ``judge`` makes of each partition, in their order."""


@dataclass(frozen=True, slots=True)
class Local:
    """Everything in this process, partition by partition."""

    settings: Settings

    def tables(
        self, mapping: Mapping | None, pack: Pack, work: Path, progress: Progress
    ) -> tuple[RawTables, Tables]:
        """Read and clean the inputs here."""
        told = self.settings
        progress("read")
        plan = read_plan(mapping, pack)
        raw = read(told.inputs, told.dossier, plan, told.limits, work)
        progress("clean")
        return raw, clean(raw, mapping, pack, work, partitions_of(raw, told))

    def judged(
        self, judge: Judge, parts: Sequence[Part], progress: Progress
    ) -> Iterator[Judged]:
        """Judge some partitions at a time, in their order."""

        def told() -> Iterator[Part]:
            for part in parts:
                progress(f"judge {part.index + 1}/{len(parts)}")
                yield part

        return ahead(judge, told())


def partitions_of(raw: RawTables, settings: Settings) -> int:
    """Return into how many partitions the cases go, so that memory stays bounded."""
    cases = sum(file.read for file in raw.files if file.table == "cases")
    return max(1, -(-cases // cases_a_partition(settings.memory)))

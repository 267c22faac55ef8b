"""Files in, raw tables out: copies, hashes and has a child parse every input file."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from queue import SimpleQueue

import polars as pl

from auditor.frames import RawTables, ReadPlan, empty_notes, empty_rejects
from auditor.read.child import Child
from auditor.read.outcomes import files_of, notes_of, prove, rejects_of
from auditor.read.sources import Source, list_sources
from auditor.read.take import Outcome, Taker
from auditor.settings import Limits

_SMALL = 32 << 20  # bytes of input that one worker reads alone
_WORKERS = 4
Parse = Callable[[list[Source], Taker], list[Outcome]]


def read(
    inputs: Sequence[Path],
    dossier: Path | None,
    plan: ReadPlan,
    limits: Limits,
    work: Path,
    parse: Parse | None = None,
) -> RawTables:
    """Stage every input file as text and say what became of each record.

    Args:
        inputs: dump folders (listed by name, not recursive) and single files.
        dossier: the agency's folder, or None.
        plan: which file fills which table.
        limits: caps on size, memory and time of the parsing process.
        work: an empty scratch folder; staged files stay in it as long as they are used.
        parse: takes the listed files elsewhere than in processes of this machine.

    Returns:
        The staged files in the order listed, dump first, and all rejects.

    Raises:
        AuditError: AUD101-105 for inputs that are not there or impossible rules,
            AUD109 when the parsing process cannot start, AUD113 when a file's books do
            not balance, AUD404 when the disk is full.
    """
    sources = list_sources(tuple(inputs), dossier, plan)
    (work / "in").mkdir(parents=True, exist_ok=True)
    (work / "staged").mkdir(exist_ok=True)
    taker = Taker(plan, limits, work.absolute(), as_delivered=parse is None)
    found = (parse or parse_all)(sources, taker)
    files = tuple(file for one in found for file in files_of(*one))
    rejects = pl.concat(
        [empty_rejects(), *(rows for one in found for rows in rejects_of(*one))]
    )
    notes = pl.concat([empty_notes(), *(n for one in found for n in notes_of(*one))])
    prove(files, rejects)
    return RawTables(files, rejects, notes)


def parse_all(sources: list[Source], taker: Taker) -> list[Outcome]:
    """Parse in as many processes as pay off; results keep the order of sources."""
    size = sum(_size(source) for source in sources)
    count = 1 if size < _SMALL else min(_WORKERS, os.cpu_count() or 1, len(sources))
    idle: SimpleQueue[Child] = SimpleQueue()
    children = [Child(taker.work) for _ in range(count)]
    for child in children:
        idle.put(child)

    def take(numbered: tuple[int, Source]) -> list[Outcome]:
        child = idle.get()
        try:
            return taker.take(*numbered, child)
        finally:
            idle.put(child)

    try:
        with ThreadPoolExecutor(count) as pool:
            return list(chain.from_iterable(pool.map(take, enumerate(sources))))
    finally:
        for child in children:
            child.close()


def _size(source: Source) -> int:
    return source.path.lstat().st_size if source.tables else 0

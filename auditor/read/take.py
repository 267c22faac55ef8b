"""One input file: copied, hashed, given to the child; what it holds, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor.errors import AuditError
from auditor.frames import FORM_TABLE, ReadPlan
from auditor.read.child import Child
from auditor.read.formats import FORMATS, ZIP
from auditor.read.intake import SourceRefused, begins_with, take_copy
from auditor.read.job import (
    EMPTY,
    WORK_FOLDER,
    Answer,
    Content,
    Job,
    SheetJob,
    Staged,
    allowance,
)
from auditor.read.sources import SHEET, Source, inner_source
from auditor.settings import Limits

_KEYS = ("case_id", *(key for kind in FORMATS for key in kind.keys))


@dataclass(frozen=True, slots=True)
class Taken:
    """The delivered file's digest and size, and what the child says of it."""

    sha256: str
    size: int
    answer: Answer


Outcome = tuple[Source, Taken | SourceRefused]


@dataclass(slots=True)
class Taker:
    """Takes one input file after the other; what they hold comes in their order."""

    plan: ReadPlan
    limits: Limits
    work: Path
    as_delivered: bool = False

    def take(self, number: int, source: Source, child: Child) -> list[Outcome]:
        """Return what became of a file, or of each of its sheets and members.

        Raises:
            AuditError: AUD404, the scratch folder cannot be written.
        """
        # A container may be called as it likes: what is in it has names of its own.
        is_opaque = source.reason == "unknown_table"
        if source.reason and not (is_opaque and begins_with(source.path, ZIP)):
            return [(source, SourceRefused(source.reason))]
        copy = self.work / "in" / str(number)
        try:
            sha256, size = take_copy(source.path, copy, self.limits.unpacked_bytes)
        except SourceRefused as refused:
            copy.unlink(missing_ok=True)
            return [(source, refused)]
        if source.tables == (FORM_TABLE,):
            staged = Staged(FORM_TABLE, str(copy), (), 0, 0)
            return [(source, Taken(sha256, size, Answer("toml", (staged,))))]
        one = _One(self, child, sha256, size)
        out = self.work / "staged" / str(number)
        found = list(one.parse(source, self.job(source, copy, str(out))))
        copy.unlink()
        _drop_scraps(self.work / "staged", number, found)
        return found

    def job(self, source: Source, path: Path, out: str) -> Job:
        """Return the job of a private copy."""
        return Job(
            path=str(path),
            out=out,
            limits=self.limits,
            encoding=source.encoding,
            delimiter=source.delimiter,
            header_row=source.header_row,
            keys=self.keys(source),
            as_delivered=self.as_delivered,
        )

    def keys(self, source: Source) -> tuple[str, ...]:
        """Return the headers of case ids in the tables that a source fills."""
        mapped = (self.plan.keys.get(table, ()) for table in source.tables)
        return tuple(dict.fromkeys((*(key for keys in mapped for key in keys), *_KEYS)))


@dataclass(slots=True)
class _One:
    """One delivered file: its digest stands for everything in it."""

    taker: Taker
    child: Child
    sha256: str
    size: int

    def parse(self, source: Source, job: Job) -> Iterator[Outcome]:
        """Parse a file; of a container everything in it."""
        answer = self._ask(job)
        if answer.contents and answer.format == "zip":
            yield from self._members(source, job, answer.contents)
        elif answer.contents:
            yield from self._sheets(source, job, answer.contents)
        elif source.reason and not answer.refused:
            yield source, SourceRefused(source.reason)
        else:
            yield self._outcome(source, answer)

    def _outcome(self, source: Source, answer: Answer) -> Outcome:
        return source, Taken(self.sha256, self.size, answer)

    def _ask(self, job: Job) -> Answer:
        answer = self.child.parse(job)
        if answer.refused and answer.refused["reason"] == WORK_FOLDER:
            why = answer.refused["value"]
            raise AuditError("AUD404", file=self.taker.work, why=why)
        return answer

    def _members(
        self, source: Source, job: Job, contents: tuple[Content, ...]
    ) -> Iterator[Outcome]:
        """Unpack one member after the other, within what the archive may unpack to."""
        budget = allowance(self.size, job.limits)
        for content in contents:
            inner = inner_source(source, content, "/", self.taker.plan)
            if inner.reason and inner.reason != "unknown_table":
                yield inner, SourceRefused(inner.reason)
                continue
            out = f"{job.out}.m{content.number}"
            request = replace(job, out=out, member=content.number)
            answer = self._ask(replace(request, budget=budget))
            if answer.refused:
                yield self._outcome(inner, answer)
                continue
            budget = max(0, budget - answer.unpacked)
            path = Path(answer.tables[0].path)
            for outcome in self._member(inner, request, path, budget):
                if isinstance(outcome[1], Taken):
                    budget = max(0, budget - outcome[1].answer.unpacked)
                yield outcome
            path.unlink(missing_ok=True)

    def _member(
        self, inner: Source, request: Job, path: Path, budget: int
    ) -> list[Outcome]:
        if inner.reason and not begins_with(path, ZIP):
            return [(inner, SourceRefused(inner.reason))]
        job = self.taker.job(inner, path, request.out)
        return list(self.parse(inner, replace(job, budget=budget)))

    def _sheets(
        self, source: Source, job: Job, contents: tuple[Content, ...]
    ) -> Iterator[Outcome]:
        """Have all sheets read whose tables are known."""
        inner = [inner_source(source, one, SHEET, self.taker.plan) for one in contents]
        wanted = tuple(
            SheetJob(content.number, self.taker.keys(one), one.header_row)
            for content, one in zip(contents, inner, strict=True)
        )
        answer = self._ask(replace(job, sheets=wanted))
        if answer.refused:
            yield self._outcome(source, answer)
            return
        for one, part in zip(inner, answer.parts, strict=True):
            is_empty = part.refused is not None and part.refused["reason"] == EMPTY
            if one.reason and not is_empty:
                yield one, SourceRefused(one.reason)
            else:
                yield self._outcome(one, part)


def _drop_scraps(folder: Path, number: int, found: list[Outcome]) -> None:
    """Remove unpacked and transcoded text, and all that a refused file left."""
    kept: set[Any] = set()
    for _, result in found:
        if isinstance(result, Taken):
            kept |= {table.path for table in result.answer.tables}
            kept.add(result.answer.rejects)
    for path in folder.iterdir():
        if path.name.startswith(f"{number}.") and str(path) not in kept:
            path.unlink(missing_ok=True)

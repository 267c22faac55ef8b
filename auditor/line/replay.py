"""Frames that cost something to make and are asked for several times."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from auditor.frames import put_aside, scan_aside


@dataclass(slots=True)
class Replay:
    """Makes frames once, and reads them from scratch files when they are asked again.

    ``folder`` and ``name`` say where. All of them must be taken the first time.
    """

    made: Callable[[], Iterable[pl.DataFrame]]
    folder: Path
    name: str
    waiting: list[Path] = field(default_factory=list)
    is_begun: bool = False
    is_whole: bool = False

    def __call__(self) -> Iterator[pl.DataFrame]:
        """Yield the frames in their order.

        Raises:
            RuntimeError: they were asked for before and not all of them taken.
        """
        if self.is_whole:
            for path in self.waiting:
                yield scan_aside([path]).collect()
            return
        if self.is_begun:
            raise RuntimeError(self.name)
        self.is_begun = True
        for at, frame in enumerate(self.made()):
            path = self.folder / f"{self.name}-{at:05}.arrow"
            self.waiting.append(path)
            put_aside(frame, path)
            yield frame
        self.is_whole = True

    def clear(self) -> None:
        """Remove the files; the frames are not asked for any more."""
        for path in self.waiting:
            path.unlink(missing_ok=True)
        self.waiting.clear()

"""Frames that cost something to make and are asked for several times."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl


@dataclass(slots=True)
class Replay:
    """Makes frames once, and reads them from scratch files when they are asked again.

    The first time, all of them must be taken; ``folder`` and ``name`` say where.
    """

    made: Callable[[], Iterable[pl.DataFrame]]
    folder: Path
    name: str
    waiting: list[Path] | None = field(default=None)

    def __call__(self) -> Iterator[pl.DataFrame]:
        """Yield the frames in their order."""
        if self.waiting is not None:
            yield from (pl.read_ipc(path) for path in self.waiting)
            return
        paths = []
        for at, frame in enumerate(self.made()):
            path = self.folder / f"{self.name}-{at:05}.arrow"
            frame.write_ipc(path, compression="lz4")
            paths.append(path)
            yield frame
        self.waiting = paths

    def clear(self) -> None:
        """Remove the files; they are not asked for any more."""
        for path in self.waiting or ():
            path.unlink()
        self.waiting = None

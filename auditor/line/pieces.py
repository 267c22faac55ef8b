"""Frames of a run that come partition by partition and become one Parquet file each."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from auditor.frames import put_aside, scan_aside

GROUP_ROWS = 1 << 18  # fixed, so that a file's bytes do not tell how it was partitioned


@dataclass(frozen=True, slots=True)
class Pieces:
    """A folder where the pieces of frames wait; they follow one another as added."""

    folder: Path
    waiting: dict[str, list[Path]] = field(default_factory=dict)

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Put one piece of a frame behind those that are there."""
        paths = self.waiting.setdefault(name, [])
        if paths:  # what does not fit is told now, not when all is judged
            pl.concat([scan_aside(paths[:1]).clear().collect(), frame.clear()])
        path = self.folder / f"{name}-{len(paths):05}.arrow"
        put_aside(frame, path)
        paths.append(path)

    def join(self, name: str, folder: Path) -> None:
        """Write the file of a frame into a folder; its pieces are gone."""
        paths = self.waiting.pop(name)
        # Nothing but reading and writing: that passes through in bounded memory.
        scan_aside(paths).sink_parquet(
            folder / f"{name}.parquet",
            compression="zstd",
            maintain_order=True,
            row_group_size=GROUP_ROWS,
        )
        for path in paths:
            path.unlink()

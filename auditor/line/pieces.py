"""Frames of a run, written a partition at a time and put together at the end."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

GROUP_ROWS = 1 << 18  # fixed, so that a file's bytes do not tell how it was partitioned


@dataclass(frozen=True, slots=True)
class Pieces:
    """A folder of pieces; each is sorted, and they follow one another by number."""

    folder: Path

    def add(self, name: str, number: int, frame: pl.DataFrame) -> None:
        """Write one piece of a frame."""
        path = self.folder / f"{name}-{number:05}.parquet"
        # How a frame is cut in memory depends on threads, and shows in the file.
        frame.rechunk().write_parquet(
            path, compression="zstd", row_group_size=GROUP_ROWS
        )

    def join(self, name: str, folder: Path) -> None:
        """Put the pieces of one frame into one file of its name."""
        files = sorted(self.folder.glob(f"{name}-*.parquet"))
        whole = folder / f"{name}.parquet"
        if len(files) == 1:
            files[0].rename(whole)
            return
        pl.scan_parquet(files, glob=False).sink_parquet(
            whole, compression="zstd", maintain_order=True, row_group_size=GROUP_ROWS
        )

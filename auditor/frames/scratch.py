"""Frames put aside in scratch files of a run; the name of a folder is no pattern."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl


def put_aside(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame to a file that only this run reads."""
    frame.write_ipc(path, compression="lz4")


def scan_aside(paths: Sequence[Path]) -> pl.LazyFrame:
    """Return what was put aside in files of one kind, one behind the other."""
    return pl.scan_ipc(list(paths), glob=False, hive_partitioning=False)

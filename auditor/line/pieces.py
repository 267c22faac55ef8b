"""Frames of a run that grow partition by partition into one Parquet file each.

What such a file holds is cut into row groups of one size, whatever the partitions
were, and each group is encoded once, as soon as it is full: nothing is read again to
be put together, and never more than one group is held.
"""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import polars as pl

from auditor.line import footers
from auditor.line.footers import Struct

Chunk = tuple[Struct, tuple[bytes, bytes]]  # of a column, and its two indexes
GROUP_ROWS = 1 << 18  # fixed, so that a file's bytes do not tell how it was partitioned


@dataclass(frozen=True, slots=True)
class Pieces:
    """A folder of files that grow; pieces of a frame follow one another."""

    folder: Path
    files: "dict[str, Growing]" = field(default_factory=dict)

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Put one piece of a frame behind those that are there."""
        if name not in self.files:
            self.files[name] = Growing(self.folder / f"{name}.parquet")
        self.files[name].add(frame)

    def join(self, name: str, folder: Path) -> None:
        """Finish the file of a frame and move it into a folder."""
        file = self.files.pop(name)
        file.finish()
        file.path.rename(folder / file.path.name)


@dataclass(slots=True)
class Growing:
    """One Parquet file, group by group, with the bytes that Polars would give it.

    Polars writes each group as a file of its own; its pages are copied, and what its
    footer says of places in the file is moved by as much.
    """

    path: Path
    size: int = 0
    footer: Struct = field(default_factory=dict)
    chunks: list[Chunk] = field(default_factory=list)

    def add(self, frame: pl.DataFrame) -> None:
        """Append rows; what does not fill a group waits on disk."""
        if self._rest.is_file():
            frame = pl.concat([pl.read_ipc(self._rest.read_bytes()), frame])
        full = frame.height - frame.height % GROUP_ROWS
        for at in range(0, full, GROUP_ROWS):
            self._encode(frame.slice(at, GROUP_ROWS))
        frame.slice(full).rechunk().write_ipc(self._rest)

    def finish(self) -> None:
        """Write the last group, the indexes and the footer."""
        rest = pl.read_ipc(self._rest.read_bytes())
        self._rest.unlink()
        if rest.height or not self.footer:
            self._encode(rest)
        with self.path.open("ab") as handle:
            for number, at in enumerate((footers.BOUNDS, footers.PLACES)):
                for chunk, indexes in self.chunks:
                    footers.put(chunk, at, self.size)
                    footers.put(chunk, at + 1, len(indexes[number]))
                    self.size += handle.write(indexes[number])
            handle.write(footers.ended(footers.write(self.footer)))

    @property
    def _rest(self) -> Path:
        return self.path.with_suffix(".rest.arrow")

    def _encode(self, rows: pl.DataFrame) -> None:
        """Encode the rows of one group and append their pages."""
        made = BytesIO()
        # How a frame is cut in memory depends on threads, and shows in the file.
        whole = rows.rechunk()
        whole.write_parquet(made, compression="zstd", row_group_size=GROUP_ROWS)
        data = made.getbuffer()
        told = footers.read(footers.footer_of(data))
        with self.path.open("ab") as handle:
            if not self.footer:
                self.footer = told
                self.size += handle.write(footers.MAGIC)
            for group in footers.items(told, footers.GROUPS):
                footers.put(group, footers.GROUP_OFFSET, self.size)
                for chunk in footers.items(group, footers.COLUMNS):
                    moved, pages = _moved(chunk, data, self.size)
                    self.chunks.append(moved)
                    self.size += handle.write(pages)
        self._enter(told)

    def _enter(self, told: Struct) -> None:
        """Add the groups that one footer tells of to those of the file."""
        if told is self.footer:
            return
        groups = footers.items(self.footer, footers.GROUPS)
        for group in footers.items(told, footers.GROUPS):
            footers.put(group, footers.ORDINAL, len(groups))
            groups.append(group)
        rows = sum(footers.value(group, footers.ROWS) for group in groups)
        footers.put(self.footer, footers.ROWS, rows)


def _moved(chunk: Struct, data: memoryview, place: int) -> tuple[Chunk, bytes]:
    """Move a column's chunk to a place in another file.

    Return it with its two indexes, and what is to be written there: its pages, and
    once more what the footer says of them.
    """
    meta = footers.value(chunk, footers.META)
    first = min(footers.value(meta, at) for at in footers.OFFSETS if at in meta)
    by = place - first
    bounds, places = (
        bytes(data[footers.value(chunk, at) :][: footers.value(chunk, at + 1)])
        for at in (footers.BOUNDS, footers.PLACES)
    )
    lie = footers.read(places)
    for page in footers.items(lie, footers.LOCATIONS):
        footers.move(page, (footers.LOCATION,), by)
    pages = data[first : first + footers.value(meta, footers.SIZE)]
    footers.move(chunk, (footers.CHUNK_OFFSET,), by)
    footers.move(meta, footers.OFFSETS, by)
    indexes = bounds, footers.write(lie)
    return (chunk, indexes), bytes(pages) + footers.write(meta)

"""Merged ranges of a sheet, row by row: which cells only repeat another one."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from heapq import heappop, heappush

from auditor.read.job import Refused
from auditor.read.places import name_of

Box = tuple[int, int, int, int]  # first row, first column, last row, last column


class Merges:
    """Tells for rows that rise which merged ranges cross them."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self._todo = sorted(boxes, reverse=True)
        self._ends: list[tuple[int, int]] = []  # last row, first column
        self._active: list[tuple[int, Box]] = []  # by first column

    def at(self, row: int) -> list[Box]:
        """Return the ranges that cross a row, from left to right.

        Raises:
            Refused: cell_order, when two of them overlap: a cell would be in both.
        """
        while self._ends and self._ends[0][0] < row:
            _, column = heappop(self._ends)
            del self._active[bisect_left(self._active, (column,))]
        while self._todo and self._todo[-1][0] <= row:
            box = self._todo.pop()
            if box[2] >= row:
                self._add(box, row)
        return [box for _, box in self._active]

    def _add(self, box: Box, row: int) -> None:
        at = bisect_left(self._active, (box[1],))
        before = self._active[at - 1][1] if at else None
        after = self._active[at][1] if at < len(self._active) else None
        clash = (before and before[3] >= box[1]) or (after and after[1] <= box[3])
        if clash:
            raise Refused("cell_order", range_name(box), row=row)
        insort(self._active, (box[1], box))
        heappush(self._ends, (box[2], box[1]))


def range_name(box: Box) -> str:
    """Return the name of a range, e.g. ``A5:B6``."""
    return f"{name_of(box[0], box[1])}:{name_of(box[2], box[3])}"

"""One sheet as a grid: cells by row and column, merged ranges filled in for labels."""

from dataclasses import dataclass, field
from typing import Any

from auditor.errors import AuditError
from auditor.read.places import name_of
from auditor.read.workbook import Workbook
from auditor.reconcile.marks import fold, read_mark
from auditor.reconcile.nouns import Mark, Spot

MOST_ROWS, MOST_COLUMNS = (
    20_000,
    400,
)  # of a form; the largest province has 200 counties
_MOST_MERGED = 1_000_000
Box = tuple[int, int, int, int]  # first row, first column, last row, last column


@dataclass(slots=True)
class Grid:
    """A sheet; rows and columns from 1; ``boxes`` says which range holds a cell."""

    name: str
    state: str
    is_1904: bool
    cells: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    boxes: dict[tuple[int, int], Box] = field(default_factory=dict)
    rows: dict[int, list[int]] = field(default_factory=dict)
    last_column: int = 0

    def add(self, cell: dict[str, Any]) -> None:
        """Put one filled cell in its place; cells come in the order of the sheet."""
        row, column = cell["row"], cell["column"]
        self.cells[row, column] = cell
        self.rows.setdefault(row, []).append(column)
        self.last_column = max(self.last_column, column)

    @property
    def last_row(self) -> int:
        """The last row that holds anything."""
        return max(self.rows, default=0)

    def label(self, row: int, column: int) -> str:
        """Return the folded text of a label; a merged range says it everywhere."""
        box = self.boxes.get((row, column))
        cell = self.cells.get(box[:2] if box else (row, column))
        return fold(_shown(cell)) if cell else ""

    def own(self, row: int, column: int) -> str:
        """Return the folded text of this very cell."""
        cell = self.cells.get((row, column))
        return fold(_shown(cell)) if cell else ""

    def spot(self, row: int, column: int) -> Spot:
        """Return a cell that holds data; a merged one belongs to no single place."""
        box = self.boxes.get((row, column))
        ref = name_of(row, column)
        cell = self.cells.get(box[:2] if box else (row, column))
        if cell is None:
            return Spot(ref, Mark("blank"))
        mark = Mark("unreadable", "=")  # a formula that was never computed
        if cell["value"] or not cell["formula"]:
            place = (cell["value"], cell["kind"], cell["format"])
            mark = read_mark(*place, is_1904=self.is_1904)
        if box and box[:2] != box[2:] and mark.kind != "slash":
            mark = Mark("merged", mark.text)
        return Spot(ref, mark)

    def filled(self, row: int, first: int, last: int) -> list[int]:
        """Return the columns of a row, from first to last, that hold something."""
        columns = self.rows.get(row, [])
        return [
            column
            for column in columns
            if first <= column <= last and self.own(row, column)
        ]


def _shown(cell: dict[str, Any]) -> str:
    value = str(cell["value"])
    if cell["kind"] == "number" and value.endswith(".0"):
        return value.removesuffix(".0")
    return value


def grids(book: Workbook) -> list[Grid]:
    """Return the sheets of a workbook.

    Raises:
        AuditError: AUD516, a sheet is far larger than any form.
    """
    found = {
        row["sheet"]: Grid(row["name"], row["state"], row["is_1904"])
        for row in book.sheets.iter_rows(named=True)
    }
    for cell in book.cells.iter_rows(named=True):
        grid, row, column = found[cell["sheet"]], cell["row"], cell["column"]
        if row > MOST_ROWS or column > MOST_COLUMNS:
            raise AuditError(
                "AUD516", file=book.name, sheet=grid.name, cell=name_of(row, column)
            )
        grid.add(cell)
    total = 0
    for merged in book.merges.iter_rows():
        total += _fill(found[merged[0]], merged[1:])
        if total > _MOST_MERGED:
            name = found[merged[0]].name
            raise AuditError(
                "AUD516", file=book.name, sheet=name, cell=name_of(*merged[1:3])
            )
    return list(found.values())


def _fill(grid: Grid, box: Box) -> int:
    """Note a merged range in each of its cells inside the sheet; return how many."""
    last_row = min(box[2], grid.last_row)
    last_column = min(box[3], max(grid.last_column, box[1]))
    for row in range(box[0], last_row + 1):
        for column in range(box[1], last_column + 1):
            grid.boxes[row, column] = box
    return 1 + max(0, last_row - box[0] + 1) * (last_column - box[1] + 1)

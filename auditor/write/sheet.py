"""Workbooks of text and numbers only, every write checked, the same bytes each time."""

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import fsops
from auditor.errors import AuditError
from auditor.write.words import visible

# A fixed date keeps the bytes of a workbook free of the day on which it was made.
_CREATED = dt.datetime(2021, 3, 29, tzinfo=dt.UTC).replace(tzinfo=None)
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
TEXT_LIMIT = 32_767  # characters in one cell of the file format
BASE = {"font_name": "宋体", "font_size": 10}
HEAD = {"bold": True, "bg_color": "#E7EBF0", "border": 1, "text_wrap": True}
DATA = {"num_format": "@", "quote_prefix": True}  # text stays text when edited

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from auditor.write.lines import Lines

Value = str | int | float | Decimal | None


class Sheet:
    """One worksheet; rows and columns count from 0."""

    def __init__(self, raw: "Worksheet", name: str, styles: "Styles") -> None:
        self.raw = raw
        self.name = name
        self._styles = styles

    def write(self, row: int, column: int, value: Value, **style: object) -> None:
        """Write one cell: text as text, numbers as numbers, None as an empty cell."""
        form = self._styles.get(style)
        if value is None or value == "":
            code = self.raw.write_blank(row, column, None, form)
        elif isinstance(value, str):
            code = self.raw.write_string(row, column, safe_text(value), form)
        else:
            number = float(value) if isinstance(value, Decimal) else value
            if isinstance(number, bool) or not math.isfinite(number):
                code = "not a number"
            else:
                code = self.raw.write_number(row, column, number, form)
        self._check(code, row, column)

    def lines(
        self, row: int, column: int, parts: Sequence[str], **style: object
    ) -> None:
        """Write several texts under one another in one cell."""
        text = "\n".join(map(safe_text, parts))
        code = self.raw.write_string(row, column, text, self._styles.get(style))
        self._check(code, row, column)

    def merge(
        self, box: tuple[int, int, int, int], value: Value, **style: object
    ) -> None:
        """Merge ``(first row, first column, last row, last column)`` and fill it."""
        if box[:2] != box[2:]:
            code = self.raw.merge_range(*box, "", self._styles.get(style))
            self._check(code, *box[:2])
        self.write(box[0], box[1], value, **style)

    def widths(self, sizes: Mapping[int, float]) -> None:
        """Set column widths in characters."""
        for column, size in sorted(sizes.items()):
            self._check(self.raw.set_column(column, column, size), 0, column)

    def height(self, row: int, points: float) -> None:
        """Set one row's height; the file format ends at 409 points."""
        self._check(self.raw.set_row(row, min(points, 409.0)), row, 0)

    def _check(self, code: object, row: int, column: int) -> None:
        if code not in {0, None}:
            raise AuditError(
                "AUD410", sheet=self.name, row=row + 1, column=column + 1, answer=code
            )


class Styles:
    """Cell formats of one workbook, made once for each set of properties."""

    def __init__(self, book: "Workbook", base: Mapping[str, object]) -> None:
        self._book = book
        self._base = dict(base)
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def get(self, style: Mapping[str, object]) -> "Format":
        """Return the format of these properties on top of the workbook's own."""
        key = tuple(sorted(style.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**self._base, **style})
        return self._made[key]


class Book:
    """A workbook under construction."""

    def __init__(self, raw: "Workbook", base: Mapping[str, object]) -> None:
        self.raw = raw
        self.lines: dict[int, Lines] = {}
        self._styles = Styles(raw, base)

    def fill(self, sheet: Sheet, lines: "Lines", **style: object) -> None:
        """Put many rows under the header of a sheet once the book is whole.

        Texts take ``style``, numbers the style of the book.
        """
        sheet.write(1, 0, "-", **style)
        sheet.write(1, 1, 0)
        self.lines[len(self.raw.worksheets())] = lines

    def sheet(self, name: str) -> Sheet:
        """Add a worksheet; names come from layouts and codes, never from data."""
        return Sheet(self.raw.add_worksheet(name), name, self._styles)


@contextmanager
def workbook(
    path: Path, base: Mapping[str, object], *, streaming: bool = False
) -> Iterator[Book]:
    """Build a workbook beside its place and move it there once it is whole.

    ``streaming`` keeps one row in memory; rows must then be written in order.
    """
    import xlsxwriter
    import xlsxwriter.exceptions

    options = {**_OPTIONS, "constant_memory": streaming, "tmpdir": str(path.parent)}
    with fsops.atomic(path) as temporary:
        raw = xlsxwriter.Workbook(str(temporary), options)
        raw.set_properties({"created": _CREATED})
        try:
            book = Book(raw, base)
            yield book
        except BaseException:
            raw.fileclosed = True  # nothing half done may be written on the way out
            raise
        try:
            raw.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(*error.args) from error  # a full disk, told as one
        if book.lines:
            from auditor.write.lines import put

            put(temporary, book.lines)


def safe_text(value: str) -> str:
    """Return text that a spreadsheet shows as it is and never interprets.

    Control and direction characters become visible. A value that looks like the
    writer's own rich text (``<r>…</r>``) would be copied as markup: a closing blank
    keeps it text. Text beyond the format's limit is left for the caller's check.
    """
    text = visible(value)
    return text + " " if text.startswith("<r>") and text.endswith("</r>") else text

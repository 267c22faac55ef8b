"""A workbook that is opened: its sheets, shared texts and number formats."""

from dataclasses import dataclass, field
from typing import Any

from auditor.read.job import Job, Refused
from auditor.read.parts import elements, rich, targets
from auditor.read.styles import read_formats
from auditor.read.zipped import Package

TRUE = {"1", "true"}
_OFFICE = "officeDocument"
_STEP = 1 << 20


@dataclass(slots=True)
class Sheet:
    """One sheet while it is read: the row and column that came last, what was seen.

    ``counted`` rows hold something by a count of tags in the bytes, ``marked`` by the
    parser; ``blank`` of them hold nothing but empty texts. ``part`` is empty for a
    sheet without cells, such as a chart.
    """

    number: int
    name: str
    state: str
    part: str
    row: int = 0
    column: int = 0
    seen: int = 0
    counted: int = 0
    marked: int = 0
    blank: int = 0
    hidden_rows: int = 0
    is_hidden_row: bool = False
    has_comments: bool = False
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    last_used: dict[int, int] = field(default_factory=dict)  # column to row

    def is_hidden(self) -> bool:
        """Whether the current cell stands in a hidden row or column."""
        return self.is_hidden_row or self.column in self.hidden_columns


@dataclass(slots=True)
class Book:
    """What all sheets share."""

    package: Package
    job: Job
    texts: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    is_1904: bool = False
    cells: int = 0

    def count(self, sheet: Sheet, where: str) -> None:
        """Count one more cell or merged range against the cap."""
        self.cells += 1
        if self.cells > self.job.limits.cells:
            raise Refused("too_many_cells", where, row=sheet.row)


def open_book(job: Job, *, texts: bool = True) -> tuple[Book, list[Sheet]]:
    """Open a workbook and list its sheets; ``texts`` loads what its cells refer to.

    Raises:
        Refused: what `Package` finds; not_a_workbook, bad_xml, doctype,
            duplicate_entry, too_many_sheets or too_many_cells.
    """
    package = Package(job)
    root = targets(package, "").values()
    main = next((path for kind, path in root if kind == _OFFICE), None)
    if main is None or main not in package:
        raise Refused("not_a_workbook")
    links = targets(package, main)
    book = Book(package, job)
    sheets: list[Sheet] = []
    for name, element in elements(package, main, "workbook", ("sheet", "workbookPr")):
        if name == "workbookPr":
            book.is_1904 = element.get("date1904") in TRUE
        else:
            sheets.append(_sheet(len(sheets), element, links))
        if len(sheets) > job.limits.sheets:
            raise Refused("too_many_sheets", f">{job.limits.sheets}")
    _check(sheets)
    if texts:
        _load(book, dict(links.values()))
    return book, sheets


def _sheet(number: int, element: Any, links: dict[str, tuple[str, str]]) -> Sheet:  # noqa: ANN401
    name, state = element.get("name") or "", element.get("state") or "visible"
    named = (value for key, value in element.attrib.items() if key.endswith("}id"))
    kind, part = links.get(str(next(named, "")), ("", ""))
    if not kind:
        raise Refused("bad_xml", f"sheet {name}")
    return Sheet(number, name, state, part if kind == "worksheet" else "")


def _check(sheets: list[Sheet]) -> None:
    """Refuse a workbook without cells, and two sheets of one name or one part."""
    if not any(sheet.part for sheet in sheets):
        raise Refused("not_a_workbook")
    names = [sheet.name.casefold() for sheet in sheets]
    parts = [sheet.part for sheet in sheets if sheet.part]
    for found in (names, parts):
        if len(set(found)) < len(found):
            twice = next(one for one in found if found.count(one) > 1)
            raise Refused("duplicate_entry", twice)


def _load(book: Book, parts: dict[str, str]) -> None:
    package = book.package
    if styles := parts.get("styles"):
        names = ("numFmt", "cellXfs")
        book.formats = read_formats(elements(package, styles, "styleSheet", names))
    if strings := parts.get("sharedStrings"):
        refuse_many(book, strings, "si")
        items = elements(package, strings, "sst", ("si",))
        book.texts = [rich(item) for _, item in items]


def refuse_many(book: Book, part: str, tag: str) -> None:
    """Refuse a part with too many elements, at the speed of unpacking it.

    Raises:
        Refused: too_many_cells.
    """
    marks = [mark % tag.encode() for mark in (b"<%s ", b"<%s>", b"<%s/", b":%s ")]
    count = 0
    before = book.package.read
    with book.package.part(part) as stream:
        while chunk := stream.read(_STEP):
            count += sum(chunk.count(mark) for mark in marks)
            if count > book.job.limits.cells:
                raise Refused("too_many_cells", part)
    book.package.read = before  # it is unpacked again to be parsed

"""The sheet of ``findings.xlsx`` that lists the screens' reasons to look."""

from typing import TYPE_CHECKING

from auditor import errors
from auditor.write.screened import counts, measure_word, place_of, sentence_of, signals
from auditor.write.sheet import DATA, HEAD, Book, Value
from auditor.write.words import word

if TYPE_CHECKING:
    import polars as pl

    from auditor.write.results import Results

MOST = 50_000
_COLUMNS = (
    *(("rule_id", 9), ("title", 34), ("place", 34), ("measure", 30), ("sentence", 80)),
    *(("n", 9), ("observed", 9), ("expected", 10), ("statistic", 10), ("low", 9)),
    *(("high", 9), ("reference", 9), ("missing", 9), ("p", 11), ("q", 11)),
)


def write_screens(book: Book, results: "Results", screens: "pl.DataFrame") -> None:
    """Write the signals, the surest of each screen first, and how many were tested."""
    sheet = book.sheet(word("screen", "sheet"))
    sheet.raw.set_landscape()
    sheet.raw.fit_to_pages(1, 0)
    for column, (_, width) in enumerate(_COLUMNS):
        sheet.widths({column: width})
    row = 0
    for lang in ("zh", "en"):
        for key, fields in (("line", counts(screens)), ("family", {})):
            sheet.write(row, 0, errors.text(f"screen.{key}", lang, **fields))
            row += 1
    for column, (name, _) in enumerate(_COLUMNS):
        group = "findings" if name in ("rule_id", "title", "sentence") else "column"
        said = word("level", "county") if name == "place" else word(group, name)
        sheet.write(row, column, said, **HEAD)
    for found in signals(screens).head(MOST).iter_rows(named=True):
        row += 1
        told: dict[str, Value] = found | {
            "title": results.title(found["rule_id"]),
            "place": place_of(found),
            "measure": measure_word(found, "zh"),
            "sentence": sentence_of(found),
        }
        for column, (name, _) in enumerate(_COLUMNS):
            value = told[name]
            style = DATA if isinstance(value, str) else {}
            sheet.write(row, column, value, **style)

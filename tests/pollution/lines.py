"""Pollution of lines: quotes, widths, titles, totals, blank lines, delimiters."""

import csv

from tests.pollution.dump import Delivery, Table, delivered
from tests.pollution.operators import Place, operator

TEXT = ("text", "word", "id")


def joined(lines: list[str], end: str = "\n") -> str:
    return "".join(line + end for line in lines)


def changed(table: Table, row: int, new: str) -> Delivery:
    """The table with another line in place of one row."""
    lines = table.lines()
    lines[row + 1] = new
    return delivered(table, joined(lines))


def inserted(table: Table, place: int, new: str) -> Delivery:
    """The table with one more line, which so many lines go before."""
    lines = table.lines()
    lines.insert(place, new)
    return delivered(table, joined(lines))


def raw_cell(table: Table, at: Place, column: str, raw: str) -> str:
    """A row as a line, with one cell written as it stands."""
    cells = list(table.rows[at.row])
    cells[table.header.index(column)] = raw
    return ",".join(cells)


def text_column(table: Table, at: Place) -> str:
    """A column of text, but not the one that says in which county a case lies."""
    names = [n for n in table.columns(*TEXT) if n != "county_code"]
    return names[at.choice % len(names)]


@operator(
    "an inch mark in the cell of the county", "T18",
    "the row is rejected; its case is kept under the unknown county", "a row",
    "bad_quote", tables=("cases",),
    frees="28: a case of no county of the roster blocks none but the province",
)  # fmt: skip
def inch_mark_in_county(table: Table, at: Place) -> Delivery:
    text = table.cell(at.row, "county_code")
    return changed(table, at.row, raw_cell(table, at, "county_code", f'{text} 5" pipe'))


@operator(
    "an inch mark inside a cell", "T18",
    "the line is rejected; all other lines are read", "a row", "bad_quote",
)  # fmt: skip
def inch_mark(table: Table, at: Place) -> Delivery:
    column = text_column(table, at)
    text = table.cell(at.row, column)
    return changed(table, at.row, raw_cell(table, at, column, f'{text} 5" pipe'))


@operator(
    "two inch marks with rows between them", "T18",
    "both lines are rejected; those between them are read", "rows", "bad_quote",
)  # fmt: skip
def two_inch_marks(table: Table, at: Place) -> Delivery:
    lines = table.lines()
    for row in {0, len(table.rows) - 1}:
        lines[row + 1] += '1,5" pipe'
    return delivered(table, joined(lines))


@operator(
    "a quote that is never closed", "T18",
    "the line is rejected; all other lines are read", "a row", "bad_quote",
)  # fmt: skip
def open_quote(table: Table, at: Place) -> Delivery:
    column = text_column(table, at)
    raw = '"' + table.cell(at.row, column)
    return changed(table, at.row, raw_cell(table, at, column, raw))


@operator(
    "text after a closing quote", "T18",
    "the line is rejected; all other lines are read", "a row", "bad_quote",
)  # fmt: skip
def text_after_quote(table: Table, at: Place) -> Delivery:
    column = text_column(table, at)
    raw = f'"{table.cell(at.row, column)}"x'
    return changed(table, at.row, raw_cell(table, at, column, raw))


@operator(
    "every cell in quotes", "T24", "nothing changes", "nothing", harmless=True,
)  # fmt: skip
def all_quoted(table: Table, at: Place) -> Delivery:
    return delivered(table, table.text(quote=csv.QUOTE_ALL))


@operator(
    "a doubled quote inside a quoted cell", "T18",
    "the cell is read with its quote", "nothing", alters=True,
    tables=("fees", "suspensions"),
)  # fmt: skip
def doubled_quote(table: Table, at: Place) -> Delivery:
    column = table.columns("text")[-1]
    says = table.put(at.row, column, f'a "{at.choice}" b')
    return delivered(says, says.text())


@operator(
    "a line end inside a quoted cell", "T17",
    "the cell is read whole; no row is made of its lines", "nothing", alters=True,
    tables=("fees", "suspensions"),
)  # fmt: skip
def newline_in_cell(table: Table, at: Place) -> Delivery:
    column = table.columns("text")[-1]
    says = table.put(at.row, column, f"one\ntwo {at.choice}")
    return delivered(says, says.text())


@operator(
    "rows hidden inside a quoted cell", "T17",
    "every line of the record is rejected, the hidden rows too, each with its case",
    "rows", "embedded_rows",
)  # fmt: skip
def hidden_rows(table: Table, at: Place) -> Delivery:
    lines = table.lines()
    first = 1 + at.row % (len(table.rows) - 1)
    cells = list(table.rows[first - 1])
    last = len(cells) - 1
    width = min(first + 2, len(lines) - 1)
    cells[last] = (
        '"' + "\n".join([cells[last], *lines[first + 1 : width + 1], ""]) + '"'
    )
    return delivered(
        table, joined([*lines[:first], ",".join(cells), *lines[width + 1 :]])
    )


@operator(
    "a row that lacks its last cell", "T26",
    "the row is rejected, never filled up", "a row", "row_width",
)  # fmt: skip
def short_row(table: Table, at: Place) -> Delivery:
    return changed(table, at.row, ",".join(table.rows[at.row][:-1]))


@operator(
    "a row that lacks a cell in its middle", "T26",
    "the row is rejected, its cells never shifted", "a row", "row_width",
)  # fmt: skip
def gap_in_row(table: Table, at: Place) -> Delivery:
    cells = list(table.rows[at.row])
    del cells[2 + at.choice % (len(cells) - 2)]
    return changed(table, at.row, ",".join(cells))


@operator(
    "a row with a cell too many", "T26",
    "the row is rejected, never cut", "a row", "row_width",
)  # fmt: skip
def long_row(table: Table, at: Place) -> Delivery:
    cells = list(table.rows[at.row])
    cells.insert(1 + at.choice % len(cells), "extra")
    return changed(table, at.row, ",".join(cells))


@operator(
    "a comma at the end of one row", "T26",
    "the row is rejected: it has a cell too many", "a row", "row_width",
)  # fmt: skip
def comma_at_end(table: Table, at: Place) -> Delivery:
    return changed(table, at.row, ",".join([*table.rows[at.row], ""]))


@operator(
    "a comma at the end of every line", "T26",
    "the nameless column is ignored, and said to be", "nothing", harmless=True,
    notes=("ignored_columns",),
)  # fmt: skip
def commas_at_end(table: Table, at: Place) -> Delivery:
    return delivered(table, joined([line + "," for line in table.lines()]))


@operator(
    "a comma at the end of every row but not of the header", "T26",
    "every row is rejected: each has a cell too many", "rows", "row_width",
)  # fmt: skip
def commas_without_header(table: Table, at: Place) -> Delivery:
    head, *rows = table.lines()
    return delivered(table, joined([head, *(row + "," for row in rows)]))


@operator(
    "title lines above the header", "T25",
    "they are set apart as titles; the table is read", "nothing", "title_line",
    harmless=True,
)  # fmt: skip
def titles(table: Table, at: Place) -> Delivery:
    above = ["用电报装明细表", "制表单位：供电公司", "2022年6月"][: 1 + at.choice % 3]
    return delivered(table, joined([*above, *table.lines()]))


@operator(
    "a title line that fills the width with commas", "T25",
    "it is set apart as a title; the table is read", "nothing", "title_line",
    harmless=True,
)  # fmt: skip
def wide_title(table: Table, at: Place) -> Delivery:
    return delivered(
        table, joined(["明细表" + "," * (len(table.header) - 1), *table.lines()])
    )


@operator(
    "the header again between rows", "T25",
    "it is set apart; no row is lost", "nothing", "repeated_header", harmless=True,
)  # fmt: skip
def header_again(table: Table, at: Place) -> Delivery:
    return inserted(table, at.row + 1, table.lines()[0])


@operator(
    "a line with totals at the end", "T25",
    "it is set apart as a total; no row is lost", "nothing", "total_line",
    harmless=True,
)  # fmt: skip
def total_line(table: Table, at: Place) -> Delivery:
    word = ("合计", "总计", "小计", "共计")[at.choice % 4]
    cells = [word, *[""] * (len(table.header) - 2), str(len(table.rows))]
    return delivered(table, joined([*table.lines(), ",".join(cells)]))


@operator(
    "a subtotal of a county between rows", "T25",
    "it is set apart as a total; it becomes no application", "nothing", "total_line",
    harmless=True, tables=("cases",),
)  # fmt: skip
def subtotal(table: Table, at: Place) -> Delivery:
    cells = ["小计", table.rows[at.row][1], *[""] * (len(table.header) - 3), "3"]
    return inserted(table, at.row + 1, ",".join(cells))


@operator(
    "blank lines between rows", "T25", "nothing changes", "nothing", harmless=True,
)  # fmt: skip
def blank_lines(table: Table, at: Place) -> Delivery:
    return inserted(table, at.row + 1, "\n" * (at.choice % 3))


@operator(
    "a line of blanks", "T25", "the line is rejected; no row is lost", "nothing",
    "row_width", harmless=True,
)  # fmt: skip
def spaces_line(table: Table, at: Place) -> Delivery:
    return inserted(table, at.row + 2, "   ")


@operator(
    "a row of commas only", "T25",
    "the row is rejected: it names no application", "nothing", "empty_key",
    harmless=True,
)  # fmt: skip
def empty_row(table: Table, at: Place) -> Delivery:
    return inserted(table, at.row + 2, "," * (len(table.header) - 1))


@operator(
    "a line of comment", "T25", "the line is rejected; no row is lost", "nothing",
    "row_width", harmless=True,
)  # fmt: skip
def comment(table: Table, at: Place) -> Delivery:
    return inserted(table, at.row + 2, "# exported by the marketing system")


@operator(
    "a footnote below the table", "T25", "the line is rejected; no row is lost",
    "nothing", "row_width", harmless=True,
)  # fmt: skip
def footnote(table: Table, at: Place) -> Delivery:
    return delivered(table, joined([*table.lines(), "注：以上数据，由供电公司提供"]))


DELIMITERS = {"tabs": "\t", "semicolons": ";", "bars": "|"}
for _name, _mark in DELIMITERS.items():

    @operator(
        f"{_name} in place of commas", "T24", "nothing changes", "nothing",
        harmless=True,
    )  # fmt: skip
    def other_delimiter(table: Table, at: Place, mark: str = _mark) -> Delivery:
        return delivered(table, table.text(mark))


@operator(
    "a delimiter that changes within the file", "T24",
    "the rows under the other delimiter are rejected", "rows", "row_width",
)  # fmt: skip
def delimiter_switch(table: Table, at: Place) -> Delivery:
    lines = table.lines()
    row = len(table.rows) // 2 + 1
    rest = [line.replace(",", ";") for line in lines[row + 1 :]]
    return delivered(table, joined([*lines[: row + 1], *rest]))


@operator(
    "a file that was cut in the middle of a row", "T52",
    "the cut row is rejected; what was never delivered is not invented", "a row",
    "row_width", alters=True,
)  # fmt: skip
def cut_file(table: Table, at: Place) -> Delivery:
    row = len(table.rows) // 2 + at.row // 2
    row = min(row, len(table.rows) - 1)
    lines = table.lines()[: row + 2]
    lines[-1] = lines[-1][: lines[-1].rindex(",")]
    return delivered(table.with_rows(table.rows[: row + 1]), "\n".join(lines))


@operator(
    "no line end at the end of the file", "T27", "nothing changes", "nothing",
    harmless=True,
)  # fmt: skip
def no_last_line_end(table: Table, at: Place) -> Delivery:
    return delivered(table, table.text().rstrip("\n"))


@operator(
    "a cell of seventy thousand characters", "T37",
    "the cell is rejected; its row stays", "a cell", "field_too_long",
    tables=("cases", "events"),
)  # fmt: skip
def huge_cell(table: Table, at: Place) -> Delivery:
    column = at.column(table, "word", "number", "date")
    says = table.put(at.row, column, "x" * 70_000)
    return delivered(table, says.text())


@operator(
    "a record of more than a megabyte", "T37",
    "the record is rejected; all others are read", "a row", "record_too_long",
    tables=("events",),
)  # fmt: skip
def huge_record(table: Table, at: Place) -> Delivery:
    row = ",".join(table.rows[at.row])
    return changed(table, at.row, row + "y" * 1_100_000)


@operator(
    "apostrophes for quotes", "T24",
    "they belong to the cells: each id is another one, each date unreadable", "rows",
    "unreadable_date", "unreadable_number", "unreadable_bool", "unknown_word",
    "unknown_case", alters=True,
)  # fmt: skip
def apostrophes(table: Table, at: Place) -> Delivery:
    rows = [[f"'{cell}'" for cell in row] for row in table.rows]
    says = table.with_rows(rows)
    return delivered(says, says.text())

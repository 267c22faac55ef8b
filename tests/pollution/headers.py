"""Pollution of headers and of whole files: names, order, copies, splitting."""

from auditor.pack import load_pack
from tests.pollution.dump import REQUIRED, Delivery, Table, delivered
from tests.pollution.lines import joined
from tests.pollution.operators import Place, operator


def renamed(table: Table, column: str, name: str) -> str:
    _, *rows = table.lines()
    names = [name if one == column else one for one in table.header]
    return joined([",".join(names), *rows])


def optional(table: Table, at: Place) -> str:
    """A column that may be absent and that the checks look at."""
    keys = ("case_id", "step", *REQUIRED[table.name])
    names = [name for name in table.header if name not in keys]
    return names[at.choice % len(names)]


def without(table: Table, column: str) -> Table:
    """The table as it reads when a column is not understood."""
    at = table.header.index(column)
    return table.with_rows((*row[:at], "", *row[at + 1 :]) for row in table.rows)


@operator(
    "columns in another order", "T24", "nothing changes", "nothing", harmless=True,
)  # fmt: skip
def shuffled_columns(table: Table, at: Place) -> Delivery:
    order = sorted(range(len(table.header)), key=lambda n: (n * 7 + at.choice) % 11)
    lines = [table.header, *table.rows]
    return delivered(table, joined([",".join(row[n] for n in order) for row in lines]))


@operator(
    "rows in another order", "T24", "nothing changes", "nothing", harmless=True,
)  # fmt: skip
def shuffled_rows(table: Table, at: Place) -> Delivery:
    rows = sorted(table.rows, key=lambda row: hash_of(row, at.choice))
    return delivered(table, table.with_rows(rows).text())


def hash_of(row: tuple[str, ...], salt: int) -> int:
    return sum((n + salt) * ord(c) for n, c in enumerate("".join(row), 1)) % 97


@operator(
    "headers in Chinese", "T24", "nothing changes", "nothing", harmless=True,
)  # fmt: skip
def aliases(table: Table, at: Place) -> Delivery:
    _, *rows = table.lines()
    known = load_pack().tables[table.name].columns
    names = [(known[name].aliases or (name,))[0] for name in table.header]
    return delivered(table, joined([",".join(names), *rows]))


@operator(
    "blanks and a mark around a header", "T24", "nothing changes", "nothing",
    harmless=True,
)  # fmt: skip
def blanks_in_header(table: Table, at: Place) -> Delivery:
    column = table.header[at.choice % len(table.header)]
    return delivered(table, renamed(table, column, f" \u3000{column}\xa0"))


@operator(
    "a required column under an unknown name", "T24", "the file is refused", "the file",
    "missing_column",
)  # fmt: skip
def unknown_key(table: Table, at: Place) -> Delivery:
    return delivered(table, renamed(table, "case_id", "order"))


@operator(
    "a required column in capital letters", "T24", "the file is refused", "the file",
    "missing_column",
)  # fmt: skip
def capital_key(table: Table, at: Place) -> Delivery:
    return delivered(table, renamed(table, "case_id", "CASE_ID"))


@operator(
    "an optional column under an unknown name", "T24",
    "the column is ignored, and said to be; its facts are unknown", "nothing",
    alters=True, notes=("ignored_columns",),
)  # fmt: skip
def unknown_column(table: Table, at: Place) -> Delivery:
    column = optional(table, at)
    return delivered(without(table, column), renamed(table, column, f"{column}2"))


@operator(
    "an invisible character inside a header", "T15",
    "the column is ignored, and said to be; its facts are unknown", "nothing",
    alters=True, notes=("ignored_columns",),
)  # fmt: skip
def invisible_header(table: Table, at: Place) -> Delivery:
    column = optional(table, at)
    hidden = f"{column[:2]}\u200b{column[2:]}"
    return delivered(without(table, column), renamed(table, column, hidden))


@operator(
    "two columns of one name", "T24", "the file is refused", "the file",
    "duplicate_header",
)  # fmt: skip
def header_twice(table: Table, at: Place) -> Delivery:
    column = table.header[1 + at.choice % (len(table.header) - 1)]
    lines = [*table.lines()]
    lines[0] += f",{column}"
    return delivered(table, joined([lines[0], *(line + "," for line in lines[1:])]))


@operator(
    "two columns that mean the same", "T24", "the file is refused", "the file",
    "ambiguous_column",
)  # fmt: skip
def two_meanings(table: Table, at: Place) -> Delivery:
    head, *rows = table.lines()
    more = [f"{line},{row[0]}" for line, row in zip(rows, table.rows, strict=True)]
    return delivered(table, joined([head + ",工单编号", *more]))


@operator(
    "a column that nobody asked for", "T24", "it is ignored, and said to be", "nothing",
    harmless=True, notes=("ignored_columns",),
)  # fmt: skip
def extra_column(table: Table, at: Place) -> Delivery:
    head, *rows = table.lines()
    return delivered(table, joined([f"{head},备注", *(f"{row},无" for row in rows)]))


@operator(
    "no header at all", "T24", "the file is refused: its first row names no column",
    "the file", "missing_column", "duplicate_header",
)  # fmt: skip
def no_header(table: Table, at: Place) -> Delivery:
    return delivered(table, joined(table.lines()[1:]))


@operator(
    "one table in three files", "T03", "nothing changes", "nothing", harmless=True,
)  # fmt: skip
def three_files(table: Table, at: Place) -> Delivery:
    files = {}
    for n in range(3):
        rows = [row for i, row in enumerate(table.rows) if (i + at.choice) % 3 == n]
        files[f"-{n}.csv"] = table.with_rows(rows).text().encode()
    return Delivery(files, table)


@operator(
    "the same file under two names", "T01", "each row counts once", "nothing",
    harmless=True,
)  # fmt: skip
def file_twice(table: Table, at: Place) -> Delivery:
    data = table.text().encode()
    both = table.with_rows([*table.rows, *table.rows])
    return Delivery({".csv": data, "-again.csv": data}, both)


@operator(
    "the same rows again with columns in another order", "T01", "each row counts once",
    "nothing", harmless=True,
)  # fmt: skip
def turned_copy(table: Table, at: Place) -> Delivery:
    turned = joined([",".join(row[::-1]) for row in [table.header, *table.rows]])
    both = table.with_rows([*table.rows, *table.rows])
    files = {".csv": table.text().encode(), "-again.csv": turned.encode()}
    return Delivery(files, both)


@operator(
    "a text file under the name of a workbook", "T34",
    "it is read as the text that it is", "the file", "unsupported_format", told=False,
)  # fmt: skip
def false_ending(table: Table, at: Place) -> Delivery:
    return Delivery({".xlsx": table.text().encode()}, table)

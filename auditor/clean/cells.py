"""Turn the text of one table into typed columns, and tell the unreadable cells."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from auditor.clean.dateforms import DateForms
from auditor.clean.dates import MANY, parse, split_stamps
from auditor.frames.staged import written
from auditor.pack.model import Column, Table

BLANKS = " \t\u3000"  # ASCII blanks and the ideographic space; nothing else is trimmed
TRUE = ("true", "1", "yes", "y", "t", "是")
FALSE = ("false", "0", "no", "n", "f", "否")
BOOLS = {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}
NUMBER = r"^[+-]?[0-9]{1,300}(?:\.[0-9]{1,300})?$"
INTEGER = r"^[+-]?[0-9]{1,20}$"
# An empty one rejects the row, not the cell.
PROJECT = "project_id"
KEYS = ("case_id", "step", PROJECT)
READ = ("word", "bool", "number", "integer")  # types that not every text can mean
# A number of twelve digits or more as a spreadsheet or a program writes it short.
ROUNDED = (
    r"(?i)(?:^|:)'?[0-9]{1,3}(?:\.[0-9]*e\+?|e\+)(?:1[1-9]|[2-9][0-9]|[1-3][0-9]{2})$"
)
DAMAGED = "\ufffd"  # where a decoder, or the reader for an impossible cell, lost text
PRECISION = "precision_lost"
REASONS = {
    "id": "damaged_text",
    "text": "damaged_text",
    "word": "unknown_word",
    "bool": "unreadable_bool",
    "number": "unreadable_number",
    "integer": "unreadable_number",
    "date": "unreadable_date",
}


@dataclass(frozen=True, slots=True)
class Cells:
    """Typed columns of a table, row for row with its text.

    ``bad`` has a Boolean column for each declared column with an unreadable or
    wrongly empty cell; ``aware`` one for each date column with an offset somewhere.
    """

    typed: pl.DataFrame
    bad: pl.DataFrame
    aware: pl.DataFrame


def typed_cells(text: pl.DataFrame, table: Table, dates: DateForms) -> Cells:
    """Type every delivered column of ``text``; empty cells are null, never rejected.

    A cell that its column cannot mean is null in ``typed`` and true in ``bad``; so
    is an empty cell of a required column that is no key.
    """
    present = [column for column in table.columns.values() if column.name in text]
    plain = [column for column in present if column.type != "date"]
    ids = {column.name for column in plain if column.type == "id"}
    damaged = _damaged(text) | {name for name in ids if is_rounded(text[name]).any()}
    typed = text.select(_typed(column, text.schema, damaged) for column in plain)
    days, aware = _dates(text, [c.name for c in present if c.type == "date"], dates)
    typed = pl.concat([typed, days], how="horizontal")
    return Cells(typed, _bad(text, typed, present), aware)


def _damaged(text: pl.DataFrame) -> set[str]:
    """Return the columns in which the text of some cell was lost."""
    names = [name for name, kind in text.schema.items() if kind == pl.String]
    marks = (pl.col(name).str.starts_with(DAMAGED).any() for name in names)
    told = text.select(marks).row(0, named=True) if names else {}
    return {name for name in names if told[name]}


def is_rounded(ids: pl.Series) -> pl.Series:
    """Say of each id whether it is a number written short; false of an empty one."""
    # Few have the letter at all, and to look for it costs a fraction.
    if not any(ids.str.contains(letter, literal=True).any() for letter in "Ee"):
        return pl.repeat(value=False, n=ids.len(), dtype=pl.Boolean, eager=True)
    return ids.str.contains(ROUNDED).fill_null(value=False)


def _typed(column: Column, schema: pl.Schema, damaged: set[str]) -> pl.Expr:
    """Return the expression that types one column of a table in hand."""
    kind, cell = schema[column.name], pl.col(column.name)
    if kind == pl.String:
        is_text = column.type not in READ and column.name not in damaged
        return cell if is_text else readable(column)
    if kind == pl.Float64:  # a negative zero says what its text does
        return pl.when(cell.is_finite()).then(cell + 0.0).alias(column.name)
    if column.type == "number":
        return cell.cast(pl.Float64)
    if column.type == "integer" and column.words:
        number, words = cell.cast(pl.Int64), [int(word) for word in column.words]
        return pl.when(number.is_in(words)).then(number).alias(column.name)
    return cell.cast(pl.Int64) if column.type == "integer" else cell


def readable(column: Column) -> pl.Expr:
    """Return the expression that types one column of any kind but dates."""
    text = pl.col(column.name)
    match column.type:
        case "word":
            return pl.when(text.is_in(column.words)).then(text)
        case "bool":
            lower = text.str.to_lowercase()
            return lower.replace_strict(BOOLS, default=None, return_dtype=pl.Boolean)
        case "number":
            plain = pl.when(text.str.contains(NUMBER)).then(text)
            number = plain.cast(pl.Float64, strict=False)
            return pl.when(number.is_finite()).then(number).alias(column.name)
        case "integer":
            integer = pl.when(text.str.contains(INTEGER)).then(text)
            number = integer.cast(pl.Int64, strict=False)
            if not column.words:
                return number
            known = number.is_in([int(word) for word in column.words])
            return pl.when(known).then(number).alias(column.name)
        case _ if column.name in KEYS:
            return text
        case "id":
            lost = text.str.starts_with(DAMAGED) | text.str.contains(ROUNDED)
            return pl.when(~lost).then(text)
        case _:
            return pl.when(~text.str.starts_with(DAMAGED)).then(text)


def _dates(
    text: pl.DataFrame, names: list[str], rules: DateForms
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Parse date columns; short ones together, since a call has a fixed price."""
    days: list[pl.Series] = []
    aware: list[pl.Series] = []
    height = text.height
    is_text = all(text[name].dtype == pl.String for name in names)
    if height < MANY and len(names) > 1 and is_text:
        parsed = parse(pl.concat([text[name] for name in names]), rules)
        pieces = [parsed.slice(at * height, height) for at in range(len(names))]
    else:
        pieces = [
            parse(text[name], rules)
            if text[name].dtype == pl.String
            else split_stamps(text[name])
            for name in names
        ]
    for name, piece in zip(names, pieces, strict=True):
        days += [piece["day"].alias(name), piece["tod"].alias(f"{name}_tod")]
        if piece["aware"].any():
            aware.append(piece["aware"].alias(name))
    return pl.DataFrame(days), pl.DataFrame(aware)


def _bad(
    text: pl.DataFrame, typed: pl.DataFrame, present: list[Column]
) -> pl.DataFrame:
    """Return the columns in which at least one cell was lost, true where it was."""
    lost = []
    for column in present:
        name = column.name
        nulls = typed[name].null_count()
        if column.required and name not in KEYS:
            if nulls:
                lost.append(typed[name].is_null().alias(name))
        elif nulls > text[name].null_count():  # an empty cell is null on both sides
            mask = typed[name].is_null() & text[name].is_not_null()
            lost.append(mask.alias(name))
    return pl.DataFrame(lost)


def bits(bad: pl.DataFrame, table: Table, height: int) -> pl.Series:
    """Return ``_bad``: bit i is set where the i-th declared column lost its cell."""
    total = pl.select(pl.repeat(0, height, dtype=pl.UInt64)).to_series()
    for mask in bad:
        total |= mask.cast(pl.UInt64) * table.bit(mask.name)
    return total.alias("_bad")


def cell_rejects(text: pl.DataFrame, bad: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return a row for each lost cell: its row, column, value, reason, case_id."""
    case = pl.col("case_id") if "case_id" in text else pl.lit(None, pl.String)
    found = []
    for mask in bad:
        value = written(text[mask.name].filter(mask)).alias("value")
        reason = pl.lit(REASONS[table.columns[mask.name].type])
        if table.columns[mask.name].type == "id":
            is_rounded = pl.col(mask.name).str.contains(ROUNDED)
            reason = pl.when(is_rounded).then(pl.lit(PRECISION)).otherwise(reason)
        found.append(
            text.filter(mask).select(
                "_source",
                pl.col("_row").alias("row"),
                "_raw",
                pl.lit(mask.name).alias("column"),
                value,
                pl.when(pl.col(mask.name).is_null())
                .then(pl.lit("empty_required"))
                .otherwise(reason)
                .alias("reason"),
                case.alias("case_id"),
            )
        )
    return pl.concat(found) if found else pl.DataFrame(schema=dict(FOUND))


FOUND: Mapping[str, type[pl.DataType]] = {
    "_source": pl.UInt16,
    "row": pl.UInt64,
    "_raw": pl.UInt64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "case_id": pl.String,
}

"""One column of a staged file: how full it is, what is in it, what it may mean."""

from dataclasses import dataclass

import polars as pl

from auditor.clean.cells import readable
from auditor.clean.view import trimmed
from auditor.frames import RawFile
from auditor.frames.staged import as_text, scan_staged
from auditor.inspect.daylight import dates
from auditor.inspect.headers import is_private
from auditor.inspect.ids import alike
from auditor.inspect.lexicon import Lexicon
from auditor.inspect.nouns import ColumnSeen, Counted, Dates, Guess
from auditor.pack.model import Column, Table

LISTED = 200  # unknown words of a column that are listed
_SHOWN = 8
_FREE_TEXT = 200  # distinct values above which text is not shown
_DATED = 0.5  # share of the filled cells that makes a column one of dates
_PERSONAL = r"^1[3-9][0-9]{9}$|^[0-9]{17}[0-9Xx]$|^0[0-9]{2,3}-?[0-9]{7,8}$"
_NUMBERS = r"^[+-]?[0-9.,]+$"


@dataclass(frozen=True, slots=True)
class Counts:
    """The distinct filled values of a column with their cells, most frequent first."""

    filled: int
    distinct: int
    values: pl.DataFrame


def counted(file: RawFile, at: int) -> Counts:
    """Count the values of the column at a place; headers never reach the engine."""
    scan = scan_staged(file.staged)
    schema = scan.collect_schema()
    place = schema.names().index(file.header[at])
    cell = as_text(pl.nth(place), schema.dtypes()[place])
    cells = scan.select(trimmed(cell).alias("value")).drop_nulls()
    grouped = cells.group_by("value").agg(pl.len().alias("count"))
    values = grouped.sort("count", "value", descending=[True, False]).collect()
    return Counts(int(values["count"].sum()), values.height, values)


def seen(
    header: str,
    counts: Counts,
    table: Table | None,
    found: Guess | None,
    known: Lexicon,
) -> ColumnSeen:
    """Return what is to be told about one column."""
    column = table.columns[found.column] if table and found else None
    private = is_private(header, column.name if column else None, known)
    private = private or _looks_personal(counts)
    dated = None if private else _dates(counts.values, column)
    told = None if private else column
    unknown = _unknown(counts.values, told)
    listed = tuple(unknown.head(LISTED).iter_rows())
    words: dict[str, str] = {}
    if table is not None and column is not None:
        words = known.words_of(table.name, column.name, header)
    return ColumnSeen(
        header=header,
        filled=counts.filled,
        distinct=counts.distinct,
        private=private,
        values=() if private else _sample(counts, column, dated),
        guess=found,
        dates=dated,
        unknown=listed,
        unknown_values=unknown.height,
        alike=alike(counts.values["value"]) if told and told.type == "text" else (),
        words={value: words[value] for value, _ in listed if value in words},
    )


def _looks_personal(counts: Counts) -> bool:
    """Say whether most values are telephone or identity numbers."""
    if not counts.filled:
        return False
    hits = counts.values.filter(pl.col("value").str.contains(_PERSONAL))
    return int(hits["count"].sum()) * 2 > counts.filled


def _sample(counts: Counts, column: Column | None, dated: Dates | None) -> Counted:
    """Return frequent values; none of free text, in which anything may stand.

    Words that stand once are free text too, unless the column holds codes or dates.
    """
    texts = counts.values.head(_FREE_TEXT).filter(
        ~pl.col("value").str.contains(_NUMBERS)
    )
    is_code = dated is not None or (column is not None and column.type != "text")
    if not is_code and counts.distinct > _FREE_TEXT and texts.height:
        return ()
    values = counts.values
    if not is_code:
        once = (pl.col("count") == 1) & pl.col("value").str.contains(r"\p{Han}")
        values = values.filter(~once)
    return tuple(values.head(_SHOWN).iter_rows())


def _dates(values: pl.DataFrame, column: Column | None) -> Dates | None:
    """Explain a column of dates; None if it is none."""
    if values.is_empty() or (column is not None and column.type != "date"):
        return None
    found = dates(values)
    total = int(values["count"].sum())
    if column is not None:
        return found
    serials = [form for form in found.forms if form.form.startswith("serial")]
    surer = [form.cells for form in found.forms if form not in serials]
    fits = found.plain + max([0, *surer])
    decimal = bool(values["value"].str.contains(r"^[0-9]{5}\.[0-9]+$").any())
    if decimal and serials:
        fits = max(fits, serials[0].cells)
    return found if fits >= total * _DATED else None


def _unknown(values: pl.DataFrame, column: Column | None) -> pl.DataFrame:
    """Return the values that the column cannot mean, most frequent first."""
    if column is None or column.type in {"date", "id", "text"}:
        return values.clear()
    named = values.rename({"value": column.name})
    meant = named.select(readable(column)).to_series()
    return values.filter(meant.is_null())

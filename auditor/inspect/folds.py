"""Cells that only their writing keeps from being read, and what would mend it."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from auditor.clean.cells import READ, readable
from auditor.clean.units import APPARENT, ungrouped, units_of, without_unit
from auditor.clean.view import halfwidth
from auditor.inspect.lines import LIKELY, line, quoted, shown
from auditor.inspect.nouns import ColumnSeen, Counted, Guess
from auditor.pack.model import Column


def folds(
    unknown: Counted, column: Column, unit: str | None = None
) -> dict[str, Counted]:
    """Return, for each declaration, the values of a column that need it to be read.

    ``unknown`` are values that the column cannot mean, with their cells; ``unit`` is
    what the column is declared to be in. A value that no declaration helps is in none;
    one that needs several is in each.
    """
    if not unknown or column.type not in READ:
        return {}
    rows = pl.DataFrame(list(unknown), ["value", "cells"], orient="row")
    value = pl.col("value")
    wide = halfwidth(value)
    bare = wide if unit is None else without_unit(wide, unit)
    texts = {"wide": wide, "bare": bare, "plain": ungrouped(bare)}
    read = {
        key: rows.select(text.alias(column.name)).select(readable(column)).to_series()
        for key, text in texts.items()
    }
    mended = read["plain"].is_not_null()
    needs = {
        "halfwidth": rows.select(wide != value).to_series() & mended,
        "unit": rows.select(bare != wide).to_series() & mended,
        "thousands": read["bare"].is_null() & mended,
    }
    found = {key: tuple(rows.filter(mask).iter_rows()) for key, mask in needs.items()}
    return {key: values for key, values in found.items() if values}


def unit_for(seen: ColumnSeen, guess: Guess, column: Column | None) -> str | None:
    """Return the unit that the header names, else the one that most cells end with.

    None if that would change what cells without a unit mean, and most have none: one
    cell in 万元 says nothing of the others.
    """
    if guess.unit is not None or column is None:
        return guess.unit
    units = units_of(column.name)
    cells = {
        unit: sum(n for _, n in folds(seen.unknown, column, unit).get("unit", ()))
        for unit in units
    }
    fits = [
        unit
        for unit, n in cells.items()
        if 2 * n > seen.filled or (n and units[unit] == 0 and unit not in APPARENT)
    ]
    return max(fits, key=lambda unit: cells[unit], default=None)


def fold_lines(
    told: Iterable[tuple[ColumnSeen, Guess | None]], columns: Mapping[str, Column]
) -> Iterator[str]:
    """Yield the lines of an entry that declare how its cells are written.

    ``told`` are the columns of a file with what each is taken for, ``columns`` those of
    the table that the entry fills. Units have a section of their own.
    """
    found: dict[str, dict[str, Counted]] = {"halfwidth": {}, "thousands": {}}
    for seen, guess in told:
        column = None if guess is None else columns.get(guess.column)
        if guess is None or column is None:
            continue
        needs = folds(seen.unknown, column, unit_for(seen, guess, column))
        for key, named in found.items():
            if key in needs:
                named[column.name] = needs[key]
    for key, named in found.items():
        if named:
            first = "、".join(f"{shown(v[0][0])} ×{v[0][1]:,}" for v in named.values())
            yield line(LIKELY, key, f"[{', '.join(map(quoted, named))}]", first)

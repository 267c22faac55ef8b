"""Cells that only their writing keeps from being read, and what would mend it."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from auditor.clean.cells import READ, readable
from auditor.clean.units import ungrouped
from auditor.clean.view import halfwidth
from auditor.inspect.lines import LIKELY, line, quoted, shown
from auditor.inspect.nouns import ColumnSeen, Counted, Guess
from auditor.pack.model import Column


def folds(unknown: Counted, column: Column) -> dict[str, Counted]:
    """Return, for each declaration, the values of a column that need it to be read.

    ``unknown`` are values that the column cannot mean, with their cells. A value that
    no declaration helps is in none; one that needs both is in both.
    """
    if not unknown or column.type not in READ:
        return {}
    rows = pl.DataFrame(list(unknown), ["value", "cells"], orient="row")
    value, name = pl.col("value"), column.name
    folded, plain = halfwidth(value), ungrouped(halfwidth(value))
    read = {
        key: rows.select(text.alias(name)).select(readable(column)).to_series()
        for key, text in (("folded", folded), ("plain", plain))
    }
    wide = rows.select(folded != value).to_series()
    needs = {
        "halfwidth": wide & read["plain"].is_not_null(),
        "thousands": read["folded"].is_null() & read["plain"].is_not_null(),
    }
    found = {key: tuple(rows.filter(mask).iter_rows()) for key, mask in needs.items()}
    return {key: values for key, values in found.items() if values}


def fold_lines(
    told: Iterable[tuple[ColumnSeen, Guess | None]], columns: Mapping[str, Column]
) -> Iterator[str]:
    """Yield the lines of an entry that declare how its cells are written.

    ``told`` are the columns of a file with what each is taken for, ``columns`` those of
    the table that the entry fills.
    """
    found: dict[str, dict[str, Counted]] = {}
    for seen, guess in told:
        column = None if guess is None else columns.get(guess.column)
        if column is not None:
            for key, values in folds(seen.unknown, column).items():
                found.setdefault(key, {})[column.name] = values
    for key, named in sorted(found.items()):
        first = "、".join(f"{shown(v[0][0])} ×{v[0][1]:,}" for v in named.values())
        yield line(LIKELY, key, f"[{', '.join(map(quoted, named))}]", first)

"""Files that fill no table and whose codes another file's column uses."""

from collections.abc import Mapping, Sequence

import polars as pl

from auditor.frames import RawFile
from auditor.inspect.columns import Counts
from auditor.inspect.nouns import CodeTable, FileSeen

_MOST_CODES = 5_000
_COVERED = 0.8  # share of a column's distinct values that the codes must cover


def code_tables(
    told: Sequence[FileSeen],
    files: Sequence[RawFile],
    counts: Mapping[tuple[int, int], Counts],
) -> tuple[CodeTable, ...]:
    """Return each code table with the columns of other files that it explains."""
    found = []
    for number, (seen, file) in enumerate(zip(told, files, strict=True)):
        if seen.table is not None or len(file.header) < 2:
            continue
        for at, header in enumerate(file.header):
            codes = counts[number, at]
            if not _is_key(codes, file.read):
                continue
            others = tuple(name for name in file.header if name != header)
            found += _users(header, others, (number, codes), told, counts)
    return tuple(found)


def _is_key(codes: Counts, rows: int) -> bool:
    return codes.filled == codes.distinct == rows and 2 <= rows <= _MOST_CODES


def _users(
    key: str,
    values: tuple[str, ...],
    codes: tuple[int, Counts],
    told: Sequence[FileSeen],
    counts: Mapping[tuple[int, int], Counts],
) -> list[CodeTable]:
    """Return the columns whose values are mostly among the codes."""
    number, known = codes
    words = known.values["value"].implode()
    found = []
    for other, seen in enumerate(told):
        if seen.table is None:
            continue
        for at, column in enumerate(seen.columns):
            used = counts[other, at]
            if not 2 <= used.distinct <= _MOST_CODES or column.dates is not None:
                continue
            covered = int(used.values.select(pl.col("value").is_in(words).sum()).item())
            if covered >= used.distinct * _COVERED:
                named = (told[number].source, key, values, seen.source, column.header)
                found.append(CodeTable(*named, covered, used.distinct))
    return found

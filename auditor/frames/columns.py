"""The columns of every frame that a stage hands on, and the words in them."""

from datetime import date
from typing import TypeAlias

import polars as pl

from auditor.errors import messages
from auditor.pack.model import Table
from auditor.vocabulary import VERDICTS

Dtype: TypeAlias = pl.DataType | type[pl.DataType]

REJECTS: dict[str, Dtype] = {
    "kind": pl.String,  # file, row or cell; only rows enter the balance
    "source": pl.String,
    "row": pl.UInt64,
    "byte_offset": pl.UInt64,
    "table": pl.String,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "case_id": pl.String,
}


NOTES: dict[str, Dtype] = {
    "source": pl.String,
    "table": pl.String,
    "column": pl.String,
    "note": pl.String,  # mixed_zones, ignored_columns, hidden_rows and the like
    "count": pl.UInt64,
    "value": pl.String,  # a name that nobody knows; null for all other notes
}
STEPS: dict[str, Dtype] = {
    "raw_step": pl.String,
    "step": pl.String,
    "start": pl.String,  # the source stamp that is the edge; null: none is
    "finish": pl.String,
    "rows": pl.UInt64,
}
COPY_CLASSES = ("complete", "consistent", "inconsistent")
"""Rows that say a thing again: word for word, without contradiction, or otherwise."""
UNREAD = "?"
"""Behind a table's name in `LOST`: the case has no row of it, and a file is unread."""
LOST: dict[str, Dtype] = {"case_id": pl.String, "table": pl.String}
DELIVERED: dict[str, Dtype] = {"table": pl.String, "column": pl.String}
FINDINGS: dict[str, Dtype] = {
    "case_id": pl.String,
    "county_code": pl.String,
    "rule_id": pl.String,
    "verdict": pl.String,
    "reason": pl.String,
    "severity": pl.String,
    "measured": pl.Float64,
    "limit": pl.Float64,
    "in_force": pl.Boolean,
    "clause": pl.String,
    "parts": pl.String,
    "source": pl.String,
    "rows": pl.String,
}
ROLLUP: dict[str, Dtype] = {
    "level": pl.String,
    "code": pl.String,
    "name": pl.String,
    "rule_id": pl.String,
    **dict.fromkeys(VERDICTS, pl.Int64),
    "status": pl.String,
    "basis": pl.String,
    "due": pl.Date,
    "overdue": pl.Boolean,
    "rate": pl.Float64,
    "coverage": pl.Float64,
    "city_code": pl.String,
    "province_code": pl.String,
    "doubtful": pl.Int64,
}
SCREENS: dict[str, Dtype] = {
    "rule_id": pl.String,
    "level": pl.String,
    "code": pl.String,
    "utility": pl.String,
    "user_class": pl.String,
    "measure": pl.String,
    "n": pl.Int64,
    "statistic": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "signal": pl.Boolean,
    "reason": pl.String,
    "limit": pl.Float64,
    "observed": pl.Int64,
    "expected": pl.Float64,
    "reference": pl.Float64,
    "missing": pl.Float64,
    "missing_low": pl.Float64,
    "missing_high": pl.Float64,
    "p": pl.Float64,
    "q": pl.Float64,
    "severity": pl.String,
    "detail": pl.String,
}
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
_KINDS: dict[str, Dtype] = {
    "bool": pl.Boolean,
    "number": pl.Float64,
    "integer": pl.Int64,
    "date": pl.Date,
}


def reject_reasons() -> tuple[str, ...]:
    """Return the closed list of reject reasons: those the message table explains."""
    return tuple(
        key.removeprefix("reject.") for key in messages() if key.startswith("reject.")
    )


def empty_rejects() -> pl.DataFrame:
    """Return a rejects frame without rows, in the contract's column order."""
    return pl.DataFrame(schema=REJECTS)


def empty_notes() -> pl.DataFrame:
    """Return a notes frame without rows."""
    return pl.DataFrame(schema=NOTES)


def dtypes(table: Table) -> dict[str, Dtype]:
    """Return the columns of a typed canonical table in their order.

    A date column has its clock beside it (``<name>_tod``, seconds of the local day),
    a step its name in the source (``raw_step``) and, where the mapping takes no edge
    from the row's stamps, the earliest of them (``spare_at``). ``_bad`` has a bit for
    each declared column; ``_source`` is an index into the run's files, ``_row`` a
    physical row.
    """
    kinds: dict[str, Dtype] = {}
    for column in table.columns.values():
        kinds[column.name] = _KINDS.get(column.type, pl.String)
        if column.type == "date":
            kinds[f"{column.name}_tod"] = pl.Int32
        if column.name == "step":
            kinds["raw_step"] = pl.String
            kinds["spare_at"] = pl.Date
    return kinds | {"_bad": pl.UInt64, "_source": pl.UInt16, "_row": pl.UInt64}

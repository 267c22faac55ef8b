"""Type the text of one table, row for row, and note what could not be read."""

from dataclasses import dataclass

import polars as pl

from auditor.clean.cells import Cells, bits, cell_rejects, typed_cells
from auditor.clean.dateforms import DateForms
from auditor.clean.mapping import Mapping
from auditor.clean.steps import step_rules, with_steps
from auditor.frames import dtypes
from auditor.pack.model import Pack, Table


@dataclass(frozen=True, slots=True)
class Context:
    """What cleaning needs to know of the run; ``rank`` orders sources by name.

    ``lost_ids`` are the rows of ``cases`` whose id the reader could not use.
    """

    pack: Pack
    mapping: Mapping
    dates: DateForms
    rank: pl.Series
    lost_ids: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Typed:
    """All declared columns of rows of a table, and ``_raw``, the hash of their text.

    ``cells`` are the lost cells, ``zones`` the dates with and without an offset for
    each source and column; both cover rows that may still be set aside.
    """

    frame: pl.DataFrame
    cells: pl.DataFrame
    zones: pl.DataFrame


def type_rows(text: pl.DataFrame, table: Table, context: Context) -> Typed:
    """Return the rows in the same order with typed columns; absent ones are null."""
    cells = typed_cells(text, table, context.dates)
    typed, bad = cells.typed, cells.bad
    if "step" in typed:
        rules = step_rules(text["step"], context.mapping, context.pack.steps)
        typed, bad = with_steps(typed, bad, rules)
    mask = bits(bad, table, text.height)
    have = typed.with_columns(mask, text["_source"], text["_row"], text["_raw"])
    frame = have.select(
        *(
            pl.col(name) if name in have else pl.lit(None, kind).alias(name)
            for name, kind in dtypes(table).items()
        ),
        "_raw",
    )
    lost = cell_rejects(text, cells.bad, table)
    return Typed(frame, lost, _zones(text["_source"], cells, table))


def _zones(source: pl.Series, cells: Cells, table: Table) -> pl.DataFrame:
    """Count dates with and without an offset for each source and date column."""
    dated = [c.name for c in table.columns.values() if c.type == "date"]
    counted = []
    for name in dated:
        if name in cells.typed:
            told = (pl.lit(table.name).alias("table"), pl.lit(name).alias("column"))
            sums = _offsets(source, cells.typed[name], cells.aware, name)
            counted.append(sums.with_columns(told))
    return pl.concat(counted) if counted else pl.DataFrame()


def _offsets(
    source: pl.Series, days: pl.Series, aware: pl.DataFrame, name: str
) -> pl.DataFrame:
    """Return ``_source, aware, naive``: the dates of one column by source."""
    known = days.is_not_null()
    if name not in aware and source.len() and source.min() == source.max():
        naive = pl.Series("naive", [days.len() - days.null_count()], pl.UInt32)
        none = pl.Series("aware", [0], pl.UInt32)
        return pl.DataFrame([source.head(1), none, naive])
    told = aware[name] if name in aware else known & False
    columns = {"aware": known & told, "naive": known & ~told}
    flags = pl.DataFrame({"_source": source, **columns})
    return flags.group_by("_source").agg(pl.col("aware", "naive").sum())

"""Make the accepted, typed rows of one table out of its text."""

from dataclasses import dataclass, field

import polars as pl

from auditor.clean.cells import Cells, bits, cell_rejects, typed_cells
from auditor.clean.dates import DateForms
from auditor.clean.mapping import FINISHED, STARTED, Mapping
from auditor.clean.rows import (
    FROM,
    found,
    is_reversed,
    without_duplicates,
    without_orphans,
)
from auditor.clean.steps import step_rules, with_steps
from auditor.frames import canonical_schema, check, dtypes
from auditor.pack.model import Pack, Table

CLOCK_TABLES = ("cases", "events")  # where the last date of the run is looked for
CLOCK_COLUMNS = (STARTED, FINISHED, "submitted_at", "energised_at", "withdrawn_at")


@dataclass(frozen=True, slots=True)
class Context:
    """What typing needs to know of the run; ``rank`` orders sources by name."""

    pack: Pack
    mapping: Mapping
    dates: DateForms
    rank: pl.Series


@dataclass(slots=True)
class Settled:
    """One table of one partition: what stays, what went, and what was noticed."""

    table: str
    frame: pl.DataFrame
    duplicate: int = 0
    rows: list[pl.DataFrame] = field(default_factory=list)
    cells: pl.DataFrame = field(default_factory=pl.DataFrame)
    zones: pl.DataFrame = field(default_factory=pl.DataFrame)
    steps: pl.DataFrame = field(default_factory=pl.DataFrame)
    last: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Date))


def settle(
    text: pl.DataFrame, table: Table, cases: pl.DataFrame | None, context: Context
) -> Settled:
    """Return the accepted rows of a table, typed and sorted, and all rejects.

    ``text`` has passed the test of keys. ``cases`` are the known cases; None for a
    table whose rows need not belong to one.
    """
    text, duplicate = without_duplicates(text, context.rank)
    text = text.drop("_raw")
    rows: list[pl.DataFrame] = []
    if cases is not None:
        text, rows = without_orphans(text, cases)
    else:
        text = text.sort("_source", "_row")
    cells = typed_cells(text, table, context.dates)
    backwards = is_reversed(cells.typed)
    if backwards is not None:
        rows.append(found(text.filter(backwards), FROM, "from_after_to"))
        text = text.filter(~backwards)
        cells = Cells(*(_filtered(f, ~backwards) for f in _frames(cells)))
    settled = Settled(table.name, pl.DataFrame(), duplicate, rows)
    settled.cells = cell_rejects(text, cells.bad, table)
    settled.zones = _zones(text, cells, table)
    settled.last = _last(cells.typed, table)
    typed, bad = cells.typed, cells.bad
    if "step" in table.columns and "step" in text:
        settled.steps = step_rules(text["step"], context.mapping, context.pack.steps)
        typed, bad = with_steps(typed, bad, settled.steps)
    settled.frame = _assembled(text, typed, bad, table, context.pack)
    return settled


def _frames(cells: Cells) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return cells.typed, cells.bad, cells.aware


def _filtered(frame: pl.DataFrame, keep: pl.Series) -> pl.DataFrame:
    """Filter a frame that may have no columns and then has no rows to lose."""
    return frame.filter(keep) if frame.width else frame


def _assembled(
    text: pl.DataFrame, typed: pl.DataFrame, bad: pl.DataFrame, table: Table, pack: Pack
) -> pl.DataFrame:
    """Put all declared columns in their order, absent ones null, and check them."""
    wanted = dtypes(table)
    mask = bits(bad, table, text.height)
    have = typed.with_columns(mask, text["_source"], text["_row"])
    frame = have.select(
        pl.col(name) if name in have else pl.lit(None, kind).alias(name)
        for name, kind in wanted.items()
    )
    return check(frame, canonical_schema(pack, table.name))


def _zones(text: pl.DataFrame, cells: Cells, table: Table) -> pl.DataFrame:
    """Count dates with and without an offset for each source and date column."""
    names = [c.name for c in table.columns.values() if c.type == "date"]
    counted = []
    for name in names:
        if name in cells.typed:
            dated = cells.typed[name].is_not_null()
            aware = cells.aware[name] if name in cells.aware else dated & False
            columns = {"aware": dated & aware, "naive": dated & ~aware}
            flags = pl.DataFrame({"_source": text["_source"], **columns})
            sums = flags.group_by("_source").agg(pl.col("aware", "naive").sum())
            told = (pl.lit(table.name).alias("table"), pl.lit(name).alias("column"))
            counted.append(sums.with_columns(told))
    return pl.concat(counted) if counted else pl.DataFrame()


def _last(typed: pl.DataFrame, table: Table) -> pl.Series:
    """Return the latest date of each column that the default cut-off looks at."""
    if table.name not in CLOCK_TABLES:
        return pl.Series(dtype=pl.Date)
    names = [name for name in CLOCK_COLUMNS if name in typed]
    return pl.Series([typed[name].max() for name in names], dtype=pl.Date)

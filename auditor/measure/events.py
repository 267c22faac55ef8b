"""Events to one row a case: bounds of every needed stamp, and masks of steps."""

from datetime import date

import polars as pl

from auditor.measure.edges import STAMPS, any_of, step_edges
from auditor.pack import Pack

MASK = pl.UInt32
READ: dict[str, pl.DataType | type[pl.DataType]] = {
    "started_at": pl.Date,
    "finished_at": pl.Date,
    "round": pl.Int64,
    "result": pl.String,
}
"""The columns of ``events`` that facts are made of; a pack need not declare each."""
LOST = tuple(READ)
FLAGS = pl.UInt8
FLAGGED = (
    "named",
    "happened",
    "started_after",
    "finished_after",
    *(f"{c}_bad" for c in LOST),
)
MASKS = {
    "named": "named",
    "stamped": "happened",
    **{f"lost_{c}": f"{c}_bad" for c in LOST},
}


def stamped(events: pl.LazyFrame, pack: Pack, cutoff: date) -> pl.LazyFrame:
    """Return the events with step codes and only the stamps that have happened.

    Adds ``code`` (position in the pack's steps), ``started`` and ``finished`` (null
    after the cut-off), ``<stamp>_bad``, ``<stamp>_after`` and ``named``, false for a
    row all of whose stamps lie after the cut-off (13, 22).
    """
    table = pack.tables["events"]
    absent = [name for name in READ if name not in table.columns]
    events = events.with_columns(
        *(pl.lit(None, READ[name]).alias(name) for name in absent),
        *(pl.lit(value=False).alias(f"{name}_bad") for name in absent),
    )
    stamps = [(stamp, pl.col(column)) for stamp, column in STAMPS.items()]
    lost = [name for name in LOST if name in table.columns]
    events = events.with_columns(
        pl.col("step").cast(pl.Enum(pack.steps.order)).to_physical().alias("code"),
        *(((pl.col("_bad") & table.bit(n)) != 0).alias(f"{n}_bad") for n in lost),
        *(pl.when(day <= cutoff).then(day).alias(stamp) for stamp, day in stamps),
        *(
            (day > cutoff).fill_null(value=False).alias(f"{stamp}_after")
            for stamp, day in stamps
        ),
    )
    spare = pl.col("spare_at")
    happened = (spare <= cutoff).fill_null(value=False) | any_of(
        pl.col(stamp).is_not_null() | pl.col(f"{column}_bad")
        for stamp, column in STAMPS.items()
    )
    later = pl.col("started_after") | pl.col("finished_after") | spare.is_not_null()
    return events.with_columns(
        happened.alias("happened"), (happened | ~later).alias("named")
    )


def summarise(events: pl.DataFrame, cases: int, pack: Pack) -> pl.DataFrame:
    """Return one row a case, by number: edge bounds, step masks and their losses.

    Columns: ``n_events``; ``named`` and ``stamped`` masks of steps; ``lost_<column>``
    masks of steps that lost such a cell; ``<step>_<stamp>_{lo,hi,lost,after}``. A case
    without events has empty masks and edges that nothing stamped.

    Args:
        events: the stamped events; ``case_id`` is the number of the case.
        cases: how many cases there are; their numbers are below it.
        pack: its steps, and the edges that its clock and windows need.
    """
    steps = _Steps(events, cases, pack)
    sizes = events.get_column("case_id").unique_counts()
    there = events.get_column("case_id").unique(maintain_order=True)
    count = pl.repeat(0, cases, dtype=sizes.dtype, eager=True).scatter(there, sizes)
    masks = [steps.mask(flag).alias(name) for name, flag in MASKS.items()]
    edges = [one for edge in step_edges(pack) for one in steps.edge(*edge)]
    return pl.DataFrame([count.alias("n_events"), *masks, *edges]).with_columns(
        ((pl.col(f"lost_{STAMPS[stamp]}") & (1 << pack.steps.index(step))) != 0).alias(
            f"{step}_{stamp}_lost"
        )
        for step, stamp in step_edges(pack)
    )


class _Steps:
    """What the rows of each step of each case say together, found by position.

    Nearly every step of a case has one row. So each row is put where its case and step
    belong, and only the rows that meet another one there are grouped: no hash table
    holds the rest.
    """

    def __init__(self, events: pl.DataFrame, cases: int, pack: Pack) -> None:
        self.pack = pack
        self.cases = cases
        width = len(pack.steps.order)
        rows = events.select(
            (pl.col("case_id").cast(pl.UInt32) * width + pl.col("code")).alias("key"),
            *(pl.col(s).alias(f"{s}_{part}") for s in STAMPS for part in ("lo", "hi")),
            pl.sum_horizontal(
                pl.when(flag).then(1 << bit).otherwise(0).cast(FLAGS)
                for bit, flag in enumerate(FLAGGED)
            ).cast(FLAGS).alias("flags"),
        )  # fmt: skip
        place = self._places(rows, width)
        alone = place.gather(rows.get_column("key")) == _positions(rows)
        if not alone.all():
            rows = _merged(rows, alone)
            place = self._places(rows, width)
        self.rows = rows
        self.at = [place.gather_every(width, code) for code in range(width)]
        self.some = rows.get_column("flags").bitwise_or() or 0

    def _places(self, rows: pl.DataFrame, width: int) -> pl.Series:
        """Return the row of each case and step, null where there is none."""
        nothing = pl.repeat(None, self.cases * width, dtype=pl.UInt32, eager=True)
        return nothing.scatter(rows.get_column("key"), _positions(rows))

    def mask(self, flag: str) -> pl.Series:
        """Return the mask of the steps that have a row with a flag."""
        bit = 1 << FLAGGED.index(flag)
        if not self.some & bit:
            return pl.repeat(0, self.cases, dtype=MASK, eager=True)
        has = (self.rows.get_column("flags") & bit) != 0
        found = pl.DataFrame(
            [has.gather(at).alias(str(c)) for c, at in enumerate(self.at)]
        )
        bits = [
            pl.when(pl.col(name))
            .then(pl.lit(1 << code, MASK))
            .otherwise(pl.lit(0, MASK))
            for code, name in enumerate(found.columns)
        ]
        return found.select(pl.sum_horizontal(bits).cast(MASK)).to_series()

    def edge(self, step: str, stamp: str) -> list[pl.Series]:
        """Return the bounds of a stamp, and whether one lies after the cut-off."""
        at, name = self.at[self.pack.steps.index(step)], f"{step}_{stamp}"
        after = 1 << FLAGGED.index(f"{stamp}_after")
        later = (self.rows.get_column("flags") & after) != 0
        return [
            self.rows.get_column(f"{stamp}_lo").gather(at).alias(f"{name}_lo"),
            self.rows.get_column(f"{stamp}_hi").gather(at).alias(f"{name}_hi"),
            later.gather(at).fill_null(value=False).alias(f"{name}_after"),
        ]


def _positions(rows: pl.DataFrame) -> pl.Series:
    return pl.int_range(rows.height, dtype=pl.UInt32, eager=True)


def _merged(rows: pl.DataFrame, alone: pl.Series) -> pl.DataFrame:
    """Return one row a case and step; ``alone`` is false for all rows but its last."""
    shared = rows.filter(~alone).get_column("key").unique()
    several = rows.get_column("key").is_in(shared.implode())
    grouped = rows.filter(several).group_by("key").agg(
        *(pl.col(f"{s}_lo").min() for s in STAMPS),
        *(pl.col(f"{s}_hi").max() for s in STAMPS),
        pl.col("flags").bitwise_or(),
    )  # fmt: skip
    return pl.concat([rows.filter(~several), grouped.select(rows.columns)])

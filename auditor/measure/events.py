"""Events to one row a case: bounds of every needed stamp, and masks of steps."""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

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
    rows = _one_a_step(events, pack)
    flags = _laid_out(rows, cases, pack)
    bits = np.uint32(1) << np.arange(flags.shape[1], dtype=np.uint32)
    masks = [
        pl.Series(name, ((flags >> FLAGGED.index(flag)) & 1).astype(np.uint32) @ bits)
        for name, flag in MASKS.items()
    ]
    number = events.get_column("case_id").to_numpy()
    count = np.bincount(number, minlength=cases).astype(np.uint32)
    return pl.DataFrame([pl.Series("n_events", count), *masks]).hstack(
        _edges(rows, flags, pack)
    )


def _one_a_step(events: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return what the rows of each step of each case say together, with their ``key``.

    Nearly every step of a case has one row, so only the rows of which two claim one
    place are grouped: no hash table holds the rest.
    """
    width = len(pack.steps.order)
    rows = events.select(
        (pl.col("case_id").cast(pl.UInt32) * width + pl.col("code")).alias("key"),
        *(pl.col(s).alias(f"{s}_{part}") for s in STAMPS for part in ("lo", "hi")),
        pl.sum_horizontal(
            pl.when(flag).then(1 << bit).otherwise(0).cast(FLAGS)
            for bit, flag in enumerate(FLAGGED)
        ).cast(FLAGS).alias("flags"),
    )  # fmt: skip
    key = rows.get_column("key").to_numpy()
    last = np.zeros(int(key.max(initial=0)) + 1, np.uint32)
    at = np.arange(key.size, dtype=np.uint32)
    last[key] = at
    alone = last[key] == at
    if alone.all():
        return rows
    taken = np.zeros(last.size, np.bool_)
    taken[key[~alone]] = True
    several = pl.Series(taken[key])
    grouped = rows.filter(several).group_by("key").agg(
        *(pl.col(f"{s}_lo").min() for s in STAMPS),
        *(pl.col(f"{s}_hi").max() for s in STAMPS),
        pl.col("flags").bitwise_or(),
    )  # fmt: skip
    return pl.concat([rows.filter(~several), grouped.select(rows.columns)])


def _laid_out(rows: pl.DataFrame, cases: int, pack: Pack) -> NDArray[np.uint8]:
    """Return the flags as a table: a row a case, a column a step, 0 without a row."""
    flags = np.zeros(cases * len(pack.steps.order), np.uint8)
    flags[rows.get_column("key").to_numpy()] = rows.get_column("flags").to_numpy()
    return flags.reshape(cases, len(pack.steps.order))


def _edges(rows: pl.DataFrame, flags: NDArray[np.uint8], pack: Pack) -> pl.DataFrame:
    """Return the bounds of each stamp, and whether it was lost or has not happened."""
    place = pl.repeat(None, flags.size, dtype=pl.UInt32, eager=True).scatter(
        rows.get_column("key"), pl.int_range(rows.height, dtype=pl.UInt32, eager=True)
    )
    dates, told = [], []
    for step, stamp in step_edges(pack):
        code, name = pack.steps.index(step), f"{step}_{stamp}"
        at = pl.lit(place.gather_every(flags.shape[1], code))
        dates += [
            pl.col(f"{stamp}_{part}").gather(at).alias(f"{name}_{part}")
            for part in ("lo", "hi")
        ]
        for part, flag in (
            ("lost", f"{STAMPS[stamp]}_bad"),
            ("after", f"{stamp}_after"),
        ):
            seen = (flags[:, code] >> FLAGGED.index(flag)) & 1
            told.append(pl.Series(f"{name}_{part}", seen.astype(np.bool_)))
    return rows.select(dates).hstack(told)

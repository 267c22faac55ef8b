"""Facts of one partition of cases: everything a rule compares, a row a case."""

import polars as pl

from auditor.frames import UNREAD, Load
from auditor.frames.conditions import all_hold
from auditor.measure.cases import one_row_a_case
from auditor.measure.cohort import with_cohort
from auditor.measure.cost import with_cost
from auditor.measure.documents import with_documents
from auditor.measure.edges import any_of, beside, has, step_edges
from auditor.measure.end import with_end
from auditor.measure.events import stamped, summarise
from auditor.measure.excuse import with_excuse
from auditor.measure.integrity import Scene, absent_columns, with_signs
from auditor.measure.numbers import case_ids, numbered
from auditor.measure.rounds import with_rounds
from auditor.measure.start import with_start
from auditor.measure.windows import Windows
from auditor.pack import Pack
from auditor.settings import Clock
from auditor.vocabulary import UNMAPPED
from auditor.workdays import Calendar


def measure(load: Load, pack: Pack, calendar: Calendar, clock: Clock) -> pl.DataFrame:
    """Return the facts of the cases of one partition, sorted by ``case_id``.

    Args:
        load: gives a typed table of the partition by name (accepted rows only),
            ``lost``: case and table of every rejected row of a known case, and
            ``delivered``: table and column of all that the dump has (none: all).
        pack: windows, steps, classes and clock.
        calendar: counts days; a date outside it bounds, never guesses.
        clock: cut-off and period.
    """
    ids = case_ids(load("cases"))
    facts = measure_numbered(numbered(load, ids), pack, calendar, clock)
    return facts.with_columns(ids.get_column("case_id"))


def measure_numbered(
    load: Load, pack: Pack, calendar: Calendar, clock: Clock
) -> pl.DataFrame:
    """Return the same facts for tables whose cases are numbered, by their numbers."""
    absent = absent_columns(load("delivered"), pack)
    rows = stamped(load("events").lazy(), pack, clock.cutoff).collect()
    events = rows.lazy()
    cases = one_row_a_case(load("cases"), pack, clock.cutoff).sort("case_id")
    single = cases.collect()
    cases = single.hstack(summarise(rows, single.height, pack)).lazy()
    cases = settled(with_start(cases, pack))
    cases = settled(with_end(cases, pack, clock))
    cases = settled(with_rounds(cases, events, pack, calendar))
    cases = settled(with_cohort(cases, pack, clock))
    cases = settled(cases.with_columns(Windows(pack, calendar).columns()))
    cases = settled(with_excuse(cases, load, pack, calendar))
    if pack.cost is not None:
        cases = with_cost(cases, load, pack.cost)
    cases = with_documents(cases, load, pack)
    cases = cases.with_columns(_step_count(pack), *_notes(pack))
    cases = _with_losses(cases, load, pack)
    facts = cases.collect(engine="in-memory").rechunk()
    scene = Scene(facts, rows, load, pack, calendar, clock.cutoff)
    return with_signs(scene, absent)


def settled(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Compute what is asked so far.

    NOTE: the optimiser's work grows far faster than the plan; one plan for the whole
    stage costs seconds before the first row.
    """
    return frame.collect(engine="in-memory").lazy()


def _step_count(pack: Pack) -> pl.Expr:
    """How many steps that the customer sees are on record, each once (22)."""
    facing = pack.steps.mask(pack.steps.customer_facing)
    return (pl.col("named") & facing).bitwise_count_ones().alias("step_count")


def _notes(pack: Pack) -> list[pl.Expr]:
    """Say which substitutes, disputes and doubts lie behind a case's facts."""
    pairs = [(f"{a}_{b}_lo", f"{a}_{b}_hi") for a, b in step_edges(pack)]
    disputed = any_of(
        (pl.col(lo) != pl.col(hi)).fill_null(value=False) for lo, hi in pairs
    )
    return [
        disputed.alias("stamps_disputed"),
        *(
            all_hold(note.when).fill_null(value=False).alias(note.id)
            for note in pack.notes
        ),
        has("named", pack.steps.mask((UNMAPPED,))).alias("has_unmapped"),
        pl.col("is_after_cutoff").fill_null(value=False).alias("beyond_cutoff"),
    ]


def _with_losses(cases: pl.LazyFrame, load: Load, pack: Pack) -> pl.LazyFrame:
    """Add what was lost to rejects: masks of cells a table, and of tables with rows."""
    tables = pack.side_tables
    sides = []
    for table in tables:
        bad = load(table).lazy().filter(pl.col("_bad") != 0).group_by("case_id")
        sides.append(bad.agg(pl.col("_bad").bitwise_or().alias(f"_bad_{table}")))
    bits = {name: pack.table_mask([name]) for name in pack.tables}
    name = pl.col("table").str.strip_suffix(UNREAD)
    bit = name.replace_strict(bits, return_dtype=pl.UInt32)
    unread = pl.col("table").str.ends_with(UNREAD)
    lost = load("lost").lazy().group_by("case_id")
    sides.append(
        lost.agg(
            bit.filter(~unread).bitwise_or().alias("lost_tables"),
            bit.filter(unread).bitwise_or().alias("unread_tables"),
        )
    )
    masks = [*(f"_bad_{table}" for table in tables), "lost_tables", "unread_tables"]
    return beside(cases, *sides).with_columns(
        pl.col(name).fill_null(0) for name in masks
    )

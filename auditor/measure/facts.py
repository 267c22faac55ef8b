"""Facts of one partition of cases: everything a rule compares, a row a case."""

from collections.abc import Callable

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.cases import one_row_a_case
from auditor.measure.cost import with_cost
from auditor.measure.documents import document_rules, with_documents
from auditor.measure.edges import any_of, beside, greatest, has, step_edges
from auditor.measure.events import LOST, stamped, summarise
from auditor.measure.excuse import whole_windows, with_excuse
from auditor.measure.rounds import round_steps, with_rounds
from auditor.measure.state import with_cohort, with_end, with_start
from auditor.measure.windows import Windows
from auditor.pack import Pack
from auditor.settings import Clock
from auditor.workdays import Calendar

Load = Callable[[str], pl.DataFrame]
BLOCKING = ("suspensions", "fees", "materials", "meters")


def measure(load: Load, pack: Pack, calendar: Calendar, clock: Clock) -> pl.DataFrame:
    """Return the facts of the cases of one partition, sorted by ``case_id``.

    Args:
        load: gives a typed table of the partition by name (accepted rows only), and
            ``lost``: case and table of every rejected row of a known case.
        pack: windows, steps, classes and clock.
        calendar: counts days; a date outside it bounds, never guesses.
        clock: cut-off and period.
    """
    ids = load("cases").select("case_id").unique().sort("case_id")
    load = numbered(load, ids)
    events = stamped(load("events").lazy(), pack, clock.cutoff).collect().lazy()
    cases = one_row_a_case(load("cases"), pack, clock.cutoff)
    cases = beside(cases.sort("case_id"), summarise(events, pack))
    cases = settled(_without_nulls(cases, pack))
    cases = settled(with_start(cases, pack))
    cases = settled(with_end(cases, pack, clock))
    cases = settled(with_rounds(cases, events, pack, calendar))
    cases = settled(with_cohort(cases, pack, clock))
    cases = settled(cases.with_columns(Windows(pack, calendar).columns()))
    if pack.clock.excuse_table is not None:
        cases = with_excuse(cases, load(pack.clock.excuse_table), pack, calendar)
    else:
        cases = with_excuse(cases, pl.DataFrame(), pack, calendar)
    cases = settled(cases)
    fees = load("fees") if "fees" in pack.tables else None
    cases = with_cost(cases, fees, pack)
    if document_rules(pack):
        cases = with_documents(cases, load("materials"), pack)
    cases = cases.with_columns(_counts(pack))
    cases = cases.with_columns(*_notes(pack))
    cases = _with_losses(cases, load, pack)
    facts = cases.collect()
    return facts.with_columns(ids.get_column("case_id"))


def numbered(load: Load, ids: pl.DataFrame) -> Load:
    """Give every table the position of its case instead of the id itself.

    Grouping and joining on small integers costs a fraction of what ids of twenty
    characters cost; positions follow the sorted ids, so sorting stays the same.
    """
    positions = ids.with_row_index("_position")

    def load_numbered(table: str) -> pl.DataFrame:
        rows = load(table).join(
            positions, on="case_id", how="inner", maintain_order="left"
        )
        return rows.with_columns(pl.col("_position").alias("case_id")).drop("_position")

    return load_numbered


def settled(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Compute what is asked so far.

    NOTE: the optimiser's work grows far faster than the plan; one plan for the whole
    stage costs seconds before the first row.
    """
    return frame.collect().lazy()


def _without_nulls(cases: pl.LazyFrame, pack: Pack) -> pl.LazyFrame:
    """Give a case without events empty masks and unstamped edges instead of nulls."""
    masks = ["named", "stamped", *(f"lost_{column}" for column in LOST)]
    flags = [
        f"{a}_{b}_{part}" for a, b in step_edges(pack) for part in ("lost", "after")
    ]
    return cases.with_columns(
        pl.col("n_events").fill_null(0),
        *(pl.col(name).fill_null(0) for name in masks),
        *(pl.col(name).fill_null(value=False) for name in flags),
    )


def _counts(pack: Pack) -> list[pl.Expr]:
    facing = pack.steps.mask(pack.steps.customer_facing)
    return [(pl.col("named") & facing).bitwise_count_ones().alias("step_count")]


def _notes(pack: Pack) -> list[pl.Expr]:
    """Say which substitutes, disputes and doubts lie behind a case's facts."""
    columns = pack.tables["cases"].columns
    pairs = [(f"{a}_{b}_lo", f"{a}_{b}_hi") for a, b in step_edges(pack)]
    disputed = any_of(
        (pl.col(lo) != pl.col(hi)).fill_null(value=False) for lo, hi in pairs
    )
    notes = [disputed.alias("stamps_disputed")]
    if "source_count" in columns:
        notes.append(
            (pl.col("source_count") == 3).fill_null(value=False).alias("multi_as_dual")
        )
    if "capacity_unit" in columns:
        notes.append(
            (pl.col("capacity_unit") == "kVA").fill_null(value=False).alias("kva_as_is")
        )
    notes.append(has("named", pack.steps.mask(("unmapped",))).alias("has_unmapped"))
    return notes


def _with_losses(cases: pl.LazyFrame, load: Load, pack: Pack) -> pl.LazyFrame:
    """Add what was lost to rejects: masks of cells a table, and of tables with rows."""
    tables = [name for name in BLOCKING if name in pack.tables]
    sides = []
    for table in tables:
        bad = load(table).lazy().filter(pl.col("_bad") != 0).group_by("case_id")
        sides.append(bad.agg(pl.col("_bad").bitwise_or().alias(f"_bad_{table}")))
    bits = {name: 1 << index for index, name in enumerate(pack.tables)}
    bit = pl.col("table").replace_strict(bits, return_dtype=pl.UInt32)
    lost = load("lost").lazy().with_columns(bit.alias("bit")).group_by("case_id")
    sides.append(lost.agg(pl.col("bit").bitwise_or().alias("lost_tables")))
    masks = [*(f"_bad_{table}" for table in tables), "lost_tables"]
    return beside(cases, *sides).with_columns(
        pl.col(name).fill_null(0) for name in masks
    )


def facts_out(facts: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return the frame of ``facts.parquet``: single known values, then their bounds.

    A duration is null where the rows allow more than one value; its ``_lo`` and
    ``_hi`` columns bound it. Durations are working days (calendar days in a pack
    without a calendar) and, for the whole process, gross of force majeure. A date of
    the case that is a limit has a column of its own name.
    """
    whole = whole_windows(pack)
    out: list[pl.Expr] = [pl.col("case_id")]
    bounds: list[pl.Expr] = []
    for name in pack.window_ids:
        part = "_gross" if name in whole else ""
        proven = greatest([pl.col(f"{name}_lo"), pl.col(f"{name}_run")])
        lo = pl.col(f"{name}_gross_lo") if part else proven
        hi = pl.col(f"{name}{part}_hi")
        reached = pl.col(f"{name}_reached")
        out.append(pl.when((lo == hi) & reached).then(lo).alias(f"{name}_wd"))
        bounds += [
            pl.when(reached).then(lo).alias(f"{name}_wd_lo"),
            pl.when(reached).then(hi).alias(f"{name}_wd_hi"),
        ]
    out += _stage_sums(pack)
    have = facts.columns
    if "force_majeure_lo" in have:
        same = pl.col("force_majeure_lo") == pl.col("force_majeure_hi")
        bounded = (
            pl.col(f"{whole[0]}_gross_hi").is_not_null() | pl.col("n_excuses").is_null()
        )
        out.append(
            pl.when(same & bounded).then("force_majeure_lo").alias("force_majeure_wd")
        )
    out.append(pl.col("step_count"))
    if "cost_lo" in have:
        same_cost = (pl.col("cost_lo") == pl.col("cost_hi")) & pl.col(
            "cost_reason"
        ).is_null()
        out.append(pl.when(same_cost).then("cost_lo").alias("user_cost_yuan"))
    notes = ("start_from_acceptance", "start_disputed", "stamps_disputed", "is_disputed",
             "scope_unknown", "withdraw_ignored", "multi_as_dual", "kva_as_is", "has_unmapped")  # fmt: skip
    keep = [name for name in notes if name in have]
    dated = dict.fromkeys(
        limit.column for rule in pack.rules for limit in rule.limits if limit.column
    )
    return facts.select(
        *out,
        *bounds,
        *dated,
        "end_state",
        "end_reason",
        "start_lo",
        "start_hi",
        "end_lo",
        "end_hi",
        *keep,
    )


def _stage_sums(pack: Pack) -> list[pl.Expr]:
    """The sums of stages that the pack lists for a class (9); null if not exact."""
    exprs = []
    for name in dict.fromkeys(one.id for one in pack.sums):
        total = pl.lit(None, pl.Int32)
        for one in pack.sums:
            if one.id == name:
                exact = pl.sum_horizontal(
                    [days_of(w) for w in one.windows], ignore_nulls=False
                )
                total = (
                    pl.when(all_hold(one.when))
                    .then(exact.cast(pl.Int32))
                    .otherwise(total)
                )
        exprs.append(total.alias(f"{name}_wd"))
    return exprs


def days_of(window: str) -> pl.Expr:
    """The single known length of a window, null if it has none."""
    low = greatest([pl.col(f"{window}_lo"), pl.col(f"{window}_run")])
    exact = (low == pl.col(f"{window}_hi")) & pl.col(f"{window}_reached")
    return pl.when(exact).then(low)


def rounds_of(pack: Pack) -> tuple[str, ...]:
    """Return the steps measured in rounds, for whoever explains a case."""
    return round_steps(pack)

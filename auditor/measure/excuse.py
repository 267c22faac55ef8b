"""Force majeure: evidenced days taken off the whole process, as a union (11)."""

from datetime import date

import polars as pl

from auditor.frames import Load
from auditor.measure.edges import beside
from auditor.pack import Pack
from auditor.workdays import Calendar

EVER, FOREVER = pl.lit(date(1900, 1, 1)), pl.lit(date(9999, 12, 31))


def whole_windows(pack: Pack) -> tuple[str, ...]:
    """Return the windows from the start to the end of the case: the excused ones."""
    return tuple(dict.fromkeys(w.id for w in pack.windows if w.is_whole))


def with_excuse(
    cases: pl.LazyFrame, load: Load, pack: Pack, calendar: Calendar
) -> pl.LazyFrame:
    """Take the excused days off every whole-process window.

    Keeps the gross bounds as ``<id>_gross_{lo,hi}`` and the days taken off as
    ``force_majeure_{least,most}``: over the widest span with the smallest set of
    days, and over the narrowest span with the largest set; ``force_majeure_{lo,hi}``
    bound the days themselves. A pack without excuses keeps only the gross bounds.
    """
    names = whole_windows(pack)
    cases = cases.with_columns(
        *(
            pl.max_horizontal(f"{n}_lo", f"{n}_run").alias(f"{n}_gross_lo")
            for n in names
        ),
        *(pl.col(f"{n}_hi").alias(f"{n}_gross_hi") for n in names),
    )
    if pack.clock.excuse_table is None or not names:
        return cases
    rows = load(pack.clock.excuse_table).lazy()
    cases = _with_days(cases, _excuses(rows, pack), calendar)
    off_most, off_least = pl.col("force_majeure_most"), pl.col("force_majeure_least")
    return cases.with_columns(
        *(
            (pl.col(f"{n}_{part}") - off_most).clip(0)
            for n in names
            for part in ("lo", "by", "run")
        ),
        *((pl.col(f"{n}_hi") - off_least).clip(0) for n in names),
    )


def _with_days(
    cases: pl.LazyFrame, excuses: tuple[pl.LazyFrame, pl.LazyFrame], calendar: Calendar
) -> pl.LazyFrame:
    """Add the excused working days of each case, 0 without an excuse."""
    spans = cases.select("case_id", *_spans())
    maybe, surely = (spans.join(rows, on="case_id") for rows in excuses)
    found = {
        "force_majeure_most": covered_days(maybe, calendar, "narrow"),
        "force_majeure_least": covered_days(surely, calendar, "wide"),
        "force_majeure_lo": covered_days(surely, calendar, "narrow"),
        "force_majeure_hi": covered_days(maybe, calendar, "wide"),
    }
    sides = [days.rename({"days": name}) for name, days in found.items()]
    sides.append(excuses[0].group_by("case_id").agg(pl.len().alias("n_excuses")))
    return beside(cases, *sides).with_columns(
        pl.col(name).fill_null(0).cast(pl.Int32) for name in found
    )


def _excuses(rows: pl.LazyFrame, pack: Pack) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return the evidenced intervals at their largest and at their smallest (law L).

    An unknown end may be any day from the first on; a first day, a reason or evidence
    that was delivered but could not be read may excuse, and surely excuses nothing.
    """
    table = pack.tables[str(pack.clock.excuse_table)]
    said = (pl.col("reason") == pack.clock.excuse_reason).fill_null(value=False)
    lost = (pl.col("_bad") & table.bit("reason")) != 0
    paper = pl.col("evidence_id").is_not_null()
    paper_lost = (pl.col("_bad") & table.bit("evidence_id")) != 0
    evidenced = rows.filter((paper | paper_lost) & (said | lost))
    begin, end = pl.col("from_date"), pl.col("to_date")
    maybe = evidenced.select(
        "case_id",
        begin.fill_null(EVER).alias("from"),
        end.fill_null(FOREVER).alias("to"),
    )
    surely = evidenced.filter(paper & said & begin.is_not_null()).select(
        "case_id", begin.alias("from"), pl.coalesce(end, begin).alias("to")
    )
    return maybe, surely


def _spans() -> list[pl.Expr]:
    until_lo = pl.coalesce("end_lo", "horizon_lo")
    until_hi = pl.coalesce("end_hi", "horizon_hi")
    return [
        pl.col("start_hi").alias("narrow_from"),
        until_lo.alias("narrow_to"),
        pl.col("start_lo").alias("wide_from"),
        until_hi.alias("wide_to"),
    ]


def covered_days(
    spans: pl.LazyFrame, calendar: Calendar, span: str, subject: str = "case_id"
) -> pl.LazyFrame:
    """Count the working days of the union of ``[from, to]`` inside a span.

    Both days of an interval count; the span is ``(from, to]``. Sorted by start, each
    interval only adds what lies after everything before it.
    """
    day = pl.duration(days=1)
    first = pl.max_horizontal("from", pl.col(f"{span}_from") + day)
    last = pl.min_horizontal("to", pl.col(f"{span}_to"))
    known = pl.col(f"{span}_from").is_not_null() & pl.col(f"{span}_to").is_not_null()
    rows = (
        spans.filter(known)
        .with_columns(first.alias("_a"), last.alias("_b"))
        .filter(pl.col("_a") <= pl.col("_b"))
        .sort(subject, "_a", "_b")
    )
    covered = pl.col("_b").cum_max().shift(1).over(subject)
    before = pl.max_horizontal(pl.col("_a") - day, covered)
    counted = calendar.clipped(before, pl.col("_b"))
    return (
        rows.with_columns(
            pl.when(pl.col("_b") > before).then(counted).otherwise(0).alias("days")
        )
        .group_by(subject)
        .agg(pl.col("days").sum())
    )

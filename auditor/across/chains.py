"""Cancelled and applied for again: chains of one customer or site, and their time."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from auditor.across.frames import by_group, members, named, signal, signals
from auditor.frames.conditions import all_hold
from auditor.pack import Limit, Pack, Rule
from auditor.workdays import Calendar

ROUNDS = 64  # chains up to 2 ** 64 links


def chains(
    cases: pl.DataFrame, rule: Rule, pack: Pack, calendar: Calendar
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the signals and members of the chains among some cases.

    A link is a case submitted within ``days`` after the withdrawal of another of the
    same key and kind (or up to ``overlap_days`` before it). Its time runs from the
    latest possible submission of the chain's first application to its own earliest
    possible end, less every day of force majeure that may count: so ``over`` is
    proven.

    Args:
        cases: facts of the cases whose key is shared, with ``<key>`` and
            ``<key>_skeleton`` for each key.
        rule: the page.
        pack: holds the rules whose limits the chain is held against.
        calendar: counts the working days.
    """
    assert rule.across is not None
    given = rule.across.settings
    rows = cases.filter(pl.col("start_hi").is_not_null()).sort("start_hi", "case_id")
    rows = rows.with_row_index("at").with_columns(pl.col("at").cast(pl.Int64))
    before = rows.select("at", *_before(rows, given))
    first = _roots(before.get_column("before"))
    if first is None:
        return signals([]), members([])
    root = rows.select(
        pl.col("at").alias("root"),
        pl.col("start_hi").alias("chain_start"),
        pl.col("case_id").alias("chain"),
    )
    linked = rows.with_columns(
        first.alias("root"), before.get_column("before"), before.get_column("near")
    ).join(root, on="root", how="left", maintain_order="left")
    whole = linked.filter(pl.len().over("root") > 1)
    timed = _timed(whole, rule, pack, calendar)
    return _signals(timed, rule), members([_members(timed, rule)])


def _before(rows: pl.DataFrame, given: Mapping[str, Any]) -> list[pl.Series]:
    """Return for each case the one it follows, and whether the key is spelt alike."""
    found, near = None, None
    for key in given["keys"]:
        one = _by_key(rows, str(key), given)
        raw = rows.get_column(str(key))
        other = raw.gather(one.fill_null(0))
        differs = (raw != other) & one.is_not_null()
        if found is None or near is None:
            found, near = one, differs
        else:
            near = pl.select(
                pl.when(found.is_null()).then(differs).otherwise(near)
            ).to_series()
            found = pl.select(pl.coalesce(found, one)).to_series()
    assert found is not None and near is not None
    return [found.alias("before"), near.alias("near")]


def _by_key(rows: pl.DataFrame, key: str, given: Mapping[str, Any]) -> pl.Series:
    """Return the position of the withdrawn case that each case follows under a key."""
    days, overlap = int(given["days"]), int(given["overlap_days"])
    same = list(given["same"])
    mine = by_group(
        rows.filter(pl.col(f"{key}_skeleton").is_not_null()), [f"{key}_skeleton", *same]
    )
    left = pl.col("left_on")
    # Odd: withdrawn on the day of its own submission, so no case can follow itself.
    own = (left == pl.col("start_hi")).cast(pl.Int64)
    gone = mine.filter(left >= pl.col("start_hi")).select(
        pl.col("at").alias("before"),
        ((pl.col("group") + left.to_physical()) * 2 + own).alias("day"),
    )
    asked = mine.with_columns(
        ((pl.col("group") + pl.col("start_hi").to_physical()) * 2).alias("day")
    )
    after = asked.sort("day", "at").join_asof(
        gone.sort("day", "before"),
        on="day",
        strategy="backward",
        tolerance=2 * days + 1,
    )
    last = mine.sort("group", "at").with_columns(
        pl.col("left_on", "at").shift(1).over("group").name.prefix("last_")
    )
    late = last.filter(
        (pl.col("last_left_on") > pl.col("start_hi"))
        & (pl.col("last_left_on") - pl.col("start_hi") <= pl.duration(days=overlap))
    ).select("at", pl.col("last_at").alias("before"))
    found = after.select("at", "before").join(late, on="at", how="left")
    found = found.select("at", pl.coalesce("before", "before_right").alias("before"))
    return (
        rows.select("at")
        .join(found, on="at", how="left", maintain_order="left")
        .get_column("before")
    )


def _roots(before: pl.Series) -> pl.Series | None:
    """Return the first case of each case's chain, by position; None without a chain."""
    if before.null_count() == before.len():
        return None
    here = pl.Series(range(before.len()), dtype=pl.Int64)
    root = before.fill_null(here)
    for _ in range(ROUNDS):
        further = root.gather(root)
        if further.equals(root):
            break
        root = further
    return root


def _timed(
    whole: pl.DataFrame, rule: Rule, pack: Pack, calendar: Calendar
) -> pl.DataFrame:
    """Add the chain's time up to each case, and the limit that it falls under."""
    assert rule.across is not None
    bounds = [
        (all_hold(one.applies), limit)
        for one in map(pack.rule, rule.across.settings["limits"])
        for limit in reversed(one.limits_on("whole_process"))
    ]
    since = pl.col("chain_start")
    value, binds = pl.lit(None, pl.Float64), pl.lit(None, pl.Date)
    for applies, limit in reversed(bounds):
        here = applies & _from(limit, since)
        value = pl.when(here).then(pl.lit(limit.value, pl.Float64)).otherwise(value)
        binds = (
            pl.when(here).then(pl.lit(limit.in_force_from, pl.Date)).otherwise(binds)
        )
    upto = calendar.clipped(pl.col("chain_start"), pl.col("upto"))
    excused = pl.col("force_majeure_hi").fill_null(0).sum().over("root")
    timed = whole.with_columns(
        (upto - excused).clip(lower_bound=0).cast(pl.Float64).alias("measured"),
        value.alias("limit"),
        binds.alias("binds"),
    )
    over = (pl.col("measured") > pl.col("limit")).fill_null(value=False)
    return timed.with_columns(
        over.alias("over"), (pl.col("chain_start") >= pl.col("binds")).alias("in_force")
    )


def _from(limit: Limit, start: pl.Expr) -> pl.Expr:
    return pl.lit(value=True) if limit.since is None else start >= pl.lit(limit.since)


def _signals(timed: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Return a signal a case that follows another: how long the chain is by then."""
    listed = timed.with_columns(named("root").alias("parts"))
    over = pl.when("over")
    found = listed.filter(pl.col("before").is_not_null()).select(
        signal(
            rule,
            over.then(pl.lit("chain_over_limit")).otherwise(pl.lit("reapplied")),
            severity=over.then(pl.lit("A")).otherwise(pl.lit(rule.severity)),
            measured=pl.col("measured"),
            limit=pl.col("limit"),
            in_force=over.then("in_force"),
            parts=pl.col("parts"),
        )
    )
    return signals([found])


def _members(timed: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    return timed.with_columns(
        pl.lit(rule.id).alias("rule_id"),
        pl.col("before").is_not_null().alias("signal"),
        pl.col("measured").alias("amount"),
    )

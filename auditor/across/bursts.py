"""Entered in bulk: many cases under one operator in one second."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from auditor.across.frames import MOST_NAMED, members, signal, signals
from auditor.frames import compact
from auditor.pack import Rule

Entries = Callable[[], Iterable[pl.DataFrame]]
"""Gives ``case_id, operator, second``, a frame a partition, as often as asked."""
COLUMNS = ("case_id", "operator", "recorded_at", "recorded_at_tod")
PAIR = ("operator", "second")
DAY = 86_400
SEED = 37
ONE = np.uint32(1)
FEWEST, MOST = 1 << 16, 1 << 26  # places of the table, four bytes each
ROOM = 5  # so many times fewer entries fall on a place by chance than a burst has
SPREAD = np.uint64(0x9E3779B97F4A7C15)


def entered(events: pl.DataFrame) -> pl.DataFrame:
    """Return who entered something for which case in which second, a row an entry.

    Entries without a clock, and those of exactly midnight, are left out.
    """
    clock = pl.col("recorded_at_tod")
    second = pl.col("recorded_at").to_physical().cast(pl.Int64) * DAY + clock
    kept = events.filter((clock > 0) & pl.col("operator").is_not_null())
    return kept.select("case_id", "operator", second.alias("second"))


def crowded_seconds(entries: Entries, least: int, rows: int) -> pl.DataFrame:
    """Return the pairs of operator and second that at least so many cases share.

    Entries are at least as many as their cases, so a first pass counts them by place
    in a table; only what falls where enough fell is counted exactly, in a second pass.
    ``named`` holds the first of the cases, by their id.

    Args:
        entries: what :func:`entered` returns.
        least: how many cases are a burst.
        rows: how many entries there are, or more; of very many, some pairs are looked
            at at a time, so that the table stays bounded.
    """
    asked = 1 << (rows * ROOM // max(least, 1)).bit_length()
    places = min(max(asked, FEWEST), MOST)
    shares = max(1, asked // MOST)
    counted = []
    fell = np.zeros(places, np.uint32)
    for share in range(shares):
        mine = _Places(places, shares, share)
        fell.fill(0)
        for frame in entries():
            at, _ = mine.of(frame)
            np.add.at(fell, at, ONE)  # of another type it is many times slower
        for frame in entries():
            at, here = mine.of(frame)
            counted.append(_counted(here.filter(pl.Series(fell[at] >= least))))
    if not counted:
        return _none()
    ids = pl.col("named").explode()
    whole = (
        pl.concat(counted)
        .group_by(PAIR)
        .agg(pl.col("n").sum(), ids.sort().head(MOST_NAMED))
    )
    return whole.filter(pl.col("n") >= least).sort(PAIR)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where pairs of operator and second fall, of one of some shares of them.

    Both numbers are powers of two; two pairs may share a place.
    """

    places: int
    shares: int
    share: int

    def of(self, rows: pl.DataFrame) -> tuple[NDArray[np.uint64], pl.DataFrame]:
        """Return the places of the entries of the share, and those entries."""
        operator = rows.get_column("operator").hash(SEED).to_numpy()
        second = rows.get_column("second").to_numpy().astype(np.uint64)
        bits = (self.places * self.shares).bit_length() - 1
        at = ((operator ^ second) * SPREAD) >> np.uint64(64 - bits)
        if self.shares == 1:
            return at, rows
        here = at // np.uint64(self.places) == self.share
        return at[here] % np.uint64(self.places), rows.filter(pl.Series(here))


def burst_members(seconds: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Return the first cases of each burst, by number of the burst; nobody is named."""
    numbered = seconds.sort("second", "operator").with_row_index("burst", offset=1)
    nothing = {"county_code": pl.String, "submitted_on": pl.Date, "ended_on": pl.Date}
    nothing |= {"end_state": pl.String, "near": pl.Boolean, "source": pl.String}
    rows = numbered.explode("named").select(
        pl.lit(rule.id).alias("rule_id"),
        pl.format("{}-{}", pl.lit(rule.id), pl.col("burst")).alias("chain"),
        pl.col("named").alias("case_id"),
        *(pl.lit(None, kind).alias(name) for name, kind in nothing.items()),
        pl.col("n").cast(pl.Float64).alias("amount"),
        pl.lit(value=True).alias("signal"),
        pl.lit(None, pl.UInt64).alias("row"),
    )
    return members([rows])


def _none() -> pl.DataFrame:
    kinds = {"operator": pl.String, "second": pl.Int64, "n": pl.UInt32}
    return pl.DataFrame(schema={**kinds, "named": pl.List(pl.String)})


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    named = pl.col("case_id").sort().head(MOST_NAMED).alias("named")
    counts = rows.unique().group_by(PAIR).agg(pl.len().alias("n"), named)
    return compact(counts)


def seconds_of(
    rows: pl.DataFrame, ids: pl.Series, seconds: pl.DataFrame, rule: Rule
) -> pl.DataFrame:
    """Return the signals of the cases of one partition that are in a burst.

    ``rows`` are those of :func:`entered`, with positions in ``ids`` for case ids.
    """
    assert rule.across is not None
    least = rule.across.settings["cases"]
    hit = rows.join(seconds, on=PAIR, how="inner").sort("n", "second", descending=True)
    worst = hit.unique("case_id", keep="first", maintain_order=True)
    rest = pl.col("n").cast(pl.Int64) - pl.col("named").list.len()
    more = pl.when(rest > 0).then(pl.format(";…(+{})", rest)).otherwise(pl.lit(""))
    names = pl.concat_str(pl.col("named").list.join(";"), more)
    found = worst.select(
        signal(
            rule,
            "operator_burst",
            case_id=pl.lit(ids.gather(worst.get_column("case_id"))),
            measured=pl.col("n"),
            limit=pl.lit(least),
            parts=names,
        )
    )
    return signals([found])

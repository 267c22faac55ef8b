"""Heaping at a limit: more cases on its last day than the days around it suggest."""

import numpy as np
import polars as pl

from auditor.frames import SCREENS
from auditor.pack import Pack, Screen
from auditor.screen.bunching import READINGS, Expected, Window, expected
from auditor.screen.exact import Flags, Floats, interval_where, upper_tail
from auditor.screen.frames import screened

ALL = "all"
TOLD = (
    "statistic", "low", "high", "p", "expected", "missing", "missing_low",
    "missing_high",
)  # fmt: skip
KEYS = ("level", "code", "utility", "user_class")


def heaping(tallies: pl.DataFrame, screen: Screen, pack: Pack) -> pl.DataFrame:
    """Return a row a group and point: how often the limit's day is overcrowded.

    ``statistic`` is the observed over the expected count at the limit, ``low`` and
    ``high`` its 95 % interval; ``missing`` is what is lacking just above. ``p`` is
    the chance of such a count if at most ``times`` the expected were the rule. A row
    of the level ``all`` has the counts of all counties together.
    """
    frames = [
        _point(tallies, screen, pack, row["rule"], row["fact"])
        for row in screen.settings["points"]
    ]
    return pl.concat([pl.DataFrame(schema=SCREENS), *frames])


def _point(
    tallies: pl.DataFrame, screen: Screen, pack: Pack, rule: str, fact: str
) -> pl.DataFrame:
    limit = pack.rule(rule).limits_on(fact)[0].value
    assert limit is not None
    given = screen.settings
    window = Window(int(limit), given["beside"], given["hole"])
    rows, counts = _matrix(tallies.filter(measure=f"{rule}.{fact}"), window)
    if rows.is_empty():
        return pl.DataFrame(schema=SCREENS)
    many = counts.sum(axis=1) >= given["fewest"]
    numbers = _believed(counts, window, float(given["times"]), given["tail"], many)
    enough = pl.col("n") >= given["fewest"]
    told = rows.with_columns(
        pl.Series("n", counts.sum(axis=1)).cast(pl.Int64),
        *(pl.Series(name, values) for name, values in numbers.items()),
    ).with_columns(
        pl.when(~enough).then(pl.lit("too_few"))
        .when(pl.col("known") == 0).then(pl.lit("no_neighbours"))
        .alias("reason")
    )  # fmt: skip
    return screened(
        told.with_columns(
            pl.lit(screen.id).alias("rule_id"),
            pl.lit(f"{rule}.{fact}").alias("measure"),
            pl.lit(limit).alias("limit"),
            pl.lit(float(given["times"])).alias("reference"),
            *(
                pl.when(pl.col("reason").is_null()).then(name).alias(name)
                for name in TOLD
            ),
        )
    )


def _matrix(tallies: pl.DataFrame, window: Window) -> tuple[pl.DataFrame, Floats]:
    """Return the groups, those of all counties first, and their counts by day."""
    width = window.above[-1] + 1
    county = tallies.with_columns(pl.lit("county").alias("level"))
    whole = tallies.with_columns(
        pl.lit(ALL).alias("level"),
        pl.lit(ALL).alias("code"),
        pl.lit(None, pl.String).alias("utility"),
    )
    both = pl.concat([whole, county]).with_columns(pl.col("bin").clip(0, width))
    summed = both.group_by(*KEYS, "bin").agg(pl.col("n").sum())
    rows = summed.select(KEYS).unique().sort(KEYS, nulls_last=True).with_row_index("at")
    placed = summed.join(rows, on=KEYS, how="left", nulls_equal=True)
    counts = np.zeros((rows.height, width + 1))
    where = placed.get_column("at").to_numpy(), placed.get_column("bin").to_numpy()
    counts[where] = placed.get_column("n").to_numpy()
    return rows.drop("at"), counts


def _believed(
    counts: Floats, window: Window, times: float, tail: int, many: Flags
) -> dict[str, Floats]:
    """Return the numbers of the reading around the limit; see ``bunching``.

    Intervals are sought where there are ``many`` cases only. Where fewer than
    ``tail`` cases lie behind the hole, those of the reading that suspects less.
    """
    one, two = (
        _numbers(counts, expected(counts, window, reading), window, times, many)
        for reading in READINGS
    )
    goes_on = counts[:, list(window.above)].sum(axis=1) >= tail
    first = goes_on | (one["p"] >= two["p"])
    return {name: np.where(first, one[name], two[name]) for name in one}


def _numbers(
    counts: Floats, guess: Expected, window: Window, times: float, many: Flags
) -> dict[str, Floats]:
    """Return the ratio at the limit with interval and p, and what is missing above."""
    seen = counts[:, window.limit]
    low, high = _ratio(seen, guess.at, guess.at_weight, many)
    share = times * guess.at / (times * guess.at + guess.at_weight)
    gone = counts[:, list(window.emptied)].sum(axis=1)
    left = _ratio(gone, guess.above, guess.above_weight, many)
    return {
        "observed": seen,
        "expected": guess.at,
        "statistic": seen / guess.at,
        "low": low,
        "high": high,
        "p": upper_tail(seen, guess.at_weight, share),
        "missing": guess.above - gone,
        "missing_low": guess.above * (1 - left[1]),
        "missing_high": guess.above * (1 - left[0]),
        "known": guess.known,
    }


def _ratio(
    seen: Floats, mean: Floats, weight: Floats, many: Flags
) -> tuple[Floats, Floats]:
    """Return the interval of observed over expected, both of them uncertain.

    The estimate counts as much as ``weight`` cases would, so the two are a binomial.
    """
    low, high = interval_where(many, seen, weight)
    scale = weight / mean
    odds = [share / np.maximum(1 - share, 1e-12) * scale for share in (low, high)]
    return odds[0], odds[1]

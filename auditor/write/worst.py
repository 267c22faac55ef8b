"""The worst findings first, of a table of which never more than a part is held."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.vocabulary import SEVERITIES

if TYPE_CHECKING:
    import polars as pl

CHUNK = 1 << 17  # rows looked at together
_ORDER = ("case_id", "rule_id", "reason")
_VERDICTS = ("fail", "undetermined")
_DAYS = ("over_limit", "open_overdue")  # both compare days; other reasons yuan, steps …
_CELLS = ("severity", "verdict", "reason", "measured", "limit")
_KEYS = ("_grave", "_sure", "_of", "_over")
_PLACE = "_place"


def worst(
    lazy: "pl.LazyFrame",
    most: int,
    *,
    only: "pl.Expr | None" = None,
    each: str | None = None,
) -> "pl.DataFrame":
    """Return the worst findings: by severity, failures before doubts, how far over.

    Days are not set against yuan: what counts is a finding's place among those that
    measure the same thing, so the furthest over in days, in yuan and in steps come
    first, then the second of each. What measures nothing comes last. Findings that are
    equal in that follow one another by case, then by all that they say.

    Args:
        lazy: findings, in any order.
        most: how many to return, or with ``each`` how many of each of its values.
        only: which findings are looked at, and set against one another.
        each: a column.
    """
    import polars as pl

    from auditor.frames import compact

    places = _places(lazy, only)
    names = lazy.collect_schema().names()
    rest = [name for name in names if name not in _ORDER]
    order = [_PLACE, *(name for name in (*_ORDER, *rest) if name in names)]
    bound = None if each else _bound(places, most)
    held = [lazy.clear().with_columns(pl.lit(None, pl.UInt32).alias(_PLACE)).collect()]
    for rows in _chunks(lazy, only, places):
        held.append(compact(rows if bound is None else rows.filter(bound)))
        if sum(frame.height for frame in held) > most + CHUNK:
            held = [compact(_first(pl.concat(held), order, most, each))]
            if not each and held[0].height == most:
                bound = _up_to(held[0])
    return _first(pl.concat(held), order, most, each).select(names)


def _first(
    rows: "pl.DataFrame", order: list[str], most: int, each: str | None
) -> "pl.DataFrame":
    rows = rows.sort(order, nulls_last=True)
    if each is None:
        return rows.head(most)
    return rows.group_by(each, maintain_order=True).head(most).select(rows.columns)


def _up_to(found: "pl.DataFrame") -> "pl.Expr":
    """Return what a finding must be to be among the worst once there are enough."""
    import polars as pl

    place, case = found.select(_PLACE, "case_id").row(-1)
    known: pl.Expr = pl.col(_PLACE) <= place
    return (
        known
        if case is None
        else known & ((pl.col(_PLACE) < place) | (pl.col("case_id") <= case))
    )


def _bound(places: "pl.DataFrame", most: int) -> "pl.Expr":
    """Return the same of what is known before any finding is read."""
    import polars as pl

    ahead = places.with_columns(pl.col("n").cum_sum().alias("up_to"))
    needed = ahead.filter(pl.col("up_to") - pl.col("n") < most)
    return pl.col(_PLACE) < needed.height


def _keyed(lazy: "pl.LazyFrame", only: "pl.Expr | None") -> "pl.LazyFrame":
    """Add what decides the order but for the case; rows that do not count are gone."""
    import polars as pl

    severity = pl.col("severity").cast(pl.String)
    verdict = pl.col("verdict").cast(pl.String)
    reason = pl.col("reason").cast(pl.String)
    days = pl.when(reason.is_in(_DAYS)).then(pl.lit(_DAYS[0])).otherwise(reason)
    keys = (
        _rank(severity, SEVERITIES, default=-1),  # an unlisted word: worst of all
        _rank(verdict, _VERDICTS, default=len(_VERDICTS)),
        days,
        pl.col("measured") - pl.col("limit"),
    )
    named = (key.alias(name) for key, name in zip(keys, _KEYS, strict=True))
    return (lazy if only is None else lazy.filter(only)).with_columns(*named)


def _places(lazy: "pl.LazyFrame", only: "pl.Expr | None") -> "pl.DataFrame":
    """Return the place of each combination of keys, from 0, and how many have it."""
    import polars as pl

    # Cells before keys: a key made of every row would hold them all.
    mine = lazy if only is None else lazy.filter(only)
    cells = mine.group_by(_CELLS).agg(pl.len().alias("n")).collect(engine="streaming")
    counts = _keyed(cells.lazy(), None).group_by(_KEYS).agg(pl.col("n").sum())
    told = counts.collect(engine="in-memory").sort(
        _KEYS, descending=[False, False, False, True], nulls_last=True
    )
    before = (pl.col("n").cum_sum() - pl.col("n")).over(_KEYS[:3])
    rank = pl.when(pl.col("_over").is_not_null()).then(before)
    order = (*_KEYS[:2], rank.alias("_rank"), "_of")
    return told.sort(*order, nulls_last=True).with_row_index(_PLACE)


def _chunks(
    lazy: "pl.LazyFrame", only: "pl.Expr | None", places: "pl.DataFrame"
) -> "Iterator[pl.DataFrame]":
    """Yield the findings that count, a part at a time, each with its place."""
    import polars as pl

    height = lazy.select(pl.len()).collect().item()
    placed = places.lazy().drop("n")
    for at in range(0, height, CHUNK):
        rows = _keyed(lazy.slice(at, CHUNK), only)
        yield (
            rows.join(
                placed, on=_KEYS, how="left", nulls_equal=True, maintain_order="left"
            )
            .drop(_KEYS)
            .collect(engine="in-memory")
        )


def _rank(column: "pl.Expr", order: tuple[str, ...], default: int) -> "pl.Expr":
    import polars as pl

    ranks = range(len(order))
    return column.replace_strict(
        list(order), list(ranks), default=default, return_dtype=pl.Int8
    )

"""Pair what two runs say about a case: equal things cancel, the rest go together."""

import polars as pl

ORDER = ("day", "tod", "text", "source", "row")
"""The order in which equals are numbered, so that every outcome is reproducible."""


def matched(
    a: pl.DataFrame, b: pl.DataFrame, keys: tuple[str, ...]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return pairs with the same keys, one to one in order, and what each side keeps.

    A pair has the columns of ``a`` and, with ``_b`` behind the name, those of ``b``.
    Nulls are equal to one another.
    """
    if a.is_empty() or b.is_empty():
        return _pairs(a.head(0), b.head(0), keys), a, b
    one, other = _numbered(a, keys), _numbered(b, keys)
    on = [*keys, "_n"]
    left = one.join(other, on=on, how="anti", nulls_equal=True)
    right = other.join(one, on=on, how="anti", nulls_equal=True)
    return _pairs(one, other, (*keys, "_n")), left.drop("_n"), right.drop("_n")


def _pairs(a: pl.DataFrame, b: pl.DataFrame, on: tuple[str, ...]) -> pl.DataFrame:
    """Join one to one; the keys of both sides stay."""
    kept = b.with_columns(pl.col(on).name.suffix("_b"))
    rest = [name for name in b.columns if name not in on]
    kept = kept.rename({name: f"{name}_b" for name in rest})
    pairs = a.join(kept, on=on, how="inner", nulls_equal=True)
    return pairs.drop("_n", "_n_b", strict=False)


def _numbered(rows: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Number the rows of a group from 0, in one order whatever came in."""
    order = [name for name in ORDER if name in rows.columns]
    ordered = rows.sort([*keys, *order], nulls_last=True, maintain_order=True)
    first = pl.any_horizontal(
        pl.col(key).ne_missing(pl.col(key).shift()) for key in keys
    )
    at = pl.int_range(pl.len(), dtype=pl.UInt32)
    started = pl.when(first | (at == 0)).then(at).forward_fill()
    return ordered.with_columns((at - started).alias("_n"))

"""Cases that are in one run only: vanished, or come with a past (int19)."""

from collections.abc import Container

import polars as pl

from auditor.compare.slices import Slice
from auditor.frames import rejected_ids
from auditor.judge.between import days_before, presence_kind

STANDS = ("county_code", "utility", "submitted_on", "energised_on")
# Letters that a person takes for digits, on both sides of a renamed id.
_ALIKE = (("O", "0"), ("Q", "0"), ("I", "1"), ("L", "1"), ("|", "1"))


def presence(
    a: Slice, b: Slice, grace: float, signals: Container[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the cases that only one run has, and how many went from where to where.

    The first frame has a row a case with its ``kind``; ``was`` and ``now`` are its
    cohorts, ``days_before`` the calendar days from its submission to the earlier
    cut-off, and ``failed``, ``doubtful`` and ``signalled`` what its run said of it:
    the rules that it failed, those left undetermined, and those on signals that it
    showed, each list as text, null for none. The second counts cases by ``was`` and
    ``now``; null: not in the run.
    """
    one = _stands(a, "was").join(
        _stands(b, "now"), on="case_id", how="full", coalesce=True
    )
    moves = one.group_by("was", "now").agg(pl.len().alias("n"))
    apart = one.filter(pl.col("was").is_null() | pl.col("now").is_null())
    cutoff = pl.lit(a.side.clock.cutoff)
    told = apart.with_columns(
        *(pl.coalesce(name, f"{name}_right").alias(name) for name in STANDS),
        *(
            pl.col("case_id")
            .is_in(rejected_ids(side.table("rejects"), "cases").implode())
            .alias(name)
            for name, side in (("came", a), ("gone", b))
        ),
    )
    named = told.with_columns(
        presence_kind(cutoff, grace).alias("kind"),
        days_before(cutoff).alias("days_before"),
    )
    names = ("case_id", "kind", *STANDS, "was", "now", "days_before")
    ids = apart.get_column("case_id")
    said = pl.concat([_said(one, ids, signals) for one in (a, b)])
    listed = named.select(names).join(said, on="case_id", how="left")
    return listed, moves


def _said(one: Slice, ids: pl.Series, signals: Container[str]) -> pl.DataFrame:
    """Return for some cases of a run the rules of each telling verdict, as text."""
    rows = one.table("verdicts").filter(pl.col("case_id").is_in(ids.implode()))
    rules = [name for name in rows.columns if f"{name}_reason" in rows.columns]
    asked = [name for name in rules if name not in signals]
    lists = {
        "failed": _under("fail", asked),
        "doubtful": _under("undetermined", asked),
        "signalled": _under("fail", [name for name in rules if name in signals]),
    }
    return rows.select("case_id", **lists)


def _under(verdict: str, rules: list[str]) -> pl.Expr:
    """Return the rules that have a verdict, in order, as text; null for none."""
    said = (pl.col(rule).cast(pl.String) == verdict for rule in rules)
    named = [
        pl.when(is_so).then(pl.lit(r)) for is_so, r in zip(said, rules, strict=True)
    ]
    text = pl.concat_str(pl.lit(""), *named, separator="; ", ignore_nulls=True)
    return pl.when(text != "").then(text.str.strip_prefix("; "))


def _stands(one: Slice, name: str) -> pl.DataFrame:
    cohort = pl.col("cohort").cast(pl.String).alias(name)
    return one.table("verdicts").select("case_id", *STANDS, cohort)


def with_hints(
    gone: pl.DataFrame, came: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add ``renamed_to`` and ``renamed_from``: the other run has a like id.

    Ids are alike if they are equal once width, case, blanks, dashes, leading zeros
    and letters taken for digits are set aside. A hint, no proof; the first in order.
    """
    return _with_like(gone, came, "renamed_to"), _with_like(came, gone, "renamed_from")


def _with_like(rows: pl.DataFrame, others: pl.DataFrame, name: str) -> pl.DataFrame:
    like = others.select(pl.col("case_id").alias(name), like=_like("case_id"))
    first = like.sort(name).unique("like", keep="first", maintain_order=True)
    told = rows.with_columns(like=_like("case_id"))
    return told.join(first, on="like", how="left", maintain_order="left").drop("like")


def _like(column: str) -> pl.Expr:
    plain = pl.col(column).str.normalize("NFKC").str.to_uppercase()
    plain = plain.str.replace_all(r"[^\p{L}\p{N}|]", "")
    for letter, digit in _ALIKE:
        plain = plain.str.replace_all(letter, digit, literal=True)
    return plain.str.strip_chars_start("0")

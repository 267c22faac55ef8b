"""Give source steps their canonical names, and stamps the edges that they supply."""

import polars as pl

from auditor.clean.mapping import FINISHED, STARTED, Mapping
from auditor.pack.model import Steps


def step_rules(raw: pl.Series, mapping: Mapping, steps: Steps) -> pl.DataFrame:
    """Return each source step with its number of rows, its meaning and its edges."""
    counted = raw.alias("raw_step").to_frame().group_by("raw_step").agg(rows=pl.len())
    counted = counted.sort("raw_step")
    rules = [mapping.step_rule(name, steps) for name in counted["raw_step"]]
    return counted.with_columns(
        pl.Series("step", [rule.step for rule in rules], pl.String),
        pl.Series("start", [rule.start for rule in rules], pl.String),
        pl.Series("finish", [rule.finish for rule in rules], pl.String),
    )


def with_steps(
    typed: pl.DataFrame, bad: pl.DataFrame, rules: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Name each row's canonical step, and take each edge from the stamp of its rule.

    A cell that was lost is lost for the edge that needed it, and for no other.
    """
    meaning = dict(zip(rules["raw_step"], rules["step"], strict=True))
    typed = typed.rename({"step": "raw_step"}).with_columns(
        step=pl.col("raw_step").replace_strict(meaning, return_dtype=pl.String)
    )
    plain = (pl.col("start") == STARTED) & (pl.col("finish") == FINISHED)
    odd = rules.filter(plain.fill_null(value=False).not_())
    if odd.is_empty():
        return typed.with_columns(spare_at=pl.lit(None, pl.Date)), bad
    marked = typed.with_columns(mask.alias(f"!{mask.name}") for mask in bad)
    edges = [(STARTED, odd["start"]), (FINISHED, odd["finish"])]
    moved = [
        _chosen(marked, edge, odd["raw_step"], stamps, kind)
        for edge, stamps in edges
        for kind in ("{}", "{}_tod", "!{}")
    ]
    # A node under way has no stamp for the edge it is to give, yet it is no empty row.
    stamps = [pl.col(name) for name in (STARTED, FINISHED) if name in marked]
    earliest = pl.min_horizontal(stamps) if stamps else pl.lit(None, pl.Date)
    before = marked.select(spare_at=earliest).to_series()
    marked = marked.with_columns(moved).with_columns(
        spare_at=pl.when(pl.col(STARTED).is_null() & pl.col(FINISHED).is_null()).then(
            before
        )
    )
    masks = [f"!{name}" for name in dict.fromkeys([*bad.columns, STARTED, FINISHED])]
    lost = marked.select(
        pl.col(name).fill_null(value=False).alias(name[1:]) for name in masks
    )
    return marked.drop(masks), lost.select(mask for mask in lost if mask.any())


def _chosen(
    frame: pl.DataFrame, edge: str, raw: pl.Series, stamps: pl.Series, kind: str
) -> pl.Expr:
    """Return one edge, its clock or its loss: the stamp that the row's rule names."""
    choice = dict(zip(raw, stamps, strict=True))
    named = pl.col("raw_step").replace_strict(
        choice, default=pl.lit(edge), return_dtype=pl.String
    )
    sources = [name for name in dict.fromkeys([edge, *stamps]) if name is not None]
    found = [
        pl.when(named == name).then(pl.col(kind.format(name)))
        for name in sources
        if kind.format(name) in frame
    ]
    empty = {"{}": pl.Date, "{}_tod": pl.Int32, "!{}": pl.Boolean}[kind]
    return pl.coalesce(*found, pl.lit(None, empty)).alias(kind.format(edge))

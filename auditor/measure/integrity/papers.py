"""What was asked of the customer: pledges, and documents beyond the list."""

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.integrity.scene import Scene, three
from auditor.pack import Sign


def document_worded(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a document was asked for whose name has one of the words.

    A case without any document on record excludes nothing.
    """
    worded = pl.col("document").str.contains_any(list(sign["words"]))
    rows = scene.load(str(scene.pack.documents_table)).lazy()
    side = rows.group_by("case_id").agg(worded.any(ignore_nulls=False).alias("hit"))
    return scene.beside(side.collect(), pl.col("hit"))


def step_worded(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a step was recorded under a name that has one of the words."""
    rows = scene.events.lazy().filter(pl.col("named"))
    names = rows.select(pl.col("raw_step").unique()).collect().to_series()
    bad = names.filter(names.str.contains_any(list(sign["words"]))).to_list()
    return scene.of_events(scene.any_row(rows, pl.col("raw_step").is_in(bad)))


def refused_for_more(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a step was refused or done again while too many documents were asked for.

    Refused: sent back, failed, or finished on two days.
    """
    returned, result = pl.col("returned"), pl.col("result")
    again = pl.col("finished").drop_nulls().n_unique() > 1
    refused = returned.any() | (result == "failed").any() | again
    side = (
        scene.coded((sign["step"],))
        .group_by("case_id")
        .agg(
            refused.fill_null(value=False).alias("refused"),
            (~returned).fill_null(value=False).all().alias("accepted"),
        )
    )
    extra, settled = [], []
    for name in sign["rules"]:
        rule = scene.pack.rule(name)
        applies = all_hold(rule.applies)
        extra.append((applies & pl.col(f"{name}_extra")).fill_null(value=False))
        known = pl.col(f"{name}_known") & ~pl.col(f"{name}_extra")
        settled.append((~applies | known).fill_null(value=False))
    refusal = three(
        pl.col("refused").fill_null(value=False),
        pl.col("accepted").fill_null(value=False),
    )
    more = three(pl.any_horizontal(extra), pl.all_horizontal(settled))
    return scene.beside(side.collect(), refusal & more)

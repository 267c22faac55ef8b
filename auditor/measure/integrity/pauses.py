"""Suspensions that come when they are wanted, again and again, or without a paper."""

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.integrity.scene import Scene, lost, three
from auditor.pack import Sign


def suspended_near_limit(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a suspension began in the last working days before a limit ran out.

    Every limit that the listed rules set for the case counts, whatever its date.
    """
    rules = [scene.pack.rule(name) for name in sign["rules"]]
    applies = [all_hold(rule.applies).alias(f"applies_{rule.id}") for rule in rules]
    cases = scene.cases.lazy().select("case_id", "start_lo", "start_hi", *applies)
    rows = _begun(scene).join(cases, on="case_id", how="left")
    least = scene.calendar.clipped(pl.col("start_hi"), pl.col("from_date"))
    most = scene.calendar.between(pl.col("start_lo"), pl.col("from_date"))
    near = []
    for rule in rules:
        for limit in rule.limits:
            if limit.value is not None:
                edge = limit.value - sign["days"]
                sure = ((least >= edge) & (most <= limit.value)).fill_null(value=False)
                never = (least > limit.value) | (most < edge)
                hit = three(sure, never.fill_null(value=False))
                near.append(pl.col(f"applies_{rule.id}") & hit)
    return scene.spread(scene.any_row(rows, pl.any_horizontal(near)))


def suspended_often(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a case was suspended as often as the page says, or more."""
    counted = _begun(scene).group_by("case_id").agg(pl.len().alias("n"))
    hits = counted.select("case_id", (pl.col("n") >= sign["least"]).alias("hit"))
    return scene.spread(hits.collect())


def suspended_without_evidence(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a suspension for one of the reasons names no evidence.

    One without a reason might be such a one.
    """
    claimed = pl.any_horizontal([pl.col("reason") == one for one in sign["reasons"]])
    table = str(scene.pack.clock.excuse_table)
    told = pl.when(~lost(scene.pack, table, "evidence_id"))
    hit = claimed & told.then(pl.col("evidence_id").is_null())
    return scene.spread(scene.any_row(_begun(scene), hit))


def _begun(scene: Scene) -> pl.LazyFrame:
    table = str(scene.pack.clock.excuse_table)
    return scene.load(table).lazy().filter(pl.col("from_date") <= scene.cutoff)

"""Suspensions that come when they are wanted, again and again, or without a paper."""

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.edges import any_of
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
                if edge > 0:  # what began by the submission, on whatever calendar
                    never |= pl.col("from_date") <= pl.col("start_lo")
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


def worked_while_suspended(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a step is stamped on a day strictly inside a spell of force majeure.

    On its first and its last day work may have gone on; a spell without a last day
    lasts. One without a reason might be such a one, and one whose last day could not
    be read might have ended. A case that had none needs no events to be cleared.
    """
    clock = scene.pack.clock
    reason, table = pl.col("reason"), str(clock.excuse_table)
    spells = _begun(scene).filter(reason.is_null() | (reason == clock.excuse_reason))
    sure = reason.is_not_null() & ~lost(scene.pack, table, "to_date")
    first, last = pl.col("from_date"), pl.col("to_date")
    spells = spells.select("case_id", first, last, sure.alias("sure"))
    work = scene.coded(sign["steps"]).select("case_id", "started", "finished")
    rows = work.join(spells, on="case_id", how="inner")
    inside = any_of(
        [
            ((pl.col(day) > first) & (last.is_null() | (pl.col(day) < last)))
            for day in ("started", "finished")
        ]
    )
    told = rows.filter(inside).group_by("case_id").agg(pl.col("sure").any())
    stopped = spells.select("case_id", pl.lit(value=True).alias("stopped")).unique()
    side = stopped.join(told, on="case_id", how="left").collect()
    seen = pl.col("sure").fill_null(value=False)
    logged = (pl.col("n_events") > 0) & pl.col("sure").is_null()
    return scene.beside(side, three(seen, pl.col("stopped").is_null() | logged))


def _begun(scene: Scene) -> pl.LazyFrame:
    table = str(scene.pack.clock.excuse_table)
    return scene.load(table).lazy().filter(pl.col("from_date") <= scene.cutoff)

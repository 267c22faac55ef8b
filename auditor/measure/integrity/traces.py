"""What a tidied history leaves behind: papers without a step, work while suspended."""

import polars as pl

from auditor.measure.edges import any_of, has
from auditor.measure.end import ENERGISED
from auditor.measure.integrity.scene import Scene, three
from auditor.measure.integrity.steps import events_lost
from auditor.pack import Sign

UNMAPPED = "unmapped"


def papers_without_step(scene: Scene, sign: Sign) -> pl.Series:
    """Whether papers were handed in for a step that is over and not on record.

    Over: a later step is stamped, or power came. A step under an unknown name or
    a rejected row might be the one that lacks. A case without papers has left none.
    """
    steps = scene.pack.steps
    papers = scene.load(str(scene.pack.documents_table)).lazy()
    side = papers.group_by("case_id").agg(
        (pl.col("step") == step).any().alias(f"papers_{step}") for step in sign["steps"]
    )
    came = (pl.col("end_state") == ENERGISED).fill_null(value=False)
    lacking = [
        pl.col(f"papers_{step}").fill_null(value=False)
        & ~has("named", steps.mask((step,)))
        & (came | has("stamped", steps.mask(steps.after(step))))
        for step in sign["steps"]
    ]
    lacks, logged = any_of(lacking), pl.col("n_events") > 0
    hidden = has("named", steps.mask((UNMAPPED,))) | events_lost(scene)
    seen = lacks & logged & ~hidden
    return scene.beside(side.collect(), three(seen, logged & ~lacks))


def papers_elsewhere(scene: Scene, sign: Sign) -> pl.Series:
    """Whether papers were asked for at a step that asks for none.

    A case without any document on record excludes nothing.
    """
    step = pl.col("step")
    known = pl.when(step != UNMAPPED).then(~step.is_in(list(sign["steps"])))
    papers = scene.load(str(scene.pack.documents_table)).lazy()
    side = papers.group_by("case_id").agg(known.any(ignore_nulls=False).alias("hit"))
    return scene.beside(side.collect(), pl.col("hit"))


def worked_while_suspended(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a step is stamped on a day strictly inside a spell of force majeure.

    On its first and its last day work may have gone on; a spell without a last day
    lasts. A case that was never suspended needs no events to be cleared.
    """
    clock = scene.pack.clock
    spells = scene.load(str(clock.excuse_table)).lazy()
    spells = spells.filter(pl.col("reason") == clock.excuse_reason)
    spells = spells.select("case_id", "from_date", "to_date")
    work = scene.coded(sign["steps"]).select("case_id", "started", "finished")
    rows = work.join(spells, on="case_id", how="inner")
    first, last = pl.col("from_date"), pl.col("to_date")
    inside = [
        ((pl.col(day) > first) & (last.is_null() | (pl.col(day) < last))).fill_null(
            value=False
        )
        for day in ("started", "finished")
    ]
    stopped = spells.group_by("case_id").agg(pl.lit(value=True).alias("stopped"))
    hits = scene.any_row(rows, any_of(inside)).lazy()
    side = stopped.join(hits, on="case_id", how="left").collect()
    seen = pl.col("hit").fill_null(value=False)
    cleared = pl.col("stopped").is_null() | (pl.col("n_events") > 0)
    return scene.beside(side, three(seen, cleared & ~seen))

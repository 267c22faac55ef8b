"""What a tidied history leaves behind: papers without a step, or at another one."""

import polars as pl

from auditor.measure.edges import any_of, has
from auditor.measure.end import ENERGISED
from auditor.measure.integrity.scene import Scene, three
from auditor.measure.integrity.steps import events_lost, unmapped
from auditor.pack import Sign
from auditor.vocabulary import UNMAPPED


def papers_without_step(scene: Scene, sign: Sign) -> pl.Series:
    """Whether papers were handed in for a step that is over and not on record.

    Over: a later step is stamped, or power came. A step under an unknown name or
    a rejected row might be the one that lacks; papers under an unknown name might be
    for it. A case without papers has left none.
    """
    steps = scene.pack.steps
    papers = scene.load(str(scene.pack.documents_table)).lazy()
    side = papers.group_by("case_id").agg(
        (pl.col("step") == UNMAPPED).any().alias("strange"),
        *(
            (pl.col("step") == step).any().alias(f"papers_{step}")
            for step in sign["steps"]
        ),
    )
    came = (pl.col("end_state") == ENERGISED).fill_null(value=False)
    gone = {
        step: ~has("named", steps.mask((step,)))
        & (came | has("stamped", steps.mask(steps.after(step))))
        for step in sign["steps"]
    }
    lacks = any_of(
        [pl.col(f"papers_{s}").fill_null(value=False) & g for s, g in gone.items()]
    )
    strange = pl.col("strange").fill_null(value=False) & any_of(list(gone.values()))
    logged = pl.col("n_events") > 0
    hidden = unmapped(scene) | events_lost(scene)
    seen = lacks & logged & ~hidden
    return scene.beside(side.collect(), three(seen, logged & ~lacks & ~strange))


def papers_elsewhere(scene: Scene, sign: Sign) -> pl.Series:
    """Whether papers were asked for at a step that asks for none.

    A case without any document on record excludes nothing.
    """
    step = pl.col("step")
    known = pl.when(step != UNMAPPED).then(~step.is_in(list(sign["steps"])))
    papers = scene.load(str(scene.pack.documents_table)).lazy()
    side = papers.group_by("case_id").agg(known.any(ignore_nulls=False).alias("hit"))
    return scene.beside(side.collect(), pl.col("hit"))

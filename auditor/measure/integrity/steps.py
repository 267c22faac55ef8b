"""Steps that should not be there, or that were only half recorded."""

import polars as pl

from auditor.measure.edges import has
from auditor.measure.integrity.scene import Scene, three
from auditor.pack import Sign


def forbidden_since(scene: Scene, sign: Sign) -> pl.Series:
    """Whether an abolished step was begun on or after the day of its abolition.

    A row without a stamp counts from the submission on; a step under an unknown name
    might be one of these.
    """
    day = pl.coalesce("started", "finished")
    since = pl.lit(sign["since"])
    rows = scene.coded(sign["steps"])
    side = rows.group_by("case_id").agg(
        (day >= since).any().alias("dated"), day.is_null().any().alias("undated")
    )
    late_case = (pl.col("start_lo") >= since).fill_null(value=False)
    undated = pl.col("undated").fill_null(value=False)
    seen = pl.col("dated").fill_null(value=False) | (undated & late_case)
    unmapped = has("named", scene.pack.steps.mask(("unmapped",)))
    unclear = undated | unmapped | (pl.col("n_events") == 0)
    return scene.beside(side.collect(), three(seen, ~unclear))

"""Ends that came too early: before the checks, before power, or years ago."""

import polars as pl

from auditor.measure.end import OPEN, WITHDRAWN
from auditor.measure.integrity.scene import Scene, three
from auditor.pack import Sign

NEVER = pl.lit(value=False)


def ended_before_step(scene: Scene, sign: Sign) -> pl.Series:
    """Whether power came before a step was done; of rounds, before the passed one.

    An open or withdrawn case has not been connected at all.
    """
    step = sign["step"]
    if step in {window.rounds for window in scene.pack.windows}:
        side = scene.cases.select(
            "case_id",
            pl.col(f"{step}_passed_lo").alias("lo"),
            pl.col(f"{step}_passed_hi").alias("hi"),
            pl.col(f"{step}_passed_lost").fill_null(value=False).alias("blank"),
        )
    else:
        side = step_days(scene, step)
    known = pl.col("lo").is_not_null() & pl.col("hi").is_not_null() & _power_known()
    known &= ~pl.col("blank").fill_null(value=False)
    before = (pl.col("_e_hi") < pl.col("lo")).fill_null(value=False)
    after = (pl.col("_e_lo") >= pl.col("hi")).fill_null(value=False)
    return scene.beside(side, three(known & before, _no_power() | (known & after)))


def step_days(scene: Scene, step: str) -> pl.DataFrame:
    """Return case, ``lo`` and ``hi``: the finishes of a step, else its starts."""
    finished, started = pl.col("finished"), pl.col("started")
    rows = scene.coded((step,)).group_by("case_id")
    found = rows.agg(
        pl.coalesce(finished.min(), started.min()).alias("lo"),
        pl.when(finished.is_not_null().any())
        .then(finished.max())
        .otherwise(started.max())
        .alias("hi"),
        (~pl.col("happened") | pl.col("finished_at_bad") | pl.col("started_at_bad"))
        .any()
        .alias("blank"),
    )
    # A row without a stamp, or one that was lost, may have been at any time.
    kept = [pl.when(~pl.col("blank")).then(name).alias(name) for name in ("lo", "hi")]
    return found.with_columns(kept).collect()


def _power_known() -> pl.Expr:
    return pl.col("_e_lo").is_not_null() & ~pl.col("_e_lost")


def _no_power() -> pl.Expr:
    """Whether the case surely has no power yet; never null."""
    return pl.col("end_state").is_in([OPEN, WITHDRAWN])


def _archive(scene: Scene, sign: Sign) -> pl.DataFrame:
    """Return case, ``lo``, ``hi`` and ``unsure`` of the archiving; null: none is known.

    A cell on which the rows of a case differ may hide a date.
    """
    owner, _, column = sign["archive"].partition(".")
    if not column:
        days = step_days(scene, owner)
        return days.rename({"blank": "unsure"})
    table = scene.pack.tables["cases"]
    day = pl.when(pl.col(column) <= scene.cutoff).then(column)
    return scene.cases.select(
        "case_id",
        day.alias("lo"),
        day.alias("hi"),
        ((pl.col("_disputed") & table.bit(column)) != 0).alias("unsure"),
    )


def archived_before_end(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a case was archived before it had power, or has none to this day."""
    archived, known = pl.col("lo").is_not_null(), _power_known()
    before = (pl.col("hi") < pl.col("_e_lo")).fill_null(value=False)
    still = archived & (pl.col("end_state") == OPEN)
    after = (pl.col("lo") >= pl.col("_e_hi")).fill_null(value=False)
    unsure = pl.col("unsure").fill_null(value=False)
    clean = (~archived & ~unsure) | (known & after)
    clean |= pl.col("end_state") == WITHDRAWN
    return scene.beside(_archive(scene, sign), three((known & before) | still, clean))


def archived_long_after(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a case was archived long after it had power, as if it were new."""
    archived, known = pl.col("lo").is_not_null(), _power_known()
    least = (pl.col("lo") - pl.col("_e_hi")).dt.total_days()
    most = (pl.col("hi") - pl.col("_e_lo")).dt.total_days()
    seen = (least > sign["days"]).fill_null(value=False)
    inside = (most <= sign["days"]).fill_null(value=False)
    unsure = pl.col("unsure").fill_null(value=False)
    clean = (~archived & ~unsure) | (known & inside) | _no_power()
    return scene.beside(_archive(scene, sign), three(known & seen, clean))


def ended_long_before(scene: Scene, sign: Sign) -> pl.Series:
    """Whether power came long before the application that asks for it."""
    least = (pl.col("start_lo") - pl.col("_e_hi")).dt.total_days()
    most = (pl.col("start_hi") - pl.col("_e_lo")).dt.total_days()
    seen = (least > sign["days"]).fill_null(value=False)
    inside = (most <= sign["days"]).fill_null(value=False)
    known = _power_known()
    return scene.of_cases(three(known & seen, (known & inside) | _no_power()))

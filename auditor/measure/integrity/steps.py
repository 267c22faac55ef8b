"""Steps that lack, that were done again, or that should not be there."""

import numpy as np
import polars as pl

from auditor.measure.edges import any_of, greatest, has
from auditor.measure.end import ENERGISED
from auditor.measure.integrity.scene import Scene, three
from auditor.pack import Sign
from auditor.vocabulary import UNMAPPED


def unmapped(scene: Scene) -> pl.Expr:
    """Whether a step under an unknown name might be the one that lacks."""
    return has("named", scene.pack.steps.mask((UNMAPPED,)))


def events_lost(scene: Scene) -> pl.Expr:
    """Whether a rejected row of events might be the step that lacks."""
    return (pl.col("lost_tables") & scene.pack.table_mask(("events",))) != 0


def _logged() -> pl.Expr:
    return pl.col("n_events") > 0


def step_skipped(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a step is not on record although a later one is, or power came.

    A step under an unknown name, or a rejected row, might be the one that lacks.
    """
    steps = scene.pack.steps
    lacking = []
    for step in sign["steps"]:
        behind = has("stamped", steps.mask(steps.after(step)))
        behind |= (pl.col("end_state") == ENERGISED).fill_null(value=False)
        lacking.append(~has("named", steps.mask((step,))) & behind)
    skipped = any_of(lacking)
    seen = skipped & _logged() & ~unmapped(scene) & ~events_lost(scene)
    return scene.of_cases(three(seen, _logged() & ~skipped))


def step_returned(scene: Scene, _sign: Sign) -> pl.Series:
    """Whether a row says that the work was sent back."""
    rows = scene.events.lazy().filter(pl.col("named"))
    return scene.of_events(scene.any_row(rows, pl.col("returned")))


def _crowded(rows: pl.DataFrame, steps: int, least: int) -> pl.Series:
    """Mark the rows of a case's step that has so many, or a number so high."""
    place = rows.select(pl.col("case_id").cast(pl.Int64) * steps + pl.col("rank"))
    at = place.to_series().to_numpy()
    number = rows.get_column("round").fill_null(0).to_numpy()
    crowded = np.bincount(at, minlength=1) >= least
    crowded[at[number >= least]] = True
    return pl.Series(crowded[at])


def rounds_many(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a step took as many rounds as the page says, or more.

    Rounds count by the highest number, or by their distinct finishes or starts where
    the rows have none, whichever is most.
    """
    stage = ("case_id", "rank")
    asked = ("case_id", "rank", "round", "started", "finished")
    coded = scene.coded(sign["steps"]).filter(~pl.col("round_bad"))
    rows = coded.select(asked).collect()
    few = rows.filter(_crowded(rows, len(sign["steps"]), sign["least"]))
    plain = pl.col("round").is_null()
    counts = [
        pl.col("round").max(),
        pl.col("round").drop_nulls().n_unique().cast(pl.Int64),
        *(
            pl.col(name).filter(plain).drop_nulls().n_unique().cast(pl.Int64)
            for name in ("finished", "started")
        ),
    ]
    rounds = few.group_by(stage).agg(pl.max_horizontal(counts).alias("n"))
    most = (pl.col("n").max() >= sign["least"]).alias("hit")
    return scene.of_events(rounds.group_by("case_id").agg(most))


def half_stamped(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a step of a finished case has a start and no finish, or the reverse.

    A stamp that was there and could not be read is none that lacks.
    """
    begun = pl.col("started").is_not_null() | pl.col("started_at_bad")
    ended = pl.col("finished").is_not_null() | pl.col("finished_at_bad")
    bit = pl.lit(1, pl.Int64) * pl.lit(2, pl.Int64).pow(pl.col("rank"))
    masks = [
        pl.when(there).then(bit).otherwise(0).alias(name)
        for there, name in ((begun, "start"), (ended, "end"))
    ]
    rows = scene.coded(sign["steps"]).select("case_id", *masks)
    both = rows.group_by("case_id").agg(pl.col("start", "end").bitwise_or())
    half = (pl.col("start") != pl.col("end")).alias("half")
    side = both.select("case_id", half).collect()
    seen = pl.col("half").fill_null(value=False) & (pl.col("end_state") == ENERGISED)
    return scene.beside(side, three(seen, _logged() & ~seen))


def window_over(scene: Scene, sign: Sign) -> pl.Series:
    """Whether a stage took longer than the page's days for it."""
    over, inside = [], []
    for window, days in sign["limits"].items():
        proven = greatest([pl.col(f"{window}_by"), pl.col(f"{window}_run")])
        over.append((proven > days).fill_null(value=False))
        inside.append((pl.col(f"{window}_hi") <= days).fill_null(value=False))
    clean = pl.all_horizontal([*inside, _logged()])
    return scene.of_cases(three(any_of(over), clean))


def forbidden_since(scene: Scene, sign: Sign) -> pl.Series:
    """Whether an abolished step was begun on or after the day of its abolition.

    A row without a stamp counts from the submission on; a step under an unknown name
    might be one of these.
    """
    day = pl.when(~pl.col("started_at_bad")).then(pl.coalesce("started", "finished"))
    since = pl.lit(sign["since"])
    rows = scene.coded(sign["steps"])
    side = rows.group_by("case_id").agg(
        (day >= since).any().alias("dated"), day.is_null().any().alias("undated")
    )
    late_case = (pl.col("start_lo") >= since).fill_null(value=False)
    undated = pl.col("undated").fill_null(value=False)
    seen = pl.col("dated").fill_null(value=False) | (undated & late_case)
    unclear = undated | unmapped(scene) | ~_logged()
    return scene.beside(side.collect(), three(seen, ~unclear))


def step_unlisted(scene: Scene, _sign: Sign) -> pl.Series:
    """Whether a step has a name that no list of steps knows."""
    return scene.of_cases(three(unmapped(scene), _logged()))


def step_outside(scene: Scene, sign: Sign) -> pl.Series:
    """Whether the customer took part in a step that the page does not list."""
    steps = scene.pack.steps
    outside = has("named", steps.mask(steps.customer_facing - set(sign["steps"])))
    return scene.of_cases(three(outside, _logged() & ~unmapped(scene)))

"""Several versions of one case: rows that differ, and what was asked for at first."""

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.edges import any_of, has
from auditor.measure.integrity.scene import Scene, three
from auditor.pack import Sign


def _disputed(scene: Scene, sign: Sign) -> pl.Expr:
    """Whether the rows of a case differ in one of the columns, empty cells included."""
    table = scene.pack.tables["cases"]
    return has("_disputed", sum(table.bit(name) for name in sign["columns"]))


def _versions(scene: Scene) -> pl.LazyFrame:
    """The rows of the cases whose rows differ; few, as a rule."""
    several = scene.cases.lazy().filter(pl.col("is_disputed")).select("case_id")
    return scene.load("cases").lazy().join(several, on="case_id", how="semi")


def versions_differ(scene: Scene, sign: Sign) -> pl.Series:
    """Whether two rows of a case give a column two values; an empty cell is none."""
    values = (pl.col(name).drop_nulls().n_unique() > 1 for name in sign["columns"])
    side = _versions(scene).group_by("case_id").agg(any_of(values).alias("seen"))
    seen = pl.col("seen").fill_null(value=False)
    return scene.beside(side.collect(), three(seen, ~_disputed(scene, sign)))


def versions_cross(scene: Scene, sign: Sign) -> pl.Series:
    """Whether two rows of a case lie on both sides of a threshold, itself included."""
    crossed = [
        (pl.col(name).min() <= at) & (pl.col(name).max() > at)
        for name in sign["columns"]
        for at in sign["at"]
    ]
    gaps = any_of(pl.col(name).is_null().any() for name in sign["columns"])
    side = (
        _versions(scene)
        .group_by("case_id")
        .agg(
            any_of(one.fill_null(value=False) for one in crossed).alias("seen"),
            gaps.alias("gap"),
        )
    )
    seen = pl.col("seen").fill_null(value=False)
    clean = ~_disputed(scene, sign) | ~pl.col("gap").fill_null(value=False)
    return scene.beside(side.collect(), three(seen, clean))


def request_crossed(scene: Scene, sign: Sign) -> pl.Series:
    """Whether what was asked for and what was recorded lie around a threshold."""
    first, last = (pl.col(name) for name in sign["columns"])
    crossed = [(first <= at) != (last <= at) for at in sign["at"]]
    return scene.of_cases(pl.any_horizontal(crossed))


def case_holds(scene: Scene, sign: Sign) -> pl.Series:
    """Whether the conditions of the page all hold of the case."""
    return scene.of_cases(all_hold(sign["is"]))

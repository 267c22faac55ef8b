"""Look for every sign of a pack's rules in one partition of cases."""

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.integrity.finders import FINDERS
from auditor.measure.integrity.scene import Absent, Scene
from auditor.pack import Sign


def with_signs(scene: Scene, absent: Absent) -> pl.DataFrame:
    """Return the facts with ``<rule>_sign<n>``, one Boolean a sign of a case rule.

    True: seen. False: excluded by what was recorded. Null: neither, because a cell is
    empty, disputed or lost, or because the dump lacks the column (law L).
    """
    columns = []
    for rule in scene.pack.case_rules:
        for number, sign in enumerate(rule.signs):
            name = f"{rule.id}_sign{number}"
            columns.append(_seen(scene, sign, absent).alias(name))
    return scene.cases.with_columns(columns)


def _seen(scene: Scene, sign: Sign, absent: Absent) -> pl.Series:
    if set(sign.needs) & absent:
        found = scene.of_cases(pl.lit(None, pl.Boolean))
    else:
        found = FINDERS[sign.check](scene, sign)
    if not sign.when:
        return found
    met = scene.of_cases(all_hold(sign.when))
    both = pl.select(pl.all_horizontal(met.alias("met"), found.alias("found")))
    return both.to_series()

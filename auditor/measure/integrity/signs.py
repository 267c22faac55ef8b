"""Look for every sign of a pack's rules in one partition of cases."""

from dataclasses import replace

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.measure.integrity.finders import FINDERS
from auditor.measure.integrity.scene import Absent, Scene
from auditor.pack import Sign

Looked = dict[str, pl.Series]
"""What was found already, by what was looked for."""


def with_signs(scene: Scene, absent: Absent) -> pl.DataFrame:
    """Return the facts with ``<rule>_sign<n>``, one Boolean a sign of a case rule.

    True: seen. False: excluded by what was recorded. Null: neither, because a cell is
    empty, disputed or lost, or because the dump lacks the column (law L).
    """
    columns = []
    looked: Looked = {}
    for rule in scene.pack.case_rules:
        for number, sign in enumerate(rule.signs):
            name = f"{rule.id}_sign{number}"
            columns.append(_seen(scene, sign, absent, looked).alias(name))
    return scene.cases.with_columns(columns)


def _seen(scene: Scene, sign: Sign, absent: Absent, looked: Looked) -> pl.Series:
    """Look for a sign, unless one that differs in whom it is about was looked for."""
    asked = repr(replace(sign, when=(), severity=""))
    if set(sign.needs) & absent:
        found = scene.of_cases(pl.lit(None, pl.Boolean))
    elif asked in looked:
        found = looked[asked]
    else:
        found = looked[asked] = FINDERS[sign.check](scene, sign)
    if not sign.when:
        return found
    met = scene.of_cases(all_hold(sign.when))
    both = pl.select(pl.all_horizontal(met.alias("met"), found.alias("found")))
    return both.to_series()

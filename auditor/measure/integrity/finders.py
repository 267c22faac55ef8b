"""Which function looks for which sign: the names are those of the pack's vocabulary."""

from collections.abc import Callable

import polars as pl

from auditor.measure.integrity import (
    charges,
    ends,
    entries,
    order,
    papers,
    pauses,
    steps,
    traces,
    versions,
)
from auditor.measure.integrity.scene import Scene
from auditor.pack import CHECKS, Sign

Finder = Callable[[Scene, Sign], pl.Series]
HOMES = (charges, ends, entries, order, papers, pauses, steps, traces, versions)
FINDERS: dict[str, Finder] = {
    name: getattr(home, name)
    for home in HOMES
    for name in CHECKS
    if hasattr(home, name)
}

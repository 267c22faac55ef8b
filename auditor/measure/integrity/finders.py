"""Which function looks for which sign: the names are those of the pack's vocabulary."""

from collections.abc import Callable

import polars as pl

from auditor.measure.integrity import order, steps
from auditor.measure.integrity.scene import Scene
from auditor.pack import Sign

Finder = Callable[[Scene, Sign], pl.Series]
FINDERS: dict[str, Finder] = {
    "meter_before_start": order.meter_before_start,
    "order_inverted": order.order_inverted,
    "row_backwards": order.row_backwards,
    "forbidden_since": steps.forbidden_since,
}

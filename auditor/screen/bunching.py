"""What the neighbours of a limit say should lie at it and just above it.

Counts of working days are smooth where nobody aims at a limit. Two readings of the
neighbours are made: ``around``, a curve through the counts on both sides (their
logarithm a parabola, so that it may rise, peak or fall), without the limit and the days
just above; and ``before``, a straight line through the logarithms of the counts below
alone, which the counts of any honest distribution with one peak stay under. Where next
to nothing lies above the limit, an office that simply keeps it looks like one that cut
its cases off there, so the reading that suspects less is believed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.screen.exact import Floats

STEPS = 60
# The curve may bend as durations do, not as a spike does: standard deviations of
# slope and curvature, in logarithms a day, before anything is seen.
SLOPE, BEND, STRAIGHT = 2.0, 0.25, 1e-4
READINGS = ("around", "before")
LEVEL = 5.0
FEWEST_BINS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """Which counts are compared: ``beside`` on either side of limit and ``hole``."""

    limit: int
    beside: int
    hole: int

    @property
    def below(self) -> range:
        """The bins below the limit; day 0 is another kind of day and left out."""
        return range(max(1, self.limit - self.beside), self.limit)

    @property
    def above(self) -> range:
        """The bins behind the hole."""
        first = self.limit + self.hole + 1
        return range(first, first + self.beside)

    @property
    def emptied(self) -> range:
        """The bins just above the limit, from which cases would be moved."""
        return range(self.limit + 1, self.limit + self.hole + 1)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the neighbours say: ``at`` the limit, ``above`` it; each with its weight.

    A weight is the count whose own chance is as large as the estimate's. ``known`` is
    false where too few neighbouring bins hold anything.
    """

    at: Floats
    at_weight: Floats
    above: Floats
    above_weight: Floats
    known: Floats


def expected(counts: Floats, window: Window, reading: str) -> Expected:
    """Return the counterfactual of each row of counts (rows × days from 0)."""
    around = reading == "around"
    used = [*window.below, *(window.above if around else ())]
    y = counts[:, used]
    x = _terms(np.array(used) - window.limit)
    beta, spread = _fit(y, x, BEND if around else STRAIGHT)
    at, at_weight = _predict(beta, spread, _terms(np.array([0])))
    gap = _terms(np.array(window.emptied) - window.limit)
    above, above_weight = _predict(beta, spread, gap)
    filled = (counts[:, list(window.below)] > 0).sum(axis=1)
    enough = np.asarray(filled >= FEWEST_BINS, dtype=np.float64)
    return Expected(at, at_weight, above, above_weight, enough)


def _terms(x: NDArray[np.int64]) -> Floats:
    days = x.astype(np.float64)
    return np.stack([np.ones_like(days), days, days * days], axis=1)


def _fit(y: Floats, x: Floats, bend_by: float) -> tuple[Floats, Floats]:
    """Fit each row's Poisson curve by Newton's method; return terms and covariance."""
    rows = y.shape[0]
    prior = np.diag([1 / LEVEL**2, 1 / SLOPE**2, 1 / bend_by**2])
    start = np.log(y.mean(axis=1) + 0.5)
    middle = np.zeros((rows, 3))
    middle[:, 0] = start
    beta = middle.copy()
    for _ in range(STEPS):
        mean = np.exp(np.clip(beta @ x.T, -30, 30))
        slope = (y - mean) @ x - (beta - middle) @ prior
        bend = np.einsum("ri,ia,ib->rab", mean, x, x) + prior
        move = np.linalg.solve(bend, slope[:, :, None])[:, :, 0]
        beta = beta + np.clip(move, -1, 1)
        if np.abs(move).max(initial=0) < 1e-10:
            break
    mean = np.exp(np.clip(beta @ x.T, -30, 30))
    bend = np.einsum("ri,ia,ib->rab", mean, x, x) + prior
    return beta, np.linalg.inv(bend)


def _predict(beta: Floats, spread: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Return the sum over some days, and the count that is as uncertain as it."""
    mean = np.exp(np.clip(beta @ x.T, -30, 30))
    total = mean.sum(axis=1)
    lean = (mean @ x) / total[:, None]
    variance = np.einsum("ra,rab,rb->r", lean, spread, lean)
    return total, 1 / np.maximum(variance, 1e-12)

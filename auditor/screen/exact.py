"""Exact binomial tails and intervals on whole arrays, and the false discovery rate.

Everything rests on the regularised incomplete beta function; counts may be fractions
where they stand for the weight of an estimate.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ROUNDS, BLOCK, HALVINGS, TINY = 400, 8, 45, 1e-300
NEWTONS, SPARED = 10, 40  # halvings that a good guess spares
CELLS = 2.0**SPARED


def _lgamma(x: Floats) -> Floats:
    """Return the logarithm of the gamma function (Stirling, moved up to 8 and more)."""
    shift = np.zeros_like(x)
    y = x.astype(np.float64)
    for _ in range(8):
        small = y < 8
        shift = np.where(small, shift - np.log(np.where(small, y, 1.0)), shift)
        y = np.where(small, y + 1, y)
    z = 1 / (y * y)
    series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z / 1188)))) / y
    return shift + (y - 0.5) * np.log(y) - y + 0.5 * math.log(2 * math.pi) + series


def _log_beta(a: Floats, b: Floats) -> Floats:
    """Return what every tail of a shape is divided by, as the logarithm of its part."""
    return _lgamma(a + b) - _lgamma(a) - _lgamma(b)


def beta_tail(a: Floats, b: Floats, x: Floats, known: Floats | None = None) -> Floats:
    """Return I_x(a, b), the regularised incomplete beta function; 0 where a is 0.

    ``known`` is the shapes' :func:`_log_beta`, where it is at hand.
    """
    a, b, x = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (a, b, x)))
    out = np.where(x >= 1, 1.0, 0.0)
    todo = (a > 0) & (b > 0) & (x > 0) & (x < 1)
    if not todo.any():
        return out
    a, b, x = a[todo], b[todo], x[todo]
    front = _log_beta(a, b) if known is None else known[todo]
    # The fraction converges fast only on one side of the mean: mirror the other.
    swap = x > (a + 1) / (a + b + 2)
    p, q, y = np.where(swap, b, a), np.where(swap, a, b), np.where(swap, 1 - x, x)
    front = np.exp(front + p * np.log(y) + q * np.log1p(-y)) / p
    value = front * _fraction(p, q, y)
    out[todo] = np.clip(np.where(swap, 1 - value, value), 0, 1)
    return out


def _fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """Return the continued fraction of the incomplete beta function (Lentz).

    A value is looked at after every block of rounds and left alone once it stands, so
    that it depends on no other.
    """
    out = np.empty_like(x)
    rest: NDArray[np.intp] = np.arange(x.size)
    c = np.ones_like(x)
    d = 1 / _away(1 - (a + b) * x / (a + 1))
    h = last = d
    for first in range(1, ROUNDS, BLOCK):
        for at, step in enumerate(_steps(a, b, x, first)):
            last = h if at == 2 * BLOCK - 2 else last  # before the block's last round
            d = 1 / _away(1 + step * d)
            c = _away(1 + step / c)
            h = h * d * c
        stands = np.abs(h - last) <= 1e-14 * np.abs(h)
        out[rest[stands]] = h[stands]
        if stands.all():
            return out
        if stands.any():
            rest = rest[~stands]
            a, b, x, c, d, h = (v[~stands] for v in (a, b, x, c, d, h))
    out[rest] = h
    return out


def _steps(a: Floats, b: Floats, x: Floats, first: int) -> Floats:
    """Return the coefficients of a block of rounds, two a round."""
    m = np.arange(first, first + BLOCK, dtype=np.float64)[:, None]
    twice = a + 2 * m
    even = m * (b - m) * x / ((twice - 1) * twice)
    odd = -(a + m) * (a + b + m) * x / (twice * (twice + 1))
    return np.stack([even, odd], axis=1).reshape(2 * BLOCK, -1)


def _away(value: Floats) -> Floats:
    # Next to 1 there is nothing between 0 and the smallest step: only 0 is too near.
    return value if value.all() else np.where(value == 0, TINY, value)


def beta_quantile(p: Floats, a: Floats, b: Floats) -> Floats:
    """Return the x at which I_x(a, b) is p, by halving; p lies between 0 and 1.

    Most halvings are spared: Newton's method names the cell in which halving would
    end up, and the cell is believed only if the tail at its two ends confirms it. The
    values are those of halving from the start, to the last bit.
    """
    shape = a, b, _log_beta(a, b)
    low = np.floor(_near(p, shape) * CELLS).clip(0, CELLS - 1) / CELLS
    high = low + 1 / CELLS
    sure = (_tail(shape, low) < p) & (_tail(shape, high) >= p)
    x = _halved(p, shape, (low, high), HALVINGS - SPARED)
    if not sure.all():
        rest = ~sure
        whole = np.zeros(rest.sum()), np.ones(rest.sum())
        left = a[rest], b[rest], shape[2][rest]
        x[rest] = _halved(p[rest], left, whole, HALVINGS)
    return x


Shape = tuple[Floats, Floats, Floats]  # of a beta distribution, and its log_beta


def _tail(shape: Shape, x: Floats) -> Floats:
    return beta_tail(shape[0], shape[1], x, shape[2])


def _halved(p: Floats, shape: Shape, ends: tuple[Floats, Floats], times: int) -> Floats:
    low, high = ends
    for _ in range(times):
        middle = (low + high) / 2
        below = _tail(shape, middle) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _near(p: Floats, shape: Shape) -> Floats:
    """Guess the quantile by Newton's method on the logarithms of odds and lesser tail.

    A guess may be far off, or no number, where a shape is next to nothing.
    """
    a, b, front = shape
    lower = p < 0.5
    mean = a / (a + b)
    wide = np.where(lower, -2, 2) * np.sqrt(mean * (1 - mean) / (a + b + 1))
    x: Floats = np.clip(mean + wide, mean / 20, 1 - (1 - mean) / 20)
    with np.errstate(all="ignore"):
        odds = np.log(x) - np.log1p(-x)
        for _ in range(NEWTONS):
            tail = _tail(shape, x)
            lesser, wanted = np.where(lower, (tail, p), (1 - tail, 1 - p))
            density = np.exp(front + a * np.log(x) + b * np.log1p(-x))
            move = np.log(lesser / wanted) * lesser / density
            move = np.clip(np.nan_to_num(np.where(lower, -move, move)), -1, 1)
            odds = odds + move
            x = 1 / (1 + np.exp(-odds))
            if np.abs(move).max(initial=0) < 1e-12:
                break
    return x


def interval(k: Floats, rest: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return Clopper and Pearson's bounds of the share k / (k + rest)."""
    # Small counts come in few pairs, and all classes of a county share their others.
    pairs, back = np.unique(np.stack([k, rest], axis=1), axis=0, return_inverse=True)
    low, high = _bounds(pairs[:, 0], pairs[:, 1], level)
    at = back.reshape(-1)
    return low[at], high[at]


def interval_where(asked: Flags, k: Floats, rest: Floats) -> tuple[Floats, Floats]:
    """Return ``interval`` where it is asked for, and no number elsewhere."""
    low, high = np.full(k.shape, np.nan), np.full(k.shape, np.nan)
    if asked.any():  # a search in nothing costs as much as one in little
        low[asked], high[asked] = interval(k[asked], rest[asked])
    return low, high


def _bounds(k: Floats, rest: Floats, level: float) -> tuple[Floats, Floats]:
    outside = np.full(k.shape, (1 - level) / 2)
    # Both ends in one search: a call costs more than its numbers.
    p = np.concatenate([outside, 1 - outside])
    a, b = np.concatenate([k, k + 1]), np.concatenate([rest + 1, rest])
    x = np.concatenate([np.zeros_like(k), np.ones_like(k)])
    asked = (a > 0) & (b > 0)
    x[asked] = beta_quantile(p[asked], a[asked], b[asked])
    low, high = np.split(x, 2)
    return low, high


def upper_tail(k: Floats, rest: Floats, share: Floats) -> Floats:
    """Return how likely k or more of k + rest are if the true share is ``share``."""
    return np.where(k > 0, beta_tail(np.maximum(k, TINY), rest + 1, share), 1.0)


def false_discovery(p: Floats) -> Floats:
    """Return Benjamini and Hochberg's q of each p, in the order given."""
    if p.size == 0:
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * p.size / np.arange(1, p.size + 1)
    running = np.minimum.accumulate(scaled[::-1])[::-1]
    q = np.empty_like(p)
    q[order] = np.minimum(running, 1)
    return q

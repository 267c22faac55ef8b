"""Random draws that give the same numbers on every machine: no libm, only products."""

from random import Random

_STEPS = 40  # eighths of a standard deviation on either side


def _ladder(step: float) -> tuple[float, ...]:
    """Return ``step ** k`` for k = -40 … 40 by repeated multiplication."""
    up, down = [1.0], [1.0]
    for _ in range(_STEPS):
        up.append(up[-1] * step)
        down.append(down[-1] / step)
    return tuple(down[:0:-1] + up)


# exp(sigma / 8) for sigma 0.45 and 0.8
_LADDERS = {"narrow": _ladder(1.0579), "wide": _ladder(1.1052)}


def days(rng: Random, median: float, top: int, spread: str = "narrow") -> int:
    """Draw a log-normal number of working days, at most ``top``."""
    ladder = _LADDERS[spread]
    for _ in range(12):
        bell = rng.random() + rng.random() + rng.random() + rng.random() - 2
        step = int(bell * 13.856 + 100.5) - 100  # four uniforms: variance 1/3
        drawn = int(median * ladder[step + _STEPS] + 0.5)
        if drawn <= top:
            return drawn
    return min(top, int(median))


def pick(rng: Random, weights: dict[str, int]) -> str:
    """Draw one key with the given whole weights."""
    left = rng.randrange(sum(weights.values()))
    for key, weight in weights.items():
        left -= weight
        if left < 0:
            return key
    raise AssertionError("weights are whole and positive")

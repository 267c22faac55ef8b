"""The arithmetic of a form: what its own √, and what a run, let each total be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from auditor.reconcile.nouns import Form, Line, Mark, Spot
from auditor.write.words import percent, percent_text

_EXACT = 6  # decimals beyond which a stored percentage counts as unrounded
_UNREAD = frozenset({"merged", "unreadable", "absent", "number"})


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of ``sizes`` are done: at least ``low``, at most ``high``.

    ``high`` exceeds ``low`` where cells cannot be read or rows are elided; ``sizes``
    holds what the whole may be (the rows that are there, the number that a label
    says), and is empty when nobody can tell.
    """

    low: int
    high: int
    sizes: frozenset[int]

    def allows(self, item: str, mark: Mark) -> str:
        """Say whether a declared total agrees with the form's own cells.

        Returns:
            ``right``, ``wrong``, ``rounded`` (a percentage not rounded to one
            decimal), ``open`` where the form leaves it open, or ``unread`` for a cell
            that holds no number.
        """
        if not mark.values or mark.kind in {"merged", "unreadable"}:
            return "unread"
        if not self.sizes:
            return "open"
        if item == "percent":
            return self._percent(mark)
        return "right" if mark.values[0] in self._counts(item) else "wrong"

    def _counts(self, item: str) -> set[int]:
        dones = range(self.low, self.high + 1)
        if item == "done":
            return set(dones)
        return {size - done for done in dones for size in self.sizes}

    def _percent(self, mark: Mark) -> str:
        dones = range(self.low, self.high + 1)
        pairs = [(n, size) for n in dones for size in self.sizes if n <= size and size]
        if any(value == percent(*pair) for value in mark.values for pair in pairs):
            return "right"
        if any(_is_rounded(value, *pair) for value in mark.values for pair in pairs):
            return "rounded"
        return "wrong"

    def shown(self, item: str) -> str:
        """Return what the total has to be; a range where the form leaves it open."""
        if not self.sizes:
            return ""
        dones, size = (self.low, self.high), max(self.sizes)
        if item == "percent":
            ends = [percent_text(percent(n, size)) for n in dones]
        elif item == "done":
            ends = [str(n) for n in dones]
        else:
            ends = [str(max(0, size - n)) for n in reversed(dones)]
        return ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"


def _is_rounded(value: Decimal, done: int, size: int) -> bool:
    """Whether a percentage is exact, half up, to as many decimals as it shows."""
    exact = Decimal(done) * 100 / Decimal(size)
    if value == 100 or exact == 100:
        return value == exact
    exponent = value.normalize().as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    step = Decimal(1).scaleb(-min(decimals, _EXACT))
    near, wanted = (x.quantize(step, ROUND_HALF_UP) for x in (value, exact))
    return near == wanted


def tally_county(line: Line, indicators: Sequence[str]) -> Tally:
    """Return how many of a county's cells say √, as far as they can be read."""
    low, high = _ticks(line.mark(one).mark for one in indicators)
    return Tally(low, high, frozenset({len(indicators)}))


def tally_complete(
    form: Form, lines: Sequence[Line], size: int | None, indicators: Sequence[str]
) -> Tally:
    """Return how many counties say √ in every cell."""
    tallies = [tally_county(line, indicators) for line in lines]
    low = sum(one.low == len(indicators) for one in tallies)
    high = sum(one.high == len(indicators) for one in tallies)
    return _among(form, (low, high), len(lines), size)


def tally_column(
    form: Form, lines: Sequence[Line], size: int | None, indicator: str
) -> Tally:
    """Return how many counties say √ under one indicator."""
    ends = _ticks(line.mark(indicator).mark for line in lines)
    return _among(form, ends, len(lines), size)


def _ticks(marks: Iterator[Mark]) -> tuple[int, int]:
    kinds = [mark.kind for mark in marks]
    ticks = kinds.count("tick")
    return ticks, ticks + sum(kind in _UNREAD for kind in kinds)


def _among(form: Form, ends: tuple[int, int], rows: int, size: int | None) -> Tally:
    """Return the tally over the rows that are there and those that dots stand for."""
    if not form.elided:
        return Tally(*ends, frozenset({rows, rows if size is None else size}))
    if size is None:
        return Tally(*ends, frozenset())
    return Tally(ends[0], ends[1] + max(0, size - rows), frozenset({max(size, rows)}))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run lets a count be: ``low`` are proven, all but ``high`` are refuted."""

    low: int
    high: int
    size: int

    def word(self, count: int) -> tuple[str, str]:
        """Return the word and note for a declared number of √ or of whole counties."""
        if count > self.high:
            return "refuted", "follows"
        if count > self.low:
            return "not_proven", "follows"
        return "confirmed", "" if count == self.low else "allows_more"

    def shown(self, item: str) -> str:
        """Return what the run's own form shows in the cell."""
        if item == "percent":
            return percent_text(percent(self.low, self.size))
        return str(self.low if item == "done" else self.size - self.low)


def judge_total(
    spots: Mapping[str, Spot], tally: Tally, bounds: Bounds | None
) -> Iterator[tuple[str, str, str]]:
    """Yield item, word and note for each of done, undone and percent.

    The form's own arithmetic comes first; only a total that agrees with its own form
    is held against the run.
    """
    for item, spot in spots.items():
        found = tally.allows(item, spot.mark)
        if found == "unread":
            yield item, "not_checkable", spot.mark.kind
        elif found == "wrong":
            yield item, "arithmetic_wrong", "should_be"
        elif bounds is None or found == "open":
            yield item, "not_checkable", "no_match" if bounds is None else "inexact"
        else:
            word, note = _against(spot.mark, item, tally, bounds)
            yield item, word, note or ("rounded" if found == "rounded" else "")


def _against(mark: Mark, item: str, tally: Tally, bounds: Bounds) -> tuple[str, str]:
    if tally.low == tally.high:
        return bounds.word(tally.low)
    word, note = bounds.word(int(mark.values[0])) if item == "done" else ("", "")
    return (word, note) if word == "refuted" else ("not_checkable", "inexact")

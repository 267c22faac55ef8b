"""Which column belongs to which indicator, when head and rows are out of step.

The notice's own sample has a head one cell short. The starred indicators settle it: in
county rows they hold ``/``, so that their seven columns fit one arrangement only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from auditor.errors import AuditError
from auditor.pack import Indicator
from auditor.reconcile.grid import Grid
from auditor.reconcile.header import RIGHT, Header

_SLIPS = (-2, -1, 1, 2)  # columns by which a whole row is tried
_Mapping = Mapping[int, int]  # an indicator's number to its column


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers and last captions to columns, and whether they stand where printed."""

    indicators: _Mapping
    shares: Mapping[str, int]
    moved: bool
    moved_shares: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """The columns of a county row that hold a slash, and those with anything else."""

    slashes: frozenset[int]
    others: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Block:
    """The columns of the indicators, and what the county rows hold in them."""

    header: Header
    last: int
    rows: tuple[_Row, ...]
    numbers: frozenset[int]
    stars: frozenset[int]

    def inside(self, labels: _Mapping) -> dict[int, int]:
        """Return the labels whose columns lie in the block."""
        first = self.header.first
        return {
            n: column for n, column in labels.items() if first <= column <= self.last
        }

    def score(self, mapping: _Mapping) -> tuple[int, int]:
        """Return how many rows hold slashes in all starred columns, how many do not."""
        columns = frozenset(c for number, c in mapping.items() if number in self.stars)
        if not columns:
            return 0, 0
        # A blank cell neither fits nor denies: it is only not filled in.
        fits = sum(columns <= row.slashes for row in self.rows)
        return fits, sum(not columns.isdisjoint(row.others) for row in self.rows)

    def covers(self, mapping: _Mapping) -> bool:
        """Whether each column that is used has a number."""
        used = frozenset[int]().union(*(row.slashes | row.others for row in self.rows))
        return used <= frozenset(mapping.values())


def align(
    file: str,
    grid: Grid,
    header: Header,
    counties: Sequence[int],
    indicators: Sequence[Indicator],
) -> Columns:
    """Return the columns that the county rows bear out.

    The head stands as printed unless the rows contradict it and exactly one other
    arrangement agrees with most of them.

    Args:
        file: name for messages.
        grid: the sheet.
        header: its head as printed.
        counties: the rows of counties.
        indicators: those of the form.

    Raises:
        AuditError: AUD514, head and rows disagree and no single arrangement agrees.
    """
    shares, slip = _shares(grid, header, counties)
    last = min(shares.values()) - 1 if shares else header.last
    rows = tuple(_row(grid, row, header.first, last) for row in counties)
    numbers = frozenset(one.number for one in indicators)
    stars = frozenset(one.number for one in indicators if one.star)
    block = _Block(header, last, rows, numbers, stars)
    printed = block.inside(header.labels)
    mapping = _arrange(block, printed)
    if mapping is None:
        raise AuditError("AUD514", file=file, sheet=grid.name, row=header.row)
    return Columns(mapping, shares, mapping != printed, slip != 0)


def _row(grid: Grid, row: int, first: int, last: int) -> _Row:
    kinds = {c: grid.spot(row, c).mark.kind for c in grid.filled(row, first, last)}
    slashes = frozenset(c for c, kind in kinds.items() if kind == "slash")
    return _Row(slashes, frozenset(kinds) - slashes)


def _arrange(block: _Block, printed: _Mapping) -> _Mapping | None:
    fits, breaks = block.score(printed)
    stands = len(printed) == len(block.header.labels) and block.covers(printed)
    if breaks == 0 and (fits or stands):
        return _completed(block, printed)
    others = [_completed(block, one) for one in _others(block) if one != printed]
    scores = [fit - broken for fit, broken in map(block.score, others)]
    best, most = max(scores, default=0), len(block.rows) / 2
    leaders = [one for one, score in zip(others, scores, strict=True) if score == best]
    if best > fits - breaks and best > most:
        leaders = list(filter(block.covers, leaders)) or leaders
        return leaders[0] if all(one == leaders[0] for one in leaders) else None
    return printed if fits > most or stands else None


def _completed(block: _Block, mapping: _Mapping) -> _Mapping:
    """Add numbers that the head leaves out, if there is just one column for each."""
    first = block.header.first
    whole = {number: first + at for at, number in enumerate(sorted(block.numbers))}
    has_room = block.last - first + 1 == len(whole)
    return whole if has_room and mapping.items() <= whole.items() else mapping


def _others(block: _Block) -> Iterator[_Mapping]:
    """Yield the arrangements worth trying: slips of the whole head, or of its end."""
    labels = block.header.labels
    for slip in _SLIPS:
        yield block.inside({n: column + slip for n, column in labels.items()})
    for before, after in pairwise(sorted(labels)):
        gap = labels[after] - labels[before] - 1
        if after > before + 1 and gap == 0:  # a number, or dots for some, lost its cell
            yield block.inside({n: c + (n >= after) for n, c in labels.items()})
        if gap > 0:  # a cell too many
            yield block.inside({n: c - (n >= after) for n, c in labels.items()})


def _shares(
    grid: Grid, header: Header, counties: Sequence[int]
) -> tuple[dict[str, int], int]:
    """Return the columns of the last three captions, moved to where figures stand."""
    said = {key: column for key, column in header.columns.items() if key in RIGHT}
    if len(said) < len(RIGHT):
        return said, 0
    fits = {
        slip: sum(_adds_up(grid, row, said, slip) for row in counties)
        for slip in (0, *_SLIPS)
    }
    best = max(fits.values())
    leaders = [slip for slip, n in fits.items() if n == best]
    slip = leaders[0] if fits[0] < best and len(leaders) == 1 else 0
    return {key: column + slip for key, column in said.items()}, slip


def _adds_up(grid: Grid, row: int, shares: Mapping[str, int], slip: int) -> bool:
    """Whether two counts and their percentage stand in these columns."""
    spots = [grid.spot(row, shares[key] + slip).mark.values for key in RIGHT]
    if not all(spots):
        return False
    done, total = spots[0][0], spots[0][0] + spots[1][0]
    return total > 0 and any(abs(x - done * 100 / total) < 1 for x in spots[2])

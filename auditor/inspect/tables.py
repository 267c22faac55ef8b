"""Which canonical table a file may fill, told from its headers and its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor.clean.cells import KEYS
from auditor.frames import DOSSIER_ONLY
from auditor.inspect.headers import guess
from auditor.inspect.lexicon import Lexicon
from auditor.inspect.nouns import Guess
from auditor.pack.model import Pack, Table

_ENOUGH = 2  # columns beside the id that make a second table worth proposing
_WIDE = 3  # milestones that make a row an application with its log


@dataclass(frozen=True, slots=True)
class Reading:
    """A file read as a table: header to meaning, and what the table still lacks."""

    table: Table
    guesses: Mapping[str, Guess]
    lacking: tuple[str, ...]
    milestones: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def rank(self) -> tuple[int, int, int]:
        """How well the table fits: fewer lacks, more columns, more sure ones."""
        sure = sum(one.sure for one in self.guesses.values())
        return -len(self.lacking), len(self.guesses), sure


def read_as(header: Sequence[str], table: Table, known: Lexicon) -> Reading:
    """Guess each header; of several for one column the best supported keeps it."""
    found: dict[str, tuple[str, Guess]] = {}
    order = ("name", "alias", "mapping", "lexicon", "spelling", "below", "similar")
    for head in header:
        one = guess(head, table, known) or _below(head, header, table, known)
        if one is None:
            continue
        held = found.get(one.column)
        weaker = held is None or order.index(one.how) < order.index(held[1].how)
        moment = held is not None and held[0] in known.milestones
        if weaker or (moment and head not in known.milestones):
            found[one.column] = (head, one)
    required = [c.name for c in table.columns.values() if c.required]
    lacking = tuple(name for name in required if name not in found)
    return Reading(table, dict(found.values()), lacking)


def _below(
    head: str, header: Sequence[str], table: Table, known: Lexicon
) -> Guess | None:
    """Guess a header of two lines by its lower one, where no other is called so."""
    _, mark, own = head.rpartition("/")
    shared = sum(one.rpartition("/")[2] == own for one in header)
    one = guess(own, table, known) if mark and shared == 1 else None
    if one is None or one.how == "similar":
        return one
    return replace(one, how="below", said=own)


def readings(
    header: Sequence[str], named: str | None, pack: Pack, known: Lexicon
) -> tuple[Reading | None, Reading | None]:
    """Return the table that a file fills, and a second one that it carries.

    ``named`` is the table that the file's own name tells; then only the second is
    looked for.
    """
    every = [
        read_as(header, table, known)
        for name, table in pack.tables.items()
        if name not in DOSSIER_ONLY and _own_id(table)
    ]
    fitting = [one for one in every if len(one.guesses) >= _ENOUGH and _has_id(one)]
    main = next((one for one in every if one.table.name == named), None)
    if main is None:
        main = max(fitting, key=lambda one: one.rank, default=None)
    if main is None:
        return None, None
    if main.table.name == "cases":
        return main, _log_of(header, main, pack, known)
    second = next((one for one in fitting if one.table.name == "cases"), None)
    mine = set(main.guesses)
    more = set(second.guesses) - mine if second else set()
    if main.table.name == "events" and second and len(more) >= _ENOUGH:
        return main, second
    return main, None


def _own_id(table: Table) -> str | None:
    """Return the column without which a row of the table belongs to nothing."""
    ids = (c for c in table.columns.values() if c.type == "id" and c.required)
    return next((column.name for column in ids), None)


def _has_id(one: Reading) -> bool:
    wanted = _own_id(one.table)
    return any(guessed.column == wanted for guessed in one.guesses.values())


def _log_of(
    header: Sequence[str], main: Reading, pack: Pack, known: Lexicon
) -> Reading | None:
    """Return the milestones of a wide row as a log, if it has some."""
    stamps = {
        h: (known.milestones[h][0], known.milestones[h][1])
        for h in header
        if h in known.milestones
    }
    if len(stamps) < _WIDE:
        return None
    own = {head: one for head, one in main.guesses.items() if one.column == KEYS[0]}
    return Reading(pack.tables["events"], own, (), stamps)

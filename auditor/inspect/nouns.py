"""What an inspection found: files, columns and their evidence, ids, steps."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from auditor.clean.shipped import FITTING, Fit

Counted = tuple[tuple[str, int], ...]  # a value and how many cells or rows hold it


@dataclass(frozen=True, slots=True)
class Guess:
    """The canonical column that a header may mean.

    ``how`` is the kind of evidence: ``name`` and ``alias`` of the pack are ``sure``;
    ``lexicon``, ``mapping`` (``said`` names it), ``spelling`` (the same but for width,
    case, brackets), ``below`` (the lower line of a header of two) and ``similar``
    are not. ``unit`` is the one the header names.
    """

    column: str
    how: str
    said: str = ""
    unit: str | None = None

    @property
    def sure(self) -> bool:
        """Whether a run without a mapping would take the header so too."""
        return self.how in {"name", "alias"}


@dataclass(frozen=True, slots=True)
class Form:
    """A form of dates beyond the plain ones, its cells, and one of them."""

    form: str
    cells: int
    example: str


@dataclass(frozen=True, slots=True)
class Dates:
    """How the filled cells of a date column are written.

    ``plain`` are read without a mapping; ``forms`` could read others; ``either`` counts
    cells that two forms read as different days; ``unread`` are examples of the rest.
    ``unseen`` cells were not tried, since too many values are in no plain form.
    """

    plain: int
    forms: tuple[Form, ...]
    either: int
    midnight: int
    unread: Counted
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """One column of a file.

    ``filled`` counts cells with text; ``values`` are the most frequent ones, none where
    the column is ``private`` or holds free text. ``unknown`` are words that the guessed
    column cannot mean, ``unknown_values`` how many there are, ``words`` what is
    proposed for some of them; ``names`` says that they are names of documents, of the
    steps of documents, or of charges, that no list knows; ``alike`` are names that
    differ only in width, case or signs.
    """

    header: str
    filled: int
    distinct: int
    private: bool
    values: Counted
    guess: Guess | None = None
    rival: str | None = None
    also: Guess | None = None
    dates: Dates | None = None
    unknown: Counted = ()
    unknown_values: int = 0
    alike: tuple[tuple[str, ...], ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    names: bool = False


@dataclass(frozen=True, slots=True)
class FileSeen:
    """One table of a file: how it was read, and which canonical table it may fill.

    ``table`` None: no table fits; ``named`` says that the file's own name tells it.
    ``also`` is a second table whose columns the rows carry; ``lacking`` are required
    columns that no header was found for; ``rejected`` counts rows by reason.
    """

    source: str
    format: str
    encoding: str | None
    delimiter: str | None
    records: int
    rows: int
    rejected: Counted
    columns: tuple[ColumnSeen, ...]
    table: str | None
    named: bool
    also: str | None
    lacking: tuple[str, ...]
    milestones: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def layout(self) -> tuple[object, ...]:
        """What files of one layout have in common."""
        heads = tuple(column.header for column in self.columns)
        return self.table or "", self.also or "", heads, self.encoding, self.delimiter


@dataclass(frozen=True, slots=True)
class Ids:
    """The case ids of one file: repeated ones, ones that look alike, unknown ones.

    ``unknown`` counts ids that no file of cases holds; ``folded`` those of them that
    are easily taken for one that is known. ``rounded`` counts rows whose id is a number
    in the writing of a spreadsheet (``3.30102E+17``), which names no case; ``cut``, ids
    that have only noughts behind their fifteenth digit, if most of a file's have.
    """

    source: str
    table: str
    distinct: int
    repeated: int
    alike: tuple[tuple[str, ...], ...]
    unknown: int
    folded: int
    rounded: int
    cut: int


@dataclass(frozen=True, slots=True)
class StepSeen:
    """A step as recorded, its rows, and what it means (``unmapped`` if unknown)."""

    raw: str
    rows: int
    step: str
    proposal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A file whose codes are those of another file's column."""

    source: str
    key: str
    values: tuple[str, ...]
    used_by: str
    header: str
    covered: int
    distinct: int


@dataclass(frozen=True, slots=True)
class Check:
    """What a given mapping does to the dump: rejects by kind, what it does not use."""

    mapping: str
    rows: Mapping[str, Mapping[str, int]]
    rejects: tuple[Mapping[str, Any], ...]
    unused: tuple[str, ...]
    missing: tuple[str, ...]
    unmapped: Counted
    documents: Counted = ()  # names still on no list
    paper_steps: Counted = ()  # steps of documents still unknown
    charges: Counted = ()  # items still on no list
    error: Mapping[str, str] | None = None  # by language


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything that `audit inspect` tells of a dump."""

    files: tuple[FileSeen, ...]
    refused: tuple[tuple[str, str, str], ...]  # source, reason, value
    ids: tuple[Ids, ...]
    steps: tuple[StepSeen, ...]
    codes: tuple[CodeTable, ...]
    fits: tuple[Fit, ...]
    check: Check | None = None

    @property
    def best(self) -> Fit | None:
        """The shipped mapping that fits best, if one fits at all."""
        return next((fit for fit in self.fits if fit.share >= FITTING), None)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)

"""More nouns of a pack: its clauses, and the form on benefits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from auditor.pack.model import Condition

ClauseStatus = Literal["automated", "partial", "attested", "not_per_application"]
CLAUSE_STATUSES: tuple[ClauseStatus, ...] = (
    "automated",
    "partial",
    "attested",
    "not_per_application",
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One task of the ledger or one indicator, and how far the pack checks it.

    ``rules`` have a page in the pack, ``planned`` are named but have none yet.
    ``links`` are a task's indicators or an indicator's tasks. ``ledger_due`` is the
    ledger's date (None: continuous, or missing in the notice); ``due`` is the date
    that decides "overdue". ``group`` is an indicator's column group in the form.
    """

    id: str
    kind: Literal["task", "indicator"]
    number: int
    status: ClauseStatus
    title_zh: str
    title_en: str
    rules: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    ongoing: bool = False
    ledger_due: date | None = None
    due: date | None = None
    group: str | None = None
    note_zh: str = ""
    note_en: str = ""
    conflict_zh: str = ""
    conflict_en: str = ""


@dataclass(frozen=True, slots=True)
class BenefitGroup:
    """One column of the form on benefits: whom it counts.

    Groups are tried in order and a case belongs to the first that takes it: ``when``
    are conditions on the case, ``verdicts`` rules that must have given a verdict.
    ``under`` is the heading above several groups, empty if the caption stands alone.
    """

    id: str
    caption: str
    when: "tuple[Condition, ...]"
    verdicts: Mapping[str, str] = field(default_factory=dict)
    under: str = ""
    note_zh: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class BenefitMeasure:
    """One row of the form on benefits: what it adds up.

    A case gives its ``column``; with ``when``, only where that holds, and otherwise
    ``otherwise``. A value below ``least`` is no value. The form shows the sum divided
    by ``per``, rounded half up to ``decimals``.
    """

    id: str
    caption: str
    column: str
    per: int
    decimals: int
    when: "tuple[Condition, ...]" = ()
    otherwise: int | None = None
    least: float = 0
    note_zh: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class BenefitForm:
    """The form on benefits: whom and what it counts, and how it is laid out.

    ``cohort`` are the cohort words of the cases that it is about. ``layout`` holds
    words, positions and sizes for the writer; ``notes`` are pairs zh, en.
    """

    cohort: tuple[str, ...]
    groups: tuple[BenefitGroup, ...]
    measures: tuple[BenefitMeasure, ...]
    layout: Mapping[str, Any]
    notes: tuple[tuple[str, str], ...] = ()

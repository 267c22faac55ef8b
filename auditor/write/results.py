"""What one finished run hands to the writers: frames, the form's facts, identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from auditor.pack.forms import BenefitForm
from auditor.pack.model import Indicator
from auditor.write.words import word

if TYPE_CHECKING:
    import polars as pl

    Frame = pl.DataFrame | Path

__all__ = ["Identity", "Indicator", "InputFile", "Results"]


class InputFile(TypedDict, total=False):
    """One input of the run as the manifest names it."""

    name: str
    sha256: str
    size: int
    records: int
    rows: int
    format: str
    encoding: str | None
    delimiter: str | None
    table: str
    origin: str


class Identity(TypedDict, total=False):
    """What a run was made of; ``ran_at`` stays outside every digest."""

    pack_id: str
    pack_version: str
    pack_digest: str
    pack_folders: Sequence[str]
    calendar_digest: str | None
    versions: Mapping[str, str]
    parameters: Mapping[str, Any]
    inputs: Sequence[InputFile]
    ran_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One finished run.

    A frame is either small and in memory, or the path of ``<name>.parquet`` that
    already lies, sorted, in the run folder. ``roster`` holds the rows valid for the
    run (None or empty: no roster). ``accounting`` carries ``rows``, ``verdicts``,
    ``complete`` and, where known, ``reasons`` for an incomplete run. ``titles`` maps
    a rule to its Chinese and English title. ``coverage`` lists what the pack does
    and does not check: ``id, status, title_zh, title_en`` and, if it has them,
    ``note_zh, note_en``. ``pack_title`` is the pack's own, Chinese and English, and
    heads the report. ``benefits`` are the sums behind ``benefit_form``, by county code;
    ``undelivered`` names ``code, utility`` of rostered utilities without data;
    ``signals`` gives the severity of each rule whose fail is only a reason to look.
    """

    pack_folder: Path
    identity: Identity
    pack_title: tuple[str, str] | None = None
    cutoff: date
    rollup: "pl.DataFrame"
    verdicts: "Frame"
    facts: "Frame"
    findings: "Frame"
    rejects: "Frame"
    accounting: Mapping[str, Any]
    projects: "Frame | None" = None
    screens: "pl.DataFrame | None" = None
    tallies: "pl.DataFrame | None" = None
    chains: "Frame | None" = None
    indicators: tuple[Indicator, ...] = ()
    roster: "pl.DataFrame | None" = None
    expected: "pl.DataFrame | None" = None
    form: Mapping[str, str] = field(default_factory=dict)
    period: tuple[date, date] | None = None
    cutoff_derived: bool = False
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    notes: "pl.DataFrame | None" = None
    coverage: "pl.DataFrame | None" = None
    benefits: "pl.DataFrame | None" = None
    benefit_form: BenefitForm | None = None
    undelivered: "pl.DataFrame | None" = None
    signals: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """True only if the accounting says so; silence is not completeness."""
        return self.accounting.get("complete") is True

    @property
    def has_roster(self) -> bool:
        """Whether the agency named its counties."""
        return self.roster is not None and self.roster.height > 0

    def title(self, rule_id: str, lang: str = "zh") -> str:
        """Return the title of a rule or indicator, its id when nobody named it."""
        pair = self.titles.get(rule_id)
        if pair is None:
            for one in self.indicators:
                if one.id == rule_id:
                    pair = (one.title_zh, one.title_en)
        return word("ruletitle", rule_id, lang) if pair is None else pair[lang == "en"]

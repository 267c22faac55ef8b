"""The cells of 附件3 as values: sums of known amounts, and what keeps a cell blank.

A cell is blank while a case of its group lacks the amount, while a case may or may not
belong to the group, and while a utility that the roster names has delivered nothing:
a missing input is never 0. A case off the roster may belong to any province on it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from auditor.pack.forms import BenefitForm, BenefitMeasure
from auditor.write.forms.units import Province, provinces

if TYPE_CHECKING:
    from auditor.write.results import Results

Place = tuple[str, str]  # measure id, group id


@dataclass(frozen=True, slots=True)
class Figure:
    """What is known of one cell, in the unit of the input column."""

    total: Decimal = Decimal(0)
    cases: int = 0
    missing: int = 0
    doubtful: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is missing or in doubt."""
        return not self.missing and not self.doubtful

    def plus(self, other: "Figure") -> "Figure":
        """Return the figure over the cases of both."""
        return Figure(
            self.total + other.total,
            self.cases + other.cases,
            self.missing + other.missing,
            self.doubtful + other.doubtful,
        )

    @property
    def elsewhere(self) -> "Figure":
        """The same cases where nobody knows whether they belong at all."""
        return Figure(doubtful=self.cases + self.missing + self.doubtful)


@dataclass(frozen=True, slots=True)
class Sheetful:
    """One province's form: its figures, and the utilities that delivered nothing."""

    area: Province
    figures: Mapping[Place, Figure]
    silent: tuple[str, ...]

    def shown(self, measure: BenefitMeasure, group: str) -> Decimal | None:
        """Return what the cell shows, None for blank."""
        figure = self.figures[measure.id, group]
        if self.silent or not figure.whole:
            return None
        return scaled(figure.total, measure)

    def total(self, measure: BenefitMeasure, groups: Iterable[str]) -> Decimal | None:
        """Return the row's sum: that of its cells as shown, None if one is blank."""
        cells = [self.shown(measure, group) for group in groups]
        known = [cell for cell in cells if cell is not None]
        return sum(known, Decimal(0)) if len(known) == len(cells) else None


def scaled(total: Decimal, measure: BenefitMeasure) -> Decimal:
    """Return a sum in the unit of the form, rounded half up to its decimals."""
    step = Decimal(1).scaleb(-measure.decimals)
    return (total / measure.per).quantize(step, ROUND_HALF_UP)


def sheetfuls(results: "Results") -> list[Sheetful]:
    """Return one form a province of the roster; without a roster one of all cases."""
    form = results.benefit_form
    assert form is not None
    by_code = dict(_by_code(results, form))
    if not results.has_roster:
        name = results.form.get("province", "").strip()
        everything = _sum(by_code.values(), form)
        return [Sheetful(Province("", name, ()), everything, ())]
    assert results.roster is not None
    areas = provinces(results.roster, frozenset())
    listed = {county.code for area in areas for county in area.counties}
    off = [_elsewhere(one) for code, one in by_code.items() if code not in listed]
    made = []
    for area in areas:
        codes = {county.code for county in area.counties}
        mine = [one for code, one in by_code.items() if code in codes]
        made.append(Sheetful(area, _sum([*mine, *off], form), _silent(results, codes)))
    return made


def _by_code(
    results: "Results", form: BenefitForm
) -> Iterator[tuple[str, dict[Place, Figure]]]:
    assert results.benefits is not None
    for (code,), rows in sorted(results.benefits.group_by("code")):
        found = _nothing(form)
        for row in rows.iter_rows(named=True):
            found[row["measure"], row["group"]] = Figure(
                row["total"], row["cases"], row["missing"], row["doubtful"]
            )
        yield str(code), found


def _nothing(form: BenefitForm) -> dict[Place, Figure]:
    return {
        (one.id, group.id): Figure() for one in form.measures for group in form.groups
    }


def _sum(
    parts: Iterable[Mapping[Place, Figure]], form: BenefitForm
) -> dict[Place, Figure]:
    total = _nothing(form)
    for part in parts:
        total = {place: known.plus(part[place]) for place, known in total.items()}
    return total


def _elsewhere(part: Mapping[Place, Figure]) -> dict[Place, Figure]:
    return {place: figure.elsewhere for place, figure in part.items()}


def _silent(results: "Results", codes: set[str]) -> tuple[str, ...]:
    if results.undelivered is None:
        return ()
    rows = results.undelivered.select("code", "utility").iter_rows()
    return tuple(sorted({utility for code, utility in rows if code in codes}))

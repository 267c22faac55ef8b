"""The rows of 附件2 as values: every mark, count and percentage, before any layout.

Decisions where the notice is silent or contradicts itself:

* Totals are always recomputed from the √ of the counties (the printed sample has a
  misprint in its subtotal row); a county cell is √, an expected date or blank, never
  ``/``; the province row follows the filling instructions, not the sample.
* A municipality (no city level): ``/`` in the city column, counties numbered 1, 2, …,
  no city rows and no subtotals.
* Counties directly under a province form a last group of their own with a header row
  and a subtotal, so that the subtotals add up; they do not count as a city.
* A city without counties (its own code stands on the roster as a county) counts as one
  county: header row, one row, subtotal.
* 37 and 38 are only encouraged: attested as not started, they stay blank and closed,
  as the instructions say; without any attestation they stay blank and open.
* Two different expected texts for one cell are no text: the cell stays open. So does
  one that is itself a mark of the form (√, /, 已完成): only a verdict can earn a mark.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypedDict

from auditor.pack.model import Indicator
from auditor.vocabulary import MET
from auditor.write.forms.layout import Layout
from auditor.write.forms.units import City, County, Province
from auditor.write.words import percent

Mark = str | int | Decimal | None  # Decimal: a percentage in points, e.g. 90.3


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the form; ``kind`` is province, city, county, subtotal or total."""

    kind: str
    number: str = ""
    province: str = ""
    city: str = ""
    county: str = ""
    code: str = ""
    marks: tuple[Mark, ...] = ()
    done: Mark = None
    undone: Mark = None
    percent: Mark = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A cell that a person has to look at: ``what`` names the advice to give."""

    level: str
    code: str
    name: str
    indicator: Indicator
    status: str
    what: str
    text: str = ""

    @property
    def open(self) -> bool:
        """Whether the form cannot be sent before this is settled."""
        return self.what != "superfluous"


@dataclass(frozen=True, slots=True)
class Facts:
    """What fills the cells: status by (level, code, rule), expected texts by cell."""

    indicators: tuple[Indicator, ...]
    status: Mapping[tuple[str, str, str], str]
    expected: Mapping[tuple[str, str], frozenset[str]]
    marks: frozenset[str] = frozenset()

    def is_mark(self, text: str) -> bool:
        """Whether a text is what the form prints for a verdict, or says nothing."""
        return text in self.marks or not any(char.isalnum() for char in text)

    def of(self, level: str, code: str, indicator: Indicator) -> str:
        """Return a status; a cell that nobody judged is undetermined."""
        return self.status.get((level, code, indicator.id), "undetermined")

    @property
    def local(self) -> tuple[Indicator, ...]:
        """The indicators that counties fill, in form order."""
        return tuple(one for one in self.indicators if one.fill == "county")


@dataclass(slots=True)
class Grid:
    """The finished rows of one province, and what is still missing in them."""

    rows: list[Row] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def build(province: Province, facts: Facts, layout: Layout) -> Grid:
    """Return the rows of one province's form from top to bottom."""
    grid = Grid()
    grid.rows.append(_province_row(province, facts, layout, grid.gaps))
    if province.city_level:
        for number, city in enumerate(province.cities, 1):
            grid.rows.extend(_city_rows(number, city, facts, layout, grid.gaps))
    else:
        for number, county in enumerate(province.counties, 1):
            none = layout.marks["not_filled"]
            row = _county_row(str(number), none, county, facts, layout, grid.gaps)
            grid.rows.append(row)
    grid.rows.extend(_total_rows(province, facts, layout))
    return grid


def finished(county: County, facts: Facts) -> int:
    """Return how many of the counties' indicators this county has met."""
    return sum(facts.of("county", county.code, one) in MET for one in facts.local)


def _complete(counties: Sequence[County], facts: Facts) -> int:
    wanted = len(facts.local)
    return sum(finished(county, facts) == wanted for county in counties)


class _Share(TypedDict):
    done: Mark
    undone: Mark
    percent: Mark


def _share(done: int, total: int) -> _Share:
    return {"done": done, "undone": total - done, "percent": percent(done, total)}


def _province_row(
    province: Province, facts: Facts, layout: Layout, gaps: list[Gap]
) -> Row:
    labels, counties = layout.labels, province.counties
    cities = sum(city.code is not None for city in province.cities)
    named = labels["cities"].format(n=cities)
    marks: list[Mark] = []
    for one in facts.indicators:
        if one.fill == "county":
            marks.append(layout.marks["not_filled"])
            continue
        mark = layout.marks["star_started" if one.encouraged else "star_met"]
        status = facts.of("province", province.code, one)
        place = ("province", province.code, province.name)
        marks.append(_mark(place, one, status, mark, facts, gaps))
    return Row(
        "province",
        province=province.name,
        city=named if province.city_level else layout.marks["not_filled"],
        county=labels["counties"].format(n=len(counties)),
        code=province.code,
        marks=tuple(marks),
        **_share(_complete(counties, facts), len(counties)),
    )


def _city_rows(
    number: int, city: City, facts: Facts, layout: Layout, gaps: list[Gap]
) -> Iterator[Row]:
    labels, counties = layout.labels, city.counties
    name = city.name if city.code else labels["direct"]
    held = labels["city_counties"].format(n=len(counties))
    yield Row(
        "city",
        number=str(number),
        city=name,
        county=labels["undivided"] if city.undivided else held,
        code=city.code or "",
    )
    for index, county in enumerate(counties, 1):
        yield _county_row(f"{number}.{index}", name, county, facts, layout, gaps)
    yield Row(
        "subtotal",
        number=f"{number}.{len(counties) + 1}",
        city=labels["subtotal"].format(city=name),
        code=city.code or "",
        marks=_counts(counties, facts, layout),
        **_share(_complete(counties, facts), len(counties)),
    )


def _county_row(
    number: str,
    city: str,
    county: County,
    facts: Facts,
    layout: Layout,
    gaps: list[Gap],
) -> Row:
    marks: list[Mark] = []
    for one in facts.indicators:
        if one.fill != "county":
            marks.append(layout.marks["not_filled"])
            continue
        status = facts.of("county", county.code, one)
        place = ("county", county.code, county.name)
        marks.append(_mark(place, one, status, layout.marks["met"], facts, gaps))
    return Row(
        "county",
        number=number,
        city=city,
        county=county.name,
        code=county.code,
        marks=tuple(marks),
        **_share(finished(county, facts), len(facts.local)),
    )


def _mark(
    place: tuple[str, str, str],
    indicator: Indicator,
    status: str,
    met: str,
    facts: Facts,
    gaps: list[Gap],
) -> Mark:
    """Return √ (or its like), the expected text, or None and a gap."""
    texts = facts.expected.get((place[1], indicator.id), frozenset())
    shown = " | ".join(sorted(texts))
    if status in MET:
        if texts:
            gaps.append(Gap(*place, indicator, status, "superfluous", shown))
        return met
    if len(texts) == 1 and not facts.is_mark(shown):
        return shown
    if len(texts) == 1:
        gaps.append(Gap(*place, indicator, status, "no_date", shown))
    elif texts:
        gaps.append(Gap(*place, indicator, status, "contradictory", shown))
    elif not (indicator.encouraged and status == "attested_not_met"):
        gaps.append(Gap(*place, indicator, status, status))
    return None


def _counts(
    counties: Sequence[County], facts: Facts, layout: Layout
) -> tuple[Mark, ...]:
    return tuple(
        sum(facts.of("county", county.code, one) in MET for county in counties)
        if one.fill == "county"
        else layout.marks["not_filled"]
        for one in facts.indicators
    )


def _total_rows(province: Province, facts: Facts, layout: Layout) -> Iterator[Row]:
    done = _counts(province.counties, facts, layout)
    total = len(province.counties)
    none = layout.marks["not_filled"]
    undone = (mark if isinstance(mark, str) else total - _whole(mark) for mark in done)
    share = (
        mark if isinstance(mark, str) else percent(_whole(mark), total) for mark in done
    )
    rows = (("total_done", done), ("total_undone", undone), ("total_percent", share))
    for label, marks in rows:
        yield Row(
            "total",
            province=layout.labels["total"],
            county=layout.labels[label],
            marks=tuple(marks),
            done=none,
            undone=none,
            percent=none,
        )


def _whole(mark: Mark) -> int:
    if not isinstance(mark, int):
        raise TypeError(mark)
    return mark

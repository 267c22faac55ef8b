"""Counties of a form to counties of a run: by code, else by name within the city."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.errors import AuditError
from auditor.reconcile.marks import fold
from auditor.reconcile.nouns import Form, Line, Lint, Matched
from auditor.reconcile.recorded import Recorded
from auditor.write.forms.units import City, County, Province


@dataclass(frozen=True, slots=True)
class Match:
    """Which row of the form is which county, and what could not be told.

    ``rows`` maps a row of the sheet to a county's code; ``cities`` a group's index in
    the form to its city in the run.
    """

    province: Province
    rows: Mapping[int, str]
    cities: Mapping[int, City]
    counties: tuple[Matched, ...]
    lints: tuple[Lint, ...]


def province_of(file: str, form: Form, run: Recorded) -> tuple[Province, list[Lint]]:
    """Return the province that a form is about.

    Raises:
        AuditError: AUD517, the run has several and the form names none of them.
    """
    said = form.province_name
    for area in run.provinces:
        if said and fold(said) in {fold(area.name), fold(area.code)}:
            return area, []
    known = "、".join(area.name for area in run.provinces)
    if len(run.provinces) > 1:
        where = {"file": file, "sheet": form.sheet}
        raise AuditError("AUD517", said=said or "—", known=known, **where)
    if not said:
        return run.provinces[0], []
    other = Lint("other_province", "wrong", "", {"said": said, "known": known})
    return run.provinces[0], [other]


def match(form: Form, province: Province, run: Recorded) -> Match:
    """Match every county row; what is unknown or ambiguous is listed, never guessed."""
    finder = _Finder(province, run)
    found = [finder.find(line) for line in form.counties]
    rows = {one.row: one.code for one in found if one.is_matched and one.row}
    missing = [
        Matched("missing", one.code, one.name, finder.city_of(one.code), None)
        for one in province.counties
        if one.code not in rows.values()
    ]
    groups = {
        at: finder.group(group.name, group.counties, rows)
        for at, group in enumerate(form.groups)
    }
    return Match(
        province,
        rows,
        {at: city for at, city in groups.items() if city is not None},
        (*found, *missing),
        tuple(_lints(form.counties, found, missing)),
    )


def _lints(
    lines: Sequence[Line], found: Sequence[Matched], missing: Sequence[Matched]
) -> Iterator[Lint]:
    seen: set[str] = set()
    for line, one in zip(lines, found, strict=True):
        at = f"{line.row}"
        if not one.is_matched:
            yield Lint(f"county_{one.how}", "wrong", at, {"said": one.said})
        elif one.code in seen:
            yield Lint("county_twice", "wrong", at, {"name": one.name})
        elif line.county and fold(one.name) != line.county:
            names = {"said": line.county, "name": one.name}
            yield Lint("county_renamed", "check", at, names)
        seen.add(one.code)
    for one in missing:
        names = {"name": one.name, "code": one.code}
        yield Lint("county_missing", "wrong", "", names)


class _Finder:
    """Looks counties up in one province of the run."""

    def __init__(self, province: Province, run: Recorded) -> None:
        labels = run.layout.labels
        self._has_cities = province.city_level
        self._direct = {fold(name) for name in (labels["direct"], *run.layout.no_city)}
        self._layout = run.layout
        self._cities = province.cities
        self._counties = {county.code: county for county in province.counties}
        self._home = {
            county.code: city for city in province.cities for county in city.counties
        }

    def find(self, line: Line) -> Matched:
        """Return the county of a row, or why there is none."""
        if line.code:
            return self._by_code(line)
        named = [
            county
            for county in self._counties.values()
            if fold(county.name) == line.county
        ]
        if self._has_cities and line.city:
            home = self._home
            named = [one for one in named if self._is(home[one.code], line.city)]
        if len(named) == 1:
            return self._told("name", line, named[0])
        return self._told("ambiguous" if named else "unknown", line)

    def _by_code(self, line: Line) -> Matched:
        """Match by code; a name that belongs to another county contradicts it."""
        code = line.code.removesuffix("000000") if len(line.code) == 12 else line.code
        county = self._counties.get(code)
        if county is None:
            return self._told("unknown", line)
        names = {fold(one.name) for one in self._counties.values()}
        if line.county in names - {fold(county.name)}:
            return self._told("contradictory", line)
        return self._told("code", line, county)

    def _told(self, how: str, line: Line, county: County | None = None) -> Matched:
        said = " ".join(filter(None, (line.code, line.city, line.county)))
        if county is None:
            return Matched(how, line.code, line.county, line.city, line.row, said)
        city = self.city_of(county.code)
        return Matched(how, county.code, county.name, city, line.row, said)

    def city_of(self, code: str) -> str:
        """Return the name of a county's city, as the form shows it."""
        city = self._home[code]
        return city.name if city.code else self._layout.labels["direct"]

    def _is(self, city: City, said: str) -> bool:
        if city.code is None:
            return said in self._direct
        return said == fold(city.name)

    def group(
        self, name: str, counties: Sequence[Line], rows: Mapping[int, str]
    ) -> City | None:
        """Return a group's city: by its name, else the one home of its counties."""
        if name:
            named = [city for city in self._cities if self._is(city, name)]
            return named[0] if len(named) == 1 else None
        homes = [self._home[rows[line.row]] for line in counties if line.row in rows]
        whole = len(homes) == len(counties) and len({city.code for city in homes}) == 1
        return homes[0] if whole else None

"""The provinces, cities and counties of a roster, in the order of the form."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_COLUMNS = (
    *("county_code", "county", "city_code", "city"),
    *("province_code", "province"),
)


@dataclass(frozen=True, slots=True)
class County:
    """A county-level unit: one row of the roster."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class City:
    """The counties of one city; ``code`` None: they belong to no city.

    ``undivided``: the city has no counties and stands on the roster itself.
    """

    code: str | None
    name: str
    counties: tuple[County, ...]
    undivided: bool = False


@dataclass(frozen=True, slots=True)
class Province:
    """One form: a province and its cities; without any city level if it has none."""

    code: str
    name: str
    cities: tuple[City, ...]

    @property
    def counties(self) -> tuple[County, ...]:
        """Every county of the province, in the order of the form."""
        return tuple(county for city in self.cities for county in city.counties)

    @property
    def city_level(self) -> bool:
        """Whether any county belongs to a city; a municipality has no such level."""
        return any(city.code is not None for city in self.cities)


def provinces(roster: "pl.DataFrame", no_city: frozenset[str]) -> list[Province]:
    """Group a roster into provinces, by code; ``no_city`` are names of no city.

    A county that is listed twice counts once.
    """
    import polars as pl

    shown = roster.select(
        pl.col(name).cast(pl.String).fill_null("").str.strip_chars()
        if name in roster.columns
        else pl.lit("").alias(name)
        for name in _COLUMNS
    )
    unique = shown.sort(_COLUMNS).unique(
        "county_code", keep="first", maintain_order=True
    )
    found: dict[str, list[dict[str, str]]] = {}
    for row in unique.iter_rows(named=True):
        found.setdefault(row["province_code"], []).append(row)
    return [_province(code, rows, no_city) for code, rows in sorted(found.items())]


def _province(
    code: str, rows: list[dict[str, str]], no_city: frozenset[str]
) -> Province:
    by_city: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_city.setdefault(_city_key(row, no_city), []).append(row)
    # Counties outside any city come last, whatever their codes.
    ordered = sorted(by_city.items(), key=lambda item: (not item[0], item[0]))
    cities = tuple(_city(key, members) for key, members in ordered)
    name = next((row["province"] for row in rows if row["province"]), "")
    return Province(code, name or code, cities)


def _city_key(row: dict[str, str], no_city: frozenset[str]) -> str:
    """Return the city's code (or its name), empty when the county has no city."""
    code, name = row["city_code"], row["city"]
    if code and code == row["province_code"]:
        return ""
    if name in no_city or (name and name == row["province"]):
        return ""
    return code or name


def _city(key: str, rows: Iterable[dict[str, str]]) -> City:
    members = list(rows)
    name = next((row["city"] for row in members if row["city"]), "") if key else ""
    counties = tuple(
        County(row["county_code"], row["county"] or row["county_code"])
        for row in members
    )
    itself = len(members) == 1 and key == members[0]["county_code"]
    return City(key or None, name or key, counties, undivided=itself)

"""The fictitious province of the demo: counties, utilities, and how they work."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("counties.toml")


@dataclass(frozen=True, slots=True)
class County:
    """One county of the roster, or a code that is not valid on the period's last day.

    ``deliver`` are the utilities with applications in the dump, ``silent`` those that
    are rostered and deliver nothing; ``late`` and ``slips`` colour the plain cases.
    """

    code: str
    name: str
    city: str
    deliver: tuple[str, ...]
    silent: tuple[str, ...] = ()
    role: str = "clean"
    share: int = 0
    late: str = ""
    slips: float = 0.0
    high: bool = True
    dual: bool = True
    valid_to: str = ""

    @property
    def rostered(self) -> bool:
        """Say whether the roster holds the county on the period's last day."""
        return self.share > 0


@dataclass(frozen=True, slots=True)
class Places:
    """Province, cities (code to name), all counties, and those the form has to show."""

    province: tuple[str, str]
    cities: dict[str, str]
    counties: tuple[County, ...]
    roster: tuple[County, ...]
    index: dict[str, County]

    def by_code(self, code: str) -> County:
        """Return the county of a code; raise KeyError for none."""
        return self.index[code]


def _county(row: dict[str, Any]) -> County:
    utilities = tuple(row.get("utilities", [row.get("utility", "")]))
    silent = tuple(row.get("silent", ()))
    return County(
        code=row["code"],
        name=row.get("name", ""),
        city=row.get("city", row["code"][:4] + "00"),
        deliver=tuple(name for name in utilities if name not in silent),
        silent=silent,
        role=row.get("role", ""),
        share=row.get("share", 0),
        late=row.get("late", ""),
        slips=row.get("slips", 0.0),
        high=row.get("high", True),
        dual=row.get("dual", True) and row.get("high", True),
        valid_to=row.get("valid_to", ""),
    )


@cache
def places() -> Places:
    """Return the province, read once."""
    data = tomllib.loads(_FILE.read_text("utf-8"))
    rows = [*data["county"], *data["former"], *data["stray"]]
    counties = tuple(_county(row) for row in rows)
    return Places(
        province=(data["province"]["code"], data["province"]["name"]),
        cities={city["code"]: city["name"] for city in data["city"]},
        counties=counties,
        roster=tuple(county for county in counties if county.rostered),
        index={county.code: county for county in counties},
    )

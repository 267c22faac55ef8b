"""Counts and statuses of counties, cities and the province [28, 31-34]."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tests.reference.population import RULES
from tests.reference.rows import Row

WORDS = ("pass", "fail", "pending", "undetermined", "excluded", "not_applicable")
STARS = ("ind21", "ind27", "ind29", "ind30", "ind33", "ind37", "ind38")
PAPER_ONLY = (
    "ind12",
    "ind17",
    "ind18",
    "ind19",
    "ind20",
    "ind26",
    "ind28",
    "ind31",
    "ind32",
    *STARS,
)
PAPER_AND_CASES = ("ind01", "ind02", "ind11", "ind15", "ind25", "ind36")
COUNTY_RULES = tuple(
    f"ind{number:02}" for number in range(1, 39) if f"ind{number:02}" not in STARS
)
DUE = {
    **dict.fromkeys((f"ind{number:02}" for number in range(1, 22)), date(2020, 12, 31)),
    **dict.fromkeys(
        ("ind22", "ind23", "ind24", "ind25", "ind26", "ind27", "ind28", "ind29"),
        date(2021, 12, 31),
    ),
    "ind30": date(2021, 4, 30),
    "ind31": date(2021, 5, 15),
    "ind32": date(2021, 5, 15),
    "ind33": date(2021, 4, 30),
    "ind34": date(2022, 12, 31),
    "ind35": date(2022, 12, 31),
    "ind36": date(2021, 12, 31),
    "ind37": None,
    "ind38": None,
}
UNKNOWN = "unknown"
GOOD = frozenset({"met", "attested_met"})
BAD = frozenset({"not_met", "attested_not_met"})
OPEN = frozenset({"undetermined", "not_attested"})


@dataclass(frozen=True)
class Place:
    """A county of the roster."""

    code: str
    city: str | None
    province: str | None
    utilities: frozenset[str]


def read_roster(rows: list[Row], day: date) -> dict[str, Place]:
    """Take the roster rows valid on a day [34]."""
    places: dict[str, Place] = {}
    for row in rows:
        begins, ends = row.get("valid_from"), row.get("valid_to")
        if (
            (begins and begins > day)
            or (ends and ends < day)
            or row.get("county_code") is None
        ):
            continue
        code = str(row.get("county_code"))
        names = {
            name.strip() for name in str(row.get("utilities") or "").split(";")
        } - {""}
        known = places[code].utilities if code in places else frozenset()
        places[code] = Place(
            code, row.get("city_code"), row.get("province_code"), known | names
        )
    return places


class Attestations:
    """The papers that count: signed, dated on or before the cut-off, the latest one, no
    tie [31].
    """

    def __init__(self, rows: Iterable[Row], cutoff: date) -> None:
        latest: dict[tuple[str, str, str], tuple[date, set[str]]] = {}
        for row in rows:
            dated, value = row.get("dated"), row.get("value")
            if (
                row.get("signer") is None
                or dated is None
                or dated > cutoff
                or value is None
            ):
                continue
            key = (
                str(row.get("level")),
                str(row.get("code")),
                str(row.get("indicator")),
            )
            best = latest.get(key)
            if best is None or dated > best[0]:
                latest[key] = (dated, {value})
            elif dated == best[0]:
                best[1].add(value)
        self._latest = {key: values for key, (_, values) in latest.items()}

    def value(self, level: str, code: str, rule: str) -> str | None:
        """Give the word of the paper that counts, or None."""
        values = self._latest.get((level, code, rule), set())
        return next(iter(values)) if len(values) == 1 else None


def paper_status(said: str | None, rule: str) -> str:
    """Give the status of an indicator that rests on paper alone."""
    if said == "met" or (said == "started" and rule in {"ind37", "ind38"}):
        return "attested_met"
    return "attested_not_met" if said == "not_met" else "not_attested"


def _subjects(counts: Counter[str]) -> int:
    """Count the cases that the rule really has: neither outside its population nor
    excluded.
    """
    return sum(counts[word] for word in ("pass", "fail", "pending", "undetermined"))


def _paper_and_cases(
    rule: str, counts: Counter[str], said: str | None, missing: bool
) -> str:
    if counts["fail"]:
        return "not_met"
    if said == "not_met":
        return "attested_not_met"
    if said != "met" and not (said == "no_cases" and not _subjects(counts)):
        return "not_attested"
    if counts["undetermined"] or (missing and rule in RULES):
        return "undetermined"
    return "attested_met"


def _cases(counts: Counter[str], said: str | None, missing: bool) -> str:
    if counts["fail"]:
        return "not_met"
    if counts["undetermined"] or missing:
        return "undetermined"
    if counts["pass"]:
        return "met"
    if not _subjects(counts) and said in {"met", "no_cases"}:
        return "attested_met"
    return (
        "attested_not_met"
        if not _subjects(counts) and said == "not_met"
        else "no_cases"
    )


def county_status(
    rule: str, code: str, counts: Counter[str], said: str | None, missing: bool
) -> str:
    """Give the status of one indicator in one county; ``missing``: a rostered utility
    did not deliver.
    """
    if code == UNKNOWN:
        return "undetermined" if _subjects(counts) else "no_cases"
    if rule in PAPER_ONLY:
        return paper_status(said, rule)
    if rule in PAPER_AND_CASES:
        return _paper_and_cases(rule, counts, said, missing)
    return _cases(counts, said, missing)


def status_of_many(statuses: Iterable[str]) -> str:
    """Give the status of a city or province from those of its counties [33]."""
    found = set(statuses)
    if found & BAD:
        return "not_met"
    if found & OPEN:
        return "undetermined"
    return "met" if found & GOOD else "no_cases"


def rollup_row(
    level: str, code: str, rule: str, counts: Counter[str], status: str, cutoff: date
) -> dict[str, object]:
    """Write one row of the rollup [33]."""
    decided = counts["pass"] + counts["fail"]
    asked = decided + counts["undetermined"]
    due = DUE[rule]
    return {
        "level": level,
        "code": code,
        "rule_id": rule,
        **{word: counts[word] for word in WORDS},
        "status": status,
        "due": due,
        "overdue": due is not None and cutoff > due and status not in GOOD,
        "rate": counts["pass"] / decided if decided else None,
        "coverage": decided / asked if asked else None,
    }


class Rollup:
    """Adds up verdicts by county and rule, and writes the rows of every level."""

    def __init__(
        self,
        places: dict[str, Place],
        attestations: Attestations,
        delivered: set[str],
        cutoff: date,
    ) -> None:
        self.places = places
        self.attestations = attestations
        self.delivered = delivered
        self.cutoff = cutoff
        self.counts: dict[str, dict[str, Counter[str]]] = {code: {} for code in places}

    def add(self, county: str | None, rule: str, word: str) -> None:
        """Count one verdict; a county off the roster is ``unknown`` [28]."""
        code = county if county in self.places else UNKNOWN
        self.counts.setdefault(code, {}).setdefault(rule, Counter())[word] += 1

    def _county(self, code: str, rule: str) -> dict[str, object]:
        counts = self.counts[code].get(rule, Counter())
        place = self.places.get(code)
        missing = place is not None and not place.utilities <= self.delivered
        said = self.attestations.value("county", code, rule)
        return rollup_row(
            "county",
            code,
            rule,
            counts,
            county_status(rule, code, counts, said, missing),
            self.cutoff,
        )

    def counties(self) -> list[dict[str, object]]:
        """Write a row for each county and each indicator that counties fill."""
        return [
            self._county(code, rule)
            for code in sorted(self.counts)
            for rule in COUNTY_RULES
        ]

    def _above(
        self, level: str, code: str, rows: list[dict[str, object]]
    ) -> list[dict[str, object]]:
        found = []
        for rule in COUNTY_RULES:
            mine = [row for row in rows if row["rule_id"] == rule]
            counts = Counter({word: sum(row[word] for row in mine) for word in WORDS})
            status = status_of_many(str(row["status"]) for row in mine)
            found.append(rollup_row(level, code, rule, counts, status, self.cutoff))
        return found

    def cities_and_provinces(
        self, rows: list[dict[str, object]]
    ) -> list[dict[str, object]]:
        """Write the rows of cities, and of provinces with ``unknown`` and the starred
        indicators.
        """
        found = []
        for level, attribute in (("city", "city"), ("province", "province")):
            groups: dict[str, set[str]] = {}
            for place in self.places.values():
                code = getattr(place, attribute)
                if code is not None:
                    groups.setdefault(
                        code, {UNKNOWN} if level == "province" else set()
                    ).add(place.code)
            for code, members in sorted(groups.items()):
                found += self._above(
                    level, code, [row for row in rows if row["code"] in members]
                )
                found += self._starred(code) if level == "province" else []
        return found

    def _starred(self, code: str) -> list[dict[str, object]]:
        return [
            rollup_row(
                "province",
                code,
                rule,
                Counter(),
                paper_status(self.attestations.value("province", code, rule), rule),
                self.cutoff,
            )
            for rule in STARS
        ]

"""What the two runs were made with that differs, and how it is said in a line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from auditor.compare.sides import Side
from auditor.pack import Pack, differences
from auditor.workdays import Calendar, WorkCalendar

CAUSES = (
    "data", "mapping", "parameter", "calendar", "rule", "version", "cannot_tell",
)  # fmt: skip
"""Why a verdict changed; ``cannot_tell`` only where nothing can be judged again."""
MOST_DAYS = 4  # days of a calendar named in a line


@dataclass(frozen=True, slots=True)
class Differences:
    """Which of the things beside the data differ, each with its line for people.

    ``reading`` says that the packs read the same files into other tables or steps.
    """

    mapping: str | None
    parameter: str | None
    calendar: str | None
    rule: str | None
    version: str | None
    reading: bool

    def line(self, cause: str) -> str | None:
        """Return what differs for one cause; None where nothing does."""
        said: str | None = getattr(self, cause, None)
        return said

    @property
    def judged(self) -> tuple[str, ...]:
        """The causes that change how evidence is judged, in the declared order."""
        return tuple(
            name for name in ("parameter", "calendar", "rule") if self.line(name)
        )


def differences_of(a: Side, b: Side) -> Differences:
    """Return what differs between the two runs, from their manifests and packs."""
    packs = (a.pack, b.pack)
    calendar = _calendars(a, b)
    return Differences(
        mapping=_arrow(_mapping(a), _mapping(b)),
        parameter=_parameters(a, b),
        calendar=calendar,
        rule=_rules(a, b),
        version=_versions(a.manifest["versions"], b.manifest["versions"]),
        reading=a.manifest["pack"]["digest"] != b.manifest["pack"]["digest"]
        and (None in packs or _reading(packs[0]) != _reading(packs[1])),
    )


def rule_lines(a: Pack, b: Pack) -> dict[str, str]:
    """Return, by rule, how the pages differ: the limits, else that the page does."""
    lines: dict[str, list[str]] = {}
    for name, fact, before, after in differences(a, b):
        lines.setdefault(name, []).append(f"{fact}: {before} → {after}")
    pages = {rule.id: rule.bare for rule in a.rules}
    for rule in b.rules:
        if rule.id in pages and pages[rule.id] != rule.bare:
            lines.setdefault(rule.id, [f"{rule.page} ≠"])
    return {name: "; ".join(said) for name, said in lines.items()}


def _arrow(before: str | None, after: str | None) -> str | None:
    return None if before == after else f"{before or '—'} → {after or '—'}"


def _mapping(side: Side) -> str | None:
    """Return a mapping's name with the start of its digest; its name in older runs."""
    said = side.manifest["parameters"]
    name, digest = said.get("mapping"), said.get("mapping_digest")
    return f"{name} ({digest[:12]})" if name and digest else name


def _parameters(a: Side, b: Side) -> str | None:
    said = [
        _arrow(f"{name} {before}", f"{name} {after}")
        for name, before, after in (
            ("cutoff", a.clock.cutoff, b.clock.cutoff),
            ("period", _period(a.clock.period), _period(b.clock.period)),
        )
        if before != after
    ]
    return "; ".join(filter(None, said)) or None


def _period(period: tuple[date, date] | None) -> str:
    return "—" if period is None else f"{period[0]}..{period[1]}"


def _versions(a: Mapping[str, str], b: Mapping[str, str]) -> str | None:
    names = sorted({*a, *b})
    said = [
        _arrow(f"{n} {a.get(n)}", f"{n} {b.get(n)}")
        for n in names
        if a.get(n) != b.get(n)
    ]
    return "; ".join(filter(None, said)) or None


def _calendars(a: Side, b: Side) -> str | None:
    digests = [side.manifest["calendar"]["digest"] for side in (a, b)]
    one, other = a.calendar, b.calendar
    if one is None or other is None:
        told = [str(digest)[:12] for digest in digests]
        return _arrow(*told)
    days = list(islice(_unlike_days(one, other), MOST_DAYS + 1))
    if not days:
        return None
    more = " …" if len(days) > MOST_DAYS else ""
    return ", ".join(days[:MOST_DAYS]) + more


def _unlike_days(one: Calendar, other: Calendar) -> Iterable[str]:
    """Yield the days that only one calendar counts, and ends that differ."""
    if not (isinstance(one, WorkCalendar) and isinstance(other, WorkCalendar)):
        if type(one) is not type(other):
            yield f"{type(one).__name__} → {type(other).__name__}"
        return
    if (one.first, one.last) != (other.first, other.last):
        yield f"{one.first}..{one.last} → {other.first}..{other.last}"
    for day in sorted({*one.days, *other.days}):
        kinds = [cal.days[day].kind if day in cal.days else "—" for cal in (one, other)]
        if kinds[0] != kinds[1]:
            yield f"{day} {kinds[0]} → {kinds[1]}"


def _rules(a: Side, b: Side) -> str | None:
    before, after = a.manifest["pack"], b.manifest["pack"]
    if before["digest"] == after["digest"]:
        return None
    if (
        a.pack is not None
        and b.pack is not None
        and _judging(a.pack) == _judging(b.pack)
    ):
        return None
    told = [f"{p['id']} {p['version']} ({p['digest'][:12]})" for p in (before, after)]
    return _arrow(*told)


def _judging(pack: Pack) -> dict[str, Any]:
    """Return what of a pack decides verdicts, its calendar aside."""
    names = ("tables", "steps", "clock", "classes", "windows", "cost")
    said = {name: getattr(pack, name) for name in (*names, "documents_table", "zone")}
    return said | {"rules": tuple(rule.bare for rule in pack.case_rules)}


def _reading(pack: Pack | None) -> tuple[object, ...]:
    """Return what of a pack decides how files become typed rows."""
    return () if pack is None else (pack.tables, pack.steps, pack.zone)

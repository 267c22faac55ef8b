"""What is wrong with a form by itself, whatever the cases say."""

from collections.abc import Iterator, Sequence

from auditor.pack import Indicator
from auditor.reconcile.nouns import Form, Judged, Line, Lint
from auditor.reconcile.recorded import Recorded

_CHAINS = (("ind34", "ind22"), ("ind22", "ind07"))  # who meets 15 days meets 20 and 25
_WIDER = ("ind35", ("ind23", "ind24"))  # who pays nothing anywhere pays nothing in town
_DENIED = frozenset({"date", "no"})  # marks that say outright: not met
_UNSAID = frozenset({"date", "no", "blank", "slash"})


def lint(form: Form, run: Recorded, cells: Sequence[Judged]) -> Iterator[Lint]:
    """Yield the problems of a form, those of its rows first."""
    yield from _period(form, run)
    yield from _sizes(form, run)
    yield from _parts(form)
    for line in form.counties:
        yield from _stars(line, run.indicators)
        yield from _chains(line)
        yield from _slashes(line, run.local)
        yield from _past(line, run)
    if form.province is not None:
        yield from _province(form.province, run.indicators)
    yield from _counted(form, run)
    for cell in cells:
        if cell.note in {"unreadable", "merged", "number"}:
            yield Lint(f"mark_{cell.note}", "check", cell.ref, {"text": cell.declared})
        elif cell.note == "rounded":
            right = {"said": cell.declared, "right": cell.right}
            yield Lint("percent_rounded", "note", cell.ref, right)


def _period(form: Form, run: Recorded) -> Iterator[Lint]:
    if form.period is None:
        return
    said = "{}-{:02}..{}-{:02}".format(*form.period)
    if run.months is None:
        yield Lint("no_run_period", "check", "", {"said": said})
    elif form.period != run.months:
        ran = "{}-{:02}..{}-{:02}".format(*run.months)
        yield Lint("other_period", "wrong", "", {"said": said, "run": ran})


def _sizes(form: Form, run: Recorded) -> Iterator[Lint]:
    """Compare the numbers of counties and cities in labels with the rows under them."""
    if form.elided:
        return
    for group in form.groups:
        rows = len(group.counties)
        if group.head and group.head.size is not None and group.head.size != rows:
            found = {"name": group.name, "said": group.head.size, "rows": rows}
            yield Lint("city_size", "wrong", f"{group.head.row}", found)
    rows = len(form.counties)
    line = form.province
    if line is not None and line.size is not None and line.size != rows:
        found = {"said": line.size, "rows": rows}
        yield Lint("province_size", "wrong", f"{line.row}", found)
    direct = run.layout.labels["direct"]
    cities = sum(bool(group.name) and group.name != direct for group in form.groups)
    if line is not None and form.cities is not None and form.cities != cities:
        found = {"said": form.cities, "rows": cities}
        yield Lint("province_cities", "check", f"{line.row}", found)


def _parts(form: Form) -> Iterator[Lint]:
    """Name the rows that the official form has and this one lacks."""
    if form.province is None:
        yield Lint("no_province_row", "check")
    for kind in ("total_done", "total_undone", "total_percent"):
        if kind not in form.totals:
            yield Lint(f"no_{kind}", "check")
    for group in form.groups:
        if group.subtotal is None and group.name and not form.elided:
            yield Lint("no_subtotal", "check", "", {"name": group.name})


def _stars(line: Line, indicators: Sequence[Indicator]) -> Iterator[Lint]:
    for one in indicators:
        spot = line.mark(one.id)
        if one.star and spot.mark.kind not in {"slash", "blank", "absent", "merged"}:
            found = {"name": line.county, "number": one.number, "text": spot.mark.text}
            yield Lint("star_filled", "wrong", spot.ref, found)


def _slashes(line: Line, indicators: Sequence[Indicator]) -> Iterator[Lint]:
    for one in indicators:
        spot = line.mark(one.id)
        if spot.mark.kind == "slash":
            found = {"name": line.county, "number": one.number}
            yield Lint("slash_in_county", "wrong", spot.ref, found)


def _chains(line: Line) -> Iterator[Lint]:
    """A √ for a tighter limit next to a cell that denies the wider one."""
    for tight, wide in _CHAINS:
        one, two = line.mark(tight), line.mark(wide)
        if one.mark.kind == "tick" and two.mark.kind in _UNSAID:
            yield _chain(line, one.ref, tight, wide)
    tight, wider = _WIDER
    one = line.mark(tight)
    for wide in wider:
        if one.mark.kind == "tick" and line.mark(wide).mark.kind in _DENIED:
            yield _chain(line, one.ref, tight, wide)


def _chain(line: Line, ref: str, tight: str, wide: str) -> Lint:
    numbers = {"tight": int(tight[3:]), "wide": int(wide[3:])}
    return Lint("chain", "wrong", ref, {"name": line.county, **numbers})


def _past(line: Line, run: Recorded) -> Iterator[Lint]:
    """An expected date that had passed at the cut-off."""
    cutoff = (run.cutoff.year, run.cutoff.month)
    for one in run.local:
        spot = line.mark(one.id)
        if spot.mark.month is not None and spot.mark.month < cutoff:
            found = {"name": line.county, "number": one.number, "text": spot.mark.text}
            yield Lint("expected_past", "note", spot.ref, found)


def _province(line: Line, indicators: Sequence[Indicator]) -> Iterator[Lint]:
    for one in indicators:
        spot = line.mark(one.id)
        if one.star and spot.mark.kind == "slash":
            yield Lint("slash_in_star", "wrong", spot.ref, {"number": one.number})
        if not one.star and spot.mark.kind not in {"slash", "blank", "absent"}:
            found = {"number": one.number, "text": spot.mark.text}
            yield Lint("province_filled", "note", spot.ref, found)


def _counted(form: Form, run: Recorded) -> Iterator[Lint]:
    """Count cells that are neither √ nor a date: the form asks for one of the two."""
    for kind in ("blank", "no"):
        spots = [
            spot
            for line in form.counties
            for one in run.local
            if (spot := line.mark(one.id)).mark.kind == kind
        ]
        if spots:
            yield Lint(f"cells_{kind}", "note", spots[0].ref, {"n": len(spots)})

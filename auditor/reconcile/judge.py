"""What is said about a cell: marks against statuses, totals against form and run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.pack import Indicator
from auditor.reconcile.match import Match
from auditor.reconcile.nouns import SHARES, Form, Group, Judged, Line, Spot
from auditor.reconcile.recorded import Recorded, Refutation
from auditor.reconcile.totals import (
    Bounds,
    Tally,
    judge_total,
    tally_column,
    tally_complete,
    tally_county,
)
from auditor.vocabulary import MET, NOT_MET
from auditor.write.board import Place
from auditor.write.forms.units import County

_TOTALS = {"done": "total_done", "undone": "total_undone", "percent": "total_percent"}
_NO_CLAIM = frozenset({"date", "blank", "no"})  # marks of a cell that claims no √
_BY_CASES = frozenset({"refuted", "not_proven", "confirmed"})  # words of the run
_NOTHING = Refutation(0, ())


@dataclass(frozen=True, slots=True)
class Judge:
    """Holds one declared form against one run."""

    form: Form
    match: Match
    run: Recorded

    @property
    def _rules(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.run.local)

    def cells(self) -> Iterator[Judged]:
        """Yield every cell of the form in its order, then the counties left out.

        A form of another period than the run's is only held against itself: cases of
        other months refute nothing and prove nothing.
        """
        months = (self.form.period, self.run.months)
        if None in months or months[0] == months[1]:
            yield from self._cells()
            return
        for cell in self._cells():
            if cell.word in _BY_CASES:
                note = {"word": "not_checkable", "note": "other_period"}
                cell = replace(cell, refuting=0, cases=(), **note)
            yield cell

    def _cells(self) -> Iterator[Judged]:
        if self.form.province is not None:
            yield from self._province(self.form.province)
        for at, group in enumerate(self.form.groups):
            for line in group.counties:
                yield from self._county(line)
            if group.subtotal is not None:
                yield from self._city(at, group, group.subtotal)
        yield from self._totals()
        for one in self.match.counties:
            if one.how == "missing":
                place = Place("county", one.code, one.name)
                yield from (
                    self._unread(place, rule, "missing") for rule in self._rules
                )

    def _province(self, line: Line) -> Iterator[Judged]:
        area, lines = self.match.province, self.form.counties
        place = Place("province", area.code, area.name)
        for one in self.run.indicators:
            if one.fill != "county":
                yield self._mark(place, one, line.mark(one.id))
        tally = tally_complete(self.form, lines, line.size, self._rules)
        bounds = self._bounds(area.counties, lines, self._rules, line.size)
        yield from self._total(place, "", _shares(line), tally, bounds)

    def _county(self, line: Line) -> Iterator[Judged]:
        code = self.match.rows.get(line.row, "")
        place = Place("county", code or line.code, line.county or line.code)
        bounds = None
        if code:
            yield from (self._mark(place, o, line.mark(o.id)) for o in self.run.local)
            met = sum(self.run.met(code, rule) for rule in self._rules)
            missed = sum(self.run.missed(code, rule) for rule in self._rules)
            bounds = Bounds(met, len(self._rules) - missed, len(self._rules))
        else:
            for rule in self._rules:
                yield self._unread(place, rule, "no_match", line.mark(rule))
        tally = tally_county(line, self._rules)
        yield from self._total(place, "", _shares(line), tally, bounds)

    def _city(self, at: int, group: Group, line: Line) -> Iterator[Judged]:
        city, lines = self.match.cities.get(at), group.counties
        size = group.head.size if group.head else None
        code = city.code or "" if city else ""
        place = Place("city", code, group.name or line.city)
        for rule in self._rules:
            tally = tally_column(self.form, lines, size, rule)
            bounds = self._bounds(city.counties, lines, (rule,), size) if city else None
            yield from self._total(
                place, rule, {"done": line.mark(rule)}, tally, bounds
            )
        tally = tally_complete(self.form, lines, size, self._rules)
        bounds = self._bounds(city.counties, lines, self._rules, size) if city else None
        yield from self._total(place, "", _shares(line), tally, bounds)

    def _totals(self) -> Iterator[Judged]:
        """Judge the last three rows: each indicator over all counties."""
        lines, area = self.form.counties, self.match.province
        size = self.form.province.size if self.form.province else None
        rows = {item: self.form.totals.get(kind) for item, kind in _TOTALS.items()}
        for rule in self._rules:
            spots = {item: row.mark(rule) for item, row in rows.items() if row}
            tally = tally_column(self.form, lines, size, rule)
            bounds = self._bounds(area.counties, lines, (rule,), size)
            place = Place("total", area.code, area.name)
            yield from self._total(place, rule, spots, tally, bounds)

    def _mark(self, place: Place, one: Indicator, spot: Spot) -> Judged:
        """Say what the run makes of one √, date or blank."""
        status = self.run.of(place.level, place.code, one.id)
        word, note = _word(spot.mark.kind, status)
        is_refuted = word == "refuted" and place.level == "county"
        why = self.run.why(place.code, one.id) if is_refuted else _NOTHING
        return Judged(
            place.level, place.code, place.name, spot.ref, one.id, "mark",
            spot.mark.text, word, note, status, self._own(place, one),
            why.count, why.cases,
        )  # fmt: skip

    def _own(self, place: Place, one: Indicator) -> str:
        """Return what the run alone puts in a cell; no date, which it cannot know."""
        marks = self.run.layout.marks
        if self.run.of(place.level, place.code, one.id) not in MET:
            return ""
        if place.level == "county":
            return marks["met"]
        return marks["star_started" if one.encouraged else "star_met"]

    def _unread(
        self, place: Place, rule: str, note: str, spot: Spot | None = None
    ) -> Judged:
        said = ("", "") if spot is None else (spot.ref, spot.mark.text)
        status = self.run.of("county", place.code, rule) if note == "missing" else ""
        return Judged(
            place.level, place.code, place.name, said[0], rule, "mark", said[1],
            "not_checkable", note, status,
        )  # fmt: skip

    def _bounds(
        self,
        counties: Sequence[County],
        lines: Sequence[Line],
        rules: Sequence[str],
        size: int | None,
    ) -> Bounds:
        """Return what the run allows; a county that it does not know may be done."""
        met = sum(all(self.run.met(c.code, rule) for rule in rules) for c in counties)
        missed = sum(
            any(self.run.missed(c.code, rule) for rule in rules) for c in counties
        )
        strangers = sum(line.row not in self.match.rows for line in lines)
        if self.form.elided and size is not None:
            strangers += max(0, size - len(lines))
        return Bounds(met, len(counties) - missed + strangers, len(counties))

    @staticmethod
    def _total(
        place: Place,
        rule: str,
        spots: Mapping[str, Spot],
        tally: Tally,
        bounds: Bounds | None,
    ) -> Iterator[Judged]:
        for item, word, note in judge_total(spots, tally, bounds):
            spot = spots[item]
            yield Judged(
                place.level, place.code, place.name, spot.ref, rule, item,
                spot.mark.text, word, note,
                run=bounds.shown(item) if bounds else "", right=tally.shown(item),
            )  # fmt: skip


def _shares(line: Line) -> dict[str, Spot]:
    return {item: line.share(item) for item in SHARES}


def _word(kind: str, status: str) -> tuple[str, str]:
    """Return the word and note for a mark under a status; only a √ can be refuted."""
    if kind == "tick":
        if status in MET:
            return "confirmed", ""
        word = "refuted" if status in NOT_MET else "not_proven"
        return word, status
    if kind not in _NO_CLAIM:
        return "not_checkable", kind
    if status in MET:
        return "confirmed", "allows_tick"
    return "confirmed", "" if status in NOT_MET else "no_claim"

"""The argument for one case in the terminal, to be followed by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from auditor.errors import text
from auditor.terminal.signals import doubts_of, show_signs
from auditor.terminal.tables import between, cell
from auditor.terminal.words import named, parts_of, reason_of, say, say_below

if TYPE_CHECKING:
    from auditor.explain import Argument, Ruling, Span
    from auditor.pack import Rule

PLACE = ("table", "source", "row", "case_id")  # shown before a row's cells
BINDING = {True: "ui.binding", False: "ui.not_binding", None: "ui.unknown"}


def show_argument(argument: "Argument", lang: str, *, as_json: bool) -> None:
    """Print the argument for one case, so that it can be followed by hand."""
    if as_json:
        print(json.dumps(_plain(argument), ensure_ascii=False, default=str, indent=1))
        return
    _show_head(argument, lang)
    rulings = argument.rulings
    for ruling in rulings:
        if ruling.verdict != "not_applicable" or len(rulings) == 1:
            _show_ruling(ruling, argument, lang)
    if len(rulings) > 1:
        outside = [r.rule.id for r in rulings if r.verdict == "not_applicable"]
        print()
        say("ui.not_applicable", lang, rules=" ".join(outside) or "-")
    print()
    say("ui.rows_of_case", lang)
    for row in argument.rows:
        _show_row(row)
    if argument.rejects:
        say("ui.rejects_of_case", lang)
        for reject in argument.rejects:
            _show_reject(reject, lang)


def _show_head(argument: "Argument", lang: str) -> None:
    facts = argument.facts
    say("ui.case_head", lang, **{k: cell(v) for k, v in argument.keys.items()})
    say(
        "ui.case_dates",
        lang,
        start=between(facts["start_lo"], facts["start_hi"]),
        end=between(facts["end_lo"], facts["end_hi"]),
        state=text(f"state.{facts['end_state']}", lang),
        cutoff=argument.clock.cutoff,
    )


def _show_row(row: Mapping[str, Any]) -> None:
    cells = (f"{k}={cell(v)}" for k, v in row.items() if k not in PLACE)
    print(f"  {row['source']}:{row['row']}  {'  '.join(cells)}")


def _show_reject(reject: Mapping[str, Any], lang: str) -> None:
    place = ".".join(str(reject[k]) for k in ("table", "column") if reject[k])
    why = text(f"reject.{reject['reason']}", lang)
    where = f"{reject['source']}:{cell(reject['row'])}"
    print(f"  {where}  {place}  {cell(reject['value'])}  {why}")


def _plain(argument: "Argument") -> dict[str, Any]:
    found = asdict(argument)
    found.pop("pack")
    found["pack"] = {
        "id": argument.pack.id,
        "version": argument.pack.version,
        "digest": argument.pack.digest,
    }
    return found


def _show_ruling(ruling: "Ruling", argument: "Argument", lang: str) -> None:
    rule = ruling.rule
    signalled = rule.is_signal and ruling.verdict == "fail"
    word = "ui.signalled" if signalled else f"verdict.{ruling.verdict}"
    verdict = text(word, lang) + _why_ruled(ruling, lang)
    verdict += doubts_of(ruling, lang)
    title = rule.title_zh if lang == "zh" else rule.title_en
    print(f"\n{rule.id}  {verdict}  {title}")
    say_below(1, "ui.clause", lang, clause=rule.clause)
    since = rule.limits[0].in_force_from if rule.limits else rule.in_force_from
    if since is not None:
        said = text(BINDING[ruling.in_force], lang)
        say_below(1, "ui.in_force", lang, since=since, said=said)
    for span in ruling.spans:
        _show_span(span, rule, argument, lang)
    show_signs(ruling, lang)
    _show_beside(ruling, lang)


def _show_beside(ruling: "Ruling", lang: str) -> None:
    """Print the papers beyond the list, and the cases that belong together."""
    for paper in ruling.papers:
        step = named("part", paper["step"], lang)
        names = " ".join(paper["listed"]) or "-"
        shown = {**paper, "step": step, "listed": names}
        say_below(1, "ui.paper", lang, **shown)
    for member in ruling.members:
        state = member["end_state"]
        told = {name: cell(value) for name, value in member.items()}
        told["end_state"] = text(f"state.{state}", lang) if state else "-"
        say_below(1, "ui.member", lang, **told)


def _why_ruled(ruling: "Ruling", lang: str) -> str:
    if not ruling.reason:
        return ""
    over = [(span.fact, *found) for span in ruling.spans if (found := _over(span))]
    _, measured, limit = over[0] if over else ("", None, None)
    facts = [fact for fact, *_ in over]
    if ruling.found:
        measured, limit = ruling.found["measured"], ruling.found["limit"]
        facts = str(ruling.found["parts"] or "").split(";")
    shown = reason_of(
        ruling.reason,
        lang,
        measured=cell(measured),
        limit=cell(limit),
        parts=parts_of(facts, lang),
    )
    return f"（{shown}）"


def _over(span: "Span") -> tuple[float, float] | None:
    """Return a fact that is over its limit and the limit; past a date, days and 0."""
    low, limit = span.low, span.limit
    if isinstance(limit, date):
        days = (low - limit).days if isinstance(low, date) else 0
        return (days, 0) if days > 0 else None
    if limit is None or low is None or isinstance(low, date) or low <= limit:
        return None
    return low, limit


def _show_span(span: "Span", rule: "Rule", argument: "Argument", lang: str) -> None:
    say_below(
        1,
        "ui.span",
        lang,
        fact=named("fact", span.fact, lang),
        low=between(span.low, span.high),
        limit=cell(span.limit),
    )
    if rule.clause not in span.law:
        say_below(2, "ui.limit_source", lang, source=span.law)
    if isinstance(span.limit, date) and isinstance(span.low, date):
        days = (span.low - span.limit).days
        key = "ui.days_past" if days > 0 else "ui.days_left"
        say_below(2, key, lang, days=abs(days))
    if any(span.excused):
        say_below(2, "ui.majeure", lang, days=between(*span.excused))
    if span.end[0] is not None and (span.counted or span.skipped):
        in_workdays = argument.pack.calendar_folder is not None
        _show_days(span, lang, in_workdays=in_workdays)
    for one in span.witnesses:
        say_below(2, "ui.witness", lang, **asdict(one))


def _show_days(span: "Span", lang: str, *, in_workdays: bool) -> None:
    start, end = between(*span.start), between(*span.end)
    say_below(2, "ui.from_to", lang, start=start, end=end)
    key = "ui.counted" if in_workdays else "ui.counted_days"
    say_below(2, key, lang, n=len(span.counted), days=_ranges(span.counted))
    if span.skipped:
        say_below(2, "ui.skipped", lang, days=_skipped(span, lang))


def _ranges(days: Sequence[date]) -> str:
    """Write runs of consecutive days as ``03-09..11``, other days alone."""
    shown = []
    for _, group in groupby(
        enumerate(days), lambda pair: pair[1].toordinal() - pair[0]
    ):
        run = [day for _, day in group]
        first, last = run[0], run[-1]
        tail = f"{last:%d}" if last.month == first.month else f"{last:%m-%d}"
        shown.append(f"{first:%Y-%m-%d}" + (f"..{tail}" if len(run) > 1 else ""))
    return " ".join(shown) or "-"


def _skipped(span: "Span", lang: str) -> str:
    groups = groupby(span.skipped, lambda day: day[1:])
    parts = []
    for (reason, notice), days in groups:
        named = f"{reason} {notice}".strip() or text("ui.weekend", lang)
        parts.append(f"{_ranges([day[0] for day in days])}（{named}）")
    return " ".join(parts)

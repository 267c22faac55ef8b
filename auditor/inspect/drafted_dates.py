"""The ``[dates]`` of a drafted mapping: forms with their cells and counter-examples."""

from collections.abc import Iterator

from auditor.errors import text
from auditor.inspect.lines import LIKELY, OPEN, quoted, shown
from auditor.inspect.nouns import ColumnSeen, Dates, Form, Inspection


def date_lines(inspection: Inspection, lang: str) -> Iterator[str]:
    """Yield the section, if any column is written in another than the plain forms."""
    told = [
        (f"{shown(file.source)} {shown(column.header)}", column.dates)
        for file in inspection.files
        for column in file.columns
        if column.dates is not None and _is_dated(column)
    ]
    marked: dict[str, tuple[str, list[str]]] = {}
    for place, dates in told:
        for form in dates.forms:
            mark = _mark(form, dates)
            held = marked.setdefault(form.form, (mark, []))
            example = shown(form.example, 24)
            held[1].append(f"{place}: {form.cells:,} ({example})")
            if OPEN in (mark, held[0]):
                marked[form.form] = (OPEN if mark == OPEN else held[0], held[1])
    if not marked and not any(dates.midnight for _, dates in told):
        return
    yield "[dates]"
    yield from _formats(marked)
    yield from _others(marked)
    late = sum(dates.midnight for _, dates in told)
    if late:
        yield f'{LIKELY} "24:00" = "next_day"   # {late:,}'
    either = sum(dates.either for _, dates in told)
    if either:
        yield f"# {text('draft.either', lang, n=f'{either:,}')}"
    yield ""


def _is_dated(column: ColumnSeen) -> bool:
    return column.guess is None or column.dates is not None


def _mark(form: Form, dates: Dates) -> str:
    """Return nothing for a form that can mean one day only, else what marks a guess."""
    if form.form == "serial 1904":
        return OPEN
    if form.form.startswith("%Y"):
        return ""
    rivals = [
        one
        for one in dates.forms
        if one.form != form.form
        and one.cells >= form.cells
        and one.form.partition(" ")[0] != "serial"
    ]
    return OPEN if rivals else LIKELY


def _formats(marked: dict[str, tuple[str, list[str]]]) -> Iterator[str]:
    forms = {f: m for f, m in marked.items() if f.startswith("%")}
    if not forms:
        return
    yield "formats = ["
    for form, (mark, places) in forms.items():
        lead = f"{mark} " if mark else ""
        yield f"  {lead}{quoted(form)},   # {_places(places)}"
    yield "]"
    if any("%y" in form for form in forms):
        yield f"{LIKELY} century = 2000"


def _others(marked: dict[str, tuple[str, list[str]]]) -> Iterator[str]:
    for form, (mark, places) in marked.items():
        kind, _, value = form.partition(" ")
        if kind == "serial":
            yield f"{mark} serial = {quoted(value)}   # {_places(places)}"
        elif kind == "minguo":
            said = f"formats = [{quoted(value)}]; {_places(places)}"
            yield f'{OPEN} calendar = "minguo"   # {said}'


def _places(places: list[str]) -> str:
    more = f" … +{len(places) - 3}" if places[3:] else ""
    return "; ".join(places[:3]) + more

"""What is in a dump: files, columns with their evidence, ids, steps, mappings."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import text
from auditor.terminal.tables import cell, percent, table
from auditor.terminal.words import MOST, headings, say
from auditor.vocabulary import UNMAPPED

if TYPE_CHECKING:
    from auditor.inspect.nouns import (
        Check,
        ColumnSeen,
        Dates,
        FileSeen,
        Guess,
        Inspection,
    )

_SAMPLES, _LONGEST = 3, 20
_KINDS = {"document": "papers", "step": "paper_steps", "item": "charges"}


def show_inspection(
    found: "Inspection", target: Path | None, lang: str, *, as_json: bool
) -> None:
    """Print file by file what was seen, then what concerns the dump as a whole."""
    if as_json:
        print(json.dumps(found.to_json(), ensure_ascii=False, default=str))
        return
    for file in _first_of_alike(found.files):
        _file(file, found.files, lang)
    for source, reason, value in found.refused:
        why = text(f"reject.{reason}", lang)
        say("look.refused", lang, source=cell(source), why=why, value=cell(value))
    _ids(found, lang)
    _steps(found, lang)
    _codes(found, lang)
    _fits(found, lang)
    if found.check is not None:
        _check(found.check, lang)
    if target is not None:
        say("look.written", lang, file=target)


def _first_of_alike(files: "Sequence[FileSeen]") -> "list[FileSeen]":
    """Return the first file of each layout: its columns are shown for all of them."""
    first: dict[tuple[object, ...], FileSeen] = {}
    for file in files:
        first.setdefault(file.layout, file)
    return list(first.values())


# ---------------------------------------------------------------- one file


def _file(file: "FileSeen", files: "Sequence[FileSeen]", lang: str) -> None:
    from auditor.inspect.merge import merged

    same = [one for one in files if one.layout == file.layout]
    for one in same:
        _facts(one, lang)
    file = merged(same)
    key = "named" if file.named else "guessed" if file.table else "no_table"
    say(f"look.{key}", lang, table=file.table)
    if file.also is not None:
        key = "wide" if file.milestones else "also"
        say(f"look.{key}", lang, table=file.also, n=len(file.milestones))
    if file.lacking:
        say("look.lacking", lang, columns=", ".join(file.lacking))
    names = ("column", "meaning", "evidence", "filled", "distinct", "values")
    table(headings(names, lang), (_column(one, file, lang) for one in file.columns))
    _dates(file.columns, lang)
    for column in file.columns:
        (_names if column.names else _unknown)(column, lang)
    print()


def _facts(file: "FileSeen", lang: str) -> None:
    rejected = "、".join(
        f"{text(f'reject.{reason}', lang)} {count:,}" for reason, count in file.rejected
    )
    encoding = file.encoding and text("look.encoding", lang, name=file.encoding)
    facts = [file.format, encoding, _delimiter(file.delimiter, lang)]
    say(
        "look.file",
        lang,
        source=cell(file.source),
        facts=" · ".join(fact for fact in facts if fact),
        rows=f"{file.rows:,}",
        columns=len(file.columns),
        rejected=f" · {rejected}" if rejected else "",
    )


def _delimiter(mark: str | None, lang: str) -> str | None:
    if mark is None:
        return None
    return text("look.delimiter", lang, mark={"\t": "Tab"}.get(mark, mark))


def _column(column: "ColumnSeen", file: "FileSeen", lang: str) -> list[object]:
    found = [one for one in (column.guess, column.also) if one is not None]
    names = list(dict.fromkeys(one.column for one in found))
    if header := file.milestones.get(column.header):
        names.append(".".join(header))
    how = _evidence(found[0], lang) if found else "-"
    if not found and column.rival is not None:
        how = text("look.rival", lang, header=cell(column.rival))
    return [
        cell(column.header),
        ", ".join(names) or "-",
        how,
        percent(column.filled / file.rows if file.rows else None),
        f"{column.distinct:,}",
        _values(column, lang),
    ]


def _evidence(found: "Guess", lang: str) -> str:
    how = text(f"how.{found.how}", lang, said=cell(found.said))
    return how if found.sure else f"? {how}"


def _values(column: "ColumnSeen", lang: str) -> str:
    if column.private:
        return text("look.private", lang)
    if column.filled and not column.values:
        return text("look.free", lang)
    few = column.values[:_SAMPLES]
    return "、".join(f"{_cut(cell(value))}×{count:,}" for value, count in few)


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"


def _names(column: "ColumnSeen", lang: str) -> None:
    """Print unknown names of documents, steps or charges, and a guess at each."""
    if column.unknown and column.guess:
        kind = _KINDS[column.guess.column]
        say(f"look.unknown_{kind}", lang, header=cell(column.header))
        for name, rows in column.unknown[:MOST]:
            meant = column.words.get(name)
            print(f"  {cell(name)}  {rows:,}" + (f"  → ? {meant}" if meant else ""))
        if column.unknown_values > MOST:
            say("look.more_steps", lang, n=column.unknown_values - MOST)


def _unknown(column: "ColumnSeen", lang: str) -> None:
    """Print the values that a column's meaning does not allow."""
    if column.unknown:
        values = "、".join(f"{cell(v)}×{count:,}" for v, count in column.unknown[:8])
        rest = column.unknown_values - 8
        more = f" … +{rest:,}" if rest > 0 else ""
        fields = {"header": cell(column.header), "values": values + more}
        say("look.unknown_words", lang, **fields)
    for group in column.alike:
        shown = " / ".join(cell(value) for value in group)
        say("look.alike_words", lang, header=cell(column.header), values=shown)


def _dates(columns: "Sequence[ColumnSeen]", lang: str) -> None:
    """Print each form of dates once, with all columns that are written in it."""
    dated = [(one, one.dates) for one in columns if one.dates is not None]
    forms: dict[str, list[tuple[str, int, str]]] = {}
    for column, dates in dated:
        for form in dates.forms:
            place = (cell(column.header), form.cells, cell(form.example))
            forms.setdefault(form.form, []).append(place)
    # Whatever fits serials from 1900 fits those from 1904 too, four years later.
    for name, places in ((n, p) for n, p in forms.items() if n != "serial 1904"):
        heads = "、".join(head for head, _, _ in places)
        cells = sum(cells for _, cells, _ in places)
        fields = {"headers": heads, "form": name, "example": places[0][2]}
        say("look.form", lang, **fields, n=f"{cells:,}")
    _odd_dates(dated, lang)


def _odd_dates(dated: "Sequence[tuple[ColumnSeen, Dates]]", lang: str) -> None:
    """Print what is ambiguous, declared nowhere, or read by no form."""
    for key in ("either", "midnight"):
        odd = [(column, getattr(dates, key)) for column, dates in dated]
        shown = "、".join(f"{cell(c.header)}×{n:,}" for c, n in odd if n)
        if shown:
            say(f"look.{key}", lang, headers=shown)
    for column, dates in dated:
        if dates.unread:
            shown = "、".join(f"{cell(v)}×{count:,}" for v, count in dates.unread)
            say("look.unread", lang, header=cell(column.header), values=shown)
        if dates.unseen:
            n = f"{dates.unseen:,}"
            say("look.unseen", lang, header=cell(column.header), n=n)


# ---------------------------------------------------------------- the whole dump


def _ids(found: "Inspection", lang: str) -> None:
    for one in found.ids:
        place = {"source": cell(one.source), "table": one.table}
        if one.repeated:
            say("look.repeated", lang, **place, n=f"{one.repeated:,}")
        if one.unknown:
            counts = {"n": f"{one.unknown:,}", "folded": f"{one.folded:,}"}
            say("look.orphans", lang, **place, **counts)
        for name, n in (("rounded", one.rounded), ("cut", one.cut)):
            if n:
                say(f"look.{name}", lang, **place, n=f"{n:,}")
        for group in one.alike:
            say("look.alike", lang, **place, ids=" / ".join(map(cell, group)))


def _steps(found: "Inspection", lang: str) -> None:
    unknown = [one for one in found.steps if one.step == UNMAPPED]
    if not found.steps:
        return
    rows = sum(one.rows for one in unknown)
    fields = {"known": len(found.steps) - len(unknown), "unknown": len(unknown)}
    say("look.steps", lang, **fields, rows=f"{rows:,}")
    for one in unknown[:MOST]:
        proposal = "  → ? " + " ".join(one.proposal.values()) if one.proposal else ""
        print(f"  {cell(one.raw)}  {one.rows:,}{proposal}")
    if len(unknown) > MOST:
        say("look.more_steps", lang, n=len(unknown) - MOST)


def _codes(found: "Inspection", lang: str) -> None:
    for one in found.codes:
        fields = {"source": cell(one.source), "codes": cell(one.key)}
        fields |= {"used_by": cell(one.used_by), "header": cell(one.header)}
        counts = {"covered": one.covered, "distinct": one.distinct}
        say("look.codes", lang, **fields, **counts)


def _fits(found: "Inspection", lang: str) -> None:
    best = found.best
    if best is None:
        say("look.no_fit", lang)
        return
    counts = {"found": best.found, "wanted": best.wanted}
    say("look.fit", lang, mapping=best.mapping, **counts)
    if best.missing:
        shown = "、".join(map(cell, best.missing[:MOST]))
        say("look.fit_missing", lang, columns=shown)


def _check(check: "Check", lang: str) -> None:
    print()
    say("look.check", lang, mapping=check.mapping)
    from auditor.terminal.books import accounts, groups

    if check.error is not None:
        print(check.error[lang])
        return
    accounts(check.rows, lang)
    if check.rejects:
        groups(check.rejects, lang)
    for key, columns in (("missing", check.missing), ("unused", check.unused)):
        if columns:
            shown = "、".join(map(cell, columns))
            say(f"look.check_{key}", lang, columns=shown)
    if check.unmapped:
        shown = "、".join(f"{cell(raw)}×{rows:,}" for raw, rows in check.unmapped)
        say("look.check_unmapped", lang, steps=shown)
    for key, names in (
        ("papers", check.documents),
        ("paper_steps", check.paper_steps),
        ("charges", check.charges),
    ):
        if names:
            shown = "、".join(f"{cell(name)}×{rows:,}" for name, rows in names[:MOST])
            say(f"look.check_{key}", lang, names=shown)

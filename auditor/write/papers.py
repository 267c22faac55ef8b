"""Names of documents and steps that nobody knows, in words."""

from typing import TYPE_CHECKING

from auditor.errors import AuditError, text
from auditor.write.words import visible

if TYPE_CHECKING:
    import polars as pl

CODES = {"unknown_document": "AUD460", "unknown_paper_step": "AUD461"}
FEW = 5  # names of a kind that are told; the notes of the database hold more


def told_names(notes: "pl.DataFrame | None", lang: str) -> list[str]:
    """Return a message a kind of unknown names: how many cases rest on which.

    None of them without any; those on which most cases rest come first.
    """
    if notes is None:
        return []
    rows = notes.filter(notes["note"].is_in(list(CODES)))
    found: dict[str, list[tuple[str | None, int]]] = {}
    for kind, name, cases in rows.select("note", "value", "count").iter_rows():
        found.setdefault(kind, []).append((name, cases))
    return [_told(CODES[kind], found[kind], lang) for kind in CODES if kind in found]


def _told(code: str, rows: list[tuple[str | None, int]], lang: str) -> str:
    names = sorted(((n, c) for n, c in rows if n is not None), key=lambda row: -row[1])
    shown = [
        text("ui.unknown_name", lang, name=visible(name), cases=f"{cases:,}")
        for name, cases in names[:FEW]
    ]
    more = [text("ui.unknown_more", lang)] if len(names) > FEW else []
    total = next(cases for name, cases in rows if name is None)
    listed = text("ui.unknown_names", lang).join([*shown, *more])
    fields = {"n": len(names), "names": listed, "cases": f"{total:,}"}
    return AuditError(code, **fields).render(lang)

"""Names that nobody knows, in words."""

from typing import TYPE_CHECKING

from auditor.errors import AuditError, text
from auditor.write.words import visible

if TYPE_CHECKING:
    import polars as pl

CODES = {
    "unknown_document": "AUD460",
    "unknown_paper_step": "AUD461",
    "unknown_step": "AUD462",
    "unknown_charge": "AUD463",
    "unknown_county": "AUD464",
}
BY_NAME = "county_by_name"
_BY_ROWS = ("unknown_step", "unknown_charge")  # their names count rows, not cases
_TOTALS = ("", "_names", "_cases", "_open", "_blank")
NOTED = tuple(kind + key for kind in (*CODES, BY_NAME) for key in _TOTALS)
FEW = 5  # names of a kind that are told; the notes of the database hold more


def told_names(notes: "pl.DataFrame | None", lang: str) -> list[str]:
    """Return a message a kind of unknown names: how many cases rest on which.

    None of them without any; those on which most cases rest come first.
    """
    if notes is None:
        return []
    rows = notes.filter(notes["note"].is_in(list(NOTED)))
    found: dict[str, list[tuple[str, int]]] = {}
    totals: dict[str, int] = {}
    column = dict(rows.select("note", "column").iter_rows())
    for kind, name, count in rows.select("note", "value", "count").iter_rows():
        if name is None:
            totals[kind] = count
        else:
            found.setdefault(kind, []).append((name, count))
    return [
        _told(kind, found, totals, (str(column[kind]), lang))
        for kind in CODES
        if kind in totals
    ]


def _told(
    kind: str,
    found: dict[str, list[tuple[str, int]]],
    totals: dict[str, int],
    how: tuple[str, str],
) -> str:
    column, lang = how
    of_rows = kind in _BY_ROWS
    number = totals[f"{kind}_names"]
    names = found.get(kind, [])
    unit = "ui.unknown_rows" if of_rows else "ui.unknown_name"
    more = [text("ui.unknown_more", lang)] if number > FEW else []
    listed = [*_shown(names, unit, lang), *more]
    if blank := totals.get(f"{kind}_blank"):
        listed.append(text("ui.unknown_blank", lang, cases=f"{blank:,}"))
    cases = totals[f"{kind}_cases" if of_rows else kind]
    fields = {"n": f"{number:,}", "cases": f"{cases:,}", "column": column}
    fields |= {"rows": f"{totals[kind]:,}"} if of_rows else {}
    fields |= {"open": f"{totals.get(f'{kind}_open', 0):,}"}
    joint = text("ui.unknown_names", lang)
    meant = ""
    if kind == "unknown_county" and BY_NAME in totals:
        called = _shown(found[BY_NAME], "ui.unknown_name", lang)
        rest = (
            [text("ui.unknown_more", lang)] if totals[f"{BY_NAME}_names"] > FEW else []
        )
        meant = text("ui.county_by_name", lang, names=joint.join([*called, *rest]))
    return AuditError(
        CODES[kind], names=joint.join(listed), meant=meant, **fields
    ).render(lang)


def _shown(names: list[tuple[str, int]], unit: str, lang: str) -> list[str]:
    """Return the names with most behind them, each with how much that is."""
    most = sorted(names, key=lambda row: -row[1])[:FEW]
    return [
        text(unit, lang, name=visible(name), cases=f"{count:,}") for name, count in most
    ]

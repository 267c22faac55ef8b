"""Names that nobody knows, as a run tells them when it is done."""

import polars as pl

from auditor.errors import AuditError, text
from auditor.terminal.tables import cell

CODES = {"unknown_document": "AUD460", "unknown_paper_step": "AUD461"}
FEW = 5


def show_names(notes: pl.DataFrame, lang: str) -> None:
    """Print the most frequent unknown names and how many cases rest on them."""
    for line in told_names(notes, lang):
        print(line)


def told_names(notes: pl.DataFrame, lang: str) -> list[str]:
    """Return a message a kind of unknown names, with what to do; none without any."""
    said = []
    for kind, code in CODES.items():
        rows = notes.filter(note=kind)
        total = rows.filter(pl.col("value").is_null())
        names = rows.filter(pl.col("value").is_not_null())
        names = names.sort("count", descending=True, maintain_order=True)
        if total.height:
            shown = [
                text("ui.unknown_name", lang, name=cell(name), cases=f"{cases:,}")
                for name, cases in names.head(FEW).select("value", "count").iter_rows()
            ]
            more = [text("ui.unknown_more", lang)] if names.height > FEW else []
            listed = text("ui.unknown_names", lang).join([*shown, *more])
            cases = f"{total['count'][0]:,}"
            fields = {"n": names.height, "names": listed, "cases": cases}
            said.append(AuditError(code, **fields).render(lang))
    return said

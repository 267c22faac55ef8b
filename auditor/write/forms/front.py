"""The head of the sheet beside a form: may it be sent, and of which run it is."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.write.sheet import Sheet
from auditor.write.words import visible, word

if TYPE_CHECKING:
    from auditor.write.results import Results


def verdict(sheet: Sheet, results: "Results", still_open: int) -> int:
    """Say in large letters whether the form may be sent; return the next row."""
    key = "closed" if not still_open else "open"
    if not still_open and not results.complete:
        key = "incomplete"
    style = {"bold": True, "font_size": 16, "valign": "vcenter"}
    color = "#1F5A2C" if key == "closed" else "#B00020"
    for line, lang in enumerate(("zh", "en")):
        text = word("form", key, lang).format(n=still_open)
        sheet.write(line, 0, text, **{**style, "font_color": color})
        sheet.height(line, 26)
    return 2


def identity_lines(results: "Results") -> Iterator[tuple[str, str]]:
    """Yield what a run was made of: key in ``[form]`` of the messages, and text."""
    run = results.identity
    pack = f"{run.get('pack_id', '')} {run.get('pack_version', '')}"
    versions = run.get("versions", {})
    yield "pack", pack.strip()
    yield "digest", run.get("pack_digest", "")
    yield "calendar", run.get("calendar_digest") or "—"
    derived = "cutoff_derived" if results.cutoff_derived else "cutoff_given"
    yield derived, results.cutoff.isoformat()
    period = results.period
    yield "period", f"{period[0]} — {period[1]}" if period else "—"
    yield "versions", " · ".join(f"{k} {v}" for k, v in sorted(versions.items()))
    yield "complete", word("form", "yes" if results.complete else "no_with_reasons")


def identity(sheet: Sheet, results: "Results", row: int, right: int) -> int:
    """Write what the run was made of, up to column ``right``; return the next row."""
    for key, text in identity_lines(results):
        label = f"{word('form', key)} {word('form', key, 'en')}"
        pair(sheet, row, label, text, right=right)
        row += 1
    return row


def pair(
    sheet: Sheet, row: int, label: str, text: str, *, right: int, **style: object
) -> None:
    """Write a label and, right of it, a text that may run to the column ``right``."""
    sheet.merge((row, 0, row, 1), label, bold=True, valign="top", **style)
    sheet.merge((row, 2, row, right), text, text_wrap=True, valign="top")


def lines_of(text: object, width: float) -> int:
    """Estimate the lines a text needs: a Chinese character is two digits wide."""
    if not isinstance(text, str):
        return 1
    size = sum(1 if char.isascii() else 2 for char in visible(text))
    room = max(2, int(width - 0.7) // 2 * 2)  # no half characters at a line's end
    return max(1, -(-size // room))

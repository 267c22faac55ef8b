"""The outcome on one page: how many cells of each word, and the worst of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.errors import text
from auditor.reconcile.nouns import WORDS, Judged, Lint
from auditor.write.words import visible, word

if TYPE_CHECKING:
    from auditor.reconcile.compare import Reconciliation

MOST, FEW = 12, 6  # lines of a list on the page; the workbook holds all
_CASES = 3  # cases named a cell on the page
LOUD = frozenset({"other_period", "other_province"})  # the wrong form, or the wrong run
_LISTED = frozenset(
    f"county_{how}" for how in ("unknown", "ambiguous", "contradictory", "missing")
)
_WEIGHTS = ("wrong", "check", "note")


def page(result: "Reconciliation", lang: str) -> str:
    """Return the summary as Markdown, the worst first."""
    lines = [f"# {text('cell.title', lang)}", "", *_head(result, lang), ""]
    rows = [(word("cell", key, lang), str(n)) for key, n in result.counts.items()]
    lines += _table((text("cell.word", lang), text("cell.count", lang)), rows)
    for key in WORDS[:3]:
        found = [cell for cell in result.cells if cell.word == key]
        if found:
            lines += ["", f"## {word('cell', key, lang)} · {len(found)}", ""]
            most = MOST if key == "refuted" else FEW
            lines += _list([_line(cell, lang) for cell in _worst(found)], lang, most)
    lost = [one for one in result.counties if not one.is_matched]
    if lost:
        lines += ["", f"## {text('cell.counties', lang)} · {len(lost)}", ""]
        names = [
            f"{one.said or one.name} — {text(f'cell.{one.how}', lang)}" for one in lost
        ]
        lines += _list(names, lang)
    # Counties that were not matched are listed above, with the reason.
    others = [one for one in result.lints if one.key not in _LISTED]
    lines += _lints(others, lang)
    return "\n".join(map(_plain, lines))


def _plain(line: str) -> str:
    """Return a line in which nothing from the workbook is hidden or is markup."""
    return visible(line).replace("<", "&lt;")


def _head(result: "Reconciliation", lang: str) -> Iterator[str]:
    run = result.run.manifest
    period = "..".join(run["period"]) if run["period"] else "—"
    areas = "、".join(sheet.match.province.name for sheet in result.sheets)
    pack = f"{run['pack']['id']} {run['pack']['version']}"
    yield text("cell.against", lang, name=result.name, areas=areas, pack=pack)
    yield ""
    cutoff = run["cutoff"]["date"]
    yield text(
        "cell.run", lang, period=period, cutoff=cutoff, digest=run["digest"][:12]
    )
    warnings = [sentence(o, lang) for o in result.lints if o.key in LOUD]
    if not run["complete"]:
        warnings.append(text("cell.incomplete", lang))
    for warning in warnings:
        yield ""
        yield f"**{warning}**"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    return [lines[0], "|" + " --- |" * len(head), *lines[1:]]


def _list(items: Sequence[str], lang: str, most: int = FEW) -> list[str]:
    lines = [f"- {one}" for one in items[:most]]
    if len(items) > most:
        lines.append(f"- {text('cell.more', lang, n=len(items) - most)}")
    return lines


def _worst(cells: list[Judged]) -> list[Judged]:
    """Put marks before totals, and what most cases refute first."""
    return sorted(cells, key=lambda cell: (cell.item != "mark", -cell.refuting))


def _line(cell: Judged, lang: str) -> str:
    what = f"{cell.ref} {cell.name} {item(cell, lang)}：{cell.declared or '—'}".strip()
    said = note(cell, lang)
    cases = " ".join(cell.cases[:_CASES])
    more = " …" if cell.refuting > _CASES else ""
    return f"{what} — {said}" + (f"（{cases}{more}）" if cases else "")


def item(cell: Judged, lang: str) -> str:
    """Return what a cell is about: an indicator's number, a total, or both."""
    said = []
    if cell.indicator:
        said.append(text("cell.indicator_n", lang, n=int(cell.indicator[3:])))
    if cell.item != "mark":
        said.insert(0, text(f"cell.of_{cell.level}", lang))
        said.append(text(f"cell.{cell.item}", lang))
    return " ".join(filter(None, said))


def note(cell: Judged, lang: str) -> str:
    """Return why a cell got its word, as a sentence; empty if the word says it all."""
    if not cell.note:
        return ""
    return text(
        f"cell.note_{cell.note}", lang, n=cell.refuting, right=cell.right, run=cell.run
    )


def _lints(lints: Sequence[Lint], lang: str) -> list[str]:
    lines: list[str] = []
    for weight in _WEIGHTS:
        found = [one for one in lints if one.weight == weight]
        if not found:
            continue
        lines += ["", f"## {text(f'cell.weight_{weight}', lang)} · {len(found)}", ""]
        if weight == "note":
            counts = Counter(
                text(f"lint.{one.key}", lang, **one.fields) for one in found
            )
            lines += _list(
                [f"{said}{f' ×{n}' if n > 1 else ''}" for said, n in counts.items()],
                lang,
            )
        else:
            lines += _list(
                [f"{one.ref} {sentence(one, lang)}".strip() for one in found], lang
            )
    return lines


def sentence(one: Lint, lang: str) -> str:
    """Return a lint in words."""
    return text(f"lint.{one.key}", lang, **one.fields)

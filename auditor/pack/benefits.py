"""Read the form on benefits: groups and measures as data, and the form's layout."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from auditor.pack.forms import BenefitForm, BenefitGroup, BenefitMeasure
from auditor.pack.model import Condition, Table
from auditor.pack.reading import Page, Problems
from auditor.vocabulary import COHORTS, VERDICTS

FILE = "forms/annex3.toml"
GROUP_KEYS = (
    *("id", "under", "caption", "when", "verdict"),
    *("note_zh", "note_en"),
)
MEASURE_KEYS = (
    *("id", "caption", "column", "when", "otherwise", "least", "per"),
    *("decimals", "note_zh", "note_en"),
)
WORDS = (
    *("id", "file", "sheet", "title", "no_province", "period", "month"),
    *("no_period", "corner", "total", "seal"),
)
PAGE_KEYS = (
    *("paper", "margins", "heading_font", "body_font", "title_size"),
    *("text_size", "first_width", "width", "row_height"),
)
HEAD_KEYS = ("label", "keys", "from", "to")
MOST_DECIMALS = 8
ReadConditions = Callable[..., tuple[Condition, ...]]


def read_benefits(
    folder: Path,
    tables: Mapping[str, Table],
    rule_ids: tuple[str, ...],
    read_conditions: ReadConditions,
    problems: Problems,
) -> BenefitForm | None:
    """Return the form on benefits of a pack, None if it has none.

    Args:
        folder: the pack.
        tables: its tables; conditions and columns are those of ``cases``.
        rule_ids: rules that judge cases, which a group may ask for a verdict.
        read_conditions: reads condition lines as in rule pages.
        problems: where what is wrong is noted, with its line.
    """
    if not (folder / FILE).is_file():
        return None
    page = Page.read(folder / FILE, problems)
    if page is None:
        return None

    def conditions(row: Mapping[str, Any], *where: str) -> tuple[Condition, ...]:
        return read_conditions(page, row.get("when", {}), dict(tables), *where)

    groups = []
    for row in page.need(page.data, "group", list):
        name = page.need(row, "id", str, "group")
        groups.append(_group(page, row, conditions(row, name, "when"), rule_ids))
    measures = []
    for row in page.need(page.data, "measure", list):
        name = page.need(row, "id", str, "measure")
        when = conditions(row, name, "when")
        measures.append(_measure(page, row, when, tables["cases"]))
    return BenefitForm(
        cohort=_cohort(page),
        groups=tuple(groups),
        measures=tuple(measures),
        layout=_layout(page, groups),
        notes=tuple(_note(page, row) for row in page.data.get("note", ())),
    )


def _cohort(page: Page) -> tuple[str, ...]:
    page.keys(page.data, ("cohort", "group", "measure", "note", "layout"))
    words = page.need(page.data, "cohort", list)
    for word in words:
        page.among(word, COHORTS, "cohort", "cohort")
    return tuple(words)


def _group(
    page: Page,
    row: dict[str, Any],
    when: tuple[Condition, ...],
    rule_ids: tuple[str, ...],
) -> BenefitGroup:
    name = str(row.get("id", ""))
    page.keys(row, GROUP_KEYS, name)
    for rule, verdict in row.get("verdict", {}).items():
        page.among(rule, rule_ids, "rule", name, "verdict")
        page.among(verdict, VERDICTS, "verdict", name, "verdict")
    return BenefitGroup(
        id=name,
        caption=page.need(row, "caption", str, name),
        when=when,
        verdicts=dict(row.get("verdict", {})),
        under=row.get("under", ""),
        note_zh=row.get("note_zh", ""),
        note_en=row.get("note_en", ""),
    )


def _measure(
    page: Page, row: dict[str, Any], when: tuple[Condition, ...], cases: Table
) -> BenefitMeasure:
    name = str(row.get("id", ""))
    page.keys(row, MEASURE_KEYS, name)
    column = page.need(row, "column", str, name)
    numbers = [c.name for c in cases.columns.values() if c.type in _NUMBERS]
    page.among(column, numbers, "number column", name, "column")
    if bool(when) is not isinstance(row.get("otherwise"), int):
        page.wrong(
            "when 与 otherwise（整数）要成对。",
            "when needs otherwise, a whole number, and the other way round.",
            name,
        )
    per, decimals = (page.need(row, key, int, name) for key in ("per", "decimals"))
    if per < 1 or not 0 <= decimals <= MOST_DECIMALS:
        page.wrong(
            f"per 至少为 1，decimals 为 0 至 {MOST_DECIMALS}。",
            f"per is at least 1 and decimals is 0 to {MOST_DECIMALS}.",
            name,
        )
    return BenefitMeasure(
        id=name,
        caption=page.need(row, "caption", str, name),
        column=column,
        per=max(per, 1),
        decimals=decimals,
        when=when,
        otherwise=row.get("otherwise"),
        least=float(row.get("least", 0)),
        note_zh=row.get("note_zh", ""),
        note_en=row.get("note_en", ""),
    )


_NUMBERS = ("number", "integer")


def _note(page: Page, row: dict[str, Any]) -> tuple[str, str]:
    page.keys(row, ("zh", "en"), "note")
    return page.need(row, "zh", str, "note"), page.need(row, "en", str, "note")


def _layout(page: Page, groups: list[BenefitGroup]) -> Mapping[str, Any]:
    """Check the keys of the layout; the writer takes the values as they are."""
    layout: dict[str, Any] = page.need(page.data, "layout", dict)
    page.keys(layout, (*WORDS, "heading", "head", "page"), "layout")
    for key in WORDS:
        page.need(layout, key, str, "layout")
    sizes = page.need(layout, "page", dict, "layout")
    page.keys(sizes, PAGE_KEYS, "layout", "page")
    for key in PAGE_KEYS:
        if key not in sizes:
            page.wrong(f"缺少“{key}”。", f"'{key}' is missing.", "layout", "page")
    for line in layout.get("head", ()):
        page.keys(line, HEAD_KEYS, "layout", "head")
        for key, kind in zip(HEAD_KEYS, (str, list, int, int), strict=True):
            page.need(line, key, kind, "layout", "head")
    headings = layout.get("heading", {})
    for group in groups:
        if group.under:
            page.among(group.under, headings, "heading", group.id, "under")
    return layout

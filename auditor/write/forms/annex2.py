"""附件2 as a workbook: the form as printed, what its cells mean, and the long table."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import AuditError
from auditor.write.forms import legend, todo
from auditor.write.forms.draw import draw
from auditor.write.forms.grid import Facts, build
from auditor.write.forms.layout import Layout
from auditor.write.forms.units import Province, provinces
from auditor.write.sheet import workbook

if TYPE_CHECKING:
    from auditor.write.results import Results


def write_annex2(results: "Results", layout: Layout, folder: Path) -> list[todo.Todo]:
    """Write the workbook, one form sheet a province; return what is still missing."""
    assert results.roster is not None
    facts = facts_of(results, frozenset(layout.marks.values()))
    _check_columns(layout, facts)
    areas = provinces(results.roster, layout.no_city)
    grids = [build(area, facts, layout) for area in areas]
    form = layout.words["id"]
    lines = [todo.of_gap(form, gap) for grid in grids for gap in grid.gaps]
    lines += _form_lines(results, layout, areas)
    lines += _unused(form, facts, areas)
    still_open = sum(gap.open for grid in grids for gap in grid.gaps)
    still_open += sum(line.status in todo.BLOCKING for line in lines)
    base = {"font_name": layout.page["body_font"], "font_size": 10}
    with workbook(folder / layout.words["file"], base) as book:
        for area, grid in zip(areas, grids, strict=True):
            draw(book, results, layout, area, grid, single=len(areas) == 1)
        legend.write_legend(book, results, layout, areas, facts, still_open)
        legend.write_long_table(book, results, layout, areas, facts, grids)
    return lines


def facts_of(results: "Results", marks: frozenset[str] = frozenset()) -> Facts:
    """Collect statuses and expected texts for the cells of the form.

    ``marks`` are the form's own marks, which are no expected dates.
    """
    import polars as pl

    columns = ("level", "code", "rule_id", "status")
    rows = results.rollup.select(pl.col(columns).cast(pl.String)).iter_rows()
    status = {(level, code, rule): value for level, code, rule, value in rows}
    texts: dict[tuple[str, str], set[str]] = {}
    if results.expected is not None:
        wanted = pl.col("county_code", "indicator", "text").cast(pl.String)
        for code, rule, text in results.expected.select(wanted).iter_rows():
            if code and rule and text and text.strip():
                texts.setdefault((code, rule), set()).add(text.strip())
    expected = {cell: frozenset(found) for cell, found in texts.items()}
    return Facts(results.indicators, status, expected, marks)


def _check_columns(layout: Layout, facts: Facts) -> None:
    wanted = layout.columns["done"] - layout.columns["indicators"]
    if wanted != len(facts.indicators):
        problem = f"{len(facts.indicators)} != {wanted}"
        raise AuditError("AUD412", file=layout.words["id"], problem=problem)


def _form_lines(
    results: "Results", layout: Layout, areas: Sequence[Province]
) -> list[todo.Todo]:
    form = layout.words["id"]
    lines = [
        todo.of_field(form, line, key)
        for line in layout.head
        for key in line.keys
        if not results.form.get(key, "").strip()
    ]
    if results.period is None:
        lines.append(todo.of_form(form, "no_period"))
    named = results.form.get("province", "").strip()
    known = [area.name for area in areas]
    if named and named not in known:
        text = "、".join(known)
        lines.append(todo.of_form(form, "other_province", named=named, roster=text))
    return lines


def _unused(form: str, facts: Facts, areas: Sequence[Province]) -> list[todo.Todo]:
    cells = {(area.code, one.id) for area in areas for one in facts.indicators}
    cells -= {(area.code, one.id) for area in areas for one in facts.local}
    for area in areas:
        cells |= {(unit.code, one.id) for unit in area.counties for one in facts.local}
    return [
        todo.of_form(form, "unused_expected", code=code, indicator=rule)
        for code, rule in sorted(set(facts.expected) - cells)
    ]

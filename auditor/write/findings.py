"""``findings.xlsx``: the worst findings in words, and an honest count of the rest."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.write.lines import Lines
from auditor.write.screensheet import write_screens
from auditor.write.sheet import BASE, DATA, HEAD, Book, Sheet, workbook
from auditor.write.tables import scan
from auditor.write.words import sentence, word
from auditor.write.worst import worst

if TYPE_CHECKING:
    import polars as pl

    from auditor.write.results import Results

MOST = 200_000  # rows of the list; a spreadsheet ends at 1,048,576
_LONGEST = 2_000  # characters of one cell; the rest is in findings.parquet
_COLUMNS = (
    *(("severity", 8), ("county_code", 11), ("case_id", 24), ("rule_id", 9)),
    *(("title", 34), ("verdict", 10), ("sentence", 60), ("measured", 9)),
    *(("limit", 9), ("in_force", 9), ("clause", 22), ("parts", 26)),
    *(("source", 24), ("rows", 14), ("reason", 18)),
)
_SAID = ["reason", "measured", "limit", "parts", "clause"]


def write_findings(results: "Results", path: Path, folder: Path) -> None:
    """Write the worst findings first, at most 200,000, and say what is left out.

    Args:
        results: the run.
        path: ``findings.parquet``.
        folder: the run folder.
    """
    lazy = scan(path)
    target = folder / "findings.xlsx"
    with workbook(target, BASE, streaming=True) as book:
        counts = _counts(lazy)
        shown = min(MOST, int(counts["n"].sum() or 0))
        _front(book, results, counts, shown)
        _list(book, results, worst(lazy, MOST))
        if results.screens is not None:
            write_screens(book, results, results.screens)


def _counts(lazy: "pl.LazyFrame") -> "pl.DataFrame":
    import polars as pl

    keys = ["severity", "rule_id", "verdict"]
    texts = [pl.col(key).cast(pl.String) for key in keys]
    counted = lazy.group_by(texts).agg(pl.len().alias("n")).sort(keys)
    return counted.collect(engine="streaming")  # millions of findings pass through


def _front(book: Book, results: "Results", counts: "pl.DataFrame", shown: int) -> None:
    """Say how many findings there are, how many are listed and what is left out."""
    sheet = book.sheet("说明")
    _page(sheet)
    sheet.widths({0: 10, 1: 10, 2: 40, 3: 14, 4: 12})
    total = int(counts["n"].sum() or 0)
    state = "all" if shown == total else "cut"
    row = 0
    for lang in ("zh", "en"):
        text = word("findings", state, lang)
        text = text.format(total=f"{total:,}", shown=f"{shown:,}", left=total - shown)
        sheet.write(row, 0, text, bold=True, font_size=13)
        row += 1
    for key in ("order", "evidence", "not_proof"):
        sheet.write(row, 0, f"{word('findings', key)} {word('findings', key, 'en')}")
        row += 1
    row += 1
    for column, key in enumerate(("severity", "rule_id", "title", "verdict", "count")):
        sheet.write(row, column, word("findings", key), **HEAD)
    for severity, rule, verdict, n in counts.iter_rows():
        row += 1
        cells = (severity, rule, results.title(rule or ""), word("verdict", verdict))
        for column, value in enumerate(cells):
            sheet.write(row, column, _clip(value or ""), **DATA)
        sheet.write(row, 4, n)


def _page(sheet: Sheet) -> None:
    sheet.raw.set_landscape()
    sheet.raw.set_paper(9)
    sheet.raw.fit_to_pages(1, 0)


def _list(book: Book, results: "Results", rows: "pl.DataFrame") -> None:
    sheet = book.sheet("问题清单")
    for column, (name, width) in enumerate(_COLUMNS):
        sheet.widths({column: width})
        sheet.write(0, column, word("findings", name), **HEAD)
    _page(sheet)
    sheet.raw.repeat_rows(0)
    sheet.raw.freeze_panes(1, 4)
    sheet.raw.autofilter(0, 0, rows.height, len(_COLUMNS) - 1)
    if rows.height:
        book.fill(sheet, Lines(_told(results, rows), _LONGEST, _clip), **DATA)


def _told(results: "Results", rows: "pl.DataFrame") -> "pl.DataFrame":
    """Return the columns of the list: each distinct sentence is made once."""
    import polars as pl

    absent = [name for name in _SAID if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    told = rows.select(_SAID).unique()
    said = [_sentence(row) for row in told.iter_rows(named=True)]
    told = told.with_columns(pl.Series("sentence", said, pl.String))
    in_force = {True: "yes", False: "no", None: "unknown"}
    shown = rows.join(
        told, on=_SAID, how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(
        _worded(rows, "rule_id", lambda rule: results.title(rule or "")).alias("title"),
        _worded(rows, "verdict", lambda verdict: word("verdict", verdict)),
        _worded(rows, "in_force", lambda said: word("findings", in_force[said])),
    )
    texts = [n for n, _ in _COLUMNS if n in shown and not shown[n].dtype.is_numeric()]
    shown = shown.with_columns(pl.col(texts).cast(pl.String))
    return shown.select(name for name, _ in _COLUMNS if name in shown)


def _sentence(row: dict[str, Any]) -> str:
    return sentence(
        row["reason"],
        measured=row["measured"],
        limit=row["limit"],
        parts=row["parts"],
        clause=row["clause"],
    )


def _worded(rows: "pl.DataFrame", name: str, say: Callable[[Any], str]) -> "pl.Series":
    """Return a column in words; there are few distinct values, null among them."""
    import polars as pl

    distinct = rows.select(name).unique()
    words = pl.Series("_word", [say(value) for value in distinct[name]], pl.String)
    both = rows.select(name).join(
        distinct.with_columns(words),
        on=name, how="left", nulls_equal=True, maintain_order="left",
    )  # fmt: skip
    return both["_word"].alias(name)


def _clip(text: str) -> str:
    """Cut an overlong text and say so; a cell must never break the whole list."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}…（共 {len(text)} 个字符，全文见 findings.parquet）"

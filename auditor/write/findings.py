"""``findings.xlsx``: the worst findings in words, and an honest count of the rest."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.write.results import SEVERITIES
from auditor.write.sheet import Book, Sheet, workbook
from auditor.write.tables import scan
from auditor.write.words import sentence, word

if TYPE_CHECKING:
    import polars as pl

    from auditor.write.results import Results

MOST = 200_000  # rows of the list; a spreadsheet ends at 1,048,576
_LONGEST = 2_000  # characters of one cell; the rest is in findings.parquet
_BASE = {"font_name": "宋体", "font_size": 10}
_HEAD = {"bold": True, "bg_color": "#E7EBF0", "border": 1, "text_wrap": True}
_DATA = {"num_format": "@", "quote_prefix": True}  # text stays text when edited
_COLUMNS = (
    *(("severity", 8), ("county_code", 11), ("case_id", 24), ("rule_id", 9)),
    *(("title", 34), ("verdict", 10), ("sentence", 60), ("measured", 9)),
    *(("limit", 9), ("in_force", 9), ("clause", 22), ("parts", 26)),
    *(("source", 24), ("rows", 14), ("reason", 18)),
)
_ORDER = ("case_id", "rule_id", "reason")
_VERDICTS = ("fail", "undetermined")


def write_findings(results: "Results", path: Path, folder: Path) -> None:
    """Write the worst findings first, at most 200,000, and say what is left out.

    Args:
        results: the run.
        path: ``findings.parquet``.
        folder: the run folder.
    """
    lazy = scan(path)
    target = folder / "findings.xlsx"
    with workbook(target, _BASE, streaming=True) as book:
        counts = _counts(lazy)
        shown = min(MOST, int(counts["n"].sum() or 0))
        _front(book, results, counts, shown)
        _list(book, results, worst(lazy).head(MOST).collect())


def worst(lazy: "pl.LazyFrame") -> "pl.LazyFrame":
    """Sort findings: severity, failures before doubts, how far over, then the case."""
    import polars as pl

    known = lazy.collect_schema().names()
    rest = [name for name in known if name not in _ORDER]
    severity = pl.col("severity").cast(pl.String)
    verdict = pl.col("verdict").cast(pl.String)
    keys = [
        _rank(severity, SEVERITIES, default=-1),
        _rank(verdict, _VERDICTS, default=len(_VERDICTS)),
        pl.col("limit") - pl.col("measured"),
        *(pl.col(name) for name in (*_ORDER, *rest) if name in known),
    ]
    return lazy.sort(keys, nulls_last=True)


def _rank(column: "pl.Expr", order: tuple[str, ...], default: int) -> "pl.Expr":
    import polars as pl

    ranks = range(len(order))
    return column.replace_strict(
        list(order), list(ranks), default=default, return_dtype=pl.Int8
    )


def _counts(lazy: "pl.LazyFrame") -> "pl.DataFrame":
    import polars as pl

    keys = ["severity", "rule_id", "verdict"]
    texts = [pl.col(key).cast(pl.String) for key in keys]
    return lazy.group_by(texts).agg(pl.len().alias("n")).sort(keys).collect()


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
        sheet.write(row, column, word("findings", key), **_HEAD)
    for severity, rule, verdict, n in counts.iter_rows():
        row += 1
        cells = (severity, rule, results.title(rule or ""), word("verdict", verdict))
        for column, value in enumerate(cells):
            sheet.write(row, column, _clip(value), **_DATA)
        sheet.write(row, 4, n)


def _page(sheet: Sheet) -> None:
    sheet.raw.set_landscape()
    sheet.raw.set_paper(9)
    sheet.raw.fit_to_pages(1, 0)


def _list(book: Book, results: "Results", rows: "pl.DataFrame") -> None:
    sheet = book.sheet("问题清单")
    for column, (name, width) in enumerate(_COLUMNS):
        sheet.widths({column: width})
        sheet.write(0, column, word("findings", name), **_HEAD)
    _page(sheet)
    sheet.raw.repeat_rows(0)
    sheet.raw.freeze_panes(1, 4)
    sheet.raw.autofilter(0, 0, rows.height, len(_COLUMNS) - 1)
    for at, row in enumerate(rows.iter_rows(named=True), 1):
        _line(sheet, results, at, row)


def _line(sheet: Sheet, results: "Results", at: int, row: dict[str, Any]) -> None:
    in_force = {True: "yes", False: "no", None: "unknown"}[row.get("in_force")]
    told = row | {
        "title": results.title(row["rule_id"] or ""),
        "verdict": word("verdict", row["verdict"]),
        "in_force": word("findings", in_force),
        "sentence": sentence(
            row["reason"],
            measured=row["measured"],
            limit=row["limit"],
            parts=row.get("parts"),
            clause=row.get("clause"),
        ),
    }
    for column, (name, _) in enumerate(_COLUMNS):
        value = told.get(name)
        if isinstance(value, float | int):
            sheet.write(at, column, value)
        elif value is not None:
            sheet.write(at, column, _clip(str(value)), **_DATA)


def _clip(text: str | None) -> str | None:
    """Cut an overlong text and say so; a cell must never break the whole list."""
    if text is None or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}…（共 {len(text)} 个字符，全文见 findings.parquet）"

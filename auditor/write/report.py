"""``report.html``: one page without network, Chinese first, English beside it."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from auditor import errors, fsops
from auditor.vocabulary import STATUSES
from auditor.write.board import SYMBOLS, Board, Place, board
from auditor.write.forms.front import identity_lines
from auditor.write.papers import told_names
from auditor.write.results import Results
from auditor.write.screened import screen_lines
from auditor.write.signals import signal_lists
from auditor.write.tables import scan
from auditor.write.words import number, rate_text, sentence, visible, word
from auditor.write.worst import worst

_HERE = Path(__file__).parent
_WORST = 5  # cases shown of each county
_MOST = 3_000  # rows of any list on the page; the rest is in the tables
_CHECKED = frozenset({"automated"})


def write_report(results: Results, tables: Mapping[str, Path], folder: Path) -> None:
    """Write the page; every value that came from data is escaped and made visible."""
    import jinja2

    loader = jinja2.FileSystemLoader(_HERE)
    page = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    ).get_template("report.html.jinja")
    text = page.render(_page(results, tables))
    fsops.write_text(folder / "report.html", text)


def _page(results: Results, tables: Mapping[str, Path]) -> dict[str, object]:
    from markupsafe import Markup

    style = (_HERE / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    shown = board(results)
    names = {place.code: place.name for place in shown.places}
    run = results.identity
    return {
        # The page's own style sheet: the one text that is not escaped.
        "style": Markup(style),
        "style_hash": f"sha256-{digest}",
        "title": results.pack_title or _said("title"),
        "word": word,
        "symbols": SYMBOLS,
        "statuses": STATUSES,
        "complete": results.complete,
        "reasons": list(_reasons(results, tables["rejects"])),
        "identity": [pair for pair in identity_lines(results) if pair[0] != "complete"],
        "parameters": list(_parameters(run.get("parameters", {}))),
        "indicators": shown.indicators,
        "lines": [_line(shown, place) for place in shown.places],
        **signal_lists(results, tables["findings"], names),
        "worst": list(_worst(results, tables["findings"], names)),
        "screens": screen_lines(results),
        "balance": list(_balance(results)),
        "rejected": list(_rejected(tables["rejects"])),
        "names": _names(results),
        "unchecked": list(_unchecked(results)),
        "inputs": [
            {
                key: _shown(one.get(key))
                for key in ("name", "sha256", "size", "records", "format")
            }
            for one in sorted(
                run.get("inputs", ()), key=lambda row: str(row.get("name"))
            )
        ],
    }


def _parameters(asked: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what the run was asked: a key of the messages, and it in both languages."""
    for key, value in sorted(asked.items()):
        if isinstance(value, Mapping):
            value = ", ".join(f"{name} = {cap}" for name, cap in sorted(value.items()))
        said = [word("parameter", "none", lang) for lang in ("zh", "en")]
        zh, en = said if value in {None, ""} else [_shown(value), ""]
        yield key, zh, en


def _names(results: Results) -> list[tuple[str, str]]:
    zh, en = (told_names(results.notes, lang) for lang in ("zh", "en"))
    return list(zip(zh, en, strict=True))


def _shown(value: object) -> str:
    return "—" if value is None else visible(str(value))


def _said(key: str, **fields: object) -> tuple[str, str]:
    """Return a line of the page in both languages; an unknown key as it is."""
    name = f"report.{key}"
    zh, en = (errors.text(name, lang, **fields) for lang in ("zh", "en"))
    return (
        (visible(key.removeprefix("incomplete_")), "")
        if zh == name
        else (visible(zh), visible(en))
    )


def _reasons(results: Results, rejects: Path) -> Iterator[tuple[str, str]]:
    """Yield why the run is incomplete, with files and tables by name where known."""
    if results.complete:
        return
    for reason in results.accounting.get("reasons") or ["other"]:
        details = _DETAILS.get(reason)
        lines = [] if details is None else list(details(results, rejects))
        yield from lines or [_said(f"incomplete_{reason}")]


def _rows_rejected(results: Results, _: Path) -> Iterator[tuple[str, str]]:
    for table, row in sorted(results.accounting.get("rows", {}).items()):
        if row.get("rejected"):
            yield _said("rows_rejected", table=table, n=f"{row['rejected']:,}")


def _files_refused(_: Results, rejects: Path) -> Iterator[tuple[str, str]]:
    import polars as pl

    files = scan(rejects).filter(pl.col("kind") == "file").select("source", "reason")
    rows = files.unique().sort("source", "reason", nulls_last=True).collect()
    for source, reason in rows.head(_MOST).iter_rows():
        why = [word("reject", reason, lang) for lang in ("zh", "en")]
        yield _said("file_refused", file=source, zh=why[0], en=why[1])


_Details = Callable[[Results, Path], Iterator[tuple[str, str]]]
_DETAILS: dict[str, _Details] = {
    "rows_rejected": _rows_rejected,
    "file_refused": _files_refused,
}


def _line(shown: Board, place: Place) -> dict[str, object]:
    cells = (shown.cell(place, one) for one in shown.indicators)
    return {
        "place": place,
        "cells": [None if cell is None else _cell(cell) for cell in cells],
    }


def _cell(cell: Mapping[str, Any]) -> dict[str, object]:
    status = str(cell["status"])
    both = f"{word('status', status)} {word('status', status, 'en')}"
    return {
        "status": status,
        "hint": f"{both} · {number(cell['pass'])} / {number(cell['fail'])}",
        "judged": cell["rate"] is not None or cell["coverage"] is not None,
        "rate": rate_text(cell["rate"]),
        "coverage": rate_text(cell["coverage"]),
        "overdue": bool(cell["overdue"]),
        "doubtful": cell.get("doubtful") or 0,
    }


def _worst(
    results: Results, findings: Path, names: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    import polars as pl

    failed = (pl.col("verdict").cast(pl.String) == "fail") & (
        ~pl.col("rule_id").is_in(list(results.signals))
    )
    top = worst(scan(findings), _WORST, only=failed, each="county_code")
    rows = top.sort("county_code", maintain_order=True, nulls_last=True)
    for row in rows.head(_MOST).iter_rows(named=True):
        code, rule = row["county_code"] or "unknown", row["rule_id"]
        told: dict[str, Any] = {
            key: row.get(key) for key in ("measured", "limit", "parts", "clause")
        }
        yield {
            "county": visible(names.get(code, code)),
            "case_id": visible(row["case_id"]),
            "rule_id": rule,
            "title_zh": results.title(rule),
            "title_en": results.title(rule, "en"),
            "measured": number(row["measured"]),
            "limit": number(row["limit"]),
            "in_force": {True: "yes", False: "no", None: "unknown"}[row["in_force"]],
            "reason_zh": visible(sentence(row["reason"], **told)),
            "reason_en": visible(sentence(row["reason"], "en", **told)),
        }


def _balance(results: Results) -> Iterator[dict[str, object]]:
    for table, row in sorted(results.accounting.get("rows", {}).items()):
        parts = {key: int(row.get(key, 0)) for key in _PARTS}
        balances = int(row.get("read", 0)) == sum(parts.values())
        yield {
            "table": table,
            "read": row.get("read", 0),
            **parts,
            "balances": balances,
        }


_PARTS = ("accepted", "duplicate", "rejected")


def _rejected(path: Path) -> Iterator[dict[str, object]]:
    import polars as pl

    keys = ["kind", "table", "column", "reason"]
    groups: pl.DataFrame = (
        scan(path).group_by(keys).agg(n=pl.len()).sort(keys, nulls_last=True).collect()
    )
    for row in groups.head(_MOST).iter_rows(named=True):
        yield {
            "kind": row["kind"],
            "table": _shown(row["table"]),
            "column": _shown(row["column"]),
            "reason_zh": word("reject", row["reason"]),
            "reason_en": word("reject", row["reason"], "en"),
            "n": row["n"],
        }


def _unchecked(results: Results) -> Iterator[tuple[str, str]]:
    """Yield what no case data decide here: the pack's clauses, else its indicators."""
    if results.coverage is not None and results.coverage.height:
        for row in results.coverage.sort("id").iter_rows(named=True):
            if row["status"] not in _CHECKED:
                status = [word("coverage", row["status"], x) for x in ("zh", "en")]
                zh, en = (row.get(key) or "" for key in ("note_zh", "note_en"))
                yield (
                    f"{row['id']} {row['title_zh']}：{status[0]}。{zh}",
                    f"{row['id']} {row['title_en']}: {status[1]}. {en}".rstrip(),
                )
    else:
        for one in results.indicators:
            if one.basis == "attestation":
                yield _said(
                    "attested_only", id=one.id, zh=one.title_zh, en=one.title_en
                )
    yield _said("invented")
    yield _said("omitted")
    if (results.pack_folder / "forms").is_dir():
        yield _said("reliability")

"""The layout of a form, read from the pack: what stands where, and its labels."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from auditor.errors import AuditError

_TABLES = {
    "rows": ("title", "period", "head", "header", "body"),
    "columns": (
        *("number", "province", "city", "county", "indicators"),
        *("done", "undone", "percent"),
    ),
    "captions": (
        *("number", "province", "city", "county", "indicators", "summary"),
        *("done", "undone", "percent", "star"),
    ),
    "marks": ("met", "not_filled", "star_met", "star_started"),
    "labels": (
        *("cities", "counties", "city_counties", "subtotal", "undivided", "direct"),
        *("total", "total_done", "total_undone", "total_percent"),
    ),
    "city": ("none",),
    "page": (
        *("paper", "margins", "footer", "heading_font", "body_font"),
        *("title_size", "text_size", "cell_size", "mark_size"),
    ),
    "widths": (
        *("number", "province", "city", "county", "indicators"),
        *("done", "undone", "percent"),
    ),
}
_WORDS = (
    *("id", "file", "sheet", "title", "no_province"),
    *("period", "month", "no_period", "seal"),
)
_LISTS = {"head": ("label", "keys", "from", "to"), "group": ("id", "caption")}


@dataclass(frozen=True, slots=True)
class HeadLine:
    """One field under the title, e.g. 审核人, and the columns it spans."""

    label: str
    keys: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A form's positions and labels; rows and columns count from 0."""

    words: Mapping[str, str]
    head: tuple[HeadLine, ...]
    groups: tuple[tuple[str, str], ...]
    rows: Mapping[str, int]
    columns: Mapping[str, int]
    captions: Mapping[str, str]
    marks: Mapping[str, str]
    labels: Mapping[str, str]
    no_city: frozenset[str]
    page: Mapping[str, Any]
    widths: Mapping[str, float]

    @property
    def last_column(self) -> int:
        """The right edge of the form."""
        return max(self.columns.values())

    def period(self, period: tuple[date, date] | None) -> str:
        """Return the line under the title; blanks when no period was asked for."""
        if period is None:
            return self.words["no_period"]
        first, last = (
            self.words["month"].format(year=day.year, month=day.month) for day in period
        )
        return self.words["period"].format(first=first, last=last)


def load_layout(path: Path) -> Layout:
    """Read a layout; a key that is unknown or missing is an error naming the file."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise AuditError("AUD412", file=path.name, problem=str(error)) from error
    _check(path, "", raw, (*_WORDS, *_TABLES, *_LISTS))
    for table, keys in _TABLES.items():
        _check(path, table, raw[table], keys)
    for table, keys in _LISTS.items():
        for row in raw[table]:
            _check(path, table, row, keys)
    return Layout(
        words={key: raw[key] for key in _WORDS},
        head=tuple(
            HeadLine(row["label"], tuple(row["keys"]), row["from"], row["to"])
            for row in raw["head"]
        ),
        groups=tuple((row["id"], row["caption"]) for row in raw["group"]),
        no_city=frozenset(raw["city"]["none"]),
        **{key: raw[key] for key in _TABLES if key != "city"},
    )


def _check(
    path: Path, table: str, row: Mapping[str, Any], keys: tuple[str, ...]
) -> None:
    wrong = sorted(set(row) ^ set(keys))
    if wrong:
        problem = f"[{table}] {', '.join(wrong)}" if table else ", ".join(wrong)
        raise AuditError("AUD412", file=path.name, problem=problem)

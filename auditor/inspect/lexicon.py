"""What is known of source systems: the lexicon, and the mappings that are shipped."""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from auditor.clean.shipped import shipped
from auditor.pack import Pack, rules_folder

_LEXICON = "lexicon.toml"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Headers, values, milestones and steps by their meaning; see the file itself."""

    headers: Mapping[str, Mapping[str, list[str]]]
    milestones: Mapping[str, list[str]]
    words: Mapping[str, Mapping[str, str]]
    steps: Mapping[str, Mapping[str, str]]
    private: Mapping[str, list[str]]
    shipped: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def words_of(self, table: str, column: str, header: str) -> dict[str, str]:
        """Return value to meaning: plain words, then mappings that read this header."""
        found: dict[str, str] = dict(self.words.get(column, {}))
        for tree in self.shipped.values():
            for entry in tree.get("table", ()):
                if entry.get("to") == table and header == entry.get("rename", {}).get(
                    column
                ):
                    found |= entry.get("values", {}).get(column, {})
        return found


@cache
def lexicon() -> Lexicon:
    """Return the shipped lexicon, without the mappings."""
    text = (rules_folder() / _LEXICON).read_text("utf-8")
    return Lexicon(**tomllib.loads(text))


def with_mappings(pack: Pack, folder: Path | None) -> Lexicon:
    """Return the lexicon with the mappings that speak of the pack's tables.

    ``folder`` None: those that are shipped.
    """
    return replace(lexicon(), shipped=shipped(pack, folder))


def split_unit(header: str, units: Iterable[str]) -> tuple[str, str | None]:
    """Return a header without the unit that it names in brackets, and the unit."""
    text = unicodedata.normalize("NFKC", header).strip()
    for mark in "([【":
        head, _, tail = text.partition(mark)
        unit = tail.rstrip(")]】 ").strip()
        if head and unit in units:
            return head.strip(), unit
    return text, None

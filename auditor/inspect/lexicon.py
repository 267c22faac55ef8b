"""What is known of source systems: the lexicon, and the mappings that are shipped."""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from auditor.pack import Pack, rules_folder

_LEXICON = "lexicon.toml"
_DROPPED = " _-－/·.:：（）()[]【】“”\"'\t\u3000"


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
    """Return the lexicon with the mappings of a folder that speak of the pack's tables.

    Mappings of other regulations name steps or columns that this pack does not have.
    """
    base = lexicon()
    shipped = {}
    for path in sorted(folder.glob("*.toml")) if folder else ():
        tree = tomllib.loads(path.read_text("utf-8"))
        if _speaks_of(tree, pack):
            shipped[path.stem] = tree
    return Lexicon(
        base.headers, base.milestones, base.words, base.steps, base.private, shipped
    )


def _speaks_of(tree: Mapping[str, Any], pack: Pack) -> bool:
    known = all(
        entry.get("to") in pack.tables
        and entry.get("rename", {}).keys() <= pack.tables[entry["to"]].columns.keys()
        for entry in tree.get("table", ())
    )
    steps = {rule.get("step") for rule in tree.get("steps", {}).values()}
    return known and steps <= set(pack.steps.order)


def plain(text: str) -> str:
    """Return a header as it would be but for width, case, blanks and brackets."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c not in _DROPPED)


def split_unit(header: str, units: Iterable[str]) -> tuple[str, str | None]:
    """Return a header without the unit that it names in brackets, and the unit."""
    text = unicodedata.normalize("NFKC", header).strip()
    for mark in "([【":
        head, _, tail = text.partition(mark)
        unit = tail.rstrip(")]】 ").strip()
        if head and unit in units:
            return head.strip(), unit
    return text, None

"""Names of documents, their steps and charges that a run would not know; guesses."""

import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from auditor.clean.mapping import Mapping as Declared
from auditor.clean.nearby import likeness, plain
from auditor.inspect.columns import LISTED, Counts
from auditor.inspect.lexicon import Lexicon
from auditor.inspect.nouns import ColumnSeen, Counted
from auditor.pack import (
    Pack,
    Table,
    forbidden_words,
    listed_charges,
    listed_documents,
)
from auditor.vocabulary import UNMAPPED

PAPERS = ("document", "step")  # of the table of documents
CHARGE = "item"  # of the table of charges
_SIMILAR = 0.72  # of the letters of both; below it a likeness says nothing
_FEW = 3  # letters; a name that short stands in many others
_EXTRA = 4  # letters that a name may have around one of the list and still mean it
_AND = re.compile("[及和与或、，,/+；;]")  # a name of two documents is none of them
_FREE_TEXT = 200  # distinct names above which one that stands once is not shown


def is_closed(table: Table | None, column: str | None, pack: Pack) -> bool:
    """Say whether a column holds names that a list of the pack must know."""
    if table is None:
        return False
    if listed_charges(pack) and pack.cost and table.name == pack.cost.table:
        return column == CHARGE
    return table.name == pack.documents_table and column in PAPERS


def with_names(
    told: ColumnSeen, counts: Counts, column: str, pack: Pack, known: Lexicon
) -> ColumnSeen:
    """Return a column of documents, of their steps or of charges, with unknown names.

    ``words`` holds a guess for some of them, which a person must confirm.
    """
    if told.private:
        return told
    every = dict(counts.values.iter_rows())
    unknown = [name for name in every if not _is_known(name, column, pack)]
    if counts.distinct > _FREE_TEXT:  # anything may stand there, also about persons
        unknown = [name for name in unknown if every[name] > 1]
    listed = unknown[:LISTED]
    sure = _proposals(column, pack, known) | dict(told.words)
    guesses = {name: _guess(name, column, sure, pack) for name in listed}
    return replace(
        told,
        unknown=tuple((name, every[name]) for name in listed),
        unknown_values=len(unknown),
        words={name: meant for name, meant in guesses.items() if meant},
        names=True,
    )


def _is_known(name: str, column: str, pack: Pack) -> bool:
    """Say whether a run without a mapping knows the name, for good or bad."""
    if column == "step":
        return Declared().step_rule(name, pack.steps).step != UNMAPPED
    if column == CHARGE:
        return name in listed_charges(pack)
    names = (n for listed in listed_documents(pack).values() for n in listed)
    return name in names or any(word in name for word in forbidden_words(pack))


def _proposals(column: str, pack: Pack, known: Lexicon) -> dict[str, str]:
    """Return what other systems call it."""
    words = dict(known.words.get(column, {}))
    if column == "step":
        for tree in known.shipped.values():
            for raw, rule in tree.get("steps", {}).items():
                words.setdefault(raw, rule["step"])
            for entry in tree.get("table", ()):
                if entry.get("to") == pack.documents_table:
                    words = entry.get("values", {}).get("step", {}) | words
    return words


def _guess(name: str, column: str, sure: Mapping[str, str], pack: Pack) -> str | None:
    """Return what an unknown name may mean: so called elsewhere, or spelt alike."""
    if name in sure:
        return sure[name]
    meanings = {**_own(column, pack), **sure}
    spelt = {plain(said): meant for said, meant in meanings.items()}
    if plain(name) in spelt:
        return spelt[plain(name)]
    if column != "step" and _AND.search(name):
        return None
    return _nearest(name, meanings)


def _own(column: str, pack: Pack) -> dict[str, str]:
    if column == "step":
        return {**pack.steps.aliases, **{step: step for step in pack.steps.order}}
    if column == CHARGE:
        return {name: name for name in listed_charges(pack)}
    return {n: n for listed in listed_documents(pack).values() for n in listed}


def _nearest(name: str, meanings: Mapping[str, str]) -> str | None:
    """Return the meaning of the most similar name, if one is similar at all."""
    shares = [(_share(name, said), meant) for said, meant in meanings.items()]
    share, meant = max(shares, default=(0.0, ""))
    return meant if share >= _SIMILAR else None


def _share(name: str, said: str) -> float:
    one, other = plain(name), plain(said)
    short, long = sorted((one, other), key=len)
    inside = len(short) > _FEW and short in long and len(long) - len(short) <= _EXTRA
    return max(_SIMILAR if inside else 0.0, likeness(name, said))


def names_of(rows: pl.DataFrame, note: str) -> Counted:
    """Return the unknown names of one kind with their rows, as a run would tell."""
    return tuple(rows.filter(note=note).select("value", "rows").iter_rows())

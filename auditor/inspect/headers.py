"""Which canonical column a header may mean, and on what evidence."""

from auditor.clean.nearby import likeness, plain
from auditor.clean.units import UNITS, units_of
from auditor.inspect.lexicon import Lexicon, split_unit
from auditor.inspect.nouns import Guess
from auditor.pack.model import Table

_SIMILAR = 0.82  # of the letters of both; below it a likeness says nothing
_ALL_UNITS = tuple(unit for units in UNITS.values() for unit in units)


def guess(header: str, table: Table, known: Lexicon) -> Guess | None:
    """Return the best supported meaning of a header in a table, or None.

    Names and aliases of the pack come first, since a run takes them without a mapping;
    then the shipped mappings, the lexicon, the same spelling, and a likeness.
    """
    if header in table.columns:
        return Guess(header, "name")
    for column in table.columns.values():
        if header in column.aliases:
            return Guess(column.name, "alias")
    bare, unit = split_unit(header, _ALL_UNITS)
    return (
        _mapped(header, table, known)
        or _listed(header, table, known)
        or _spelt(bare, unit, table, known)
        or _similar(bare, table, known)
    )


def _mapped(header: str, table: Table, known: Lexicon) -> Guess | None:
    """Return what a shipped mapping reads under this header; several: none."""
    found: dict[str, str] = {}
    for name, tree in known.shipped.items():
        for entry in tree.get("table", ()):
            if entry["to"] == table.name:
                for column, head in entry.get("rename", {}).items():
                    if head == header:
                        unit = entry.get("unit", {}).get(column, "")
                        found.setdefault(column, f"{name}|{unit}")
    if len(found) != 1:
        return None
    column, said = next(iter(found.items()))
    name, _, unit = said.partition("|")
    return Guess(column, "mapping", name, unit or None)


def _names(table: Table, known: Lexicon) -> dict[str, str]:
    """Return every name that is known for a column of the table, canonical first."""
    names: dict[str, str] = {}
    for column in table.columns.values():
        listed = known.headers.get(table.name, {}).get(column.name, [])
        for name in (column.name, *column.aliases, *listed):
            names.setdefault(name, column.name)
    return names


def _listed(header: str, table: Table, known: Lexicon) -> Guess | None:
    column = _names(table, known).get(header)
    return Guess(column, "lexicon") if column else None


def _spelt(bare: str, unit: str | None, table: Table, known: Lexicon) -> Guess | None:
    """Return the column of a name that differs in width, case, brackets or unit."""
    for name, column in _names(table, known).items():
        if plain(name) == plain(bare):
            fits = unit if unit in units_of(column) else None
            return Guess(column, "spelling", name, fits)
    return None


def _similar(bare: str, table: Table, known: Lexicon) -> Guess | None:
    """Return the column of the most similar name, if one is similar at all."""
    best: tuple[float, str, str] = (_SIMILAR, "", "")
    for name, column in _names(table, known).items():
        share = likeness(name, bare)
        if share > best[0]:
            best = (share, column, name)
    return Guess(best[1], "similar", best[2]) if best[1] else None


def is_private(header: str, column: str | None, known: Lexicon) -> bool:
    """Say whether a column is about a person, by its header or its meaning."""
    if column in known.private["columns"]:
        return True
    bare = plain(header)
    return any(plain(word) in bare for word in known.private["headers"])

"""What differs between two packs beside the pages of their rules, by name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from auditor.pack import Pack
from auditor.pack.load import files_of

HEAD = ("id", "version", "title_zh", "title_en")
LISTED = {  # fields of many things, and what each of them is called
    "indicators": "id",
    "sums": "id",
    "notes": "id",
    "laws": "rules",
    "classes": "name",
    "windows": "id",
    "clauses": "id",
}
WHOLE = ("steps", "clock", "zone", "cost", "documents_table")
FORMS = "forms/"


def others(before: Pack, after: Pack) -> dict[str, list[str]]:
    """Return the parts of two packs that differ, each with the names of what does.

    An item of both packs is named with its fields that differ, as in ``ind17.due``.
    ``files`` stands for what no part explains, such as a remark in a page.
    """
    if before.digest == after.digest:
        return {}
    found = {"head": [n for n in HEAD if getattr(before, n) != getattr(after, n)]}
    tables = {*before.tables} | {*after.tables}
    found["tables"] = sorted(
        name for name in tables if before.tables.get(name) != after.tables.get(name)
    )
    for part, key in LISTED.items():
        found[part] = [*_names(getattr(before, part), getattr(after, part), key)]
    files = _files(before, after)
    found["forms"] = [name for name in files if name.startswith(FORMS)]
    told = {part: names for part, names in found.items() if names}
    told |= {n: [] for n in WHOLE if getattr(before, n) != getattr(after, n)}
    explained = bool(told) or before.rules != after.rules
    if not explained and before.screens == after.screens:
        return {"files": files}
    # What is no page, such as a year of the calendar, no field above speaks of.
    if loose := [name for name in files if not name.endswith(".toml")]:
        told["files"] = loose
    return told


def _names(was: Iterable[Any], now: Iterable[Any], key: str) -> Iterator[str]:
    old, new = _grouped(was, key), _grouped(now, key)
    for name in dict.fromkeys([*old, *new]):
        one, other = old[name], new[name]
        if one == other:
            continue
        if len(one) != 1 or len(other) != 1:
            yield name
            continue
        for field in fields(one[0]):
            if getattr(one[0], field.name) != getattr(other[0], field.name):
                yield f"{name}.{field.name}"


def _grouped(items: Iterable[Any], key: str) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for one in items:
        name = getattr(one, key)
        found[name if isinstance(name, str) else "+".join(name)].append(one)
    return found


def _files(before: Pack, after: Pack) -> list[str]:
    """Return the files of the packs' own folders that are not the same in both."""
    old, new = (
        {path.relative_to(folder).as_posix(): path.read_bytes()
         for path in files_of(folder)}
        for folder in (before.folder, after.folder)
    )  # fmt: skip
    return sorted(name for name in old | new if old.get(name) != new.get(name))

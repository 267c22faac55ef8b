"""The mappings that come with the product, and how much of one a dump has."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from auditor.frames import RawFile
from auditor.pack import Pack, rules_folder

MAPPINGS = "mappings"
FITTING = 0.6  # below this share of its headers a mapping is not worth naming
Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fit:
    """How much of a shipped mapping the dump has; ``missing`` are ``table.header``."""

    mapping: str
    found: int
    wanted: int
    missing: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of the mapping's headers that are there."""
        return self.found / self.wanted if self.wanted else 0.0


def shipped(pack: Pack, folder: Path | None = None) -> dict[str, Tree]:
    """Return name to content of the mappings that speak of the pack's tables.

    Mappings of other regulations name steps or columns that this pack does not have.
    """
    found: dict[str, Tree] = {}
    for path in sorted((folder or rules_folder() / MAPPINGS).glob("*.toml")):
        tree = tomllib.loads(path.read_text("utf-8"))
        if _speaks_of(tree, pack):
            found[path.stem] = tree
    return found


def find_mapping(ref: Path) -> Path:
    """Return the file of a path, or of a shipped mapping's bare name."""
    named = rules_folder() / MAPPINGS / f"{ref.name}.toml"
    is_name = ref.name == str(ref) and not ref.is_file()
    return named if is_name and named.is_file() else ref


def _speaks_of(tree: Tree, pack: Pack) -> bool:
    known = all(
        entry.get("to") in pack.tables
        and entry.get("rename", {}).keys() <= pack.tables[entry["to"]].columns.keys()
        for entry in tree.get("table", ())
    )
    steps = {rule.get("step") for rule in tree.get("steps", {}).values()}
    return known and steps <= set(pack.steps.order)


def fits(files: Sequence[RawFile], known: Mapping[str, Tree]) -> tuple[Fit, ...]:
    """Return every mapping, that with the largest share of its headers there first."""
    found = [_fit(name, tree, files) for name, tree in known.items()]
    return tuple(sorted(found, key=lambda fit: (-fit.share, fit.mapping)))


def _headers(entry: Tree) -> list[str]:
    """Return the headers that an entry of a mapping reads."""
    stamps = entry.get("milestones", {}).values()
    return [*entry.get("rename", {}).values(), *(h for s in stamps for h in s.values())]


def _fit(name: str, tree: Tree, files: Sequence[RawFile]) -> Fit:
    found, wanted = 0, 0
    missing: list[str] = []
    used: list[str] = []
    for entry in tree.get("table", ()):
        heads = _headers(entry)
        there = max(
            ({*heads} & {*file.header} for file in files), key=len, default=set[str]()
        )
        used += [file.source for file in files if there and there <= {*file.header}]
        found += sum(head in there for head in heads)
        wanted += len(heads)
        missing += [f"{entry['to']}.{head}" for head in heads if head not in there]
    return Fit(name, found, wanted, tuple(missing), tuple(dict.fromkeys(used)))


def named_for(
    names: Iterable[str], needed: Sequence[str], known: Mapping[str, Tree]
) -> list[str]:
    """Return the mappings of which each needed table has a file by its name."""
    told = [name.rpartition("/")[2] for name in names]
    return [
        mapping
        for mapping, tree in known.items()
        if all(
            any(
                entry["to"] == table
                and "file" in entry
                and fnmatchcase(one, entry["file"])
                for entry in tree.get("table", ())
                for one in told
            )
            for table in needed
        )
    ]

"""Which shipped mapping speaks of the headers of a dump, and what it would miss."""

from collections.abc import Mapping, Sequence
from typing import Any

from auditor.frames import RawFile
from auditor.inspect.lexicon import Lexicon
from auditor.inspect.nouns import Fit


def fits(files: Sequence[RawFile], known: Lexicon) -> tuple[Fit, ...]:
    """Return every shipped mapping, that with most of its headers there first."""
    found = [_fit(name, tree, files) for name, tree in known.shipped.items()]
    return tuple(sorted(found, key=lambda fit: (-fit.share, fit.mapping)))


def headers_of(entry: Mapping[str, Any]) -> list[str]:
    """Return the headers that an entry of a mapping reads."""
    stamps = entry.get("milestones", {}).values()
    return [*entry.get("rename", {}).values(), *(h for s in stamps for h in s.values())]


def _fit(name: str, tree: Mapping[str, Any], files: Sequence[RawFile]) -> Fit:
    found, wanted = 0, 0
    missing: list[str] = []
    used: list[str] = []
    for entry in tree.get("table", ()):
        heads = headers_of(entry)
        there = max(
            ({*heads} & {*file.header} for file in files), key=len, default=set[str]()
        )
        used += [file.source for file in files if there and there <= {*file.header}]
        found += sum(head in there for head in heads)
        wanted += len(heads)
        missing += [f"{entry['to']}.{head}" for head in heads if head not in there]
    return Fit(name, found, wanted, tuple(missing), tuple(dict.fromkeys(used)))

"""Lines of a drafted mapping: quoted, guarded, with their evidence as a remark."""

import json
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from auditor.inspect.nouns import ColumnSeen

LIKELY, OPEN = "#?", "#!"
_SAMPLES = 4
_LONGEST = 24


def shown(value: str, longest: int = 60) -> str:
    """Return text of a dump as a remark may hold it: one line, nothing invisible.

    A line end in a header would end the remark and begin a line of the mapping.
    """
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in value)
    return safe if len(safe) <= longest else f"{safe[:longest]}…"


def quoted(value: str) -> str:
    """Return a TOML string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def line(mark: str, key: str, value: str, said: str) -> str:
    """Return ``mark key = value   # said``."""
    head = f"{mark} {key} = {value}" if mark else f"{key} = {value}"
    return f"{head}   # {said}" if said else head


def counts(column: ColumnSeen) -> str:
    """Return how full a column is, and its most frequent values."""
    if column.private:
        return f"{column.filled:,} ({column.distinct:,}) ***"
    few = [f"{shown(value, _LONGEST)} ×{n:,}" for value, n in column.values[:_SAMPLES]]
    return f"{column.filled:,} ({column.distinct:,}): " + "、".join(few)


def pattern(names: Sequence[str], others: Sequence[str]) -> list[tuple[list[str], str]]:
    """Return globs that match the names and no others, each with its names."""
    bare = [name.replace("\\", "/").rpartition("/")[2] for name in names]
    rest = [name.replace("\\", "/").rpartition("/")[2] for name in others]
    start = _common(bare)
    if len(bare) == 1:
        start = start.partition(".")[0]
    glob = f"{escaped(start)}*"
    if len(start) > 1 and not any(fnmatchcase(name, glob) for name in rest):
        return [(list(names), glob)]
    return [([name], escaped(one)) for name, one in zip(names, bare, strict=True)]


def _common(names: Sequence[str]) -> str:
    """Return the characters with which all names begin."""
    same = 0
    for letters in zip(*names, strict=False):
        if len(set(letters)) > 1:
            break
        same += 1
    return names[0][:same]


def escaped(name: str) -> str:
    """Return a name as a glob that matches it alone."""
    return re.sub(r"([*?\[])", r"[\1]", name)

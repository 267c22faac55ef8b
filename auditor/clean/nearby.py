"""Names that are written differently: for hints only, never for reading."""

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from auditor.pack.model import Column

_DROPPED = " _-－/·.:：（）()[]【】“”\"'\t\u3000"
_NEAR = 0.5  # of the letters of both; below it a likeness says nothing


def plain(text: str) -> str:
    """Return a name as it would be but for width, case, blanks and brackets."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c not in _DROPPED)


def likeness(one: str, other: str) -> float:
    """Return the share of letters that two names have in common, 0 to 1."""
    return SequenceMatcher(None, plain(one), plain(other)).ratio()


def nearest(missing: Iterable[Column], unused: Sequence[str]) -> dict[str, str]:
    """Pair each missing column with the unused header most like one of its names."""
    pairs = {}
    for column in missing:
        shares = [
            (max(likeness(name, head) for name in (column.name, *column.aliases)), head)
            for head in unused
        ]
        share, head = max(shares, default=(0.0, ""))
        if share >= _NEAR:
            pairs[column.name] = head
    return pairs

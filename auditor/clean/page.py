"""A TOML file under examination: closed vocabularies, kinds, and lines of problems."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from auditor.errors import AuditError

Toml = Mapping[str, object]


class Page:
    """One file, and what is wrong with it; problems gather instead of stopping."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.splitlines()
        self.problems: list[AuditError] = []

    def problem(self, code: str, *at: str, **fields: object) -> None:
        """Note one problem at the line where its headings and key stand."""
        line = self.line(at)
        self.problems.append(AuditError(code, file=self.name, line=line, **fields))

    def line(self, at: Iterable[str]) -> int:
        """Find a line by headings and key in turn; ``#3`` is the third ``[[table]]``.

        The parser keeps no positions, so the text is searched: each word is looked
        for from the line of the one before, and one not found is passed over.
        """
        here = 0
        for word in at:
            here = next(self._places(word, here), here)
        return here + 1

    def _places(self, word: str, start: int) -> Iterator[int]:
        pattern = rf"(?<![\w.-]){re.escape(word)}(?![\w-])|[.\"]{re.escape(word)}[\]\"]"
        if word.startswith("#"):
            heads = [i for i, row in enumerate(self.lines) if "[[table]]" in row]
            return iter(heads[int(word[1:]) - 1 :])
        rows = range(start, len(self.lines))
        return (i for i in rows if re.search(pattern, self.lines[i]))

    def known(self, given: Toml, allowed: Iterable[str], *at: str) -> None:
        """Note every key outside the closed vocabulary."""
        words = tuple(allowed)
        for key in given:
            if key not in words:
                where, known = ".".join(at), ", ".join(words)
                self.problem("AUD222", *at, key, name=key, where=where, known=known)

    def section(self, tree: Toml, key: str, *at: str) -> Toml:
        """Return a sub-table; anything else is a problem and counts as empty."""
        value = tree.get(key, {})
        if isinstance(value, dict):
            return value
        self.problem("AUD223", *at, key, name=key, where=".".join(at), kind="table")
        return {}

    def string(self, tree: Toml, key: str, *at: str) -> str | None:
        """Return a text value; anything else is a problem and counts as absent."""
        value = tree.get(key)
        if value is None or isinstance(value, str):
            return value
        self.problem("AUD223", *at, key, name=key, where=".".join(at), kind="text")
        return None

    def whole(self, tree: Toml, key: str, *at: str) -> int | None:
        """Return a whole number from 1 up; anything else is a problem and absent."""
        value = tree.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
        self.problem("AUD223", *at, key, name=key, where=".".join(at), kind="1, 2, 3 …")
        return None

    def flag(self, tree: Toml, key: str, *at: str) -> bool:
        """Return a truth value; absent is false, anything else a problem."""
        value = tree.get(key, False)
        if isinstance(value, bool):
            return value
        self.problem(
            "AUD223", *at, key, name=key, where=".".join(at), kind="true/false"
        )
        return False


def open_page(path: Path, name: str, code: str) -> tuple[Page, Toml]:
    """Read a TOML file in UTF-8; AuditError with ``code`` if that is not possible."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return Page(name, text), tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AuditError(code, file=name, problem=str(error)) from error

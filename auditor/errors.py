"""User-facing errors: a stable code, where, why, what to do, in Chinese and English."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

MESSAGES = Path(__file__).with_name("messages")


@cache
def messages() -> dict[str, dict[str, str | int]]:
    """Return the one bilingual table: a row a code (``AUD…``) or a word of a group.

    It is kept in one file a subject; the same key in two of them is a defect.
    """
    flat: dict[str, dict[str, str | int]] = {}
    for path in sorted(MESSAGES.glob("*.toml")):
        rows = _rows(tomllib.loads(path.read_text("utf-8")))
        if twice := flat.keys() & rows.keys():
            raise ValueError(f"{path.name} repeats {sorted(twice)}")
        flat |= rows
    return flat


def _rows(table: dict[str, dict[str, Any]]) -> dict[str, dict[str, str | int]]:
    flat: dict[str, dict[str, str | int]] = {}
    for key, row in table.items():
        if key.startswith("AUD"):
            flat[key] = row
        else:
            flat |= {f"{key}.{word}": texts for word, texts in row.items()}
    return flat


class _Blank(dict[str, object]):
    """Keep a placeholder visible instead of failing while a message is rendered."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def text(key: str, lang: str = "zh", **fields: object) -> str:
    """Render one message; an unknown key is shown as it is, never an error."""
    row = messages().get(key)
    if row is None:
        return key
    return str(row.get(lang, row["en"])).format_map(_Blank(fields))


def advice(key: str, lang: str = "zh", **fields: object) -> str:
    """Render what to do about a code; empty when the table has no advice."""
    row = messages().get(key, {})
    return str(row.get(f"fix_{lang}", "")).format_map(_Blank(fields))


class AuditError(Exception):
    """Stops the run with the exit code of its message row.

    Args:
        code: a row of the message table, e.g. ``AUD101``.
        fields: what fills the row's placeholders (file, row, column, value, …).
    """

    def __init__(self, code: str, **fields: object) -> None:
        self.code = code
        self.fields = fields
        super().__init__(code, fields)

    @property
    def exit_code(self) -> int:
        """The process exit code that design and documentation promise for the code."""
        return int(messages().get(self.code, {}).get("exit", 70))

    def render(self, lang: str = "zh") -> str:
        """Return ``CODE what … why. What to do.`` in the asked language."""
        parts = [self.code, text(self.code, lang, **self.fields)]
        fix = advice(self.code, lang, **self.fields)
        return " ".join([*parts, fix]) if fix else " ".join(parts)

    def __str__(self) -> str:
        return self.render("en")


class PackError(AuditError):
    """All problems of a rule pack or mapping at once; renders one line a problem."""

    def __init__(self, code: str, problems: list[AuditError], **fields: object) -> None:
        super().__init__(code, count=len(problems), **fields)
        self.problems = problems

    def render(self, lang: str = "zh") -> str:
        """Return the summary line, then each problem on its own line."""
        head = super().render(lang)
        return "\n".join([head, *(f"  {p.render(lang)}" for p in self.problems)])

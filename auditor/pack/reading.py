"""Read a pack's TOML with a closed vocabulary; collect every problem with its line."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from auditor.errors import AuditError


@dataclass
class Problems:
    """Collects what is wrong in the files of one pack, each with file and line."""

    folder: Path
    found: list[AuditError] = field(default_factory=list)

    def add(self, file: str, line: int, zh: str, en: str) -> None:
        """Note one problem; nothing is raised until all files were read."""
        self.found.append(
            AuditError("AUD203", file=file, line=line, problem_zh=zh, problem_en=en)
        )


@dataclass
class Page:
    """One TOML file: its content, its text for line numbers, and where to complain."""

    name: str
    data: dict[str, Any]
    text: str
    problems: Problems

    @classmethod
    def read(cls, path: Path, problems: Problems) -> "Page | None":
        """Parse one file; None, and a problem noted, if it cannot be read as TOML."""
        name = path.relative_to(problems.folder).as_posix()
        try:
            text = path.read_text("utf-8")
            return cls(name, tomllib.loads(text), text, problems)
        except (OSError, UnicodeDecodeError) as error:
            problems.add(name, 1, f"读不了：{error}", f"cannot be read: {error}")
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found.group(1)) if found else 1
            problems.add(name, line, f"不是合法的 TOML：{error}", f"not TOML: {error}")
        return None

    def line(self, *needles: str) -> int:
        """Return the line of the last needle, searched after the ones before it."""
        at = 0
        for needle in needles:
            pattern = rf"(?m)^\s*\[*\s*.*?\b{re.escape(needle)}\b"
            found = re.compile(pattern).search(self.text, at)
            at = found.end() if found else at
        return self.text.count("\n", 0, at) + 1

    def wrong(self, zh: str, en: str, *needles: str) -> None:
        """Note a problem at the line where the needles are found."""
        self.problems.add(self.name, self.line(*needles), zh, en)

    def keys(self, table: Mapping[str, Any], known: Iterable[str], *where: str) -> None:
        """Note each key outside the vocabulary, with the nearest known one."""
        words = tuple(known)
        for key in table:
            if key in words:
                continue
            hint_zh, hint_en = _hints(key, words)
            self.wrong(
                f"不认识的键“{key}”。{hint_zh}",
                f"unknown key '{key}'. {hint_en}",
                *where,
                key,
            )

    def need(self, table: Mapping[str, Any], key: str, kind: type, *where: str) -> Any:  # noqa: ANN401 - TOML values are of any type until checked here
        """Return a required value of a type; note its absence or wrong type."""
        value = table.get(key)
        if isinstance(value, kind) and not (kind is not bool and value is True):
            return value
        if key not in table:
            self.wrong(f"缺少“{key}”。", f"'{key}' is missing.", *where)
        else:
            self.wrong(
                f"“{key}”应为 {kind.__name__}，现为 {value!r}。",
                f"'{key}' must be of type {kind.__name__}, got {value!r}.",
                *where,
                key,
            )
        return kind()

    def among(self, value: str, words: Iterable[str], what: str, *where: str) -> bool:
        """Check a word against a list; note it with the nearest known one."""
        known = tuple(words)
        if value in known:
            return True
        hint_zh, hint_en = _hints(str(value), known)
        self.wrong(
            f"{what}里没有“{value}”。{hint_zh}",
            f"unknown {what} '{value}'. {hint_en}",
            *where,
            str(value),
        )
        return False


def _hints(word: str, known: tuple[str, ...]) -> tuple[str, str]:
    """Return the nearest known word, else all of them, as advice in two languages."""
    near = get_close_matches(word, known, 1)
    if near:
        return f"是不是“{near[0]}”？", f"Did you mean '{near[0]}'?"
    return f"可用：{'、'.join(known)}。", f"Known: {', '.join(known)}."

"""Which files there are and which tables their names claim, without opening any."""

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import AuditError
from auditor.frames import DOSSIER_ONLY, FORM_TABLE, ReadPlan
from auditor.read.formats import tables_by_suffix

_CUT = re.compile(r"[-_. ]")
_NO_DATA = re.compile(r"(?i)readme(\.txt)?|.*\.(md|toml)")
_ENCODINGS = {
    "utf-8": "utf-8",
    "gb18030": "gb18030",
    "gbk": "gb18030",  # a subset that fails on rare characters
    "gb2312": "gb18030",
    "big5": "big5",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One directory entry or file argument.

    ``tables`` are those its name claims; empty with ``reason`` says why none.
    """

    name: str
    path: Path
    origin: str
    tables: tuple[str, ...] = ()
    reason: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None


def list_sources(
    inputs: tuple[Path, ...], dossier: Path | None, plan: ReadPlan
) -> list[Source]:
    """List folders (sorted, not recursive, no patterns) and take files as they are.

    Raises:
        AuditError: AUD101 an input is not there, AUD102 nothing is in it, AUD103 one is
            given twice, AUD104 it cannot be listed.
    """
    found: list[tuple[Path, str]] = []
    for path in inputs:
        found += [(entry, "dump") for entry in _entries(path)]
    if dossier is not None:
        if not dossier.is_dir():
            raise AuditError("AUD101", file=dossier)
        found += [(entry, "dossier") for entry in _entries(dossier)]
    # A file is given twice also when its folder has two names; a link stays a link.
    paths = [path.parent.resolve() / path.name for path, _ in found]
    twice = next((path for path, count in Counter(paths).items() if count > 1), None)
    if twice is not None:
        raise AuditError("AUD103", file=twice)
    if not any(origin == "dump" for _, origin in found):
        raise AuditError("AUD102", file=", ".join(map(str, inputs)))
    names = _names(found)
    return [
        _source(name, path, origin, plan)
        for name, (path, origin) in zip(names, found, strict=True)
    ]


def _entries(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            return sorted(path.iterdir(), key=lambda entry: entry.name)
        path.lstat()
    except FileNotFoundError as error:
        raise AuditError("AUD101", file=path) from error
    except OSError as error:
        raise AuditError("AUD104", file=path, why=error.strerror or error) from error
    return [path]


def _names(found: list[tuple[Path, str]]) -> list[str]:
    """Shown names: the file's own, with its folder's only where two would be alike."""
    own = Counter(path.name for path, origin in found if origin == "dump")
    taken: Counter[str] = Counter()
    names: list[str] = []
    for path, origin in found:
        if origin == "dossier":
            name = f"dossier/{path.name}"
        elif own[path.name] > 1:
            name = f"{path.absolute().parent.name}/{path.name}"
        else:
            name = path.name
        name = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name)
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name}#{taken[name]}")
    return names


def _source(name: str, path: Path, origin: str, plan: ReadPlan) -> Source:
    if path.is_dir() and not path.is_symlink():
        return Source(
            name, path, origin, reason="folder" if origin == "dump" else "not_a_table"
        )
    if origin == "dossier":
        return _dossier_source(name, path, plan)
    rules = [rule for rule in plan.files if rule.matches(path.name)]
    if rules:
        tables = tuple(dict.fromkeys(rule.table for rule in rules))
        first = rules[0]
        encoding = None if first.encoding is None else known_encoding(first.encoding)
        delimiter = known_delimiter(first.delimiter)
        told = (encoding, delimiter, first.header_row)
        return Source(name, path, origin, tables, None, *told)
    table = _table_of(path.name)
    if tables := tables_by_suffix(path.name):
        return Source(name, path, origin, tables)
    if _NO_DATA.fullmatch(path.name):
        return Source(name, path, origin, reason="not_a_table")
    if table in DOSSIER_ONLY:
        return Source(name, path, origin, reason="dossier_only")
    if table not in plan.tables:
        return Source(name, path, origin, reason="unknown_table")
    return Source(name, path, origin, (table,))


def _dossier_source(name: str, path: Path, plan: ReadPlan) -> Source:
    if path.name == f"{FORM_TABLE}.toml":
        return Source(name, path, "dossier", (FORM_TABLE,))
    if _NO_DATA.fullmatch(path.name):
        return Source(name, path, "dossier", reason="not_a_table")
    table = _table_of(path.name)
    if table not in plan.dossier:
        return Source(name, path, "dossier", reason="unknown_table")
    return Source(name, path, "dossier", (table,))


def _table_of(name: str) -> str:
    return _CUT.split(name, maxsplit=1)[0].casefold()


def known_encoding(name: str) -> str:
    """Return the codec for an encoding that a mapping names.

    Raises:
        AuditError: AUD105, when the reader does not take it.
    """
    try:
        plain = codecs.lookup(name).name
    except LookupError:
        plain = name
    if plain not in _ENCODINGS:
        raise AuditError("AUD105", encoding=name, known=", ".join(_ENCODINGS))
    return _ENCODINGS[plain]


def known_delimiter(text: str | None) -> str | None:
    """Return the delimiter that a mapping declares, if it can be one.

    Raises:
        AuditError: AUD110, when it is not one character that cells may do without.
    """
    if text is None:
        return None
    if len(text) != 1 or text in '"\r\n \0' or text.isalnum():
        raise AuditError("AUD110", delimiter=text)
    return text

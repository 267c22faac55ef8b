"""Which files there are and which tables their names claim, without opening any."""

import codecs
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath

from auditor.errors import AuditError
from auditor.frames import DOSSIER_ONLY, FORM_TABLE, ReadPlan
from auditor.read.formats import tables_by_suffix
from auditor.read.job import Content

SHEET = "!"  # between the names of a workbook and of its sheet
_SHOWN = 200  # characters of a name from within a file
_CUT = re.compile(r"[-_. ]")
NO_DATA = re.compile(r"(?i)readme(\.txt)?|.*\.(md|toml)")
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
    ``called`` are the names that a mapping's pattern may mean, the closest first.
    """

    name: str
    path: Path
    origin: str
    tables: tuple[str, ...] = ()
    reason: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    called: tuple[str, ...] = ()


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
        _entry(name, path, origin, plan)
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
        name = _printable(name)
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name}#{taken[name]}")
    return names


def _entry(name: str, path: Path, origin: str, plan: ReadPlan) -> Source:
    if path.is_dir() and not path.is_symlink():
        reason = "folder" if origin == "dump" else "not_a_table"
        return Source(name, path, origin, reason=reason)
    return _source(name, path, origin, plan)


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name)


def inner_source(outer: Source, content: Content, joint: str, plan: ReadPlan) -> Source:
    """Return a member of an archive or a sheet of a workbook as a source.

    Its own name tells its table as a file's does; a name that tells none leaves it to
    the name of what it is in. ``joint`` stands between the two names.
    """
    name = f"{outer.name}{joint}{_printable(content.name)[:_SHOWN]}"
    own = content.name.rpartition("/")[2] if joint != SHEET else content.name
    called: tuple[str, ...] = (own,)
    if joint == SHEET:
        books = outer.called or (outer.path.name,)
        called = (own, f"{books[0]}{SHEET}{own}", *books)
    if content.reason:
        return Source(name, outer.path, outer.origin, reason=content.reason)
    told = _source(name, PurePosixPath(own.replace("/", "_")), outer.origin, plan)
    if told.reason == "unknown_table" and joint == SHEET:
        told = _ruled(name, called[1], outer, plan) or told
    if told.reason == "unknown_table" and outer.tables:
        told = replace(outer, name=name)
    if told.tables == (FORM_TABLE,):
        told = replace(told, tables=(), reason="not_a_table")
    return replace(told, path=outer.path, called=called)


def _ruled(name: str, pattern: str, outer: Source, plan: ReadPlan) -> Source | None:
    """Return what the mapping says of a file of this name in the dump, if it does."""
    rules = [rule for rule in plan.files if rule.matches(pattern)]
    if not rules or outer.origin == "dossier":
        return None
    first = rules[0]
    tables = tuple(dict.fromkeys(rule.table for rule in rules))
    encoding = None if first.encoding is None else known_encoding(first.encoding)
    told = (encoding, known_delimiter(first.delimiter), first.header_row)
    return Source(name, outer.path, outer.origin, tables, None, *told)


def _source(name: str, path: PurePath, origin: str, plan: ReadPlan) -> Source:
    place = Path(path)
    if origin == "dossier":
        return _dossier_source(name, place, plan)
    ruled = _ruled(name, path.name, Source(name, place, origin), plan)
    if ruled:
        return ruled
    table = table_of(path.name)
    if tables := tables_by_suffix(path.name):
        return Source(name, place, origin, tables)
    if NO_DATA.fullmatch(path.name):
        return Source(name, place, origin, reason="not_a_table")
    if table in DOSSIER_ONLY:
        return Source(name, place, origin, reason="dossier_only")
    if table not in plan.tables:
        return Source(name, place, origin, reason="unknown_table")
    return Source(name, place, origin, (table,))


def _dossier_source(name: str, path: Path, plan: ReadPlan) -> Source:
    if path.name == f"{FORM_TABLE}.toml":
        return Source(name, path, "dossier", (FORM_TABLE,))
    if NO_DATA.fullmatch(path.name):
        return Source(name, path, "dossier", reason="not_a_table")
    table = table_of(path.name)
    if table not in plan.dossier:
        return Source(name, path, "dossier", reason="unknown_table")
    return Source(name, path, "dossier", (table,))


def table_of(name: str) -> str:
    """Return the word that a file's name begins with, which may be a table's."""
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

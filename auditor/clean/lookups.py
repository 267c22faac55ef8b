"""Code tables: a delivered or own file that says what the codes of a column mean."""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from auditor.clean.cells import BLANKS
from auditor.clean.page import Page, Toml
from auditor.errors import AuditError
from auditor.frames import LOOKUP_TABLE, FileRule, RawFile
from auditor.frames.staged import scan_staged, texts

KEYS = ("path", "file", "encoding", "delimiter", "key", "value")


@dataclass(frozen=True, slots=True)
class Lookup:
    """One ``[lookup.<name>]``: the header of the codes and that of their meanings.

    ``words`` holds a file of our own (``path``); a delivered one (``file``) is read
    with the dump, and its words are only known then.
    """

    name: str
    key: str
    value: str
    file: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    words: Mapping[str, str] | None = None
    digest: str = ""


def read_lookups(page: Page, tree: Toml, folder: Path) -> dict[str, Lookup]:
    """Return the declared code tables; those next to the mapping are read at once."""
    found: dict[str, Lookup] = {}
    for name in tree:
        given = page.section(tree, name, "lookup")
        page.known(given, KEYS, "lookup", name)
        texts = {key: page.string(given, key, "lookup", name) for key in KEYS}
        if (texts["path"] is None) == (texts["file"] is None):
            page.problem("AUD155", "lookup", name, name=name)
            continue
        missing = [key for key in ("key", "value") if not texts[key]]
        for key in missing:
            page.problem("AUD223", "lookup", name, name=key, where=name, kind="text")
        if missing:
            continue
        one = Lookup(
            name,
            key=texts["key"] or "",
            value=texts["value"] or "",
            file=texts["file"],
            encoding=texts["encoding"],
            delimiter=texts["delimiter"],
        )
        found[name] = one if texts["path"] is None else _own(page, one, folder, given)
    return found


def _own(page: Page, one: Lookup, folder: Path, given: Toml) -> Lookup:
    """Read a code table that lies beside the mapping: CSV in UTF-8."""
    path = folder / str(given["path"])
    at = ("lookup", one.name, "path")
    try:
        data = path.read_bytes()
        rows = csv.DictReader(data.decode("utf-8-sig").splitlines())
        header = [name.strip() for name in rows.fieldnames or ()]
        rows.fieldnames = header
        pairs = [(row.get(one.key), row.get(one.value)) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        page.problem("AUD156", *at, name=path.name, why=error)
        return one
    if lacking := [name for name in (one.key, one.value) if name not in header]:
        page.problem("AUD156", *at, name=path.name, why=f"{', '.join(lacking)}?")
        return one
    words, twice = _unique(pairs)
    for code in twice:
        page.problem("AUD157", *at, name=path.name, said=code)
    return Lookup(
        one.name,
        one.key,
        one.value,
        words=words,
        digest=hashlib.sha256(data).hexdigest(),
    )


def file_rules(lookups: Iterable[Lookup]) -> tuple[FileRule, ...]:
    """Return what the reader needs to hand on delivered code tables."""
    return tuple(
        FileRule(one.file, LOOKUP_TABLE, one.encoding, one.delimiter)
        for one in lookups
        if one.file is not None
    )


def resolved(
    lookups: Mapping[str, Lookup], files: Sequence[RawFile]
) -> dict[str, dict[str, str]]:
    """Return each code table as code to meaning, delivered ones from their files.

    Raises:
        AuditError: AUD158 if no delivered file fits or lacks a column, AUD159 if a code
            means two things: whoever wrote the file could choose between them.
    """
    return {
        name: dict(one.words) if one.words is not None else _delivered(one, files)
        for name, one in lookups.items()
    }


def _delivered(one: Lookup, files: Sequence[RawFile]) -> dict[str, str]:
    mine = [file for file in files if _is_of(one, file)]
    lacking = [
        name
        for file in mine
        for name in (one.key, one.value)
        if name not in file.header
    ]
    if not mine or lacking:
        shown = ", ".join(lacking) or one.file
        raise AuditError("AUD158", name=one.name, file=one.file, lacking=shown)
    pairs = [pair for file in mine for pair in _pairs(one, file).iter_rows()]
    words, twice = _unique(pairs)
    if twice:
        raise AuditError("AUD159", name=one.name, codes=", ".join(twice[:5]))
    return words


def _is_of(one: Lookup, file: RawFile) -> bool:
    rule = FileRule(one.file or "", LOOKUP_TABLE)
    return file.table == LOOKUP_TABLE and any(map(rule.matches, file.names))


def settled_codes(
    lookups: Iterable[Lookup], file: RawFile, number: int
) -> tuple[int, int, pl.DataFrame]:
    """Return how many pairs a code table has, how many rows repeat one, and the rest.

    The rest are rows without a code, as rejects; ``number`` is the file's index.
    """
    one = next(one for one in lookups if one.file is not None and _is_of(one, file))
    rows = _rows(one, file)
    filled = rows.filter(pl.col("code") != "")
    empty = rows.filter(pl.col("code") == "").select(
        pl.lit(number, pl.UInt16).alias("_source"),
        pl.col("_row").cast(pl.UInt64).alias("row"),
        pl.lit(one.key).alias("column"),
        pl.col("word").alias("value"),
        pl.lit("empty_key").alias("reason"),
        pl.lit(None, pl.String).alias("case_id"),
    )
    pairs = filled.select("code", "word").n_unique()
    return pairs, filled.height - pairs, empty


def _rows(one: Lookup, file: RawFile) -> pl.DataFrame:
    """Return code and word of each row; headers reach the engine as places only."""
    rows = texts(scan_staged(file.staged).collect(engine="in-memory"))
    at = {name: place for place, name in enumerate(rows.columns)}
    pair = [
        rows.to_series(at[name]).str.strip_chars(BLANKS).fill_null("").alias(said)
        for name, said in ((one.key, "code"), (one.value, "word"))
    ]
    return pl.DataFrame([*pair, rows["_row"]])


def _pairs(one: Lookup, file: RawFile) -> pl.DataFrame:
    """Return the distinct pairs of one file."""
    return _rows(one, file).select("code", "word").unique(maintain_order=True)


def _unique(
    pairs: Iterable[tuple[str | None, str | None]],
) -> tuple[dict[str, str], list[str]]:
    """Return code to meaning, and the codes that have two of them."""
    words: dict[str, str] = {}
    twice: list[str] = []
    for code, word in pairs:
        key, text = (code or "").strip(BLANKS), (word or "").strip(BLANKS)
        if not key:
            continue
        if words.setdefault(key, text) != text and key not in twice:
            twice.append(key)
    return words, twice

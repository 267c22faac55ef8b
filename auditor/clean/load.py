"""Load a mapping file: a closed vocabulary, and all its problems at once with lines."""

import hashlib
import zoneinfo
from collections.abc import Mapping as Map
from pathlib import Path
from typing import Any

import polars as pl

from auditor.clean.dateforms import (
    CALENDARS,
    CENTURIES,
    EPOCHS,
    DateForms,
    contradictions,
    declared,
)
from auditor.clean.entries import Known, table_rules
from auditor.clean.lookups import Lookup, read_lookups
from auditor.clean.mapping import FINISHED, STARTED, Mapping, StepRule
from auditor.clean.page import Page, Toml, open_page
from auditor.clean.shipped import find_mapping
from auditor.errors import PackError
from auditor.pack.model import Pack

TOP = ("mapping", "dates", "lookup", "table", "steps", "numbering")
HEAD = ("id", "title_zh", "title_en", "zone", "case_id_prefix")
DATES = ("formats", "24:00", "serial", "century", "calendar")
NUMBERING = ("pattern",)
STEP = ("step", "start", "finish")


def load_mapping(path: Path, pack: Pack) -> Mapping:
    """Return the mapping in ``path``, checked against the pack's tables and steps.

    A path that is a bare name, and no file, is the name of a shipped mapping.

    Raises:
        PackError: AUD220, with every problem of the file, each with its line.
        AuditError: AUD221 if the file cannot be read or is no TOML.
    """
    path = find_mapping(path)
    page, tree = open_page(path, path.name, "AUD221")
    page.known(tree, TOP)
    head = page.section(tree, "mapping")
    page.known(head, HEAD, "mapping")
    texts = {key: page.string(head, key, "mapping") for key in HEAD}
    zone = _zone(page, texts["zone"])
    dates = _dates(page, page.section(tree, "dates"), zone or pack.zone)
    prefix = _prefix(page, texts["case_id_prefix"], pack)
    lookups = read_lookups(page, page.section(tree, "lookup"), path.parent)
    mapping = Mapping(
        id=texts["id"] or "",
        title_zh=texts["title_zh"] or "",
        title_en=texts["title_en"] or "",
        zone=zone,
        case_id_prefix=prefix,
        dates=dates,
        tables=table_rules(page, tree, pack, Known(dates, prefix, lookups)),
        steps=_steps(page, page.section(tree, "steps"), pack),
        numbering=_numbering(page, page.section(tree, "numbering")),
        lookups=lookups,
        digest=_digest(path, lookups),
    )
    if page.problems:
        raise PackError("AUD220", page.problems, file=path.name)
    return mapping


def _digest(path: Path, lookups: Map[str, Lookup]) -> str:
    """Return the sha256 of the file, and of the code tables that lie beside it."""
    total = hashlib.sha256(path.read_bytes())
    for one in lookups.values():
        total.update(one.digest.encode())
    return total.hexdigest()


def _zone(page: Page, zone: str | None) -> str | None:
    """Return a zone that the system knows."""
    if zone is None or zone in zoneinfo.available_timezones():
        return zone
    page.problem("AUD224", "mapping", "zone", zone=zone)
    return None


def _prefix(page: Page, column: str | None, pack: Pack) -> str | None:
    """Return the column of ``cases`` whose value goes before each case id."""
    if column is not None and column not in pack.tables["cases"].columns:
        page.problem("AUD226", "case_id_prefix", column=column, table="cases")
    return column


def _numbering(page: Page, given: Toml) -> str | None:
    """Return the pattern of case ids, if it can be read and has both groups."""
    page.known(given, NUMBERING, "numbering")
    pattern = page.string(given, "pattern", "numbering")
    if pattern is None:
        return None
    try:
        probe = pl.Series([""]).str.extract_groups(pattern)
        groups = {field.name for field in probe.dtype.fields}  # type: ignore[attr-defined]
    except pl.exceptions.PolarsError:
        groups = set()
    if {"series", "serial"} <= groups:
        return pattern
    page.problem("AUD310", "numbering", "pattern", pattern=pattern)
    return None


def _dates(page: Page, given: Toml, zone: str) -> DateForms:
    """Return what the file declares about dates, beyond the grammar."""
    page.known(given, DATES, "dates")
    formats = given.get("formats", [])
    listed = formats if isinstance(formats, list) else [formats]
    forms = tuple(str(fmt) for fmt in listed if _is_format(fmt))
    for fmt in listed:
        if not _is_format(fmt):
            page.problem("AUD225", "dates", "formats", value=fmt)
    allowed: dict[str, tuple[Any, ...]] = {
        "24:00": ("next_day",),
        "serial": tuple(EPOCHS),
    }
    allowed |= {"century": CENTURIES, "calendar": tuple(CALENDARS)}
    said = {key: _one_of(page, given, key, words) for key, words in allowed.items()}
    if said["century"] is None and any("%y" in fmt for fmt in forms):
        page.problem("AUD152", "dates", "formats")
    dates = DateForms(
        zone=zone,
        formats=forms,
        next_day=said["24:00"] is not None,
        serial=said["serial"],
        century=said["century"] or CENTURIES[-1],
        calendar=said["calendar"] or "gregorian",
    )
    for one, two in contradictions(dates):
        page.problem("AUD161", "dates", "formats", one=one, two=two)
    return dates


def _one_of(page: Page, given: Toml, key: str, words: tuple[Any, ...]) -> Any:  # noqa: ANN401
    """Return a value of a closed list; anything else is a problem and absent."""
    value = given.get(key)
    if value is None or value in words:
        return value
    page.problem("AUD225", "dates", key, value=value)
    return None


def _is_format(fmt: object) -> bool:
    """Say whether a declared date format can be translated."""
    if not isinstance(fmt, str):
        return False
    try:
        declared(fmt)
    except ValueError:
        return False
    return True


def _steps(page: Page, table: Toml, pack: Pack) -> dict[str, StepRule]:
    """Return the step table; an edge not named is empty once the other one is."""
    rules: dict[str, StepRule] = {}
    for raw in table:
        given = page.section(table, raw, "steps")
        page.known(given, STEP, "steps", raw)
        step = page.string(given, "step", "steps", raw)
        if step is None or step not in pack.steps.order:
            known = ", ".join(pack.steps.order)
            page.problem("AUD227", "steps", raw, step=step, raw=raw, known=known)
            continue
        start, finish = (_edge(page, given, key, raw, pack) for key in STEP[1:])
        if "start" not in given and "finish" not in given:
            start, finish = STARTED, FINISHED
        rules[raw.strip()] = StepRule(step, start, finish)
    return rules


def _edge(page: Page, given: Toml, key: str, raw: str, pack: Pack) -> str | None:
    """Return the stamp of an edge, which must be a date column of ``events``."""
    stamp = page.string(given, key, "steps", raw)
    if stamp is None:
        return None
    column = pack.tables["events"].columns.get(stamp)
    if column is None or column.type != "date":
        page.problem("AUD226", "steps", raw, key, column=stamp, table="events")
    return stamp

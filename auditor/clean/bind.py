"""Find out which column of a file fills which canonical one, or refuse the file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditor.clean.cells import KEYS
from auditor.clean.kept import typed_places
from auditor.clean.lookups import resolved
from auditor.clean.mapping import Mapping, TableRule
from auditor.clean.notes import column_notes
from auditor.clean.view import View
from auditor.frames import FORM_TABLE, LOOKUP_TABLE, REJECTS, RawFile
from auditor.pack.model import Pack, Table


class Refusal(Exception):  # noqa: N818 - it ends up as a reject, not as an error
    """Why a file cannot fill a table: a reason word, the column, the headers."""

    def __init__(self, reason: str, column: str, value: str | None = None) -> None:
        super().__init__(reason, column, value)
        self.reason, self.column, self.value = reason, column, value


@dataclass(slots=True)
class Bound:
    """All views of a run, and what is to be told about files and their columns."""

    views: list[View]
    rejects: list[dict[str, object]]
    notes: list[dict[str, object]]


def bind(files: Sequence[RawFile], mapping: Mapping, pack: Pack) -> Bound:
    """Bind every file to the table or tables that it fills."""
    bound = Bound([], [], [])
    codes = resolved(mapping.lookups, files)
    for index, raw in enumerate(files):
        if raw.table in {FORM_TABLE, LOOKUP_TABLE}:
            continue
        for rule in (mapping.rule_for(raw), *mapping.also_for(raw)):
            try:
                view = replace(_view(index, raw, rule, mapping, pack), codes=codes)
            except Refusal as why:
                bound.rejects.append(_file_reject(raw, rule.to, why))
            else:
                bound.views.append(view)
    bound.notes = column_notes(bound.views)
    if mapping.date_forms(pack).calendar == "gregorian":
        places = typed_places(bound.views)
        bound.views = [
            replace(v, typed=at) for v, at in zip(bound.views, places, strict=True)
        ]
    return bound


def _view(
    index: int, raw: RawFile, rule: TableRule, mapping: Mapping, pack: Pack
) -> View:
    """Bind one file to one table; Refusal if it cannot fill it."""
    table = pack.tables[rule.to]
    prefix = mapping.case_id_prefix if KEYS[0] in table.columns else None
    if raw.origin == "dossier":
        prefix = None  # the mapping speaks about the dump
    columns = columns_of(raw, rule, table)
    given = {*columns, *rule.constant, *(("step",) if rule.milestones else ())}
    required = [c.name for c in table.columns.values() if c.required]
    for name in [*required, *([prefix] if prefix else [])]:
        if name not in given:
            raise Refusal("missing_column", name, rule.rename.get(name))
    strict = rule.also or bool(rule.milestones)
    ignored = () if strict else sorted({*range(len(raw.header))} - {*columns.values()})
    return View(index, raw, table, rule, columns, tuple(ignored), prefix)


def columns_of(raw: RawFile, rule: TableRule, table: Table) -> dict[str, int]:
    """Return the position of each canonical column that the file has.

    What the mapping renames is settled; other headers are taken under their
    canonical name or an alias, unless the entry reads only what it maps.
    """
    at = {header: place for place, header in enumerate(raw.header)}
    columns = {name: at[head] for name, head in rule.rename.items() if head in at}
    if rule.also or rule.milestones:
        return columns
    settled = {*rule.rename, *rule.constant}
    for place, header in enumerate(raw.header):
        if place in columns.values() and header in rule.rename.values():
            continue
        fits = [name for name in _meanings(header, table) if name not in settled]
        if len(fits) > 1:
            raise Refusal("ambiguous_column", fits[0], header)
        for name in fits:
            if name in columns:
                both = f"{raw.header[columns[name]]}, {header}"
                raise Refusal("ambiguous_column", name, both)
            columns[name] = place
    return columns


def _meanings(header: str, table: Table) -> list[str]:
    """Return the canonical columns that a header can mean; its own name wins."""
    if header in table.columns:
        return [header]
    return [c.name for c in table.columns.values() if header in c.aliases]


def _file_reject(raw: RawFile, table: str, why: Refusal) -> dict[str, object]:
    """Return the reject of a whole file."""
    told: dict[str, object] = {"kind": "file", "source": raw.source, "table": table}
    told |= {"column": why.column, "value": why.value, "reason": why.reason}
    return dict.fromkeys(REJECTS) | told

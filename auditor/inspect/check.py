"""Hold a mapping against a dump: what it rejects, misses and leaves unread."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from auditor.clean import Mapping, clean
from auditor.errors import AuditError
from auditor.frames import RawTables
from auditor.inspect.names import names_of
from auditor.inspect.nouns import Check
from auditor.line import CHARGE, DOCUMENT, STEP, unknown_names
from auditor.pack import Pack
from auditor.read import read
from auditor.settings import Limits
from auditor.vocabulary import UNMAPPED

_KEYS = ("kind", "table", "column", "reason")


def check(
    inputs: Sequence[Path],
    name: str,
    mapping: Mapping,
    pack: Pack,
    how: tuple[Limits, Path],
) -> Check:
    """Read and clean the dump under a mapping; judge nothing."""
    limits, work = how
    raw = read(inputs, None, mapping.read_plan(pack), limits, work)
    try:
        return _cleaned(raw, name, mapping, pack, work)
    except AuditError as error:
        said = {lang: error.render(lang) for lang in ("zh", "en")}
        return Check(name, {}, grouped(raw.rejects), (), (), (), error=said)


def _cleaned(
    raw: RawTables, name: str, mapping: Mapping, pack: Pack, work: Path
) -> Check:
    tables = clean(raw, mapping, pack, work)
    notes = tables.notes
    sources = [file.source for file in raw.files]
    names = unknown_names(tables.parts, pack, sources)
    lost = tables.steps.filter(step=UNMAPPED).sort(
        "rows", "raw_step", descending=[True, False]
    )
    return Check(
        mapping=name,
        rows=tables.accounting,
        rejects=grouped(tables.rejects),
        unused=_columns(notes, "ignored_columns"),
        missing=_columns(notes, "missing_source_column"),
        unmapped=tuple(lost.select("raw_step", "rows").iter_rows()),
        documents=names_of(names, DOCUMENT),
        paper_steps=names_of(names, STEP),
        charges=names_of(names, CHARGE),
    )


def grouped(rejects: pl.DataFrame) -> tuple[dict[str, object], ...]:
    """Return rejects by kind, place and reason with their number and first place."""
    groups = rejects.group_by(_KEYS, maintain_order=True).agg(
        pl.len().alias("count"), pl.col("source", "row", "value").first()
    )
    order = ["count", *_KEYS]
    groups = groups.sort(order, descending=[True, False, False, False, False])
    return tuple(groups.iter_rows(named=True))


def _columns(notes: pl.DataFrame, note: str) -> tuple[str, ...]:
    found = (
        notes.filter(note=note).select("table", "column").unique(maintain_order=True)
    )
    return tuple(f"{table}.{column}" for table, column in found.iter_rows())

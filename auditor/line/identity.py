"""What a run was made of: versions, pack, parameters and inputs, for its manifest."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from auditor.frames import RawFile, RawTables
from auditor.origins import key_id, read_key
from auditor.pack import Pack, digest_of, kept_folders
from auditor.settings import Limits, Settings
from auditor.write.results import Identity, InputFile

PACKAGES = ("auditor", "polars", "pyarrow", "duckdb")


def identity(
    settings: Settings, pack: Pack, raw: RawTables, mapping_digest: str | None
) -> Identity:
    """Return what the run was made of; only ``ran_at`` differs from run to run."""
    calendar = pack.calendar_folder
    return {
        "pack_id": pack.id,
        "pack_version": pack.version,
        "pack_digest": pack.digest,
        "pack_folders": kept_folders(pack),
        "calendar_digest": digest_of(calendar) if calendar else None,
        "versions": versions(),
        "parameters": _parameters(settings, pack, mapping_digest),
        "inputs": [_input(file) for file in raw.files],
        "ran_at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - the manifest's clock
    }


def versions() -> dict[str, str]:
    """Return the versions that a run is made with: Python, the product, its engines."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python} | {name: version(name) for name in PACKAGES}


def _parameters(
    settings: Settings, pack: Pack, mapping_digest: str | None
) -> dict[str, Any]:
    return {
        "rules": settings.rules,
        "parent": pack.parent,
        "period": settings.period,
        "cutoff": settings.cutoff.isoformat() if settings.cutoff else None,
        "mapping": settings.mapping.name if settings.mapping else None,
        "mapping_digest": mapping_digest,
        "engine": settings.engine,
        "limits": _changed(settings.limits),
        "key_id": key_id(read_key(settings.key_file)),
    }


def _changed(limits: Limits) -> dict[str, int]:
    """Return the caps on input that are not the usual ones."""
    usual = asdict(Limits())
    return {name: cap for name, cap in asdict(limits).items() if cap != usual[name]}


def _input(file: RawFile) -> InputFile:
    return {
        "name": file.source,
        "origin": file.origin,
        "table": file.table,
        "sha256": file.sha256,
        "size": file.size,
        "records": file.records,
        "rows": file.read,
        "format": file.format,
        "encoding": file.encoding,
        "delimiter": file.delimiter,
    }

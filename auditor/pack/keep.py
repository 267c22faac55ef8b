"""The rules stay with the run: a copy of the pack's files, and the pack read from it.

Verdicts are argued years later, on another machine, beside a newer product: without the
pages that judged there would be nothing to argue from.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.errors import AuditError
from auditor.pack.load import (
    digest_of,
    files_of,
    load_lineage,
    load_pack,
    read_together,
)
from auditor.pack.model import Pack

RULES = "rules"  # folder inside a run folder
MAPPING = "mapping.toml"  # file in it, if the run was given one


def keep_rules(pack: Pack, mapping: Path | None, run: Path) -> None:
    """Copy the files of a pack and of its parents, and the mapping, into a run folder.

    Raises:
        AuditError: AUD404 when the disk refuses, AUD407 when the files are no longer
            those that were read.
    """
    names = kept_folders(pack)
    try:
        for name, folder in zip(names, pack.lineage, strict=True):
            for path in files_of(folder):
                copy = run / name / path.relative_to(folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
        if mapping is not None:
            shutil.copyfile(mapping, run / RULES / MAPPING)
    except OSError as error:
        why = error.strerror or error
        raise AuditError("AUD404", file=run / RULES, why=why) from error
    if read_together(digest_of(run / name) for name in names) != pack.digest:
        raise AuditError("AUD407", pack=pack.id)


def kept_folders(pack: Pack) -> tuple[str, ...]:
    """Return where a run keeps a pack: its own folder, then those of its parents.

    Two folders of one name are told apart by how far up they stand.
    """
    found = [f"{RULES}/{MAPPING}"]  # no folder of rules may take this place
    for depth, folder in enumerate(pack.lineage):
        name = f"{RULES}/{folder.resolve().name}"
        found.append(f"{name}-{depth}" if name in found else name)
    return tuple(found[1:])


def kept_pack(run: Path, manifest: Mapping[str, Any]) -> Pack | None:
    """Return the pack from a run's own copy; None without one, or if it was changed."""
    names = manifest["pack"].get("folders") or ()
    folders = tuple(run / name for name in names)
    if not folders or not all((folder / "pack.toml").is_file() for folder in folders):
        return None
    if read_together(map(digest_of, folders)) != manifest["pack"]["digest"]:
        return None
    return load_lineage(folders)


def kept_mapping(run: Path, manifest: Mapping[str, Any]) -> Path | None:
    """Return a run's copy of its mapping; None if it has none."""
    path = run / RULES / MAPPING
    asked = manifest["parameters"]["mapping"] is not None
    return path if asked and path.is_file() else None


def pack_of(run: Path, manifest: Mapping[str, Any]) -> Pack:
    """Return the pack that a run was made with.

    Its own copy counts; for a run without one the pack is looked for where the run
    found it.

    Raises:
        AuditError: AUD201, there is none; AUD508, nor is the run's own copy what it
            was; AUD503, the pack there has another content.
    """
    kept = kept_pack(run, manifest)
    if kept is not None:
        return kept
    ref, was = manifest["parameters"]["rules"], manifest["pack"]["digest"]
    try:
        pack = load_pack(ref)
    except AuditError as error:
        if error.code != "AUD201" or not manifest["pack"].get("folders"):
            raise
        raise AuditError("AUD508", folder=run, pack=ref) from error
    if pack.digest != was:
        told = {"was": was[:12], "now": pack.digest[:12]}
        raise AuditError("AUD503", pack=pack.id, **told)
    return pack

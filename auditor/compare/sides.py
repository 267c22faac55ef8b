"""One of the two runs: its folder, its clock, and its rules if their files are here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import AuditError
from auditor.explain import clock_of
from auditor.kernel import calendar_of
from auditor.origins import EVIDENCE
from auditor.pack import Pack, kept_pack, load_pack, shipped_packs
from auditor.runs import read_manifest
from auditor.settings import Clock
from auditor.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Side:
    """A finished run as a comparison sees it.

    ``pack`` is None where no folder on this machine has the recorded content: then
    nothing can be judged again under the run's rules.
    """

    folder: Path
    manifest: Mapping[str, Any]
    clock: Clock
    pack: Pack | None

    @property
    def calendar(self) -> Calendar | None:
        """What counted the run's days; None without its pack."""
        return None if self.pack is None else calendar_of(self.pack)

    @property
    def key_id(self) -> str | None:
        """The name of the key that hashed the private columns, None without a key."""
        key: str | None = self.manifest["parameters"].get("key_id")
        return key

    @property
    def hashes(self) -> dict[str, str]:
        """The sha256 of each delivered file by its name."""
        files = self.manifest["inputs"]
        return {row["name"]: row["sha256"] for row in files if row["origin"] == "dump"}

    def evidence(self, table: str) -> Path:
        """The accepted rows of one table, as they were kept."""
        return self.folder / EVIDENCE / f"{table}.parquet"

    def table(self, name: str) -> Path:
        """One table of the run folder."""
        return self.folder / f"{name}.parquet"


def open_side(folder: Path, given: str | Path | None, others: Iterable[str]) -> Side:
    """Return a run with the pack that its digest names.

    Args:
        folder: the run folder.
        given: where its pack is; None takes the run's own copy, and looks for that of
            a run without one where it was told to look, and among the shipped packs.
        others: further places worth a look.

    Raises:
        AuditError: AUD501 not a finished run, AUD505 without its evidence, AUD531 the
            given pack is another one.
    """
    manifest = read_manifest(folder)
    if not (folder / EVIDENCE / "cases.parquet").is_file():
        raise AuditError("AUD505", folder=folder)
    digest = manifest["pack"]["digest"]
    if given is not None:
        pack: Pack | None = load_pack(given)
        if pack is None or pack.digest != digest:
            now = "" if pack is None else pack.digest[:12]
            raise AuditError(
                "AUD531", pack=given, folder=folder, was=digest[:12], now=now
            )
    elif (pack := kept_pack(folder, manifest)) is None:
        places = (manifest["parameters"]["rules"], *others, *shipped_packs())
        pack = _found(digest, dict.fromkeys(map(str, places)))
    return Side(folder, manifest, clock_of(manifest), pack)


def _found(digest: str, places: Iterable[str]) -> Pack | None:
    """Return the first pack of this content; a broken one is not the one sought."""
    for place in places:
        try:
            pack = load_pack(place)
        except AuditError:
            continue
        if pack.digest == digest:
            return pack
    return None

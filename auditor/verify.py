"""Is a run folder whole and untouched? Its hashes, its books, or the run once more."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor import fsops
from auditor.errors import AuditError
from auditor.runs import read_manifest
from auditor.settings import OUTPUTS, Settings
from auditor.vocabulary import VERDICTS

STORE = "results.duckdb"
LATER = ("reconcile.xlsx", "reconcile.json", "reconcile.md")
"""Files that another command adds to a run; its manifest does not list them."""
_MADE = {
    "evidence": "evidence/cases.parquet",
    "findings": "findings.xlsx",
    "forms": "forms/todo.csv",
    "figures": "figures/heatmap.svg",
    "report": "report.html",
    "store": STORE,
}
"""A file by which one sees that an output was asked for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as the manifest says.

    ``kind`` is ``manifest``, ``missing``, ``changed``, ``unlisted``, ``books`` or, of
    a replay, ``input`` or ``replayed``; ``name`` says which file, table or rule.
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it; without problems the folder is what the run wrote.

    ``complete`` is the run's own word about its data; ``checked`` counts files.
    """

    folder: Path
    checked: int
    complete: bool
    replayed: bool
    problems: tuple[Problem, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        found = [{"kind": one.kind, "name": one.name} for one in self.problems]
        return {
            "folder": str(self.folder),
            "checked": self.checked,
            "complete": self.complete,
            "replayed": self.replayed,
            "valid": not found,
            "problems": found,
        }


def verify(folder: Path, replay: Settings | None = None) -> Verified:
    """Hold a run folder against its own manifest.

    Every listed file is there with its hash, none besides; the manifest has its own
    digest; the books add up and agree with the verdicts. The manifest is hashed, not
    signed: who rewrites folder and manifest together is not found out.

    Args:
        folder: a finished run.
        replay: where the inputs are now (``inputs``, ``dossier``, ``mapping``,
            ``key_file``); the run is then made once more, as it was asked for, by the
            rules that it kept, in a folder that is thrown away, and must come out the
            same. Without ``mapping`` the run's copy of its own counts.

    Raises:
        AuditError: AUD501, no finished run; with a replay AUD503, it kept no rules and
            its pack is another one now, AUD509, the replay lacks the dossier or the
            key that the run had, and what a run raises.
    """
    manifest = read_manifest(folder)
    found = [*_manifest(folder), *_files(folder, manifest), *_books(folder, manifest)]
    if replay is not None:
        found += _replayed(folder, manifest, replay)
    return Verified(
        folder,
        len(manifest["outputs"]),
        manifest.get("complete") is True,
        replay is not None,
        tuple(found),
    )


def _manifest(folder: Path) -> Iterator[Problem]:
    from auditor.write.manifest import digest_of

    data = (folder / fsops.MANIFEST).read_bytes()
    if digest_of(data) != json.loads(data).get("digest"):
        yield Problem("manifest", fsops.MANIFEST)


def _files(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    listed = {row["name"]: row for row in manifest["outputs"]}
    for name, row in sorted(listed.items()):
        path = folder / name
        if path.is_symlink() or not path.is_file():
            yield Problem("missing", name)
        elif not _same(path, row):
            yield Problem("changed", name)
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    for name in sorted(there - listed.keys() - {fsops.MANIFEST, *LATER}):
        yield Problem("unlisted", name)


def _same(path: Path, row: Mapping[str, Any]) -> bool:
    from auditor.write.store import store_digest

    if "logical_sha256" not in row:
        return fsops.sha256_file(path) == (row["sha256"], row["size"])
    try:
        return store_digest(path) == (row["logical_sha256"], row["rows"])
    except Exception:
        return False


def _books(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    """Rows add up a table; the verdicts counted a rule are those in the table."""
    books = manifest["accounting"]
    for table, row in sorted(books["rows"].items()):
        if row["read"] != row["accepted"] + row["duplicate"] + row["rejected"]:
            yield Problem("books", table)
    counted = _verdicts(folder / "verdicts.parquet") | _verdicts(
        folder / "projects.parquet"
    )
    for rule, row in sorted(books["verdicts"].items()):
        if counted.get(rule) != {word: row.get(word) for word in VERDICTS}:
            yield Problem("books", rule)


def _verdicts(path: Path) -> dict[str, dict[str, int]]:
    import polars as pl

    if not path.is_file():
        return {}
    try:
        rows = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        names = rows.collect_schema().names()
        rules = [name for name in names if f"{name}_reason" in names]
        sums = rows.select(
            (pl.col(rule) == word).sum().alias(f"{rule}|{word}")
            for rule in rules
            for word in VERDICTS
        ).collect()
    except pl.exceptions.PolarsError:
        return {}
    row = sums.row(0, named=True)
    return {rule: {w: int(row[f"{rule}|{w}"]) for w in VERDICTS} for rule in rules}


def _replayed(
    folder: Path, manifest: Mapping[str, Any], asked: Settings
) -> Iterator[Problem]:
    """Make the run once more and yield the inputs and outputs that differ."""
    from auditor.pack import pack_of
    from auditor.pipeline import run

    pack = pack_of(folder, manifest)
    _check_asked(manifest, replay=asked)
    with tempfile.TemporaryDirectory(prefix="audit-replay-") as work:
        out = Path(work) / "run"
        run(replace(_as_asked(folder, manifest, asked), out=out), pack=pack)
        again = read_manifest(out)
    yield from _unlike("input", manifest["inputs"], again["inputs"])
    yield from _unlike("replayed", manifest["outputs"], again["outputs"])


def _check_asked(manifest: Mapping[str, Any], replay: Settings) -> None:
    """Refuse a replay that lacks what the run was given."""
    had = any(row["origin"] == "dossier" for row in manifest["inputs"])
    if had and replay.dossier is None:
        raise AuditError("AUD509", name="--dossier")
    if manifest["parameters"].get("key_id") and replay.key_file is None:
        raise AuditError("AUD509", name="--key-file")


def _as_asked(folder: Path, manifest: Mapping[str, Any], asked: Settings) -> Settings:
    from datetime import date

    from auditor.pack import kept_mapping

    said = manifest["parameters"]
    cutoff = said["cutoff"]
    return replace(
        asked,
        rules=said["rules"],
        mapping=asked.mapping or kept_mapping(folder, manifest),
        period=said["period"],
        cutoff=date.fromisoformat(cutoff) if cutoff else None,
        engine=said["engine"],
        outputs=tuple(name for name in OUTPUTS if (folder / _MADE[name]).is_file()),
        fail_on=(),
        force=False,
    )


def _unlike(
    kind: str, was: list[dict[str, Any]], now: list[dict[str, Any]]
) -> Iterator[Problem]:
    one, other = ({(r["name"], json.dumps(r)) for r in rows} for rows in (was, now))
    for name in sorted({name for name, _ in one ^ other}):
        yield Problem(kind, name)

"""The manifest: what went in, what came out, with which rules, and does it add up."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditor import fsops
from auditor.write.results import Results

_STORE = "results.duckdb"
_INPUT_KEYS = (
    *("name", "sha256", "size", "records", "format"),
    *("encoding", "delimiter", "table", "origin"),
)


def manifest_bytes(results: Results, folder: Path) -> bytes:
    """Return ``manifest.json``: keys sorted, one digest over all but ``ran_at``.

    ``digest`` is the sha256 of the same JSON without ``digest`` and ``ran_at``.
    """
    run = results.identity
    record: dict[str, Any] = {
        "versions": dict(run.get("versions", {})),
        "pack": {
            "id": run.get("pack_id"),
            "version": run.get("pack_version"),
            "digest": run.get("pack_digest"),
            "folders": list(run.get("pack_folders", ())),
        },
        "calendar": {"digest": run.get("calendar_digest")},
        "parameters": dict(run.get("parameters", {})),
        "period": [day.isoformat() for day in results.period or ()] or None,
        "cutoff": {
            "date": results.cutoff.isoformat(),
            "derived": results.cutoff_derived,
        },
        "inputs": sorted(_inputs(results), key=lambda row: json.dumps(row)),
        "outputs": list(_outputs(folder)),
        "accounting": results.accounting,
        "complete": results.complete,
    }
    record["digest"] = hashlib.sha256(canonical(record)).hexdigest()
    record["ran_at"] = run.get("ran_at")
    return canonical(record)


def canonical(record: object) -> bytes:
    """Return one spelling of a JSON value, ending in a line feed."""
    text = json.dumps(
        record, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False
    )
    return (text + "\n").encode("utf-8")


def digest_of(manifest: bytes) -> str:
    """Recompute the digest of a manifest that was read back."""
    record = json.loads(manifest)
    record.pop("ran_at", None)
    record.pop("digest", None)
    return hashlib.sha256(canonical(record)).hexdigest()


def _inputs(results: Results) -> Iterator[dict[str, object]]:
    for one in results.identity.get("inputs", ()):
        row: dict[str, object] = {key: one.get(key) for key in _INPUT_KEYS}
        if row["records"] is None:
            row["records"] = one.get("rows")
        yield row


def _outputs(folder: Path) -> Iterator[dict[str, object]]:
    from auditor.write.store import store_digest

    for path in sorted(folder.rglob("*"), key=lambda found: found.as_posix()):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or name == fsops.MANIFEST:
            continue
        if name == _STORE:
            # The file's bytes differ between equal builds: its rows are signed.
            digest, rows = store_digest(path)
            yield {"name": name, "logical_sha256": digest, "rows": rows}
            continue
        sha256, size = fsops.sha256_file(path)
        yield {"name": name, "sha256": sha256, "size": size, "rows": _rows(path)}


def _rows(path: Path) -> int | None:
    """Return the rows of a table file, None for anything that is no table."""
    if path.suffix == ".parquet":
        import polars as pl

        lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        return int(lazy.select(pl.len()).collect().item())
    if path.suffix == ".csv":
        import csv

        with path.open(encoding="utf-8-sig", newline="") as handle:
            return max(0, sum(1 for _ in csv.reader(handle)) - 1)
    return None

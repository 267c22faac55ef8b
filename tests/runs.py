"""Write tables as a dump and run the real line over them, for tests."""

import csv
from pathlib import Path

import polars as pl

from auditor import pipeline
from auditor.pack import load_pack
from auditor.settings import Settings

DOSSIER = ("roster", "attestations", "expected", "approvals")
STAMPS = ("started_at", "finished_at")


def cell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def write_table(
    folder: Path, name: str, rows: list[dict], omit: tuple[str, ...] = ()
) -> Path:
    """Columns: every key used, plus the required ones, and the stamps of events."""
    table = load_pack().tables[name]
    used = {key for row in rows for key in row}
    needed = {c.name for c in table.columns.values() if c.required}
    needed |= set(STAMPS) if name == "events" else set()
    header = [
        c for c in table.columns if c in used | needed and f"{name}.{c}" not in omit
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(header)
        out.writerows([cell(row.get(column, "")) for column in header] for row in rows)
    return path


def write_dump(
    folder: Path, tables: dict[str, list[dict]], omit: tuple[str, ...] = ()
) -> Settings:
    """Write a dump and its dossier; return the settings of a run over them."""
    for name, rows in tables.items():
        place = "dossier" if name in DOSSIER else "dump"
        write_table(folder / place, name, rows, omit)
    has_dossier = any(name in DOSSIER for name in tables)
    return Settings(
        inputs=(folder / "dump",),
        out=folder / "run",
        dossier=folder / "dossier" if has_dossier else None,
        outputs=(),
    )


def frame(out: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(out / f"{name}.parquet", glob=False)


__all__ = ["frame", "pipeline", "write_dump", "write_table"]

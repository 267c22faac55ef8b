"""The sample's applications in the layouts of four source systems, and their runs."""

from datetime import date
from pathlib import Path

import polars as pl

from auditor import pipeline
from auditor.demo.plan import RULES
from auditor.settings import Settings
from tests.conftest import ROOT

SHAPES = ROOT / "sample_data" / "shapes"
MAPPINGS = {
    "canonical": None,
    "state-grid": "state-grid-nodes",
    "southern-grid": "southern-grid",
    "wide": "wide",
}
WORDS = ("cohort", *RULES, "task38")


def judged(shape: str, mapping: Path | None, out: Path) -> dict[str, dict]:
    """Run the line on one shape; return the row of verdicts of each case."""
    settings = Settings(
        inputs=(SHAPES / shape,),
        out=out,
        dossier=ROOT / "sample_data" / "dossier",
        period="2022",
        cutoff=date(2022, 12, 31),
        mapping=mapping,
        outputs=(),
    )
    pipeline.run(settings)
    return verdicts_in(out)


def verdicts_in(out: Path) -> dict[str, dict]:
    """Return the row of verdicts of each case of a run."""
    frame = pl.read_parquet(out / "verdicts.parquet")
    return {row["case_id"]: row for row in frame.iter_rows(named=True)}


def shipped(shape: str) -> Path | None:
    """The shipped mapping of a layout; the canonical one needs none."""
    name = MAPPINGS[shape]
    return ROOT / "rules" / "mappings" / f"{name}.toml" if name else None

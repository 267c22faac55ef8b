"""What many tests share: the sample, audited once, commands, a dump and its reader."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample_data"
SAMPLE_RUN = (
    "run", SAMPLE / "dump", "--dossier", SAMPLE / "dossier",
    "--mapping", ROOT / "rules" / "mappings" / "state-grid.toml",
    "--period", "2022", "--cutoff", "2022-12-31",
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


Audit = Callable[..., Answer]
Stage = Callable[..., Any]  # returns RawTables


def in_process(*words: object) -> Answer:
    from auditor.cli import cli

    done = CliRunner().invoke(cli, [str(word) for word in words])
    return Answer(done.exit_code, done.stdout, done.stderr)


def as_process(
    *words: object, cwd: Path | None = None, env: dict[str, str] | None = None
) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def audit() -> Audit:
    """The command line without the price of a new process."""
    return in_process


@pytest.fixture(scope="session")
def process() -> Audit:
    """The command line as a user starts it."""
    return as_process


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """The run folder of the shipped sample, and what was said of the run."""
    out = tmp_path_factory.mktemp("sample") / "run"
    answer = in_process(*SAMPLE_RUN, "--out", out)
    assert answer.code == 0, answer.err
    return out, answer


@pytest.fixture(scope="session")
def sample(sampled: tuple[Path, Answer]) -> Path:
    """The run folder of the shipped sample, with every output."""
    return sampled[0]


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict]]:
    """The verdicts of each layout of the sample under its shipped mapping, by case."""
    from tests.shapes import MAPPINGS, judged, shipped

    folder = tmp_path_factory.mktemp("shapes")
    return {shape: judged(shape, shipped(shape), folder / shape) for shape in MAPPINGS}


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """An empty folder for a delivery."""
    folder = tmp_path / "dump"
    folder.mkdir()
    return folder


@pytest.fixture
def stage(tmp_path: Path, dump: Path) -> Stage:
    """The reader over the dump as it then is; each call begins anew."""
    from auditor.read import FileRule, RawTables, ReadPlan, read
    from auditor.settings import Limits

    def run(
        *rules: FileRule,
        inputs: tuple[Path, ...] = (dump,),
        dossier: Path | None = None,
        **limits: int,
    ) -> RawTables:
        shutil.rmtree(tmp_path / "work", ignore_errors=True)
        plan = ReadPlan(("cases", "events", "fees", "approvals"), files=rules)
        return read(inputs, dossier, plan, Limits(**limits), tmp_path / "work")

    return run

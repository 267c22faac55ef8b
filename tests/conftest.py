"""What many tests share: the sample, audited once, and two ways to give a command."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of the shipped sample, with every output."""
    out = tmp_path_factory.mktemp("sample") / "run"
    answer = in_process(*SAMPLE_RUN, "--out", out)
    assert answer.code == 0, answer.err
    return out

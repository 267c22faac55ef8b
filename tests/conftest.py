"""What many tests share: the sample, audited once, commands, a dump and its reader."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
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


@contextmanager
def alone(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """Yield a folder that all workers share, to one of them at a time."""
    base = factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    place.mkdir(exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place


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
    """The run folder of the shipped sample, and what was said of the run.

    Whichever worker asks first makes it, for all of them: no test may change it.
    """
    with alone(tmp_path_factory, "sample") as place:
        out, told = place / "run", place / "answer.json"
        if not told.is_file():
            answer = in_process(*SAMPLE_RUN, "--out", out)
            assert answer.code == 0, answer.err
            told.write_text(json.dumps(asdict(answer)), "utf-8")
    return out, Answer(**json.loads(told.read_text("utf-8")))


@pytest.fixture(scope="session")
def sample(sampled: tuple[Path, Answer]) -> Path:
    """The run folder of the shipped sample, with every output."""
    return sampled[0]


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, dict]]:
    """The verdicts of each layout of the sample under its shipped mapping, by case.

    A layout is judged when it is first asked for, once for all workers.
    """
    from tests.shapes import judged, shipped, verdicts_in

    class Judged(dict):
        def __missing__(self, shape: str) -> dict[str, dict]:
            with alone(tmp_path_factory, f"shape-{shape}") as place:
                if not (place / "run").is_dir():
                    judged(shape, shipped(shape), place / "run")
            self[shape] = verdicts_in(place / "run")
            return self[shape]

    return Judged()


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

"""The built wheel works alone, from any folder: its rules and texts ship inside."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from auditor.demo import MIN_CASES, write_demo
from auditor.pack import load_pack, rules_folder, shipped_packs

ROOT = Path(__file__).resolve().parents[1]
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}


def call(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env=CLEAN, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def build(folder: Path) -> Path:
    """Build the wheel into a folder and return it."""
    words = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    call(*words, cwd=ROOT)
    (built,) = folder.glob("auditor-*.whl")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, and what it depends on behind it."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=ROOT)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--quiet")
    call(*pip, "install", "--no-deps", "--no-index", wheel, cwd=ROOT)
    (site,) = (folder / "lib").glob("python*/site-packages")
    behind = sysconfig.get_path("purelib")
    (site / "dependencies.pth").write_text(f"{behind}\n", "utf-8")
    return folder / "bin"


def test_the_wheel_holds_the_package_and_its_rules_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert all(name.startswith("auditor/") for name in names)
    rules = {n for n in names if n.startswith("auditor/rules/")}
    there = {p for p in rules_folder().rglob("*") if p.is_file()}
    assert rules == {f"auditor/rules/{p.relative_to(rules_folder())}" for p in there}
    data = {
        "messages/errors.toml",
        "py.typed",
        "write/report.html.jinja",
        "write/report.css",
    }
    assert {f"auditor/{name}" for name in data} <= set(names)
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


def test_the_wheel_is_the_same_when_it_is_built_again(wheel, tmp_path):
    again = build(tmp_path)
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_the_installed_package_is_the_one_that_runs(installed, tmp_path):
    code = "import auditor; print(auditor.__file__)"
    done = call(installed / "python", "-c", code, cwd=tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


def test_its_rules_are_checked_from_another_folder(installed, tmp_path):
    done = call(installed / "audit", "rules", "check", cwd=tmp_path)
    for pack in shipped_packs():
        assert pack in done.stdout
        assert load_pack(pack).digest[:12] in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_it_audits_a_dump_from_another_folder(installed, tmp_path):
    write_demo(tmp_path / "data", MIN_CASES)
    mapping = next(installed.parent.rglob("rules/mappings/state-grid.toml"))
    call(
        installed / "audit", "run", "data/dump", "--dossier", "data/dossier",
        "--mapping", mapping, "--period", "2022", "--out", "run",
        cwd=tmp_path,
    )  # fmt: skip
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text("utf-8"))
    assert manifest["pack"]["digest"] == load_pack().digest
    assert manifest["accounting"]["rows"]["cases"]["accepted"] > 0
    written = {row["name"] for row in manifest["outputs"]}
    assert {"report.html", "forms/annex2.xlsx", "figures/heatmap.png"} <= written

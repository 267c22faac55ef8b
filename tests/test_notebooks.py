"""Notebooks run from start to end, wherever they are started, and carry no output."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# What an analyst has anyway, beside the standard library.
ALLOWED = {"auditor", "duckdb", "matplotlib", "polars"}
STANDARD = {"datetime", "pathlib", "tempfile"}

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_is_a_notebook():
    assert NOTEBOOKS


@every_notebook
def test_a_notebook_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in code(notebook) if cell.outputs] == []
    assert [cell.id for cell in code(notebook) if cell.execution_count] == []


@every_notebook
def test_a_notebook_imports_the_public_package_and_no_module_of_it(path):
    names = set()
    for cell in code(nbformat.read(path, as_version=4)):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module)
    assert {name.partition(".")[0] for name in names} <= ALLOWED | STANDARD
    assert [name for name in names if name.startswith("auditor.")] == []


@every_notebook
def test_every_text_of_a_notebook_is_in_chinese_first_and_then_in_english(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            chinese = re.search(r"[\u4e00-\u9fff]", cell.source)
            english = re.search(r"\b[a-z]{2,} [a-z]{2,}\b", cell.source)
            assert chinese, cell.id
            assert english, cell.id
            assert chinese.start() < english.start(), cell.id


@pytest.mark.parametrize(
    "folder",
    [ROOT, pytest.param(ROOT / "notebooks", marks=pytest.mark.slow)],
    ids=["root", "beside"],
)
@every_notebook
def test_a_notebook_runs_from_the_root_and_from_its_folder(
    path, folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=300, resources=place).execute()
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert {"image/png", "text/html"} <= kinds
    assert [o for o in outputs if o.get("name") == "stderr"] == []

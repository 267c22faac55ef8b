"""Outputs are written beside one another, and whatever goes wrong is told."""

import pytest

from auditor.errors import AuditError
from auditor.line import beyond, local
from auditor.settings import Settings
from auditor.write import figures, findings, report, store
from benchmarks.common import CUTOFF
from benchmarks.make_log import make
from tests.runs import frame, pipeline

CASES = 400


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (findings, "write_findings"),
        (store, "write_store"),
        (figures, "write_figures"),
        (report, "write_report"),
    ],
)
def test_an_output_that_cannot_be_written_stops_the_run_and_leaves_nothing(
    tmp_path, monkeypatch, module, name
):
    def full(*_args: object) -> None:
        raise AuditError("AUD404", file=tmp_path / name, why="No space left on device")

    make(tmp_path / "dump", CASES)
    monkeypatch.setattr(module, name, full)
    settings = Settings((tmp_path / "dump",), tmp_path / "out" / "run", cutoff=CUTOFF)
    with pytest.raises(AuditError) as error:
        pipeline.run(settings)
    assert (error.value.code, error.value.fields["file"].name) == ("AUD404", name)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("order", ["clustered", "shuffled"])
def test_the_name_of_a_run_folder_is_no_pattern_to_its_scratch_files(
    tmp_path, monkeypatch, order
):
    """Brackets, stars and ``a=b`` mean something to readers of many files."""
    make(tmp_path / "dump", CASES, order=order)
    monkeypatch.setattr(local, "partitions_of", lambda *_: 5)
    monkeypatch.setattr("auditor.clean.run.SMALL_ROWS", 10)
    monkeypatch.setattr(beyond, "PARTS_A_BUCKET", 2)
    found = []
    for name in ("plain", "year=2022[1]*"):
        settings = Settings(
            (tmp_path / "dump",), tmp_path / name / "run", cutoff=CUTOFF
        )
        pipeline.run(settings)
        found.append([frame(settings.out, n) for n in ("verdicts", "findings")])
    assert all(one.equals(other) for one, other in zip(*found, strict=True))
    assert found[0][0].height == CASES

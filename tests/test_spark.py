"""Spark judges as the local engine does: the same files, byte for byte.

A real Spark runs here, ``local[2]``. Without Java or pyspark these tests are skipped;
where CI is set they fail instead.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from auditor.errors import AuditError
from auditor.pipeline import run
from auditor.settings import Settings
from auditor.spark import engine as engines
from auditor.spark import start, tasks
from benchmarks.make_log import make
from tests.conftest import ROOT, SAMPLE
from tests.reference.generate import random_dump
from tests.runs import frame, write_dump, write_table

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::FutureWarning"
)
CUTOFF = date(2023, 6, 30)
CI = bool(os.environ.get("CI"))


def lacking() -> str | None:
    """Say what a real Spark needs and this machine has not."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "pyspark is not installed: pip install -r requirements-spark.txt"
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        return "there is no Java: apt-get install openjdk-17-jre-headless"
    return None


@pytest.fixture(scope="module")
def spark():
    if why := lacking():
        pytest.fail(why) if CI else pytest.skip(why)
    with start.started("local[2]") as running:
        yield running


@pytest.fixture
def small(monkeypatch):
    """Partitions and payloads so small that every edge lies within something."""
    monkeypatch.setattr(engines, "CASES_A_TASK", 700)
    monkeypatch.setattr(tasks, "STAGED_ROWS", 333)


def both(settings: Settings) -> tuple[Path, Path]:
    """Run on both engines; return the two run folders."""
    local = replace(settings, out=settings.out.with_name("local"))
    far = replace(settings, out=settings.out.with_name("far"), engine="spark")
    assert run(local).accounting == run(far).accounting
    return local.out, far.out


def differing(one: Path, other: Path) -> list[str]:
    """Return the files that are not the same bytes, the manifest without its time."""
    names = {
        str(path.relative_to(folder))
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".duckdb"
    }
    assert "verdicts.parquet" in names
    return sorted(name for name in names if said(one / name) != said(other / name))


def said(path: Path) -> object:
    if not path.is_file():
        return None
    if path.name != "manifest.json":
        return path.read_bytes()
    told = json.loads(path.read_text("utf-8"))
    told["parameters"].pop("engine")
    return {key: told[key] for key in told.keys() - {"ran_at", "digest"}}


@pytest.mark.slow
def test_the_sample_province_gives_the_same_files(spark, small, tmp_path):
    settings = Settings(
        inputs=(SAMPLE / "dump",),
        out=tmp_path / "run",
        dossier=SAMPLE / "dossier",
        mapping=ROOT / "rules" / "mappings" / "state-grid.toml",
        period="2022",
        cutoff=date(2022, 12, 31),
        outputs=("evidence", "findings", "forms"),
    )
    assert differing(*both(settings)) == []


@pytest.mark.slow
def test_a_hostile_dump_gives_the_same_files_and_the_same_cutoff(
    spark, small, tmp_path
):
    dump = random_dump(Random(5), 1_500)
    settings = write_dump(tmp_path, dump.tables)
    (tmp_path / "dump" / "events-link.csv").symlink_to(tmp_path / "dump" / "cases.csv")
    (tmp_path / "dump" / "events-none.csv").write_text("no,such,header\n1,2,3\n")
    county = dump.tables["cases"][0]["county_code"]
    broken = f"case_id,county_code,customer_type\nX-only-here,{county}\n"
    (tmp_path / "dump" / "cases-broken.csv").write_text(broken)
    settings = replace(settings, outputs=("evidence", "findings"), memory="1GB")
    assert settings.cutoff is None
    local, far = both(settings)
    assert differing(local, far) == []
    assert "X-only-here" in frame(far, "verdicts")["case_id"]  # by its rejected row
    rejected = json.loads((local / "manifest.json").read_text())["accounting"]["rows"]
    assert sum(table["rejected"] for table in rejected.values()) > 30


@pytest.mark.slow
@pytest.mark.parametrize("records", ["1", "7"])
def test_batches_that_cut_cases_cut_no_verdict(
    spark, small, tmp_path, monkeypatch, records
):
    """Payloads of 333 rows end inside cases, batches of payloads inside partitions."""
    name = "spark.sql.execution.arrow.maxRecordsPerBatch"
    monkeypatch.setitem(start.OURS, name, records)
    make(tmp_path / "dump", 2_000, order="shuffled" if records == "7" else "clustered")
    settings = Settings(
        (tmp_path / "dump",), tmp_path / "run", cutoff=CUTOFF, outputs=("evidence",)
    )
    assert differing(*both(settings)) == []


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Start a master and a worker of two cores, each a process of its own."""
    import pyspark

    home = Path(pyspark.__file__).parent
    env = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"spark://127.0.0.1:{port}"
    here = ["--host", "127.0.0.1", "--webui-port", "0"]
    room = ["--cores", "2", "--memory", "2g", "--work-dir", str(folder / "work")]
    asked = [
        ("I have been elected", "master.Master", *here, "--port", str(port)),
        ("Successfully registered", "worker.Worker", *here, *room, url),
    ]
    with ExitStack() as stack:
        for ready, name, *options in asked:
            log = stack.enter_context((folder / f"{name}.log").open("w+"))
            command = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{name}"]
            node = subprocess.Popen([*command, *options], env=env, stderr=log)
            stack.callback(node.wait)
            stack.callback(node.terminate)
            said = folder / f"{name}.log"
            deadline = time.monotonic() + 60
            while ready not in said.read_text("utf-8"):
                assert node.poll() is None, said.read_text("utf-8")
                assert time.monotonic() < deadline, said.read_text("utf-8")
                time.sleep(0.2)
        yield url


@pytest.mark.slow
def test_a_cluster_of_its_own_processes_gives_the_same_files(tmp_path):
    """Neither memory nor scratch folders are shared: only the dump's path is."""
    if why := lacking():
        pytest.fail(why) if CI else pytest.skip(why)
    make(tmp_path / "dump", 3_000)
    asked = ["run", str(tmp_path / "dump"), "--cutoff", str(CUTOFF), "--out"]
    told = [sys.executable, "-m", "auditor", *asked]
    with cluster(tmp_path) as master:
        far = ["far", "--engine", "spark", "--master", master]
        for place, *more in (["local"], far):
            env = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"}
            run = [*told, str(tmp_path / place), *more]
            done = subprocess.run(run, env=env, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
    told_where = ["manifest.json", "report.html"]  # they name the engine and its master
    assert differing(tmp_path / "local", tmp_path / "far") == told_where


@pytest.mark.slow
def test_a_mapping_with_two_case_ids_in_a_row_is_refused_by_its_code(
    spark, small, tmp_path
):
    case = {"case_id": "C1", "county_code": "330101", "utility": "U1"}
    write_table(tmp_path / "dump", "cases", [case])
    write_table(tmp_path / "dump", "events", [{"case_id": "C1", "step": "accept"}])
    mapping = tmp_path / "two.toml"
    mapping.write_text(
        '[mapping]\nid = "two"\ntitle_zh = "二"\ntitle_en = "two"\n'
        '[[table]]\nfile = "cases*"\nto = "cases"\n'
        '[[table]]\nfile = "cases*"\nto = "meters"\nalso = true\n'
        'rename = { case_id = "utility" }\n',
        "utf-8",
    )
    settings = Settings(
        (tmp_path / "dump",), tmp_path / "run", cutoff=CUTOFF, outputs=(),
        engine="spark", mapping=mapping,
    )  # fmt: skip
    with pytest.raises(AuditError) as error:
        run(settings)
    assert error.value.code == "AUD445"
    assert not settings.out.exists()


@pytest.mark.slow
def test_a_job_that_fails_says_its_cause_and_leaves_nothing(
    spark, tmp_path, monkeypatch
):
    make(tmp_path / "dump", 100)
    monkeypatch.setattr(tasks, "STAGED_ROWS", "many")  # the reading task breaks on it
    settings = Settings(
        (tmp_path / "dump",), tmp_path / "run", cutoff=CUTOFF, engine="spark"
    )
    with pytest.raises(AuditError) as error:
        run(settings)
    assert error.value.code == "AUD443"
    assert "Error: " in error.value.fields["why"]
    assert not settings.out.exists()


def refusal(tmp_path, **more) -> AuditError:
    make(tmp_path / "dump", 10)
    settings = Settings((tmp_path / "dump",), tmp_path / "run", cutoff=CUTOFF, **more)
    with pytest.raises(AuditError) as error:
        run(settings)
    assert not settings.out.exists()
    return error.value


def test_without_pyspark_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    found = refusal(tmp_path, engine="spark")
    assert (found.code, found.exit_code) == ("AUD440", 2)
    assert "auditor[spark]" in found.render("en")


def test_an_old_spark_is_refused(tmp_path, monkeypatch):
    pyspark = pytest.importorskip("pyspark")
    monkeypatch.setattr(pyspark, "__version__", "3.3.1")
    assert refusal(tmp_path, engine="spark").code == "AUD442"


def test_without_java_the_package_is_named(tmp_path, monkeypatch):
    sql = pytest.importorskip("pyspark.sql")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sql.SparkSession, "getActiveSession", lambda: None)
    found = refusal(tmp_path, engine="spark")
    assert found.code == "AUD441"
    assert "openjdk-17-jre-headless" in found.render("zh")


def test_a_master_without_spark_is_a_slip(tmp_path):
    assert refusal(tmp_path, master="spark://host:7077").code == "AUD444"

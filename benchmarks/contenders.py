"""Who is measured, on what data, how often, and what each leaves out."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = sys.executable
SMALL = 100_000  # cases of the dump for whoever is too slow for the large one
SHEET = 30_000  # cases of the dump in workbooks
LOGS = (3_000, 10_000, 30_000)  # cases of the dumps for pm4py, which is quadratic


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do the work: a module to run, the dump that it gets, its rounds."""

    name: str
    title: str
    words: tuple[str, ...]
    cases: int | None = None  # None: as many as asked for
    form: str = "parquet"
    rounds: int = 99
    needs: tuple[str, ...] = ()
    columns: str = "19"
    leaves_out: str = ""
    own: str | None = None  # an environment of its own by this name

    def command(self, python: str, dump: Path, out: Path) -> list[str]:
        """Return the command that measures itself."""
        return [python, "-W", "ignore", "-m", *self.words, str(dump), str(out)]


PLAIN = "rejects, disputes, reasons, findings, evidence"
ALL = (
    Contender("scan", "only scanning the columns", ("benchmarks.product", "scan"),
              columns="0", leaves_out="everything"),
    Contender("duckdb", "DuckDB, hand-written SQL", ("benchmarks.peers.duckdb_sql",),
              leaves_out=PLAIN),
    Contender("polars", "Polars, plain and streaming", ("benchmarks.peers.polars_plain",),
              leaves_out=PLAIN),
    Contender("pandas", "pandas", ("benchmarks.peers.pandas_plain",), rounds=3,
              needs=("pandas>=2.2,<3", "pyarrow", "numpy"), own="pandas", leaves_out=PLAIN),
    Contender("kernel", "the kernel", ("benchmarks.product", "kernel"), columns="all",
              leaves_out="findings, origins of rows, evidence, forms"),
    Contender("tables", "audit run, tables only", ("benchmarks.product", "tables"),
              columns="all", leaves_out="evidence, forms, figures, report, database"),
    Contender("run", "audit run, everything", ("benchmarks.product", "run"),
              columns="all"),
    Contender("bounded", "audit run, everything, memory bounded",
              ("benchmarks.product", "bounded"), rounds=1, columns="all"),
    Contender("spark", "audit run on Spark local[2], tables only",
              ("benchmarks.product", "spark"), rounds=2, needs=("pyspark",),
              columns="all", leaves_out="as above; the start of Spark is told apart"),
    Contender("python", "a plain Python loop over CSV", ("benchmarks.peers.python_loop",),
              cases=SMALL, form="csv", rounds=3, leaves_out=PLAIN),
    Contender("csv-duckdb", "DuckDB turning the CSV into Parquet, UTF-8",
              ("benchmarks.product", "csv"), form="csv", rounds=2, columns="0",
              leaves_out="hashes, other encodings, rejects, the second count, all rules"),
    Contender("stage-utf8", "reading the CSV, UTF-8", ("benchmarks.product", "stage"),
              form="csv", rounds=2, columns="0", leaves_out="cleaning, all rules"),
    Contender("stage-gb18030", "reading the CSV, GB18030",
              ("benchmarks.product", "stage"), form="csv-gb18030", rounds=2,
              columns="0", leaves_out="cleaning, all rules"),
    Contender("stage-xlsx", "reading workbooks (xlsx)", ("benchmarks.product", "stage"),
              cases=SHEET, form="xlsx", rounds=2, columns="0",
              leaves_out="cleaning, all rules"),
    *(Contender(f"pm4py-{n // 1000}k", f"pm4py on {n:,} cases",
                ("benchmarks.peers.pm4py_profile",), cases=n, rounds=1,
                needs=("pm4py", "pyarrow"), own="pm4py", columns="0",
                leaves_out="working days, dated limits, suspensions, attributes, verdicts")
      for n in LOGS),
)  # fmt: skip


def interpreter(contender: Contender, root: Path) -> str | None:
    """Return the Python for a contender, making its environment once; None without it."""
    if contender.own is None:
        names = [need.partition(">")[0] for need in contender.needs]
        lacking = [name for name in names if importlib.util.find_spec(name) is None]
        return None if lacking else HERE
    folder = root / f"venv-{contender.own}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"making an environment for {contender.own} …", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", *contender.needs]
        for command in ([HERE, "-m", "venv", str(folder)], pip):
            if subprocess.run(command, check=False).returncode:
                return None
        (folder / "ready").touch()
    return str(python)

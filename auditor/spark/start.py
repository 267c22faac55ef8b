"""Spark, started with what the tasks need, or told why there is none."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from auditor.errors import AuditError

OLDEST = (3, 4)  # 3.3 cannot send functions of Python 3.11
LOCAL = "local[*]"
OURS = {
    # One core a task: more threads in each would only queue.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.sql.adaptive.enabled": "false",  # one task a partition is meant
    "spark.sql.execution.arrow.maxRecordsPerBatch": "4",  # a record has megabytes
}
AT_HOME = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "4g",
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
}


@contextmanager
def started(master: str | None) -> Iterator[Any]:
    """Yield Spark on ``master``; an active one is used and left running.

    Without ``master`` it is the one of Spark's own settings, else all cores here.

    Raises:
        AuditError: AUD440 without pyspark, AUD441 without Java or when Spark does not
            start, AUD442 for a Spark that is too old, AUD443 when a job fails.
    """
    sql = _pyspark()
    active = sql.SparkSession.getActiveSession()
    spark = active.newSession() if active is not None else _start(sql, master)
    for name in (
        "spark.sql.adaptive.enabled",
        "spark.sql.execution.arrow.maxRecordsPerBatch",
    ):
        spark.conf.set(name, OURS[name])
    try:
        with spark_errors():
            yield spark
    finally:
        if active is None:
            spark.stop()


def _pyspark() -> Any:  # noqa: ANN401 - pyspark is no dependency
    try:
        import pyspark
        from pyspark import sql
    except ImportError as error:
        raise AuditError("AUD440", why=error) from error
    found = tuple(int(word) for word in pyspark.__version__.split(".")[:2])
    if found < OLDEST:
        raise AuditError("AUD442", found=pyspark.__version__)
    return sql


def _start(sql: Any, master: str | None) -> Any:  # noqa: ANN401
    from pyspark import SparkConf

    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise AuditError("AUD441", why="no java")
    conf = SparkConf()
    where = master or conf.get("spark.master") or LOCAL
    settings = OURS | (AT_HOME if where.startswith("local") else {})
    builder = sql.SparkSession.builder.appName("audit").master(where)
    for name, value in settings.items():
        if not conf.contains(name):
            builder = builder.config(name, value)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        return builder.getOrCreate()
    except Exception as error:
        raise AuditError("AUD441", why=_last_line(error)) from error


@contextmanager
def spark_errors() -> Iterator[None]:
    """Turn a failed job into an error of ours; the log of Spark says more.

    Raises:
        AuditError: AUD443.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException) as error:
        raise AuditError("AUD443", why=_last_line(error)) from error


def _last_line(error: Exception) -> str:
    """Return what a failed task said last, which is the cause in its traceback."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [
        line for line in lines if line and not line.startswith(("at ", "...", "Driver"))
    ]
    causes = [line for line in said if "Error: " in line or "Exception: " in line]
    return (causes or said or [type(error).__name__])[-1][:400]


def partition_keys(spark: Any, count: int) -> list[int]:  # noqa: ANN401
    """Return for each of so many partitions a number that Spark's hash sends there."""
    from pyspark.sql import functions

    number = functions.col("id").cast("int")
    place = functions.pmod(functions.hash(number), functions.lit(count))
    found: dict[int, int] = {}
    span = 64
    while len(found) < count:
        span *= 4
        table = spark.range(span).select(place.alias("place"), number.alias("key"))
        for row in table.groupBy("place").min("key").collect():
            found[row[0]] = row[1]
    return [found[place] for place in range(count)]

"""Spark: the same reading, cleaning and kernel, in the tasks of a cluster."""

from auditor.spark.engine import Engine, spark_engine

__all__ = ["Engine", "spark_engine"]

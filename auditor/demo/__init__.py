"""A synthetic province: dump, dossier and the truth, computed without the auditor."""

from auditor.demo.generate import MIN_CASES, read_truth, write_demo

__all__ = ["MIN_CASES", "read_truth", "write_demo"]

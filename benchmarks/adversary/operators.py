"""Every operator, in the order of the modules that tell them."""

from benchmarks.adversary import dates, labels, money, rows
from benchmarks.adversary.operator import OPERATORS, Operator

__all__ = ["OPERATORS", "Operator", "dates", "labels", "money", "rows"]

"""Screens of distributions: counts that add up, and what stands out of them."""

from auditor.screen.frames import TALLY, add_packed, add_tallies, packed
from auditor.screen.screens import screens
from auditor.screen.tally import tally

__all__ = ["TALLY", "add_packed", "add_tallies", "packed", "screens", "tally"]

"""What the signs of rules look for, a three-valued column a sign (38)."""

from auditor.measure.integrity.finders import FINDERS
from auditor.measure.integrity.scene import Absent, Scene, absent_columns
from auditor.measure.integrity.signs import with_signs

__all__ = ["FINDERS", "Absent", "Scene", "absent_columns", "with_signs"]

"""Roll verdicts up: counts that add, then a status a county, city and province."""

from auditor.rollup.benefits import add_benefits, benefits
from auditor.rollup.counts import UNKNOWN, add, count
from auditor.rollup.dossier import Dossier, missing_utilities, valid_roster
from auditor.rollup.laws import check_cases, check_counts
from auditor.rollup.status import rollup

__all__ = [
    "UNKNOWN",
    "Dossier",
    "add",
    "add_benefits",
    "benefits",
    "check_cases",
    "check_counts",
    "count",
    "missing_utilities",
    "rollup",
    "valid_roster",
]

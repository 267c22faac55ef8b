"""Rule packs: a regulation as data, loaded, checked and frozen."""

from auditor.pack.coverage import coverage_page, coverage_rows, with_section
from auditor.pack.forms import (
    CLAUSE_STATUSES,
    BenefitForm,
    BenefitGroup,
    BenefitMeasure,
    Clause,
)
from auditor.pack.load import find_pack, load_pack, rules_folder, shipped_packs
from auditor.pack.model import (
    VERDICTS,
    CaseClock,
    Column,
    Condition,
    Example,
    Fees,
    Indicator,
    Limit,
    Pack,
    Rule,
    Steps,
    Table,
    UserClass,
    Window,
)

__all__ = [
    "CLAUSE_STATUSES",
    "VERDICTS",
    "BenefitForm",
    "BenefitGroup",
    "BenefitMeasure",
    "CaseClock",
    "Clause",
    "Column",
    "Condition",
    "Example",
    "Fees",
    "Indicator",
    "Limit",
    "Pack",
    "Rule",
    "Steps",
    "Table",
    "UserClass",
    "Window",
    "coverage_page",
    "coverage_rows",
    "find_pack",
    "load_pack",
    "rules_folder",
    "shipped_packs",
    "with_section",
]

"""Rule packs: a regulation as data, loaded, checked and frozen."""

from auditor.pack.checks import CHECKS
from auditor.pack.child import differences
from auditor.pack.coverage import coverage_page, coverage_rows, with_section
from auditor.pack.forms import (
    CLAUSE_STATUSES,
    BenefitForm,
    BenefitGroup,
    BenefitMeasure,
    Clause,
)
from auditor.pack.load import (
    digest_of,
    find_pack,
    load_pack,
    rules_folder,
    shipped_packs,
)
from auditor.pack.model import (
    APPROVALS,
    BETWEEN,
    END_ON,
    CaseClock,
    Column,
    Condition,
    Cost,
    Example,
    Indicator,
    Law,
    Limit,
    Note,
    Pack,
    Rule,
    Steps,
    Table,
    UserClass,
    Window,
)
from auditor.pack.signs import SIGN_KINDS, Sign

__all__ = [
    "APPROVALS",
    "BETWEEN",
    "CHECKS",
    "CLAUSE_STATUSES",
    "END_ON",
    "SIGN_KINDS",
    "BenefitForm",
    "BenefitGroup",
    "BenefitMeasure",
    "CaseClock",
    "Clause",
    "Column",
    "Condition",
    "Cost",
    "Example",
    "Indicator",
    "Law",
    "Limit",
    "Note",
    "Pack",
    "Rule",
    "Sign",
    "Steps",
    "Table",
    "UserClass",
    "Window",
    "coverage_page",
    "coverage_rows",
    "differences",
    "digest_of",
    "find_pack",
    "load_pack",
    "rules_folder",
    "shipped_packs",
    "with_section",
]

"""Rule packs: a regulation as data, loaded, checked and frozen."""

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
    "VERDICTS",
    "CaseClock",
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
    "find_pack",
    "load_pack",
    "rules_folder",
    "shipped_packs",
]

"""Judge the facts of a finished run under other limits or pages, without its rows."""

from auditor.whatif.asked import Change, read_changes
from auditor.whatif.differing import Differing
from auditor.whatif.judged import WhatIf, whatif, write_whatif
from auditor.whatif.moving import Impact, impact, write_impact

__all__ = [
    "Change",
    "Differing",
    "Impact",
    "WhatIf",
    "impact",
    "read_changes",
    "whatif",
    "write_impact",
    "write_whatif",
]

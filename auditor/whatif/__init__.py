"""Judge the facts of a finished run under other limits, without reading its rows."""

from auditor.whatif.asked import Change, read_changes
from auditor.whatif.judged import WhatIf, whatif, write_whatif

__all__ = ["Change", "WhatIf", "read_changes", "whatif", "write_whatif"]

"""Audit every single application of a log against the rules of a regulation.

Each command of ``audit`` is a function here, and each name below is loaded when it is
first used, so that ``import auditor`` costs next to nothing::

    import auditor

    done = auditor.run(auditor.Settings(inputs=(dump,), out=out))
    found = auditor.read_run(out)
    found.rollup  # a polars frame: level, code, rule_id, six counts, status, rate, …
    auditor.explain(out, "A-1").rulings

Frames are polars. Durations are working days, or calendar days in a pack without a
calendar; money is yuan; dates are local days of the pack's zone. Null means unknown
or disputed, never zero. What a user can mend is raised as :class:`AuditError`.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.compare import Comparison, compare, write_comparison
    from auditor.demo import write_demo
    from auditor.drawing import Drawn, draw
    from auditor.errors import AuditError
    from auditor.explain import Argument, explain
    from auditor.fonts import use_chinese_font
    from auditor.inspect import Inspection, inspect, write_mapping
    from auditor.mutation import Mutation, mutate
    from auditor.pack import Pack, load_pack, rules_folder, shipped_packs
    from auditor.pipeline import Run, run
    from auditor.query import query
    from auditor.runs import FinishedRun, read_run
    from auditor.scaffold import NewRule, RuleDraft, new_rule
    from auditor.settings import Clock, Limits, Settings
    from auditor.verify import Verified, verify
    from auditor.whatif import Impact, WhatIf, impact, whatif, write_impact

_HOMES = {
    "Argument": "auditor.explain",
    "AuditError": "auditor.errors",
    "Clock": "auditor.settings",
    "Comparison": "auditor.compare",
    "Drawn": "auditor.drawing",
    "FinishedRun": "auditor.runs",
    "Impact": "auditor.whatif",
    "Inspection": "auditor.inspect",
    "Limits": "auditor.settings",
    "Mutation": "auditor.mutation",
    "NewRule": "auditor.scaffold",
    "Pack": "auditor.pack",
    "RuleDraft": "auditor.scaffold",
    "Run": "auditor.pipeline",
    "Settings": "auditor.settings",
    "Verified": "auditor.verify",
    "WhatIf": "auditor.whatif",
    "compare": "auditor.compare",
    "draw": "auditor.drawing",
    "explain": "auditor.explain",
    "impact": "auditor.whatif",
    "inspect": "auditor.inspect",
    "load_pack": "auditor.pack",
    "mutate": "auditor.mutation",
    "new_rule": "auditor.scaffold",
    "query": "auditor.query",
    "read_run": "auditor.runs",
    "rules_folder": "auditor.pack",
    "run": "auditor.pipeline",
    "shipped_packs": "auditor.pack",
    "use_chinese_font": "auditor.fonts",
    "verify": "auditor.verify",
    "whatif": "auditor.whatif",
    "write_comparison": "auditor.compare",
    "write_demo": "auditor.demo",
    "write_impact": "auditor.whatif",
    "write_mapping": "auditor.inspect",
}

__all__ = [
    "Argument",
    "AuditError",
    "Clock",
    "Comparison",
    "Drawn",
    "FinishedRun",
    "Impact",
    "Inspection",
    "Limits",
    "Mutation",
    "NewRule",
    "Pack",
    "RuleDraft",
    "Run",
    "Settings",
    "Verified",
    "WhatIf",
    "compare",
    "draw",
    "explain",
    "impact",
    "inspect",
    "load_pack",
    "mutate",
    "new_rule",
    "query",
    "read_run",
    "rules_folder",
    "run",
    "shipped_packs",
    "use_chinese_font",
    "verify",
    "whatif",
    "write_comparison",
    "write_demo",
    "write_impact",
    "write_mapping",
]


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it.

    Raises:
        AttributeError: the name is not public.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'auditor' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names as well, loaded or not."""
    return sorted({*globals(), *_HOMES})


class _Front(ModuleType):
    """This package; a module that bears the name of its function stays behind it."""

    def __setattr__(self, name: str, value: object) -> None:
        # Importing auditor.explain would put the module where the function belongs.
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Front

"""Which columns of facts the rules of a pack are judged by, read off the rules."""

from collections.abc import Iterator

import polars as pl

from auditor.judge.compile import Compiler
from auditor.judge.evaluate import KEYS
from auditor.judge.findings import measures
from auditor.pack import Pack


def needed(pack: Pack) -> list[str]:
    """Return the columns of facts that judge the pack's rules on cases, keys first.

    With these columns alone :func:`auditor.judge.judge` comes out as with all of them,
    and so do the findings of rules that compare something.
    """
    clock = pack.clock
    names = {"county_code": clock.county, "utility": clock.utility}
    keys = (names.get(key, key) for key in KEYS)
    asked = sorted({name for expr in _expressions(pack) for name in _roots(expr)})
    return list(dict.fromkeys(name for name in (*keys, *asked) if name is not None))


def _expressions(pack: Pack) -> Iterator[pl.Expr]:
    compiler = Compiler(pack)
    for rule in pack.case_rules:
        yield from compiler.columns(rule)
        yield from measures(rule)


def _roots(expr: pl.Expr) -> list[str]:
    return expr.meta.root_names()

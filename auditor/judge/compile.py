"""Compile rule pages to expressions: two small-integer columns a rule, one pass."""

import polars as pl

from auditor.judge.kinds import Kinds
from auditor.judge.order import Test, decide, population
from auditor.judge.reads import blocked, only_named
from auditor.judge.words import Coder
from auditor.pack import Pack, Rule
from auditor.vocabulary import LEFT_OUT


class Compiler:
    """Compiles the rules of one pack, in the order of tests of 16, 17, 19 and 22."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.code = Coder(pack)
        self.kinds = Kinds(pack, self.code)

    def columns(self, rule: Rule) -> list[pl.Expr]:
        """Return the verdict and reason codes of one rule.

        What was lost to rejects blocks a pass or a pending, and nothing else (29); of a
        case that only a rejected row names, nothing is known.
        """
        tests = [*population(rule, self.code), *self._gates(), *self.kinds.tests(rule)]
        verdict, reason = decide(tests, self.code)
        in_favour = self.code.is_any(verdict, ("pass", "pending"))
        lost = (blocked(rule, self.pack) & in_favour) | only_named(self.pack)
        shut = pl.when(lost)
        return [
            shut.then(self.code.verdict("undetermined"))
            .otherwise(verdict)
            .alias(rule.id),
            shut.then(self.code.reason("rejected_rows"))
            .otherwise(reason)
            .alias(f"{rule.id}_reason"),
        ]

    def _gates(self) -> list[Test]:
        """Return the tests that leave a case out before its rule is asked (13, 14)."""
        stopped = [self._gate(word, "excluded") for word in LEFT_OUT]
        return [*stopped, self._gate("period_edge", "undetermined")]

    def _gate(self, word: str, verdict: str) -> Test:
        here = (pl.col("gate") == word).fill_null(value=False)
        return Test(here, verdict, self.code.reason(word))


Columns = tuple[list[pl.Expr], list[pl.Expr]]  # codes of the rules, then their words
_KEPT = 4
_made: list[tuple[Pack, Columns]] = []  # of the packs last judged by


def compiled(pack: Pack) -> Columns:
    """Return the columns of all rules on cases; a pack is compiled once a process.

    Compiling takes as long as judging a few cases, and an argument or a comparison
    judges a few cases at a time.
    """
    for known, columns in _made:
        if known is pack:
            return columns
    compiler = Compiler(pack)
    codes = [expr for rule in pack.case_rules for expr in compiler.columns(rule)]
    words = [expr for rule in pack.case_rules for expr in compiler.code.words(rule.id)]
    _made[:] = [*_made, (pack, (codes, words))][-_KEPT:]
    return codes, words

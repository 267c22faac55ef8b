"""The kinds of rules on cases: each is its own list of tests, in order."""

import polars as pl

from auditor.judge.order import Test, first_of
from auditor.judge.parts import Part, limit_bounds, parts
from auditor.judge.signs import sign_tests
from auditor.judge.words import Coder
from auditor.pack import END_ON, Pack, Rule
from auditor.vocabulary import UNMAPPED

END_REASONS = ("end_lost", "energised_and_withdrawn", "withdrawn_without_date")
ACROSS_SIGNS = (
    "chain_over_limit", "reapplied", "split_below_threshold", "operator_burst",
    "number_out_of_sequence", "number_gap",
)  # fmt: skip
ACROSS_DOUBTS = (
    "column_absent", "no_key", "key_shared", "capacity_missing", "no_entry_time",
    "no_numbering_rule", "number_unreadable", "no_start",
)  # fmt: skip
COST_REASONS = ("fee_unknown", "cost_contradicted", "negative_cost")
Why = list[tuple[pl.Expr, pl.Expr]]


class Kinds:
    """Gives the tests of each kind of rule of one pack."""

    def __init__(self, pack: Pack, code: Coder) -> None:
        self.pack = pack
        self.code = code

    def tests(self, rule: Rule) -> list[Test]:
        """Return the tests of a rule, to be asked once its case is let in."""
        kinds = {
            "time": self._time,
            "steps": self._steps,
            "cost": self._cost,
            "flag": self._flag,
            "documents": self._documents,
            "signal": self._signs,
            "violation": self._signs,
            "across": self._across,
        }
        return kinds[rule.kind](rule)

    def _test(self, where: pl.Expr, verdict: str, reason: str) -> Test:
        return Test(where, verdict, self.code.reason(reason))

    def _time(self, rule: Rule) -> list[Test]:
        compared = parts(rule)
        over, overdue = self.code.reason("over_limit"), self.code.reason("open_overdue")
        first: Why = []
        for part in compared:
            longer = (part.run > part.lo).fill_null(value=True)
            running = part.running_breach & longer & _stands("open")
            first += [(running, overdue), (part.breach, over)]
        breach = pl.any_horizontal([part.breach for part in compared])
        inside = pl.all_horizontal([self._settled(part) for part in compared])
        return [
            Test(breach, "fail", first_of(first, over)),
            self._test(_stands("withdrawn"), "excluded", "withdrawn"),
            self._end_unknown(),
            Test(~inside, "undetermined", self._doubt(compared)),
            self._test(_stands("open"), "pending", "within_limit"),
        ]

    def _settled(self, part: Part) -> pl.Expr:
        """The part is within its limit, and its stages were logged at all (25)."""
        if part.fact == END_ON:
            return part.inside & ~_backwards()
        if any(window.needs_events for window in self.pack.forms_of(part.fact)):
            return part.inside & (pl.col("n_events") > 0)
        return part.inside

    def _doubt(self, compared: list[Part]) -> pl.Expr:
        """Name why the first doubtful part is not settled."""
        doubts = [(~self._settled(part), self._why(part)) for part in compared]
        return first_of(doubts, self.code.reason("stamp_missing"))

    def _why(self, part: Part) -> pl.Expr:
        code = self.code.reason
        if part.fact == END_ON:
            known: Why = [
                (part.limit_lo.is_null(), code("limit_missing")),
                (_backwards(), code("end_before_start")),
            ]
            return first_of(known, code("disputed_dates"))
        windows = self.pack.forms_of(part.fact)
        why: Why = [(part.hi.is_not_null(), code("disputed_dates"))]
        if any(window.needs_events for window in windows):
            why.insert(0, (pl.col("n_events") == 0, code("no_events")))
        if any(window.from_start for window in windows):
            why += [
                (pl.col("start_hi").is_null(), code("no_start")),
                (pl.col("start_lo").is_null(), code("start_bound_only")),
                (_backwards(), code("end_before_start")),
            ]
        if not any(window.is_whole for window in windows):
            return first_of(why, code("stamp_missing"))
        end_lost = pl.col("end_lo").is_not_null() & pl.col("end_hi").is_null()
        return first_of([*why, (end_lost, code("end_lost"))], code("outside_calendar"))

    def _end_unknown(self) -> Test:
        said = pl.col("end_reason")
        reason = first_of(
            self._words(said, END_REASONS), self.code.reason("no_end_date")
        )
        return Test(_stands("unknown"), "undetermined", reason)

    def _words(self, said: pl.Expr, words: tuple[str, ...]) -> Why:
        """Return the reason of each word beside where it is what was said."""
        return [
            ((said == word).fill_null(value=False), self.code.reason(word))
            for word in words
        ]

    def _steps(self, rule: Rule) -> list[Test]:
        steps = self.pack.steps
        _, most = limit_bounds(rule, rule.facts[0])
        count, named = pl.col("step_count"), pl.col("named")
        forbidden = (named & steps.mask(rule.forbidden)) != 0
        unmapped = (named & steps.mask((UNMAPPED,))) != 0
        lost = (pl.col("lost_tables") & self.pack.table_mask(("events",))) != 0
        return [
            self._test(forbidden, "fail", "forbidden_step"),
            self._test(count > most, "fail", "too_many_steps"),
            self._test(unmapped, "undetermined", "unmapped_step"),
            self._test(lost, "undetermined", "rejected_rows"),
            self._test(count == 0, "undetermined", "no_step"),
            self._end_unknown(),
            self._test(_stands("open"), "pending", "within_limit"),
            self._test(_stands("withdrawn"), "excluded", "withdrawn"),
        ]

    def _cost(self, rule: Rule) -> list[Test]:
        _, most = limit_bounds(rule, rule.facts[0])
        said = pl.col("cost_reason")
        known = self._words(said, COST_REASONS)
        inside = (pl.col("cost_hi") <= most).fill_null(value=False)
        breach = (pl.col("cost_lo") > most).fill_null(value=False)
        doubt = first_of(known, self.code.reason("cost_missing"))
        return [
            self._test(breach, "fail", "user_paid"),
            *self._still_open(),
            Test(~(said.is_null() & inside), "undetermined", doubt),
        ]

    def _flag(self, rule: Rule) -> list[Test]:
        flag = pl.col(str(rule.flag))
        return [
            self._test((~flag).fill_null(value=False), "fail", "flag_false"),
            *self._still_open(),
            self._test(flag.is_null(), "undetermined", "flag_missing"),
        ]

    def _documents(self, rule: Rule) -> list[Test]:
        known = pl.col(f"{rule.id}_known")
        return [
            self._test(pl.col(f"{rule.id}_extra"), "fail", "not_listed"),
            *self._still_open(),
            self._test(~known, "undetermined", "no_documents"),
        ]

    def _signs(self, rule: Rule) -> list[Test]:
        return sign_tests(rule, self.code, self._still_open())

    def _across(self, rule: Rule) -> list[Test]:
        """Return what the side tables say of the case (38)."""
        said, why = pl.col(f"{rule.id}_said"), pl.col(f"{rule.id}_why")
        found = (
            ("fail", ACROSS_SIGNS, self.code.reason("reapplied")),
            ("undetermined", ACROSS_DOUBTS, self.code.reason("rejected_rows")),
        )
        return [
            Test(
                (said == verdict).fill_null(value=False),
                verdict,
                first_of(self._words(why, words), rest),
            )
            for verdict, words, rest in found
        ]

    def _still_open(self) -> list[Test]:
        """Return the tests on a case that has not ended with power (19)."""
        return [
            self._end_unknown(),
            self._test(_stands("open"), "pending", "may_still_change"),
            self._test(_stands("withdrawn"), "excluded", "withdrawn"),
        ]


def _stands(state: str) -> pl.Expr:
    return pl.col("end_state") == state


def _backwards() -> pl.Expr:
    """The candidates allow the end before the start, which proves nothing (1)."""
    return (pl.col("end_lo") < pl.col("start_hi")).fill_null(value=False)

"""Compile rule pages to expressions: two small-integer columns a rule, one pass."""

from dataclasses import dataclass

import polars as pl

from auditor.frames.conditions import all_hold, holds
from auditor.judge.reads import blocked
from auditor.judge.words import Coder
from auditor.pack import Limit, Pack, Rule

END_ON = "end_on"
EPOCH = pl.lit(0, pl.Int32).cast(pl.Date)


@dataclass(frozen=True, slots=True)
class Test:
    """One step in the order of tests: where it holds, the verdict and its reason."""

    where: pl.Expr
    verdict: str
    reason: pl.Expr | None


def applies(rule: Rule) -> pl.Expr:
    """Three-valued: does the rule speak about the case?"""
    return all_hold(rule.applies)


def limit_bounds(rule: Rule, fact: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the smallest and largest limit that can bind, by submission date (12)."""
    first, *amendments = rule.limits_on(fact)
    low = high = limit_value(first)
    for limit in amendments:
        since, value = pl.lit(limit.since), limit_value(limit)
        surely = (pl.col("start_lo") >= since).fill_null(value=False)
        maybe = (pl.col("start_hi") >= since).fill_null(value=True)
        low = (
            pl.when(surely)
            .then(value)
            .when(maybe)
            .then(pl.min_horizontal(low, value))
            .otherwise(low)
        )
        high = (
            pl.when(surely)
            .then(value)
            .when(maybe)
            .then(pl.max_horizontal(high, value))
            .otherwise(high)
        )
    return low, high


def limit_value(limit: Limit) -> pl.Expr:
    """The limit as a number, or as days since 1970 for a date column of the case."""
    if limit.column is not None:
        return pl.col(limit.column).to_physical().cast(pl.Float64)
    return pl.lit(limit.value, pl.Float64)


@dataclass(frozen=True, slots=True)
class Part:
    """One compared fact of a time rule."""

    fact: str
    lo: pl.Expr
    run: pl.Expr
    hi: pl.Expr
    limit_lo: pl.Expr
    limit_hi: pl.Expr

    @property
    def closed_breach(self) -> pl.Expr:
        """A finished window is over even the largest limit that can bind."""
        return (self.lo > self.limit_hi).fill_null(value=False)

    @property
    def running_breach(self) -> pl.Expr:
        """A running window is already over at the cut-off or the withdrawal."""
        return (self.run > self.limit_hi).fill_null(value=False)

    @property
    def breach(self) -> pl.Expr:
        """Either of the two."""
        return self.closed_breach | self.running_breach

    @property
    def inside(self) -> pl.Expr:
        """The largest value that the rows allow is within the smallest limit."""
        return (self.hi <= self.limit_lo).fill_null(value=False)

    @property
    def measured(self) -> pl.Expr:
        """The proven value: the smallest that the rows allow; for a date, days past it."""
        proven = pl.max_horizontal(self.lo, self.run)
        return proven - self.limit_hi if self.fact == END_ON else proven

    @property
    def limit(self) -> pl.Expr:
        """The limit that goes with ``measured``; a date allows no day past it."""
        return pl.lit(0.0) if self.fact == END_ON else self.limit_hi


def parts(rule: Rule) -> list[Part]:
    """Return the compared facts of a rule in window order."""
    made = []
    for fact in rule.facts:
        low, high = limit_bounds(rule, fact)
        made.append(Part(fact, *_fact(fact), low, high))
    return made


def _fact(fact: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    if fact != END_ON:
        columns = (
            pl.col(f"{fact}_{part}").cast(pl.Float64) for part in ("by", "run", "hi")
        )
        lo, run, hi = columns
        return lo, run, hi
    running = pl.col("end_state").is_in(["open", "withdrawn"])
    lo = pl.when(~running).then("end_lo")
    run = pl.when(running).then("horizon_lo")
    hi = pl.when(running).then("horizon_hi").otherwise("end_hi")
    days = [day.to_physical().cast(pl.Float64) for day in (lo, run, hi)]
    return days[0], days[1], days[2]


class Compiler:
    """Compiles the rules of one pack; the order of tests is semantics 16, 17, 19, 22."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.code = Coder(pack)

    def columns(self, rule: Rule) -> list[pl.Expr]:
        """Return the verdict and reason codes of one rule."""
        verdict = self.code.verdict("pass")
        reason: pl.Expr = pl.lit(None, pl.UInt8)
        for test in reversed([*self._gates(rule), *self._tests(rule)]):
            given = pl.lit(None, pl.UInt8) if test.reason is None else test.reason
            verdict = (
                pl.when(test.where)
                .then(self.code.verdict(test.verdict))
                .otherwise(verdict)
            )
            reason = pl.when(test.where).then(given).otherwise(reason)
        lost = blocked(rule, self.pack)
        open_verdicts = verdict.is_in(
            [self.code._verdict["pass"], self.code._verdict["pending"]]
        )
        shut = lost & open_verdicts
        return [
            pl.when(shut).then(self.code.verdict("undetermined")).otherwise(verdict).alias(rule.id),
            pl.when(shut).then(self.code.reason("rejected_rows")).otherwise(reason).alias(f"{rule.id}_reason"),
        ]  # fmt: skip

    def _gates(self, rule: Rule) -> list[Test]:
        population = applies(rule)
        tests = [
            Test((~holds(c)).fill_null(value=False), "not_applicable", self.code.reason(f"outside_{c.column}"))
            for c in rule.applies
        ]  # fmt: skip
        tests += [
            Test(population.is_null() & holds(c).is_null(), "undetermined", self.code.reason(f"missing_{c.column}"))
            for c in rule.applies
        ]  # fmt: skip
        gate = pl.col("gate")
        tests += [
            Test(
                (gate == word).fill_null(value=False),
                "excluded",
                self.code.reason(word),
            )
            for word in ("out_of_scope", "after_cutoff", "before_period")
        ]
        edge = (gate == "period_edge").fill_null(value=False)
        return [*tests, Test(edge, "undetermined", self.code.reason("period_edge"))]

    def _tests(self, rule: Rule) -> list[Test]:
        kinds = {
            "time": self._time,
            "steps": self._steps,
            "cost": self._cost,
            "flag": self._flag,
            "documents": self._documents,
        }
        return kinds[rule.kind](rule)

    # -- where a case stands ---------------------------------------------------

    def _stands(self, state: str) -> pl.Expr:
        return pl.col("end_state") == state

    def _end_unknown(self) -> Test:
        reason = self.code.reason("no_end_date")
        for word in ("end_lost", "energised_and_withdrawn", "withdrawn_without_date"):
            same = (pl.col("end_reason") == word).fill_null(value=False)
            reason = pl.when(same).then(self.code.reason(word)).otherwise(reason)
        return Test(self._stands("unknown"), "undetermined", reason)

    # -- the four kinds ----------------------------------------------------------

    def _time(self, rule: Rule) -> list[Test]:
        compared = parts(rule)
        breach = pl.any_horizontal([part.breach for part in compared])
        inside = pl.all_horizontal([self._settled(part) for part in compared])
        over, overdue = self.code.reason("over_limit"), self.code.reason("open_overdue")
        first = over
        for part in reversed(compared):
            longer = (part.run > part.lo).fill_null(value=True)
            running = part.running_breach & longer & self._stands("open")
            first = (
                pl.when(running)
                .then(overdue)
                .when(part.breach)
                .then(over)
                .otherwise(first)
            )
        return [
            Test(breach, "fail", first),
            Test(self._stands("withdrawn"), "excluded", self.code.reason("withdrawn")),
            self._end_unknown(),
            Test(~inside, "undetermined", self._doubt(compared)),
            Test(self._stands("open"), "pending", self.code.reason("within_limit")),
        ]

    def _doubt(self, compared: list[Part]) -> pl.Expr:
        """Name why the first doubtful part is not settled."""
        code = self.code.reason
        reason = code("stamp_missing")
        silent = pl.col("n_events") == 0
        for part in reversed(compared):
            if part.fact == END_ON:
                why = (
                    pl.when(part.limit_lo.is_null()).then(code("limit_missing"))
                    .when(self._backwards()).then(code("end_before_start"))
                    .otherwise(code("disputed_dates"))
                )  # fmt: skip
            else:
                bounded = part.hi.is_not_null()
                uses_start = any(
                    w.start == ("start",)
                    for w in self.pack.windows
                    if w.id == part.fact
                )
                needs = any(
                    w.needs_events for w in self.pack.windows if w.id == part.fact
                )
                why = (
                    pl.when(silent & pl.lit(needs))
                    .then(code("no_events"))
                    .when(bounded)
                    .then(code("disputed_dates"))
                )
                if uses_start:
                    start = pl.col("start_hi").is_null()
                    only = pl.col("start_lo").is_null()
                    why = (
                        why.when(start)
                        .then(code("no_start"))
                        .when(only)
                        .then(code("start_bound_only"))
                    )
                    why = why.when(self._backwards()).then(code("end_before_start"))
                whole = any(
                    w.to == "end" and w.start == ("start",)
                    for w in self.pack.windows
                    if w.id == part.fact
                )
                end_lost = pl.col("end_lo").is_not_null() & pl.col("end_hi").is_null()
                why = (
                    why.when(pl.lit(whole) & end_lost)
                    .then(code("end_lost"))
                    .when(pl.lit(whole))
                    .then(code("outside_calendar"))
                    .otherwise(code("stamp_missing"))
                )
            reason = pl.when(~self._settled(part)).then(why).otherwise(reason)
        return reason

    def _settled(self, part: Part) -> pl.Expr:
        """The part is within its limit, and its stages were logged at all (25)."""
        if part.fact == END_ON:
            return part.inside & ~self._backwards()
        if any(w.needs_events for w in self.pack.windows if w.id == part.fact):
            return part.inside & (pl.col("n_events") > 0)
        return part.inside

    def _backwards(self) -> pl.Expr:
        """The candidates allow the end before the start, which proves nothing (1)."""
        return (pl.col("end_lo") < pl.col("start_hi")).fill_null(value=False)

    def _steps(self, rule: Rule) -> list[Test]:
        steps = self.pack.steps
        _, most = limit_bounds(rule, "step_count")
        forbidden = (pl.col("named") & steps.mask(rule.forbidden)) != 0
        events = 1 << list(self.pack.tables).index("events")
        return [
            Test(forbidden, "fail", self.code.reason("forbidden_step")),
            Test(pl.col("step_count") > most, "fail", self.code.reason("too_many_steps")),
            Test((pl.col("named") & steps.mask(("unmapped",))) != 0, "undetermined", self.code.reason("unmapped_step")),
            Test((pl.col("lost_tables") & events) != 0, "undetermined", self.code.reason("rejected_rows")),
            Test(pl.col("step_count") == 0, "undetermined", self.code.reason("no_step")),
            self._end_unknown(),
            Test(self._stands("open"), "pending", self.code.reason("within_limit")),
            Test(self._stands("withdrawn"), "excluded", self.code.reason("withdrawn")),
        ]  # fmt: skip

    def _cost(self, rule: Rule) -> list[Test]:
        _, most = limit_bounds(rule, "user_cost_yuan")
        doubt = self.code.reason("cost_missing")
        for word in ("fee_unknown", "cost_contradicted", "negative_cost"):
            same = (pl.col("cost_reason") == word).fill_null(value=False)
            doubt = pl.when(same).then(self.code.reason(word)).otherwise(doubt)
        settled = pl.col("cost_reason").is_null() & (
            pl.col("cost_hi") <= most
        ).fill_null(value=False)
        breach = (pl.col("cost_lo") > most).fill_null(value=False)
        return [
            Test(breach, "fail", self.code.reason("user_paid")),
            *self._still_open(),
            Test(~settled, "undetermined", doubt),
        ]

    def _flag(self, rule: Rule) -> list[Test]:
        flag = pl.col(str(rule.flag))
        refuted = (~flag).fill_null(value=False)
        return [
            Test(refuted, "fail", self.code.reason("flag_false")),
            *self._still_open(),
            Test(flag.is_null(), "undetermined", self.code.reason("flag_missing")),
        ]

    def _documents(self, rule: Rule) -> list[Test]:
        return [
            Test(pl.col(f"{rule.id}_extra"), "fail", self.code.reason("not_listed")),
            *self._still_open(),
            Test(
                ~pl.col(f"{rule.id}_known"),
                "undetermined",
                self.code.reason("no_documents"),
            ),
        ]

    def _still_open(self) -> list[Test]:
        return [
            self._end_unknown(),
            Test(self._stands("open"), "pending", self.code.reason("may_still_change")),
            Test(self._stands("withdrawn"), "excluded", self.code.reason("withdrawn")),
        ]

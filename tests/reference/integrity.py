"""The rules on signs: whom they speak about, what they look for and need [38]."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.reference import breaches, signs
from tests.reference.population import (
    LOW_VOLTAGE_STAGES,
    ONE_SOURCE_STAGES,
    TWO_SOURCE_STAGES,
)
from tests.reference.rules import PAPER, Judged, Verdict, _standing
from tests.reference.signs import Answer, Test, both

Condition = tuple[str, tuple[object, ...]]
HIGH = ("customer_type", ("hv",))
LOW = ("customer_type", ("resident", "lv_nonresident"))
RESIDENT = ("customer_type", ("resident",))
FIRM = ("customer_type", ("lv_nonresident",))
ZERO, OTHER = ("three_zero", (True,)), ("three_zero", (False,))
STAMPS = ("events.started_at", "events.finished_at")
STAGED = (
    "cases.submitted_at",
    "cases.energised_at",
    *STAMPS,
    "events.round",
    "events.result",
)
LIT = ("cases.energised_at", *STAMPS)


@dataclass(frozen=True)
class Sign:
    """One thing to look for: where, how, and the columns without which nobody can.

    ``reads`` are columns that may be absent, but of which no cell may be lost.
    """

    name: str
    test: Test
    needs: tuple[str, ...]
    reads: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule: a signal asks of all that has happened, a breach of finished cases."""

    signs: tuple[Sign, ...]
    applies: tuple[Condition, ...] = ()
    breach: bool = False
    most: tuple[str, int] | None = None


@dataclass
class Seen:
    """What came of one rule on one case."""

    verdict: Verdict
    fired: list[str] = field(default_factory=list)


def _whole_limits(judged: Judged) -> Answer:
    """Ask about every limit on the whole process that is set for the user [12]."""
    kind, zero = judged.record.get("customer_type"), judged.record.get("three_zero")
    home = None if kind is None else kind == "resident"
    firm = None if kind is None else kind == "lv_nonresident"
    promised = both(firm, zero)
    limits = [(home, 5), (promised, 25), (promised, 20), (promised, 15)]
    return signs.near_a_limit(judged, limits)


METERS = ("meters.installed_at", "meters.first_reading_at", "meters.first_energy_at")
ENTRY, CHARGE = ("events.recorded_at",), ("fees.item", "fees.amount_yuan", "fees.payer")
PAPERS = ("materials.step", "materials.document")
SAID = ("cases.user_cost_yuan",)
RULES = {
    "int01": Rule((Sign("meter", signs.meter_first, METERS),)),
    "int02": Rule(
        (
            Sign(
                "check",
                lambda j: signs.power_before(j, "completion_check"),
                ("events.finished_at",),
                (*LIT, "events.round", "events.result"),
                (HIGH,),
            ),
            Sign(
                "accept",
                lambda j: signs.power_before(j, "accept"),
                ("events.finished_at",),
                LIT,
            ),
        )
    ),
    "int03": Rule(
        (
            Sign("order", signs.out_of_order, STAMPS),
            Sign("row", signs.backwards, STAMPS),
        )
    ),
    "int04": Rule(
        (
            Sign(
                "minutes at high voltage", signs.entered_together, ENTRY, when=(HIGH,)
            ),
            Sign("minutes", signs.entered_together, ENTRY, when=(LOW,)),
            Sign("one day", signs.entered_on_one_day, ENTRY, when=(HIGH,)),
        )
    ),
    "int05": Rule(
        (
            Sign("late", signs.entered_late, ENTRY, STAMPS),
            Sign("early", signs.entered_early, ENTRY, STAMPS),
        )
    ),
    "int12": Rule(
        (
            Sign(
                "near",
                _whole_limits,
                ("suspensions.from_date",),
                ("cases.submitted_at",),
            ),
            Sign("often", signs.again_and_again, ("suspensions.from_date",)),
            Sign(
                "bare",
                signs.unproven,
                (
                    "suspensions.from_date",
                    "suspensions.reason",
                    "suspensions.evidence_id",
                ),
            ),
            Sign(
                "worked",
                signs.worked_meanwhile,
                ("suspensions.from_date", "suspensions.reason", "events.step"),
                ("suspensions.to_date", *STAMPS),
            ),
        )
    ),
    "int13": Rule(
        (
            Sign(
                "accept",
                lambda j: breaches.skipped(j, ("accept",)),
                ("events.step",),
                LIT,
            ),
            Sign(
                "high",
                lambda j: breaches.skipped(j, ("plan_reply", "completion_check")),
                ("events.step",),
                LIT,
                (HIGH,),
            ),
            Sign(
                "other",
                lambda j: breaches.skipped(j, ("plan_reply",)),
                ("events.step",),
                LIT,
                (FIRM, OTHER),
            ),
            Sign(
                "connect",
                lambda j: breaches.skipped(j, ("connect",)),
                ("events.step",),
                LIT,
            ),
            Sign(
                "papers",
                breaches.papers_without_step,
                ("events.step", "materials.step"),
                LIT,
                (HIGH,),
            ),
        )
    ),
    "int14": Rule(
        (
            Sign("returned", breaches.sent_back, ("events.returned",)),
            Sign(
                "rounds",
                breaches.many_rounds,
                ("events.step",),
                (*STAMPS, "events.round"),
            ),
        )
    ),
    "int15": Rule(
        (
            Sign("across", breaches.across, ("cases.capacity_kw",)),
            Sign(
                "class",
                breaches.other_class,
                ("cases.customer_type",),
                ("cases.three_zero", "cases.source_count"),
            ),
            Sign(
                "request",
                breaches.asked_otherwise,
                ("cases.capacity_requested_kw", "cases.capacity_kw"),
                ("cases.business_type",),
                (("business_type", ("new", "batch")),),
            ),
        )
    ),
    "int21": Rule(
        (
            Sign(
                "early",
                lambda j: signs.archived_early(j, "cell"),
                ("cases.archived_at",),
                ("cases.energised_at", "events.finished_at"),
            ),
            Sign(
                "early by a step",
                lambda j: signs.archived_early(j, "step"),
                ("events.step",),
                LIT,
            ),
            Sign(
                "late",
                signs.archived_late,
                ("cases.archived_at",),
                ("cases.energised_at", "events.finished_at"),
                (("business_type", ("new",)),),
            ),
            Sign(
                "long ago",
                signs.lit_long_ago,
                (),
                ("cases.submitted_at", *LIT),
                (("business_type", ("new",)),),
            ),
        )
    ),
    "task12": Rule(
        (
            Sign("half", breaches.half_stamped, STAMPS),
            *(
                Sign(
                    name,
                    lambda j, limits=limits: breaches.over_inside(j, limits),
                    ("events.finished_at",),
                    STAGED,
                    when,
                )
                for name, limits, when in (
                    ("other", LOW_VOLTAGE_STAGES, (FIRM, OTHER)),
                    ("one source", ONE_SOURCE_STAGES, (HIGH, ("source_count", ("1",)))),
                    (
                        "two sources",
                        TWO_SOURCE_STAGES,
                        (HIGH, ("source_count", ("2", "3"))),
                    ),
                )
            ),
        ),
        breach=True,
    ),
    "task23": Rule(
        (Sign("abolished", breaches.abolished, ("events.step", *STAMPS)),),
        (LOW,),
        breach=True,
    ),
    "task25a": Rule(
        (
            Sign("stranger", breaches.stranger, ("events.step",)),
            Sign("beyond", breaches.beyond_low_voltage, ("events.step",), when=(LOW,)),
        ),
        breach=True,
    ),
    "task25b": Rule(
        (
            Sign("paper", breaches.pledged_in_papers, ("materials.document",)),
            Sign("step", breaches.pledged_in_steps, ("events.step",)),
            Sign(
                "elsewhere",
                lambda j: breaches.papers_elsewhere(j, ("submit", "accept")),
                PAPERS,
                when=(LOW,),
            ),
            Sign(
                "elsewhere at high voltage",
                lambda j: breaches.papers_elsewhere(
                    j, ("submit", "accept", *signs.ROUNDS)
                ),
                PAPERS,
                when=(HIGH,),
            ),
        ),
        breach=True,
    ),
    "task25c": Rule(
        (
            Sign(
                "refused",
                breaches.refused_for_more,
                ("events.step", "materials.document"),
                ("events.returned", "events.result", "events.finished_at"),
            ),
        ),
        breach=True,
    ),
    "task29": Rule(
        (
            Sign(
                "voltage",
                breaches.at_high_voltage,
                ("cases.voltage_kv",),
                ("cases.three_zero", "cases.capacity_kw"),
            ),
        ),
        (ZERO,),
        breach=True,
        most=("capacity_kw", 160),
    ),
    "task34": Rule(
        (Sign("metering", breaches.charged_for_metering, CHARGE, SAID),),
        (FIRM, ("micro_small", (True,))),
        breach=True,
        most=("capacity_kw", 160),
    ),
    "task36": Rule(
        (
            Sign(
                "home",
                breaches.charged,
                (),
                (*SAID, "fees.amount_yuan", "fees.payer", "fees.inside_redline"),
                (RESIDENT,),
            ),
            Sign("no baseline", lambda _: None, (), when=(FIRM,)),
        ),
        (LOW,),
        breach=True,
    ),
    "task37": Rule(
        (
            Sign("unlisted", breaches.unlisted, CHARGE, SAID),
            Sign(
                "no receipt",
                breaches.without_receipt,
                ("fees.receipt_id", "fees.amount_yuan", "fees.payer"),
                SAID,
            ),
            Sign("refund", breaches.refunded, ("fees.amount_yuan", "fees.payer"), SAID),
            Sign(
                "three-zero",
                breaches.charged,
                ("fees.amount_yuan", "fees.payer"),
                (*SAID, "fees.inside_redline"),
                (FIRM, ZERO),
            ),
        ),
        breach=True,
    ),
}
SEVERE = {
    "int01": {"meter"},
    "int02": {"check", "accept"},
    "int04": {"minutes at high voltage", "one day"},
}


def _holds(judged: Judged, conditions: Iterable[Condition]) -> Answer:
    """Answer whether conditions on the case hold: a missing cell is not a no."""
    said = [(judged.record.get(column), words) for column, words in conditions]
    return both(*(None if value is None else value in words for value, words in said))


def _applies(judged: Judged, rule: Rule) -> Answer:
    below: Answer = True
    if rule.most:
        value = judged.record.get(rule.most[0])
        below = None if value is None else value <= rule.most[1]
    return both(_holds(judged, rule.applies), below)


def _blocked(judged: Judged, rule: Rule) -> bool:
    """Say whether a lost row or cell that the rule reads bars a pass [29]."""
    read = {name for sign in rule.signs for name in (*sign.needs, *sign.reads)}
    tables = {"cases"} | {name.partition(".")[0] for name in read}
    cells = {f"{table}.{column}" for table, column, _ in judged.record.lost_cells}
    return bool(judged.record.lost_rows & tables or cells & read)


def _asked(judged: Judged, sign: Sign, delivered: set[str]) -> Answer:
    there = all(name in delivered for name in sign.needs)
    return both(_holds(judged, sign.when), sign.test(judged) if there else None)


def seen(judged: Judged, name: str, delivered: set[str]) -> Seen:
    """Judge one case by one rule on signs."""
    rule = RULES[name]
    applies = _applies(judged, rule)
    if applies is not True:
        return Seen(Verdict("not_applicable" if applies is False else "undetermined"))
    if judged.gate is not None:
        return Seen(Verdict(*judged.gate))
    answers = {sign.name: _asked(judged, sign, delivered) for sign in rule.signs}
    fired = [sign for sign, answer in answers.items() if answer]
    if fired:
        return Seen(Verdict("fail", fired[0]), fired)
    doubt = "cannot_exclude" if None in answers.values() else None
    order = PAPER if rule.breach else ("doubt",)
    found = _standing(judged, order, doubt=doubt)
    if found.word in {"pass", "pending"} and _blocked(judged, rule):
        found = Verdict("undetermined", "rejected_rows")
    return Seen(found)


def is_doubtful(found: dict[str, Seen]) -> bool:
    """Say whether a case carries a signal of the highest severity."""
    return any(
        found[rule].verdict.word == "fail" and SEVERE[rule] & set(found[rule].fired)
        for rule in SEVERE
    )

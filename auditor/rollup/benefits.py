"""What the services brought, by county: sums that add up over partitions (附件3).

A case belongs to the first group of the pack's form that takes it. Every condition is
three-valued: a missing fact leaves the case in doubt for each group that it may belong
to, and neither that nor a missing amount is ever taken for 0.
"""

from itertools import product

import polars as pl

from auditor.frames.conditions import all_hold
from auditor.pack import BenefitForm, BenefitGroup, BenefitMeasure, Pack
from auditor.rollup.counts import UNKNOWN

# Amounts are added as decimals: sums are exact and do not depend on the order.
AMOUNT = pl.Decimal(38, 4)
MOST = 1e15  # no amount of one application is larger; what is, is no amount
KEYS = ("code", "group", "measure")
SUMS: dict[str, pl.DataType | type[pl.DataType]] = {
    "total": AMOUNT,  # over the cases whose group and amount are known
    "cases": pl.Int64,  # their number
    "missing": pl.Int64,  # cases of the group without the amount
    "doubtful": pl.Int64,  # cases that may or may not belong to the group
}
SCHEMA = {**dict.fromkeys(KEYS, pl.String), **SUMS}


def benefits(facts: pl.DataFrame, verdicts: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return a row a county code, group and measure of the pack's form on benefits.

    Args:
        facts: a row a case with its columns, ``cohort``, ``end_state``, ``gate`` and
            ``lost_tables``.
        verdicts: the verdicts of the same cases in the same order.
        pack: has the form; without one the frame is empty.

    Returns:
        ``code, group, measure, total, cases, missing, doubtful``; no nulls. Cases
        without a county code stand under ``unknown``. See :func:`add_benefits`.
    """
    form = pack.benefits
    if form is None:
        return pl.DataFrame(schema=SCHEMA)
    asked = dict.fromkeys(rule for one in form.groups for rule in one.verdicts)
    code = pl.col(pack.clock.county).fill_null(UNKNOWN).alias("code")
    told = facts.hstack(
        verdicts.select(pl.col(rule).alias(f"said_{rule}") for rule in asked)
    )
    cases = told.lazy().select(
        code,
        *(column.alias(f"in_{name}") for name, column in _members(form, pack).items()),
        *(_amount(one).alias(f"of_{one.id}") for one in form.measures),
    )
    sums = cases.group_by("code").agg(
        column for group in form.groups for column in _columns(group, form.measures)
    )
    wide = sums.collect()
    pairs = product(form.groups, form.measures)
    return add_benefits([_cell(wide, group, one) for group, one in pairs])


def _cell(wide: pl.DataFrame, group: BenefitGroup, one: BenefitMeasure) -> pl.DataFrame:
    return wide.select(
        "code",
        pl.lit(group.id).alias("group"),
        pl.lit(one.id).alias("measure"),
        *(pl.col(_name(name, group, one)).alias(name) for name in SUMS),
    )


def add_benefits(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Add up the frames of several partitions."""
    if not frames:
        return pl.DataFrame(schema=SCHEMA)
    rows = pl.concat(frames).group_by(KEYS).agg(pl.col(name).sum() for name in SUMS)
    return rows.cast(SCHEMA).sort(KEYS)  # type: ignore[arg-type]


def _members(form: BenefitForm, pack: Pack) -> dict[str, pl.Expr]:
    """Whether a case belongs to each group; null: it may."""
    free = _counted(form, pack)
    members = {}
    for group in form.groups:
        said = [_said(rule, verdict) for rule, verdict in group.verdicts.items()]
        mine = pl.all_horizontal([all_hold(group.when), *said])
        members[group.id] = free & mine
        free = free & ~mine
    return members


def _counted(form: BenefitForm, pack: Pack) -> pl.Expr:
    """Whether the form is about a case: power on within the period, and surely so."""
    words = list(form.cohort)
    tables = list(pack.tables)
    cases, events = (1 << tables.index(name) for name in ("cases", "events"))
    lost = pl.col("lost_tables")
    unsure = pl.any_horizontal(
        pl.col("end_state") == "unknown",
        (pl.col("gate") == "period_edge").fill_null(value=False),
        (lost & cases) != 0,
    )
    # The row that a running case lost may have been the one that ended it.
    running = (pl.col("cohort") == "open") & ((lost & (cases | events)) != 0)
    nobody_knows = pl.lit(None, pl.Boolean)
    return (
        pl.when(pl.col("cohort").is_in(words))
        .then(pl.when(~unsure).then(pl.lit(value=True)).otherwise(nobody_knows))
        .when(~running)
        .then(pl.lit(value=False))
        .otherwise(nobody_knows)
    )


def _said(rule: str, verdict: str) -> pl.Expr:
    """Whether a rule gave the verdict; null where it could not tell yet."""
    said = pl.col(f"said_{rule}").cast(pl.String)
    open_ = said.is_in(["undetermined", "pending"])
    return (
        pl.when(said == verdict)
        .then(pl.lit(value=True))
        .when(~open_)
        .then(pl.lit(value=False))
    )


def _amount(one: BenefitMeasure) -> pl.Expr:
    raw = pl.col(one.column)
    possible = (raw >= one.least) & (raw <= MOST)
    value = pl.when(possible).then(raw).cast(AMOUNT, strict=False)
    if not one.when:
        return value
    other = pl.lit(one.otherwise).cast(AMOUNT)
    asked = all_hold(one.when)
    # A column that contradicts the ordinary amount of a case of unknown kind is doubt.
    return (
        pl.when(asked)
        .then(value)
        .when(asked.is_null() & raw.is_not_null() & (value != other))
        .then(pl.lit(None, AMOUNT))
        .otherwise(other)
    )


def _name(what: str, group: BenefitGroup, one: BenefitMeasure) -> str:
    return f"{what}|{group.id}|{one.id}"


def _columns(
    group: BenefitGroup, measures: tuple[BenefitMeasure, ...]
) -> list[pl.Expr]:
    member = pl.col(f"in_{group.id}")
    surely = member.fill_null(value=False)
    made = []
    for one in measures:
        amount = pl.col(f"of_{one.id}")
        known = surely & amount.is_not_null()
        values = (
            pl.when(known).then(amount).otherwise(pl.lit(0).cast(AMOUNT)).sum(),
            known.sum(),
            (surely & amount.is_null()).sum(),
            member.is_null().sum(),
        )
        for name, value in zip(SUMS, values, strict=True):
            made.append(value.cast(SUMS[name]).alias(_name(name, group, one)))
    return made

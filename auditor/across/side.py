"""The side tables, and how they become facts of the cases they speak about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from auditor.across.bursts import entered, seconds_of
from auditor.across.frames import MEMBERS, SIGNALS
from auditor.across.keys import SEED, skeletons
from auditor.frames import Load
from auditor.pack import Pack, Rule

SKELETON = "_across_skeleton"
FACTS = ("said", "why", "severity", "measured", "limit", "in_force", "parts")


@dataclass(frozen=True, slots=True)
class Side:
    """What was found across the cases of a run.

    ``signals`` has a row a rule and case with a signal or a doubt; ``members`` the
    cases of each chain, with the place of their row; ``crowded`` the hashes of keys
    that too many cases share, by column; ``seconds`` the bursts; ``absent`` why a
    rule cannot be judged at all, by its id; ``columns`` what the dump delivered.
    """

    signals: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SIGNALS))
    members: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MEMBERS))
    crowded: Mapping[str, pl.Series] = field(default_factory=dict)
    seconds: pl.DataFrame | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    pattern: str = ""


NO_SIDE = Side()


def with_across(
    facts: pl.DataFrame, side: Side, pack: Pack, load: Load
) -> pl.DataFrame:
    """Add to the facts of whole cases what other cases say of them.

    For each rule across cases: ``<rule>_said`` (``fail``, ``undetermined`` or null:
    nothing found), ``_why``, ``_severity``, ``_measured``, ``_limit``, ``_in_force``
    and ``_parts``, which names the other cases. ``load`` gives a table with the
    position of its case in ``facts`` as ``case_id``.
    """
    # At once: a plan that calls back could wait for a thread which waits for the plan.
    shown = {
        f"{name}{SKELETON}": skeletons(facts.get_column(name)) for name in _keys(pack)
    }
    facts = facts.with_columns(**shown)
    for rule in pack.across_rules:
        facts, found = _found(rule, facts, side, load)
        # The facts are wide, and a join copies all that it is given.
        ids = facts.select("case_id")
        beside = ids.join(found, on="case_id", how="left", maintain_order="left")
        facts = facts.hstack(beside.drop("case_id").rechunk())
        said, why = pl.col(f"{rule.id}_said"), pl.col(f"{rule.id}_why")
        facts = facts.with_columns(_doubt(rule, side).alias("_doubt"))
        doubt = pl.col("_doubt")
        undetermined = pl.when(doubt.is_not_null()).then(pl.lit("undetermined"))
        facts = facts.with_columns(
            pl.when(said.is_null()).then(doubt).otherwise(why).alias(f"{rule.id}_why"),
            pl.coalesce(said, undetermined).alias(f"{rule.id}_said"),
        )
    return facts.drop("_entered", "_doubt", *shown, strict=False)


def _keys(pack: Pack) -> list[str]:
    """The columns of cases under which rules across cases look for the same subject."""
    rules = [rule.across for rule in pack.across_rules if rule.across]
    told = (str(key) for one in rules for key in one.settings.get("keys", ()))
    return list(dict.fromkeys(told))


def _found(
    rule: Rule, facts: pl.DataFrame, side: Side, load: Load
) -> tuple[pl.DataFrame, pl.DataFrame]:
    if side.seconds is not None and rule.across and rule.across.of == "bursts":
        rows = entered(load("events"))
        nobody = pl.repeat(value=False, n=facts.height, eager=True)
        known = nobody.scatter(rows.get_column("case_id").unique(), values=True)
        facts = facts.with_columns(known.alias("_entered"))
        found = seconds_of(rows, facts.get_column("case_id"), side.seconds, rule)
    else:
        found = side.signals.filter(pl.col("rule_id") == rule.id)
        ids = facts.get_column("case_id")
        found = found.join(ids.to_frame(), on="case_id", how="semi")
    names = {name: f"{rule.id}_{name}" for name in FACTS}
    return facts, found.select("case_id", *FACTS).rename(names)


def _doubt(rule: Rule, side: Side) -> pl.Expr:
    """Return why nothing can be said of a case in which nothing was found."""
    if rule.id in side.absent:
        return pl.lit(side.absent[rule.id])
    assert rule.across is not None
    given = rule.across.settings
    no_start = pl.when(pl.col("start_lo").is_null()).then(pl.lit("no_start"))
    if rule.across.of == "numbers":
        fits = pl.col("case_id").str.contains(side.pattern)
        return pl.coalesce(pl.when(~fits).then(pl.lit("number_unreadable")), no_start)
    if rule.across.of == "bursts":
        return pl.when(~pl.col("_entered")).then(pl.lit("no_entry_time"))
    keys = [pl.col(f"{name}{SKELETON}") for name in given["keys"]]
    shared = [
        key.hash(SEED).is_in(side.crowded[name].implode()) & key.is_not_null()
        for key, name in zip(keys, given["keys"], strict=True)
        if name in side.crowded
    ]
    none = pl.all_horizontal([key.is_null() for key in keys])
    crowded = pl.any_horizontal([pl.lit(value=False), *shared])
    return pl.coalesce(
        pl.when(none).then(pl.lit("no_key")),
        pl.when(crowded).then(pl.lit("key_shared")),
        no_start,
    )


def recorded(
    facts: pl.DataFrame, pack: Pack, words: Mapping[str, tuple[str, str | None]]
) -> pl.DataFrame:
    """Give one case, judged again alone, what a finished run found across its cases.

    ``words`` holds the recorded verdict and reason of each rule: they rest on cases
    that are not at hand.
    """
    columns = []
    for rule in pack.across_rules:
        verdict, why = words.get(rule.id, ("pass", None))
        told = verdict in ("fail", "undetermined")
        columns += [
            pl.lit(verdict if told else None, pl.String).alias(f"{rule.id}_said"),
            pl.lit(why if told else None, pl.String).alias(f"{rule.id}_why"),
        ]
    return facts.with_columns(columns)

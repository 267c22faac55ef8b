"""Count, in one partition, what the screens look at; the counts add up."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from auditor.frames import Load
from auditor.frames.conditions import all_hold
from auditor.pack import Pack, Screen
from auditor.screen.frames import TALLY, UNKNOWN, label
from auditor.screen.stamps import Stamps, counted
from auditor.workdays import Calendar

GROUPED = ("code", "utility", "user_class")
LONGEST = 99  # working days: beyond it nothing is compared
Counted = tuple[str, str, pl.DataFrame]


def tally(
    load: Load, facts: pl.DataFrame, pack: Pack, calendar: Calendar
) -> pl.DataFrame:
    """Return the tallies of one partition (`auditor.screen.frames.TALLY`).

    Args:
        load: gives a typed table with the number of its case as ``case_id``.
        facts: a row a case, in the order of those numbers.
        pack: its screens.
        calendar: knows the days off.
    """
    if not pack.screens:
        return pl.DataFrame(schema=TALLY)
    # The facts are wide, and every filter copies all that it is given.
    asked = _columns(pack)
    cases = facts.select(n for n in facts.columns if n in asked).with_columns(
        pl.col(pack.clock.county).fill_null(UNKNOWN).alias("code"),
        pl.col("user_class").cast(pl.String),
        pl.col("gate").cast(pl.String),
        (
            pl.col(pack.clock.utility)
            if pack.clock.utility
            else pl.lit(None, pl.String)
        ).alias("utility"),
    )
    cases, groups = _numbered(cases)
    inside = cases.filter(pl.col("gate").is_null())
    who = inside.select(pl.col("_number").alias("case_id"), "group")
    stamps = Stamps(load, who, pack, calendar)
    frames = [
        _named(screen, one, groups)
        for screen in pack.screens
        for one in _counts(cases, load, pack, stamps, screen)
    ]
    return pl.concat([pl.DataFrame(schema=TALLY), *frames])


def _numbered(cases: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the cases with their number and that of their group, and the groups.

    Counting by one number costs a fraction of counting by three texts.
    """
    groups = cases.select(GROUPED).unique().with_row_index("group")
    found = cases.with_row_index("_number").join(
        groups, on=GROUPED, how="left", nulls_equal=True, maintain_order="left"
    )
    return found, groups


def _columns(pack: Pack) -> set[str]:
    """The columns of facts that the screens of a pack read."""
    asked = {"case_id", "gate", "end_state", "user_class", "capacity_kw"}
    asked |= {"customer_type", "source_count", pack.clock.county}
    asked |= {pack.clock.utility} if pack.clock.utility else set()
    for screen in pack.screens:
        for row in screen.settings.get("points", ()):
            asked |= {f"{row['fact']}_{part}" for part in ("lo", "hi", "reached")}
            asked |= {one.column for one in pack.rule(row["rule"]).applies}
    return asked


def _counts(
    cases: pl.DataFrame, load: Load, pack: Pack, stamps: Stamps, screen: Screen
) -> list[Counted]:
    """Return, for each measure of a screen, its name, kind, and groups by ``bin``."""
    if screen.of == "heaping":
        return [
            _durations(cases, pack, row["rule"], row["fact"])
            for row in screen.settings["points"]
        ]
    inside = cases.filter(pl.col("gate").is_null())
    made: list[Counted] = []
    for row in screen.settings["measures"]:
        of = row["of"]
        if of in ("whole_hour", "midnight", "day_off", "night"):
            made += [(of, what, frame) for what, frame in stamps.counts(of)]
        elif of == "capacity_above":
            made += _capacities(inside, row)
        elif of == "one_payee":
            made.append((of, "case", counted(_payees(inside, load, row))))
        else:
            rows = _attributes(cases, inside, load, pack, of)
            made.append((of, "case", counted(rows)))
    return made


def _durations(cases: pl.DataFrame, pack: Pack, rule: str, fact: str) -> Counted:
    """Return the cases of a rule whose duration is known, finished and exact."""
    low = pl.col(f"{fact}_lo")
    exact = (low == pl.col(f"{fact}_hi")) & pl.col(f"{fact}_reached")
    done = pl.col("end_state").cast(pl.String) == "energised"
    asked = pl.col("gate").is_null() & all_hold(pack.rule(rule).applies) & exact & done
    rows = cases.filter(asked.fill_null(value=False))
    days = rows.with_columns(low.clip(0, LONGEST).cast(pl.Int32).alias("bin"))
    return f"{rule}.{fact}", "case", counted(days)


def _capacities(inside: pl.DataFrame, row: Mapping[str, Any]) -> list[Counted]:
    """Return the cases just above a threshold and those further above; and a shape."""
    name = label(row)
    over = pl.col("capacity_kw") - float(row["above"])
    near = inside.filter((over > 0) & (over <= float(row["beyond"]))).with_columns(
        (over <= float(row["span"])).cast(pl.Int32).alias("bin")
    )
    around = inside.filter(over.abs() <= float(row["beyond"])).with_columns(
        over.ceil().cast(pl.Int32).alias("bin")
    )
    return [(name, "case", counted(near)), (name, "shape", counted(around))]


def _attributes(
    cases: pl.DataFrame, inside: pl.DataFrame, load: Load, pack: Pack, of: str
) -> pl.DataFrame:
    """Return cases with bin 1 where an attribute holds."""
    if of == "dual_supply":
        some = pl.col("customer_type") == "hv"
        rows = inside.filter(some & pl.col("source_count").is_not_null())
        return rows.with_columns(
            (pl.col("source_count") > 1).cast(pl.Int32).alias("bin")
        )
    if of == "suspended":
        excuses = load(str(pack.clock.excuse_table))
        mine = excuses.filter(pl.col("reason") == pack.clock.excuse_reason)
        stopped = mine.get_column("case_id").unique().implode()
        return inside.with_columns(
            pl.col("_number").is_in(stopped).cast(pl.Int32).alias("bin")
        )
    known = pl.col("gate").is_null() | (pl.col("gate") == "out_of_scope")
    return cases.filter(known).with_columns(
        pl.col("gate").is_not_null().cast(pl.Int32).alias("bin")
    )


def _payees(inside: pl.DataFrame, load: Load, row: Mapping[str, Any]) -> pl.DataFrame:
    """Return a row a case and payee of works, and one a case under no name."""
    fees = load("fees").filter(
        (pl.col("payer") == "user")
        & pl.col("payee").is_not_null()
        & pl.col("item").is_in(list(row["words"]))
    )
    pairs = fees.select("case_id", pl.col("payee").alias("name")).unique()
    whole = pairs.select("case_id", pl.lit(None, pl.String).alias("name")).unique()
    who = inside.select("_number", "group")
    both = pl.concat([pairs, whole]).with_columns(pl.lit(1, pl.Int32).alias("bin"))
    return both.join(who, left_on="case_id", right_on="_number", how="inner")


def _named(screen: Screen, one: Counted, groups: pl.DataFrame) -> pl.DataFrame:
    """Return counts as rows of a tally, under the groups that the screen looks at."""
    measure, what, counts = one
    by = screen.settings["by"]
    none = pl.lit(None, pl.String)
    rows = counts.join(groups, on="group", how="left").with_columns(
        pl.lit(screen.id).alias("rule_id"),
        pl.lit(measure).alias("measure"),
        pl.lit(what).alias("what"),
        (pl.col("utility") if "utility" in by else none).alias("utility"),
        _class(measure, by).alias("user_class"),
        (pl.col("name") if "name" in counts.columns else none).alias("name"),
    )
    keys = [name for name in TALLY if name != "n"]
    return rows.group_by(keys).agg(pl.col("n").sum()).select(*TALLY)


def _class(measure: str, by: Sequence[str]) -> pl.Expr:
    """Return the class that a measure counts a case under; null: all together."""
    if measure == "dual_supply":  # the class is what the number of sources decides
        return pl.lit("hv")
    own = measure != "left_out" and "user_class" in by  # who is left out has none
    return pl.col("user_class") if own else pl.lit(None, pl.String)

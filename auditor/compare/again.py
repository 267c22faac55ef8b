"""Judge the evidence of some cases again under any pack, calendar and clock."""

from dataclasses import dataclass, replace

import polars as pl

from auditor.compare.slices import Slice
from auditor.compare.touched import WHOLE
from auditor.frames import DELIVERED, LOST, dtypes
from auditor.judge import judge
from auditor.kernel import Rules
from auditor.measure import measure
from auditor.pack import Pack, Table
from auditor.vocabulary import UNMAPPED

EMPTY = {"lost": LOST, "delivered": DELIVERED}


@dataclass(frozen=True, slots=True)
class Again:
    """Cases of one range, to be judged again by some rules of a pack.

    ``rules`` are the ids that are asked for; those that a pack lacks, and those that
    other cases decide, are left out.
    """

    ids: pl.Series
    rules: tuple[str, ...]

    def judged(self, one: Slice, rules: Rules) -> pl.DataFrame:
        """Return ``case_id`` and a verdict a rule, as words, sorted by case."""
        pack, calendar, clock = rules
        # What other cases decide cannot be judged again on some cases alone.
        own = (rule for rule in pack.case_rules if rule.across is None)
        mine = tuple(rule for rule in own if rule.id in self.rules)
        asked = replace(pack, rules=mine)
        wanted = self.ids.to_frame("case_id")
        said = one.side.pack

        def load(table: str) -> pl.DataFrame:
            rows = one.evidence(table)
            if table in WHOLE and rows.width:
                return rows
            if rows.is_empty():
                return pl.DataFrame(schema=_kinds(pack, table))
            rows = rows.join(wanted, on="case_id", how="semi", maintain_order="left")
            if table == "lost" or said is None or said.tables == pack.tables:
                return rows
            return fitted(rows, said.tables.get(table), pack.tables[table], pack)

        facts = measure(load, asked, calendar, clock)
        words = judge(facts, asked).select("case_id", *(rule.id for rule in mine))
        return words.with_columns(pl.exclude("case_id").cast(pl.String))


def _kinds(pack: Pack, table: str) -> pl.Schema:
    if table in EMPTY:
        return pl.Schema(EMPTY[table])
    kinds = {**dtypes(pack.tables[table]), "_source": pl.String}
    return pl.Schema(kinds)


def fitted(
    rows: pl.DataFrame, before: Table | None, after: Table, pack: Pack
) -> pl.DataFrame:
    """Return rows kept under one pack as another declares the table.

    A column that was not kept is empty; the mask of lost cells is numbered anew; a
    step that the other pack does not know is unmapped.
    """
    kinds = {**dtypes(after), "_source": pl.String}
    made = []
    for name, kind in kinds.items():
        if name == "_bad":
            made.append(_renumbered(before, after))
        elif name in rows.columns:
            made.append(pl.col(name).cast(kind, strict=False))
        elif name not in ("customer_id", "site_id", "operator"):
            made.append(pl.lit(None, kind).alias(name))
    fit = rows.select(made)
    if after.name != "events":
        return fit
    known = pl.col("step").is_in(pack.steps.order)
    return fit.with_columns(
        pl.when(known).then("step").otherwise(pl.lit(UNMAPPED)).alias("step")
    )


def _renumbered(before: Table | None, after: Table) -> pl.Expr:
    if before is None or list(before.columns) == list(after.columns):
        return pl.col("_bad")
    bits = [
        pl.when((pl.col("_bad") & before.bit(name)) != 0)
        .then(after.bit(name))
        .otherwise(0)
        for name in before.columns
        if name in after.columns
    ]
    return pl.sum_horizontal(bits).cast(pl.UInt64).alias("_bad")

"""Names of documents and of their steps that nobody knows, and what rests on them."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from auditor.frames import NOTES, Part, Tables
from auditor.pack import Pack, Rule, forbidden_words, listed_documents
from auditor.vocabulary import UNMAPPED

DOCUMENT, STEP = "unknown_document", "unknown_paper_step"
MOST = 20  # names of a kind that a run notes; its total counts all
_CASES = {"note": pl.String, "value": pl.String, "cases": pl.UInt32}


def unknown_names(parts: Sequence[Part], pack: Pack) -> pl.DataFrame:
    """Return ``note``, ``value`` (the name), ``rows`` and ``_source``, the first file.

    A document is unknown if its step has a list and its name is neither on a list nor
    forbidden; a step, if neither mapping nor pack knows it. The most frequent come
    first.
    """
    kinds = {"note": pl.String, "value": pl.String, "_source": pl.UInt16}
    found = [pl.DataFrame(schema={**kinds, "rows": pl.UInt32})]
    for part in parts if pack.documents_table else ():
        groups = _unknown(part, pack).group_by("note", "value", "_source")
        found.append(groups.agg(pl.len().cast(pl.UInt32).alias("rows")).collect())
    named = pl.concat([rows.select(found[0].columns) for rows in found])
    summed = named.group_by("note", "value").agg(pl.sum("rows"), pl.min("_source"))
    return summed.sort("note", "rows", "value", descending=[False, True, False])


def paper_notes(
    tables: Tables, pack: Pack, folder: Path, sources: Sequence[str]
) -> pl.DataFrame:
    """Return notes on unknown names: of each kind the total, then the most frequent.

    ``value`` is the name, null for the total; ``count`` are the cases whose verdict on
    documents rests on it: failed for unknown names alone, or unproven under a step that
    nobody knows.
    """
    names = unknown_names(tables.parts, pack)
    told = pl.DataFrame(schema=NOTES)
    if names.is_empty():
        return told
    rests = [_resting(part, pack, folder) for part in tables.parts]
    cases = pl.concat(rests).group_by("note", "value").agg(pl.sum("cases"))
    for note, column in ((DOCUMENT, "document"), (STEP, "step")):
        mine = names.filter(note=note)
        if mine.height:
            total = pl.lit(None, pl.String).alias("value")
            shown = pl.concat([mine.head(1).with_columns(total), mine.head(MOST)])
            counted = shown.join(
                cases, on=["note", "value"], how="left", nulls_equal=True,
                maintain_order="left",
            )  # fmt: skip
            rows = counted.with_columns(
                pl.Series("source", [sources[at] for at in counted["_source"]]),
                pl.lit(pack.documents_table).alias("table"),
                pl.lit(column).alias("column"),
                pl.col("cases").fill_null(0).cast(pl.UInt64).alias("count"),
            )
            told = pl.concat([told, rows.select(*NOTES)])
    return told


def _unknown(part: Part, pack: Pack) -> pl.LazyFrame:
    """Return the rows of one partition whose step or document is unknown."""
    step, document = pl.col("step"), pl.col("document")
    strange = step == UNMAPPED
    other = step.is_in([*listed_documents(pack)]) & ~is_known(document, pack)
    rows = part.scan(str(pack.documents_table)).filter(
        strange | other.fill_null(value=False)
    )
    return rows.select(
        "case_id",
        "_source",
        "step",
        pl.when(strange).then(pl.lit(STEP)).otherwise(pl.lit(DOCUMENT)).alias("note"),
        pl.when(strange).then("raw_step").otherwise("document").alias("value"),
    )


def _resting(part: Part, pack: Pack, folder: Path) -> pl.DataFrame:
    """Count the cases of one partition by name, and under no name all of a kind."""
    rows = _unknown(part, pack).drop("_source").unique().collect()
    rules = [rule for rule in pack.case_rules if rule.documents]
    verdicts = _verdicts(part, folder, rules).filter(
        pl.col("case_id").is_in(rows["case_id"].unique().implode())
    )
    blamed = [_of_rule(part, pack, rule, rows, verdicts) for rule in rules]
    pairs = pl.concat([rows.select("case_id", "note", "value").clear(), *blamed])
    whole = pairs.select("case_id", "note", pl.lit(None, pl.String).alias("value"))
    both = pl.concat([pairs, whole]).unique().group_by("note", "value")
    return both.agg(pl.len().alias("cases")).select(
        pl.col(name).cast(kind) for name, kind in _CASES.items()
    )


def _verdicts(part: Part, folder: Path, rules: Sequence[Rule]) -> pl.DataFrame:
    rows = pl.scan_parquet(folder / "verdicts.parquet", glob=False)
    case = pl.col("case_id")
    if part.low is not None:
        rows = rows.filter(case >= part.low)
    if part.high is not None:
        rows = rows.filter(case < part.high)
    return rows.select(case, *(pl.col(r.id).cast(pl.String) for r in rules)).collect()


def _of_rule(
    part: Part, pack: Pack, rule: Rule, rows: pl.DataFrame, verdicts: pl.DataFrame
) -> pl.DataFrame:
    """Return the names on which the verdicts of one rule rest, with their cases.

    A case with a known document too many fails whatever the unknown ones mean.
    """
    failed = verdicts.filter(pl.col(rule.id) == "fail")["case_id"]
    doubt = verdicts.filter(pl.col(rule.id) == "undetermined")["case_id"]
    step, document = pl.col("step"), pl.col("document")
    extra = [
        (step == name) & ~document.is_in(list(names)) & is_known(document, pack)
        for name, names in rule.documents.items()
    ]
    sure = part.scan(str(pack.documents_table)).filter(
        pl.col("case_id").is_in(failed.implode()) & pl.any_horizontal(extra)
    )
    anyway = sure.select("case_id").collect().to_series().implode()
    case, note = pl.col("case_id"), pl.col("note")
    mine = (note == DOCUMENT) & step.is_in([*rule.documents])
    alone = mine & case.is_in(failed.implode()) & ~case.is_in(anyway)
    unsure = (note == STEP) & case.is_in(doubt.implode())
    return rows.filter(alone | unsure).select("case_id", "note", "value")


def is_known(document: pl.Expr, pack: Pack) -> pl.Expr:
    """Whether a name stands on a list of the pack, or is one that it forbids.

    A mapping can do nothing for a known name; an unknown one may be the utility's own
    word for a document of the list.
    """
    names = {n for listed in listed_documents(pack).values() for n in listed}
    known = document.is_in(sorted(names))
    words = forbidden_words(pack)
    return known | document.str.contains_any(words) if words else known

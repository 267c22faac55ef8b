"""What rests on names of documents, and of their steps, that nobody knows."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from auditor.frames import NOTES, Part, Tables
from auditor.line.names import (
    DOCUMENT,
    MOST,
    STEP,
    is_known,
    noted,
    unknown_papers,
)
from auditor.pack import Pack, Rule

_CASES = {"note": pl.String, "value": pl.String, "cases": pl.UInt32}


def paper_notes(
    tables: Tables,
    pack: Pack,
    folder: Path,
    sources: Sequence[str],
    names: pl.DataFrame,
) -> pl.DataFrame:
    """Return notes on unknown names: of each kind the totals, then the most frequent.

    ``value`` is the name, null for a total; ``count`` are the cases whose verdict on
    documents rests on it: failed for unknown names alone, or unproven under a step that
    nobody knows. ``names`` are those of `auditor.line.names.unknown_names`.
    """
    names = names.filter(pl.col("note").is_in([DOCUMENT, STEP]))
    told = [pl.DataFrame(schema=NOTES)]
    if names.is_empty():
        return told[0]
    rests = [_resting(part, pack, folder) for part in tables.parts]
    counted = pl.concat(rests).group_by("note", "value").agg(pl.sum("cases"))
    cases = {(note, value): n for note, value, n in counted.iter_rows()}
    for note, column in ((DOCUMENT, "document"), (STEP, "step")):
        mine = names.filter(note=note).select("value", "_source")
        shown = [
            (value, cases.get((note, value), 0), sources[at])
            for value, at in mine.head(MOST).iter_rows()
        ]
        if shown:
            place = str(pack.documents_table), column
            totals = {"": cases.get((note, None), 0), "_names": mine.height}
            told.append(noted(note, place, shown, totals))
    return pl.concat(told)


def _resting(part: Part, pack: Pack, folder: Path) -> pl.DataFrame:
    """Count the cases of one partition by name, and under no name all of a kind."""
    found = unknown_papers(part, pack)
    if found is None:
        return pl.DataFrame(schema=_CASES)
    rows = found.drop("_source").unique().collect()
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

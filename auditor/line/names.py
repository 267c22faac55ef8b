"""Names that nobody knows: of documents, of their steps, and of what was charged."""

from collections.abc import Mapping, Sequence

import polars as pl

from auditor.frames import NOTES, Part
from auditor.pack import Pack, forbidden_words, listed_charges, listed_documents
from auditor.vocabulary import UNMAPPED

DOCUMENT, STEP, CHARGE = "unknown_document", "unknown_paper_step", "unknown_charge"
MOST = 20  # names of a kind that a run notes; its total counts all
Named = tuple[str, int, str]  # a name, what it counts, the first file that has it


def unknown_names(
    parts: Sequence[Part], pack: Pack, sources: Sequence[str]
) -> pl.DataFrame:
    """Return ``note``, ``value`` (the name), ``rows`` and ``_source``, the first file.

    The first by its name, which does not depend on the order of files: ``sources`` are
    their names by number.

    A document is unknown if its step has a list and its name is neither on a list nor
    forbidden; a step of documents, if neither mapping nor pack knows it; a charge, if
    it is on neither list of charges. The most frequent come first.
    """
    kinds = {"note": pl.String, "value": pl.String, "_source": pl.UInt16}
    found = [pl.DataFrame(schema={**kinds, "rows": pl.UInt32})]
    for part in parts:
        for rows in (unknown_papers(part, pack), _unknown_charges(part, pack)):
            if rows is not None:
                groups = rows.group_by("note", "value", "_source")
                counted = groups.agg(pl.len().cast(pl.UInt32).alias("rows"))
                found.append(counted.collect())
    named = pl.concat([rows.select(found[0].columns) for rows in found])
    ranks = pl.Series(sources, dtype=pl.String).rank("ordinal").cast(pl.UInt32)
    rank = ranks.gather(named["_source"].cast(pl.UInt32)).alias("rank")
    first = pl.col("_source").sort_by("rank").first()
    same = named.with_columns(rank).group_by("note", "value")
    summed = same.agg(pl.sum("rows"), first)
    return summed.sort("note", "rows", "value", descending=[False, True, False])


def unknown_papers(part: Part, pack: Pack) -> pl.LazyFrame | None:
    """Return the rows of one partition whose step or document is unknown."""
    if not pack.documents_table:
        return None
    step, document = pl.col("step"), pl.col("document")
    strange = step == UNMAPPED
    other = step.is_in([*listed_documents(pack)]) & ~is_known(document, pack)
    rows = part.scan(pack.documents_table).filter(
        strange | other.fill_null(value=False)
    )
    return rows.select(
        "case_id",
        "_source",
        "step",
        pl.when(strange).then(pl.lit(STEP)).otherwise(pl.lit(DOCUMENT)).alias("note"),
        pl.when(strange).then("raw_step").otherwise("document").alias("value"),
    )


def _unknown_charges(part: Part, pack: Pack) -> pl.LazyFrame | None:
    """Return the charges of one partition whose item no list knows."""
    listed, item = listed_charges(pack), pl.col("item")
    if not listed or pack.cost is None:
        return None
    rows = part.scan(str(pack.cost.table)).filter(~item.is_in(listed))
    return rows.select("_source", pl.lit(CHARGE).alias("note"), item.alias("value"))


def is_known(document: pl.Expr, pack: Pack) -> pl.Expr:
    """Whether a name stands on a list of the pack, or is one that it forbids.

    A mapping can do nothing for a known name; an unknown one may be the utility's own
    word for a document of the list.
    """
    names = {n for listed in listed_documents(pack).values() for n in listed}
    known = document.is_in(sorted(names))
    words = forbidden_words(pack)
    return known | document.str.contains_any(words) if words else known


def noted(
    note: str,
    place: tuple[str, str | None],
    names: Sequence[Named],
    totals: Mapping[str, int],
    source: str | None = None,
) -> pl.DataFrame:
    """Return notes on one kind of names: the totals, then the names.

    Args:
        note: the kind; a total has its key behind it.
        place: the table and the column that hold the names.
        names: the most frequent, at most :data:`MOST`.
        totals: what is told of all names together; ``_names``: how many there are.
        source: the file of the totals; that of the first name, if none is given.
    """
    source = source or names[0][2]
    rows = [
        *((source, *place, note + key, count, None) for key, count in totals.items()),
        *((file, *place, note, count, name) for name, count, file in names),
    ]
    return pl.DataFrame(rows, schema=NOTES, orient="row")

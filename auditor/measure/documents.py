"""Which documents were asked for at each step, against the lists of the rules (24)."""

import polars as pl

from auditor.frames import Load
from auditor.measure.edges import beside
from auditor.pack import Pack, Rule
from auditor.vocabulary import UNMAPPED


def with_documents(cases: pl.LazyFrame, load: Load, pack: Pack) -> pl.LazyFrame:
    """Add, for each rule on documents, ``<rule>_extra`` and ``<rule>_known``.

    ``extra``: a document outside its step's list was asked for. ``known``: there is a
    row for the required step and no row of a listed step has lost its document. Steps
    without a list are not this rule's business.
    """
    rules = [rule for rule in pack.case_rules if rule.kind == "documents"]
    if not rules or pack.documents_table is None:
        return cases
    rows = load(pack.documents_table)
    flags = [f"{rule.id}_{part}" for rule in rules for part in ("extra", "known")]
    cases = beside(cases, *(_of_rule(rows.lazy(), rule) for rule in rules))
    return cases.with_columns(pl.col(name).fill_null(value=False) for name in flags)


def _of_rule(rows: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    step, document = pl.col("step"), pl.col("document")
    # A document under a step that nobody knows might have been asked for at any (24).
    strange = step == UNMAPPED
    listed = rows.filter(step.is_in(list(rule.documents)) | strange)
    extra = pl.any_horizontal(
        [
            (step == name) & ~document.is_in(list(names))
            for name, names in rule.documents.items()
        ]
    ).fill_null(value=False)
    required = pl.lit(value=True)
    if rule.required_step is not None:
        required = (step == rule.required_step).any()
    return listed.group_by("case_id").agg(
        extra.any().alias(f"{rule.id}_extra"),
        (required & document.is_not_null().all() & ~strange.any()).alias(
            f"{rule.id}_known"
        ),
    )

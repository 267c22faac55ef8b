"""Counts and attestations to a status a county, city and province (31, 33, 34)."""

import polars as pl

from auditor.frames import ROLLUP
from auditor.pack import Indicator, Pack
from auditor.rollup.counts import COUNTED, UNKNOWN
from auditor.rollup.dossier import (
    Dossier,
    attested,
    missing_utilities,
    valid_roster,
)
from auditor.rollup.levels import Papers, above, signed
from auditor.settings import Clock
from auditor.vocabulary import MET, VERDICTS

LEVELS = {"county": 0, "city": 1, "province": 2}
BY_PAPER = ("attested_met", "attested_not_met", "not_attested")
NAMELESS = {"name": None, "city_code": None}


def rollup(
    counts: pl.DataFrame,
    pack: Pack,
    clock: Clock,
    dossier: Dossier,
    delivered: pl.Series,
) -> pl.DataFrame:
    """Return a row a level, code and rule, with status, rate and coverage.

    ``delivered`` holds the utilities that a case row names. Without a roster only
    counties are returned. Cases off the roster are counted under ``unknown``, which
    is undetermined for every rule with a subject there (28).
    """
    roster = valid_roster(dossier.roster, clock) if dossier.roster is not None else None
    papers = attested(dossier.attestations, clock)
    counties = _counties(counts, pack, roster)
    silent: list[str] = []
    if roster is not None:
        late = missing_utilities(roster, delivered)
        silent = late.get_column("code").unique().to_list()
    mine = papers.filter(pl.col("level") == "county").drop("level")
    rows = counties.join(mine, on=["code", "rule_id"], how="left")
    rows = rows.with_columns(_county_status(pack, silent).alias("status"))
    frames = [_finished(rows, "county", pack, clock)]
    if roster is not None and roster.height:
        levels = above(frames[0], Papers(papers, pack.indicators), roster)
        frames += [_finished(rows, level, pack, clock) for level, rows in levels]
    order = pl.col("level").replace_strict(LEVELS)
    return pl.concat(frames).select(*ROLLUP).sort(order, "code", "rule_id")


def _counties(
    counts: pl.DataFrame, pack: Pack, roster: pl.DataFrame | None
) -> pl.DataFrame:
    """Return every county and rule with its counts, 0 where there is no subject."""
    if roster is None:
        unnamed = ("name", "city_code", "province_code")
        none = (pl.lit(None, pl.String).alias(column) for column in unnamed)
        places = counts.select("code", *none).unique()
    else:
        places, counts = _on_roster(counts, roster)
    papers = [one.id for one in _attested_only(pack)]
    judged = [rule.id for rule in (*pack.case_rules, *pack.project_rules)]
    named = {"rule_id": [*judged, *papers]}
    ids = pl.DataFrame(named, schema={"rule_id": pl.String})
    grid = places.join(ids, how="cross").filter(
        (pl.col("code") != UNKNOWN) | ~pl.col("rule_id").is_in(papers)
    )
    filled = grid.join(counts, on=["code", "rule_id"], how="left")
    return filled.with_columns(pl.col(word).fill_null(0) for word in COUNTED)


def _on_roster(
    counts: pl.DataFrame, roster: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rostered places, and the counts with the others as ``unknown``."""
    places = roster.select(
        pl.col("county_code").alias("code"),
        pl.col("county").alias("name"),
        "city_code",
        "province_code",
    ).unique(subset="code", keep="first", maintain_order=True)
    known = pl.col("code").is_in(places.get_column("code").to_list())
    code = pl.when(known).then("code").otherwise(pl.lit(UNKNOWN)).alias("code")
    counts = (
        counts.with_columns(code)
        .group_by("code", "rule_id")
        .agg(pl.col(word).sum() for word in COUNTED)
    )
    if counts.get_column("code").is_in([UNKNOWN]).any():
        provinces = places.get_column("province_code").unique()
        only = provinces.item() if provinces.len() == 1 else None
        off = [{"code": UNKNOWN, **NAMELESS, "province_code": only}]
        places = pl.concat([places, pl.DataFrame(off, schema=places.schema)])
    return places, counts


def _attested_only(pack: Pack) -> list[Indicator]:
    ruled = {rule.id for rule in pack.rules}
    return [i for i in pack.indicators if i.id not in ruled and i.fill == "county"]


def _mixed(pack: Pack) -> pl.Expr:
    """Whether papers decide beside the cases or projects of the rule."""
    ruled = {rule.id for rule in pack.rules}
    both = [i for i in pack.indicators if i.basis in ("mixed", "approvals")]
    return pl.col("rule_id").is_in([i.id for i in both if i.id in ruled])


def _county_status(pack: Pack, silent: list[str]) -> pl.Expr:
    paper = pl.col("rule_id").is_in([i.id for i in _attested_only(pack)])
    mixed = _mixed(pack)
    good, bad = signed("met"), signed("not_met")
    subjects = pl.sum_horizontal("pass", "fail", "pending", "undetermined")
    on_cases = pl.col("rule_id").is_in([rule.id for rule in pack.case_rules])
    doubt = (pl.col("undetermined") > 0) | (pl.col("code").is_in(silent) & on_cases)
    nothing_signed = ~good & ~bad & ~(signed("no_cases") & mixed)
    no_case_signed = (subjects == 0) & signed("met", "no_cases")
    return (
        pl.when(paper & good).then(pl.lit("attested_met"))
        .when(paper & bad).then(pl.lit("attested_not_met"))
        .when(paper).then(pl.lit("not_attested"))
        .when((pl.col("code") == UNKNOWN) & (subjects > 0)).then(pl.lit("undetermined"))
        .when(pl.col("code") == UNKNOWN).then(pl.lit("no_cases"))
        .when(pl.col("fail") > 0).then(pl.lit("not_met"))
        .when(mixed & bad).then(pl.lit("attested_not_met"))
        .when(mixed & nothing_signed).then(pl.lit("not_attested"))
        .when(doubt).then(pl.lit("undetermined"))
        .when(mixed).then(pl.lit("attested_met"))
        .when(pl.col("pass") > 0).then(pl.lit("met"))
        .when(no_case_signed).then(pl.lit("attested_met"))
        .when((subjects == 0) & bad).then(pl.lit("attested_not_met"))
        .otherwise(pl.lit("no_cases"))
    )  # fmt: skip


def _finished(rows: pl.DataFrame, level: str, pack: Pack, clock: Clock) -> pl.DataFrame:
    """Add basis, due day, rate and coverage; a rule of no indicator is never due."""
    table = pl.DataFrame(
        {
            "rule_id": [i.id for i in pack.indicators],
            "_basis": [i.basis for i in pack.indicators],
            "due": [i.due for i in pack.indicators],
        },
        schema={"rule_id": pl.String, "_basis": pl.String, "due": pl.Date},
    )
    by_paper = pl.col("status").is_in(BY_PAPER) & ~_mixed(pack)
    judged = pl.col("pass") + pl.col("fail")
    seen = judged + pl.col("undetermined")
    overdue = (pl.lit(clock.cutoff) > pl.col("due")) & ~pl.col("status").is_in(MET)
    basis = pl.when(by_paper).then(pl.lit("attestation"))
    return rows.join(table, on="rule_id", how="left").select(
        pl.lit(level).alias("level"),
        "code",
        "name",
        "rule_id",
        *VERDICTS,
        "status",
        basis.otherwise(pl.col("_basis").fill_null("events")).alias("basis"),
        "due",
        overdue.fill_null(value=False).alias("overdue"),
        pl.when(judged > 0).then(pl.col("pass") / judged).alias("rate"),
        pl.when(seen > 0).then(judged / seen).alias("coverage"),
        "city_code",
        "province_code",
        "doubtful",
    )

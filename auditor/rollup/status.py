"""Counts and attestations to a status a county, city and province (31, 33, 34)."""

from dataclasses import dataclass

import polars as pl

from auditor.pack import VERDICTS, Indicator, Pack
from auditor.rollup.counts import UNKNOWN
from auditor.settings import Clock

STATUSES = (
    "met", "not_met", "undetermined", "no_cases",
    "attested_met", "attested_not_met", "not_attested",
)  # fmt: skip
MET = ("met", "attested_met")
COLUMNS = (
    "level", "code", "name", "rule_id", *VERDICTS, "status", "basis", "due", "overdue",
    "rate", "coverage", "city_code", "province_code",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the agency says: the roster valid on the day, and the attestations."""

    roster: pl.DataFrame | None
    attestations: pl.DataFrame | None


def valid_roster(roster: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Return the roster rows valid on the period's last day, else on the cut-off (34)."""
    day = pl.lit(clock.period[1] if clock.period else clock.cutoff)
    began = pl.col("valid_from").is_null() | (pl.col("valid_from") <= day)
    goes_on = pl.col("valid_to").is_null() | (pl.col("valid_to") >= day)
    return roster.filter(began & goes_on & pl.col("county_code").is_not_null())


def missing_utilities(roster: pl.DataFrame, delivered: pl.Series) -> pl.DataFrame:
    """Return ``code, utility`` of rostered utilities that no case row names (34)."""
    listed = roster.select(
        pl.col("county_code").alias("code"),
        pl.col("utilities").fill_null("").str.split(";").alias("utility"),
    ).explode("utility", empty_as_null=True)
    named = listed.with_columns(pl.col("utility").str.strip_chars())
    wanted = named.filter(pl.col("utility").is_not_null() & (pl.col("utility") != ""))
    return (
        wanted.filter(~pl.col("utility").is_in(delivered.drop_nulls().to_list()))
        .unique()
        .sort("code", "utility")
    )


def attested(attestations: pl.DataFrame | None, clock: Clock) -> pl.DataFrame:
    """Return the attestation that counts: ``level, code, rule_id, attested`` (31).

    Signed, dated on or before the cut-off; the latest wins; different values of one
    day are no attestation.
    """
    schema = {
        "level": pl.String,
        "code": pl.String,
        "rule_id": pl.String,
        "attested": pl.String,
    }
    if attestations is None or attestations.height == 0:
        return pl.DataFrame(schema=schema)
    good = attestations.filter(
        pl.col("signer").is_not_null()
        & (pl.col("dated") <= clock.cutoff)
        & pl.col("value").is_not_null()
    ).rename({"indicator": "rule_id"})
    keys = ["level", "code", "rule_id"]
    latest = good.filter(pl.col("dated") == pl.col("dated").max().over(keys))
    agreed = latest.group_by(keys).agg(pl.col("value").unique().alias("values"))
    return (
        agreed.filter(pl.col("values").list.len() == 1)
        .select(*keys, pl.col("values").list.first().alias("attested"))
        .cast(schema)
    )  # type: ignore[arg-type]


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
    blocked: list[str] = []
    if roster is not None:
        blocked = (
            missing_utilities(roster, delivered).get_column("code").unique().to_list()
        )
    rows = counties.join(
        papers.filter(pl.col("level") == "county").drop("level"),
        on=["code", "rule_id"],
        how="left",
    )
    rows = rows.with_columns(_county_status(pack, blocked).alias("status"))
    frames = [_finish(rows, "county", pack, clock)]
    if roster is not None and roster.height:
        frames += _above(frames[0], papers, pack, clock, roster)
    return (
        pl.concat(frames)
        .select(COLUMNS)
        .sort(
            pl.col("level").replace_strict({"county": 0, "city": 1, "province": 2}),
            "code",
            "rule_id",
        )
    )


def _counties(
    counts: pl.DataFrame, pack: Pack, roster: pl.DataFrame | None
) -> pl.DataFrame:
    if roster is None:
        places = counts.select(
            "code", pl.lit(None, pl.String).alias("name"), pl.lit(None, pl.String).alias("city_code"),
            pl.lit(None, pl.String).alias("province_code"),
        ).unique()  # fmt: skip
    else:
        places = roster.select(
            pl.col("county_code").alias("code"),
            pl.col("county").alias("name"),
            "city_code",
            "province_code",
        ).unique(subset="code", keep="first", maintain_order=True)
        known = pl.col("code").is_in(places.get_column("code").to_list())
        counts = counts.with_columns(
            pl.when(known).then("code").otherwise(pl.lit(UNKNOWN)).alias("code")
        )
        counts = counts.group_by("code", "rule_id").agg(
            pl.col(w).sum() for w in VERDICTS
        )
        if counts.get_column("code").is_in([UNKNOWN]).any():
            provinces = places.get_column("province_code").unique()
            only = provinces.item() if provinces.len() == 1 else None
            off = pl.DataFrame(
                {
                    "code": [UNKNOWN],
                    "name": [None],
                    "city_code": [None],
                    "province_code": [only],
                }
            )
            places = pl.concat([places, off.cast(places.schema)])  # type: ignore[arg-type]
    ids = [rule.id for rule in pack.rules] + [i.id for i in _attested_only(pack)]
    grid = places.join(pl.DataFrame({"rule_id": ids}), how="cross")
    paper = [i.id for i in _attested_only(pack)]
    grid = grid.filter((pl.col("code") != UNKNOWN) | ~pl.col("rule_id").is_in(paper))
    filled = grid.join(counts, on=["code", "rule_id"], how="left")
    return filled.with_columns(pl.col(word).fill_null(0) for word in VERDICTS)


def _attested_only(pack: Pack) -> list[Indicator]:
    ruled = {rule.id for rule in pack.rules}
    return [i for i in pack.indicators if i.id not in ruled and i.fill == "county"]


def _mixed(pack: Pack) -> list[str]:
    ruled = {rule.id for rule in pack.rules}
    return [
        i.id
        for i in pack.indicators
        if i.id in ruled and i.basis in ("mixed", "approvals")
    ]


def _county_status(pack: Pack, blocked: list[str]) -> pl.Expr:
    paper = pl.col("rule_id").is_in([i.id for i in _attested_only(pack)])
    mixed = pl.col("rule_id").is_in(_mixed(pack))
    signed = pl.col("attested")
    good = signed.is_in(["met", "started"]).fill_null(value=False)
    bad = (signed == "not_met").fill_null(value=False)
    subjects = pl.sum_horizontal("pass", "fail", "pending", "undetermined")
    on_cases = pl.col("rule_id").is_in([rule.id for rule in pack.case_rules])
    doubt = (pl.col("undetermined") > 0) | (pl.col("code").is_in(blocked) & on_cases)
    nothing_signed = (
        ~good & ~bad & ~((signed == "no_cases").fill_null(value=False) & mixed)
    )
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
        .when((subjects == 0) & signed.is_in(["met", "no_cases"]).fill_null(value=False)).then(pl.lit("attested_met"))
        .otherwise(pl.lit("no_cases"))
    )  # fmt: skip


def _finish(rows: pl.DataFrame, level: str, pack: Pack, clock: Clock) -> pl.DataFrame:
    facts = {i.id: (i.basis, i.due) for i in pack.indicators}
    table = pl.DataFrame(
        {
            "rule_id": list(facts),
            "_basis": [b for b, _ in facts.values()],
            "due": [d for _, d in facts.values()],
        },
        schema={"rule_id": pl.String, "_basis": pl.String, "due": pl.Date},
    )
    rows = rows.join(table, on="rule_id", how="left")
    by_paper = pl.col("status").is_in(
        ["attested_met", "attested_not_met", "not_attested"]
    )
    mixed = pl.col("rule_id").is_in(_mixed(pack))
    judged = pl.col("pass") + pl.col("fail")
    seen = judged + pl.col("undetermined")
    return rows.select(
        pl.lit(level).alias("level"),
        "code",
        "name",
        "rule_id",
        *VERDICTS,
        "status",
        pl.when(by_paper & ~mixed)
        .then(pl.lit("attestation"))
        .otherwise(pl.col("_basis").fill_null("events"))
        .alias("basis"),
        "due",
        ((pl.lit(clock.cutoff) > pl.col("due")) & ~pl.col("status").is_in(MET))
        .fill_null(value=False)
        .alias("overdue"),
        pl.when(judged > 0).then(pl.col("pass") / judged).alias("rate"),
        pl.when(seen > 0).then(judged / seen).alias("coverage"),
        "city_code",
        "province_code",
    )


def _above(
    counties: pl.DataFrame,
    papers: pl.DataFrame,
    pack: Pack,
    clock: Clock,
    roster: pl.DataFrame,
) -> list[pl.DataFrame]:
    """Return the city and province rows, and the province's own star indicators."""
    frames = []
    for level, code, name in (
        ("city", "city_code", "city"),
        ("province", "province_code", "province"),
    ):
        names = roster.select(
            pl.col(code).alias("code"), pl.col(name).alias("name")
        ).drop_nulls("code")
        names = names.unique(subset="code", keep="first", maintain_order=True)
        mine = counties.filter(pl.col(code).is_not_null())
        status = pl.col("status")
        rows = mine.group_by(pl.col(code).alias("code"), "rule_id").agg(
            *(pl.col(word).sum() for word in VERDICTS),
            pl.when(status.is_in(["not_met", "attested_not_met"]).any()).then(pl.lit("not_met"))
            .when(status.is_in(["undetermined", "not_attested"]).any()).then(pl.lit("undetermined"))
            .when(status.is_in(MET).any()).then(pl.lit("met"))
            .otherwise(pl.lit("no_cases")).alias("status"),
            pl.col("province_code").first(),
        ).join(names, on="code", how="left")  # fmt: skip
        own = pl.col("code") if level == "city" else pl.lit(None, pl.String)
        rows = rows.with_columns(own.alias("city_code"))
        rows = (
            pl.concat([rows, _stars(papers, pack, names, rows)])
            if level == "province"
            else rows
        )
        frames.append(_finish(rows, level, pack, clock))
    return frames


def _stars(
    papers: pl.DataFrame, pack: Pack, names: pl.DataFrame, like: pl.DataFrame
) -> pl.DataFrame:
    stars = pl.DataFrame(
        {"rule_id": [i.id for i in pack.indicators if i.fill == "province"]},
        schema={"rule_id": pl.String},
    )
    signed = papers.filter(pl.col("level") == "province").drop("level")
    grid = names.join(stars, how="cross").join(
        signed, on=["code", "rule_id"], how="left"
    )
    good = pl.col("attested").is_in(["met", "started"]).fill_null(value=False)
    bad = (pl.col("attested") == "not_met").fill_null(value=False)
    rows = grid.with_columns(
        pl.when(good).then(pl.lit("attested_met")).when(bad).then(pl.lit("attested_not_met"))
        .otherwise(pl.lit("not_attested")).alias("status"),
        *(pl.lit(0, pl.Int64).alias(word) for word in VERDICTS),
        pl.col("code").alias("province_code"),
        pl.lit(None, pl.String).alias("city_code"),
    )  # fmt: skip
    return rows.select(like.columns)

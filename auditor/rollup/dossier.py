"""What the agency says: the roster valid on the day, and the attestations (31, 34)."""

from dataclasses import dataclass

import polars as pl

from auditor.settings import Clock

ATTESTED = pl.Schema(
    {name: pl.String() for name in ("level", "code", "rule_id", "attested")}
)


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the agency says: the roster valid on the day, and the attestations."""

    roster: pl.DataFrame | None
    attestations: pl.DataFrame | None


def valid_roster(roster: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Return the roster rows valid on the period's last day, else the cut-off (34)."""
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
    if attestations is None or attestations.is_empty():
        return pl.DataFrame(schema=ATTESTED)
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
        .cast(pl.String)
    )

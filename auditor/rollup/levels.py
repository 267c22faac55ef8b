"""Counties to their city and province; what only a province signs for (31, 33)."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from auditor.pack import Indicator
from auditor.rollup.counts import COUNTED, UNKNOWN
from auditor.vocabulary import MET, NOT_MET

IN_DOUBT = ("undetermined", "not_attested")


@dataclass(frozen=True, slots=True)
class Papers:
    """The attestations that count, and the indicators that they may speak about."""

    attested: pl.DataFrame
    indicators: tuple[Indicator, ...]


def signed(*words: str) -> pl.Expr:
    """Whether an attestation carries one of the words; false where there is none."""
    return pl.col("attested").is_in(words).fill_null(value=False)


def above(
    counties: pl.DataFrame, papers: Papers, roster: pl.DataFrame
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the level and its rows, for cities, then provinces with what they sign."""
    yield "city", _summed(counties, roster, "city").with_columns(city_code="code")
    rows = _summed(counties, roster, "province").with_columns(
        pl.lit(None, pl.String).alias("city_code")
    )
    rows = _not_above_unknown(rows, counties)
    own = _signed_by_provinces(papers, _names(roster, "province"))
    yield "province", pl.concat([rows, own.select(rows.columns)])


def _not_above_unknown(rows: pl.DataFrame, counties: pl.DataFrame) -> pl.DataFrame:
    """Take the √ from provinces where cases off the roster might be theirs (28)."""
    stray = counties.filter(
        (pl.col("code") == UNKNOWN)
        & pl.col("province_code").is_null()
        & pl.col("status").is_in(IN_DOUBT)
    )
    rules = stray.get_column("rule_id").to_list()
    barred = pl.col("rule_id").is_in(rules) & pl.col("status").is_in([*MET, "no_cases"])
    status = pl.when(barred).then(pl.lit("undetermined")).otherwise("status")
    return rows.with_columns(status.alias("status"))


def _names(roster: pl.DataFrame, level: str) -> pl.DataFrame:
    """Return ``code, name`` of the rostered places of a level, each code once."""
    names = roster.select(
        pl.col(f"{level}_code").alias("code"), pl.col(level).alias("name")
    )
    return names.drop_nulls("code").unique("code", keep="first", maintain_order=True)


def _summed(counties: pl.DataFrame, roster: pl.DataFrame, level: str) -> pl.DataFrame:
    code, status = pl.col(f"{level}_code"), pl.col("status")
    worst = (
        pl.when(status.is_in(NOT_MET).any()).then(pl.lit("not_met"))
        .when(status.is_in(IN_DOUBT).any()).then(pl.lit("undetermined"))
        .when(status.is_in(MET).any()).then(pl.lit("met"))
        .otherwise(pl.lit("no_cases"))
    )  # fmt: skip
    rows = counties.filter(code.is_not_null()).group_by(code.alias("code"), "rule_id")
    return rows.agg(
        *(pl.col(word).sum() for word in COUNTED),
        worst.alias("status"),
        pl.col("province_code").first(),
    ).join(_names(roster, level), on="code", how="left")


def _signed_by_provinces(papers: Papers, provinces: pl.DataFrame) -> pl.DataFrame:
    ids = [one.id for one in papers.indicators if one.fill == "province"]
    stars = pl.DataFrame({"rule_id": ids}, schema={"rule_id": pl.String})
    # An encouraged indicator counts as done once it was begun (31).
    begun = [one.id for one in papers.indicators if one.encouraged]
    said = papers.attested.filter(pl.col("level") == "province").drop("level")
    grid = provinces.join(stars, how="cross").join(
        said, on=["code", "rule_id"], how="left"
    )
    status = (
        pl.when(signed("met") | (signed("started") & pl.col("rule_id").is_in(begun)))
        .then(pl.lit("attested_met"))
        .when(signed("not_met")).then(pl.lit("attested_not_met"))
        .otherwise(pl.lit("not_attested"))
    )  # fmt: skip
    return grid.with_columns(
        status.alias("status"),
        *(pl.lit(0, pl.Int64).alias(word) for word in COUNTED),
        pl.col("code").alias("province_code"),
        pl.lit(None, pl.String).alias("city_code"),
    )

"""What a finished run says: statuses by cell, the places of its roster, the cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from auditor.errors import AuditError
from auditor.pack import Indicator, Pack, kept_pack, load_pack
from auditor.runs import read_run
from auditor.vocabulary import MET, NOT_MET
from auditor.write.forms.layout import Layout, load_layout
from auditor.write.forms.units import Province, provinces

MOST_CASES = 20  # cases named for a refuted cell; the findings hold all
_FORM = "annex2.toml"


@dataclass(frozen=True, slots=True)
class Refutation:
    """The cases of a county that fail an indicator: how many, and the worst of them."""

    count: int
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One run, as far as a form can be held against it."""

    manifest: Mapping[str, Any]
    pack: Pack
    layout: Layout
    provinces: tuple[Province, ...]
    status: Mapping[tuple[str, str, str], str]
    fails: Mapping[tuple[str, str], Refutation]

    @property
    def local(self) -> tuple[Indicator, ...]:
        """The indicators that counties fill, in form order."""
        return tuple(one for one in self.indicators if one.fill == "county")

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """All indicators in form order."""
        return self.pack.indicators

    @property
    def cutoff(self) -> date:
        """The day up to which the run looked."""
        return date.fromisoformat(self.manifest["cutoff"]["date"])

    @property
    def months(self) -> tuple[int, int, int, int] | None:
        """Year and month of the period's first and last day; None without a period."""
        if not self.manifest["period"]:
            return None
        first, last = map(date.fromisoformat, self.manifest["period"])
        return first.year, first.month, last.year, last.month

    def of(self, level: str, code: str, indicator: str) -> str:
        """Return a status; a cell that nobody judged is undetermined."""
        return self.status.get((level, code, indicator), "undetermined")

    def met(self, code: str, indicator: str) -> bool:
        """Whether the run gives a county its √."""
        return self.of("county", code, indicator) in MET

    def missed(self, code: str, indicator: str) -> bool:
        """Whether the run refutes a county's √."""
        return self.of("county", code, indicator) in NOT_MET

    def why(self, code: str, indicator: str) -> Refutation:
        """Return the failing cases behind a county's status."""
        return self.fails.get((code, indicator), Refutation(0, ()))


def record_of(folder: Path) -> Recorded:
    """Read what a form is held against from a finished run folder.

    Raises:
        AuditError: AUD501 not a finished run, AUD503 made with a pack of other
            indicators, AUD515 made without a roster, so that there is no form.
    """
    run = read_run(folder)
    manifest = run.manifest
    kept = kept_pack(folder, manifest)
    pack = load_pack(manifest["parameters"]["rules"]) if kept is None else kept
    path = pack.folder / "forms" / _FORM
    table = run.rollup
    if not path.is_file() or not (table.get_column("level") == "province").any():
        raise AuditError("AUD515", folder=folder)
    _check_pack(manifest, pack, table)
    layout = load_layout(path)
    columns = ("level", "code", "rule_id", "status")
    rows = table.select(pl.col(columns).cast(pl.String)).iter_rows()
    return Recorded(
        manifest=manifest,
        pack=pack,
        layout=layout,
        provinces=tuple(provinces(_roster(table), layout.no_city)),
        status={(level, code, rule): status for level, code, rule, status in rows},
        fails=_fails(table, run.scan("findings")),
    )


def _check_pack(manifest: Mapping[str, Any], pack: Pack, table: pl.DataFrame) -> None:
    """Raise unless the run judged all of the form's indicators, each under its name.

    Nothing is judged again, so that the pack's rules may have moved on since.
    """
    judged = set(table.get_column("rule_id").to_list())
    if (
        pack.id == manifest["pack"]["id"]
        and {one.id for one in pack.indicators} <= judged
    ):
        return
    was = manifest["pack"]["digest"][:12]
    raise AuditError("AUD503", pack=pack.id, was=was, now=pack.digest[:12])


def _roster(table: pl.DataFrame) -> pl.DataFrame:
    """Return the counties that the run rolled up, as a roster."""
    names = {
        level: table.filter(pl.col("level") == level)
        .select(pl.col("code").alias(f"{level}_code"), pl.col("name").alias(level))
        .unique(f"{level}_code")
        for level in ("city", "province")
    }
    counties = table.filter(
        (pl.col("level") == "county") & (pl.col("code") != "unknown")
    )
    return (
        counties.select(
            pl.col("code").alias("county_code"),
            pl.col("name").alias("county"),
            "city_code",
            "province_code",
        )
        .unique("county_code")
        .join(names["city"], on="city_code", how="left")
        .join(names["province"], on="province_code", how="left")
    )


def _fails(
    table: pl.DataFrame, findings: pl.LazyFrame
) -> dict[tuple[str, str], Refutation]:
    """Return the failing cases of each county and rule, the furthest over first."""
    failed = (
        findings.filter(pl.col("verdict") == "fail")
        .select(
            pl.col("county_code", "rule_id", "case_id").cast(pl.String),
            (pl.col("measured") - pl.col("limit")).alias("over"),
        )
        .sort("over", "case_id", descending=[True, False], nulls_last=True)
        .group_by("county_code", "rule_id", maintain_order=True)
        .agg(pl.col("case_id").head(MOST_CASES))
        .collect()
    )
    named = {(code, rule): tuple(cases) for code, rule, cases in failed.iter_rows()}
    counted = table.filter((pl.col("level") == "county") & (pl.col("fail") > 0))
    rows = counted.select(pl.col("code", "rule_id").cast(pl.String), "fail").iter_rows()
    return {
        (code, rule): Refutation(n, named.get((code, rule), ()))
        for code, rule, n in rows
    }

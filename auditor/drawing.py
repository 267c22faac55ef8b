"""Draw cases for checks on site: by county and class, the same for the same seed."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from auditor.errors import AuditError
from auditor.runs import read_run
from auditor.vocabulary import LEFT_OUT

STRATUM = ("county_code", "user_class")
CONFIDENCE = 0.95
NORMAL = 1.959963984540054  # quantile of the normal law for that confidence
_STANDS = ("utility", "submitted_on", "energised_on", "cohort")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A stratified sample of the audited cases of a run.

    ``cases``: a row a drawn case. ``strata``: a row a county and class with its
    ``cases`` and how many were ``drawn``. ``none_wrong``: if no drawn record proves
    wrong, at most this share of all records is, with 95 % confidence. ``margin``: an
    estimated share of wrong records, weighted by strata, is at most this far off.
    """

    seed: int
    cases: pl.DataFrame
    strata: pl.DataFrame
    none_wrong: float
    margin: float

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        days = pl.col(pl.Date).dt.to_string("%Y-%m-%d")
        return {
            "seed": self.seed,
            "size": self.cases.height,
            "population": int(self.strata.get_column("cases").sum()),
            "confidence": CONFIDENCE,
            "none_wrong": self.none_wrong,
            "margin": self.margin,
            "strata": self.strata.to_dicts(),
            "cases": self.cases.with_columns(days).to_dicts(),
        }


def draw(folder: Path, size: int, seed: int) -> Drawn:
    """Return a sample of the cases that a run audited, whatever their verdicts.

    Each county and class gives at least one case, the rest goes by their numbers.
    Within them the cases with the smallest hash of seed and id are taken: nobody can
    steer the choice without the seed, and anybody can repeat it with it.

    Raises:
        AuditError: AUD501 no finished run, AUD552 the size is below the number of
            strata or above that of cases.
    """
    cohort = pl.col("cohort").cast(pl.String)
    rows = (
        read_run(folder)
        .scan("verdicts")
        .filter(~cohort.is_in(LEFT_OUT))
        .select("case_id", *STRATUM, *_STANDS)
        .with_columns(pl.col("user_class", "cohort").cast(pl.String))
        .collect()
    )
    strata = rows.group_by(STRATUM).agg(pl.len().alias("cases"))
    strata = strata.sort(STRATUM, nulls_last=True)
    if not max(1, strata.height) <= size <= rows.height:
        raise AuditError(
            "AUD552", size=size, least=max(1, strata.height), most=rows.height
        )
    drawn = _allotted(strata.get_column("cases").to_list(), size)
    strata = strata.with_columns(pl.Series("drawn", drawn, dtype=pl.Int64))
    mixed = rows.with_columns(_mark(rows.get_column("case_id"), seed)).sort("_mark")
    taken = mixed.with_columns(
        pl.int_range(pl.len()).over(STRATUM).alias("_rank")
    ).join(strata, on=STRATUM, how="left", nulls_equal=True)
    cases = taken.filter(pl.col("_rank") < pl.col("drawn"))
    cases = cases.sort(*STRATUM, "case_id", nulls_last=True)
    return Drawn(
        seed,
        cases.select("case_id", *STRATUM, *_STANDS),
        strata,
        *_bounds(strata),
    )


def _mark(ids: pl.Series, seed: int) -> pl.Series:
    marks = [hashlib.sha256(f"{seed}\n{one}".encode()).digest() for one in ids]
    return pl.Series("_mark", marks, dtype=pl.Binary)


def _allotted(cases: list[int], size: int) -> list[int]:
    """Give each stratum one, the rest by largest remainders, never more than it has."""
    given = [1] * len(cases)
    left = size - len(cases)
    while left:
        room = [have - got for have, got in zip(cases, given, strict=True)]
        total = sum(room)
        exact = [left * one / total for one in room]
        more = [
            min(math.floor(one), free) for one, free in zip(exact, room, strict=True)
        ]
        if not any(more):
            order = sorted(range(len(room)), key=lambda k: (-exact[k], k))
            more = [0] * len(room)
            for place in [k for k in order if room[k]][:left]:
                more[place] = 1
        given = [got + one for got, one in zip(given, more, strict=True)]
        left -= sum(more)
    return given


def _bounds(strata: pl.DataFrame) -> tuple[float, float]:
    """Return the bound if none is wrong, and the margin of an estimate.

    With weights W and n drawn of a stratum, the chance to see no wrong record is
    largest when all strata are wrong alike; it is then at most (1 − p)^m, m the
    smallest n / W. The margin takes a half for the unknown share, the worst there is.
    """
    total = int(strata.get_column("cases").sum())
    pairs = list(strata.select("cases", "drawn").iter_rows())
    if all(have == drawn for have, drawn in pairs):
        return 0.0, 0.0
    least = min(drawn * total / have for have, drawn in pairs)
    none_wrong = 1 - (1 - CONFIDENCE) ** (1 / least)
    variance = sum(
        (have / total) ** 2 * 0.25 / drawn * (1 - drawn / have) for have, drawn in pairs
    )
    return none_wrong, NORMAL * math.sqrt(variance)

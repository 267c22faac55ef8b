"""All rules over the facts of one partition, in one pass."""

import polars as pl

from auditor.judge.compile import compiled
from auditor.pack import Pack

KEYS = (
    "case_id",
    "county_code",
    "utility",
    "user_class",
    "submitted_on",
    "energised_on",
    "cohort",
)


def judge(facts: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return one row a case: the keys, then ``<rule>`` and ``<rule>_reason`` a rule.

    Verdicts are one of six words and never null; a reason is null only for a pass.
    """
    codes, words = compiled(pack)
    clock = pack.clock
    utility = pl.col(clock.utility) if clock.utility else pl.lit(None, pl.String)
    keys = [pl.col(clock.county).alias("county_code"), utility.alias("utility")]
    rest = [pl.col(name) for name in KEYS if name not in ("county_code", "utility")]
    frame = facts.lazy().select(*rest, *keys, *codes)
    return frame.select(*KEYS, *words).collect()

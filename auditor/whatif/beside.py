"""Judge the facts that a run keeps by two packs, and set one beside the other.

This is the one engine of `whatif` (other limits) and `impact` (other pages): the same
functions judge as in a run, and under the run's own pages they must come out as
recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from auditor.errors import AuditError
from auditor.explain import clock_of
from auditor.judge import judge, needed, numbered_findings
from auditor.judge.between import MOVED, moved
from auditor.origins import AGAIN, EVIDENCE, JUDGED_BY
from auditor.pack import Pack, Rule
from auditor.rollup import UNKNOWN, Dossier, count, rollup
from auditor.runs import FinishedRun
from auditor.vocabulary import VERDICTS

BINDING = "violations"
COUNTED = (*VERDICTS, BINDING)
SHOWN = ("status", "basis", "due", "overdue")
DOUBTED = (*VERDICTS, "doubtful")
SAME: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Beside:
    """What two packs say of the same facts.

    ``places``: a row a level, place and rule with its six counts, its violations
    (failures of a limit that was binding), status, basis, due day and whether it is
    overdue, before and, with ``_now`` behind the name, after; null where a pack lacks
    the rule. ``cases``: a row a case and rule whose verdict would be another one.
    ``now``: the verdicts of the second.
    """

    places: pl.DataFrame
    cases: pl.DataFrame
    now: pl.DataFrame


def only(pack: Pack, rules: Sequence[Rule]) -> Pack:
    """Return the pack with these of its rules on cases and no others."""
    return replace(pack, rules=tuple(rules))


def kept_columns(folder: Path) -> list[str]:
    """Return the columns of facts that a run keeps.

    Raises:
        AuditError: AUD543, it keeps no facts.
    """
    return _kept(folder).collect_schema().names()


def beside(
    run: FinishedRun, before: Pack, after: Pack, named: Mapping[str, str] = SAME
) -> Beside:
    """Judge the facts of a finished run by both packs.

    Args:
        run: a finished run with its evidence.
        before: the pack of the run, with the rules that are asked about.
        after: the other pack, with its rules that are asked about.
        named: columns of facts that the second calls otherwise: its name, the run's.

    Raises:
        AuditError: AUD543 it keeps no facts to judge by, AUD544 they do not come out
            as recorded under the first pack.
    """
    kept = _facts(run.folder, before, after, named)
    # Both packs may give one name to different columns, so each has its own frame.
    facts = kept.select(needed(before))
    other = kept.select(pl.col(named.get(n, n)).alias(n) for n in needed(after))
    was, now = judge(facts, before), judge(other, after)
    _must_agree(run, before, was)
    known = run.rollup.filter(level="county").get_column("code")
    # A rule that is new may have been an indicator that papers decided.
    ids = [rule.id for rule in (*before.rules, *after.rules)]
    recorded = run.rollup.filter(pl.col("rule_id").is_in(ids))
    counts = _violations(facts, was, before, known)
    earlier = with_violations(recorded, counts, before)
    counts = _violations(other, now, after, known)
    places = with_violations(_places(run, after, now), counts, after)
    return Beside(side_by_side(earlier, places), _moved(was, now, after), now)


def _kept(folder: Path) -> pl.LazyFrame:
    path = folder / EVIDENCE / AGAIN / f"{JUDGED_BY}.parquet"
    if not path.is_file():
        raise AuditError("AUD543", folder=folder)
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _facts(
    folder: Path, before: Pack, after: Pack, named: Mapping[str, str]
) -> pl.DataFrame:
    """Return the columns of kept facts that either pack is judged by."""
    wanted = [*needed(before), *(named.get(name, name) for name in needed(after))]
    return _kept(folder).select([*dict.fromkeys(wanted)]).collect()


def _must_agree(run: FinishedRun, pack: Pack, again: pl.DataFrame) -> None:
    words = pl.exclude("case_id").cast(pl.String)
    recorded = run.scan("verdicts").select("case_id", *_words(pack)).collect()
    other = again.select(recorded.columns).with_columns(words)
    if not recorded.with_columns(words).equals(other):
        raise AuditError("AUD544", folder=run.folder)


def _words(pack: Pack) -> Iterator[str]:
    for rule in pack.rules:
        yield from (rule.id, f"{rule.id}_reason")


def _places(run: FinishedRun, asked: Pack, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Roll up the asked rules again with the run's own roster and attestations."""
    dossier = _dossier(run)
    delivered = verdicts.get_column("utility").unique()
    counts = count(verdicts, asked.case_rules)
    table = rollup(counts, asked, clock_of(run.manifest), dossier, delivered)
    return table.filter(pl.col("rule_id").is_in([rule.id for rule in asked.rules]))


def papers_beside(run: FinishedRun, after: Pack, was: pl.DataFrame) -> pl.DataFrame:
    """Set beside what a run recorded what papers alone say under another pack.

    Args:
        run: a finished run with its evidence.
        after: the other pack; it has indicators of these ids, and no rules.
        was: rows of the rollup of the run, with their violations.
    """
    zeros = (pl.lit(0, pl.Int64).alias(name) for name in DOUBTED)
    places = run.rollup.filter(level="county").select("code").unique()
    counts = places.select("code", pl.lit("").alias("rule_id"), *zeros)
    nobody = pl.Series([], dtype=pl.String)
    alone = only(after, [])
    now = rollup(counts, alone, clock_of(run.manifest), _dossier(run), nobody)
    return side_by_side(was, now.with_columns(pl.lit(None, pl.Int64).alias(BINDING)))


def _dossier(run: FinishedRun) -> Dossier:
    again = run.folder / EVIDENCE / AGAIN
    return Dossier(
        _table(again / "roster.parquet"), _table(again / "attestations.parquet")
    )


def _table(path: Path) -> pl.DataFrame | None:
    return pl.read_parquet(path, glob=False) if path.is_file() else None


def _violations(
    facts: pl.DataFrame, verdicts: pl.DataFrame, asked: Pack, known: pl.Series
) -> pl.DataFrame:
    """Count a county's failures of limits that were binding on the application."""
    found = numbered_findings(facts, verdicts, asked).filter(
        (pl.col("verdict") == "fail") & pl.col("in_force")
    )
    county = verdicts.get_column("county_code").gather(found.get_column("_case"))
    return by_county(found.select("rule_id", county.alias("code")), known)


def by_county(rows: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Count violations by ``code`` and rule; those of no known county stay together."""
    place = pl.when(pl.col("code").is_in(known.implode())).then("code")
    named = rows.with_columns(place.otherwise(pl.lit(UNKNOWN)).alias("code"))
    counted = pl.len().cast(pl.Int64).alias(BINDING)
    return named.group_by("code", "rule_id").agg(counted)


def with_violations(
    rows: pl.DataFrame, counts: pl.DataFrame, pack: Pack
) -> pl.DataFrame:
    """Add the violations of counties under the rules of a pack, null of any other.

    Findings name counties; what lies above has no count of its own.
    """
    ruled = pl.col("rule_id").is_in([rule.id for rule in pack.rules])
    mine = pl.when((pl.col("level") == "county") & ruled)
    joined = rows.join(counts, on=["code", "rule_id"], how="left")
    return joined.with_columns(mine.then(pl.col(BINDING).fill_null(0)).alias(BINDING))


def side_by_side(was: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return the places of either side, with ``_now`` behind what the second says."""
    keys = ["level", "code", "rule_id"]
    said = [*COUNTED, *SHOWN]
    after = now.select(
        *keys, pl.col("name").alias("name_now"),
        *(pl.col(n).alias(f"{n}_now") for n in said),
    )  # fmt: skip
    both = was.select(*keys, "name", *said).join(
        after, on=keys, how="full", coalesce=True
    )
    order = pl.col("level").replace_strict(["province", "city", "county"], [0, 1, 2])
    name = pl.coalesce("name", "name_now").alias("name")
    rows = both.with_columns(name).sort("rule_id", order, "code")
    return rows.select("level", "code", "name", "rule_id", *said, *after.columns[4:])


def _moved(was: pl.DataFrame, now: pl.DataFrame, after: Pack) -> pl.DataFrame:
    """Return a row a case and rule of both whose verdict would be another one."""
    found = [moved(was, now, rule.id) for rule in after.rules if rule.id in was.columns]
    if not found:
        return pl.DataFrame(schema=dict.fromkeys(MOVED, pl.String))
    return pl.concat(found).sort("rule_id", "now", "case_id")

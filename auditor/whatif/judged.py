"""Judge stored facts under other limits and say what would be otherwise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from auditor import fsops
from auditor.errors import AuditError
from auditor.explain import clock_of
from auditor.judge import judge, needed, numbered_findings
from auditor.judge.between import moved
from auditor.origins import AGAIN, EVIDENCE, JUDGED_BY
from auditor.pack import Pack, pack_of
from auditor.rollup import UNKNOWN, Dossier, count, rollup
from auditor.runs import FinishedRun, read_run
from auditor.vocabulary import VERDICTS
from auditor.whatif.asked import Change, changed, read_changes
from auditor.write.tables import write_parquet

BINDING = "violations"
COUNTED = (*VERDICTS, BINDING)
MOST_IN_JSON = 1_000  # cases listed in JSON; with --out the table has them all


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A run as it is, and as it would be under other limits.

    ``places``: a row a level, place and rule with its six counts, its violations
    (failures of a limit that was binding) and its status, before and, with ``_now``
    behind the name, after. ``cases``: a row a case and rule whose verdict would be
    another one. Only the rules that were asked about are in either.
    """

    folder: Path
    changes: tuple[Change, ...]
    places: pl.DataFrame
    cases: pl.DataFrame

    def to_json(self) -> dict[str, Any]:
        """Return what was asked, the places, and the first cases as plain values."""
        shown = self.cases.head(MOST_IN_JSON)
        return {
            "folder": str(self.folder),
            "changes": [_plain(one) for one in self.changes],
            "places": self.places.to_dicts(),
            "cases": {
                "rows": shown.to_dicts(),
                "left_out": self.cases.height - shown.height,
            },
        }


def _plain(one: Change) -> dict[str, Any]:
    return {
        "rule_id": one.rule_id,
        "fact": one.fact,
        "field": one.field,
        "since": one.since and one.since.isoformat(),
        "was": str(one.was) if one.field == "in_force_from" else one.was,
        "now": str(one.now) if one.field == "in_force_from" else one.now,
    }


def whatif(folder: Path, texts: Iterable[str]) -> WhatIf:
    """Judge the facts of a finished run again under other limits.

    Only the rules that are asked about are judged, by the same functions; under the
    limits of the run they must come out as recorded. Nothing is written.

    Args:
        folder: a finished run with its evidence.
        texts: what is asked, see :func:`read_changes`.

    Raises:
        AuditError: AUD501 no run, AUD503 its pack is another one now, AUD543 it keeps
            no facts to judge by, AUD544 they do not come out as recorded, and those
            of :func:`read_changes`.
    """
    run = read_run(folder)
    pack = pack_of(folder, run.manifest)
    changes = read_changes(texts, pack)
    asked = changed(pack, changes)
    ids = {rule.id for rule in asked.rules}
    before = replace(pack, rules=tuple(r for r in pack.rules if r.id in ids))
    facts = _facts(folder, asked)
    recorded = _recorded(run, asked)
    was, now = judge(facts, before), judge(facts, asked)
    _must_agree(folder, recorded, was)
    known = run.rollup.filter(level="county").get_column("code")
    places = _places(run, asked, now).join(
        _violations(facts, now, asked, known), on=["code", "rule_id"], how="left"
    )
    earlier = run.rollup.filter(pl.col("rule_id").is_in(list(ids))).join(
        _violations(facts, was, before, known), on=["code", "rule_id"], how="left"
    )
    return WhatIf(folder, changes, _beside(earlier, places), _moved(was, now, asked))


def write_whatif(result: WhatIf, out: Path) -> tuple[str, str]:
    """Write ``whatif-places.parquet`` and ``whatif-cases.parquet`` into a folder.

    Raises:
        AuditError: AUD403 if the folder cannot be made, AUD534 if it is a run.
    """
    fsops.report_folder(out)
    names = ("whatif-places.parquet", "whatif-cases.parquet")
    for name, frame in zip(names, (result.places, result.cases), strict=True):
        write_parquet(frame, out / name)
    return names


def _facts(folder: Path, asked: Pack) -> pl.DataFrame:
    path = folder / EVIDENCE / AGAIN / f"{JUDGED_BY}.parquet"
    if not path.is_file():
        raise AuditError("AUD543", folder=folder)
    rows = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    return rows.select(needed(asked)).collect()


def _recorded(run: FinishedRun, asked: Pack) -> pl.DataFrame:
    return run.scan("verdicts").select("case_id", *_words(asked)).collect()


def _words(pack: Pack) -> Iterator[str]:
    for rule in pack.rules:
        yield from (rule.id, f"{rule.id}_reason")


def _must_agree(folder: Path, recorded: pl.DataFrame, again: pl.DataFrame) -> None:
    one = recorded.with_columns(pl.exclude("case_id").cast(pl.String))
    other = again.select(recorded.columns).with_columns(
        pl.exclude("case_id").cast(pl.String)
    )
    if not one.equals(other):
        raise AuditError("AUD544", folder=folder)


def _places(run: FinishedRun, asked: Pack, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Roll up the asked rules again with the run's own roster and attestations."""
    again = run.folder / EVIDENCE / AGAIN
    dossier = Dossier(
        _table(again / "roster.parquet"), _table(again / "attestations.parquet")
    )
    delivered = verdicts.get_column("utility").unique()
    counts = count(verdicts, asked.case_rules)
    table = rollup(counts, asked, clock_of(run.manifest), dossier, delivered)
    return table.filter(pl.col("rule_id").is_in([rule.id for rule in asked.rules]))


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
    rows = found.select("rule_id", county.alias("code"))
    place = pl.when(pl.col("code").is_in(known.implode())).then("code")
    named = rows.with_columns(place.otherwise(pl.lit(UNKNOWN)).alias("code"))
    counted = pl.len().cast(pl.Int64).alias(BINDING)
    return named.group_by("code", "rule_id").agg(counted)


def _beside(was: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    keys = ["level", "code", "name", "rule_id"]
    said = [*COUNTED, "status"]
    after = now.select(
        *keys[:2], "rule_id", *(pl.col(n).alias(f"{n}_now") for n in said)
    )
    both = was.select(*keys, *said).join(
        after, on=["level", "code", "rule_id"], how="full", coalesce=True
    )
    numbers = [pl.col(n).fill_null(0) for n in (BINDING, f"{BINDING}_now")]
    # Findings name counties; what lies above has no count of its own.
    county = pl.col("level") == "county"
    shown = [pl.when(county).then(number) for number in numbers]
    order = pl.col("level").replace_strict(["province", "city", "county"], [0, 1, 2])
    return both.with_columns(shown).sort("rule_id", order, "code")


def _moved(was: pl.DataFrame, now: pl.DataFrame, asked: Pack) -> pl.DataFrame:
    """Return a row a case and rule whose verdict would be another one."""
    found = [moved(was, now, rule.id) for rule in asked.rules]
    return pl.concat(found).sort("rule_id", "now", "case_id")

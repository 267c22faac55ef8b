"""What a change of rule pages would move: a finished run judged by another pack."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from auditor import fsops
from auditor.frames.columns import Dtype
from auditor.pack import Pack, load_pack, pack_of
from auditor.runs import FinishedRun, read_run
from auditor.whatif.beside import (
    Beside,
    beside,
    by_county,
    kept_columns,
    only,
    papers_beside,
    with_violations,
)
from auditor.whatif.differing import Differing, differing
from auditor.whatif.judged import MOST_IN_JSON, plain
from auditor.whatif.packs import others
from auditor.write.tables import write_parquet

FEW = 5  # cases named for each move
MOVES: dict[str, Dtype] = {
    "rule_id": pl.String,
    "was": pl.String,
    "now": pl.String,
    "cases": pl.Int64,
    "examples": pl.List(pl.String),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Impact:
    """A run as it is, and as it would be under another pack.

    ``rules`` are those that differ, each with what keeps the run's facts from judging
    it, if anything does: only a new run tells then. Of those that they judge,
    ``places`` has a row a level, place and rule with counts, violations and status
    before and after (null where a pack lacks the rule); so have rules that are dropped
    but stay indicators, and indicators that changed, by attestations; ``moves`` a row
    a rule and pair of verdicts with the number of cases and the first of them (``was``
    is null for a new rule); ``cases`` a row a case and rule whose verdict
    would be another.
    """

    folder: Path
    before: Pack
    after: Pack
    rules: tuple[Differing, ...]
    places: pl.DataFrame
    moves: pl.DataFrame
    cases: pl.DataFrame

    @property
    def others(self) -> dict[str, list[str]]:
        """What else differs between the packs, by part and name."""
        return others(self.before, self.after)

    @property
    def statuses(self) -> pl.DataFrame:
        """The counties whose status under a rule of both packs would be another."""
        differs = pl.col("status") != pl.col("status_now")
        return self.places.filter(pl.col("level") == "county", differs)

    def to_json(self) -> dict[str, Any]:
        """Return rules, moves and counties, and the first cases, as plain values."""
        shown = self.cases.head(MOST_IN_JSON)
        packs = [
            {"id": one.id, "version": one.version, "digest": one.digest}
            for one in (self.before, self.after)
        ]
        return {
            "folder": str(self.folder),
            "before": packs[0],
            "after": packs[1],
            "rules": [
                {
                    "rule_id": one.rule_id,
                    "change": one.change,
                    "judged": one.judged,
                    "by_papers": one.by_papers,
                    "needs_run": list(one.why),
                }
                for one in self.rules
            ],
            "others": self.others,
            "not_compared": [one for one in self.others if one != "indicators"],
            "moves": self.moves.to_dicts(),
            "statuses": plain(self.statuses),
            "places": plain(self.places),
            "cases": {
                "rows": shown.to_dicts(),
                "left_out": self.cases.height - shown.height,
            },
        }


def impact(folder: Path, ref: str | Path) -> Impact:
    """Judge the facts of a finished run by another pack, where they still follow.

    Nothing is written. The rules that are judged must first come out as recorded
    under the run's own pages.

    Args:
        folder: a finished run with its evidence.
        ref: the changed pack, by the name of a shipped one or its folder.

    Raises:
        AuditError: AUD501 no run, AUD503 its own pack is another one now, AUD543 it
            keeps no facts, AUD544 they do not come out as recorded, and those of
            :func:`auditor.load_pack`.
    """
    run = read_run(folder)
    before, after = pack_of(folder, run.manifest), load_pack(ref)
    found = differing(before, after, kept_columns(folder))
    both = _judged(run, before, after, found)
    ids = {one.rule_id for one in found if one.judged}
    new = [one.rule_id for one in found if one.change == "new" and one.judged]
    gone = [one.rule_id for one in found if one.change == "dropped"]
    by_paper = [*gone, *_other_indicators(before, after)]
    was = _counted(run, before, by_paper)
    alone = papers_beside(run, _shown_alone(before, after, by_paper), was)
    places = [both.places.filter(pl.col("rule_id").is_in(ids)), alone]
    moves = pl.concat([_moves(both.cases), _first(both.now, new)])
    return Impact(
        folder, before, after, tuple(found),
        pl.concat(places, how="diagonal"), moves, both.cases,
    )  # fmt: skip


def _judged(
    run: FinishedRun, before: Pack, after: Pack, found: list[Differing]
) -> Beside:
    """Judge what differs and can be judged; if nothing does, all that was judged.

    So a folder that was changed since is found out in either case.
    """
    asked = {one.rule_id for one in found if one.judged}
    if not asked:
        every = only(before, before.case_rules)
        return beside(run, every, every)
    sides = [
        only(pack, [rule for rule in pack.case_rules if rule.id in asked])
        for pack in (before, after)
    ]
    named = {k: v for one in found if one.judged for k, v in one.named.items()}
    return beside(run, sides[0], sides[1], named)


def _other_indicators(before: Pack, after: Pack) -> list[str]:
    """Return the indicators of no rule of either pack that are not the same in both."""
    ruled = {rule.id for pack in (before, after) for rule in pack.rules}
    differ = {*before.indicators} ^ {*after.indicators}
    return sorted({one.id for one in differ} - ruled)


def _shown_alone(before: Pack, after: Pack, ids: list[str]) -> Pack:
    """Return the pack with the indicators that the run's papers still decide."""
    same = before.tables == after.tables
    shown = (one for one in after.indicators if one.id in ids and same)
    return replace(after, indicators=tuple(shown))


def _counted(run: FinishedRun, before: Pack, ids: list[str]) -> pl.DataFrame:
    """Return what the run recorded under rules that the other pack does not have."""
    mine = pl.col("rule_id").is_in(ids)
    failed = mine & (pl.col("verdict") == "fail") & pl.col("in_force")
    found = run.scan("findings").filter(failed)
    places = found.select("rule_id", pl.col("county_code").alias("code")).collect()
    known = run.rollup.filter(level="county").get_column("code")
    return with_violations(run.rollup.filter(mine), by_county(places, known), before)


def _moves(cases: pl.DataFrame) -> pl.DataFrame:
    keys = ("rule_id", "was", "now")
    told = pl.col("case_id").sort().head(FEW).alias("examples")
    counted = pl.len().cast(pl.Int64).alias("cases")
    rows = cases.group_by(keys).agg(counted, told).select(*MOVES)
    order = ("rule_id", "cases", "was", "now")
    return rows.sort(order, descending=[name == "cases" for name in order])


def _first(now: pl.DataFrame, rules: list[str]) -> pl.DataFrame:
    """Return what rules say that the run did not have, in the form of moves."""
    frames = [pl.DataFrame(schema=MOVES)]
    for rule in rules:
        word = pl.col(rule).cast(pl.String)
        rows = now.group_by(word.alias("now")).agg(
            pl.len().cast(pl.Int64).alias("cases"),
            pl.col("case_id").sort().head(FEW).alias("examples"),
        )
        was = pl.lit(None, pl.String).alias("was")
        told = rows.with_columns(pl.lit(rule).alias("rule_id"), was)
        frames.append(told.select(*MOVES).sort("now"))
    return pl.concat(frames)


def write_impact(result: Impact, out: Path) -> tuple[str, ...]:
    """Write ``impact-places``, ``-moves`` and ``-cases`` as Parquet into a folder.

    Raises:
        AuditError: AUD403 if the folder cannot be made, AUD534 if it is a run.
    """
    fsops.report_folder(out)
    tables = {"places": result.places, "moves": result.moves, "cases": result.cases}
    names = tuple(f"impact-{name}.parquet" for name in tables)
    for name, frame in zip(names, tables.values(), strict=True):
        write_parquet(frame, out / name)
    return names

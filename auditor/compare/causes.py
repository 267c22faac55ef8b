"""Why each verdict changed: one step at a time from the earlier run to the later."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from auditor.compare.again import Again
from auditor.compare.differences import Differences, rule_lines
from auditor.compare.evidence import (
    NOT_SAID,
    delivered_line,
    evidence_causes,
    lines,
)
from auditor.compare.slices import Slice
from auditor.errors import AuditError
from auditor.kernel import Rules, calendar_of
from auditor.pack import Pack
from auditor.settings import Clock

EVIDENCE = "evidence"
ENDS_PROVEN = 5_000
"""Changed cases a range whose recorded verdicts are judged again on both sides."""
ADDED = ("cause", "also", "because")
State = tuple[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Causes:
    """Finds the cause of each changed verdict in one range of cases.

    From the first run to the second one thing changes at a time, in this order: the
    version, the evidence (data or mapping), parameters, calendar, rules, the version
    again. The cause is the step that gave the verdict its new word for good; ``also``
    names earlier steps that moved it. Where only one thing differs for a case, it is
    the cause and nothing needs judging.
    """

    sides: tuple[Slice, Slice]
    differ: Differences
    current: dict[str, str]

    def told(
        self, rows: pl.DataFrame, ids: pl.Series, found: pl.DataFrame
    ) -> pl.DataFrame:
        """Return the changed verdicts with ``cause``, ``also`` and ``because``.

        Args:
            rows: the verdicts that changed.
            ids: the cases in both runs whose evidence differs.
            found: what differs in their cells.
        """
        mine = rows.get_column("case_id").unique().sort()
        others = pl.col("rule_id").is_in(self._of_others())
        elsewhere, rows = rows.filter(others), rows.filter(~others)
        self._prove(rows)
        whole = delivered_line(*self.sides)
        seen = mine if whole else mine.filter(mine.is_in(ids.implode()))
        evidence = evidence_causes(self.sides, seen, found, self.differ)
        is_seen = pl.col("case_id").is_in(seen.implode())
        groups = [
            self._group(rows.filter(is_seen), (EVIDENCE,)),
            self._group(rows.filter(~is_seen), ()),
            _with(elsewhere, self._only()),
        ]
        told = pl.concat(groups).join(
            evidence, on="case_id", how="left", maintain_order="left"
        )
        shown = found.join(mine.to_frame("case_id"), on="case_id", how="semi")
        return self._lines(_named(told), shown, whole)

    def _only(self) -> str:
        """Return the one thing in which the runs differ, else that nobody can tell.

        The rows that decide may belong to cases that are not compared here.
        """
        said = [
            sorted(str(file["sha256"]) for file in one.side.manifest["inputs"])
            for one in self.sides
        ]
        found = [*(["data"] if said[0] != said[1] else []), *self.differ.judged]
        found += ["mapping"] if self.differ.mapping is not None else []
        found += ["version"] if self.differ.version is not None else []
        return found[0] if len(found) == 1 else "cannot_tell"

    def _of_others(self) -> list[str]:
        """Return the rules of both runs that other cases decide."""
        packs = [one.side.pack for one in self.sides]
        rules = [rule for pack in packs if pack for rule in pack.across_rules]
        return sorted({rule.id for rule in rules})

    def _group(self, rows: pl.DataFrame, first: tuple[str, ...]) -> pl.DataFrame:
        """Return rows with ``cause`` and ``also``, all under the same differences."""
        steps = (*first, *self.differ.judged)
        version = self.differ.version is not None
        if len(steps) + version == 1 or rows.is_empty():
            return _with(rows, steps[0] if steps else "version")
        packs = [one.side.pack for one in self.sides]
        if packs[0] is None or packs[1] is None:
            return _with(rows, "cannot_tell")
        states = self._states(rows, steps, (packs[0], packs[1]), version=version)
        return _arrived(rows, states)

    def _states(
        self,
        rows: pl.DataFrame,
        steps: Sequence[str],
        packs: tuple[Pack, Pack],
        *,
        version: bool,
    ) -> list[State]:
        """Return what the verdicts were after each step, the first as recorded."""
        a, b = self.sides
        again = Again(rows.get_column("case_id").unique().sort(), _rules_of(rows))
        states: list[State] = [("", _recorded(a, again))]
        done: set[str] = set()
        if version:
            states.append(("version", again.judged(a, self._rules(done, packs))))
        for number, step in enumerate(steps, 1):
            done.add(step)
            if number == len(steps) and not version:
                states.append((step, _recorded(b, again)))
                continue
            one = b if EVIDENCE in done else a
            states.append((step, again.judged(one, self._rules(done, packs))))
        return [*states, ("version", _recorded(b, again))] if version else states

    def _rules(self, done: set[str], packs: tuple[Pack, Pack]) -> Rules:
        """Return the rules of the first run, but for the steps that are done."""
        clocks = [one.side.clock for one in self.sides]
        clock: Clock = clocks["parameter" in done]
        calendar = calendar_of(packs["calendar" in done])
        return packs["rule" in done], calendar, clock

    def _prove(self, rows: pl.DataFrame) -> None:
        """Judge some of the cases again on both sides: they must come out as recorded.

        Raises:
            AuditError: AUD532, a run of this very version does not.
        """
        again = Again(
            rows.get_column("case_id").unique().sort().head(ENDS_PROVEN),
            _rules_of(rows),
        )
        for one in self.sides:
            pack = one.side.pack
            if pack is None or one.side.manifest["versions"] != self.current:
                continue
            recorded = _recorded(one, again)
            judged = again.judged(one, (pack, calendar_of(pack), one.side.clock))
            judged = judged.select(recorded.columns)
            unlike = pl.any_horizontal(
                pl.col(c).ne_missing(judged.get_column(c)) for c in recorded.columns
            )
            wrong = recorded.filter(unlike)
            if wrong.height:
                case = wrong.get_column("case_id")[0]
                raise AuditError("AUD532", folder=one.side.folder, case=case)

    def _lines(
        self, rows: pl.DataFrame, found: pl.DataFrame, whole: str | None
    ) -> pl.DataFrame:
        """Add ``because``: the stamps, limits or settings behind the cause."""
        packs = [one.side.pack for one in self.sides]
        pages = rule_lines(packs[0], packs[1]) if packs[0] and packs[1] else {}
        told = rows.join(lines(found), on="case_id", how="left", maintain_order="left")
        rule = pl.col("rule_id").replace_strict(
            pages, default=self.differ.rule, return_dtype=pl.String
        )
        cause = pl.col("cause")
        data = pl.coalesce("because", pl.lit(whole, pl.String))
        said = pl.when(cause == "data").then(data)
        told_rule = said.when(cause == "rule").then(rule)
        for name in ("mapping", "parameter", "calendar", "version"):
            told_rule = told_rule.when(cause == name).then(
                pl.lit(self.differ.line(name), pl.String)
            )
        others = (*self.differ.judged, *(["version"] if self.differ.version else ()))
        rest = pl.lit(NOT_SAID.join(others) or None, pl.String)
        maybe = pl.concat_str("candidates", rest, separator=NOT_SAID, ignore_nulls=True)
        line = told_rule.otherwise(maybe)
        return told.with_columns(line.alias("because")).select(*_keys(rows), *ADDED)


def _keys(rows: pl.DataFrame) -> list[str]:
    return [n for n in rows.columns if n not in (*ADDED, EVIDENCE, "candidates")]


def _rules_of(rows: pl.DataFrame) -> tuple[str, ...]:
    return tuple(rows.get_column("rule_id").unique().sort())


def _with(rows: pl.DataFrame, cause: str) -> pl.DataFrame:
    empty = pl.lit(None, pl.String).alias("also")
    return rows.with_columns(pl.lit(cause).alias("cause"), empty)


def _recorded(one: Slice, again: Again) -> pl.DataFrame:
    """Return what the run recorded, as words, in the form of judged cases."""
    wanted = again.ids.to_frame("case_id")
    rows = one.table("verdicts").select("case_id", *again.rules)
    mine = rows.join(wanted, on="case_id", how="semi", maintain_order="left")
    return mine.with_columns(pl.exclude("case_id").cast(pl.String))


def _arrived(rows: pl.DataFrame, states: list[State]) -> pl.DataFrame:
    """Add the last step that changed the verdict, and the earlier ones."""
    told = rows
    for number, (_, frame) in enumerate(states):
        long = frame.unpivot(
            index="case_id", variable_name="rule_id", value_name=f"_{number}"
        )
        told = told.join(
            long, on=["case_id", "rule_id"], how="left", maintain_order="left"
        )
    moved = [
        pl.when(pl.col(f"_{number}").ne_missing(pl.col(f"_{number - 1}"))).then(
            pl.lit(name)
        )
        for number, (name, _) in enumerate(states)
        if number
    ]
    # Nothing moved it and yet it differs: what was recorded cannot be explained.
    cause = pl.coalesce(*reversed(moved), pl.lit("cannot_tell"))
    listed = pl.concat_list(moved).list.drop_nulls()
    before = listed.list.head(listed.list.len() - 1)
    also = pl.when(listed.list.len() > 1).then(before.list.join(", "))
    steps = [f"_{number}" for number in range(len(states))]
    return told.with_columns(cause.alias("cause"), also.alias("also")).drop(steps)


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """Say for other evidence whether it was the data or how they were read."""
    cause, word = pl.col("cause"), pl.col("evidence")
    also = pl.when(pl.col("also").is_not_null() & word.is_not_null()).then(
        pl.col("also").str.replace(EVIDENCE, word, literal=True)
    )
    return rows.with_columns(
        pl.when(cause == EVIDENCE).then(word).otherwise(cause).alias("cause"),
        also.otherwise(pl.col("also")).alias("also"),
    )

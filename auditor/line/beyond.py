"""Look beyond one case: fill the side tables before any case is judged."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl

from auditor.across import (
    NO_SIDE,
    Side,
    chains,
    crowded_seconds,
    entered,
    keyed,
    numbered,
    out_of_sequence,
    repeated,
    skeletons,
    splits,
)
from auditor.across.bursts import COLUMNS as ENTRIES
from auditor.across.bursts import burst_members
from auditor.across.frames import members, signals
from auditor.across.keys import SEED
from auditor.ahead import ahead
from auditor.frames import Load, Part, RawTables, Tables, compact, rejected_ids
from auditor.kernel import Rules
from auditor.line.replay import Replay
from auditor.measure import measure, rows_of
from auditor.pack import Pack, Rule

PARTS_A_BUCKET = 16  # their keys take less memory than judging one of them
NEVER = ("out_of_scope", "after_cutoff")
KEPT = (
    "case_id", "county_code", "start_lo", "start_hi", "end_state", "left_on", "upto",
    "force_majeure_hi", "source", "row",
)  # fmt: skip
Frames = Callable[[], Iterable[pl.DataFrame]]
Found = tuple[pl.DataFrame, pl.DataFrame]


def look_beyond(inputs: tuple[RawTables, Tables], rules: Rules) -> Side:
    """Return what several cases together show, for the kernel to judge with.

    Args:
        inputs: what was read and what was cleaned.
        rules: the pack, its calendar, cut-off and period.
    """
    pack = rules[0]
    if not pack.across_rules:
        return NO_SIDE
    return _Search(inputs, rules).side()


class _Search:
    def __init__(self, inputs: tuple[RawTables, Tables], rules: Rules) -> None:
        self.raw, self.tables = inputs
        self.rules = rules
        self.pack: Pack = rules[0]
        # What the cases show of themselves is not asked here.
        bare = tuple(replace(rule, signs=()) for rule in self.pack.rules)
        self.plain = replace(self.pack, rules=bare)
        self.buckets = -(-len(self.tables.parts) // PARTS_A_BUCKET)

    def side(self) -> Side:
        """Do each search that the delivered columns allow."""
        by_key = [rule for rule in self.pack.across_rules if "keys" in _given(rule)]
        absent = {r.id: why for r in self.pack.across_rules if (why := self._absent(r))}
        judged = [rule for rule in by_key if rule.id not in absent]
        found, crowded = self._by_key(judged)
        side = replace(NO_SIDE, absent=absent, crowded=crowded)
        for rule in self.pack.across_rules:
            if rule.id in absent or rule.across is None:
                continue
            if rule.across.of == "bursts":
                seconds = self._seconds(rule)
                side = replace(side, seconds=seconds)
                found.append((signals([]), burst_members(seconds, rule)))
            elif rule.across.of == "numbers":
                found.append((self._numbers(rule), members([])))
                side = replace(side, pattern=self._pattern(rule))
        return replace(
            side,
            signals=signals(one for one, _ in found),
            members=pl.concat([members([]), *(two for _, two in found)]),
        )

    def _absent(self, rule: Rule) -> str | None:
        """Return why no case can be judged under a rule, if so."""
        have = self.tables.columns
        cases, events = have.get("cases", frozenset()), have.get("events", frozenset())
        given = _given(rule)
        if "keys" in given and not cases & set(given["keys"]):
            return "column_absent"
        if "each" in given and given["each"] not in cases:
            return "column_absent"
        of = rule.across.of if rule.across else ""
        if of == "bursts" and not {"operator", "recorded_at"} <= events:
            return "column_absent"
        if of == "numbers" and not self._pattern(rule):
            return "no_numbering_rule"
        return None

    def _pattern(self, rule: Rule) -> str:
        return self.tables.numbering or str(_given(rule)["pattern"])

    def _by_key(self, judged: list[Rule]) -> tuple[list[Found], dict[str, pl.Series]]:
        """Search the cases whose customer or site has several applications."""
        if not judged:
            return [], {}
        keys = list(dict.fromkeys(key for r in judged for key in _given(r)["keys"]))
        keys = [key for key in keys if key in self.tables.columns["cases"]]
        most = min(_given(rule)["most"] for rule in judged)
        twice, crowded = {}, {}
        for key in keys:
            counts = self._counts(key)
            many = pl.col("n") > most
            crowded[key] = counts.filter(many).get_column("key")
            twice[key] = counts.filter(~many).get_column("key")
        found = ahead(partial(self._candidates, twice=twice), self.tables.parts)
        cases = pl.concat(list(found))
        return [self._search(rule, cases) for rule in judged], crowded

    def _search(self, rule: Rule, cases: pl.DataFrame) -> Found:
        if rule.across and rule.across.of == "chains":
            return chains(cases, rule, self.pack, self.rules[1])
        return splits(cases, rule)

    def _counts(self, key: str) -> pl.DataFrame:
        """Return how many cases have each key that several have."""

        def hashed(part: Part) -> pl.DataFrame:
            return keyed(part.load("cases", ("case_id", key)), key).select("key")

        return self._often(hashed, key, lambda keys: repeated(keys, self.buckets))

    def _often(
        self,
        make: Callable[[Part], pl.DataFrame],
        name: str,
        use: Callable[[Frames], pl.DataFrame],
    ) -> pl.DataFrame:
        """Use what is made of each partition; only if it is asked again, it is kept."""
        frames = partial(ahead, make, self.tables.parts)
        if self.buckets == 1:
            return use(frames)
        replay = Replay(frames, self.tables.store, f"beyond-{name}")
        try:
            return use(replay)
        finally:
            replay.clear()

    def _candidates(self, part: Part, twice: dict[str, pl.Series]) -> pl.DataFrame:
        """Return the facts of the cases of one partition that share a key."""
        rows = part.load("cases")
        asked = rows.select("case_id").with_columns(
            skeletons(rows.get_column(key)) for key in twice
        )
        shared = [
            pl.col(key).hash(SEED).is_in(hashes.implode()) & pl.col(key).is_not_null()
            for key, hashes in twice.items()
        ]
        ids = asked.filter(pl.any_horizontal(shared)).select("case_id").unique()
        few = rows_of(rows, ids)
        load = _only(part, ids, self.tables.lost)
        facts = measure(load, self.plain, *self.rules[1:])
        names = dict(enumerate(file.source for file in self.raw.files))
        places = few.unique("case_id", keep="first", maintain_order=True).select(
            "case_id", pl.col("_source").alias("source"), pl.col("_row").alias("row")
        )
        places = places.with_columns(
            pl.col("source").replace_strict(names, return_dtype=pl.String)
        )
        kept = facts.filter(~pl.col("gate").is_in(NEVER).fill_null(value=False))
        kept = kept.join(places, on="case_id", how="left").with_columns(
            *_ends(self.pack)
        )
        wanted = dict.fromkeys([*KEPT, *_columns(self.pack)])
        keys = []
        for key, hashes in twice.items():
            text = skeletons(kept.get_column(key)).alias(f"{key}_skeleton")
            keys.append(text.set(~text.hash(SEED).is_in(hashes.implode()), None))
        both = {
            key for r in self.pack.across_rules for key in _given(r).get("keys", ())
        }
        none = [
            pl.lit(None, pl.String).alias(f"{key}_skeleton")
            for key in sorted(both - set(twice))
        ]
        return compact(kept.select(*wanted, *keys, *none))

    def _seconds(self, rule: Rule) -> pl.DataFrame:
        def entries(part: Part) -> pl.DataFrame:
            return entered(part.load("events", ENTRIES))

        again = partial(ahead, entries, self.tables.parts)
        rows = self.tables.accounting["events"]["accepted"]
        return crowded_seconds(again, _given(rule)["cases"], rows)

    def _numbers(self, rule: Rule) -> pl.DataFrame:
        given = {**_given(rule), "pattern": self._pattern(rule)}

        lost = rejected_ids(self.tables.rejects, "cases")

        def read(part: Part) -> pl.DataFrame:
            return numbered(_begun(part, self.pack), given["pattern"])

        def judged(numbers: Frames) -> pl.DataFrame:
            return out_of_sequence(numbers, lost, rule, given, self.buckets)

        return self._often(read, "numbers", judged)


def _begun(part: Part, pack: Pack) -> pl.DataFrame:
    """Return ``case_id, day``: each stamp on record that may be the application's."""
    clock = pack.clock
    asked = [edge.split(".") for edge in (*clock.start, clock.substitute) if edge]
    cases = [name for owner, name in asked if owner == "cases"]
    frames = [
        part.load("cases", ("case_id", name)).rename({name: "day"}) for name in cases
    ]
    for stamp in ("started", "finished"):
        steps = [owner for owner, name in asked if name == stamp]
        rows = part.load("events", ("case_id", "step", f"{stamp}_at"))
        mine = rows.filter(pl.col("step").is_in(steps))
        frames.append(mine.select("case_id", pl.col(f"{stamp}_at").alias("day")))
    return pl.concat(frames)


def _given(rule: Rule) -> Mapping[str, Any]:
    return rule.across.settings if rule.across else {}


def _only(part: Part, ids: pl.DataFrame, lost: pl.DataFrame) -> Load:
    """Return what loads the rows of some cases of a partition."""

    def load(table: str) -> pl.DataFrame:
        rows = lost if table == "lost" else part.load(table)
        if "case_id" not in rows.columns:  # what was delivered, for the whole run
            return rows
        return rows_of(rows, ids)

    return load


def _columns(pack: Pack) -> list[str]:
    """The columns of cases that rules across cases compare or hold to limits."""
    asked: list[str] = []
    for rule in pack.across_rules:
        given = _given(rule)
        asked += [c.column for c in rule.applies]
        for name in ("keys", "same", "amount"):
            asked += [str(one) for one in given.get(name, ())]
        asked += [str(given["each"])] if "each" in given else []
        for threshold in rule.across.thresholds if rule.across else ():
            asked += [c.column for c in threshold.when]
        for limit in given.get("limits", ()):
            asked += [c.column for c in pack.rule(str(limit)).applies]
    return list(dict.fromkeys(asked))


def _ends(pack: Pack) -> list[pl.Expr]:
    """The withdrawal of a withdrawn case, and the earliest last day of every case."""
    withdrawn = pl.col("end_state") == "withdrawn"
    return [
        pl.when(withdrawn).then("withdrawn_by").alias("left_on"),
        pl.coalesce("end_lo", "horizon_lo").alias("upto"),
        pl.col(pack.clock.county).alias("county_code"),
        pl.col("end_state").cast(pl.String),
    ]

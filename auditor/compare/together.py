"""Hold two finished runs against each other, range by range of case ids."""

from pathlib import Path

import polars as pl

from auditor.compare.causes import Causes
from auditor.compare.changes import FILLED, changes
from auditor.compare.differences import Differences, differences_of
from auditor.compare.order import in_order
from auditor.compare.presence import presence, with_hints
from auditor.compare.result import Comparison
from auditor.compare.sides import Side, open_side
from auditor.compare.slices import Slice, slices
from auditor.compare.summary import summary
from auditor.compare.touched import touched
from auditor.compare.verdicts import changed, common_rules
from auditor.errors import AuditError
from auditor.judge.between import grace_of
from auditor.line.identity import versions
from auditor.pack import BETWEEN, Pack, Rule, load_pack

VANISHED = "vanished"
Packs = tuple[str | Path | None, str | Path | None]


def compare(folder_a: Path, folder_b: Path, packs: Packs = (None, None)) -> Comparison:
    """Return what became of the earlier run ``folder_a`` in the later ``folder_b``.

    Nothing is written. Memory follows a range of cases, not the runs.

    Args:
        folder_a: the run of the earlier delivery.
        folder_b: the run of the later one.
        packs: where the packs of the two runs are, if they are not where the runs
            found them; their content must be the recorded one.

    Raises:
        AuditError: AUD501 or AUD505 no finished run with its evidence, AUD530 the
            packs of both are gone and so is their folder, AUD531 a given pack is
            another one, AUD532 a run does not come out as recorded, AUD533 the runs
            share no case.
    """
    places = [str(one) for one in packs if one is not None]
    a = open_side(folder_a, packs[0], places)
    b = open_side(folder_b, packs[1], [*places, a.manifest["parameters"]["rules"]])
    if a.pack is None:
        a = open_side(folder_a, packs[0], [*places, b.manifest["parameters"]["rules"]])
    pack = b.pack or a.pack or _of_today(b)
    differ = differences_of(a, b)
    parts = [_range(pair, differ, pack) for pair in slices(a, b)]
    frames = {name: pl.concat([part[name] for part in parts]) for name in parts[0]}
    moves = frames.pop("moves")
    pages = {kind: page_of(pack, kind) for kind in BETWEEN}
    gone, came = with_hints(frames["vanished"], frames["appeared"])
    frames |= {"vanished": gone, "appeared": came}
    frames = in_order(frames)
    told = summary((a, b), differ, frames, moves, pages)
    if told["cases"]["both"] == 0:
        raise AuditError("AUD533", a=folder_a, b=folder_b)
    return Comparison(folder_a, folder_b, **frames, summary=told)


def _range(
    pair: tuple[Slice, Slice], differ: Differences, pack: Pack
) -> dict[str, pl.DataFrame]:
    """Return what differs in one range of cases."""
    a, b = pair
    ids = a.table("verdicts").get_column("case_id")
    both = ids.filter(ids.is_in(b.table("verdicts").get_column("case_id").implode()))
    seen = touched(a, b, both)
    found = changes(a, b, seen, _open_word(pack))
    rows = changed(a, b, common_rules(a, b))
    told = Causes(pair, differ, versions()).told(rows, seen, found)
    county = b.table("verdicts").select("case_id", "county_code")
    listed = found.filter(pl.col("kind") != FILLED)
    grace, signals = grace_of(page_of(pack, VANISHED)), _signals(a, b, pack)
    apart, moves = presence(a, b, grace, signals)
    gone = pl.col("was").is_not_null()
    return {
        "changed": told,
        "rewritten": listed.join(
            county, on="case_id", how="left", maintain_order="left"
        ),
        "vanished": apart.filter(gone).drop("now"),
        "appeared": apart.filter(~gone).drop("was"),
        "moves": moves,
    }


def _signals(a: Slice, b: Slice, pack: Pack) -> frozenset[str]:
    """Return the rules whose fail is only a reason to look, in either run."""
    packs = (pack, a.side.pack, b.side.pack)
    return frozenset(rule for one in packs if one for rule in one.signals)


def _of_today(side: Side) -> Pack:
    """Return the pack as it is now: it says what is looked for, and judges nothing.

    Raises:
        AuditError: AUD530, there is none where the run found it.
    """
    ref = side.manifest["parameters"]["rules"]
    try:
        return load_pack(ref)
    except AuditError as error:
        raise AuditError("AUD530", pack=ref, folder=side.folder) from error


def page_of(pack: Pack, kind: str) -> Rule | None:
    """Return the pack's page of a kind between runs; None where it has none."""
    return next((rule for rule in pack.rules if rule.kind == kind), None)


def _open_word(pack: Pack) -> str | None:
    """Return the word of the status under which a case still waits."""
    words = (
        pack.tables["cases"].columns[pack.clock.status].words
        if pack.clock.status
        else ()
    )
    return next((word for word in words if word == "open"), None)

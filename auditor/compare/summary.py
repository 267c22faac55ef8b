"""The counts of a comparison, and what the two runs were made with."""

from typing import Any

import polars as pl

from auditor.compare.differences import CAUSES, Differences
from auditor.compare.result import counts_of
from auditor.compare.sides import Side
from auditor.judge.between import verdict_of
from auditor.pack import Rule
from auditor.vocabulary import COHORTS


def summary(
    sides: tuple[Side, Side],
    differ: Differences,
    frames: dict[str, pl.DataFrame],
    moves: pl.DataFrame,
    pages: dict[str, Rule | None],
) -> dict[str, Any]:
    """Return plain values: the runs, what differs, counts, and where cases went.

    ``moves`` has a row a pair of cohorts; ``was`` or ``now`` null: not in the run.
    """
    a, b = sides
    total = moves.group_by("was", "now").agg(pl.col("n").sum())
    both = total.filter(pl.col("was").is_not_null() & pl.col("now").is_not_null())
    counted = {
        name: int(rows.get_column("n").sum())
        for name, rows in (
            ("a", total.filter(pl.col("was").is_not_null())),
            ("b", total.filter(pl.col("now").is_not_null())),
            ("both", both),
        )
    }
    return {
        "a": _run(a),
        "b": _run(b),
        "differs": {
            name: differ.line(name)
            for name in ("mapping", "parameter", "calendar", "rule", "version")
        },
        "notes": notes(a, b),
        "cases": counted,
        "moves": _sorted_moves(total),
        "counts": counts_of(frames),
        "signals": _signals(frames, pages, counted),
        "kinds": {
            name: _counted(frames[name], "kind")
            for name in ("rewritten", "vanished", "appeared")
        },
        "causes": {cause: n for cause, n in _causes(frames["changed"]).items() if n},
        "rules": _by_rule(frames["changed"]),
    }


def _signals(
    frames: dict[str, pl.DataFrame],
    pages: dict[str, Rule | None],
    cases: dict[str, int],
) -> dict[str, dict[str, Any]]:
    """Return the three verdicts of the pages between runs, counted in cases.

    Of a stamp every case in both runs is asked, of its presence every case of either.
    """
    every = cases["a"] + cases["b"] - cases["both"]
    lists = {
        "rewritten": (frames["rewritten"], cases["both"]),
        "vanished": (
            pl.concat([frames["vanished"], frames["appeared"]], how="diagonal"),
            every,
        ),
    }
    told = {}
    for kind, (rows, subjects) in lists.items():
        verdict = verdict_of(pl.col("kind")).alias("verdict")
        by_case = rows.with_columns(verdict).group_by("case_id").agg("verdict")
        has = pl.col("verdict").list
        failed = int(by_case.select(has.contains("fail").sum()).item())
        unclear = has.contains("undetermined") & ~has.contains("fail")
        unknown = int(by_case.select(unclear.sum()).item())
        page = pages[kind]
        told[kind] = {
            "rule_id": page.id if page else None,
            "fail": failed,
            "undetermined": unknown,
            "pass": subjects - failed - unknown,
        }
    return told


def notes(a: Side, b: Side) -> list[str]:
    """Return words for what limits the comparison; each is a sentence of the table."""
    said = []
    if a.key_id is None or a.key_id != b.key_id:
        said.append("keys_differ")
    if a.clock.cutoff > b.clock.cutoff:
        said.append("order_reversed")
    said += [
        f"pack_{name}_gone" for name, side in (("a", a), ("b", b)) if not side.pack
    ]
    if not (a.manifest["complete"] and b.manifest["complete"]):
        said.append("incomplete")
    return said


def _run(side: Side) -> dict[str, Any]:
    manifest = side.manifest
    return {
        "folder": str(side.folder),
        "digest": manifest["digest"],
        "pack": manifest["pack"],
        "cutoff": manifest["cutoff"]["date"],
        "period": manifest["period"],
        "complete": manifest["complete"],
        "files": len(side.hashes),
    }


def _sorted_moves(total: pl.DataFrame) -> list[dict[str, Any]]:
    ranks = {word: n for n, word in enumerate(COHORTS)}
    order = [
        pl.col(name).replace_strict(ranks, default=len(ranks), return_dtype=pl.UInt8)
        for name in ("was", "now")
    ]
    return total.sort(order).to_dicts()


def _counted(rows: pl.DataFrame, column: str) -> dict[str, int]:
    found = rows.group_by(column).agg(pl.len().alias("n")).sort(column)
    return dict(found.iter_rows())


def _causes(rows: pl.DataFrame) -> dict[str, int]:
    found = _counted(rows, "cause")
    return {cause: found.get(cause, 0) for cause in CAUSES}


def _by_rule(rows: pl.DataFrame) -> list[dict[str, Any]]:
    keys = ("rule_id", "cause", "was", "now")
    found = rows.group_by(keys).agg(pl.len().alias("n"))
    return found.sort(
        pl.col("n"), *keys, descending=[True, *(False for _ in keys)]
    ).to_dicts()

"""What a run did not know by name: documents, steps, charges, counties."""

from pathlib import Path

import polars as pl

from auditor.frames import NOTES, RawTables, Tables
from auditor.line.names import CHARGE, MOST, noted, unknown_names
from auditor.line.papers import paper_notes
from auditor.pack import Pack
from auditor.vocabulary import UNMAPPED

STEP, COUNTY, BY_NAME = "unknown_step", "unknown_county", "county_by_name"


def name_notes(
    inputs: tuple[RawTables, Tables],
    pack: Pack,
    folder: Path,
    keys: pl.DataFrame,
    roster: pl.DataFrame | None,
) -> pl.DataFrame:
    """Return notes on all names that nobody knows, and on what rests on them.

    Args:
        inputs: what was read and what was cleaned.
        pack: its lists, steps and rules.
        folder: the frames of the run.
        keys: ``county_code`` and ``n``, how many cases; a county may come twice.
        roster: the rows valid for the run, if the agency gave one.
    """
    raw, tables = inputs
    sources = [file.source for file in raw.files]
    names = unknown_names(tables.parts, pack, sources)
    told = [
        pl.DataFrame(schema=NOTES),
        paper_notes(tables, pack, folder, sources, names),
        *_steps(tables, pack, folder, sources),
        *_charges(names, pack, folder, sources),
    ]
    if roster is not None:
        place = "cases", pack.clock.county
        first = _first(tables, "cases", sources)
        told += county_notes(keys, roster, place, first)
    return pl.concat(told)


def _steps(
    tables: Tables, pack: Pack, folder: Path, sources: list[str]
) -> list[pl.DataFrame]:
    """Note unknown steps with their rows, and the cases that rest on them."""
    unknown = (
        tables.steps.filter(step=UNMAPPED).group_by("raw_step").agg(pl.sum("rows"))
    )
    if unknown.is_empty():
        return []
    first = _first(tables, "events", sources)
    order = unknown.sort("rows", "raw_step", descending=[True, False])
    names = [(name, rows, first) for name, rows in order.head(MOST).iter_rows()]
    totals = {
        "": int(unknown["rows"].sum()),
        "_cases": _failed(folder, pack, "step_unlisted"),
        "_open": _cases(folder, pl.col("reason").cast(pl.String) == "unmapped_step"),
        "_names": unknown.height,
    }
    return [noted(STEP, ("events", "step"), names, totals)]


def _charges(
    names: pl.DataFrame, pack: Pack, folder: Path, sources: list[str]
) -> list[pl.DataFrame]:
    """Note unknown charges with their rows, and the cases failed for them alone."""
    mine = names.filter(note=CHARGE).select("value", "rows", "_source")
    if mine.is_empty() or pack.cost is None:
        return []
    told = [
        (value, rows, sources[at]) for value, rows, at in mine.head(MOST).iter_rows()
    ]
    totals = {
        "": int(mine["rows"].sum()),
        "_cases": _failed(folder, pack, "charge_unlisted"),
        "_names": mine.height,
    }
    return [noted(CHARGE, (str(pack.cost.table), "item"), told, totals)]


def county_notes(
    keys: pl.DataFrame, roster: pl.DataFrame, place: tuple[str, str], first: str
) -> list[pl.DataFrame]:
    """Note the counties off the roster with their cases, and names given for codes.

    ``value`` of a county called by its name is the name, `` = `` and its codes.
    """
    codes = roster.get_column("county_code").to_list()
    known = pl.col("county_code").is_in(codes).fill_null(value=False)
    off = keys.filter(~known).group_by("county_code").agg(pl.sum("n"))
    if off.is_empty():
        return []
    order = off.drop_nulls("county_code").sort(
        "n", "county_code", descending=[True, False]
    )
    names = [(code, n, first) for code, n in order.head(MOST).iter_rows()]
    cases = int(off["n"].sum())
    blank = cases - int(order["n"].sum())
    totals = {"": cases, "_blank": blank, "_names": order.height}
    told = [noted(COUNTY, place, names, totals, first)]
    called = order.join(_codes(roster), on="county_code", maintain_order="left")
    if called.height:
        shown = [
            (f"{name} = {codes}", n, first)
            for name, n, codes in called.head(MOST).iter_rows()
        ]
        totals = {"": int(called["n"].sum()), "_names": called.height}
        told.append(noted(BY_NAME, place, shown, totals))
    return told


def _codes(roster: pl.DataFrame) -> pl.DataFrame:
    """Return the name of each county as ``county_code``, and its ``codes``."""
    named = roster.select("county", "county_code").drop_nulls().unique()
    groups = named.sort("county_code").group_by("county", maintain_order=True)
    codes = groups.agg(pl.col("county_code").str.join(" / ").alias("codes"))
    return codes.rename({"county": "county_code"})


def _first(tables: Tables, table: str, sources: list[str]) -> str:
    """Return the first file by name that filled a table."""
    filled = [source for source, name in tables.files if name == table]
    return min(filled, default=min(sources))


def _failed(folder: Path, pack: Pack, check: str) -> int:
    """Count the cases that fail a rule for one of its signs and for no other."""
    ids = [r.id for r in pack.rules if any(sign.check == check for sign in r.signs)]
    rule, verdict, parts = (
        pl.col(name).cast(pl.String) for name in ("rule_id", "verdict", "parts")
    )
    return _cases(folder, rule.is_in(ids) & (verdict == "fail") & (parts == check))


def _cases(folder: Path, which: pl.Expr) -> int:
    rows = pl.scan_parquet(folder / "findings.parquet", glob=False).filter(which)
    counted = rows.select(pl.col("case_id").n_unique())
    return int(counted.collect(engine="streaming").item())

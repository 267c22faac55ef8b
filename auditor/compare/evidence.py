"""Why a case has other evidence: other files, another mapping, or another reading."""

import polars as pl

from auditor.compare.changes import KINDS
from auditor.compare.differences import Differences
from auditor.compare.slices import Slice
from auditor.compare.touched import WHOLE, tables_of

MOST_NAMED = 3  # cells named in the line of a verdict; all are in the list of changes
NOT_SAID = " | "


def evidence_causes(
    sides: tuple[Slice, Slice],
    ids: pl.Series,
    found: pl.DataFrame,
    differ: Differences,
) -> pl.DataFrame:
    """Return ``case_id, evidence, candidates`` of cases whose evidence differs.

    Data are ruled out where the case's rows stand in the very same files, or where no
    cell of it differs but the name of a step. What is left must be one thing; two of
    them cannot be told apart without the delivered files, and that is what is said.
    """
    a, b = sides
    files = _files(a, ids).join(_files(b, ids), on="case_id", how="left", suffix="_b")
    cells = found.select("case_id").unique().with_columns(differs=pl.lit(value=True))
    lost = _lost(a, b).with_columns(lost=pl.lit(value=True))
    known = files.join(cells, on="case_id", how="left").join(
        lost, on="case_id", how="left"
    )
    same = pl.col("files").eq_missing(pl.col("files_b"))
    seen = pl.col("differs").fill_null(value=False) | pl.col("lost").fill_null(
        value=False
    )
    read_otherwise = differ.mapping is not None or differ.reading
    data = ~same & (seen | pl.lit(not read_otherwise))
    maybe = [
        pl.when(data).then(pl.lit("data")),
        pl.lit("mapping" if differ.mapping else None, pl.String),
        pl.lit("rule" if differ.reading else None, pl.String),
        pl.when(~data).then(pl.lit("version" if differ.version else None, pl.String)),
    ]
    listed = pl.concat_str(maybe, separator=NOT_SAID, ignore_nulls=True)
    only = ~listed.str.contains(NOT_SAID, literal=True) & (listed != "")
    cause = pl.when(only).then(listed).otherwise(pl.lit("cannot_tell"))
    return known.select("case_id", cause.alias("evidence"), listed.alias("candidates"))


def _files(one: Slice, ids: pl.Series) -> pl.DataFrame:
    """Return the content of the files in which each case's rows stand, as one text."""
    wanted = ids.to_frame("case_id")
    hashes = one.side.hashes
    frames = [one.evidence(table) for table in _with_places(one)]
    frames.append(one.table("rejects").rename({"source": "_source"}))
    rows = pl.concat(
        frame.select("case_id", "_source")
        .join(wanted, on="case_id", how="semi")
        .unique()
        for frame in frames
    )
    named = rows.unique().with_columns(
        pl.col("_source").replace_strict(
            hashes, default=pl.col("_source"), return_dtype=pl.String
        )
    )
    joined = pl.col("_source").unique().sort().str.join(" ").alias("files")
    mine = named.group_by("case_id").agg(joined)
    return wanted.join(mine, on="case_id", how="left")


def _with_places(one: Slice) -> list[str]:
    return [
        name for name in tables_of(one, one) if "_source" in one.evidence(name).columns
    ]


def _lost(a: Slice, b: Slice) -> pl.DataFrame:
    """Return the cases of which other rows were rejected."""
    one, other = a.evidence("lost"), b.evidence("lost")
    if one.is_empty() and other.is_empty():
        return pl.DataFrame(schema={"case_id": pl.String})
    on = ["case_id", "table"]
    left = one.join(other, on=on, how="anti") if other.width else one
    right = other.join(one, on=on, how="anti") if one.width else other
    return pl.concat([left, right]).select("case_id").unique()


def delivered_line(a: Slice, b: Slice) -> str | None:
    """Return the columns that only one delivery has; None where there is none.

    What a column that is not there could show, no case can be cleared of.
    """
    names = [_columns(one) for one in (a, b)]
    if names[0] == names[1]:
        return None
    gone, came = names[0] - names[1], names[1] - names[0]
    return " ".join(
        [*(f"−{n}" for n in sorted(gone)), *(f"+{n}" for n in sorted(came))]
    )


def _columns(one: Slice) -> set[str]:
    rows = one.evidence(WHOLE[0])
    return {f"{table}.{column}" for table, column in rows.iter_rows()}


def lines(found: pl.DataFrame) -> pl.DataFrame:
    """Return ``case_id, because``: the first cells that differ, the gravest first."""
    rank = pl.col("kind").replace_strict(
        list(KINDS), range(len(KINDS)), return_dtype=pl.UInt8
    )
    ordered = found.with_columns(rank.alias("_rank")).sort(
        "case_id", "_rank", maintain_order=True
    )
    rest = pl.len() - MOST_NAMED
    more = pl.when(rest > 0).then(pl.format("; … (+{})", rest)).otherwise(pl.lit(""))
    said = pl.col("_line").head(MOST_NAMED).str.join("; ")
    return (
        ordered.with_columns(_line().alias("_line"))
        .group_by("case_id", maintain_order=True)
        .agg(pl.concat_str(said, more).alias("because"))
    )


def _line() -> pl.Expr:
    """``events.accept.finished_at 2021-03-05 → 2021-03-03 (a.csv:12 → b.csv:4)``."""
    name = pl.concat_str("table", "step", "column", separator=".", ignore_nulls=True)
    value_a, value_b = (pl.col(f"value_{s}").fill_null("—") for s in "ab")
    places = [
        pl.concat_str(f"source_{s}", pl.col(f"row_{s}").cast(pl.String), separator=":")
        .fill_null("—")
        for s in "ab"
    ]  # fmt: skip
    return pl.format("{} {} → {} ({} → {})", name, value_a, value_b, *places)

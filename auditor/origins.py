"""Carry the origin: which rows of which files stand behind a case's findings."""

import hashlib
from pathlib import Path

import polars as pl

from auditor.errors import AuditError
from auditor.frames import Load
from auditor.pack import Pack

CASE = "_case"
CUT = "\0"  # in no name of a file
EVIDENCE = "evidence"  # folder of the accepted rows inside a run folder
AGAIN = "again"  # folder in it of what judges under other limits, without any row
JUDGED_BY = "judged_by"  # the table there of the facts that the rules read
COPIES, LOOK_ALIKES = "duplicates", "look_alikes"  # lists in it, of no one table
# Who lives where and who did it: no output carries them but as keyed hashes.
PRIVATE = ("customer_id", "site_id", "operator")
SHORTEST_KEY = 16
MOST_ROWS = 200  # rows named a case and file; more are counted, not listed


def with_origins(
    found: pl.DataFrame,
    load: Load,
    cases: int,
    sources: tuple[str, ...],
    tables: tuple[str, ...],
) -> pl.DataFrame:
    """Add ``source`` and ``rows`` to findings that carry ``_case``, a case's number.

    ``cases`` is how many there are; for the rest see :func:`origins`.
    """
    at = found.get_column(CASE)
    wanted = pl.repeat(value=False, n=cases, dtype=pl.Boolean, eager=True)
    told = origins(load, wanted.scatter(at.unique(), values=True), sources, tables)
    return found.with_columns(told.select(pl.all().gather(at)))


def origins(
    load: Load,
    wanted: pl.Series,
    sources: tuple[str, ...],
    tables: tuple[str, ...],
) -> pl.DataFrame:
    """Return ``source`` (files) and ``rows`` (``file:row,row …``), a row a case.

    Args:
        load: gives a table with the case's number for its id, sorted by case, source
            and row; the rows that were accepted.
        wanted: whether each case, by number, has something to tell; both columns are
            null for the others, and for a case without rows.
        sources: file names by the number in ``_source``.
        tables: which tables count.
    """
    every = bool(wanted.all())
    found = []
    for table in tables:
        rows = load(table).select(pl.col("case_id").alias(CASE), "_source", "_row")
        if not every:
            rows = rows.filter(wanted.gather(rows.get_column(CASE)))
        if rows.height:
            found.append(rows)
    files = [rows.get_column("_source").unique() for rows in found]
    if files and pl.concat(files).is_duplicated().any():
        # One file filled several tables: its rows are listed once, in their order.
        found = [pl.concat(found).sort(CASE, "_source", "_row")]
    if not found:
        nothing = pl.repeat(None, wanted.len(), dtype=pl.String, eager=True)
        return pl.DataFrame([nothing.alias("source"), nothing.alias("rows")])
    return _a_case(pl.concat(map(_a_file, found)), sources, wanted.len())


def _a_file(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``numbers``, the rows of each case and file as text, in their order."""
    first = _changes(rows, CASE, "_source")
    starts = first.arg_true()
    sizes = starts.shift(-1, fill_value=rows.height) - starts
    number, leads = rows.get_column("_row"), first
    if (sizes > MOST_ROWS).any():
        within = pl.int_range(rows.height, dtype=pl.UInt32, eager=True)
        begin = starts.gather(first.cast(pl.UInt32).cum_sum() - 1)
        few = (within - begin) < MOST_ROWS
        number, leads = number.filter(few), first.filter(few)
    shown = sizes.clip(upper_bound=MOST_ROWS)
    texts = _joined(number.cast(pl.String), leads, ",").alias("numbers")
    rest = (sizes - shown).alias("rest")
    more = pl.when(pl.col("rest") > 0).then(pl.format(",…(+{})", "rest"))
    heads = rows.select(pl.col(CASE, "_source").gather(starts))
    return heads.with_columns(texts, rest).select(
        CASE, "_source", pl.col("numbers") + more.otherwise(pl.lit(""))
    )


def _a_case(listed: pl.DataFrame, sources: tuple[str, ...], cases: int) -> pl.DataFrame:
    """Join the files of each case into one text, and their rows into another."""
    names = pl.Series(sources, dtype=pl.String).str.replace_all(CUT, "?", literal=True)
    # One log gives two tables under one name: their number tells them apart.
    rank = names.rank("ordinal").cast(pl.UInt64)
    at = listed.get_column("_source").cast(pl.UInt32)
    key = listed.get_column(CASE).cast(pl.UInt64) * (len(sources) + 1) + rank.gather(at)
    order = key.arg_sort()
    listed = listed.select(
        pl.col(CASE).gather(order),
        names.gather(at.gather(order)).alias("name"),
        pl.col("numbers").gather(order),
    )
    first, other = _changes(listed, CASE), _changes(listed, CASE, "name")
    name = listed.get_column("name")
    rows = name + ":" + listed.get_column("numbers")
    told = pl.DataFrame(
        [
            _joined(name.filter(other), first.filter(other), "; ").alias("source"),
            _joined(rows, first, "; ").alias("rows"),
        ]
    )
    here = listed.get_column(CASE).filter(first)
    if here.len() == cases:
        return told
    row = pl.int_range(here.len(), dtype=pl.UInt32, eager=True)
    whole = pl.repeat(None, cases, dtype=pl.UInt32, eager=True).scatter(here, row)
    return told.select(pl.all().gather(whole))


def _changes(rows: pl.DataFrame, *names: str) -> pl.Series:
    """Mark the rows in which one of the columns differs from the row before."""
    before = (pl.col(name).ne_missing(pl.col(name).shift(1)) for name in names)
    marks = rows.select(pl.any_horizontal(*before)).to_series()
    return marks.scatter(0, values=True) if rows.height else marks


def _joined(texts: pl.Series, first: pl.Series, joint: str) -> pl.Series:
    """Join texts that follow one another; ``first`` marks where the next ones begin.

    They become one text that is cut again: no hash table has to find the groups.
    """
    lead = pl.when(pl.col("first")).then(pl.lit(CUT)).otherwise(pl.lit(joint))
    frame = pl.DataFrame([texts.alias("text"), first.alias("first")])
    whole = frame.select(pl.concat_str(lead, "text").str.join("")).to_series()
    return whole.str.strip_prefix(CUT).str.split(CUT).explode()


def kept_tables(pack: Pack) -> tuple[str, ...]:
    """Return the tables whose accepted rows a run keeps: each row has a case."""
    keys = {name: table.columns.get("case_id") for name, table in pack.tables.items()}
    return tuple(name for name, key in keys.items() if key is not None and key.required)


def evidence(
    rows: pl.LazyFrame, sources: tuple[str, ...], key: bytes | None = None
) -> pl.LazyFrame:
    """Return accepted rows as they are kept: file names for numbers, nothing private.

    With a key, who and where become keyed hashes: equal values stay equal, and
    without the key nobody can try out values.
    """
    numbers = list(range(len(sources)))
    named = pl.col("_source").replace_strict(
        numbers, list(sources), return_dtype=pl.String
    )
    if key is None:
        return rows.drop(PRIVATE, strict=False).with_columns(named)
    have = rows.collect_schema().names()
    hashed = [_hashed(rows.select(name), name, key) for name in PRIVATE if name in have]
    return rows.with_columns(named, *hashed)


def _hashed(column: pl.LazyFrame, name: str, key: bytes) -> pl.Expr:
    values = column.drop_nulls().unique().collect().to_series().to_list()
    marks = [
        hashlib.blake2b(v.encode(), key=key, digest_size=16).hexdigest() for v in values
    ]
    return pl.col(name).replace_strict(
        values, marks, default=None, return_dtype=pl.String
    )


def read_key(path: Path | None) -> bytes | None:
    """Return the key of the keyed hashes: the file's bytes, hashed to 32.

    Raises:
        AuditError: AUD247, the file cannot be read or is shorter than 16 bytes.
    """
    if path is None:
        return None
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise AuditError("AUD247", file=path, why=error.strerror or error) from error
    if len(secret) < SHORTEST_KEY:
        raise AuditError("AUD247", file=path, why=f"< {SHORTEST_KEY} bytes")
    return hashlib.sha256(secret).digest()


def key_id(key: bytes | None) -> str | None:
    """Return a name for a key that does not give it away."""
    if key is None:
        return None
    return hashlib.blake2b(b"key id", key=key, digest_size=4).hexdigest()

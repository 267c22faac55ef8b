"""``results.duckdb``: the run's tables with their meaning, and a digest of the rows."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import fsops
from auditor.write.results import Results
from auditor.write.tables import TABLES, scan, write_parquet
from auditor.write.words import word

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    import pyarrow as pa

    Bytes = bytes | memoryview

# Readable by every DuckDB since 1.0; newer formats shut older readers out.
_FORMAT = "v1.0.0"
_NAMES = frozenset((*TABLES, "inputs", "run", "notes"))
_CHUNK = 1 << 15  # rows hashed at a time
# One thread keeps the order without holding rows back, and writes each block once; the
# bound is for what a block of rows takes, whatever the size of the run.
_SETTINGS = {
    "threads": "1",
    "memory_limit": "512MB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
_VIEWS = {
    "v_county_status": """
        SELECT code AS county_code, name AS county, rule_id, status, basis, due,
               overdue, pass, fail, pending, undetermined, rate, coverage
        FROM rollup WHERE level = 'county' ORDER BY county_code, rule_id""",
    "v_exclusions": """
        SELECT case_id, county_code, utility, cohort, submitted_on, energised_on
        FROM verdicts WHERE cohort IN
        ('out_of_scope', 'after_cutoff', 'before_period', 'withdrawn')
        ORDER BY county_code, cohort::VARCHAR, case_id""",
    "v_failures": """
        SELECT county_code, case_id, rule_id, reason, severity, measured, "limit",
               measured - "limit" AS over, in_force, clause
        FROM findings WHERE verdict = 'fail' ORDER BY county_code, case_id, rule_id""",
}


def write_store(results: Results, tables: Mapping[str, Path], folder: Path) -> None:
    """Build the database beside its place and move it there, closed and whole.

    It holds a table for each of ``tables``, ``inputs``, ``run`` and ``notes``, and
    the views ``v_county_status``, ``v_exclusions`` and ``v_failures``. When the run
    was made is not in it, so that equal runs have equal contents.
    """
    with fsops.atomic(folder / "results.duckdb") as target:
        spill = str(target.with_suffix(".spill"))
        with _connect(":memory:", {"temp_directory": spill}) as con:
            con.execute(
                f"ATTACH '{_quoted(target)}' AS out (STORAGE_VERSION '{_FORMAT}')"
            )
            con.execute("USE out")
            for name, path in sorted(tables.items()):
                _load(con, name, path)
            for name, frame in _small(results):
                scratch = folder / f".{name}.parquet"
                write_parquet(frame, scratch)
                _load(con, name, scratch)
                scratch.unlink()
            _explain(con)
            con.execute("CHECKPOINT out")
            con.execute("USE memory")
            con.execute("DETACH out")
        target.with_name(target.name + ".wal").unlink(missing_ok=True)


def store_digest(path: Path) -> tuple[str, int]:
    """Return the sha256 of all rows, in order, of all tables, and how many there are.

    It depends on names, types and values only, not on how DuckDB stores them.
    """
    total, whole = 0, hashlib.sha256()
    with _connect(str(path), {"access_mode": "READ_ONLY"}) as con:
        query = "SELECT table_name FROM duckdb_tables() ORDER BY table_name"
        for (name,) in con.execute(query).fetchall():
            if name not in _NAMES:
                continue
            digest, rows = _table_digest(con, name)
            whole.update(f"{name}\n{rows}\n{digest}\n".encode())
            total += rows
    return whole.hexdigest(), total


def _table_digest(con: "duckdb.DuckDBPyConnection", table: str) -> tuple[str, int]:
    """Hash each column's nulls, lengths and values apart, however they are batched."""
    asked = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?"
    named = con.execute(f"{asked} ORDER BY column_index", [table]).fetchall()
    states = [[hashlib.sha256() for _ in range(3)] for _ in named]
    rows = 0

    def enter(state: "list[hashlib._Hash]", column: "pa.Array") -> None:
        for one, piece in zip(state, _bytes_of(column), strict=True):
            one.update(piece)

    with ThreadPoolExecutor(2) as pool:  # hashing lets go of the interpreter
        for batch in con.table(table).to_arrow_reader(_CHUNK):
            rows += batch.num_rows
            list(pool.map(enter, states, batch.columns))
    lines = [
        ":".join([name, kind, *(one.hexdigest() for one in state)])
        for (name, kind), state in zip(named, states, strict=True)
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest(), rows


def _bytes_of(column: "pa.Array") -> tuple["Bytes", "Bytes", "Bytes"]:
    """Return a column's nulls, lengths and values; what lies under a null is zero.

    Days are numbers, and so are words of a list: their type tells what they mean.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    nulls = _flat(pc.is_null(column).cast(pa.uint8()))
    if pa.types.is_dictionary(column.type):
        column = column.indices
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if pa.types.is_temporal(column.type):
        column = column.view(pa.int32() if column.type.bit_width == 32 else pa.int64())
    if pa.types.is_primitive(column.type):
        filled = pc.fill_null(column, 0) if column.null_count else column
        return nulls, b"", _flat(filled)
    text = column.cast(pa.string())
    text = pc.fill_null(text, "") if text.null_count else text
    offsets = np.frombuffer(text.buffers()[1], np.int32, len(text) + 1, text.offset * 4)
    values = text.buffers()[2] or b""
    lengths = np.diff(offsets).tobytes()
    return nulls, lengths, memoryview(values)[offsets[0] : offsets[-1]]


def _flat(column: "pa.Array") -> "Bytes":
    """Return the bytes of a column of numbers without nulls."""
    wide = column.type.bit_width // 8
    start = column.offset * wide
    return memoryview(column.buffers()[1])[start : start + len(column) * wide]


@contextmanager
def _connect(
    path: str, config: dict[str, str]
) -> "Iterator[duckdb.DuckDBPyConnection]":
    import duckdb

    con = duckdb.connect(path, config={**_SETTINGS, **config})
    try:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET preserve_insertion_order = true")
        yield con
    finally:
        con.close()


def _load(con: "duckdb.DuckDBPyConnection", name: str, path: Path) -> None:
    """Create one table from one parquet file of ours; words of a list stay such."""
    import polars as pl

    if name not in _NAMES:
        raise ValueError(name)
    # A file name is a pattern to DuckDB: brackets around a special character undo it.
    exact = re.sub(r"([\[*?])", r"[\1]", str(path.resolve()))
    words = [
        f"{_named(column)}::ENUM ({', '.join(map(_text, kind.categories))}) "
        f"AS {_named(column)}"
        for column, kind in scan(path).collect_schema().items()
        if isinstance(kind, pl.Enum) and len(kind.categories)  # there may be none
    ]
    rows = con.read_parquet(exact, hive_partitioning=False)
    asked = f"* REPLACE ({', '.join(words)})" if words else "*"
    rows.project(asked).create(name)


def _explain(con: "duckdb.DuckDBPyConnection") -> None:
    """Make the views, and say of tables, views and columns what they mean, at once."""
    con.execute("BEGIN")
    for name, query in _VIEWS.items():
        con.execute(f"CREATE VIEW {name} AS {query}")
        con.execute(f"COMMENT ON VIEW {name} IS {_text(word('store', name))}")
    columns = con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "JOIN duckdb_tables() USING (database_name, table_name) "
        "WHERE database_name = 'out' ORDER BY table_name, column_index"
    ).fetchall()
    for name in dict.fromkeys(table for table, _ in columns):
        con.execute(f"COMMENT ON TABLE {name} IS {_text(word('store', name))}")
    for table, column in columns:
        if meaning := _meaning(column):
            where = f"{table}.{_named(column)}"
            con.execute(f"COMMENT ON COLUMN {where} IS {_text(meaning)}")
    con.execute("COMMIT")


def _meaning(column: str) -> str:
    """Return a column's meaning in Chinese, empty when nobody wrote one."""
    said = word("column", column)
    if said != column:
        return said
    rule, _, tail = column.partition("_")
    if re.fullmatch(r"(ind|int|task)\d\d[abc]?", rule):
        return word("column", "rule_reason" if tail == "reason" else "rule")
    return ""


def _small(results: Results) -> "Iterator[tuple[str, pl.DataFrame]]":
    """Yield the tables that have no file of their own: inputs, run, notes."""
    import polars as pl

    run = results.identity
    keys = ("name", "sha256", "size", "records", "format", "encoding")
    rows = [tuple(one.get(key) for key in keys) for one in run.get("inputs", ())]
    kinds = dict.fromkeys(keys, pl.String) | {"size": pl.Int64, "records": pl.Int64}
    yield "inputs", pl.DataFrame(rows, schema=kinds, orient="row").sort(keys)
    period = results.period or (None, None)
    facts: dict[str, object] = {
        "pack_id": run.get("pack_id"),
        "pack_version": run.get("pack_version"),
        "pack_digest": run.get("pack_digest"),
        "calendar_digest": run.get("calendar_digest"),
        "period_from": period[0] and period[0].isoformat(),
        "period_to": period[1] and period[1].isoformat(),
        "cutoff": results.cutoff.isoformat(),
        "cutoff_derived": str(results.cutoff_derived).lower(),
        "complete": str(results.complete).lower(),
    }
    facts |= {f"version.{k}": v for k, v in run.get("versions", {}).items()}
    facts |= {f"parameter.{k}": v for k, v in run.get("parameters", {}).items()}
    lines = [(key, None if v is None else str(v)) for key, v in sorted(facts.items())]
    yield (
        "run",
        pl.DataFrame(
            lines, schema={"key": pl.String, "value": pl.String}, orient="row"
        ),
    )
    if results.notes is not None:
        yield "notes", results.notes.sort(results.notes.columns, nulls_last=True)


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")

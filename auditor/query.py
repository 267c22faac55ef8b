"""Ask a finished run in SQL: its database, read only, and nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import AuditError
from auditor.runs import read_run

if TYPE_CHECKING:
    import polars as pl

SANDBOX: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",  # no file, no network, no other database
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "lock_configuration": "true",
}


def query(folder: Path, sql: str) -> "pl.DataFrame":
    """Return what a statement gives over the tables and views of a run.

    The tables are those of the run folder, and ``inputs``, ``run`` and ``notes``; the
    views ``v_county_status``, ``v_exclusions`` and ``v_failures``. Nothing can be
    written, and no other file can be read. A repeated column name gets a number.

    Raises:
        AuditError: AUD501 no finished run, AUD550 made without its database, AUD551
            the statement cannot be answered; the message says why.
    """
    import duckdb
    import polars as pl

    run = read_run(folder)
    if not run.store.is_file():
        raise AuditError("AUD550", folder=folder)
    try:
        con = duckdb.connect(str(run.store), read_only=True, config=SANDBOX)
    except duckdb.Error as error:
        raise AuditError("AUD551", why=_first(error)) from error
    try:
        # A statement that is no query gives nothing; the stubs do not know that.
        told: duckdb.DuckDBPyRelation | None = con.sql(sql)
        table = None if told is None else told.to_arrow_table()
    except duckdb.Error as error:
        raise AuditError("AUD551", why=_first(error)) from error
    finally:
        con.close()
    if table is None:
        return pl.DataFrame()
    frame = pl.from_arrow(table.rename_columns(_apart(table.column_names)))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _apart(names: list[str]) -> list[str]:
    """Return the names with a number behind each one that was there before."""
    made: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in made:
            number += 1
            unique = f"{name}_{number}"
        made.append(unique)
    return made


def _first(error: Exception) -> str:
    return " ".join(str(error).split("\n\n", maxsplit=1)[0].split())

"""The run folder's tables: sorted parquet, and the rollup as CSV for spreadsheets."""

from pathlib import Path
from typing import TYPE_CHECKING

from auditor import fsops
from auditor.errors import AuditError
from auditor.write.words import csv_text

if TYPE_CHECKING:
    import polars as pl

    from auditor.write.results import Frame, Results

TABLES = (
    "verdicts",
    "facts",
    "findings",
    "rollup",
    "rejects",
    "projects",
    "screens",
    "chains",
)
_KEYS = {
    "verdicts": ("case_id",),
    "facts": ("case_id",),
    "findings": ("case_id", "rule_id", "verdict", "reason"),
    "rollup": ("level", "code", "rule_id"),
    "rejects": ("source", "row", "table", "column", "reason", "value"),
    "projects": ("project_id",),
    "chains": ("rule_id", "chain", "submitted_on", "case_id"),
    "screens": ("rule_id", "level", "code", "utility", "user_class"),
}
_LEVELS = ("county", "city", "province")


def scan(frame: "Frame") -> "pl.LazyFrame":
    """Return a frame or a parquet file of ours as a lazy frame."""
    import polars as pl

    if isinstance(frame, Path):
        return pl.scan_parquet(frame, glob=False, hive_partitioning=False)
    return frame.lazy()


def write_tables(results: "Results", folder: Path) -> dict[str, Path]:
    """Write every table that is still in memory; return the paths of all of them.

    Raises:
        AuditError: a path that was handed in is not the table's place in ``folder``.
    """
    written: dict[str, Path] = {}
    for name in TABLES:
        frame: Frame | None = getattr(results, name)
        if frame is None:
            continue
        target = folder / f"{name}.parquet"
        if isinstance(frame, Path):
            if not target.is_file() or not frame.samefile(target):
                raise AuditError("AUD411", table=name, path=frame, wanted=target)
        else:
            write_parquet(in_order(frame, name), target)
        written[name] = target
    write_csv(in_order(results.rollup, "rollup"), folder / "rollup.csv")
    return written


def in_order(frame: "pl.DataFrame", name: str) -> "pl.DataFrame":
    """Sort a table on its own key, then on every other column: one order only."""
    import polars as pl

    keys = [key for key in _KEYS[name] if key in frame.columns]
    rest = [column for column in frame.columns if column not in keys]
    by = [_level(key) if key == "level" else pl.col(key) for key in keys]
    return frame.sort([*by, *map(pl.col, rest)], nulls_last=True)


def _level(name: str) -> "pl.Expr":
    import polars as pl

    column = pl.col(name).cast(pl.String)
    return column.replace_strict(
        list(_LEVELS), range(len(_LEVELS)), default=len(_LEVELS), return_dtype=pl.UInt8
    )


def write_parquet(frame: "pl.DataFrame", path: Path) -> None:
    """Write one parquet file whole or not at all."""
    with fsops.atomic(path) as temporary:
        frame.write_parquet(temporary, compression="zstd")


def write_csv(frame: "pl.DataFrame", path: Path) -> None:
    """Write a CSV with a byte-order mark, no formulas and no hidden characters."""
    import polars as pl

    shown = frame
    for name, kind in frame.schema.items():
        if kind in {pl.String, pl.Categorical, pl.Enum}:
            column = pl.col(name).cast(pl.String)
            values = frame[name].cast(pl.String).unique().drop_nulls().to_list()
            changed = {raw: csv_text(raw) for raw in values if csv_text(raw) != raw}
            shown = shown.with_columns(column.replace(changed) if changed else column)
    with fsops.atomic(path) as temporary:
        shown.write_csv(temporary, include_bom=True, line_terminator="\r\n")
